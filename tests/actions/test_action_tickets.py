"""After filing: progress, 催办, added facts, withdrawal, for the conversation that filed alone."""

from __future__ import annotations

import pytest

from desk.tickets import Complaint, Kind, State, Ticket
from tests.actions.conftest import NewDialogue
from tests.actions.dialogue import Dialogue
from tests.desk.ticket_room import AGENT, moved

STATUS, URGE, ADD, WITHDRAW = (f"action_ticket_{name}" for name in ("status", "urge", "add", "withdraw"))
OVERDUE = Complaint(
    Kind.COMPLAINT, "11月2日申请的，到今天还没有结果。", category="overdue", district="五华区"
)


def filed(talk: Dialogue, number: int = 1) -> Ticket:
    return talk.counter.tickets.open(OVERDUE, f"filed:{talk.sender_id}:{number}", talk.sender_id, "web")


def now(talk: Dialogue, ticket: Ticket) -> Ticket:
    return talk.counter.tickets.read(ticket.public_no)


@pytest.mark.parametrize("action", [STATUS, URGE, ADD, WITHDRAW])
def test_who_filed_nothing_is_told_so_and_offered_to(talk: Dialogue, action: str) -> None:
    assert "没有登记过" in talk.say("我的投诉", "complaint_followup", to=action)
    assert talk.titles == ["登记投诉和建议"]
    assert talk.form is None


def test_the_progress_shows_every_ticket_of_the_conversation(talk: Dialogue) -> None:
    first, second = filed(talk), filed(talk, 2)
    heard = talk.say("我的投诉到哪步了", "complaint_followup", to=STATUS)
    assert first.public_no in heard
    assert second.public_no in heard


def test_a_ticket_is_found_by_its_number_in_its_own_conversation_only(somebody: NewDialogue) -> None:
    mine, other = somebody(), somebody()
    number = filed(mine).public_no
    assert "11月2日" in mine.say(f"查一下{number}", "complaint_followup", to=STATUS)
    filed(other)
    for action in (STATUS, URGE, ADD, WITHDRAW):
        heard = other.say(f"查一下{number}", "complaint_followup", to=action)
        assert "没有查到这个编号" in heard
        assert "11月2日" not in heard
    assert now(mine, filed(mine)).urged == 0


def test_a_mistyped_number_is_said_to_be_mistyped(talk: Dialogue) -> None:
    number = filed(talk).public_no
    bad = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert "编号不对" in talk.say(f"查{bad}", "complaint_followup", to=STATUS)


def test_urging_counts_once_a_day(talk: Dialogue) -> None:
    ticket = filed(talk)
    assert "第 1 次" in talk.say("催一下", "urge", to=URGE)
    assert "今天已经催办过" in talk.say("再催", "urge", to=URGE)
    assert now(talk, ticket).urged == 1


def test_several_tickets_are_asked_about_and_the_button_settles_it(talk: Dialogue) -> None:
    first, _ = filed(talk), filed(talk, 2)
    assert "是哪一件" in talk.say("催一下", "urge", to=URGE)
    talk.press(first.public_no, to=URGE)
    assert now(talk, first).urged == 1


def test_facts_in_the_same_message_are_added_at_once(talk: Dialogue) -> None:
    ticket = filed(talk)
    assert "已经补充" in talk.say("补充情况：又打了两次电话没人接", "add_facts", to=ADD)
    events = talk.counter.tickets.history(now(talk, ticket))
    assert "又打了两次电话没人接" in str(events[-1].given)


def test_facts_are_asked_for_and_added_after(talk: Dialogue) -> None:
    ticket = filed(talk)
    assert ticket.public_no in talk.say("补充情况", "add_facts", to=ADD)
    assert talk.form == "facts_form"
    assert "已经补充" in talk.say("又打了两次电话没人接")
    assert talk.form is None
    assert talk.slots["ticket_facts"] is talk.slots["ticket_number"] is None


def test_adding_can_be_cancelled(talk: Dialogue) -> None:
    ticket = filed(talk)
    talk.say("补充情况", "add_facts", to=ADD)
    talk.send("/cancel")
    assert talk.form is None
    assert now(talk, ticket).version == ticket.version


def test_a_withdrawal_needs_a_second_word(talk: Dialogue) -> None:
    ticket = filed(talk)
    assert "确定撤回" in talk.say("我要撤回", "withdraw", to=WITHDRAW)
    assert now(talk, ticket).state.open
    assert "已经撤回" in talk.press("确定撤回", to=WITHDRAW)
    assert not now(talk, ticket).state.open


def test_what_is_withdrawn_can_no_more_be_urged_or_withdrawn(talk: Dialogue) -> None:
    ticket = filed(talk)
    talk.say("我要撤回", "withdraw", to=WITHDRAW)
    talk.press("确定撤回", to=WITHDRAW)
    version = now(talk, ticket).version
    for action, intent in ((URGE, "urge"), (ADD, "add_facts")):
        assert talk.say("补充：还有情况要说", intent, to=action)
    talk.send(f'/withdraw{{"number": "{ticket.public_no}", "value": "yes"}}', to=WITHDRAW)
    assert now(talk, ticket).version == version


def test_words_typed_after_the_question_answer_it_at_once(talk: Dialogue) -> None:
    ticket = moved(talk.counter.tickets, filed(talk), "ask", AGENT, question="在哪个窗口交的？")
    words = "在3号窗口，上午十点左右"
    payload = f'/add_facts{{"number": "{ticket.public_no}", "words": "{words}"}}'
    assert "已经补充到" in talk.send(payload, to=ADD)
    after = now(talk, ticket)
    assert after.state is State.SUBMITTED
    assert talk.counter.tickets.history(after)[-1].given["facts"] == words
    assert talk.form is None


def test_facts_to_be_added_are_taken_also_where_the_classifier_doubts(talk: Dialogue) -> None:
    ticket = filed(talk)
    heard = talk.doubt("再补充一下，我的材料早就交齐了", complaint_followup=0.5, complaint=0.4)
    assert "已经补充到" in heard
    assert talk.counter.tickets.history(now(talk, ticket))[-1].given["facts"] == "我的材料早就交齐了"


def test_a_short_answer_is_enough_where_the_ticket_asked(talk: Dialogue) -> None:
    ticket = moved(talk.counter.tickets, filed(talk), "ask", AGENT, question="哪家银行？")
    talk.send(f'/add_facts{{"number": "{ticket.public_no}"}}', to=ADD)
    assert "已经补充到" in talk.say("交行")
    assert talk.counter.tickets.history(now(talk, ticket))[-1].given["facts"] == "交行"
