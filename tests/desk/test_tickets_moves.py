from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy.engine import Engine

from desk.database import open_database
from desk.errors import Conflict, InvalidInput, NotAllowed, Unavailable
from desk.tickets import Kind, Tickets
from desk.tickets.terms import Actor, Role, State
from tests.desk.ticket_room import (
    AGENT,
    HANDLER,
    LIMITS,
    OVERDUE,
    PLANTED_PHONE,
    REPLY,
    SEAL,
    SUPERVISOR,
    WORKDAYS,
    Moment,
    filed,
    moved,
    replied,
    said_to,
    tickets_in,
)


def test_urging_counts_once_a_day_and_is_always_kept(tickets: Tickets, now: Moment) -> None:
    number = filed(tickets).public_no
    assert tickets.urge(number, "c1").counted
    assert not tickets.urge(number, "c1").counted
    now.later(days=1)
    assert tickets.urge(number, "c1").counted
    ticket = tickets.find(number, "c1")
    assert (ticket.urged, ticket.version) == (2, 4)
    assert [event.move for event in tickets.history(ticket)] == ["open", "urge", "urge", "urge"]


def test_the_same_message_urges_adds_and_withdraws_once(tickets: Tickets) -> None:
    number = filed(tickets).public_no
    assert [tickets.urge(number, "c1", "u1").counted for _ in range(2)] == [True, True]
    for _ in range(2):
        tickets.add_facts(number, "c1", "又去了一次", "f1")
    for _ in range(2):
        assert tickets.withdraw(number, "c1", message_key="w1").state is State.WITHDRAWN
    moves = [event.move for event in tickets.history(tickets.find(number, "c1"))]
    assert moves == ["open", "urge", "add_facts", "withdraw"]


def test_added_facts_answer_the_question_that_was_put(tickets: Tickets, now: Moment) -> None:
    ticket = moved(tickets, filed(tickets), "ask", AGENT, question="您是哪天申请的？")
    assert "您是哪天申请的？" in tickets.told(ticket)
    due = ticket.due
    now.later(days=1)
    ticket = tickets.add_facts(ticket.public_no, "c1", "11月2日")
    assert (ticket.state, ticket.due) == (State.SUBMITTED, due)
    assert tickets.history(ticket)[-1].move == "answer"


def test_a_personal_number_in_added_facts_is_refused(tickets: Tickets) -> None:
    number = filed(tickets).public_no
    with pytest.raises(InvalidInput):
        tickets.add_facts(number, "c1", f"电话 {PLANTED_PHONE}")
    assert tickets.find(number, "c1").version == 1


def test_a_report_stays_when_its_writer_wants_it_back(tickets: Tickets) -> None:
    number = filed(tickets, complaint=replace(OVERDUE, kind=Kind.REPORT)).public_no
    with pytest.raises(NotAllowed) as caught:
        tickets.withdraw(number, "c1")
    assert caught.value.reason == "report_stays"


def test_a_withdrawn_ticket_cannot_be_urged(tickets: Tickets) -> None:
    number = filed(tickets).public_no
    tickets.withdraw(number, "c1", "已经到账了")
    with pytest.raises(NotAllowed):
        tickets.urge(number, "c1")


def test_the_citizen_hears_of_every_step_that_others_take(tickets: Tickets, engine: Engine) -> None:
    ticket = replied(tickets, filed(tickets))
    told = said_to(engine, "c1")
    assert len(told) == 4
    assert all(ticket.public_no in line for line in told)
    assert "已受理，应于11月27日前答复" in told[0]
    assert "已补发。" in told[-1]


def test_who_looks_at_an_old_version_is_told_so(tickets: Tickets, engine: Engine) -> None:
    ticket = filed(tickets)
    tickets.urge(ticket.public_no, "c1")
    with pytest.raises(Conflict):
        moved(tickets, ticket, "ask", AGENT, question="？")
    assert said_to(engine, "c1") == []


def test_a_repeated_request_of_staff_moves_once(tickets: Tickets) -> None:
    ticket = filed(tickets)
    for _ in range(2):
        after = tickets.move(ticket.public_no, "ask", AGENT, ticket.version, {"question": "哪天？"}, "r1")
    assert after.version == 2


def test_a_verdict_closes_and_a_new_fact_reopens_within_thirty_days(tickets: Tickets, now: Moment) -> None:
    citizen = Actor(Role.CITIZEN, "c1")
    ticket = moved(
        tickets, replied(tickets, filed(tickets)), "close", citizen, solved="yes", satisfied="fair"
    )
    assert (ticket.state, ticket.solved, ticket.resolution) == (State.CLOSED, "yes", "solved")
    now.later(days=30)
    ticket = moved(tickets, ticket, "reopen", citizen, facts="银行又退回了")
    assert (ticket.state, ticket.round, ticket.solved, ticket.due) == (State.REDO, 2, "", date(2026, 12, 28))
    ticket = moved(tickets, ticket, "restart", HANDLER, assignee="h1")
    ticket = moved(tickets, ticket, "reply", HANDLER, **REPLY)
    with pytest.raises(NotAllowed):
        moved(tickets, ticket, "redo", citizen, reason="还是没有")
    ticket = moved(tickets, ticket, "object", citizen, reason="还是没有")
    now.later(days=30)
    with pytest.raises(NotAllowed):
        moved(tickets, ticket, "close", Actor(Role.SYSTEM, "worker"), solved="unrated")


def test_reopening_is_too_late_after_thirty_days(tickets: Tickets, now: Moment) -> None:
    citizen = Actor(Role.CITIZEN, "c1")
    ticket = moved(tickets, replied(tickets, filed(tickets)), "close", citizen, solved="yes")
    now.later(days=31)
    with pytest.raises(NotAllowed) as caught:
        moved(tickets, ticket, "reopen", citizen, facts="银行又退回了")
    assert caught.value.reason == "too_late"


def test_merging_keeps_both_citizens_informed(tickets: Tickets, engine: Engine) -> None:
    first, second = filed(tickets), filed(tickets, "m2", "c2")
    merged = moved(tickets, second, "merge", SUPERVISOR, merged_into=first.public_no, reason="同一笔")
    assert (merged.state, merged.merged_into, merged.resolution) == (
        State.MERGED,
        first.public_no,
        "repeated",
    )
    assert tickets.find(second.public_no, "c2") == merged
    assert len(said_to(engine, "c1")) == len(said_to(engine, "c2")) == 1
    first = tickets.read(first.public_no)
    assert [event.move for event in tickets.history(first)] == ["open", "join"]
    with pytest.raises(NotAllowed):
        moved(tickets, first, "merge", SUPERVISOR, merged_into=second.public_no, reason="同一笔")


def test_two_tickets_merged_into_each_other_at_once_leave_one_open(tickets: Tickets) -> None:
    pair = [filed(tickets), filed(tickets, "m2", "c2")]
    start = Barrier(2)

    def merge(place: int) -> None:
        start.wait()
        try:
            moved(
                tickets, pair[place], "merge", SUPERVISOR, merged_into=pair[1 - place].public_no, reason="同"
            )
        except (NotAllowed, Conflict, Unavailable):
            return

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(merge, range(2)))
    assert sorted(tickets.read(each.public_no).state.open for each in pair) == [False, True]


def test_corrected_data_corrects_the_deadline_of_old_tickets(
    tickets: Tickets, engine: Engine, now: Moment
) -> None:
    ticket = filed(tickets)
    limits = {**LIMITS, "complaint": replace(LIMITS["complaint"], days=3)}
    assert Tickets(engine, WORKDAYS, limits, SEAL, now).find(ticket.public_no, "c1").due == date(2026, 11, 25)


def test_a_database_that_does_not_answer_is_called_unavailable(tmp_path: Path, now: Moment) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'empty.db'}")  # no tables
    with pytest.raises(Unavailable):
        filed(tickets_in(engine, now))
    engine.dispose()
