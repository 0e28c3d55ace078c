"""Conversations of the page that somebody has ended: no copy of their cookie opens them again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Column, String, delete, insert, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from desk.database import Base, UtcDateTime, reading, utc_now

COOKIE_LASTS = timedelta(days=30)


class EndedRow(Base):
    """One ended conversation, for as long as a cookie of it would be good."""

    __tablename__ = "ended_session"
    sender_id = Column(String(64), primary_key=True)
    ended_at = Column(UtcDateTime, nullable=False, index=True)


class Endings:
    """Which conversations are over. Blocking: call it from a thread."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = utc_now) -> None:
        """Take the database."""
        self._engine = engine
        self._clock = clock

    def end(self, sender_id: str) -> None:
        """End a conversation for every cookie that it has; doing it again is no fault."""
        try:
            with self._engine.begin() as connection:
                row = {"sender_id": sender_id, "ended_at": self._clock()}
                connection.execute(insert(EndedRow).values(**row))
        except IntegrityError:
            return

    def ended(self, sender_id: str) -> bool:
        """Whether it is over."""
        with reading(self._engine) as connection:
            wanted = select(EndedRow.sender_id).where(EndedRow.sender_id == sender_id)
            return connection.scalar(wanted) is not None

    def purge(self) -> None:
        """Forget those whose cookies are too old by themselves."""
        with self._engine.begin() as connection:
            connection.execute(delete(EndedRow).where(EndedRow.ended_at < self._clock() - COOKIE_LASTS))
