"""Turns whatever a person typed into text that can be kept (`plain`) and compared (`simplified`)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import opencc

# Characters that show nothing but are not of a control category: fillers and variation selectors.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800") | frozenset(
    map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)
_KEPT = frozenset("，！？：；（）")
_PUNCTUATION = re.compile(f"([{''.join(sorted(_KEPT))}])")
_DROPPED = {"Cc", "Cf", "Cs"}


def plain(text: str) -> str:
    """Return `text` in NFKC, without invisible characters, every run of white space one space, stripped.

    Control, zero-width, bidi and surrogate characters go; line breaks and tabs count as white space.
    """
    # Twice, because a character that goes may leave two others that now compose to one.
    return " ".join(_normal(_shown(_normal(_shown(text)))).split())


@lru_cache(maxsize=16)  # a turn asks this of its message half a dozen times
def simplified(text: str) -> str:
    """Return `plain(text)` in simplified characters; for matching only, never to show back."""
    convert = _converter().convert
    # 薴 becomes 苧, which is itself the traditional form of 苎: one pass is not enough.
    return str(convert(convert(plain(text))))


def _normal(text: str) -> str:
    """NFKC, but for the punctuation of Chinese, which it would turn into that of English."""
    parts = _PUNCTUATION.split(text)
    return "".join(part if part in _KEPT else unicodedata.normalize("NFKC", part) for part in parts)


def _shown(text: str) -> str:
    return "".join(char for char in text if char.isspace() or _visible(char))


def _visible(char: str) -> bool:
    return char not in _INVISIBLE and unicodedata.category(char) not in _DROPPED


@lru_cache(maxsize=1)
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")
