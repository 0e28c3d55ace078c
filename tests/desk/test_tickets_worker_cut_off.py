"""The worker loses its database in the middle of a round: it goes on by itself, and makes each step once."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from desk.database import Base, open_database
from desk.tickets.worker import Worker, run
from tests.desk.databases import database
from tests.desk.test_tickets_worker_killed import made
from tests.desk.ticket_room import OVERDUE, WORKDAYS, filed, tickets_in
from tests.fakes.line import Line
from tests.faults.rounds import rounds

_TICKETS = 30


def test_a_worker_that_was_cut_off_goes_on_by_itself_and_makes_each_step_once(tmp_path: Path) -> None:
    with database("postgresql", tmp_path) as url:
        line = Line(5432)
        far, near = open_database(url.replace(":5432", f":{line.port}")), open_database(url)
        Base.metadata.create_all(near)
        long_ago = datetime.now(timezone.utc) - timedelta(days=60)
        filing, total = tickets_in(near, lambda: long_ago), 0
        stop = threading.Event()
        worker = Worker(tickets_in(far, lambda: datetime.now(timezone.utc)), far, WORKDAYS)
        thread = threading.Thread(target=run, args=(worker, stop, lambda: None, 0.05))
        thread.start()
        try:
            for number, chance in enumerate(rounds()):
                for place in range(_TICKETS):
                    filed(filing, f"m{number}-{place}", f"c{number}-{place}", replace(OVERDUE))
                    total += 1
                time.sleep(chance.uniform(0, 0.3))
                with chance.choice([line.refusing, line.silent, line.silent_then_cut])():
                    time.sleep(chance.uniform(0.2, 1))
                end = time.monotonic() + 60
                while made(near) != {1: total}:
                    assert time.monotonic() < end, made(near)
                    time.sleep(0.05)
        finally:
            stop.set()
            thread.join(30)
            line.close()
            far.dispose()
            near.dispose()
        assert not thread.is_alive()
