"""Tickets while the clock is put forward and back, over midnight and into a year without a calendar."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from random import Random
from shutil import copytree

import pytest
from sqlalchemy.engine import Engine

from desk.database import Base, open_database
from desk.invariants import Breach
from desk.tickets import Complaint, Kind, Tickets
from desk.tickets.record import Ticket
from desk.tickets.worker import Worker
from desk.workdays import Workdays, china_day
from tests.desk.busy_house import house
from tests.desk.databases import KINDS, database
from tests.desk.ticket_room import DATA, LIMITS, SEAL, STRAIGHT, WORKDAYS, Moment, filed, tickets_in
from tests.faults.rounds import rounds

_MIDNIGHT = datetime(2026, 12, 31, 16, tzinfo=timezone.utc)  # in China the year 2027 begins
_STEPS = (
    timedelta(seconds=-120),
    timedelta(seconds=90),
    timedelta(hours=1),
    timedelta(hours=-1),
    timedelta(days=1),
)


def breaches(engine: Engine, tickets: Tickets, now: Moment, folder: Path) -> list[Breach]:
    with house(engine, tickets, now, folder) as checker:
        return list(checker.breaches())


def goes_on(tickets: Tickets, ticket: Ticket, now: Moment, chance: Random) -> Ticket:
    """Go the straight way of a ticket, with the clock of the machine stepping between any two moves."""
    for name, actor, given in STRAIGHT:
        if actor.role.value == "citizen":
            actor = type(actor)(actor.role, ticket.sender_id)
        ticket = tickets.move(ticket.public_no, name, actor, ticket.version, given, f"r{chance.random()}")
        now.at += chance.choice(_STEPS)
    return ticket


def test_a_ticket_is_what_its_events_say_in_their_order_whatever_the_clock_did(
    engine: Engine, tickets: Tickets, now: Moment, tmp_path: Path
) -> None:
    for number, chance in enumerate(rounds()):
        now.at = _MIDNIGHT + chance.choice(_STEPS)
        sender = f"c{number}"
        ticket = goes_on(tickets, filed(tickets, f"m{number}", sender), now, chance)
        history = tickets.history(ticket)
        assert [event.seq for event in history] == list(range(1, len(history) + 1))
        assert [event.move for event in history][1:] == [name for name, _, _ in STRAIGHT]
        Worker(tickets, engine, WORKDAYS, now).round()
        assert breaches(engine, tickets, now, tmp_path) == []


def test_a_deadline_is_a_day_and_does_not_move_with_the_clock(tickets: Tickets, now: Moment) -> None:
    for number, chance in enumerate(rounds(short=3)):
        now.at = filed_at = _MIDNIGHT + chance.choice(_STEPS)
        ticket = filed(tickets, f"m{number}", f"c{number}")
        expected = WORKDAYS.add(china_day(filed_at), 5).day
        for _ in range(6):
            now.at += chance.choice(_STEPS)
            assert tickets.read(ticket.public_no).due == ticket.due == expected


@pytest.mark.parametrize("second", [-1, 0])
def test_the_day_of_china_counts_on_either_side_of_its_midnight(
    tickets: Tickets, now: Moment, second: int
) -> None:
    now.at = _MIDNIGHT + timedelta(seconds=second)
    ticket = filed(tickets)
    assert ticket.public_no[3:11] == ("20270101" if second == 0 else "20261231")
    assert ticket.due == WORKDAYS.add(date(2027, 1, 1) if second == 0 else date(2026, 12, 31), 5).day


def test_without_next_years_calendar_a_deadline_is_called_an_estimate_and_all_goes_on(
    engine: Engine, tickets: Tickets, now: Moment, tmp_path: Path
) -> None:
    for number, chance in enumerate(rounds()):
        now.at = _MIDNIGHT - timedelta(days=1, seconds=chance.randrange(86_400))
        ticket = filed(tickets, f"m{number}", f"c{number}")
        assert ticket.due and ticket.due.year == 2027 and ticket.due_estimated
        worker = Worker(tickets, engine, WORKDAYS, now)
        for _ in range(12):
            worker.round()
            now.at += timedelta(days=1)
        assert breaches(engine, tickets, now, tmp_path) == []


@pytest.mark.parametrize("kind", KINDS)
def test_when_the_calendar_is_published_every_deadline_is_counted_anew(kind: str, tmp_path: Path) -> None:
    with database(kind, tmp_path) as url:
        engine = open_database(url)
        Base.metadata.create_all(engine)
        now = Moment()
        now.at = _MIDNIGHT - timedelta(hours=5)
        before = tickets_in(engine, now)
        ticket = before.open(Complaint(Kind.COMPLAINT, "没有结果", category="overdue"), "m", "c", "web")
        assert ticket.due_estimated
        folder = copytree(DATA / "calendar", tmp_path / "calendar")
        holidays = "\n".join(f"  - 2027-01-{day:02}" for day in range(1, 9))
        (folder / "2027.yml").write_text(
            f"year: 2027\nsource: {{title: 通知, number: 试}}\nholidays:\n{holidays}\n"
            "workdays: [2027-01-10]\n"
        )
        published = Workdays(folder)
        after = Tickets(engine, published, LIMITS, SEAL, now)
        assert Worker(after, engine, published, now).repair() == 1
        counted = after.read(ticket.public_no)
        assert not counted.due_estimated
        assert counted.due == published.add(date(2026, 12, 31), 5).day != ticket.due
        assert breaches(engine, after, now, tmp_path) == []
        engine.dispose()
