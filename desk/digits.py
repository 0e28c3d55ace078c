"""How digits are written: reads a text into its shape, in which every spelling of a number looks the same.

A shape has one character for each of the text's own: digits are 0-9, Chinese digits 零-九, whatever may
stand between digits is one of " -.". Chinese digits stay apart from the others, because 一 in front of 138…
is more often the end of a word (唯一, 统一) than a 1.
"""

from __future__ import annotations

import re

HAN = "零一二三四五六七八九"
ASCII = str.maketrans(HAN, "0123456789")

_ZEROS = (0x660, 0x6F0, 0x966, 0xF20, 0x1040, 0x1090, 0x1946, 0x19D0, 0xFF10, *range(0x1D7CE, 0x1D800, 10))
# Circled, raised, lowered, bracketed: keyboards of phones offer them. Each row is 0 to 9 or 1 to 9.
_DRESSED = (
    "⓪①②③④⑤⑥⑦⑧⑨",
    "⓿❶❷❸❹❺❻❼❽❾",
    "⁰¹²³⁴⁵⁶⁷⁸⁹",
    "₀₁₂₃₄₅₆₇₈₉",
    "➀➁➂➃➄➅➆➇➈",
    "➊➋➌➍➎➏➐➑➒",
    "⓵⓶⓷⓸⓹⓺⓻⓼⓽",
    "⑴⑵⑶⑷⑸⑹⑺⑻⑼",
    "⒈⒉⒊⒋⒌⒍⒎⒏⒐",
    "㈠㈡㈢㈣㈤㈥㈦㈧㈨",
    "㊀㊁㊂㊃㊄㊅㊆㊇㊈",
)
_SHAPES: dict[int, str] = {
    **{zero + digit: str(digit) for zero in _ZEROS for digit in range(10)},
    **{ord(char): str(digit) for row in _DRESSED for digit, char in enumerate(row, 10 - len(row))},
    **{
        ord(char): HAN[digit]
        for digit, chars in enumerate(
            ("零〇○", "一幺壹", "二贰貳", "三叁參", "四肆", "五伍", "六陆陸", "七柒", "八捌", "九玖")
        )
        for char in chars
    },
    **dict.fromkeys(map(ord, "\t\n\v\f\r\xa0\xad\u061c\u3000\ufeff()（）_~～"), " "),
    **dict.fromkeys((*range(0x2000, 0x2010), *range(0x2028, 0x2030), *range(0x205F, 0x2070)), " "),
    # What is put over or round the digit before: accents, the frame of a keycap, the wish for an emoji.
    **dict.fromkeys((*range(0x300, 0x370), *range(0x20D0, 0x20F1), *range(0xFE00, 0xFE10)), " "),
    **dict.fromkeys(map(ord, "‐‑‒–—―−－﹣"), "-"),
    **dict.fromkeys(map(ord, "．。·・•․"), "."),
    **dict.fromkeys(map(ord, "xＸｘ×"), "X"),
    **dict.fromkeys(map(ord, "oＯｏ"), "O"),
}
_LETTER_O = re.compile("(?<![A-Za-z])O+(?![A-Za-z])")

# Digits with one and the same mark between them all: 138/0013/8000, 1、3、8、0…
_DIGIT = f"[0-9{HAN}]"
_MARKED = re.compile(
    f"(?<!{_DIGIT}){_DIGIT}{{1,8}} {{0,2}}([^\\w .〔〕-]) {{0,2}}{_DIGIT}{{1,8}}"
    f"(?: {{0,2}}\\1 {{0,2}}{_DIGIT}{{1,8}})*(?: ?\\1 ?X)?(?!{_DIGIT})"
)
_FEWEST = 10  # digits of the shortest number that is looked for
_LOCAL = 7  # digits of a local phone number: several of them with commas between are not one number


def shape_of(text: str) -> str:
    """Return the shape of `text`, of the same length."""
    shape = _LETTER_O.sub(lambda match: "0" * len(match[0]), text.translate(_SHAPES))
    return _MARKED.sub(_unmarked, shape)


def _unmarked(match: re.Match[str]) -> str:
    """The run with dashes for its marks, when it may be one number."""
    groups = re.findall(f"{_DIGIT}+|X", match[0])
    divided = len(groups) > 2 or [len(group) for group in groups] == [3, 8]
    if sum(map(len, groups)) < _FEWEST or not divided or min(map(len, groups)) >= _LOCAL:
        return match[0]
    return match[0].replace(match[1], "-")
