"""`python -m desk.tickets.worker`: what becomes due by itself, as events of the system. `--once`: one round.

Every step is one transaction with a request id made from the ticket, so two workers or a kill at any point
leave each step exactly once. One ticket's failure does not stop the others. At night `desk.retention` purges.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

import structlog
from sqlalchemy.engine import Engine

from desk.database import utc_now
from desk.errors import Conflict, NotAllowed
from desk.tickets import upkeep
from desk.tickets.guards import TRIES
from desk.tickets.record import Given, Ticket
from desk.tickets.store import Tickets
from desk.tickets.tables import TicketRow
from desk.tickets.terms import OPEN, Actor, Escalation, Role, State, Verdict
from desk.workdays import Workdays, china_day

SYSTEM = Actor(Role.SYSTEM, "worker")
_PAUSE = 60.0  # seconds between two rounds
_WAITING = [state.value for state in OPEN if state is not State.REPLIED]
_CHINA = timezone(timedelta(hours=8))
_MORNING, _EVENING = 8, 20  # hours between which a citizen is asked for a verdict
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Step:
    """A move that is due; `key` is the same whoever finds it due."""

    move: str
    given: Given
    key: str


class Worker:
    """One round after another over the tickets of one database."""

    def __init__(
        self, tickets: Tickets, engine: Engine, workdays: Workdays, now: Callable[[], datetime] = utc_now
    ) -> None:
        """Take the queue, its database, and the calendar that it counts with."""
        self._tickets = tickets
        self._engine = engine
        self._workdays = workdays
        self._now = now

    def repair(self) -> int:
        """Bring the rows in line with events and calendar; return how many were not. Once, at the start."""
        self._tickets.limits.refresh()
        clock = self._tickets.clock
        return upkeep.refold(self._engine, clock) + upkeep.recount(self._engine, clock)

    def round(self) -> int:
        """Make every step that is due now and return how many were made."""
        self._tickets.limits.refresh()
        made = 0
        for conditions, due in self._scans():
            for found in upkeep.batches(self._engine, *conditions):
                made += sum(self._try(ticket, due) for ticket in found)
        return made

    def _scans(self) -> Iterator[tuple[tuple[Any, ...], Callable[[Ticket], _Step | None]]]:
        """Where to look for what: each by an index, and without what has already been done."""
        today = china_day(self._now())
        for level, day in self._levels(today):
            late = (TicketRow.state.in_(_WAITING), TicketRow.due <= day, TicketRow.escalation < level)
            yield late, self._escalation
        yield (TicketRow.state == State.NEED_INFO.value,), self._silence
        yield (TicketRow.state == State.REPLIED.value, TicketRow.solved == ""), self._follow_up

    def _levels(self, today: date) -> list[tuple[Escalation, date]]:
        limits = self._tickets.limits
        soon = self._workdays.add(today, limits["due_soon"].days).day
        long_ago = self._workdays.add(today, -limits["escalate"].days).day
        # The last first: who was away for a week is told how late it is, not each day of it.
        return [
            (Escalation.SUPERIOR, long_ago),
            (Escalation.OVERDUE, today),
            (Escalation.DUE_SOON, soon),
        ]

    def _try(self, ticket: Ticket, due: Callable[[Ticket], _Step | None]) -> bool:
        """Make the step of one ticket if one is due; whatever goes wrong stays with this ticket."""
        try:
            step = due(self._tickets.clock.on(ticket))
            if step is None:
                return False
            number, key = ticket.public_no, f"worker:{step.move}:{step.key}"
            self._tickets.move(number, step.move, SYSTEM, ticket.version, step.given, key)
        except (Conflict, NotAllowed) as refused:
            # Somebody else moved it meanwhile: the next round looks again.
            _log.info("worker step skipped", ticket=ticket.id, reason=type(refused).__name__)
        except Exception as error:
            _log.error("worker step failed", ticket=ticket.id, error=type(error).__name__)
        else:
            return True
        return False

    def _escalation(self, ticket: Ticket) -> _Step | None:
        level = self._tickets.clock.level(ticket, china_day(self._now()))
        if level <= ticket.escalation:
            return None
        return _Step("escalate", {"level": int(level)}, f"{ticket.round}:{ticket.due}:{int(level)}")

    def _silence(self, ticket: Ticket) -> _Step | None:
        today = china_day(self._now())
        until = self._tickets.clock.scene(ticket, today).answer_until
        if until is None or today <= until or ticket.asked_at is None:
            return None
        return _Step("resume", {"reason": f"市民到{until:%m月%d日}没有回音"}, ticket.asked_at.isoformat())

    def _follow_up(self, ticket: Ticket) -> _Step | None:
        today = china_day(self._now())
        until = self._tickets.clock.scene(ticket, today).verdict_until
        if until and today > until:
            return _Step("close", {"solved": Verdict.UNRATED.value}, f"{ticket.round}")
        asked, last = ticket.verdict_tries, ticket.verdict_asked_at
        if last and today <= china_day(last):
            return None  # a worker that was away does not ask three times at once
        if asked >= TRIES or today < self._asking_days(ticket)[asked] or not self._daytime():
            return None
        return _Step("ask_verdict", {}, f"{ticket.round}:{asked + 1}")

    def _asking_days(self, ticket: Ticket) -> tuple[date, date, date]:
        """The first, second and third day on which to ask; the answer itself has asked already."""
        replied = china_day(ticket.replied_at or self._now())
        first = self._tickets.clock.asking(ticket).day
        return first, max(first, replied + timedelta(days=3)), max(first, replied + timedelta(days=5))

    def _daytime(self) -> bool:
        return _MORNING <= self._now().astimezone(_CHINA).hour < _EVENING


def run(worker: Worker, stop: threading.Event, nightly: Callable[[], object], pause: float = _PAUSE) -> None:
    """Work until `stop` is set; a database that does not answer is tried again after the pause.

    `nightly` is called after each round and knows itself when there is something to do.
    """
    repaired = False
    while not stop.is_set():
        try:
            if not repaired:
                _log.info("rows repaired", count=worker.repair())
                repaired = True
            _log.info("round done", steps=worker.round())
        except Exception as error:
            _log.error("round failed", error=type(error).__name__)
        try:
            nightly()
        except Exception as error:
            _log.error("purge failed", error=type(error).__name__)
        stop.wait(pause)


def main(arguments: list[str]) -> int:
    """Open the desk and work; `--once` makes one round and ends."""
    from desk.counter import open_counter
    from desk.logs import configure_logs
    from desk.retention import Nightly, open_retention
    from desk.secret_mark import check_secret
    from desk.settings import Settings

    configure_logs("worker")
    settings = Settings.from_env()
    check_secret(settings)
    counter = open_counter(settings)
    worker = Worker(counter.tickets, counter.engine, counter.workdays)
    nightly = Nightly(open_retention(counter.settings), counter.engine, counter.audit)
    if arguments == ["--once"]:
        _log.info("rows repaired", count=worker.repair())
        _log.info("round done", steps=worker.round())
        nightly()
        return 0
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run(worker, stop, nightly)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
