"""The tree of matters (data/categories.yml) and a first guess from the citizen's words; staff decide."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from desk.errors import DataFault
from desk.tickets.phrases import occurs, phrase, prepared
from desk.tickets.terms import Kind
from desk.yaml_files import read_fields, read_yaml

OTHER, POLICY = "other", "policy"
_SPEC = {
    "code": ("text", True),
    "name": ("text", True),
    "under": ("text", False),
    "words": ("texts", False),
    "accuses": ("flag", False),
}


@dataclass(frozen=True)
class Category:
    """One matter. `under` is the code of the upper level, empty for an upper level itself.

    `accuses`: it is about how the office behaves, so the office does not handle it.
    """

    code: str
    name: str
    under: str = ""
    words: tuple[str, ...] = ()
    accuses: bool = False


class Categories:
    """All matters, two levels deep."""

    def __init__(self, categories: list[Category]) -> None:
        """Take the list in its order; earlier ones win a tie."""
        self._all = {category.code: category for category in categories}
        self._phrases: list[tuple[str, str, list[re.Pattern[str]]]] = [
            (category.code, words, phrase(words)) for category in categories for words in category.words
        ]

    @classmethod
    def load(cls, path: Path) -> Categories:
        """Read the file; raise `DataFault` with every fault."""
        faults: list[str] = []
        rows = read_yaml(path, faults)
        found: list[Category] = []
        for number, raw in enumerate(rows if isinstance(rows, list) else [], 1):
            values = read_fields(raw, _SPEC, f"{path}: entry {number}", faults)
            if {"code", "name"} <= values.keys():
                found.append(Category(**{**values, "words": tuple(values.get("words", ()))}))
        upper = {category.code for category in found if not category.under}
        faults += [
            f"{path}: {c.code}: no such upper level {c.under!r}"
            for c in found
            if c.under and c.under not in upper
        ]
        if OTHER not in upper:
            faults.append(f"{path}: {OTHER} is missing")
        if faults:
            raise DataFault(faults)
        return cls(found)

    def guess(self, text: str) -> str:
        """Return the code whose words are found most, counted in characters; `other` when none is."""
        seen = prepared(text)
        points: dict[str, int] = {}
        for code, words, patterns in self._phrases:
            if occurs(patterns, seen):
                points[code] = points.get(code, 0) + len(words)
        return max(points, key=lambda code: points[code]) if points else OTHER

    def name(self, code: str) -> str:
        """Return `网上申领操作 · 人脸识别` for a lower level; the code itself when unknown."""
        category = self._all.get(code)
        if category is None:
            return code
        return f"{self._all[category.under].name} · {category.name}" if category.under else category.name

    def upper(self, code: str) -> str:
        """Return the upper level of `code`, which may be `code` itself."""
        category = self._all.get(code)
        return category.under or code if category else code

    def within(self, code: str) -> list[str]:
        """Return `code` and what lies under it."""
        return [code, *(category.code for category in self._all.values() if category.under == code)]

    def kind(self, code: str) -> Kind:
        """Return the kind of 诉求 that a matter usually is: a wish about the rules is 建议, the rest 投诉."""
        return Kind.ADVICE if code == POLICY else Kind.COMPLAINT

    def accuses(self, code: str) -> bool:
        """Tell whether a matter complains about the office itself, which then must not have the ticket."""
        return code in self._all and self._all[code].accuses

    @property
    def accusing(self) -> frozenset[str]:
        """The codes of the matters that complain about the office itself."""
        return frozenset(code for code in self._all if self.accuses(code))

    def codes(self) -> list[str]:
        """Return every code in the order of the file."""
        return list(self._all)
