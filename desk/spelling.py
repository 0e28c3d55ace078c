"""Puts the words of this field back where dictation, a keyboard or an accent wrote others.

For understanding only: what a person typed is never shown back in other letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from desk.errors import DataFault
from desk.place_sounds import syllable
from desk.text import simplified
from desk.yaml_files import Spec, read_fields, read_yaml

_FILE: Spec = {
    "words": ("texts", True),
    "spared": ("texts", True),
    "heard": ("map", True),
    "names": ("map", True),
    "fillers": ("texts", False),
}
# Where less than this would be left, a filler may be all that was said: 嗯 is also a yes.
_ENOUGH = 6
_CHINESE = re.compile("[\u4e00-\u9fff]+")
# A word put right may be what another needs beside it (生理十页金); more than two rounds are rare.
_MOST_ROUNDS = 8

_Span = tuple[int, int]


class Spelling:
    """The words of data/vocabulary.yml, by their sound, by what is heard for them, by their other names."""

    def __init__(self, data: Path) -> None:
        """Read `data`/vocabulary.yml; raise `DataFault` if something in it is wrong."""
        faults: list[str] = []
        values = _read(data / "vocabulary.yml", faults)
        if faults:
            raise DataFault(faults)
        self._words = frozenset(values["words"])
        self._by_sound: dict[tuple[str, ...], str] = {_sound(word): word for word in values["words"]}
        self._lengths = sorted({len(word) for word in values["words"]}, reverse=True)
        self._spared = _either(values["spared"])
        self._heard: list[tuple[re.Pattern[str], str]] = [
            (_either(patterns), word) for word, patterns in values["heard"].items()
        ]
        self._names: list[tuple[re.Pattern[str], str]] = [
            (_either(_longest_first(names)), word) for word, names in values["names"].items()
        ]
        self._fillers = _either(values.get("fillers") or ["(?!)"])
        # A message is read for its classification and for its words.
        self._settled = lru_cache(maxsize=16)(self._settle)

    def corrected(self, text: str) -> str:
        """Return `text` in simplified characters with the words of the field as they are written."""
        return self._settled(simplified(text))

    def canonical(self, text: str) -> str:
        """Return `corrected` text without fillers, with one name for each thing: 救济金 becomes 失业金."""
        text = self.corrected(text)
        left = self._fillers.sub("", text)
        text = left if len(left) >= _ENOUGH else text
        for pattern, word in self._names:
            text = pattern.sub(word, text)
        return text

    def _settle(self, text: str) -> str:
        for _ in range(_MOST_ROUNDS):
            before, text = text, self._once(text)
            if text == before:
                break
        return text

    def _once(self, text: str) -> str:
        for pattern, word in self._heard:
            if pattern.search(text):
                spared = self._spared_in(text)
                text = pattern.sub(partial(_unless_broken, word, spared), text)
        return _CHINESE.sub(lambda run: "".join(self._pieces(run[0])), text)

    def _pieces(self, run: str) -> Iterator[str]:
        sounds = [syllable(char) for char in run]
        spared = self._spared_in(run)
        start = 0
        while start < len(run):
            word = self._word_at(run, sounds, start, spared)
            yield word or run[start]
            start += len(word) or 1

    def _word_at(self, run: str, sounds: list[str], start: int, spared: list[_Span]) -> str:
        """The word that sounds like what stands at `start` and shares a character with it; or ""."""
        for length in self._lengths:
            word = self._by_sound.get(tuple(sounds[start : start + length]), "")
            said = run[start : start + length]
            if word and any(map(str.__eq__, word, said)) and not _breaks(word, said, start, spared):
                return word
        return ""

    def _spared_in(self, text: str) -> list[_Span]:
        return [found.span() for found in self._spared.finditer(text)]


def check(data: Path) -> list[str]:
    """Return every fault of `data`/vocabulary.yml, path first."""
    faults: list[str] = []
    _read(data / "vocabulary.yml", faults)
    return faults


def _read(path: Path, faults: list[str]) -> dict[str, Any]:
    where = f"{path}: file"
    values = read_fields(read_yaml(path, faults), _FILE, where, faults)
    if set(values) != set(_FILE):
        return values
    for key in ("heard", "names"):
        for word, patterns in values[key].items():
            faults.extend(f"{path}: {key}: {word}: {fault}" for fault in _pattern_faults(patterns))
    faults.extend(f"{path}: spared: {fault}" for fault in _pattern_faults(values["spared"]))
    faults.extend(f"{path}: fillers: {fault}" for fault in _pattern_faults(values.get("fillers", ["-"])))
    for word in values["words"]:
        if len(word) < 2 or not _CHINESE.fullmatch(word):
            faults.append(f"{path}: words: {word!r} should be two or more Chinese characters")
    return values


def _pattern_faults(patterns: object) -> Iterator[str]:
    if not isinstance(patterns, list) or not patterns:
        yield "should be a list of texts"
        return
    for pattern in patterns:
        try:
            if re.compile(str(pattern)).match(""):
                yield f"{pattern!r} fits every text"
        except re.error as error:
            yield f"{pattern!r} is no pattern: {error}"


def _unless_broken(word: str, spared: list[_Span], found: re.Match[str]) -> str:
    return found[0] if _breaks(word, found[0], found.start(), spared) else word


def _breaks(word: str, said: str, start: int, spared: list[_Span]) -> bool:
    """Whether to write `word` for what was `said` at `start` would change or cut a spared word."""
    if word == said:
        return False
    end = start + len(said)
    same = len(word) == len(said)
    changed = {start + i for i, char in enumerate(said) if not same or char != word[i]}
    return any(
        a < start < b or a < end < b or not changed.isdisjoint(range(a, b))
        for a, b in spared
        if a < end and start < b
    )


def _sound(word: str) -> tuple[str, ...]:
    return tuple(map(syllable, word))


def _either(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


def _longest_first(words: Iterable[str]) -> list[str]:
    return sorted(words, key=len, reverse=True)
