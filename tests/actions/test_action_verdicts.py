"""After a reply: 解决了 or not, how pleased, one sentence; and a closed ticket with new facts."""

from __future__ import annotations

import pytest

from desk import conversation
from desk.tickets import Complaint, Kind, State, Ticket
from desk.tickets.verdicts import solved
from tests.actions.dialogue import Dialogue
from tests.actions.test_action_tickets import ADD, STATUS, filed, now
from tests.desk.ticket_room import AGENT, HANDLER, REPLY, SUPERVISOR, moved, replied

OTHER = Complaint(Kind.COMPLAINT, "别人写的经过，只有别人能看。", category="overdue", district="五华区")
VERDICT, REOPEN = "action_ticket_verdict", "action_ticket_reopen"


def pressed(talk: Dialogue, title: str, to: str = VERDICT) -> str:
    """Press a button of the newest notice, as the gateway hands it on."""
    said = conversation.since(talk.counter.engine, talk.sender_id)[-1]
    payload = next(b["payload"] for b in said.body["buttons"] if b["title"] == title)
    return talk.send(payload, to=to)


def answered(talk: Dialogue) -> Ticket:
    return replied(talk.counter.tickets, filed(talk))


def closed(talk: Dialogue) -> Ticket:
    return solved(talk.counter.tickets, answered(talk), "", "", f"v:{talk.sender_id}")


def test_solved_asks_how_pleased_then_for_a_sentence_and_closes(talk: Dialogue) -> None:
    ticket = answered(talk)
    assert "满意吗" in pressed(talk, "解决了")
    assert talk.titles == ["满意", "基本满意", "不满意", "不评价"]
    assert "一句" in talk.press("基本满意")
    assert talk.titles == ["跳过"]
    heard = talk.say("来电话的同志很耐心")
    assert ticket.public_no in heard
    assert "已办结" in heard
    after = now(talk, ticket)
    assert (after.state, after.solved, after.satisfied) == (State.CLOSED, "yes", "fair")
    assert talk.counter.tickets.history(after)[-1].given["comment"] == "来电话的同志很耐心"
    assert talk.form is None
    assert talk.slots["ticket_number"] is talk.slots["verdict_satisfied"] is None


def test_a_verdict_comes_through_while_another_form_is_open(talk: Dialogue) -> None:
    ticket = answered(talk)
    talk.say("我要投诉", "complaint", to="action_complaint_start")
    assert talk.form == "complaint_form"
    assert "满意吗" in pressed(talk, "解决了", to="")
    talk.press("满意")
    talk.press("跳过")
    assert now(talk, ticket).state is State.CLOSED


def test_no_answer_to_how_pleased_is_kept_as_none(talk: Dialogue) -> None:
    ticket = answered(talk)
    pressed(talk, "解决了")
    talk.press("不评价")
    talk.press("跳过")
    after = now(talk, ticket)
    assert (after.state, after.solved, after.satisfied) == (State.CLOSED, "yes", "")


@pytest.mark.parametrize(("text", "code"), [("很满意", "good"), ("不太满意", "bad"), ("还行吧", "fair")])
def test_satisfaction_may_be_typed(talk: Dialogue, text: str, code: str) -> None:
    ticket = answered(talk)
    pressed(talk, "解决了")
    talk.say(text, "chitchat")
    talk.press("跳过")
    assert now(talk, ticket).satisfied == code


def test_what_is_no_answer_twice_closes_without_a_mark(talk: Dialogue) -> None:
    ticket = answered(talk)
    pressed(talk, "解决了")
    talk.say("哈哈", "chitchat", 0.3)
    talk.say("哈哈", "chitchat", 0.3)
    talk.send("/cancel")
    assert (now(talk, ticket).solved, now(talk, ticket).satisfied) == ("yes", "")


def test_a_question_in_between_is_answered_and_the_verdict_asked_again(talk: Dialogue) -> None:
    answered(talk)
    pressed(talk, "解决了")
    heard = talk.say("领失业金要带什么材料", "materials")
    assert "身份证" in heard
    assert "满意吗" in heard


def test_who_asks_for_a_person_in_place_of_a_sentence_is_shown_the_way_and_loses_nothing(
    talk: Dialogue,
) -> None:
    ticket = answered(talk)
    pressed(talk, "解决了")
    talk.press("满意")
    assert "12333" in talk.say("转人工", "human")
    talk.press("跳过")
    assert now(talk, ticket).satisfied == "good"


def test_unsolved_goes_back_at_once_and_one_sentence_may_follow(talk: Dialogue) -> None:
    ticket = answered(talk)
    heard = pressed(talk, "没有解决")
    assert "重新办理" in heard
    assert "还有什么没有解决" in heard
    assert now(talk, ticket).state is State.REDO
    assert "已经补充" in talk.say("只补了一个月的，还差两个月")
    events = talk.counter.tickets.history(now(talk, ticket))
    assert [event.move for event in events[-2:]] == ["redo", "add_facts"]


def test_the_sentence_can_be_skipped(talk: Dialogue) -> None:
    ticket = answered(talk)
    pressed(talk, "没有解决")
    talk.press("跳过")
    assert talk.form is None
    assert now(talk, ticket).state is State.REDO


def test_typed_words_are_the_reason_and_nothing_more_is_asked(talk: Dialogue) -> None:
    ticket = answered(talk)
    talk.send(f'/verdict{{"number": "{ticket.public_no}", "value": "no", "words": "还是没到账"}}', to=VERDICT)
    assert talk.form is None
    assert talk.counter.tickets.history(now(talk, ticket))[-1].given["reason"] == "还是没到账"


def test_the_second_unsolved_is_for_the_supervisor(talk: Dialogue) -> None:
    answered(talk)
    pressed(talk, "没有解决")
    talk.press("跳过")
    tickets = talk.counter.tickets
    ticket = moved(tickets, tickets.mine(talk.sender_id)[0], "restart", HANDLER, assignee="h1")
    moved(tickets, ticket, "reply", HANDLER, **REPLY)
    assert "督办人员决定" in pressed(talk, "没有解决")
    talk.press("跳过")
    assert "督办人员正在看" in talk.say("我的投诉", "complaint_followup", to=STATUS)
    assert "解决了" not in talk.titles


def test_an_old_button_says_that_things_have_moved_on(talk: Dialogue) -> None:
    answered(talk)
    pressed(talk, "没有解决")
    talk.press("跳过")
    assert "做不了" in pressed(talk, "没有解决")


def test_a_verdict_of_another_conversation_is_not_found(talk: Dialogue) -> None:
    ticket = answered(talk)
    other = Dialogue(talk.counter, "web-" + "f" * 32)
    for value in ("yes", "no"):
        payload = f'/verdict{{"number": "{ticket.public_no}", "value": "{value}"}}'
        assert "没有查到" in other.send(payload, to=VERDICT)
    assert now(talk, ticket).version == ticket.version


def test_a_closed_ticket_is_opened_again_with_new_facts(talk: Dialogue) -> None:
    ticket = closed(talk)
    talk.say("我的投诉", "complaint_followup", to=STATUS)
    assert "新的情况" in talk.press("有新情况，申请重新办理", to=REOPEN)
    assert "重新办理" in talk.say("银行又把钱退回去了")
    assert now(talk, ticket).state is State.REDO


@pytest.mark.parametrize(
    ("text", "intent", "to"),
    [("我的投诉要重新办理", "complaint_followup", STATUS), ("补充情况", "add_facts", ADD)],
)
def test_words_open_a_closed_ticket_again_too(talk: Dialogue, text: str, intent: str, to: str) -> None:
    ticket = closed(talk)
    assert "新的情况" in talk.say(text, intent, to=to)
    talk.say("银行又把钱退回去了")
    assert now(talk, ticket).state is State.REDO


def test_a_question_of_the_staff_is_answered_with_its_button(talk: Dialogue) -> None:
    ticket = filed(talk)
    moved(talk.counter.tickets, ticket, "ask", AGENT, question="哪天？")
    assert "补充什么" in pressed(talk, "补充情况", to=ADD)
    talk.say("11月2日申请的")
    assert now(talk, ticket).state is State.SUBMITTED


def test_a_merged_ticket_shows_how_the_main_one_stands_and_nothing_of_its_reporter(talk: Dialogue) -> None:
    tickets = talk.counter.tickets
    main = tickets.open(OTHER, f"o:{talk.sender_id}", "web-other", "web")
    moved(tickets, filed(talk), "merge", SUPERVISOR, merged_into=main.public_no, reason="同一件事")
    heard = talk.say("我的投诉", "complaint_followup", to=STATUS)
    assert "合并办理的事项：已收到" in heard
    assert OTHER.narrative not in heard
    replied(tickets, tickets.read(main.public_no))
    heard = talk.say("我的投诉", "complaint_followup", to=STATUS)
    assert "合并办理的事项有了答复：已补发。" in heard
