from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from desk.errors import InvalidInput
from desk.tickets import Limits, Tickets, promise
from desk.tickets.terms import Kind
from tests.desk.ticket_room import LIMITS, PLANTED_PHONE, Moment, filed, tickets_in

CHANGE: dict[str, Any] = {
    "step": "complaint",
    "days": 3,
    "unit": "工作日",
    "source": "昆明市某某通知〔2026〕1号",
    "since": date(2026, 11, 23),
    "changed_by": "s1",
    "reason": "按新通知",
}


def test_a_change_counts_from_its_day_on_and_moves_no_promise_already_made(
    tickets: Tickets, now: Moment
) -> None:
    before = filed(tickets)
    tickets.limits.change(**CHANGE)
    assert tickets.read(before.public_no) == before
    now.later(days=2)
    assert tickets.read(before.public_no).due == before.due == date(2026, 11, 27)
    after = filed(tickets, "m2")
    assert after.due == date(2026, 11, 26)
    assert promise(tickets.clock, after) == "3个工作日内答复：昆明市某某通知〔2026〕1号。"
    assert "自己的承诺" in promise(tickets.clock, before)


def test_another_process_learns_of_a_change_before_it_begins(
    tickets: Tickets, engine: Engine, now: Moment
) -> None:
    other = tickets_in(engine, now)
    assert other.limits["complaint"].days == 5
    tickets.limits.change(**CHANGE)
    now.later(days=2)
    assert filed(other).due == date(2026, 11, 26)


def test_of_two_changes_the_later_day_counts_and_on_one_day_the_later_word(tickets: Tickets) -> None:
    for days, since in ((4, 24), (3, 23), (6, 24)):
        tickets.limits.change(**{**CHANGE, "days": days, "since": date(2026, 11, since)})
    shown = [tickets.limits.on("complaint", date(2026, 11, day)).days for day in (22, 23, 24, 30)]
    assert shown == [5, 3, 6, 6]
    assert [(each.days, each.changed_by) for each in tickets.limits.history()] == [
        (4, "s1"),
        (3, "s1"),
        (6, "s1"),
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"step": "tea"}, "unknown_step"),
        ({"days": 0}, "days"),
        ({"days": 367}, "days"),
        ({"days": "3"}, "days"),
        ({"days": True}, "days"),
        ({"unit": "小时"}, "unit"),
        ({"step": "extension", "unit": "自然日"}, "unit"),
        ({"since": date(2026, 11, 21)}, "since"),
        ({"since": date(2026, 11, 1)}, "since"),
        ({"source": " "}, "source"),
        ({"source": "长" * 201}, "source"),
        ({"reason": ""}, "reason"),
        ({"changed_by": ""}, "changed_by"),
        ({"source": f"来电 {PLANTED_PHONE}"}, "source"),
        ({"reason": f"来电 {PLANTED_PHONE}"}, "reason"),
    ],
)
def test_a_change_that_cannot_be_is_refused_with_a_reason(
    change: dict[str, Any], reason: str, tickets: Tickets
) -> None:
    with pytest.raises(InvalidInput) as caught:
        tickets.limits.change(**{**CHANGE, **change})
    assert caught.value.reason == reason
    assert tickets.limits.history() == []


def test_without_changes_the_shipped_limits_hold(tickets: Tickets) -> None:
    for kind in Kind:
        assert tickets.limits[kind.value] == Limits(LIMITS).on(kind.value, date(2030, 1, 1)) == LIMITS[kind]
