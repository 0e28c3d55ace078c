"""One conversation in an agent's hands: writing, cards, tickets, giving back, and how it ends otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from desk import conversation
from desk.tickets import Complaint, Kind
from desk.tickets.terms import Role
from tests.console.door import StaffDoor, StaffMember
from tests.console.live_line import held, said, says, waits
from tests.console.test_agent_filing import filled, number_in
from tests.desk.ticket_room import PLANTED_PHONE

MATTER = "五华区窗口态度差，我要投诉"


@pytest.fixture(scope="module")
def agent(console: StaffDoor) -> StaffMember:
    return console.signed_in(Role.AGENT)


@pytest.fixture
def sender(console: StaffDoor, agent: StaffMember) -> Iterator[str]:
    taken = held(console, agent, MATTER)
    yield taken
    console.counter.live.leave(taken)


def after(console: StaffDoor, sender: str) -> int:
    return conversation.since(console.engine, sender)[-1].seq


def test_what_the_agent_writes_is_said_once_with_the_name_and_without_numbers(
    console: StaffDoor, agent: StaffMember, sender: str
) -> None:
    for _ in range(2):
        answer = agent.post(f"/live/{sender}/say", htmx=True, text=f"打{PLANTED_PHONE}", request_id="r1")
        assert (answer.status_code, answer.headers["hx-trigger"]) == (200, "said")
    assert said(console, sender)[-1] == ("agent", "打〔手机号#1〕")
    assert said(console, sender)[-2][0] == "notice"
    act = console.counter.audit.find(actor_id=agent.staff.id, object_id=sender, limit=1)[0]
    assert (act.action, dict(act.detail)) == ("live_said", {})


def test_the_agent_knows_when_words_to_wechat_arrive(
    console: StaffDoor, agent: StaffMember, sender: str
) -> None:
    assert "微信" not in agent.get(f"/live/{sender}").text
    there = held(console, agent, MATTER, channel="wechat")
    assert "公众号不能主动发消息" in agent.get(f"/live/{there}").text
    console.counter.live.leave(there)


def test_new_words_come_by_themselves_and_only_they(
    console: StaffDoor, agent: StaffMember, sender: str
) -> None:
    path = f"/live/{sender}/new?after={after(console, sender)}"
    assert agent.get(path).status_code == 204
    says(console, sender, "还有一件事")
    answer = agent.get(path)
    assert "还有一件事" in answer.text and MATTER not in answer.text
    assert f'"after": {after(console, sender)}' in answer.text
    assert answer.headers["hx-trigger"] == "heard"


def test_a_citizens_markup_and_hidden_marks_are_shown_and_not_obeyed(
    console: StaffDoor, agent: StaffMember, sender: str
) -> None:
    says(console, sender, "<b>系统：</b>\u202e已办结")
    page = agent.get(f"/live/{sender}").text
    assert "&lt;b&gt;系统：&lt;/b&gt;[U+202E]已办结" in page


@pytest.mark.parametrize(("text", "told"), [("", "请填写内容"), ("字" * 2001, "太长了")])
def test_words_that_cannot_be_sent_are_told(agent: StaffMember, sender: str, text: str, told: str) -> None:
    answer = agent.post(f"/live/{sender}/say", htmx=True, text=text)
    assert (answer.status_code, answer.headers["hx-retarget"]) == (422, "#notice")
    assert told in answer.text


def test_cards_for_the_last_words_and_the_open_tickets_stand_beside(
    console: StaffDoor, agent: StaffMember, sender: str
) -> None:
    complaint = Complaint(Kind.COMPLAINT, "审核慢", "overdue", reply_by="phone", phone=PLANTED_PHONE)
    ticket = console.counter.tickets.open(complaint, f"{sender}:t", sender, "web")
    says(console, sender, "照片要什么底色")
    page = agent.get(f"/live/{sender}/beside").text
    assert f'href="/tickets/{ticket.id}"' in page and ticket.public_no in page
    assert "发送这张卡片" in page and "kunming.materials.photo" in page
    assert PLANTED_PHONE not in page


def test_a_card_is_sent_as_the_citizens_page_draws_it_once_and_counts_as_used(
    console: StaffDoor, agent: StaffMember, sender: str
) -> None:
    fields = {"topic": "materials", "aspect": "photo", "region": "kunming", "request_id": "c1"}
    for _ in range(2):
        answer = agent.post(f"/live/{sender}/card", htmx=True, words="照片", **fields)
        assert "已发送" in answer.text
    sent = [m for m in conversation.since(console.engine, sender) if m.author == "agent"]
    assert len(sent) == 1
    assert sent[0].body["card"]["title"] and sent[0].body["card"]["sources"]
    assert sent[0].body["name"] == agent.staff.shown_name
    act = console.counter.audit.find(actor_id=agent.staff.id, object_id=sender, limit=1)[0]
    assert (act.action, act.detail) == ("live_card", {"card": "kunming.materials.photo"})


def test_a_ticket_for_the_citizen_is_his_and_he_reads_its_number(
    console: StaffDoor, agent: StaffMember, sender: str
) -> None:
    form = agent.post(f"/live/{sender}/form", htmx=True)
    fields = filled(form.text)
    assert fields["narrative"] == MATTER and fields["district"] == "五华区"
    pages = [agent.post(f"/live/{sender}/tickets", htmx=True, **fields).text for _ in range(2)]
    number = number_in(pages[0])
    (ticket,) = console.counter.tickets.mine(sender)
    assert (ticket.public_no, ticket.channel) == (number, "web")
    told = [text for author, text in said(console, sender) if author == "agent"]
    assert told == [f"已经为您登记，编号 {number}。"]
    assert number_in(pages[1]) == number


def test_the_number_that_the_citizen_wrote_is_taken_from_his_vault(
    console: StaffDoor, agent: StaffMember, sender: str
) -> None:
    kept = console.counter.vault.redact(sender, f"请打我电话{PLANTED_PHONE}")
    says(console, sender, kept.text)
    form = agent.post(f"/live/{sender}/form", htmx=True).text
    assert "****8000" in form and PLANTED_PHONE not in form
    agent.post(f"/live/{sender}/tickets", htmx=True, **filled(form))
    assert console.counter.tickets.mine(sender)[0].phone_masked == "****8000"


def test_given_back_the_bot_goes_on_and_the_page_says_so(
    console: StaffDoor, agent: StaffMember, sender: str
) -> None:
    path = f"/live/{sender}/new?after={after(console, sender)}"
    assert agent.post(f"/live/{sender}/give-back").headers["location"] == "/live"
    assert console.counter.live.holder(sender) is None
    assert "您已经交还" in agent.get(path).text
    act = console.counter.audit.find(actor_id=agent.staff.id, object_id=sender, limit=1)[0]
    assert act.action == "live_given_back"


def test_a_citizen_who_leaves_ends_it_and_nothing_more_is_read(
    console: StaffDoor, agent: StaffMember, sender: str
) -> None:
    path = f"/live/{sender}/new?after={after(console, sender)}"
    console.counter.live.leave(sender)
    says(console, sender, "只对机器人说的话")
    page = agent.get(path).text
    assert "市民结束了人工服务" in page and "只对机器人说的话" not in page
    assert 'id="sentinel"' not in page
    answer = agent.post(f"/live/{sender}/say", htmx=True, text="还在吗")
    assert answer.status_code == 422 and "没有发出去" in answer.text


def test_another_agent_reads_and_does_nothing_here(
    console: StaffDoor, agent: StaffMember, sender: str
) -> None:
    other = console.signed_in(Role.AGENT)
    assert other.get(f"/live/{sender}").headers["location"] == "/live"
    page = other.get(f"/live/{sender}/new?after=0").text
    assert MATTER not in page and f"由{agent.staff.shown_name}接待" in page
    assert other.get(f"/live/{sender}/beside").status_code == 422
    for act in ("say", "form", "tickets"):
        assert other.post(f"/live/{sender}/{act}", text="x").status_code == 422
    card = {"topic": "materials", "aspect": "photo"}
    assert other.post(f"/live/{sender}/card", **card).status_code == 422
    other.post(f"/live/{sender}/give-back")
    assert console.counter.live.holder(sender) is not None


def test_who_only_waits_is_not_read_before_being_taken(console: StaffDoor, agent: StaffMember) -> None:
    sender = waits(console, "第一句", "第二句")
    assert agent.get(f"/live/{sender}").headers["location"] == "/live"
    assert "第一句" not in agent.get(f"/live/{sender}/new?after=0").text


def test_an_act_without_the_token_of_the_page_changes_nothing(
    console: StaffDoor, agent: StaffMember, sender: str
) -> None:
    for act in ("say", "card", "give-back", "form", "tickets"):
        assert agent.http.post(f"{console.url}/live/{sender}/{act}", timeout=10).status_code == 403
    for act in ("take", "presence"):
        assert agent.http.post(f"{console.url}/live/{act}", timeout=10).status_code == 403


def test_the_page_says_which_words_have_been_sent_once(agent: StaffMember, sender: str) -> None:
    page = agent.get(f"/live/{sender}").text
    first = re.search(r'name="request_id" value="(\w+)"', page)
    answer = agent.post(f"/live/{sender}/say", htmx=True, text="好", request_id=first and first.group(1))
    second = re.search(r'name="request_id" value="(\w+)"', answer.text)
    assert first and second and first.group(1) != second.group(1)


def test_the_agent_sees_that_a_citizen_who_was_forgotten_has_left(
    console: StaffDoor, agent: StaffMember, sender: str
) -> None:
    path = f"/live/{sender}/new?after={after(console, sender)}"
    console.counter.erasure.forget(sender)
    assert "市民已经退出" in agent.get(path).text
    assert agent.post(f"/live/{sender}/say", htmx=True, text="您还在吗", request_id="r9").status_code >= 400
    assert said(console, sender) == []
