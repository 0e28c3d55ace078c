"""The table of Rasa's memory: rows are only ever added, a whole turn at a time, in order of `id`.

Everything here blocks.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.events import Event, UserUttered
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.engine.url import make_url
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from desk.database import open_database, reading
from desk.memory import FORGOTTEN, hold_memory, who

UNKNOWN = -1  # what a turn follows whose conversation could not be read
# Seconds and milliseconds after which a PostgreSQL that says nothing is away; SQLite waits 5 s for a lock.
_PATIENCE = {"connect_timeout": "3", "tcp_user_timeout": "8000", "options": "-c lock_timeout=5000"}
_ROWS = SQLTrackerStore.SQLEvent.__table__


@dataclass(frozen=True)
class Turn:
    """What one turn adds to a conversation; its `id` stands in its first row, so that it is added once."""

    sender_id: str
    rows: Sequence[dict[str, Any]]
    """As in the table, without ids."""
    follows: int
    """The conversation's newest row when the turn's tracker was made, or `UNKNOWN`."""
    id: str
    seen: int | None = None
    """The newest forgetting that was known when the turn was spooled; None for one that was not."""
    start: dict[str, Any] | None = None
    """A row that stands for all before, where nobody else has added any meanwhile."""

    @classmethod
    def of(
        cls, sender_id: str, events: Sequence[Event], follows: int, start: dict[str, Any] | None = None
    ) -> Turn:
        """Make a turn of its events, and of `bot.nlu.stores.short.beginning` where it is time for one."""
        name = uuid.uuid4().hex
        first, *rest = (event.as_dict() for event in events)
        rows = [_row(sender_id, data) for data in ({**first, "turn": name}, *rest)]
        return cls(sender_id, rows, follows, name, start=_row(sender_id, start) if start else None)

    @property
    def asked(self) -> set[str]:
        """The ids of the messages that it answers."""
        return _asked(json.loads(row["data"]) for row in self.rows)

    def added_to(self, newest: int) -> list[dict[str, Any]]:
        """Return the rows to add where `newest` is the conversation's newest."""
        return [*self.rows, *([self.start] if self.start and newest == self.follows else [])]


@dataclass(frozen=True)
class Found:
    """What the table has of a conversation."""

    newest: int
    """The id of its newest row; 0 without one."""
    events: list[dict[str, Any]] | None
    """The events in order, None when the newest row was known already."""


def is_away(error: BaseException) -> bool:
    """Whether the database as a whole does not work, rather than refusing one row."""
    if isinstance(error, (DataError, IntegrityError)):
        return False
    return isinstance(error, (DBAPIError, PoolTimeout, OSError, TimeoutError))


class EventTable:
    """Stock Rasa's own table `events`, and beside it who was forgotten."""

    def __init__(self, url: str) -> None:
        """Nothing is connected before the first call."""
        self.engine: Engine = open_database(_patient(url))

    def make(self) -> None:
        """Make what is missing."""
        _ROWS.metadata.create_all(self.engine)
        FORGOTTEN.metadata.create_all(self.engine)

    def append(self, turns: Sequence[Turn]) -> tuple[int, bool]:
        """Add turns of one conversation, each in one block and once, all or none of them.

        Returns the conversation's newest row, and whether it had no other since the tracker of the last turn
        was made. Where somebody else has added a turn meanwhile, this one comes after it as a whole; unless
        it answers the same message, which a gateway has asked somebody else about: then the first one stays.
        """
        sender_id = turns[-1].sender_id
        with self.engine.begin() as connection:
            hold_memory(connection, sender_id)
            before = self._newest(connection, sender_id)
            rows = [
                row
                for turn in turns
                if self._wanted(connection, turn, before)
                for row in turn.added_to(before)
            ]
            if rows:
                connection.execute(sa.insert(_ROWS), rows)
            newest = self._newest(connection, sender_id) if rows else before
        return newest, before == turns[-1].follows

    def read(
        self, sender_id: str, since: str = "", waiting: Sequence[Turn] = (), known: int | None = None
    ) -> Found:
        """Return the events, all or those since the last one of type `since`, with the turns that wait.

        No events when `known` is the newest row, and every turn still waits: then nothing is new.
        """
        with reading(self.engine) as connection:
            newest = self._newest(connection, sender_id)
            wanted = [turn for turn in waiting if self._wanted(connection, turn, newest)]
            if newest == known and len(wanted) == len(waiting):
                return Found(newest, None)
            events = self._events(connection, sender_id, since)
        return Found(newest, [*events, *events_of(wanted)])

    def senders(self) -> list[str]:
        """Return everybody of whom there are events."""
        with reading(self.engine) as connection:
            return list(connection.execute(sa.select(_ROWS.c.sender_id).distinct()).scalars())

    def forgotten(self, after: int) -> tuple[int, set[str]]:
        """Return the newest forgetting and whom (`desk.memory.who`) those after `after` were about."""
        found = sa.select(FORGOTTEN.c.id, FORGOTTEN.c.who).where(FORGOTTEN.c.id > after)
        with reading(self.engine) as connection:
            rows = connection.execute(found).all()
        return max([after, *(row.id for row in rows)]), {row.who for row in rows}

    def _wanted(self, connection: Connection, turn: Turn, before: int) -> bool:
        """Whether a turn is still to be added: a spooled one may be there already, or be forgotten."""
        if turn.seen is not None and self._is_forgotten(connection, turn):
            return False
        return before == turn.follows or not self._has(connection, turn)

    def _is_forgotten(self, connection: Connection, turn: Turn) -> bool:
        since = sa.and_(FORGOTTEN.c.who == who(turn.sender_id), FORGOTTEN.c.id > turn.seen)
        return bool(connection.execute(sa.select(FORGOTTEN.c.id).where(since).limit(1)).first())

    def _has(self, connection: Connection, turn: Turn) -> bool:
        later = sa.and_(_ROWS.c.sender_id == turn.sender_id, _ROWS.c.id > turn.follows)
        there = sa.select(_ROWS.c.id).where(later, _ROWS.c.data.contains(turn.id)).limit(1)
        if connection.execute(there).first():
            return True
        said = sa.select(_ROWS.c.data).where(later, _ROWS.c.type_name == UserUttered.type_name)
        return bool(turn.asked & _asked(json.loads(data) for (data,) in connection.execute(said)))

    def _newest(self, connection: Connection, sender_id: str) -> int:
        newest = sa.select(sa.func.max(_ROWS.c.id)).where(_ROWS.c.sender_id == sender_id)
        return int(connection.execute(newest).scalar() or 0)

    def _events(self, connection: Connection, sender_id: str, since: str) -> list[dict[str, Any]]:
        of_sender = _ROWS.c.sender_id == sender_id
        found = sa.select(_ROWS.c.data).where(of_sender).order_by(_ROWS.c.id)
        if since:
            # By row and not by time: a clock that steps back hides nothing.
            starts = sa.select(sa.func.max(_ROWS.c.id)).where(of_sender, _ROWS.c.type_name == since)
            first = connection.execute(starts).scalar()
            found = found.where(_ROWS.c.id >= (first or 0))
        return [json.loads(data) for (data,) in connection.execute(found)]


def events_of(turns: Iterable[Turn]) -> list[dict[str, Any]]:
    """Return the events of some turns, as `Found` has them."""
    return [json.loads(row["data"]) for turn in turns for row in turn.rows]


def _asked(events: Iterable[dict[str, Any]]) -> set[str]:
    found = (event.get("message_id") for event in events if event["event"] == UserUttered.type_name)
    return {message_id for message_id in found if message_id}


def _patient(url: str) -> str:
    parsed = make_url(url)
    if parsed.get_backend_name() != "postgresql":
        return url
    options = " ".join(filter(None, (str(parsed.query.get("options", "")), _PATIENCE["options"])))
    asked = {**_PATIENCE, **parsed.query, "options": options}
    return str(parsed.set(query=asked).render_as_string(hide_password=False))


def _row(sender_id: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "sender_id": sender_id,
        "type_name": data["event"],
        "timestamp": data.get("timestamp"),
        "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data),
    }
