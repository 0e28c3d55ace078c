"""How a citizen's words after a reply are read, and what they do to the ticket."""

from __future__ import annotations

import pytest
from sqlalchemy.engine import Engine

from desk import conversation
from desk.errors import NotAllowed
from desk.tickets import State, Ticket, Tickets, Verdict, along
from desk.tickets.terms import Actor, Role, Satisfaction
from desk.tickets.verdicts import answered, reopened, satisfaction_in, solved, solved_by, unsolved
from tests.desk.ticket_room import (
    HANDLER,
    REPLY,
    STRAIGHT,
    SUPERVISOR,
    Moment,
    filed,
    moved,
    replied,
    said_to,
)

YES, NO = Verdict.YES, Verdict.NO
BUTTONS = ['/verdict{"number": "JS-1", "value": "yes"}', '/verdict{"number": "JS-1", "value": "no"}']


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("解决了", YES),
        ("已经解决了，谢谢", YES),
        ("钱收到了", YES),
        ("到账了。", YES),
        ("满意", YES),
        ("基本满意", YES),
        ("是的", YES),
        ("没解决", NO),
        ("没有解决", NO),
        ("還是沒到賬", NO),
        ("还是没到账", NO),
        ("没有完全解决", NO),
        ("仍未到账", NO),
        ("不满意", NO),
        ("不太满意", NO),
        ("没有", NO),
        ("解决了吗", None),
        ("还是没到账吗？", None),
        ("领失业金要带什么材料", None),
        ("好的", None),
        ("", None),
        ("解决了" + "很" * 60, None),
    ],
)
def test_words_after_a_reply_are_a_verdict_or_none(text: str, verdict: Verdict | None) -> None:
    assert solved_by(text) is verdict


@pytest.mark.parametrize(
    ("text", "satisfaction"),
    [
        ("满意", Satisfaction.GOOD),
        ("非常满意！", Satisfaction.GOOD),
        ("基本满意", Satisfaction.FAIR),
        ("一般吧", Satisfaction.FAIR),
        ("不满意", Satisfaction.BAD),
        ("不是很满意", Satisfaction.BAD),
        ("嗯", None),
        ("解决了", None),
    ],
)
def test_how_pleased_somebody_is_comes_from_the_words_alone(
    text: str, satisfaction: Satisfaction | None
) -> None:
    assert satisfaction_in(text) is satisfaction


def test_a_typed_verdict_is_the_button_with_the_words_in_it() -> None:
    meant = answered("还是没到账", BUTTONS)
    assert meant == '/verdict{"number": "JS-1", "value": "no", "words": "还是没到账"}'
    assert answered("还是没到账", ["/materials"]) is None
    assert answered("要带什么材料", BUTTONS) is None


def buttons_of(engine: Engine, sender: str = "c1") -> list[str]:
    return [button["title"] for button in conversation.since(engine, sender)[-1].body["buttons"]]


def test_a_notice_carries_what_can_be_done_now(tickets: Tickets, engine: Engine) -> None:
    ticket = filed(tickets)
    ticket = moved(tickets, ticket, "ask", Actor(Role.AGENT, "a7"), question="哪天？")
    assert buttons_of(engine) == ["补充情况"]
    ticket = tickets.add_facts(ticket.public_no, "c1", "11月2日")
    ticket = replied(tickets, ticket)
    assert buttons_of(engine) == ["解决了", "没有解决"]
    moved(tickets, ticket, "close", SUPERVISOR, solved="no", reason="政策不支持")
    assert buttons_of(engine) == ["有新情况，申请重新办理"]


def test_the_first_unsolved_goes_back_and_the_second_waits_for_the_supervisor(tickets: Tickets) -> None:
    ticket = unsolved(tickets, replied(tickets, filed(tickets)), "还是没到账，不满意", "v1")
    assert (ticket.state, ticket.round) == (State.REDO, 2)
    assert tickets.history(ticket)[-1].given == {"reason": "还是没到账，不满意", "satisfied": "bad"}
    ticket = moved(tickets, ticket, "restart", HANDLER, assignee="h1")
    ticket = moved(tickets, ticket, "reply", HANDLER, **REPLY)
    ticket = unsolved(tickets, ticket, "", "v2")
    assert (ticket.state, ticket.solved) == (State.REPLIED, "no")
    assert tickets.history(ticket)[-1].given == {"reason": "没有解决"}
    assert "督办人员正在看" in tickets.told(ticket)


def test_solved_closes_with_what_was_said_and_the_same_request_closes_once(tickets: Tickets) -> None:
    ticket = replied(tickets, filed(tickets))
    for _ in range(2):
        after = solved(tickets, ticket, "fair", "  谢谢  ", "v1")
    assert (after.state, after.solved, after.satisfied) == (State.CLOSED, "yes", "fair")
    assert tickets.history(after)[-1].given["comment"] == "谢谢"
    assert after.version == ticket.version + 1


def test_solved_without_a_word_about_satisfaction_is_not_satisfied(tickets: Tickets) -> None:
    after = solved(tickets, replied(tickets, filed(tickets)), "", "", "v1")
    assert after.satisfied == ""
    assert tickets.history(after)[-1].given == {"solved": "yes"}


def test_a_verdict_holds_although_staff_moved_the_ticket_meanwhile(tickets: Tickets) -> None:
    seen = replied(tickets, filed(tickets))
    tickets.urge(seen.public_no, "c1")
    assert solved(tickets, seen, "", "", "v1").state is State.CLOSED


def test_a_closed_ticket_is_opened_again_by_new_facts_within_thirty_days(
    tickets: Tickets, now: Moment
) -> None:
    closed = solved(tickets, replied(tickets, filed(tickets)), "", "", "v1")
    assert reopened(tickets, closed, "银行又退回了", "r1").state is State.REDO
    other = solved(tickets, replied(tickets, filed(tickets, "m2")), "", "", "v2")
    now.later(days=31)
    with pytest.raises(NotAllowed, match="too_late"):
        reopened(tickets, other, "银行又退回了", "r2")


def main_at(tickets: Tickets, state: State) -> Ticket:
    ticket = replied(tickets, filed(tickets))
    return ticket if state is State.REPLIED else solved(tickets, ticket, "", "", "v1")


@pytest.mark.parametrize("state", [State.REPLIED, State.CLOSED])
def test_who_was_merged_hears_of_the_main_ticket_and_is_asked_nothing(
    tickets: Tickets, engine: Engine, now: Moment, state: State
) -> None:
    told = along(main_at(tickets, state), tickets.clock, now().date())
    assert REPLY["reply_text"] in told
    assert "？" not in told
    assert said_to(engine, "c1")


def test_the_citizen_reads_what_the_reply_rests_on_without_the_name_of_a_card(
    tickets: Tickets, engine: Engine
) -> None:
    ticket = filed(tickets)
    basis = "社会保险经办条例 第二十四条（china.review_time.working_days）"
    for name, actor, given in STRAIGHT[:4]:
        ticket = moved(
            tickets, ticket, name, actor, **(given | ({"reply_basis": basis} if name == "reply" else {}))
        )
    assert "已补发。（依据：社会保险经办条例 第二十四条） 您的问题解决了吗" in said_to(engine, "c1")[-1]
