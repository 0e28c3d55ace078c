"""Finds names of places that were written with other characters of the same sound (成贡 for 呈贡).

A wrong hit is worse than a miss: the sound must be the same, a character of the name must have survived,
and the sentence must speak of a place there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from pypinyin import lazy_pinyin
from rapidfuzz.fuzz import ratio

from desk.place_context import opens_clause, surely_meant

# What speakers of the south-west and their keyboards mix up is one sound here.
_MIXED = (
    (re.compile("^([zcs])h"), r"\1"),
    (re.compile("ng$"), "n"),
    (re.compile("^n"), "l"),
    (re.compile("^hu"), "fu"),
)
_LONGEST = 8
# From this length on one character may also sound a little different.
_LONG = 4
_CLOSE = 92.0
_EXACT_SOUND = 0.95


class SoundIndex:
    """The names of one region by their sound."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(name for name in names if 2 <= len(name) <= _LONGEST and _chinese(name))
        # By the first sound of a name: the lengths of such names, so that most places in a text cost nothing.
        self._lengths: dict[str, set[int]] = {}
        self._same: dict[tuple[str, ...], list[str]] = {}
        self._masked: dict[str, str] = {}
        for name in sorted(self._names):
            for sound in {tuple(map(syllable, name)), tuple(map(_fold, lazy_pinyin(name)))}:
                self._same.setdefault(sound, []).append(name)
                self._lengths.setdefault(sound[0], set()).add(len(name))
            if len(name) >= _LONG:
                self._masked.update((masked, name) for masked in _masks(name))

    def find(self, text: str) -> Iterator[tuple[int, int, str, float]]:
        """Yield (start, end, name, score 0..1) from left to right, the longest first, none overlapping."""
        sounds = [syllable(char) for char in text]
        start = 0
        while start < len(text):
            best = self._best_at(text, sounds, start)
            if best:
                yield best
            start = best[1] if best else start + 1

    def _best_at(self, text: str, sounds: Sequence[str], start: int) -> tuple[int, int, str, float] | None:
        for length in sorted(self._lengths.get(sounds[start], ()), reverse=True):
            end = start + length
            window = text[start:end]
            if len(window) < length or window in self._names:
                continue
            name, score = self._match(window, tuple(sounds[start:end]))
            if name and (surely_meant(text, start, end) or opens_clause(text, start, end)):
                return start, end, name, score
        return None

    def _match(self, window: str, sound: tuple[str, ...]) -> tuple[str, float]:
        for name in self._same.get(sound, ()):
            if _shares(window, name):
                return name, _EXACT_SOUND
        if len(window) >= _LONG:
            for masked in _masks(window):
                name = self._masked.get(masked, "")
                score = ratio(" ".join(sound), " ".join(map(syllable, name)))
                if score >= _CLOSE:
                    return name, min(score / 100, _EXACT_SOUND)
        return "", 0.0


def _masks(name: str) -> Iterator[str]:
    return (f"{name[:at]}*{name[at + 1 :]}" for at in range(len(name)))


def _shares(window: str, name: str) -> bool:
    return any(a == b for a, b in zip(window, name, strict=True))


def _chinese(text: str) -> bool:
    return all("\u4e00" <= char <= "\u9fff" for char in text)


@lru_cache(maxsize=8192)
def syllable(char: str) -> str:
    """Return the folded sound of one character; of a letter or a stop nothing that a name could match."""
    return _fold(lazy_pinyin(char)[0]) if _chinese(char) else ""


def _fold(syllable: str) -> str:
    for heard, kept in _MIXED:
        syllable = heard.sub(kept, syllable)
    return syllable
