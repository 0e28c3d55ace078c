"""How words in data/ are found in what a person wrote. Used for triage and for the first guess of a category.

A phrase is plain words; `户籍+外地` = all parts occur, anywhere; `怀疑我…骗领` = in this order in one clause,
with at most eight characters between.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from desk.text import simplified

Patterns = list[re.Pattern[str]]
_GAP = "[^。！？!?；;，,、\\n]{0,8}?"


def prepared(text: str) -> str:
    """Return `text` as phrases see it: simplified, lower case, without spaces."""
    return re.sub(r"\s+", "", simplified(text)).lower()


def phrase(words: str, alone: bool = False) -> Patterns:
    """Return the patterns that all must be found for `words` to be there.

    `alone`: 我… does not mean 我们….
    """
    return [_pattern(part, alone) for part in words.split("+")]


def occurs(patterns: Patterns, text: str) -> bool:
    """Tell whether the phrase is in `text` (prepared)."""
    return all(pattern.search(text) for pattern in patterns)


def without(patterns: Iterable[Patterns], text: str) -> str:
    """Return `text` with the given phrases taken out, so that nothing in them is found any more."""
    for parts in patterns:
        for pattern in parts:
            text = pattern.sub("＿", text)
    return text


def _pattern(part: str, alone: bool) -> re.Pattern[str]:
    # NFKC turns … into three dots.
    pattern = _GAP.join(re.escape(bit) for bit in prepared(part).split("..."))
    return re.compile(pattern.replace("我" + _GAP, "我(?!们)" + _GAP) if alone else pattern)
