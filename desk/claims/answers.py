"""Reads what the platform answers, strictly: by the schemas of `docs/platform.yaml`, then by sense.

What is not named there is ignored, since a platform grows; what is named has to be right, or all is refused.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator, FormatChecker
from ruamel.yaml import YAML

from desk.claims import ClaimStatus, Person, Stage
from desk.claims.wire import Failed, Reply
from desk.privacy import scrub

DOCUMENT = Path(__file__).parent / "docs" / "platform.yaml"
TOKEN, FIND, NEWEST = "/token", "/persons/find", "/claims/newest"
_FIRST_CLAIM = date(1999, 1, 22)  # the day of 《失业保险条例》: an earlier one is a slip
_JSON = "application/json"
_DUPLICATE = 409


class Contract:
    """The answers that the document allows."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Take the OpenAPI document."""
        self._checks = {
            (path, int(status)): _check(document, answer["content"][_JSON]["schema"])
            for path, methods in document["paths"].items()
            for status, answer in methods["post"]["responses"].items()
            if "content" in answer
        }

    @classmethod
    def load(cls) -> Contract:
        """Read the document."""
        return cls(YAML(typ="safe").load(DOCUMENT))

    def read(self, path: str, reply: Reply) -> dict[str, Any] | None:
        """Return what a 200 holds; None for the 404 of the contract.

        Raises:
            Failed: status, malformed, schema or duplicate.
        """
        check = self._checks.get((path, reply.status))
        if check is None:
            raise Failed("status")
        content = _parsed(reply.content)
        if not check.is_valid(content):
            raise Failed("schema")
        if reply.status == _DUPLICATE:
            raise Failed("duplicate")
        return dict(content) if reply.status == 200 else None


def same_person(answer: Mapping[str, Any], id_hash: str) -> None:
    """Let an answer pass that is about the person asked for; raise `Failed("wrong_person")`."""
    if not hmac.compare_digest(str(answer["id_hash"]), id_hash):
        raise Failed("wrong_person")


def person_of(answer: Mapping[str, Any]) -> Person:
    """Return the person of an answer of `/persons/find`; the key leads back to the one asked for."""
    person = answer["person"]
    return Person(f"{answer['id_hash']}:{person['key']}", person["phone"])


def claim_of(answer: Mapping[str, Any], today: date, offices: Collection[int]) -> ClaimStatus:
    """Return the claim of an answer of `/claims/newest`; raise `Failed("schema")` where it makes no sense."""
    claim = answer["claim"]
    amount = claim.get("amount")
    status = ClaimStatus(
        number=claim["number"],
        stage=Stage(claim["stage"]),
        submitted_on=date.fromisoformat(claim["submitted_on"]),
        office=int(claim["office"]),
        decided_on=_day(claim, "decided_on"),
        reason=scrub(claim.get("reason", "")),
        start=_day(claim, "start"),
        end=_day(claim, "end"),
        amount=Decimal(amount) if amount else None,
        updated_on=_day(claim, "updated_on"),
    )
    if status.office not in offices or any(_nonsense(status, today)):
        raise Failed("schema")
    return status


def _check(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Draft7Validator:
    # The parts that a schema refers to stand beside it, under the same path as in the document.
    whole = {**schema, "components": document["components"]}
    return Draft7Validator(whole, format_checker=FormatChecker(["date"]))


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content.decode(), object_pairs_hook=_once, parse_constant=_refused)
    except (ValueError, RecursionError):
        reason = "malformed"
    # Not within the block above: its error quotes the answer.
    raise Failed(reason)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two values under one name are two records: Python alone would silently take the last one."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Failed("duplicate")
    return found


def _refused(_constant: str) -> None:
    raise ValueError  # NaN and Infinity are no JSON


def _day(claim: Mapping[str, Any], name: str) -> date | None:
    return date.fromisoformat(claim[name]) if name in claim else None


def _nonsense(status: ClaimStatus, today: date) -> Iterator[bool]:
    """Everything that cannot be true of a claim."""
    stage, decided, updated = status.stage, status.decided_on, status.updated_on
    yield not _FIRST_CLAIM <= status.submitted_on <= today
    yield updated is None or updated > today
    yield stage.decided != (decided is not None)
    yield decided is not None and not status.submitted_on <= decided <= today
    yield stage is Stage.REFUSED and not status.reason.strip()
    yield stage is Stage.PAID and not (status.start and status.end and status.amount)
    yield bool(status.start and status.end and status.end < status.start)
