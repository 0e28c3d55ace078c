from __future__ import annotations

import re

import pytest

from desk import conversation
from desk.tickets import Complaint, Kind
from desk.tickets.terms import Actor, Role, Satisfaction
from tests.console.door import StaffDoor, StaffMember
from tests.console.ticket_desk import (
    AGENT,
    PHONE,
    accepted,
    arrived,
    dispatched,
    filed,
    hidden,
    in_progress,
    make,
    moved,
    now,
    recorded,
)

REPLY = {
    "reply_text": "已经审核通过，12月10日前发放。",
    "basis_typed": "社会保险经办条例 第二十四条",
    "resolution": "solved",
    "contact": "打过电话，市民知道了。",
}


@pytest.fixture
def agent(console: StaffDoor) -> StaffMember:
    return arrived(console, Role.AGENT)


@pytest.fixture
def handler(console: StaffDoor) -> StaffMember:
    return arrived(console, Role.HANDLER, "五华区")


def test_opening_a_ticket_is_written_to_the_audit_log(console: StaffDoor, agent: StaffMember) -> None:
    ticket = filed(console)
    assert ticket.narrative in agent.get(f"/tickets/{ticket.id}").text
    (row,) = recorded(console, agent, "ticket_opened")
    assert (row.object_kind, row.object_id) == ("ticket", ticket.public_no)


def test_the_page_offers_the_moves_of_the_role_with_the_unit_of_the_catalogue(
    console: StaffDoor, agent: StaffMember, handler: StaffMember
) -> None:
    ticket = filed(console)
    page = agent.get(f"/tickets/{ticket.id}").text
    assert '<option value="五华区" selected>' in page and "派单目录：五华区" in page
    assert "/moves/accept" in page and "/moves/reply" not in page
    assert "/moves/reply" in handler.get(f"/tickets/{in_progress(console, handler).id}").text


def test_a_ticket_goes_from_acceptance_to_the_answer_by_its_forms(
    console: StaffDoor, agent: StaffMember, handler: StaffMember
) -> None:
    ticket = filed(console)
    make(agent, ticket, "accept", category="overdue", district="五华区", unit_main="五华区")
    make(agent, ticket, "dispatch", unit_main="五华区", units_assist=["盘龙区", "官渡区"])
    assert now(console, ticket).units_assist == ("盘龙区", "官渡区")
    make(handler, ticket, "sign", assignee=handler.staff.id)
    answer = make(handler, ticket, "reply", **REPLY)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/tickets/{ticket.id}")
    after = now(console, ticket)
    assert (after.state.value, after.reply_basis) == ("replied", REPLY["basis_typed"])
    page = handler.get(f"/tickets/{ticket.id}").text
    assert "已答复市民。" in page and REPLY["reply_text"] in page
    assert [row.action for row in recorded(console, handler, "ticket_reply")] == ["ticket_reply"]


def test_the_accused_unit_is_not_offered_and_the_page_says_why(
    console: StaffDoor, agent: StaffMember
) -> None:
    ticket = filed(console, accused_unit="五华区就业局失业保险科")
    page = agent.get(f"/tickets/{ticket.id}").text
    units = re.search(r'<select id="accept-unit_main".*?</select>', page, re.S)
    assert units and 'value="五华区"' not in units.group() and "昆明市本级" in units.group()
    assert "按回避规定不能承办" in page
    answer = make(agent, ticket, "accept", category="overdue", district="五华区", unit_main="五华区")
    assert answer.status_code == 422 and now(console, ticket).state.value == "submitted"


def test_what_is_missing_is_said_and_what_was_typed_stays(console: StaffDoor, handler: StaffMember) -> None:
    ticket = in_progress(console, handler)
    answer = make(handler, ticket, "reply", **{**REPLY, "resolution": ""})
    assert answer.status_code == 422 and "请填写“办理结果”" in answer.text
    assert REPLY["reply_text"] in answer.text and REPLY["contact"] in answer.text
    assert now(console, ticket).state.value == "in_progress"


def test_a_number_in_a_note_is_refused(console: StaffDoor, agent: StaffMember) -> None:
    ticket = filed(console)
    answer = agent.post(f"/tickets/{ticket.id}/notes", text=f"他的电话{PHONE}", request_id="n")
    assert answer.status_code == 422 and "请删掉再提交" in answer.text
    assert console.counter.tickets.notes(ticket) == []


def test_of_two_people_the_slower_one_is_told_what_changed_and_keeps_the_words(
    console: StaffDoor, agent: StaffMember
) -> None:
    ticket, slower = accepted(console), arrived(console, Role.AGENT)
    old = hidden(slower.get(f"/tickets/{ticket.id}").text, "ask")
    make(agent, ticket, "tag", tag="attitude")
    answer = slower.post(f"/tickets/{ticket.id}/moves/ask", **{**old, "question": "请问是哪一天申请的？"})
    assert answer.status_code == 409 and "别人刚刚动过这张工单" in answer.text
    assert agent.staff.shown_name in answer.text and "加标签" in answer.text
    assert "请问是哪一天申请的？</textarea>" in answer.text
    fresh = hidden(answer.text, "ask")
    assert int(fresh["version"]) == now(console, ticket).version
    slower.post(f"/tickets/{ticket.id}/moves/ask", **{**fresh, "question": "请问是哪一天申请的？"})
    assert now(console, ticket).state.value == "need_info"


def test_words_of_a_move_that_is_possible_no_more_can_still_be_copied(
    console: StaffDoor, agent: StaffMember
) -> None:
    ticket, slower = filed(console), arrived(console, Role.AGENT)
    old = hidden(slower.get(f"/tickets/{ticket.id}").text, "accept")
    make(agent, ticket, "reject", reason="out_of_scope", channel_text="请拨打12345。")
    given = {**old, "category": "overdue", "district": "五华区", "unit_main": "五华区"}
    answer = slower.post(f"/tickets/{ticket.id}/moves/accept", **given)
    assert answer.status_code == 409 and "可以复制走" in answer.text
    assert now(console, ticket).state.value == "rejected"


def test_a_double_click_makes_one_move(console: StaffDoor, agent: StaffMember) -> None:
    ticket = accepted(console)
    form = hidden(agent.get(f"/tickets/{ticket.id}").text, "dispatch")
    answers = [
        agent.post(f"/tickets/{ticket.id}/moves/dispatch", **form, unit_main="五华区") for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert now(console, ticket).version == ticket.version + 1


def test_a_note_is_kept_once_and_apart_from_what_the_citizen_reads(
    console: StaffDoor, agent: StaffMember
) -> None:
    ticket = filed(console)
    for _ in range(2):
        agent.post(f"/tickets/{ticket.id}/notes", text="先问一下银行。", request_id="note-1")
    assert [note.text for note in console.counter.tickets.notes(ticket)] == ["先问一下银行。"]
    assert "先问一下银行。" in agent.get(f"/tickets/{ticket.id}").text
    said = conversation.since(console.engine, ticket.sender_id)
    assert not any("银行" in message.body["text"] for message in said)


def test_a_call_is_kept_in_the_contact_log(console: StaffDoor, handler: StaffMember) -> None:
    ticket = in_progress(console, handler)
    make(handler, ticket, "contact", way="phone", reached="no", note="没人接")
    assert now(console, ticket).contact_tries == 1
    page = handler.get(f"/tickets/{ticket.id}").text
    assert "电话，没有联系上，没人接" in page


def test_a_form_without_its_token_moves_nothing(console: StaffDoor, agent: StaffMember) -> None:
    ticket = accepted(console)
    form = {**hidden(agent.get(f"/tickets/{ticket.id}").text, "dispatch"), "csrf": "", "unit_main": "五华区"}
    path = f"{console.url}/tickets/{ticket.id}/moves/dispatch"
    assert agent.http.post(path, data=form, timeout=10).status_code == 403
    assert now(console, ticket).state.value == "accepted"


def test_an_auditor_looks_and_cannot_touch(console: StaffDoor) -> None:
    ticket, auditor = accepted(console), arrived(console, Role.AUDITOR)
    page = auditor.get(f"/tickets/{ticket.id}").text
    assert ticket.narrative in page and "/moves/" not in page and 'name="text"' not in page
    for path in ("moves/dispatch", "notes", "reveal"):
        assert auditor.post(f"/tickets/{ticket.id}/{path}").status_code == 403


def test_dangerous_moves_ask_again(console: StaffDoor, agent: StaffMember) -> None:
    page = agent.get(f"/tickets/{filed(console).id}").text
    assert 'hx-confirm="不予受理后' in page
    boss = arrived(console, Role.SUPERVISOR)
    assert 'hx-confirm="并单后' in boss.get(f"/tickets/{accepted(console).id}").text


def test_only_a_supervisor_merges_what_is_shown_as_similar(console: StaffDoor, agent: StaffMember) -> None:
    words = "银行卡注销了，9月的失业金被退回去了。"
    one, other = filed(console, words, district="嵩明县"), filed(console, words, district="嵩明县")
    page = agent.get(f"/tickets/{one.id}").text
    assert "文字相近" in page and "并入它" not in page
    boss = arrived(console, Role.SUPERVISOR)
    assert f"?merge={other.public_no}" in boss.get(f"/tickets/{one.id}").text
    form = boss.get(f"/tickets/{one.id}?merge={other.public_no}").text
    assert f'value="{other.public_no}" required' in form
    make(boss, one, "merge", merged_into=other.public_no, reason="同一个人同一笔款")
    assert now(console, one).merged_into == other.public_no


def test_cards_for_the_basis_are_found_by_words(console: StaffDoor, handler: StaffMember) -> None:
    ticket = in_progress(console, handler)
    found = handler.get(f"/tickets/{ticket.id}/cards?words=审核几个工作日").text
    (value, *_) = re.findall(r'name="reply_basis" value="([^"]+)"', found)
    make(handler, ticket, "reply", **{**REPLY, "basis_typed": "", "reply_basis": value})
    assert now(console, ticket).reply_basis == value
    assert "超过10个工作日还没结果" in handler.get(f"/tickets/{ticket.id}/cards").text
    nothing = handler.get(f"/tickets/{dispatched(console).id}/cards?words=zzz").text
    assert "没有找到这样的卡片" in nothing


def test_the_conversation_shows_who_spoke_and_only_to_whom_it_may(
    console: StaffDoor, agent: StaffMember, handler: StaffMember
) -> None:
    with console.engine.begin() as connection:
        conversation.say(connection, "web-talk", conversation.CITIZEN, {"text": "我要投诉", "kind": "text"})
        said = {"text": "请讲。", "kind": "text", "name": "座席07"}
        conversation.say(connection, "web-talk", conversation.AGENT, said)
    complaint = Complaint(Kind.COMPLAINT, "没有到账。", category="unpaid", district="五华区")
    ticket = console.counter.tickets.open(complaint, "talk-1", "web-talk", "web")
    for name, given in (
        ("accept", {"category": "unpaid", "district": "五华区", "unit_main": "五华区"}),
        ("dispatch", {"unit_main": "五华区"}),
    ):
        ticket = moved(console, ticket, name, AGENT, **given)
    page = agent.get(f"/tickets/{ticket.id}/conversation").text
    assert "我要投诉" in page and "座席07" in page
    assert recorded(console, agent, "conversation_opened")
    assert handler.get(f"/tickets/{ticket.id}").status_code == 200
    assert handler.get(f"/tickets/{ticket.id}/conversation").status_code == 404


def test_how_pleased_the_citizen_is_and_an_extension_of_an_earlier_round_are_said_in_words(
    console: StaffDoor, agent: StaffMember, handler: StaffMember
) -> None:
    ticket = in_progress(console, handler)
    citizen, boss = Actor(Role.CITIZEN, ticket.sender_id), Actor(Role.SUPERVISOR, "boss")
    ticket = moved(console, ticket, "ask_extension", handler.staff.actor, reason="核对退票", days=5)
    ticket = moved(console, ticket, "approve_extension", boss, reason="同意")
    assert "已延期5个工作日" in agent.get(f"/tickets/{ticket.id}").text
    given = {"reply_text": "已办好。", "reply_basis": "条例", "resolution": "solved", "contact": "电话"}
    ticket = moved(console, ticket, "reply", handler.staff.actor, **given)
    ticket = moved(console, ticket, "redo", citizen, reason="没有解决")
    page = agent.get(f"/tickets/{ticket.id}").text
    assert "前一轮延过期" in page and "0个工作日" not in page
    ticket = moved(console, ticket, "restart", handler.staff.actor, assignee=handler.staff.id)
    ticket = moved(console, ticket, "reply", handler.staff.actor, **given)
    ticket = moved(console, ticket, "close", citizen, solved="yes", satisfied="good", comment="慢了点")
    page = agent.get(f"/tickets/{ticket.id}").text
    assert "解决了，满意：" in page and "good" not in page


def test_the_form_to_close_offers_the_satisfaction_that_the_rates_count(
    console: StaffDoor, agent: StaffMember, handler: StaffMember
) -> None:
    given = {"reply_text": "已办好。", "reply_basis": "条例", "resolution": "solved", "contact": "电话"}
    ticket = moved(console, in_progress(console, handler), "reply", handler.staff.actor, **given)
    page = agent.get(f"/tickets/{ticket.id}").text
    assert all(f'<option value="{each.value}"' in page for each in Satisfaction)
    make(agent, ticket, "close", solved="yes", satisfied="good")
    closed = now(console, ticket)
    assert (closed.solved, closed.satisfied) == ("yes", Satisfaction.GOOD.value)


def test_who_called_by_phone_is_to_be_called_for_no_notice_reaches_him(
    console: StaffDoor, agent: StaffMember
) -> None:
    assert "市民现在看到的" in agent.get(f"/tickets/{filed(console).id}").text
    complaint = Complaint(Kind.COMPLAINT, "来电人说钱没到账。", category="unpaid", district="五华区")
    called = console.counter.tickets.open(complaint, "phone-1", "", "12333", by=AGENT)
    page = agent.get(f"/tickets/{called.id}").text
    assert "请打电话告诉本人" in page and "市民现在看到的" not in page


def test_whoever_answers_sees_that_the_citizen_is_in_no_chat_any_more(
    console: StaffDoor, agent: StaffMember
) -> None:
    ticket = filed(console)
    assert "市民已退出" not in agent.get(f"/tickets/{ticket.id}").text
    console.counter.erasure.forget(ticket.sender_id)
    assert "市民已退出，对话里收不到答复" in agent.get(f"/tickets/{ticket.id}").text
