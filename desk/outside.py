"""Recognises that a text names a province or city whose rules we do not hold.

A street, a bank or a word that only looks like such a name (北京路, 医保定点, 大理石) is not one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from desk.text import simplified
from desk.yaml_files import Spec, read_fields, read_yaml

_FILE: Spec = {"provinces": ("map", True), "hidden_by": ("texts", True), "only_with_suffix": ("texts", True)}
# 北京路, 南京东路, 上海银行, 普洱茶: things that carry the name of a place.
_NOT_A_THING = (
    "(?!市?[东西南北中]?[一二三四五六环]?"
    "(?:路|街|大道|巷|桥|村|小区|花园|大厦|广场|酒店|宾馆|饭店|银行|茶|拉面|米粉|火锅))"
)
_SUFFIX = "(?=市|地区|州|盟)"
_FEW = 16


@dataclass(frozen=True)
class Outside:
    """Names of places without a region of ours: each with its province, and the pattern that finds them."""

    provinces: Mapping[str, str] = field(default_factory=dict)
    pattern: re.Pattern[str] | None = None

    def named(self, text: str) -> str | None:
        """Return the first such name in simplified `text`, or None."""
        found = self.pattern.finditer(text) if self.pattern else ()
        return next((match["place"] for match in found if match["place"]), None)

    def province(self, place: str) -> str:
        """Return the province of a name, itself for a province, "" for an unknown name."""
        return self.provinces.get(place, "")


def read_outside(paths: Iterable[Path], aliases: Iterable[str], faults: list[str]) -> Outside:
    """Read outside.yml; an alias of a region of ours is not outside. Without a file nothing is outside."""
    for path in paths:
        values = read_fields(read_yaml(path, faults), _FILE, f"{path}: file", faults)
        if set(values) == set(_FILE):
            provinces = {name: key for key, names in values["provinces"].items() for name in (key, *names)}
            known = {simplified(alias) for alias in aliases}
            hiding = known | {*values["hidden_by"]}
            return Outside(provinces, _pattern({*provinces} - known, hiding, {*values["only_with_suffix"]}))
    return Outside()


def _pattern(names: set[str], hiding: set[str], guarded: set[str]) -> re.Pattern[str]:
    """A scan that eats the text from the left, so that a known word hides the name that lies across it."""
    places = _either({name: _SUFFIX if name in guarded else "" for name in names})
    known = _either(dict.fromkeys(hiding, ""))
    return re.compile(f"{known}|(?P<place>{places}){_NOT_A_THING}")


def _either(words: Mapping[str, str]) -> str:
    """Any of the words, a longer one before its beginning, each with the pattern of what must follow it.

    At most places of a text one look passes over hundreds of words, and else over half of them at a time.
    """
    signs = sorted({word[0] for word in words})
    if not signs:
        return "(?!)"
    look = f"(?=[{''.join(signs)}])"
    if len(signs) <= _FEW:
        return look + _tree(words)
    middle = signs[len(signs) // 2]
    first = {word: words[word] for word in words if word < middle}
    second = {word: words[word] for word in words if word >= middle}
    return f"{look}(?:{_either(first)}|{_either(second)})"


def _tree(words: Mapping[str, str]) -> str:
    """Words with the same beginning share it."""
    begun: dict[str, dict[str, str]] = {}
    for word in sorted(filter(None, words)):
        begun.setdefault(word[0], {})[word[1:]] = words[word]
    branches = [sign + _tree(rest) for sign, rest in begun.items()]
    branches += [words[""]] if "" in words else []
    return f"(?:{'|'.join(branches)})" if len(branches) > 1 else branches[0]
