"""Finds the names of places in what people type: exact names first, then names that only sound the same.

It knows what a name can mean; which office that is, is said in `desk.offices`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from desk.errors import DataFault
from desk.place_context import ROAD, led_to, likely_meant, suffix_end, surely_meant
from desk.place_data import Area, Place, PlaceBook, read_places
from desk.place_sounds import SoundIndex
from desk.text import simplified

__all__ = ["Area", "Gazetteer", "Mention", "Place"]


@dataclass(frozen=True)
class Mention:
    """A place in a text: `text` = given_text[start:end], `name` the canonical name, `score` 1.0 if exact."""

    text: str
    start: int
    end: int
    name: str
    exact: bool
    score: float


class Gazetteer:
    """The place names of one region. A region without places.yml finds nothing."""

    def __init__(self, data: Path, region: str) -> None:
        """Read `data`/regions/`region`/places.yml; raise `DataFault` if something in it is wrong."""
        path = data / "regions" / region / "places.yml"
        faults: list[str] = []
        self._book = read_places(path, faults) if path.exists() else PlaceBook()
        if faults:
            raise DataFault(faults)
        self._names = {_folded(name): place for name, place in self._book.surfaces.items()}
        self._longest = max(map(len, (*self._names, *self._book.not_places)), default=0)
        self._sounds = SoundIndex(filter(self._sounds_alone, self._names))
        self._places = {place.name: place for place in self._book.surfaces.values()}

    @property
    def areas(self) -> dict[str, Area]:
        """Every area by its name, with and without an office."""
        return dict(self._book.areas)

    def place(self, name: str) -> Place | None:
        """Return the place of a canonical name (as in `Mention.name`) or of any spelling."""
        return self._places.get(name) or self._names.get(_folded(name))

    def places(self) -> tuple[Place, ...]:
        """Return every place once."""
        return tuple(dict.fromkeys(self._book.surfaces.values()))

    def find(self, text: str) -> list[Mention]:
        """Return the places named in `text`, from left to right, not overlapping; [] if there is none."""
        chars, offsets = _read(text)
        squeezed = _squeezed(chars, offsets)
        for reading in (chars, offsets), squeezed:
            hits = list(self._exact(reading[0])) or list(self._by_sound(reading[0]))
            if hits or len(squeezed[0]) == len(chars):
                return [_mention(text, reading[1], *hit) for hit in hits]
        return []

    def _exact(self, text: str) -> Iterator[tuple[int, int, str, float]]:
        start, last = 0, -1
        while start < len(text):
            name = self._longest_at(text, start)
            end = start + len(name)
            if name in self._names and self._meant(text, start, end, name, after_place=start == last):
                last = suffix_end(text, end)
                yield start, last, self._names[name].name, 1.0
                end = last
            start = max(end, start + 1)

    def _by_sound(self, text: str) -> Iterator[tuple[int, int, str, float]]:
        for start, end, name, score in self._sounds.find(text):
            yield start, suffix_end(text, end), self._names[name].name, score

    def _longest_at(self, text: str, start: int) -> str:
        for length in range(min(self._longest, len(text) - start), 1, -1):
            piece = text[start : start + length]
            if piece in self._names or piece in self._book.not_places:
                return piece
        return ""

    def _sounds_alone(self, name: str) -> bool:
        """Two characters below an area sound like too many other words: 进城 is not 晋城."""
        area = self._book.areas.get(self._names[name].name)
        shortened = area is not None and area.name.startswith(name)
        return name not in self._book.common and (len(name) > 2 or shortened)

    def _meant(self, text: str, start: int, end: int, name: str, after_place: bool) -> bool:
        is_area = self._names[name].name in self._book.areas
        if ROAD.match(text, end):
            return False
        if after_place:
            return True
        if name in self._book.common:
            return surely_meant(text, start, end)
        if name in self._book.careful:
            return likely_meant(text, start, end) or led_to(text, start)
        return len(name) > 2 or is_area or likely_meant(text, start, end)


def _mention(text: str, offsets: list[int], start: int, end: int, name: str, score: float) -> Mention:
    first, last = offsets[start], offsets[end - 1] + 1
    return Mention(text[first:last], first, last, name, score == 1.0, score)


def _read(text: str) -> tuple[str, list[int]]:
    """Return the text as it is compared, and for each of its characters the offset in the given text."""
    chars: list[str] = []
    offsets: list[int] = []
    for offset, char in enumerate(text):
        for part in _folded(char) or (" " if char.isspace() else ""):
            chars.append(part)
            offsets.append(offset)
    return "".join(chars), offsets


def _squeezed(chars: str, offsets: list[int]) -> tuple[str, list[int]]:
    """The same without white space: 五 华 区."""
    kept = [index for index, char in enumerate(chars) if not char.isspace()]
    return "".join(chars[index] for index in kept), [offsets[index] for index in kept]


@lru_cache(maxsize=16384)
def _folded(text: str) -> str:
    return simplified(unicodedata.normalize("NFKC", text))
