"""Once a night: whichever worker comes first purges, and another goes on where that one died."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import structlog
from sqlalchemy import JSON, Column, Date, func, insert, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from desk.audit import Audit
from desk.database import Base, UtcDateTime, reading, utc_now
from desk.retention.purge import Retention
from desk.workdays import china_day, china_time

_BEGINS, _ENDS = time(2), time(5)  # in China
_LEASE = timedelta(minutes=10)
# Nobody lets the product rest for so long without knowing; a clock that is wrong may leap so far.
_LEAP = timedelta(days=31)

_log = structlog.get_logger(__name__)


class RetentionRunRow(Base):
    """One night's purge: how many rows of which kind are gone so far, and how long one worker has it."""

    __tablename__ = "retention_run"
    day = Column(Date, primary_key=True)
    counts = Column(JSON, nullable=False)
    claimed_until = Column(UtcDateTime, nullable=False)
    finished_at = Column(UtcDateTime)


class Nightly:
    """Called as often as one likes, in any number of processes; purges once a night."""

    def __init__(
        self, retention: Retention, engine: Engine, audit: Audit, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._retention = retention
        self._engine = engine
        self._audit = audit
        self._now = now

    def __call__(self) -> bool:
        """Purge if it is night and nobody else does or did; tell whether it was done here.

        What is gone is gone: the first night after a leap of the clock only says so, and the next one purges.
        """
        if not _BEGINS <= china_time(self._now()) < _ENDS:
            return False
        day = self._claim()
        if day is None:
            return False
        if last := self._leapt():
            _log.error("retention_waits_a_night", last=last.isoformat(), now=self._now().isoformat())
            self._end(day)
            return False
        self._purge(day)
        return True

    def _leapt(self) -> date | None:
        """The night before this one, where it is too long ago to be true."""
        today = china_day(self._now())
        with reading(self._engine) as connection:
            last = connection.scalar(select(func.max(RetentionRunRow.day)).where(RetentionRunRow.day < today))
        return last if last and today - last > _LEAP else None

    def _purge(self, day: date) -> None:
        with reading(self._engine) as connection:
            mine = select(RetentionRunRow.counts).where(RetentionRunRow.day == day)
            counts = Counter(connection.scalar(mine))
        for kind, gone in self._retention.batches(self._now()):
            counts[kind] += gone
            self._keep(day, counts=dict(counts), claimed_until=self._now() + _LEASE)
        record_purge(self._audit, "worker", day.isoformat(), counts)
        self._end(day)

    def _claim(self) -> date | None:
        """The night to work on: one that a dead worker has left, or this one; None when it is taken."""
        now, row = self._now(), RetentionRunRow
        left = (row.finished_at.is_(None), row.claimed_until <= now)
        with reading(self._engine) as connection:
            days = {*connection.scalars(select(row.day).where(*left))}
            begun = connection.scalar(select(row.day).where(row.day == china_day(now)))
        if days:
            day = min(days)
            with self._engine.begin() as connection:
                taken = update(row).where(row.day == day, *left).values(claimed_until=now + _LEASE)
                return day if connection.execute(taken).rowcount else None
        return None if begun else self._begin(china_day(now), now)

    def _begin(self, day: date, now: datetime) -> date | None:
        try:
            with self._engine.begin() as connection:
                first = {"day": day, "counts": {}, "claimed_until": now + _LEASE}
                connection.execute(insert(RetentionRunRow).values(first))
        except IntegrityError:
            return None  # another worker was faster
        return day

    def _end(self, day: date) -> None:
        self._keep(day, finished_at=self._now())

    def _keep(self, day: date, **values: dict[str, int] | datetime) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(RetentionRunRow).where(RetentionRunRow.day == day).values(**values))


def record_purge(audit: Audit, actor_id: str, day: str, counts: dict[str, int]) -> None:
    """Write down how much of which kind is gone, in the log and in the audit log."""
    _log.info("purged", **counts)
    audit.record(
        actor_id=actor_id,
        role="system",
        action="purged",
        object_kind="retention",
        object_id=day,
        detail=dict(counts),
    )
