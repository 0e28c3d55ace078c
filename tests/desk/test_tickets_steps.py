"""What the moves do to the ticket, and who hears of them; the table itself is test_tickets_workflow.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy.engine import Engine

from desk.errors import InvalidInput, NotAllowed
from desk.tickets import Kind, Tickets
from desk.tickets.record import Ticket
from desk.tickets.terms import Actor, Role, State
from tests.desk.ticket_room import (
    AGENT,
    HANDLER,
    OVERDUE,
    PLANTED_PHONE,
    REPLY,
    STRAIGHT,
    SUPERVISOR,
    Moment,
    filed,
    moved,
    replied,
    said_to,
)

CITIZEN = Actor(Role.CITIZEN, "c1")


def worked_on(tickets: Tickets, ticket: Ticket) -> Ticket:
    for name, actor, given in STRAIGHT[:3]:
        ticket = moved(tickets, ticket, name, actor, **given)
    return ticket


def test_an_approved_extension_moves_the_day_and_the_citizen_hears_why(
    tickets: Tickets, engine: Engine
) -> None:
    ticket = worked_on(tickets, filed(tickets))
    ticket = moved(tickets, ticket, "ask_extension", HANDLER, reason="要等银行回复。", days=10)
    assert (ticket.due, ticket.extension_to, ticket.extended_to) == (
        date(2026, 11, 27),
        date(2026, 12, 11),
        None,
    )
    ticket = moved(tickets, ticket, "approve_extension", SUPERVISOR, reason="属实")
    assert (ticket.due, ticket.extended_to, ticket.due_unit) == (date(2026, 12, 11),) * 3
    assert said_to(engine, "c1")[-1].endswith("答复期限延长到12月11日。原因：要等银行回复。")
    assert (ticket.extension_state, ticket.reason) == ("approved", "")
    with pytest.raises(NotAllowed):
        moved(tickets, ticket, "ask_extension", HANDLER, reason="再等", days=1)


def test_a_refused_extension_leaves_the_day_and_the_citizen_hears_that(
    tickets: Tickets, engine: Engine
) -> None:
    ticket = worked_on(tickets, filed(tickets))
    ticket = moved(tickets, ticket, "ask_extension", HANDLER, reason="忙", days=3)
    ticket = moved(tickets, ticket, "refuse_extension", SUPERVISOR, reason="不成立")
    assert (ticket.due, ticket.extended_to) == (date(2026, 11, 27), None)
    assert "期限不变" in said_to(engine, "c1")[-1]


def test_the_extension_of_the_first_round_does_not_lengthen_the_second(tickets: Tickets) -> None:
    ticket = worked_on(tickets, filed(tickets))
    ticket = moved(tickets, ticket, "ask_extension", HANDLER, reason="等", days=10)
    ticket = moved(tickets, ticket, "approve_extension", SUPERVISOR, reason="属实")
    ticket = moved(tickets, ticket, "reply", HANDLER, **REPLY)
    ticket = moved(tickets, ticket, "redo", CITIZEN, reason="没到账")
    assert (ticket.due, ticket.extended_to, ticket.unit_main) == (date(2026, 11, 27), None, "五华区")


def test_another_kind_found_out_later_does_not_move_the_promised_day(tickets: Tickets) -> None:
    ticket = filed(tickets)
    changed = moved(tickets, ticket, "classify", AGENT, reason="是建议", kind="advice", category="policy")
    assert (changed.kind, changed.category, changed.due) == (Kind.ADVICE, "policy", ticket.due)
    changed = moved(tickets, changed, "accept", AGENT, **STRAIGHT[0][2])
    assert changed.due == ticket.due


def test_the_call_log_counts_who_was_reached_and_when(tickets: Tickets, now: Moment) -> None:
    ticket = worked_on(tickets, filed(tickets))
    unreachable = {**REPLY, "resolution": "unreachable"}
    for tries in range(1, 4):
        with pytest.raises(NotAllowed):
            moved(tickets, ticket, "reply", HANDLER, **unreachable)
        ticket = moved(tickets, ticket, "contact", HANDLER, way="phone", reached=False, note="没人接")
        assert (ticket.contact_tries, ticket.contacted_at) == (tries, None)
    gone = moved(tickets, ticket, "reply", HANDLER, **unreachable)
    assert (gone.contacted_at, gone.contact_tries) == (None, 0)
    assert moved(tickets, gone, "contact", AGENT, way="phone", reached=True).contacted_at == now.at
    assert gone.contact_due == date(2026, 11, 23)


def test_an_answer_is_a_contact_too(tickets: Tickets, now: Moment) -> None:
    assert replied(tickets, filed(tickets)).contacted_at == now.at


def test_a_ticket_marked_as_stuck_has_three_days_of_its_own(tickets: Tickets) -> None:
    ticket = moved(tickets, filed(tickets), "tag", AGENT, tag="stuck")
    steps = [(deadline.step, deadline.day) for deadline in tickets.clock.stuck(ticket)]
    assert steps == [
        ("stuck_explain", date(2026, 11, 25)),
        ("stuck_bottleneck", date(2026, 11, 27)),
        ("stuck_meeting", date(2026, 12, 4)),
    ]
    assert tickets.clock.stuck(moved(tickets, ticket, "untag", AGENT, tag="stuck")) == []
    assert filed(tickets, "m2", complaint=replace(OVERDUE, tags=("stuck",))).stuck_at is not None


def test_units_that_assist_are_added_to_those_before(tickets: Tickets) -> None:
    ticket = worked_on(tickets, filed(tickets))
    ticket = moved(tickets, ticket, "assist", HANDLER, units_assist=["盘龙区"])
    ticket = moved(tickets, ticket, "assist", SUPERVISOR, units_assist=["盘龙区", "官渡区"])
    assert (ticket.units_assist, ticket.unit_main) == (("盘龙区", "官渡区"), "五华区")


def test_a_redo_and_a_reopening_go_back_to_the_unit_that_signed_first(tickets: Tickets) -> None:
    ticket = replied(tickets, filed(tickets))
    assert ticket.first_unit == "五华区"
    ticket = moved(tickets, ticket, "close", CITIZEN, solved="yes", satisfied="good", comment="谢谢")
    assert (ticket.comment, ticket.verdict_at is not None) == ("谢谢", True)
    assert (ticket.closed_at, ticket.retention_until) == (ticket.ended_at, date(2029, 11, 20))
    ticket = moved(tickets, ticket, "reopen", CITIZEN, facts="又停发了")
    assert (ticket.unit_main, ticket.assignee, ticket.reopened) == ("五华区", "", 1)
    assert (ticket.verdict_at, ticket.comment, ticket.retention_until) == (None, "", None)


def test_everybody_merged_into_a_ticket_hears_of_each_later_step(tickets: Tickets, engine: Engine) -> None:
    main, child = filed(tickets), filed(tickets, "m2", "c2")
    moved(tickets, child, "merge", SUPERVISOR, merged_into=main.public_no, reason="同一件事")
    main = replied(tickets, tickets.read(main.public_no))
    main = moved(tickets, main, "close", CITIZEN, solved="yes")
    told = said_to(engine, "c2")
    assert len(told) == 1 + 5
    assert all(child.public_no in line and main.public_no not in line for line in told)
    assert "合并办理的事项有了答复：已补发。" in told[-2]
    assert "已办结（已解决）" in told[-1]
    assert [each.public_no for each in tickets.children(main)] == [child.public_no]


def test_a_merged_ticket_is_where_its_chain_ends(tickets: Tickets) -> None:
    main, child, third = (filed(tickets, f"m{place}", f"c{place}") for place in range(3))
    merged = moved(tickets, child, "merge", SUPERVISOR, merged_into=main.public_no, reason="同")
    for on, target in ((merged, third), (third, merged), (tickets.read(main.public_no), third)):
        with pytest.raises(NotAllowed):
            moved(tickets, on, "merge", SUPERVISOR, merged_into=target.public_no, reason="同")


def test_a_ticket_is_found_by_an_id_that_cannot_be_guessed(tickets: Tickets) -> None:
    ticket = filed(tickets)
    assert len(ticket.id) == 32
    assert tickets.get(ticket.id) == ticket


def test_what_a_person_may_do_is_told_beforehand(tickets: Tickets) -> None:
    ticket = filed(tickets)
    for name, actor, given in STRAIGHT[:3]:
        assert name in {move.name for move in tickets.moves_for(ticket, actor)}
        ticket = moved(tickets, ticket, name, actor, **given)
    names = {move.name for move in tickets.moves_for(ticket, HANDLER)}
    assert names == {"reply", "add_facts", "assist", "tag", "untag", "contact", "ask_extension"}
    assert tickets.moves_for(ticket, Actor(Role.HANDLER, "h2", "西山区")) == []
    assert tickets.moves_for(ticket, Actor(Role.AUDITOR, "x")) == []
    assert tickets.moves_for(ticket, Actor(Role.CITIZEN, "c2")) == []


def test_notes_are_kept_once_in_order_and_apart_from_the_history(tickets: Tickets) -> None:
    ticket = filed(tickets)
    tickets.add_note(ticket, AGENT, "已看过登记", "n1")
    tickets.add_note(ticket, AGENT, "已看过登记", "n1")
    tickets.add_note(ticket, SUPERVISOR, "请今天派出")
    assert [(note.author, note.role, note.text) for note in tickets.notes(ticket)] == [
        ("a7", Role.AGENT, "已看过登记"),
        ("s1", Role.SUPERVISOR, "请今天派出"),
    ]
    assert len(tickets.history(ticket)) == 1
    for text in (" ", f"打 {PLANTED_PHONE}", "长" * 2001):
        with pytest.raises(InvalidInput):
            tickets.add_note(ticket, AGENT, text)


def test_a_personal_number_is_in_no_text_of_staff_but_what_they_publish(tickets: Tickets) -> None:
    ticket = filed(tickets)
    with pytest.raises(InvalidInput):
        moved(tickets, ticket, "contact", AGENT, way="phone", reached=True, note=PLANTED_PHONE)
    with pytest.raises(InvalidInput):
        moved(tickets, ticket, "classify", AGENT, reason="x", title="长" * 61)
    assert moved(tickets, ticket, "ask", AGENT, question=f"请打 {PLANTED_PHONE}").state is State.NEED_INFO


@pytest.mark.parametrize("number", ["53010219" + "9001011234", "622202" + "0200112233446"])
def test_no_text_for_a_citizen_names_an_id_or_a_bank_card(tickets: Tickets, number: str) -> None:
    ticket = filed(tickets)
    with pytest.raises(InvalidInput, match="personal_number"):
        moved(tickets, ticket, "ask", AGENT, question=f"您的号码是 {number} 吗？")
    assert tickets.history(ticket)[1:] == []


def test_the_phone_that_was_left_is_opened_for_who_asks(tickets: Tickets) -> None:
    left = filed(tickets, complaint=replace(OVERDUE, reply_by="phone", phone=PLANTED_PHONE))
    assert tickets.phone_of(left) == PLANTED_PHONE
    assert tickets.phone_of(filed(tickets, "m2")) is None
