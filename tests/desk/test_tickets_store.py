from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.engine import Engine

from desk.errors import Conflict, InvalidInput, NotFound
from desk.tickets import Complaint, Kind, Tickets, find_number
from desk.tickets.tables import TicketRow
from desk.tickets.terms import Actor, Role, State
from tests.desk.ticket_room import (
    OVERDUE,
    PLANTED_PHONE,
    SEAL,
    STRAIGHT,
    Moment,
    filed,
    moved,
)


def test_a_filed_complaint_has_a_number_a_due_date_and_its_history(tickets: Tickets) -> None:
    ticket = filed(tickets)
    assert ticket.public_no.startswith("JS-20261121-000001-")
    assert find_number(ticket.public_no) == ticket.public_no
    assert (ticket.due, ticket.due_estimated) == (date(2026, 11, 27), False)
    assert (ticket.state, ticket.version, ticket.kind) == (State.SUBMITTED, 1, Kind.COMPLAINT)
    assert [event.move for event in tickets.history(ticket)] == ["open"]
    assert tickets.told(ticket) == "已收到，11月23日前受理，11月27日前答复。"


def test_everything_that_was_said_is_kept(tickets: Tickets) -> None:
    said = replace(
        OVERDUE,
        kind=Kind.HELP,
        accused_unit="五华区",
        accused_person="张某",
        happened="上个月",
        happened_on=date(2026, 10, 20),
        anonymous=True,
        claim_ref="SL-1",
        claim_snapshot={"stage": "审核中", "used": 14},
    )
    ticket = filed(tickets, complaint=said)
    assert ticket.title == said.narrative  # one sentence
    said = replace(said, title=ticket.title)
    kept = {name: getattr(ticket, name) for name in said.__dataclass_fields__}
    assert Complaint(**kept) == said


def test_the_same_message_twice_is_one_ticket(tickets: Tickets) -> None:
    assert filed(tickets) == filed(tickets)
    assert len(tickets.mine("c1")) == 1


def test_the_same_key_with_other_words_or_from_another_is_refused(tickets: Tickets) -> None:
    filed(tickets)
    with pytest.raises(Conflict):
        filed(tickets, complaint=replace(OVERDUE, narrative="另一件事"))
    with pytest.raises(Conflict):
        filed(tickets, sender="c2")
    assert filed(tickets, key="m2").public_no != filed(tickets).public_no


def test_twenty_threads_with_one_message_make_one_ticket(tickets: Tickets, engine: Engine) -> None:
    start = Barrier(20)

    def file(_: int) -> str:
        start.wait()
        return filed(tickets).public_no

    with ThreadPoolExecutor(20) as threads:
        numbers = set(threads.map(file, range(20)))
    assert len(numbers) == 1
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM ticket_event")).scalar() == 1


def test_twenty_threads_with_twenty_messages_get_twenty_numbers_in_a_row(tickets: Tickets) -> None:
    start = Barrier(20)

    def file(place: int) -> str:
        start.wait()
        return filed(tickets, key=f"m{place}").public_no

    with ThreadPoolExecutor(20) as threads:
        numbers = sorted(threads.map(file, range(20)))
    assert [number[12:18] for number in numbers] == [f"{place:06d}" for place in range(1, 21)]


def test_of_twenty_people_moving_one_ticket_one_wins(tickets: Tickets) -> None:
    ticket, start = filed(tickets), Barrier(20)

    def take(place: int) -> str:
        start.wait()
        try:
            actor = Actor(Role.AGENT, f"a{place}")
            return moved(tickets, ticket, "ask", actor, question=f"问题{place}").question
        except Conflict:
            return ""

    with ThreadPoolExecutor(20) as threads:
        won = [question for question in threads.map(take, range(20)) if question]
    assert won == [tickets.read(ticket.public_no).question]
    assert len(tickets.history(ticket)) == 2


def test_twenty_handlers_reaching_for_one_ticket_leave_one_owner(tickets: Tickets) -> None:
    ticket = filed(tickets)
    for name, actor, given in STRAIGHT[:2]:
        ticket = moved(tickets, ticket, name, actor, **given)
    start = Barrier(20)

    def sign(place: int) -> str:
        start.wait()
        try:
            handler = Actor(Role.HANDLER, f"h{place}", "五华区")
            return moved(tickets, ticket, "sign", handler, assignee=handler.id).assignee
        except Conflict:
            return ""

    with ThreadPoolExecutor(20) as threads:
        owners = [owner for owner in threads.map(sign, range(20)) if owner]
    assert owners == [tickets.read(ticket.public_no).assignee]


def test_numbers_begin_anew_each_day_of_kunming(tickets: Tickets, now: Moment) -> None:
    filed(tickets)
    now.later(hours=13)  # 01:00 on the 22nd in Kunming, still the 21st in UTC
    assert filed(tickets, key="m2").public_no.startswith("JS-20261122-000001-")


def test_a_ticket_is_shown_only_to_the_conversation_that_filed_it(tickets: Tickets) -> None:
    ticket = filed(tickets)
    assert tickets.find(ticket.public_no.lower().replace("-", ""), "c1") == ticket
    with pytest.raises(NotFound) as another:
        tickets.find(ticket.public_no, "c2")
    with pytest.raises(NotFound) as unknown:
        tickets.find(filed_number_of_nobody(), "c2")
    assert str(another.value) == str(unknown.value)
    assert tickets.mine("c2") == []
    for act in (tickets.urge, tickets.withdraw):
        with pytest.raises(NotFound):
            act(ticket.public_no, "c2")
    with pytest.raises(NotFound):
        moved(tickets, ticket, "withdraw", Actor(Role.CITIZEN, "c2"))


def filed_number_of_nobody() -> str:
    from desk.tickets.number import make_number

    return make_number(date(2026, 11, 21), 999)


def test_a_mistyped_number_is_told_from_an_unknown_one(tickets: Tickets) -> None:
    number = filed(tickets).public_no
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    with pytest.raises(InvalidInput) as caught:
        tickets.find(wrong, "c1")
    assert caught.value.reason == "ticket_number"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"narrative": " \n"}, "empty"),
        ({"narrative": "长" * 2001}, "too_long"),
        ({"happened": "久" * 201}, "too_long"),
        ({"reply_by": "mail"}, "reply_by"),
        ({"reply_by": "phone"}, "phone"),
        ({"phone": PLANTED_PHONE}, "phone"),
        ({"reply_by": "phone", "phone": "〔手机号#1〕"}, "phone"),
        ({"narrative": f"打我电话 {PLANTED_PHONE}"}, "personal_number"),
        ({"accused_person": f"李某 {PLANTED_PHONE}"}, "personal_number"),
        ({"claim_snapshot": {"phone": PLANTED_PHONE}}, "personal_number"),
    ],
)
def test_what_cannot_be_filed_is_refused_and_leaves_no_trace(
    change: dict[str, Any], reason: str, tickets: Tickets
) -> None:
    with pytest.raises(InvalidInput) as caught:
        filed(tickets, complaint=replace(OVERDUE, **change))
    assert caught.value.reason == reason
    assert tickets.mine("c1") == []


def test_a_text_that_names_a_ticket_is_not_taken_for_a_personal_number(tickets: Tickets) -> None:
    for place in range(30):
        number = filed(tickets, key=f"m{place}").public_no
        tickets.add_facts(number, "c1", f"和 {number} 是一件事")


def test_a_phone_number_is_kept_sealed_and_shown_masked(tickets: Tickets, engine: Engine) -> None:
    complaint = replace(OVERDUE, reply_by="phone", phone=PLANTED_PHONE)
    ticket = filed(tickets, complaint=complaint)
    assert filed(tickets, complaint=complaint) == ticket
    assert (ticket.phone, ticket.phone_masked) == ("", "****8000")
    with engine.connect() as connection:
        sealed = connection.scalar(select(TicketRow.phone_sealed))
        everything = str(connection.execute(text("SELECT * FROM ticket")).all())
        everything += str(connection.execute(text("SELECT * FROM ticket_event")).all())
    assert SEAL.open(bytes(sealed), "ticket", ticket.id) == PLANTED_PHONE
    assert PLANTED_PHONE not in everything + repr(complaint)
