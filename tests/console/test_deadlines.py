"""A deadline in words: what is left, what is over, and nothing that nobody would say."""

from __future__ import annotations

from datetime import date

import pytest

from console.deadlines import left
from desk.workdays import Workdays
from tests.gateway.door import ROOT

FRIDAY = date(2026, 11, 27)


@pytest.mark.parametrize(
    ("today", "words"),
    [
        (date(2026, 11, 25), "还有2个工作日"),
        (FRIDAY, "今天到期"),
        (date(2026, 11, 28), "已超期"),  # a Saturday: no working day has gone by yet
        (date(2026, 12, 1), "已超期2个工作日"),
    ],
)
def test_a_deadline_on_a_friday_is_said_in_words(today: date, words: str) -> None:
    assert left(FRIDAY, today, Workdays(ROOT / "data" / "calendar")).words == words
