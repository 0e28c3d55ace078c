"""What was said in each conversation, by whom, in order: one append-only log.

Anything that has something to tell a citizen appends here; the gateway delivers it from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Integer, String, func, insert, select
from sqlalchemy.engine import Connection, Engine

from desk.database import Base, UtcDateTime, reading, utc_now

CITIZEN, BOT, AGENT, NOTICE = "citizen", "bot", "agent", "notice"
# Whoever follows the log looks back so far: on PostgreSQL a lower `seq` may be seen after a higher one.
OUT_OF_ORDER = 200


class MessageRow(Base):
    """One message. `body` holds text, kind, card and buttons (titles with Rasa payloads)."""

    __tablename__ = "message"
    seq = Column(Integer, primary_key=True)
    sender_id = Column(String(64), nullable=False, index=True)
    author = Column(String(16), nullable=False)
    body = Column(JSON, nullable=False)
    inbox_key = Column(String(96), index=True)
    created_at = Column(UtcDateTime, nullable=False)
    __table_args__ = ({"sqlite_autoincrement": True},)


@dataclass(frozen=True)
class Message:
    """One message as it was said; `seq` grows over all conversations."""

    seq: int
    author: str
    body: dict[str, Any]
    created_at: datetime


def say(
    connection: Connection, sender_id: str, author: str, body: dict[str, Any], inbox_key: str | None = None
) -> int:
    """Append a message in the caller's transaction and return its `seq`."""
    row = connection.execute(
        insert(MessageRow).values(
            sender_id=sender_id, author=author, body=body, inbox_key=inbox_key, created_at=utc_now()
        )
    )
    return int(row.inserted_primary_key[0])


def since(engine: Engine, sender_id: str, seq: int = 0, limit: int = 500) -> list[Message]:
    """Return the messages of one conversation after `seq`, oldest first, the newest `limit` of them."""
    return _read(engine, MessageRow.sender_id == sender_id, MessageRow.seq > seq, limit=limit)


def reply_to(engine: Engine, inbox_key: str) -> list[Message]:
    """Return what was answered to one incoming message."""
    return _read(engine, MessageRow.inbox_key == inbox_key, MessageRow.author != CITIZEN)


def newest_seq(engine: Engine) -> int:
    """Return the highest `seq` of all conversations, 0 when nothing was said yet."""
    with reading(engine) as connection:
        return int(connection.scalar(select(func.max(MessageRow.seq))) or 0)


def senders_since(engine: Engine, seq: int) -> dict[int, str]:
    """Return whose conversation each message after `seq` belongs to, by its own `seq`."""
    wanted = select(MessageRow.seq, MessageRow.sender_id).where(MessageRow.seq > seq)
    with reading(engine) as connection:
        return {row.seq: row.sender_id for row in connection.execute(wanted)}


def _read(engine: Engine, *conditions: Any, limit: int = 500) -> list[Message]:
    wanted = (
        select(MessageRow.seq, MessageRow.author, MessageRow.body, MessageRow.created_at)
        .where(*conditions)
        .order_by(MessageRow.seq.desc())
        .limit(limit)
    )
    with reading(engine) as connection:
        return [Message(*row) for row in reversed(connection.execute(wanted).all())]
