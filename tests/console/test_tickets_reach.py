"""What a person may not know of: another unit's tickets, guarded ones, and a citizen's number."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
import requests

from desk.tickets import Kind
from desk.tickets.terms import Role
from tests.console.door import StaffDoor, StaffMember
from tests.console.ticket_desk import PHONE, arrived, dispatched, filed, in_progress, make, now, recorded

PAGES = ("", "/conversation", "/cards?words=审核", "/phone")
ACTS: dict[str, dict[str, Any]] = {
    "/moves/sign": {"version": "3", "assignee": "x"},
    "/moves/contact": {"version": "3", "way": "phone", "reached": "yes"},
    "/moves/nonsense": {},
    "/notes": {"text": "偷看"},
    "/reveal": {"reason": "答复市民", "words": "x"},
}
WITH_PHONE = {"reply_by": "phone", "phone": PHONE}


@pytest.fixture
def wuhua(console: StaffDoor) -> StaffMember:
    return arrived(console, Role.HANDLER, "五华区")


def reveal(member: StaffMember, ticket_id: str, **given: str) -> requests.Response:
    given = {"reason": "答复市民", "words": "要打电话告诉审核结果", **given}
    return member.post(f"/tickets/{ticket_id}/reveal", htmx=True, **given)


@pytest.mark.parametrize("page", PAGES)
def test_another_unit_s_ticket_does_not_exist(console: StaffDoor, wuhua: StaffMember, page: str) -> None:
    ticket = dispatched(console, "盘龙区")
    answer = wuhua.get(f"/tickets/{ticket.id}{page}")
    assert answer.status_code == 404 and ticket.narrative not in answer.text
    assert wuhua.get(f"/tickets/nobody{page}").text == answer.text


@pytest.mark.parametrize("act", ACTS)
def test_nothing_can_be_done_to_another_unit_s_ticket(
    console: StaffDoor, wuhua: StaffMember, act: str
) -> None:
    ticket = dispatched(console, "盘龙区", **WITH_PHONE)
    assert wuhua.post(f"/tickets/{ticket.id}{act}", **ACTS[act]).status_code == 404
    assert now(console, ticket).version == ticket.version
    assert console.counter.tickets.notes(ticket) == []


def test_the_accused_unit_does_not_learn_of_the_ticket(console: StaffDoor) -> None:
    ticket = filed(console, district="西山区", accused_unit="西山区")
    assert arrived(console, Role.HANDLER, "西山区").get(f"/tickets/{ticket.id}").status_code == 404


def test_a_report_is_not_for_every_agent(console: StaffDoor) -> None:
    ticket = filed(console, "有人冒领。", kind=Kind.REPORT, category="fraud")
    assert arrived(console, Role.AGENT).get(f"/tickets/{ticket.id}").status_code == 404
    assert arrived(console, Role.SUPERVISOR).get(f"/tickets/{ticket.id}").status_code == 200


def test_who_takes_himself_out_of_sight_is_led_back_to_the_queue(console: StaffDoor) -> None:
    ticket, agent = filed(console), arrived(console, Role.AGENT)
    assert make(agent, ticket, "tag", tag="sensitive").headers["location"] == "/tickets"
    assert agent.get(f"/tickets/{ticket.id}").status_code == 404


def test_an_operator_sees_no_ticket(console: StaffDoor) -> None:
    operator = console.signed_in(Role.OPERATOR)
    assert operator.get("/tickets").status_code == 403
    assert operator.get(f"/tickets/{filed(console).id}").status_code == 403


def test_a_number_is_masked_until_somebody_says_why(console: StaffDoor, wuhua: StaffMember) -> None:
    ticket = in_progress(console, wuhua, **WITH_PHONE)
    assert PHONE not in wuhua.get(f"/tickets/{ticket.id}").text
    for given in ({"reason": ""}, {"reason": "好奇"}, {"words": ""}):
        answer = reveal(wuhua, ticket.id, **given)
        assert answer.status_code == 422 and PHONE not in answer.text
    assert recorded(console, wuhua, "phone_revealed") == []


def test_a_revealed_number_goes_away_and_who_looked_is_written_down(
    console: StaffDoor, wuhua: StaffMember
) -> None:
    ticket = in_progress(console, wuhua, **WITH_PHONE)
    answer = reveal(wuhua, ticket.id)
    assert PHONE in answer.text and "load delay:90s" in answer.text and "显示到" in answer.text
    (row,) = recorded(console, wuhua, "phone_revealed")
    assert row.object_id == ticket.public_no and row.detail["reason"] == "答复市民"
    assert row.detail["words"] == "要打电话告诉审核结果" and PHONE not in str(row.detail)
    masked = wuhua.get(f"/tickets/{ticket.id}/phone", headers={"hx-request": "true"}).text
    assert PHONE not in masked and PHONE[-4:] in masked


def test_without_script_a_revealed_number_leaves_by_itself_as_well(
    console: StaffDoor, wuhua: StaffMember
) -> None:
    ticket = in_progress(console, wuhua, **WITH_PHONE)
    answer = wuhua.post(f"/tickets/{ticket.id}/reveal", reason="电话回访", words="回访")
    assert PHONE in answer.text
    assert answer.headers["refresh"] == f"90; url=/tickets/{ticket.id}"


def test_a_number_that_was_typed_into_the_reason_is_not_kept(console: StaffDoor, wuhua: StaffMember) -> None:
    ticket = in_progress(console, wuhua, **WITH_PHONE)
    reveal(wuhua, ticket.id, words=f"打{PHONE}")
    (row,) = recorded(console, wuhua, "phone_revealed")
    assert PHONE not in str(row.detail)


def test_every_route_of_a_ticket_is_behind_a_session(console: StaffDoor) -> None:
    ticket = filed(console)
    for page in PAGES:
        answer = requests.get(f"{console.url}/tickets/{ticket.id}{page}", allow_redirects=False, timeout=10)
        assert answer.status_code == 303 and unquote(answer.headers["location"]).startswith("/sign-in")
