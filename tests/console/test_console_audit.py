from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import text

from desk.tickets.terms import Role
from tests.console.door import StaffDoor, StaffMember


@pytest.fixture
def auditor(console: StaffDoor) -> StaffMember:
    return console.signed_in(Role.AUDITOR)


def recorded(console: StaffDoor, count: int, object_id: str) -> None:
    for _ in range(count):
        console.counter.audit.record(
            actor_id="a" * 16, role="agent", action="read", object_kind="ticket", object_id=object_id
        )


def test_an_attempt_on_what_is_not_allowed_is_in_the_log(console: StaffDoor, auditor: StaffMember) -> None:
    agent = console.signed_in(Role.AGENT)
    assert agent.get("/audit").status_code == 403
    page = auditor.get(f"/audit?actor={agent.staff.id}").text
    assert "越权访问被拒绝" in page and "GET /audit" in page and "没有权限" in page


def test_acts_are_filtered_and_leafed_through(console: StaffDoor, auditor: StaffMember) -> None:
    recorded(console, 101, "JS-filtered")
    page = auditor.get("/audit?object=JS-filtered").text
    assert page.count("工单 JS-filtered") == 100
    older = page.split('href="/audit?')[1].split('"')[0].replace("&amp;", "&")
    assert auditor.get(f"/audit?{older}").text.count("工单 JS-filtered") == 1
    assert "没有符合条件的记录" in auditor.get("/audit?object=JS-filtered&action=sign_in").text
    china = timezone(timedelta(hours=8))
    tomorrow = (datetime.now(china) + timedelta(days=1)).date()
    assert "没有符合条件的记录" in auditor.get(f"/audit?day={tomorrow}").text


@pytest.mark.parametrize("day", ["2026-02-30", "9999-12-31", "0001-01-01"])
def test_a_day_that_is_none_is_said(auditor: StaffMember, day: str) -> None:
    answer = auditor.get(f"/audit?day={day}")
    assert answer.status_code == 422 and "日期不对" in answer.text


def test_an_object_name_with_a_tag_in_it_stays_text(console: StaffDoor, auditor: StaffMember) -> None:
    recorded(console, 1, "<script>alert(1)</script>")
    assert "<script>alert" not in auditor.get("/audit").text


def test_the_log_is_verified_and_a_wrong_note_is_told(console: StaffDoor, auditor: StaffMember) -> None:
    recorded(console, 2, "JS-verified")
    noted = console.counter.audit.anchor()
    assert noted in auditor.get("/audit").text
    assert "日志完整" in auditor.post("/audit/verify").text
    assert "日志完整" in auditor.post("/audit/verify", noted=noted).text
    wrong = noted.split("-")[0] + "-" + "0" * 16
    answer = auditor.post("/audit/verify", noted=wrong)
    assert f"从第 {noted.split('-')[0]} 条起对不上" in answer.text
    acts = console.counter.audit.find(actor_id=auditor.staff.id, action="audit_verified")
    assert [act.result for act in acts] == ["broken", "ok", "ok"]


def test_a_row_that_was_changed_in_the_database_is_told(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    door = StaffDoor(tmp_path_factory.mktemp("tampered"))
    door.start()
    try:
        auditor = door.signed_in(Role.AUDITOR)
        recorded(door, 3, "JS-changed")
        with door.engine.begin() as connection:
            connection.execute(text("DROP TRIGGER audit_event_no_update"))
            connection.execute(text("UPDATE audit_event SET object_id = 'another' WHERE seq = 2"))
        assert "从第 2 条起对不上" in auditor.post("/audit/verify").text
    finally:
        door.kill()


@pytest.mark.parametrize("noted", ["抄错了", "5-", "0-0123456789abcdef", "1-0123", "9" * 5000])
def test_a_note_that_cannot_be_is_not_taken_for_checked(auditor: StaffMember, noted: str) -> None:
    answer = auditor.post("/audit/verify", noted=noted)
    assert answer.status_code == 422
    assert "没有核对" in answer.text and "日志完整" not in answer.text


def test_what_was_done_to_a_ticket_is_told_in_words(console: StaffDoor, auditor: StaffMember) -> None:
    for action in ("ticket_opened", "ticket_dispatch", "phone_revealed"):
        console.counter.audit.record(
            actor_id="b" * 16,
            role="agent",
            action=action,
            object_kind="ticket",
            object_id="JS",
            result="too_early",
        )
    page = auditor.get(f"/audit?actor={'b' * 16}").text
    assert "查看工单" in page and "派单" in page and "查看市民的号码" in page
    assert "还没有到可以这样处理的日子" in page and "too_early" not in page
