"""The tables of the log, and what is hashed of a row."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timezone
from typing import Any

from sqlalchemy import JSON, Column, Index, Integer, String, select
from sqlalchemy.engine import Connection

from desk.database import Base, UtcDateTime

_BATCH = 1000
FIELDS = (
    "seq",
    "at",
    "actor_id",
    "role",
    "address",
    "action",
    "object_kind",
    "object_id",
    "result",
    "detail",
)


class AuditRow(Base):
    """One act. Triggers refuse to change or delete it; `hash` covers every column and `previous`."""

    __tablename__ = "audit_event"
    seq = Column(Integer, primary_key=True, autoincrement=False)
    at = Column(UtcDateTime, nullable=False, index=True)
    actor_id = Column(String(64), nullable=False)
    role = Column(String(16), nullable=False)
    address = Column(String(64), nullable=False)
    action = Column(String(40), nullable=False)
    object_kind = Column(String(40), nullable=False)
    object_id = Column(String(200), nullable=False)
    result = Column(String(40), nullable=False)
    detail = Column(JSON, nullable=False)
    previous = Column(String(64), nullable=False)
    hash = Column(String(64), nullable=False)
    __table_args__ = (
        Index("ix_audit_event_actor_id_seq", "actor_id", "seq"),
        Index("ix_audit_event_action_seq", "action", "seq"),
        Index("ix_audit_event_object_id_seq", "object_id", "seq"),
    )


class HeadRow(Base):
    """The newest row, sealed: without it nobody would miss a tail that was cut off."""

    __tablename__ = "audit_head"
    id = Column(Integer, primary_key=True, autoincrement=False)
    seq = Column(Integer, nullable=False)
    hash = Column(String(64), nullable=False)
    mac = Column(String(64), nullable=False)


def row_text(row: Mapping[str, Any]) -> str:
    """Return what is hashed of a row: its canonical form (JSON, sorted, UTC) with the hash before."""
    told = {**{name: row[name] for name in FIELDS}, "previous": row["previous"]}
    told["at"] = told["at"].astimezone(timezone.utc).isoformat(timespec="microseconds")
    return "row\0" + json.dumps(told, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def head_text(seq: int, newest: str) -> str:
    """Return what is hashed of the head."""
    return f"head\0{seq}-{newest}"


def read_rows(connection: Connection, seq: int | None = None) -> Iterator[dict[str, Any]]:
    """Return every row in order, or every one after number `seq`, a batch at a time."""
    while True:
        wanted = select(AuditRow.__table__).order_by(AuditRow.seq).limit(_BATCH)
        batch = connection.execute(wanted if seq is None else wanted.where(AuditRow.seq > seq)).all()
        for row in batch:
            yield dict(row._mapping)
        if len(batch) < _BATCH:
            return
        seq = batch[-1].seq
