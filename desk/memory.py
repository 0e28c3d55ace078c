"""Rasa's memory of a conversation, as far as the desk touches it: who writes when, and who was forgotten.

Rasa keeps turns for a while where the database is away, and must not bring back what was forgotten meanwhile.
So a forgetting leaves a row in the database of that memory, which leads to nobody: a hash and a number.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table, delete, insert
from sqlalchemy.engine import Connection

from desk.database import one_at_a_time, utc_now

_LASTING = timedelta(days=90)  # longer than any database is away

FORGOTTEN = Table(
    "forgotten",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("who", String(64), nullable=False, index=True),
    Column("at", DateTime, nullable=False),
)


def hold_memory(connection: Connection, sender_id: str) -> None:
    """Make writers of one conversation's memory wait for each other until the transaction ends."""
    one_at_a_time(connection, f"memory {sender_id}")


def who(sender_id: str) -> str:
    """Return the name under which a conversation stands among those that were forgotten."""
    return hashlib.sha256(sender_id.encode()).hexdigest()


def note_forgotten(connection: Connection, sender_id: str) -> None:
    """Note that a conversation was forgotten; call it in the transaction that deletes its memory."""
    now = utc_now().replace(tzinfo=None)
    connection.execute(insert(FORGOTTEN).values(who=who(sender_id), at=now))
    # After the new row, so that the newest number is never given twice.
    connection.execute(delete(FORGOTTEN).where(FORGOTTEN.c.at < now - _LASTING))
