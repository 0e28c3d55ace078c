"""The OpenAPI document is what both sides do: its paths and fields are the client's and the fake's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from desk.claims import Stage
from desk.claims.answers import DOCUMENT, FIND, NEWEST, TOKEN
from tests.desk.platform_room import Room, peopled
from tests.fakes.people import KNOWN
from tests.fakes.platform import FakePlatform, claim

CONTRACT = YAML(typ="safe").load(DOCUMENT)
EVERY_FIELD = claim(decided_on="2026-01-05", reason="x", start="2026-01-01", end="2026-12-31", amount="1.00")


def resolved(part: Any) -> Any:
    """A part of the document with what it refers to in its place; a name that leads nowhere fails."""
    if isinstance(part, dict) and "$ref" in part:
        found = CONTRACT
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return resolved(found)
    if isinstance(part, dict):
        return {name: resolved(value) for name, value in part.items()}
    return [resolved(value) for value in part] if isinstance(part, list) else part


PATHS = resolved(CONTRACT["paths"])


def schema_of(content: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = content["content"]["application/json"]["schema"]
    return schema


def schemas() -> Iterator[dict[str, Any]]:
    for methods in PATHS.values():
        yield schema_of(methods["post"]["requestBody"])
        yield from (schema_of(a) for a in methods["post"]["responses"].values() if "content" in a)


class Recorder(FakePlatform):
    """Keeps what was asked and answered, faithfully answered."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, Any], int, dict[str, Any]]] = []
        super().__init__()

    def answer(self, path: str, body: dict[str, Any], token: str) -> tuple[int, dict[str, Any]]:
        status, answer = super().answer(path, body, token)
        self.seen.append((path, body, status, answer))
        return status, answer


@pytest.fixture
def seen(tmp_path: Path) -> Iterator[list[tuple[str, dict[str, Any], int, dict[str, Any]]]]:
    """A whole enquiry of everything: found, not found, no claim, twice the same person."""
    fake = Recorder()
    peopled(fake)
    room = Room(tmp_path, fake)
    room.claim()
    room.source.find(KNOWN, "无此人")
    fake.people[0].claims.clear()
    room.claim()
    yield fake.seen
    fake.stop()


def test_the_document_is_an_openapi_document_whose_schemas_are_sound() -> None:
    assert CONTRACT["openapi"].startswith("3.0.")
    assert {"title", "version"} <= set(CONTRACT["info"])
    assert "is ours" in CONTRACT["info"]["description"]
    for schema in schemas():
        Draft7Validator.check_schema(schema)
    for methods in PATHS.values():
        assert set(methods) == {"post"}  # an ID number never stands in an address


def test_both_sides_go_exactly_the_paths_of_the_document(seen: list[Any]) -> None:
    assert {path for path, *_ in seen} == set(PATHS) == {TOKEN, FIND, NEWEST}


def test_what_is_asked_and_answered_fits_the_document_and_has_no_other_fields(seen: list[Any]) -> None:
    for path, body, status, answer in seen:
        operation = PATHS[path]["post"]
        asked, answered = schema_of(operation["requestBody"]), schema_of(operation["responses"][str(status)])
        Draft7Validator(asked).validate(body)
        Draft7Validator(answered).validate(answer)
        assert set(body) == set(asked["properties"])
        assert set(answer) == set(answered["properties"])
    assert {status for _, _, status, _ in seen} == {200, 404}


def test_the_fields_of_a_claim_are_those_of_the_document() -> None:
    described = CONTRACT["components"]["schemas"]["Claim"]
    assert set(EVERY_FIELD) == set(described["properties"])
    assert set(claim()) == set(described["required"])
    assert described["properties"]["stage"]["enum"] == [stage.value for stage in Stage]
    assert [stage.label for stage in Stage] == described["properties"]["stage"]["description"].split(", ")
    json.dumps(EVERY_FIELD)
