"""What a message tells beside its question: days, years paid, amounts, the number of a ticket.

Read with own patterns, numerals by cn2an; nothing is guessed: what is only roughly said is marked so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from desk.errors import InvalidInput
from desk.numerals import number
from desk.paid_years import paid_said
from desk.past_dates import days_said
from desk.text import simplified
from desk.tickets.number import find_number

Kind = Literal["date", "years_paid", "amount", "ticket_number"]

_TICKET = re.compile(r"JS[\s\-–—_]*[0-9]{8}[\s\-–—_]*[0-9]{6}[\s\-–—_]*[0-9](?![0-9])", re.IGNORECASE)
_HAN = "一二两三四五六七八九"
_FIGURES = re.compile(
    r"(?<![0-9.A-Za-z#])(?P<sign>[¥$]\s?)?(?P<digits>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,8})(?P<cents>\.[0-9]{1,2})?"
    r"\s?(?P<times>[万千])?(?P<over>多|来)?\s?(?P<unit>元|块|圆)?"
)
_WORDS = re.compile(
    rf"(?<![第几数0-9{_HAN}十百千万])(?P<words>[{_HAN}][{_HAN}十百千万零〇]*?(?=一?个[月多])|[{_HAN}][{_HAN}十百千万零〇]*|十[{_HAN}]?)(?P<over>多|来)?(?P<unit>元|块|圆)?"
)
# 一千八 needs no unit; a counting word after it makes it something else.
_BARE = re.compile(rf"[{_HAN}]?十?[{_HAN}]?[万千][{_HAN}零〇十百千]*|[{_HAN}]百[{_HAN}](?:十[{_HAN}]?)?")
_COUNTED = re.compile(r"\s?[个人名位天年月日号岁次件步里米公分股字页家户条级火斤克度秒小时万千百亿辆张]")
_NO_COIN = re.compile("块(?![钱,，。！？；!?\\s]|$|[左上]|一个?月|不|的|呢|吗|多)")
_ABOUT = re.compile("大[概约]|差不多|约|将近|左右|上下")
_TIMES = {"万": 10_000, "千": 1_000}


@dataclass(frozen=True)
class Particular:
    """One thing told: `text` is what stands at `start` to `end` of the message.

    `value` by `kind`: date - ISO date; years_paid - full months paid, int; amount - yuan, `Decimal`;
    ticket_number - the number in its proper form. `rough`: only about that.
    """

    kind: Kind
    text: str
    start: int
    end: int
    value: str | int | Decimal
    rough: bool = False


_Span = tuple[int, int]
_Told = tuple[Kind, int, int, str | int | Decimal, bool]


def particulars(text: str, day: date) -> list[Particular]:
    """Return what `text` tells on `day` (today), in order of place; nothing overlaps.

    Traditional characters and full-width figures are read too. A day without a year is the last one before
    `day`. A month, or a week, without a day has its last day as value and is rough.
    """
    words = aligned(text)
    taken: list[_Span] = []
    found: list[Particular] = []
    for kind, start, end, value, rough in _told(words, day):
        if all(end <= at or start >= to for at, to in taken):
            taken.append((start, end))
            found.append(Particular(kind, text[start:end], start, end, value, rough))
    return sorted(found, key=lambda one: one.start)


def aligned(text: str) -> str:
    """Return `text` in simplified characters and plain figures, each at its own place."""
    return "".join(map(_one, text))


@lru_cache(maxsize=4096)
def _one(char: str) -> str:
    plain = simplified(char)
    return plain if len(plain) == 1 else " " if char.isspace() and char != "\n" else char


def _told(words: str, day: date) -> Iterator[_Told]:
    """Everything found, the surest first: a ticket number holds a day, 2015年到2023年一直交 two."""
    for match in _TICKET.finditer(words):
        if canonical := _ticket(match[0]):
            yield "ticket_number", *match.span(), canonical, False
    # Also a mistyped number is no day.
    words = _TICKET.sub(lambda match: "\n" * len(match[0]), words)
    for paid in paid_said(words, day):
        yield "years_paid", paid.start, paid.end, paid.months, paid.rough
    for said in days_said(words, day):
        yield "date", said.start, said.end, said.day.isoformat(), said.rough
    yield from _amounts(words)


def _ticket(text: str) -> str | None:
    try:
        return find_number(text)
    except InvalidInput:
        return None  # mistyped: whoever needs the number asks again


def _amounts(words: str) -> Iterator[_Told]:
    for pattern, read in ((_FIGURES, _figures), (_WORDS, _in_words)):
        for match in pattern.finditer(words):
            rest = words[match.end() :]
            if match["unit"] == "块" and _NO_COIN.match("块" + rest):
                continue
            value = read(match, rest)
            if value is not None:
                near = words[max(0, match.start() - 3) : match.start()] + rest[:3]
                rough = bool(match["over"] or _ABOUT.search(near))
                end = match.end() + rest.startswith("钱") * (match["unit"] == "块")
                yield "amount", match.start(), end, value, rough


def _figures(match: re.Match[str], rest: str) -> Decimal | None:
    counted = match["times"] and not _COUNTED.match(rest)
    if not (match["unit"] or match["sign"] or counted):
        return None
    digits = match["digits"].replace(",", "") + (match["cents"] or "")
    yuan = Decimal(digits) * _TIMES.get(match["times"] or "", 1)
    return yuan.quantize(Decimal(1)) if yuan == yuan.to_integral_value() else yuan


def _in_words(match: re.Match[str], rest: str) -> Decimal | None:
    said = match["words"]
    if not match["unit"] and (not _BARE.fullmatch(said) or _COUNTED.match(rest)):
        return None
    if match["unit"] == "块" and said == "一" and not rest.startswith("钱"):
        return None  # 一块去
    try:
        return Decimal(number(said))
    except ValueError:
        return None
