"""Decides which of the places in a sentence the person means: 不是五华，是西山; 住盘龙，社保在官渡.

Works on the words as typed; which office a place has is not its business.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from desk.places import Place

_NOT_BEFORE = re.compile(
    r"(?<![是在归属去])(?:不是|不在|不属于|不归|[没沒]在|[没沒]有在|并非|並非|不住|不去|不用去|别去)\w{0,2}$"
)
_NOT_AFTER = re.compile(
    r"[，, ]?(?:那个|那邊|那边|哦|噢|啊)?"
    r"(?:不是(?=[，,。！!]|$)|不[，,]|不对|不對|说错|說錯|打错|写错|错了|錯了|是错的)"
)
_SAME_BREATH = re.compile(r"(?:那个|那個|那边的|那邊的|的)")
_ASKED = re.compile(r"[吗么嘛嗎麼][？?。！!]*$")
_EITHER_OR = re.compile(r"\w{0,6}(?:还是|還是)\w{0,4}")
_STOPS = "，,。；;！!？?、\n"
_INSURED = re.compile(r"参保|參保|社保|缴费|繳費|交在|挂在|交的?保|买的?保|交的$|最后")
# An address as a map writes it: a place with its kind first, at most behind province and city, and no talk.
_BEFORE_IT = re.compile(r"(?:中国)?(?:\w{2,5}(?:省|自治区))?(?:\w{2,5}市)?\s*")
_KIND = re.compile(r"(?<![社小])[区县市]$")
_KIND_FOLLOWS = re.compile(r"省|市|州|盟|地区|自治|[壮回]族|维吾尔|特别行政区")
_TALK = re.compile(r"[，。？！,?!；;、\n]|[我您你吗呢吧哪转换去到住办领]|还是|社保|参保|失业|怎么")
_LIVING = re.compile(r"住|家在|老家|户口|戶口|户籍|戶籍|租房|租的|身份证|搬|人在|出生|回来|回來|过来|過來")


@dataclass(frozen=True)
class Said:
    """One place in a text, at text[start:end]."""

    start: int
    end: int
    place: Place


def decisive(text: str, said: Sequence[Said]) -> list[Said]:
    """Return the places that remain when those ruled out, offered or only lived in are left away."""
    return _insured(text, _without_offers(text, _not_ruled_out(text, _addressed(text, said))))


def _addressed(text: str, said: Sequence[Said]) -> list[Said]:
    """昆明市五华区龙泉路, 盘龙区上海东盟大厦: a road or a house may be called after any place.

    So of an address counts what comes first, and behind it only what lies there or is named in full.
    """
    if not said or _TALK.search(text) or not _BEFORE_IT.fullmatch(text[: said[0].start]):
        return list(said)
    first = said[0]
    if not (_in_full(text, first) or _KIND_FOLLOWS.match(text, first.end)):
        return list(said)
    kept = [first]
    for one in said[1:]:
        there = any(set(one.place.areas) & set(other.place.areas) for other in kept)
        if there or _in_full(text, one):
            kept.append(one)
    return kept


def _in_full(text: str, one: Said) -> bool:
    return bool(_KIND.search(text[one.start : one.end]))


def _not_ruled_out(text: str, said: Sequence[Said]) -> list[Said]:
    kept: list[Said] = []
    last_out: Said | None = None
    for one in said:
        # 不是西山那个马街: what hangs on a place that is ruled out goes with it.
        carried = last_out and _SAME_BREATH.fullmatch(text[last_out.end : one.start])
        if carried or _ruled_out(text, said, one):
            last_out = one
        else:
            kept.append(one)
    return kept


def _ruled_out(text: str, said: Sequence[Said], one: Said) -> bool:
    if _ASKED.search(_rest(text, one)):
        return False
    before = text[_left(text, said, one) : one.start]
    return bool(_NOT_AFTER.match(text[one.end :]) or _NOT_BEFORE.search(before))


def _without_offers(text: str, said: Sequence[Said]) -> list[Said]:
    """太平新城属于安宁还是西山: the areas are what is asked, the place before them is what is known."""
    offered: set[Said] = set()
    for one, other in pairwise(said):
        if _is_area(one) and _is_area(other) and _EITHER_OR.fullmatch(text[one.end : other.start]):
            offered |= {one, other}
    return [one for one in said if one not in offered] or list(said)


def _insured(text: str, said: Sequence[Said]) -> list[Said]:
    """Keep the areas insured in, if every other area is one that the person only lives in or comes from."""
    insured = {one.place.areas for one in said if _INSURED.search(_around(text, said, one))}
    living = {one.place.areas for one in said if _LIVING.search(_around(text, said, one))}
    if all(one.place.areas in insured | living for one in said):
        return [one for one in said if one.place.areas in insured] or list(said)
    return list(said)


def _is_area(one: Said) -> bool:
    return one.place.areas == (one.place.name,)


def _rest(text: str, one: Said) -> str:
    """The words from the place to the end of its clause."""
    ends = [at for stop in _STOPS if (at := text.find(stop, one.end)) >= 0]
    return text[one.end : min(ends, default=len(text))]


def _around(text: str, said: Sequence[Said], one: Said) -> str:
    """The words that belong to a place: its clause, but not beyond the places beside it."""
    rest = _rest(text, one)
    following = [other.start for other in said if one.end <= other.start < one.end + len(rest)]
    # What stands between two places of one clause leads to the second: 住五华社保在西山.
    return text[_left(text, said, one) : one.start] + ("" if following else rest)


def _left(text: str, said: Sequence[Said], one: Said) -> int:
    stops = [text.rfind(stop, 0, one.start) + 1 for stop in _STOPS]
    return max([*stops, *(other.end for other in said if other.end <= one.start)], default=0)
