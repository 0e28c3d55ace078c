"""Numbers as people write them in a sentence: 第五步, 第12步, 十二年, 一千八."""

from __future__ import annotations

import re

from desk.text import simplified

# What a count below 100 looks like, and one that is no part of a longer number.
FEW = "(?:[0-9]{1,2}|[二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])"
COUNT = f"(?<![0-9.零〇一二两三四五六七八九十百千几]){FEW}"
_NUMBER = "([0-9]{1,2}|[一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九])"
_STEP_NAMED = re.compile(f"第 ?{_NUMBER} ?(?:步|个步骤)|步骤 ?{_NUMBER}")


def step_named(text: str) -> int:
    """Return the number of a step that `text` names (第五步, 第12步), or 0. Reads 1 to 99."""
    found = _STEP_NAMED.search(simplified(text))
    return number(found[1] or found[2]) if found else 0


def number(word: str) -> int:
    """Return the whole number that `word` is (12, 十二, 一千八, 二〇二六); raise `ValueError` for none."""
    if word.isascii() and word.isdigit():
        return int(word)
    # A tenth of a second to import, and most messages hold no number in characters.
    import cn2an

    try:
        return int(cn2an.cn2an(word, "smart"))
    except KeyError as error:  # what cn2an makes of a slip of the keyboard: 十十三
        raise ValueError(f"{word!r} is no number") from error
