"""How the services outside of the desk are doing: a row each, written by whoever calls, read by staff."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import structlog
from sqlalchemy import Column, Integer, String, Text, insert, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from desk.database import Base, UtcDateTime, reading, utc_now

OK, FAILING, OPEN = "ok", "failing", "open"
_FRESH = timedelta(minutes=1)  # how far the last success in the table may lag behind
PLATFORM, WECHAT = "platform", "wechat"

Observer = Callable[[str, float], None]


class HealthRow(Base):
    """One service. With several processes that call it, the row is what the last of them saw."""

    __tablename__ = "health"
    name = Column(String(32), primary_key=True)
    state = Column(String(16), nullable=False)
    reason = Column(Text, nullable=False)
    failures = Column(Integer, nullable=False)
    since = Column(UtcDateTime, nullable=False)
    last_ok_at = Column(UtcDateTime)
    updated_at = Column(UtcDateTime, nullable=False)


@dataclass(frozen=True)
class Seen:
    """`state` is ok, failing, or open: nothing more is tried, or would help; `since` then. `reason` of the
    last failure, `failures` in a row.
    """

    state: str
    reason: str
    failures: int
    since: datetime
    last_ok_at: datetime | None
    updated_at: datetime


class Health:
    """Hears how every call ended. A call never fails because its end could not be written down."""

    def __init__(self, engine: Engine, name: str, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._name = name
        self._clock = clock
        self._lock = Lock()
        self._observers: list[Observer] = []
        self._seen: Seen | None = None  # as it was last written
        self._last_ok_at: datetime | None = None

    def watch(self, observer: Observer) -> None:
        """Call `observer` with outcome and seconds after every call, also of those held back."""
        self._observers.append(observer)

    def told(self, outcome: str, seconds: float) -> None:
        """Hand an outcome to whoever watches."""
        for observer in self._observers:
            observer(outcome, seconds)

    def note(self, reason: str, is_open: bool) -> None:
        """Take in how a call ended, `reason` empty where it succeeded; written when that is news."""
        with self._lock:
            before, now = self._seen, self._clock()
            self._last_ok_at = self._last_ok_at if reason else now
            seen = _after(before, reason, is_open, now, self._last_ok_at)
            if before and seen.state == before.state == OK and now - before.updated_at < _FRESH:
                return  # nothing that the table does not say already
            self._seen = seen
            try:
                self._write(seen)
            except SQLAlchemyError as error:
                structlog.get_logger(__name__).error("health_not_written", cause=type(error).__name__)

    def read(self) -> Seen | None:
        """Return what was last seen; None when nobody has called yet."""
        with reading(self._engine) as connection:
            row = connection.execute(select(HealthRow).where(HealthRow.name == self._name)).first()
        if row is None:
            return None
        return Seen(row.state, row.reason, row.failures, row.since, row.last_ok_at, row.updated_at)

    def _write(self, seen: Seen) -> None:
        values: dict[str, Any] = dict(vars(seen))
        if seen.last_ok_at is None:
            del values["last_ok_at"]  # this process has seen no success; the table may know of one
        with self._engine.begin() as connection:
            this = update(HealthRow).where(HealthRow.name == self._name)
            if not connection.execute(this.values(values)).rowcount:
                connection.execute(insert(HealthRow).values(name=self._name, **values))


def _after(
    before: Seen | None, reason: str, is_open: bool, now: datetime, last_ok_at: datetime | None
) -> Seen:
    state = OPEN if is_open else FAILING if reason else OK
    return Seen(
        state=state,
        reason=reason,
        failures=(before.failures if before else 0) + 1 if reason else 0,
        since=before.since if before and before.state == state else now,
        last_ok_at=last_ok_at,
        updated_at=now,
    )
