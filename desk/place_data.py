"""Reads places.yml: which names mean which area, and which area has an office.

A region without the file has no places. Every fault is one sentence with the path first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from desk.yaml_files import Spec, read_fields, read_yaml

_FILE: Spec = {
    "checked": ("date", True),
    "areas": ("maps", True),
    "townships": ("map", False),
    "overlaps": ("maps", False),
    "names": ("maps", False),
    "words": ("map", False),
}
_AREA: Spec = {
    "name": ("text", True),
    "names": ("texts", False),
    "why": ("text", False),
    "near": ("texts", False),
    "note": ("text", False),
}
_TOWNSHIP: Spec = {"name": ("text", True), "short": ("text", True)}
_OVERLAP: Spec = {
    "name": ("text", True),
    "also": ("texts", False),
    "ask": ("map", False),
    "note": ("text", True),
}
_NAME: Spec = {
    "names": ("texts", True),
    "in": ("text", False),
    "ask": ("map", False),
    "certainty": ("text", True),
    "street": ("text", False),
    "note": ("text", False),
}
_WORDS: Spec = {"common": ("texts", False), "careful": ("texts", False), "not_places": ("texts", False)}
_TAIL = re.compile(r"(街道|镇|乡|区|县|市)$")


@dataclass(frozen=True)
class Area:
    """Where people are insured: a district or zone. `row` is its office, None if no office is recorded."""

    name: str
    row: int | None = None
    why: str = ""
    near: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Place:
    """A place people name, and the areas it can mean. `hints`: per area, which part is meant, or ""."""

    name: str
    areas: tuple[str, ...]
    hints: tuple[str, ...]
    within: str = ""
    certainty: str = "高"
    note: str = ""


@dataclass
class PlaceBook:
    """All of one places.yml. `surfaces` maps every spelling to its place; the word lists are as written."""

    areas: dict[str, Area] = field(default_factory=dict)
    surfaces: dict[str, Place] = field(default_factory=dict)
    common: frozenset[str] = frozenset()
    careful: frozenset[str] = frozenset()
    not_places: frozenset[str] = frozenset()


def read_places(path: Path, faults: list[str]) -> PlaceBook:
    """Read one places.yml; what cannot be used is left out and told in `faults`."""
    values = read_fields(read_yaml(path, faults), _FILE, f"{path}: file", faults)
    book = PlaceBook()
    _Reader(path, book, faults).read(values)
    return book


def split_number(raw: object, key: str) -> tuple[int | None, object]:
    """Take the whole number under `key` out of `raw`; what is not one stays in, to be told as unknown."""
    if not isinstance(raw, dict) or type(raw.get(key)) is not int:
        return None, raw
    return raw[key], {name: value for name, value in raw.items() if name != key}


class _Reader:
    """Fills a book in the order of trust: areas, colloquial names, townships, shortened townships."""

    def __init__(self, path: Path, book: PlaceBook, faults: list[str]) -> None:
        self._path, self._book, self._faults = path, book, faults

    def read(self, values: Mapping[str, Any]) -> None:
        for raw in values.get("areas", ()):
            self._area(raw)
        for raw in values.get("names", ()):
            self._name(raw)
        self._townships(values.get("townships", {}), values.get("overlaps", ()))
        words = self._fields(values.get("words", {}), _WORDS, "words")
        self._book.common = frozenset(words.get("common", ()))
        self._book.careful = frozenset(words.get("careful", ()))
        self._book.not_places = frozenset(words.get("not_places", ()))
        self._links()

    def _fields(self, raw: object, spec: Spec, where: str) -> dict[str, Any]:
        return read_fields(raw, spec, f"{self._path}: {where}", self._faults)

    def _fault(self, text: str) -> None:
        self._faults.append(f"{self._path}: {text}")

    def _area(self, raw: object) -> None:
        row, rest = split_number(raw, "row")
        found = self._fields(rest, _AREA, f"areas: {_label(raw)}")
        if "name" not in found:
            return
        name = found["name"]
        area = Area(name, row, found.get("why", ""), tuple(found.get("near", ())), found.get("note", ""))
        if area.row is None and not area.why:
            self._fault(f"areas: {name}: has neither row nor why")
        if name in self._book.areas:
            self._fault(f"areas: {name}: is there twice")
        self._book.areas[name] = area
        place = Place(name, (name,), ("",), note=area.note)
        for spelling in (name, *found.get("names", ())):
            self._add(spelling, place)

    def _name(self, raw: object) -> None:
        found = self._fields(raw, _NAME, f"names: {_label(raw)}")
        if "names" not in found or "certainty" not in found:
            return
        if ("in" in found) == ("ask" in found):
            self._fault(f"names: {found['names'][0]}: needs either in or ask")
            return
        ask = found.get("ask") or {found["in"]: ""}
        more = {"certainty": found["certainty"], "note": found.get("note", "")}
        for spelling in found["names"]:
            self._add(spelling, _place(spelling, ask, **more))

    def _townships(self, by_area: Mapping[str, Any], raw_overlaps: list[object]) -> None:
        checked = (self._fields(raw, _OVERLAP, f"overlaps: {_label(raw)}") for raw in raw_overlaps)
        overlaps = {overlap["name"]: overlap for overlap in checked if "name" in overlap}
        shorts: dict[str, list[Place]] = {}
        for area, entries in by_area.items():
            for name, short in self._township_names(area, entries):
                place = _township(name, area, overlaps.pop(name, {}))
                self._add(name, place)
                shorts.setdefault(short, []).append(place)
        for short, places in shorts.items():
            # A name given by hand knows better than a shortened one.
            if len(short) > 1 and short not in self._book.surfaces:
                self._book.surfaces[short] = places[0] if len(places) == 1 else _either(short, places)
        for name in overlaps:
            self._fault(f"overlaps: {name}: is not a township")

    def _township_names(self, area: str, entries: object) -> Iterator[tuple[str, str]]:
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, str):
                yield entry, _TAIL.sub("", entry)
                continue
            found = self._fields(entry, _TOWNSHIP, f"townships: {area}: {_label(entry)}")
            if len(found) == len(_TOWNSHIP):
                yield found["name"], found["short"]

    def _add(self, spelling: str, place: Place) -> None:
        known = self._book.surfaces.setdefault(spelling, place)
        if set(known.areas) != set(place.areas):
            both = "、".join(dict.fromkeys(known.areas + place.areas))
            self._fault(f"{spelling}: is written twice, for {both}; write it once with ask")
        elif known != place and known.name == place.name == spelling:
            self._fault(f"{spelling}: is written twice")

    def _links(self) -> None:
        for spelling, place in self._book.surfaces.items():
            self._known(spelling, place.areas)
        for area in self._book.areas.values():
            self._known(f"areas: {area.name}: near", area.near)

    def _known(self, where: str, names: tuple[str, ...]) -> None:
        for name in names:
            if name not in self._book.areas:
                self._fault(f"{where}: {name} is not one of the areas")


def _place(name: str, ask: Mapping[str, object], **more: str) -> Place:
    return Place(name, tuple(ask), tuple(str(words or "") for words in ask.values()), **more)


def _township(name: str, area: str, overlap: Mapping[str, Any]) -> Place:
    ask = overlap.get("ask") or {area: "", **dict.fromkeys(overlap.get("also", ()), "")}
    place = _place(name, ask, note=overlap.get("note", ""))
    return replace(place, within=area)


def _either(short: str, places: list[Place]) -> Place:
    """Two townships of one shortened name: every area of both, with the township as the hint."""
    ask = {area: place.name for place in places for area in place.areas}
    return _place(short, ask, certainty="低")


def _label(raw: object) -> str:
    if not isinstance(raw, dict):
        return repr(raw)
    names = raw.get("names")
    return str(raw.get("name") or (names[0] if isinstance(names, list) and names else raw))
