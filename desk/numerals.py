"""Numbers as people write them in a sentence: 第五步, 第12步."""

from __future__ import annotations

import re

from desk.text import simplified

_NUMERALS = "零一二三四五六七八九"
_NUMBER = "([0-9]{1,2}|[一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九])"
_STEP_NAMED = re.compile(f"第 ?{_NUMBER} ?(?:步|个步骤)|步骤 ?{_NUMBER}")


def step_named(text: str) -> int:
    """Return the number of a step that `text` names (第五步, 第12步), or 0. Reads 1 to 99."""
    found = _STEP_NAMED.search(simplified(text))
    return _number(found[1] or found[2]) if found else 0


def _number(word: str) -> int:
    if word.isdigit():
        return int(word)
    tens, ten, ones = word.rpartition("十")
    if not ten:
        return _NUMERALS.index(word)
    return 10 * (_NUMERALS.index(tens) if tens else 1) + (_NUMERALS.index(ones) if ones else 0)
