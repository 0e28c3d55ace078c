"""Strings that are as bad for one regular expression as can be made from looking at it."""

from __future__ import annotations

import random
import re
import sre_parse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from tests.fuzz.patterns import Pattern

LENGTH = 100_000
# What grows by powers shows itself here, and would never end at the lengths that follow.
_TINY = (24, 48)
_SHORT = 2_000
_MOST_SIGNS, _TEXTS, _LONGEST = 24, 6, 16
_MANY, _FEW = 16, 4
_TRIES, _BEYOND = 20, 4
_ENDS = ("", "\n", "!", "０")
_KINDS = {"DIGIT": "5", "SPACE": " ", "WORD": "w", "NOT_DIGIT": "a", "NOT_SPACE": "a", "NOT_WORD": "-"}
_ANYTHING = "a5 一。\n-A〔"


@dataclass(frozen=True)
class Recipe:
    """A text of any length: `head`, then `body` over and over, then `end`."""

    head: str
    body: str
    end: str

    def of(self, length: int) -> str:
        """Return the text of that many characters."""
        rest = length - len(self.head) - len(self.end)
        return f"{self.head}{(self.body * (rest // len(self.body) + 1))[:rest]}{self.end}"


_Asked = tuple[str, Recipe]


def worst(pattern: Pattern) -> Iterator[Recipe]:
    """Yield the texts: runs of what the pattern takes, and its near misses over and over.

    What makes a pattern slow is a beginning that fits at every place and an end that never comes: so every
    beginning of a text that fits is repeated, and each run stands behind it, with ends of another kind.
    """
    parsed = sre_parse.parse(pattern.text, pattern.flags)
    signs = list(dict.fromkeys(_signs(parsed)))[:_MOST_SIGNS]
    fitting = list(dict.fromkeys(_fits(parsed, random.Random(seed)) for seed in range(_TEXTS)))
    bodies = [*signs, *(one + other for one in signs[:6] for other in signs[:6] if one != other)]
    for text in fitting:
        bodies += [text[:end] for end in range(1, min(len(text), _LONGEST) + 1)]
        bodies += [text[start:] for start in range(1, min(len(text), _LONGEST))]
    for body in dict.fromkeys(filter(None, bodies)):
        yield from (Recipe("", body, end) for end in (_ENDS if len(body) < 3 else _ENDS[:1]))
    for text in fitting:
        for sign in signs[:8]:
            yield Recipe(text[: len(text) // 2], sign, "")
            yield Recipe(text, sign, "!")


def slowest(pattern: Pattern, limit: float) -> tuple[float, str]:
    """Return the seconds of CPU that the worst text takes, and what it is; stops at the first above `limit`.

    Short ones come first: what takes too long for those need not be waited for, and what grows with the
    square leads there already. Only the leading ones are asked at five times the length, and of those the
    slowest and the ones that grew most at the whole of it.
    """
    compiled = re.compile(pattern.text, pattern.flags)
    asked = [(way, recipe) for recipe in worst(pattern) for way in pattern.ways]
    found: dict[_Asked, float] = {}
    for length in (*_TINY, _SHORT, LENGTH // 10, LENGTH):
        before, found = found, {}
        for way, recipe in asked:
            taken = found[way, recipe] = _measured(getattr(compiled, way), recipe.of(length), limit)
            if taken > limit:
                return taken, f"{way} of {length} characters, {recipe}"
        if length == _SHORT:
            asked = sorted(found, key=lambda each: -found[each])[:_MANY]
        elif length > _SHORT:
            asked = _leading(found, before)
    most = max(found, key=lambda each: found[each], default=("", Recipe("", "", "")))
    return found.get(most, 0.0), f"{most[0]} of {LENGTH} characters, {most[1]}"


def _leading(found: dict[_Asked, float], before: dict[_Asked, float]) -> list[_Asked]:
    """The few that were slowest, and the few that grew most."""
    slow = sorted(found, key=lambda each: -found[each])[:_FEW]
    grown = sorted(found, key=lambda each: -found[each] / max(before[each], 1e-6))[:_FEW]
    return list(dict.fromkeys((*slow, *grown)))


def _measured(ask: Any, text: str, limit: float) -> float:
    """Seconds of CPU; the least of several tries where the first was a little above the limit.

    On a machine with other work the same takes twice as long, and now and then it does not.
    """
    taken = _once(ask, text)
    tries = _TRIES if limit < taken < _BEYOND * limit else 0
    return min((taken, *(_once(ask, text) for _ in range(tries))))


def _once(ask: Any, text: str) -> float:
    begun = time.process_time()
    ask(text)
    return time.process_time() - begun


def _signs(parsed: Any) -> Iterator[str]:
    """One or two characters of everything that the pattern takes."""
    for op, value in parsed:
        name = str(op)
        if name == "LITERAL":
            yield chr(value)
        elif name in {"IN", "NOT_LITERAL", "ANY"}:
            yield from islice(_members(name, value), 4)
        else:
            for inner in _inner(name, value):
                yield from _signs(inner)


def _inner(name: str, value: Any) -> list[Any]:
    """The patterns within one."""
    if name == "BRANCH":
        return list(value[1])
    if name == "SUBPATTERN":
        return [value[3]]
    if name in {"MAX_REPEAT", "MIN_REPEAT"}:
        return [value[2]]
    if name in {"ASSERT", "ASSERT_NOT"}:
        return [value[1]]
    return [part for part in value[1:] if part] if name == "GROUPREF_EXISTS" else []


def _members(name: str, value: Any) -> Iterator[str]:
    """Characters that one place of a pattern takes."""
    if name != "IN":
        yield from (sign for sign in _ANYTHING if name == "ANY" or sign != chr(value))
        return
    if str(value[0][0]) == "NEGATE":
        yield from (sign for sign in _ANYTHING if not _takes(value[1:], sign))
        return
    for op, item in value:
        if str(op) == "LITERAL":
            yield chr(item)
        elif str(op) == "RANGE":
            yield chr(item[0])
            yield chr(item[1])
        else:
            yield _KINDS[str(item).removeprefix("CATEGORY_")]


def _takes(items: Any, sign: str) -> bool:
    for op, item in items:
        if str(op) == "LITERAL" and chr(item) == sign:
            return True
        if str(op) == "RANGE" and item[0] <= ord(sign) <= item[1]:
            return True
        if str(op) == "CATEGORY" and _in_category(str(item).removeprefix("CATEGORY_"), sign):
            return True
    return False


def _in_category(name: str, sign: str) -> bool:
    plain = {"DIGIT": sign.isdecimal(), "SPACE": sign.isspace(), "WORD": sign.isalnum() or sign == "_"}
    return not plain[name.removeprefix("NOT_")] if name.startswith("NOT_") else plain[name]


def _fits(parsed: Any, chance: random.Random) -> str:
    """A text that the pattern more or less takes: what stands beside it (look-arounds) is left out."""
    made = []
    for op, value in parsed:
        name = str(op)
        if name == "LITERAL":
            made.append(chr(value))
        elif name in {"IN", "NOT_LITERAL", "ANY"}:
            made.append(chance.choice(list(islice(_members(name, value), 8)) or ["a"]))
        elif name in {"MAX_REPEAT", "MIN_REPEAT"}:
            least, most, inner = value
            times = chance.randint(int(least), min(int(most), int(least) + 3))
            made += [_fits(inner, chance) for _ in range(times)]
        elif name in {"BRANCH", "SUBPATTERN"}:
            made.append(_fits(chance.choice(_inner(name, value)), chance))
    return "".join(made)
