from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from desk.tickets.terms import Role
from desk.workdays import today
from tests.console.door import StaffDoor, StaffMember
from tests.console.ticket_desk import arrived, recorded


@pytest.fixture
def boss(console: StaffDoor) -> StaffMember:
    return arrived(console, Role.SUPERVISOR)


def changed(**other: str) -> dict[str, Any]:
    since = (today() + timedelta(days=3)).isoformat()
    given = {
        "days": "8",
        "unit": "工作日",
        "since": since,
        "source": "昆明市办法 第九条",
        "reason": "按新办法",
    }
    return {**given, **other}


def test_the_table_says_whose_promise_a_limit_is(console: StaffDoor, boss: StaffMember) -> None:
    page = boss.get("/limits").text
    assert "投诉答复" in page and "自己的承诺" in page and "济南市 12345 条例" in page


def test_a_change_holds_from_its_day_on_and_stands_in_the_history(
    console: StaffDoor, boss: StaffMember
) -> None:
    answer = boss.post("/limits/advice", **changed())
    assert answer.headers["location"] == "/limits"
    page = boss.get("/limits").text
    assert "昆明市办法 第九条" in page and "按新办法" in page and boss.staff.shown_name in page
    assert "起 8个工作日" in page
    (row,) = recorded(console, boss, "limit_changed")
    assert (row.object_id, row.result) == ("advice", "ok")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"since": today().isoformat()}, "最早从明天起改"),
        ({"since": "哪天"}, "最早从明天起改"),
        ({"days": "0"}, "天数要写整数"),
        ({"days": "-3"}, "天数要写整数"),
        ({"source": ""}, "请写明依据"),
        ({"reason": " "}, "请写明为什么改"),
    ],
)
def test_a_refused_change_says_why_and_keeps_what_was_typed(
    console: StaffDoor, boss: StaffMember, given: dict[str, str], sentence: str
) -> None:
    before = console.counter.tickets.limits.history()
    answer = boss.post("/limits/help", **changed(**given))
    assert answer.status_code == 422 and sentence in answer.text
    assert any(value in answer.text for value in changed(**given).values() if value.strip())
    assert console.counter.tickets.limits.history() == before


def test_a_limit_in_working_days_alone_stays_so(console: StaffDoor, boss: StaffMember) -> None:
    answer = boss.post("/limits/extension", **changed(unit="自然日"))
    assert answer.status_code == 422 and "只能按工作日算" in answer.text


def test_an_unknown_limit_is_refused(console: StaffDoor, boss: StaffMember) -> None:
    assert boss.post("/limits/nonsense", **changed()).status_code == 422


def test_only_a_supervisor_changes_limits(console: StaffDoor) -> None:
    agent = arrived(console, Role.AGENT)
    assert agent.get("/limits").status_code == 403
    assert agent.post("/limits/help", **changed()).status_code == 403
