"""One purge a night, whoever makes it and whoever dies of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from threading import Barrier, Event

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Engine
from structlog.testing import capture_logs

from desk.audit import Audit, Recorded
from desk.conversation import CITIZEN, MessageRow
from desk.database import open_database, reading, upgrade
from desk.invariants import open_invariants
from desk.retention import Nightly, Retention
from desk.retention.nightly import RetentionRunRow
from desk.sealing import Keys
from desk.settings import Settings
from desk.tickets.worker import Worker, run
from tests.desk.databases import KINDS, database
from tests.desk.forgotten import traces
from tests.desk.old_talk import OLD, retention_in, talked
from tests.desk.ticket_room import DATA, WORKDAYS, Moment, tickets_in

ROOT = Path(__file__).parents[2]
GONE = "wx5c0fabe1gone"
NIGHT = datetime(2026, 11, 24, 3, tzinfo=timezone(timedelta(hours=8)))


@pytest.fixture
def now() -> Moment:
    moment = Moment()
    moment.at = NIGHT
    return moment


@pytest.fixture
def audit(engine: Engine, now: Moment) -> Audit:
    return Audit(engine, Keys.of(bytes(32)), now)


def nightly_in(engine: Engine, tracker: Engine, now: Moment) -> Nightly:
    return Nightly(retention_in(engine, tracker), engine, Audit(engine, Keys.of(bytes(32)), now), now)


def purges(audit: Audit) -> list[Recorded]:
    return audit.find(action="purged")


def test_it_happens_between_two_and_five_and_once_a_night(
    engine: Engine, tracker: Engine, audit: Audit, now: Moment
) -> None:
    nightly = nightly_in(engine, tracker, now)
    hours = [(day, hour) for day in (24, 25) for hour in (1, 2, 3, 4, 5, 12, 23)]
    done = []
    for day, hour in hours:
        now.at = NIGHT.replace(day=day, hour=hour)
        if nightly():
            done.append((day, hour))
    assert done == [(24, 2), (25, 2)]
    assert [act.object_id for act in purges(audit)] == ["2026-11-25", "2026-11-24"]


@pytest.mark.parametrize("step", [{"seconds": -120}, {"hours": 1}, {"hours": -1}, {"hours": -2}])
def test_a_clock_that_steps_in_the_night_purges_once_and_nothing_too_early(
    engine: Engine, tracker: Engine, audit: Audit, now: Moment, step: dict[str, int]
) -> None:
    talked(engine, tracker, GONE, now() - OLD)
    nightly = nightly_in(engine, tracker, now)
    assert nightly()
    talked(engine, tracker, "web-new", now() - timedelta(days=179))
    now.later(**step)
    assert not nightly()
    assert len(purges(audit)) == 1
    assert traces(engine, "web-new")


@pytest.mark.parametrize("left_by_a_dead_worker", [False, True])
def test_a_clock_that_leaps_by_a_year_takes_nothing_in_its_first_night(
    engine: Engine, tracker: Engine, now: Moment, left_by_a_dead_worker: bool
) -> None:
    nightly = nightly_in(engine, tracker, now)
    assert nightly()
    if left_by_a_dead_worker:
        with engine.begin() as connection:
            connection.execute(update(RetentionRunRow).values(finished_at=None))
    talked(engine, tracker, GONE, now())
    now.at = NIGHT + timedelta(days=365)
    with capture_logs() as logs:
        assert not any(nightly() for _ in range(3))
    assert {log["event"] for log in logs} == {"retention_waits_a_night"}
    assert len(traces(engine, GONE)) > 1
    # Put right, the clock goes on; had it been right, the next night does the work.
    now.at = NIGHT + timedelta(days=1)
    assert nightly()
    assert len(traces(engine, GONE)) > 1
    now.at = NIGHT + timedelta(days=366)
    assert nightly()
    assert traces(engine, GONE) == {"wechat_follower"}


def test_how_much_went_is_in_the_log_and_in_the_audit_log_and_whose_it_was_in_neither(
    engine: Engine, tracker: Engine, audit: Audit, now: Moment
) -> None:
    talked(engine, tracker, GONE, now() - OLD)
    with capture_logs() as logs:
        assert nightly_in(engine, tracker, now)()
    assert [(line["event"], line["conversation"]) for line in logs] == [("purged", 11)]
    (act,) = purges(audit)
    assert (act.actor_id, act.role, act.detail) == ("worker", "system", {"conversation": 11})
    assert traces(engine, GONE) == {"wechat_follower"}
    assert GONE not in str(logs)


def test_of_several_workers_one_purges(engine: Engine, tracker: Engine, audit: Audit, now: Moment) -> None:
    talked(engine, tracker, GONE, now() - OLD)
    start = Barrier(4)

    def work(_: int) -> bool:
        nightly = nightly_in(engine, tracker, now)
        start.wait()
        return nightly()

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(work, range(4))) == [False, False, False, True]
    assert [act.detail for act in purges(audit)] == [{"conversation": 11}]


class Dying(Retention):
    """A purge whose process is gone after some batches."""

    left = 2

    def batches(self, now: datetime) -> Iterator[tuple[str, int]]:
        for number, batch in enumerate(super().batches(now)):
            yield batch
            if number + 1 == self.left:
                raise KeyboardInterrupt


@pytest.mark.parametrize("later", [timedelta(minutes=11), timedelta(days=1)], ids=["tonight", "tomorrow"])
def test_what_a_dead_worker_has_left_is_gone_on_with_and_told_together(
    engine: Engine, tracker: Engine, audit: Audit, now: Moment, later: timedelta
) -> None:
    talked(engine, tracker, GONE, now() - OLD)
    dying = Dying(engine, tracker, retention_in(engine, tracker).rules, rest=0)
    with pytest.raises(KeyboardInterrupt):
        Nightly(dying, engine, audit, now)()
    nightly = nightly_in(engine, tracker, now)
    assert not nightly(), "somebody may still be at it"
    now.at += later
    assert nightly()
    first = purges(audit)[-1]
    assert (first.object_id, first.detail) == ("2026-11-24", {"conversation": 11})
    assert traces(engine, GONE) == {"wechat_follower"}
    assert nightly() is (later >= timedelta(days=1)), "the night of then is no substitute for this one"
    assert not nightly()


def test_a_worker_goes_on_when_its_purge_fails(engine: Engine, now: Moment) -> None:
    stop, called = Event(), []

    def fail() -> None:
        called.append(now())
        if len(called) == 3:
            stop.set()
        raise OSError("disk full")

    with capture_logs() as logs:
        run(Worker(tickets_in(engine, now), engine, WORKDAYS, now), stop, fail, pause=0)
    assert [line["event"] for line in logs][-4:] == ["round done", "purge failed"] * 2
    assert len(called) == 3


@pytest.mark.parametrize("kind", KINDS)
def test_a_real_purge_that_is_killed_anywhere_is_gone_on_with(kind: str, tmp_path: Path) -> None:
    long_ago = datetime.now(timezone.utc) - OLD
    with database(kind, tmp_path) as url:
        own = {"DESK_VAR": str(tmp_path / "var"), "DESK_DATA": str(DATA), "DESK_DATABASE_URL": url}
        environment = {**os.environ, **own}
        upgrade(url)
        engine = open_database(url)
        row = {"author": CITIZEN, "body": {"text": "在吗"}, "created_at": long_ago}
        rows = [{**row, "sender_id": f"web-{n % 150}"} for n in range(9000)]
        with engine.begin() as connection:
            connection.execute(insert(MessageRow), rows)
        for most in (8500, 5000):
            process = _purging(environment)
            _wait_until_fewer(engine, most, process)
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert list(open_invariants(Settings.from_env(environment)).breaches()) == []
        assert _purging(environment).wait(120) == 0
        assert _count(engine) == 0
        engine.dispose()


def _purging(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "desk.retention", "--purge"]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)


def _count(engine: Engine) -> int:
    with reading(engine) as connection:
        return int(connection.scalar(select(func.count()).select_from(MessageRow)) or 0)


def _wait_until_fewer(engine: Engine, most: int, process: subprocess.Popen[bytes]) -> None:
    while _count(engine) > most and process.poll() is None:
        time.sleep(0.01)
