from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.engine import Engine
from structlog.testing import capture_logs

from desk.database import open_database, upgrade
from desk.tickets import Tickets, upkeep
from desk.tickets.record import Ticket
from desk.tickets.tables import TicketRow
from desk.tickets.terms import Actor, Role, State
from desk.tickets.worker import Worker
from desk.workdays import Workdays
from tests.desk.databases import database
from tests.desk.ticket_room import (
    AGENT,
    DATA,
    HANDLER,
    LIMITS,
    OVERDUE,
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

CITIZEN = Actor(Role.CITIZEN, "c1")


@pytest.fixture
def worker(tickets: Tickets, engine: Engine, now: Moment) -> Worker:
    return Worker(tickets, engine, WORKDAYS, now)


def steps(tickets: Tickets, ticket: Ticket) -> list[str]:
    return [event.move for event in tickets.history(ticket) if event.actor_role == "system"]


def at(now: Moment, month: int, day: int, hour: int = 12) -> None:
    """Set the clock in Kunming."""
    now.at = datetime(2026, month, day, hour, tzinfo=timezone(timedelta(hours=8)))


def test_a_deadline_is_called_out_a_day_before_on_the_day_and_two_days_after(
    tickets: Tickets, worker: Worker, now: Moment, engine: Engine
) -> None:
    ticket = filed(tickets)  # due on Friday, November 27
    seen = []
    for month, day in ((11, 25), (11, 26), (11, 26), (11, 27), (11, 28), (11, 30), (12, 1), (12, 2), (12, 9)):
        at(now, month, day)
        worker.round()
        seen.append(tickets.read(ticket.public_no).escalation)
    assert seen == [0, 1, 1, 2, 2, 2, 3, 3, 3]
    assert steps(tickets, ticket) == ["escalate"] * 3
    assert said_to(engine, "c1") == []  # a matter of staff


def test_who_was_away_for_a_week_is_told_once_how_late_it_is(
    tickets: Tickets, worker: Worker, now: Moment
) -> None:
    ticket = filed(tickets)
    at(now, 12, 20)
    assert worker.round() == 1
    assert tickets.read(ticket.public_no).escalation == 3


def test_an_approved_extension_begins_the_calls_anew(tickets: Tickets, worker: Worker, now: Moment) -> None:
    ticket = filed(tickets)
    for name, actor, given in (
        ("accept", AGENT, {"category": "overdue", "district": "五华区", "unit_main": "五华区"}),
        ("dispatch", AGENT, {"unit_main": "五华区"}),
        ("sign", HANDLER, {"assignee": "h1"}),
        ("ask_extension", HANDLER, {"reason": "等银行", "days": 5}),
    ):
        ticket = moved(tickets, ticket, name, actor, **given)
    at(now, 11, 26)
    worker.round()
    ticket = tickets.read(ticket.public_no)
    ticket = moved(tickets, ticket, "approve_extension", SUPERVISOR, reason="属实")
    assert (ticket.escalation, ticket.due) == (0, date(2026, 12, 4))
    worker.round()
    at(now, 12, 3)
    worker.round()
    assert steps(tickets, ticket) == ["escalate", "escalate"]


def test_a_worker_that_was_away_asks_for_the_verdict_once_a_day(
    tickets: Tickets, worker: Worker, now: Moment, engine: Engine
) -> None:
    at(now, 11, 23)
    ticket = replied(tickets, filed(tickets))
    at(now, 11, 29)  # the sixth day after the answer: all three days of asking have come
    assert [worker.round() for _ in range(3)] == [1, 0, 0]
    at(now, 11, 30)
    assert [worker.round() for _ in range(2)] == [1, 0]
    assert tickets.read(ticket.public_no).verdict_tries == 2


def test_the_citizen_is_asked_three_times_and_silence_is_closed_as_no_verdict(
    tickets: Tickets, worker: Worker, now: Moment, engine: Engine
) -> None:
    ticket = replied(tickets, filed(tickets))  # on Saturday, November 21
    said = len(said_to(engine, "c1"))
    asked = []
    for day, hour in (
        (22, 12),
        (23, 7),
        (23, 21),
        (23, 12),
        (24, 12),
        (25, 12),
        (26, 12),
        (27, 12),
        (28, 12),
    ):
        at(now, 11, day, hour)
        worker.round()
        asked.append(tickets.read(ticket.public_no).verdict_tries)
    assert asked == [0, 0, 0, 1, 2, 2, 3, 3, 3]
    assert len(said_to(engine, "c1")) == said + 3
    assert tickets.read(ticket.public_no).state is State.REPLIED
    at(now, 11, 29, 1)
    worker.round()
    ticket = tickets.read(ticket.public_no)
    assert (ticket.state, ticket.solved, ticket.satisfied, ticket.verdict_at) == (
        State.CLOSED,
        "unrated",
        "",
        None,
    )
    assert steps(tickets, ticket) == ["ask_verdict"] * 3 + ["close"]


def test_a_second_no_waits_for_the_supervisor_however_long(
    tickets: Tickets, worker: Worker, now: Moment
) -> None:
    ticket = replied(tickets, filed(tickets))
    ticket = moved(tickets, ticket, "redo", CITIZEN, reason="没到账")
    ticket = moved(tickets, ticket, "restart", HANDLER, assignee="h1")
    ticket = moved(tickets, ticket, "reply", HANDLER, **REPLY)
    moved(tickets, ticket, "object", CITIZEN, reason="还是没到账")
    at(now, 12, 30)
    assert worker.round() == 0
    assert tickets.read(ticket.public_no).state is State.REPLIED


def test_a_question_without_an_answer_comes_back_to_the_staff(
    tickets: Tickets, worker: Worker, now: Moment
) -> None:
    ticket = moved(tickets, filed(tickets), "ask", AGENT, question="哪天申请的？")
    at(now, 11, 27)
    worker.round()
    assert tickets.read(ticket.public_no).state is State.NEED_INFO
    at(now, 11, 28)
    worker.round()
    assert tickets.read(ticket.public_no).state is State.SUBMITTED
    event = tickets.history(ticket)[-1]
    assert (event.move, event.given["reason"]) == ("resume", "市民到11月27日没有回音")


def test_several_workers_at_once_make_each_step_once(tickets: Tickets, engine: Engine, now: Moment) -> None:
    numbers = [filed(tickets, f"m{place}", f"c{place}").public_no for place in range(6)]
    at(now, 11, 27)
    start = Barrier(4)

    def work(_: int) -> None:
        start.wait()
        Worker(tickets_in(engine, now), engine, WORKDAYS, now).round()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))
    Worker(tickets, engine, WORKDAYS, now).round()
    for number in numbers:
        assert steps(tickets, tickets.read(number)) == ["escalate"]


def test_one_broken_ticket_does_not_stop_the_others_and_its_words_are_not_logged(
    tickets: Tickets, worker: Worker, engine: Engine, now: Moment
) -> None:
    broken, whole = filed(tickets), filed(tickets, "m2", "c2")
    with engine.begin() as connection:
        # An event that is already there under the next number.
        connection.execute(
            text(
                "INSERT INTO ticket_event (ticket_id, seq, move, to_state, actor_role, actor_id, given, at) "
                "SELECT ticket_id, 2, move, to_state, actor_role, actor_id, given, at FROM ticket_event "
                "WHERE ticket_id = :id"
            ),
            {"id": broken.id},
        )
        connection.execute(update(TicketRow).where(TicketRow.id == broken.id).values(filed_kind="nonsense"))
    at(now, 11, 27)
    with capture_logs() as logs:
        assert worker.round() == 1
    assert tickets.read(whole.public_no).escalation == 2
    assert [line["ticket"] for line in logs if line["event"] == "worker step failed"][:1] == [broken.id]
    assert OVERDUE.narrative[:6] not in str(logs)


def test_a_corrected_calendar_corrects_the_rows_that_the_queue_is_sorted_by(
    tickets: Tickets, engine: Engine, now: Moment, tmp_path: Path
) -> None:
    ticket = filed(tickets)
    folder = tmp_path / "calendar"
    folder.mkdir()
    for path in (DATA / "calendar").glob("*.yml"):
        said = path.read_text(encoding="utf-8")
        if path.stem == "2026":
            said = said.replace("holidays:", "holidays:\n  - 2026-11-24", 1)
        (folder / path.name).write_text(said, encoding="utf-8")
    fixed = Tickets(engine, Workdays(folder), LIMITS, SEAL, now)
    assert Worker(fixed, engine, Workdays(folder), now).repair() == 1
    with engine.connect() as connection:
        assert connection.scalar(select(TicketRow.due)) == date(2026, 11, 30)
    assert fixed.replay(fixed.history(ticket)) == fixed.read(ticket.public_no)
    assert Worker(fixed, engine, Workdays(folder), now).repair() == 0


def test_rows_of_before_are_made_anew_from_their_events(
    tickets: Tickets, worker: Worker, engine: Engine
) -> None:
    ticket = replied(tickets, filed(tickets))
    with engine.begin() as connection:
        connection.execute(
            update(TicketRow).values(
                contact_due=None, title="", first_unit="", filed_kind="", contacted_at=None, due_unit=None
            )
        )
    assert worker.repair() == 1
    assert tickets.read(ticket.public_no) == ticket


def test_a_scan_goes_over_an_index_and_a_batch_at_a_time(
    tmp_path: Path, now: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database("sqlite", tmp_path) as url:
        upgrade(url)
        engine = open_database(url)
        tickets = tickets_in(engine, now)
        for place in range(7):
            filed(tickets, f"m{place}")
        monkeypatch.setattr(upkeep, "BATCH", 3)
        found = list(upkeep.batches(engine, TicketRow.state == "submitted"))
        assert [len(each) for each in found] == [3, 3, 1]
        scans = [conditions for conditions, _ in Worker(tickets, engine, WORKDAYS, now)._scans()]
        with engine.connect() as connection:
            for conditions in (*scans, (TicketRow.contact_due.is_(None),)):
                wanted = select(TicketRow.id).where(*conditions)
                plain = wanted.compile(engine, compile_kwargs={"literal_binds": True})
                plan = connection.execute(text(f"EXPLAIN QUERY PLAN {plain}")).all()
                assert "USING INDEX ix_ticket_" in str(plan)
        engine.dispose()
