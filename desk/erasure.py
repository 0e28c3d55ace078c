"""Forgets one person: every row of the conversation goes, here and in Rasa's memory of it.

A ticket stays, because it has to be answered, but nothing leads from it to the conversation any more.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import column, delete, inspect, table, update
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError

from desk.database import wipe_log
from desk.errors import Unavailable
from desk.identity import CodeRow
from desk.learning.forgetting import forget_words
from desk.memory import FORGOTTEN, hold_memory, note_forgotten
from desk.tickets.detach import detach

_RASA = "events"  # the one table of Rasa's tracker store
# Rows that stay in another form; those of every other table with a `sender_id` go.
_KEPT = frozenset({"ticket", CodeRow.__tablename__})


@dataclass(frozen=True)
class Erased:
    """How many messages of the conversation are gone, and how many tickets stay without a person."""

    messages: int
    tickets_kept: int


class Erasure:
    """Forgets people. Blocking: call it from a thread, and while no turn of the conversation runs."""

    def __init__(self, engine: Engine, tracker: Engine) -> None:
        """Take our database and the one in which Rasa keeps its tracker store."""
        self._engine = engine
        self._tracker = tracker

    def forget(self, sender_id: str) -> Erased:
        """Forget everything about one conversation; doing it again is no fault.

        Raises `Unavailable` when a database does not answer: then it has to be done again.
        """
        try:
            # Ours last: it knows whom to forget if Rasa's does not answer.
            with self._tracker.begin() as connection:
                _forget_memory(connection, sender_id)
            with self._engine.begin() as connection:
                erased = _forget(connection, sender_id)
            for engine in (self._tracker, self._engine):
                wipe_log(engine)
        except OperationalError as error:
            raise Unavailable("erasure") from error
        return erased


def _forget(connection: Connection, sender_id: str) -> Erased:
    """In this order others have to wait: an agent who writes, then staff who move a ticket."""
    _forget_rows(connection, sender_id, ("live",))
    tickets = detach(connection, sender_id)
    forget_words(connection, sender_id)
    _close_codes(connection, sender_id)
    gone = _forget_rows(connection, sender_id)
    return Erased(gone.get("message", 0), tickets)


def _forget_memory(connection: Connection, sender_id: str) -> None:
    """Rasa's rows, and so that no turn of before comes back which waits for this database."""
    hold_memory(connection, sender_id)
    _forget_rows(connection, sender_id, (_RASA,))
    if inspect(connection).has_table(FORGOTTEN.name):
        note_forgotten(connection, sender_id)


def _forget_rows(connection: Connection, sender_id: str, only: tuple[str, ...] = ()) -> dict[str, int]:
    """Delete what has the `sender_id` from the tables that have such a column; return how much from which."""
    gone = {}
    for name in _tables(connection):
        if name not in _KEPT and (not only or name in only):
            rows = table(name, column("sender_id"))
            gone[name] = connection.execute(delete(rows).where(rows.c.sender_id == sender_id)).rowcount
    return gone


def _tables(connection: Connection) -> Iterator[str]:
    """As the database has them, so that the table of a channel that this process does not know goes too."""
    found = inspect(connection)
    for name in found.get_table_names():
        if any(each["name"] == "sender_id" for each in found.get_columns(name)):
            yield name


def _close_codes(connection: Connection, sender_id: str) -> None:
    """The counts of the day stay, under a name that leads nowhere.

    Otherwise somebody could guess five codes for another person, leave, come back and guess on. `Codes.purge`
    removes them after two days.
    """
    closed = {"sender_id": secrets.token_hex(16), "sealed": None, "code_mac": ""}
    connection.execute(update(CodeRow).where(CodeRow.sender_id == sender_id).values(closed))
