from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import Engine

from desk.counter import open_counter
from desk.database import upgrade
from desk.settings import Settings
from desk.tickets import Tickets
from desk.tickets.tables import TicketEventRow
from tests.desk.databases import KINDS, database
from tests.desk.ticket_room import (
    DATA,
    LIMITS,
    OVERDUE,
    SEAL,
    filed,
)

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("kind", KINDS)
def test_a_worker_that_is_killed_leaves_each_step_once(kind: str, tmp_path: Path) -> None:
    with database(kind, tmp_path) as url:
        environment = {
            **os.environ,
            "DESK_VAR": str(tmp_path / "var"),
            "DESK_DATA": str(DATA),
            "DESK_DATABASE_URL": url,
        }
        upgrade(url)
        counter = open_counter(Settings.from_env(environment))
        long_ago = datetime.now(timezone.utc) - timedelta(days=60)
        tickets = Tickets(counter.engine, counter.workdays, LIMITS, SEAL, lambda: long_ago)
        for place in range(60):
            filed(tickets, f"m{place}", f"c{place}", replace(OVERDUE))
        for killed_after in (1, 20, 40):
            process = worker_process(environment)
            wait_for(counter.engine, killed_after, process)
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert worker_process(environment, "--once").wait(120) == 0
        assert made(counter.engine) == {1: 60}
        counter.engine.dispose()


def worker_process(environment: dict[str, str], *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "desk.tickets.worker", *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)


def made(engine: Engine) -> dict[int, int]:
    """How many tickets have how many events of the system."""
    each = select(func.count().label("n")).where(TicketEventRow.actor_role == "system")
    per = each.group_by(TicketEventRow.ticket_id).subquery()
    with engine.connect() as connection:
        return dict(connection.execute(select(per.c.n, func.count()).group_by(per.c.n)).all())


def wait_for(engine: Engine, count: int, process: subprocess.Popen[bytes]) -> None:
    while sum(made(engine).values()) < count and process.poll() is None:
        time.sleep(0.005)
