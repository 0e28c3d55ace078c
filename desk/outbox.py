"""What is to be told to a citizen later, kept as rows until the gateway has delivered them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, Column, Integer, String, insert, select, update
from sqlalchemy.engine import Connection, Engine

from desk.database import Base, UtcDateTime, utc_now


class OutboxRow(Base):
    """One message for one conversation. `message` has the shape of the gateway's JSON message."""

    __tablename__ = "outbox"
    id = Column(Integer, primary_key=True)
    sender_id = Column(String(64), nullable=False, index=True)
    message = Column(JSON, nullable=False)
    created_at = Column(UtcDateTime, nullable=False)
    delivered_at = Column(UtcDateTime)


@dataclass(frozen=True)
class Waiting:
    """One undelivered message."""

    id: int
    sender_id: str
    message: dict[str, Any]


def put(connection: Connection, sender_id: str, message: dict[str, Any]) -> None:
    """Queue `message` in the caller's transaction, so that it is told only if the rest is true."""
    connection.execute(insert(OutboxRow).values(sender_id=sender_id, message=message, created_at=utc_now()))


def waiting(engine: Engine, sender_id: str) -> list[Waiting]:
    """Return what `sender_id` has not been told yet, oldest first."""
    wanted = (
        select(OutboxRow.id, OutboxRow.sender_id, OutboxRow.message)
        .where(OutboxRow.sender_id == sender_id, OutboxRow.delivered_at.is_(None))
        .order_by(OutboxRow.id)
    )
    with engine.connect() as connection:
        return [Waiting(*row) for row in connection.execute(wanted)]


def delivered(connection: Connection, row_id: int) -> bool:
    """Mark one message as delivered; False when another gateway was faster."""
    marked = connection.execute(
        update(OutboxRow)
        .where(OutboxRow.id == row_id, OutboxRow.delivered_at.is_(None))
        .values(delivered_at=utc_now())
    )
    return bool(marked.rowcount)
