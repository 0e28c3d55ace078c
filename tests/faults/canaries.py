"""Numbers that nobody has, valid all the same, in every way that people write them; made anew from a seed.

A short run takes 60 of them, `ROUNDS` (make faults) the full number: 500 ID numbers, 500 phones, 100 cards.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

from stdnum import luhn
from stdnum.iso7064 import mod_11_2

from tests.faults.rounds import ROUNDS

IDS, PHONES, CARDS = (500, 500, 100) if ROUNDS > 1 else (25, 20, 15)
_AREAS = ("000000", "999999")  # were never given out
_ROWS = (
    "０１２３４５６７８９",
    "零一二三四五六七八九",
    "〇幺二三四五六七八九",
    "零壹贰叁肆伍陆柒捌玖",
    "⓪①②③④⑤⑥⑦⑧⑨",
)
_MARKS = (" ", "-", ".", "·", "_", "/", "、", "，", "|", ":", "—", "\u3000", "\u200b", "\n")
_SIZES = {11: (3, 4, 4), 15: (6, 6, 3), 16: (4, 4, 4, 4), 18: (6, 4, 4, 4), 19: (4, 4, 4, 4, 3)}


def id_number(chance: random.Random, old: bool = False, in_x: bool = False) -> str:
    """A number with a right check digit, X where it is wished; or one of the old kind, which had none."""
    while True:
        born = date(1950, 1, 1) + timedelta(days=chance.randrange(18_000))
        area, place = chance.choice(_AREAS), f"{chance.randrange(1000):03d}"
        if old:
            return f"{area}{born:%y%m%d}{place}"
        body = f"{area}{born:%Y%m%d}{place}"
        if (number := body + mod_11_2.calc_check_digit(body)).endswith("X") or not in_x:
            return number


def phone(chance: random.Random) -> str:
    """A mobile number of the demo's prefix, or one of a block of zeros, which is given to nobody.

    Not 1 and ten zeros: so begins a hash chain, read backwards.
    """
    start = (
        "1000000"
        if chance.random() < 0.5
        else f"1{chance.choice('3456789')}{chance.choice('0123456789')}0000"
    )
    return start + f"{chance.randrange(1, 10_000):04d}"


def card(chance: random.Random, length: int) -> str:
    """A card that satisfies Luhn, of a bank that does not exist."""
    body = "999999" + "".join(chance.choice("0123456789") for _ in range(length - 7))
    return body + luhn.calc_check_digit(body)


def canaries(chance: random.Random) -> list[str]:
    """All of them, mixed, none twice."""
    made: dict[str, None] = {}
    for wanted, make in (
        (IDS, lambda place: id_number(chance, old=place % 5 == 0, in_x=place % 5 == 1)),
        (PHONES, lambda _: phone(chance)),
        (CARDS, lambda place: card(chance, (16, 19)[place % 2])),
    ):
        end = len(made) + wanted
        while len(made) < end:
            made[make(end - len(made))] = None
    found = list(made)
    chance.shuffle(found)
    return found


def spellings() -> Sequence[Callable[[str], str]]:
    """Every way of writing one; a number in any of them is found by the redactor's promise."""
    plain = (str, str.lower, lambda number: f"号码{number}号", lambda number: f"（{number}）")
    rows = [str.maketrans("0123456789", row) for row in _ROWS]
    return (
        *plain,
        *(lambda number, row=row: number.translate(row) for row in rows),
        *(lambda number, mark=mark: mark.join(number) for mark in _MARKS),
        *(lambda number, mark=mark: mark.join(_groups(number)) for mark in _MARKS),
    )


def texts(numbers: Sequence[str], together: int, first: int = 0) -> Iterator[str]:
    """Sentences with so many of the numbers in each, every number in the next spelling."""
    ways = spellings()
    for start in range(0, len(numbers), together):
        part = numbers[start : start + together]
        spelled = [ways[(first + start + place) % len(ways)](number) for place, number in enumerate(part)]
        yield "窗口说我的号码是" + "，也有人说是".join(spelled) + "，到底对不对"


def _groups(number: str) -> list[str]:
    groups, at = [], 0
    for size in _SIZES[len(number)]:
        groups.append(number[at : at + size])
        at += size
    return groups
