"""A ticket from a call: filled in from the words, corrected by the agent, filed once."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import text

from desk.tickets.terms import Role
from tests.console.door import StaffDoor, StaffMember
from tests.desk.ticket_room import PLANTED_PHONE

WORDS = f"投诉五华区窗口态度差，11月16日去的，电话{PLANTED_PHONE}"
_INPUT = re.compile(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"')
_CHOSEN = re.compile(r'<select[^>]* name="(\w+)">(.*?)</select>', re.DOTALL)
_OPTION = re.compile(r'<option(?: value="([^"]*)")? selected>([^<]*)')


@pytest.fixture(scope="module")
def agent(console: StaffDoor) -> StaffMember:
    return console.signed_in(Role.AGENT)


def filled(page: str) -> dict[str, Any]:
    """The fields of a form as a browser would send them untouched."""
    fields: dict[str, Any] = dict(_INPUT.findall(page))
    fields.pop("anonymous", None)
    for name, options in _CHOSEN.findall(page):
        chosen = _OPTION.search(options)
        fields[name] = (chosen.group(1) or chosen.group(2)) if chosen else ""
    narrative = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    return {**fields, "narrative": narrative.group(1) if narrative else ""}


def opened(agent: StaffMember, words: str = WORDS) -> dict[str, Any]:
    answer = agent.post("/agent/form", htmx=True, words=words)
    assert answer.status_code == 200
    return filled(answer.text)


def number_in(page: str) -> str:
    found = re.search(r'class="public-no">(JS-[\d-]+)<', page)
    assert found, page
    return found.group(1)


def test_the_form_knows_what_the_words_tell_and_hides_the_number(agent: StaffMember) -> None:
    answer = agent.post("/agent/form", htmx=True, words=WORDS)
    fields = filled(answer.text)
    assert (fields["kind"], fields["category"], fields["district"]) == ("complaint", "service", "五华区")
    assert (fields["happened_on"], fields["phone_ref"]) == ("2026-11-16", "〔手机号#1〕")
    assert fields["accused_unit"].startswith("五华区")
    assert "****8000" in answer.text
    assert PLANTED_PHONE not in answer.text + answer.headers["hx-trigger"]


def test_the_same_call_finds_its_number_again(agent: StaffMember) -> None:
    first = opened(agent)
    again = agent.post("/agent/form", htmx=True, words=first["narrative"], call=first["call"])
    assert "****8000" in again.text


def test_one_step_files_and_says_number_and_date_aloud(console: StaffDoor, agent: StaffMember) -> None:
    page = agent.post("/agent/tickets", htmx=True, **{**opened(agent), "category": "overdue"}).text
    ticket = console.counter.tickets.read(number_in(page))
    assert (ticket.channel, ticket.category, ticket.phone_masked) == ("12333", "overdue", "****8000")
    assert f"编号是 {ticket.public_no}，请记一下" in page and "尾号8000" in page
    assert ticket.due and f"{ticket.due.month}月{ticket.due.day}日" in page
    assert f'href="/tickets/{ticket.id}"' in page
    act = console.counter.audit.find(actor_id=agent.staff.id, object_id=ticket.public_no, limit=5)[0]
    assert (act.action, act.detail) == ("ticket_filed", {"channel": "12333"})
    assert PLANTED_PHONE not in page + _everything(console)


def test_a_double_click_files_once(agent: StaffMember) -> None:
    fields = opened(agent)
    pages = [agent.post("/agent/tickets", htmx=True, **fields).text for _ in range(2)]
    assert number_in(pages[0]) == number_in(pages[1])


def test_a_number_that_the_agent_types_into_the_story_is_taken_out(
    console: StaffDoor, agent: StaffMember
) -> None:
    fields = {**opened(agent, "审核太慢"), "narrative": f"审核太慢，他的电话{PLANTED_PHONE}"}
    pages = [agent.post("/agent/tickets", htmx=True, **fields).text for _ in range(2)]
    assert number_in(pages[0]) == number_in(pages[1])
    assert PLANTED_PHONE not in console.counter.tickets.read(number_in(pages[0])).narrative


def test_who_leaves_no_number_is_told_to_call_again(agent: StaffMember) -> None:
    page = agent.post("/agent/tickets", htmx=True, **opened(agent, "审核太慢")).text
    assert "凭编号再打12333" in page


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"kind": "x"}, "请选诉求类型"),
        ({"category": "x"}, "选一个分类"),
        ({"district": "成都"}, "选一个区县"),
        ({"happened_on": "2999-01-01"}, "今天或以前"),
        ({"happened_on": "昨天"}, "今天或以前"),
        ({"phone": "没有"}, "电话号码不对"),
        ({"narrative": " "}, "请填写内容"),
        ({"phone_ref": "〔手机号#9〕"}, "保存满 30 分钟"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    agent: StaffMember, given: dict[str, str], told: str
) -> None:
    answer = agent.post("/agent/tickets", htmx=True, **{**opened(agent), "happened": "去窗口那天", **given})
    assert answer.status_code == 422 and told in answer.text
    assert 'value="去窗口那天"' in answer.text


def test_a_number_typed_beside_a_mistake_comes_back_masked(agent: StaffMember) -> None:
    fields = {**opened(agent, "审核太慢"), "phone": PLANTED_PHONE, "kind": "x"}
    answer = agent.post("/agent/tickets", htmx=True, **fields)
    assert "****8000" in answer.text and PLANTED_PHONE not in answer.text
    again = agent.post("/agent/tickets", htmx=True, **{**filled(answer.text), "kind": "help"})
    assert "尾号8000" in again.text


def test_without_words_there_is_no_form(agent: StaffMember) -> None:
    answer = agent.post("/agent/form", htmx=True, words=" ")
    assert answer.status_code == 422 and "请先在框里写下" in answer.text


def test_a_call_never_reaches_into_a_citizens_conversation(agent: StaffMember) -> None:
    for path in ("/agent/form", "/agent/tickets"):
        fields = {**opened(agent), "words": WORDS, "call": "web-1"}
        assert agent.post(path, htmx=True, **fields).status_code == 422


def _everything(console: StaffDoor) -> str:
    tables = ("ticket", "ticket_event", "vault", "audit_event", "card_feedback")
    with console.engine.connect() as connection:
        kept = "".join(str(connection.execute(text(f"select * from {name}")).all()) for name in tables)
    return kept + (console.var / "console.log").read_text()
