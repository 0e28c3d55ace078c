"""Looks at a citizen's words before filing: is somebody in danger, is this another office's matter?

The words and the sentences are data (data/triage.yml); the first entry whose words are found decides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from desk.errors import DataFault
from desk.tickets.phrases import Patterns, occurs, phrase, prepared, without
from desk.yaml_files import read_fields, read_yaml

DANGER, FUND_FRAUD, LABOUR = "danger", "fund_fraud", "labour_dispute"
ROUTES = (DANGER, FUND_FRAUD, LABOUR)
_SPEC = {
    "id": ("text", True),
    "route": ("text", True),
    "words": ("texts", True),
    "unless": ("texts", False),
    "except": ("texts", False),
    "lines": ("texts", True),
    "phones": ("maps", True),
    "may_file": ("flag", True),
    "source": ("text", True),
}
_PHONE = {"name": ("text", True), "number": ("text", True)}


@dataclass(frozen=True)
class Advice:
    """What to say first. `route` is danger, fund_fraud or labour_dispute; `words` is what was recognised.

    `may_file`: a ticket may still be filed afterwards when the citizen wants it.
    """

    id: str
    route: str
    lines: tuple[str, ...]
    phones: tuple[tuple[str, str], ...]
    may_file: bool
    source: str
    words: str = ""


@dataclass(frozen=True)
class _Entry:
    """One entry ready for matching; `words` by their spelling in the file."""

    advice: Advice
    words: dict[str, Patterns]
    unless: tuple[Patterns, ...]
    exceptions: tuple[Patterns, ...]

    def found(self, text: str) -> Advice | None:
        """Return the advice with the words that are in `text` (prepared), or None."""
        if any(occurs(patterns, text) for patterns in self.unless):
            return None
        left = without(self.exceptions, text)
        name = next((name for name, patterns in self.words.items() if occurs(patterns, left)), None)
        return replace(self.advice, words=name) if name else None


class Triage:
    """The entries of data/triage.yml, in their order."""

    def __init__(self, entries: list[dict[str, Any]]) -> None:
        """Take checked entries; see `load`."""
        self._entries = [_ready(entry) for entry in entries]

    @classmethod
    def load(cls, path: Path) -> Triage:
        """Read the file; raise `DataFault` with every fault."""
        faults: list[str] = []
        rows = read_yaml(path, faults)
        entries: list[dict[str, Any]] = []
        for number, raw in enumerate(rows if isinstance(rows, list) else [], 1):
            entries.append(_entry(raw, f"{path}: entry {number}", faults))
        if not entries and not faults:
            faults.append(f"{path}: holds no entries")
        if faults:
            raise DataFault(faults)
        return cls(entries)

    def look(self, text: str) -> Advice | None:
        """Return what has to be said before `text` is filed; None when nothing has."""
        return self._first(text, ROUTES)

    def danger(self, text: str) -> Advice | None:
        """Return what has to be said at once because somebody may be in danger: for every message."""
        return self._first(text, (DANGER,))

    def _first(self, text: str, routes: tuple[str, ...]) -> Advice | None:
        seen = prepared(text)
        wanted = (entry.found(seen) for entry in self._entries if entry.advice.route in routes)
        return next((advice for advice in wanted if advice), None)


def _entry(raw: object, where: str, faults: list[str]) -> dict[str, Any]:
    entry = read_fields(raw, _SPEC, where, faults)
    if entry.get("route") not in ROUTES:
        faults.append(f"{where}: route should be one of {', '.join(ROUTES)}")
    for each in entry.get("phones", []):
        read_fields(each, _PHONE, f"{where}: phones", faults)
    return entry


def _ready(entry: dict[str, Any]) -> _Entry:
    return _Entry(
        _advice(entry),
        {words: phrase(words) for words in entry["words"]},
        tuple(phrase(words) for words in entry.get("unless", [])),
        tuple(phrase(words, alone=True) for words in entry.get("except", [])),
    )


def _advice(entry: dict[str, Any]) -> Advice:
    return Advice(
        id=entry["id"],
        route=entry["route"],
        lines=tuple(entry["lines"]),
        phones=tuple((each["name"], each["number"]) for each in entry["phones"]),
        may_file=entry["may_file"],
        source=entry["source"],
    )
