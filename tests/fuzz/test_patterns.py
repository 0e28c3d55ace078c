"""No regular expression of the product can be made slow: 50 ms for 100,000 characters, however bad."""

from __future__ import annotations

import re
import time

import pytest

from tests.fuzz.patterns import Pattern, product_patterns
from tests.fuzz.worst import LENGTH, slowest

LIMIT = 0.05  # seconds of CPU
# What `_yardstick` takes on the machine for which that limit is meant; a slower one is allowed more.
_USUAL = 0.014
# Seconds until what was too slow is asked again: other work on the machine may double the time of both.
_RESTS = (1.0, 5.0, 20.0)
# Made of many by a function; each of them is seen when it is compiled.
_MADE_AT_RUN_TIME = {
    "desk/outside.py",
    "desk/past_dates.py",
    "desk/spelling.py",
    "desk/tickets/phrases.py",
}
_HAN = re.compile("[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def found() -> tuple[list[Pattern], list[str]]:
    return product_patterns()


def test_every_regular_expression_of_the_product_is_seen(found: tuple[list[Pattern], list[str]]) -> None:
    patterns, unseen = found
    places = {pattern.where.split(":")[0] for pattern in patterns}
    assert {call.split(":")[0] for call in unseen} <= _MADE_AT_RUN_TIME & places
    assert len(patterns) > 300
    assert {"desk/privacy.py", "bot/nlu/reader.py", "desk/hidden.py", "actions/forms.py"} <= places


def test_no_regular_expression_takes_long_for_a_hundred_thousand_characters(
    found: tuple[list[Pattern], list[str]],
) -> None:
    slow = {}
    for pattern in _shapes(found[0]):
        if told := _too_slow(pattern):
            slow[pattern.where, pattern.text] = told
    assert slow == {}


def test_a_pattern_that_is_slow_is_found_out() -> None:
    for text, way in ((r"\d+$", "search"), ("[，、]*然后", "search"), ("(?:就是|就|是)*", "fullmatch")):
        seconds, worst = slowest(Pattern(text, re.UNICODE, "here:1", (way,)), LIMIT)
        assert seconds > LIMIT, worst
    seconds, _ = slowest(Pattern("[0-9]{17}[0-9X]", re.UNICODE, "here:1", ("fullmatch",)), LIMIT)
    assert seconds < LIMIT and LENGTH == 100_000


def _too_slow(pattern: Pattern) -> str:
    """The milliseconds and the text of a pattern that is never within the limit, whatever else runs here."""
    for rest in (0.0, *_RESTS):
        time.sleep(rest)
        limit = LIMIT * max(1.0, _yardstick() / _USUAL)
        seconds, text = slowest(pattern, limit)
        if seconds <= limit:
            return ""
    return f"{seconds * 1000:.0f} of {limit * 1000:.0f} ms: {text}"


def _yardstick() -> float:
    """Seconds of CPU that a search which does little at every place takes on this machine."""
    pattern, text = re.compile("[缴交参](?:纳费|了|满)"), "缴纳交" * 300_000
    tries = []
    for _ in range(5):
        begun = time.process_time()
        pattern.search(text)
        tries.append(time.process_time() - begun)
    return min(tries)


def _shapes(patterns: list[Pattern]) -> list[Pattern]:
    """The patterns without those that differ from another by their words alone: the triage has hundreds."""
    shapes: dict[str, Pattern] = {}
    for pattern in patterns:
        names: dict[str, str] = {}
        alike = "desk/tickets/phrases.py" in pattern.where
        shape = _HAN.sub(lambda sign: names.setdefault(sign[0], chr(0x4E00 + len(names))), pattern.text)  # noqa: B023
        shapes.setdefault(shape if alike else pattern.text, pattern)
    return list(shapes.values())
