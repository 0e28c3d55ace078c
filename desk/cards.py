"""The answer cards of one topic in one region: their shape, and everything that can be wrong with one.

Cards are written in data/regions/<region>/<topic>.yml; only `desk.regions` reads the files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from desk.yaml_files import Spec, read_fields

_CONFIDENCE = ("高", "中", "低")
_MOST_LINES, _MOST_BUTTONS = 9, 4

SOURCE: Spec = {"title": ("text", True), "clause": ("blank", False), "number": ("blank", False)}
_BUTTON: Spec = {"title": ("text", True), "topic": ("text", True), "aspect": ("text", False)}
_CARD: Spec = {
    "id": ("text", True),
    "aspect": ("text", True),
    "title": ("text", True),
    "words": ("texts", True),
    "lines": ("texts", True),
    "ordered": ("flag", False),
    "say": ("text", True),
    "sources": ("maps", True),
    "since": ("date", False),
    "until": ("date", False),
    "lapsed": ("text", False),
    "checked": ("date", True),
    "confidence": ("text", True),
    "facts": ("texts", False),
    "buttons": ("maps", False),
}


@dataclass(frozen=True)
class Source:
    """Whose word a card is: a document, the place in it, and its number (文号, may be empty)."""

    title: str
    clause: str = ""
    number: str = ""


@dataclass(frozen=True)
class Button:
    """A next question: shown as `title`, meant as one aspect of one topic."""

    title: str
    topic: str
    aspect: str = "overview"


@dataclass(frozen=True)
class Card:
    """One answer about one aspect of a topic, as one region gives it."""

    id: str
    region: str
    topic: str
    aspect: str
    title: str
    words: tuple[str, ...]
    lines: tuple[str, ...]
    say: str
    sources: tuple[Source, ...]
    checked: date
    confidence: str
    ordered: bool = False
    since: date | None = None
    until: date | None = None
    lapsed: str = ""
    facts: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()

    def note(self, day: date) -> str:
        """Return what has to be said of the rule's period on `day`; "" while it holds."""
        if self.until and day > self.until:
            return f"这条规定的有效期到{_chinese(self.until)}，是否延续请以经办机构答复为准。"
        if self.since and day < self.since:
            return f"这条规定自{_chinese(self.since)}起施行。"
        return ""

    @property
    def file(self) -> str:
        """The file it is written in, as its path in the repository."""
        return f"data/regions/{self.region}/{self.topic}.yml"

    @property
    def shown(self) -> str:
        """Everything of the card that a person can read or hear, one piece a line."""
        sources = (part for source in self.sources for part in (source.title, source.clause, source.number))
        titles = (button.title for button in self.buttons)
        return "\n".join((self.title, *self.lines, self.say, self.lapsed, *sources, *titles))


def read_card(raw: object, region: str, topic: str, path: str, faults: list[str]) -> Card | None:
    """Return the card that `raw` describes, or None and one sentence in `faults` for each thing wrong."""
    name = str(raw.get("id", "(no id)")) if isinstance(raw, dict) else "(not a card)"
    where = f"{path}: {name}"
    found: list[str] = []
    values = read_fields(raw, _CARD, where, found)
    if not found:
        found.extend(f"{where}: {fault}" for fault in _card_faults(values, f"{region}.{topic}"))
    sources = [read_fields(entry, SOURCE, f"{where}: sources", found) for entry in values.get("sources", ())]
    buttons = [read_fields(entry, _BUTTON, f"{where}: buttons", found) for entry in values.get("buttons", ())]
    faults.extend(found)
    if found:
        return None
    values["sources"] = tuple(Source(**entry) for entry in sources)
    values["buttons"] = tuple(Button(**entry) for entry in buttons)
    for key in ("words", "lines", "facts"):
        values[key] = tuple(values.get(key, ()))
    return Card(region=region, topic=topic, **values)


def _card_faults(values: Mapping[str, Any], prefix: str) -> list[str]:
    """What is wrong with a card whose fields all have their kind."""
    named = f"{prefix}.{values['aspect']}"
    checks = (
        (values["id"] != named, f"id should be {named}"),
        (not 1 <= len(values["lines"]) <= _MOST_LINES, f"lines should be 1 to {_MOST_LINES}"),
        (not values["sources"], "sources is empty: an answer without a source is not said"),
        (len(values.get("buttons", ())) > _MOST_BUTTONS, f"more than {_MOST_BUTTONS} buttons"),
        (values["confidence"] not in _CONFIDENCE, "confidence should be 高, 中 or 低"),
        ("until" in values and "lapsed" not in values, "until needs lapsed: what is said after that day"),
        ("lapsed" in values and "until" not in values, "lapsed needs until: the last day of the rule"),
        (_backwards(values), "until is before since"),
        (not values["words"] and values["aspect"] != "overview", "words is empty: nothing leads here"),
        (_repeated(values["words"]), "words has the same word twice"),
        (any(not part for word in values["words"] for part in word.split("+")), "words has an empty part"),
    )
    return [fault for wrong, fault in checks if wrong]


def _chinese(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _backwards(values: Mapping[str, Any]) -> bool:
    return "since" in values and "until" in values and values["until"] < values["since"]


def _repeated(words: Sequence[str]) -> bool:
    return len(set(words)) < len(words)
