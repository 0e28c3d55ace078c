"""The table of accepted messages and what became of each: the gateway writes, `desk.learning` reads."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Float, Index, Integer, String, Text, func, or_, select
from sqlalchemy.engine import Engine

from desk.database import Base, UtcDateTime, reading

NEW, DONE, NEEDS_HUMAN = "new", "done", "needs_human"
# What an action did with a message. Empty in the table: nobody said, as for a turn that failed.
ANSWERED, ASKED_BACK, REFUSED, NOT_UNDERSTOOD = "answered", "asked_back", "refused", "not_understood"
HANDED_OVER, FORM, SMALL_TALK = "handed_over", "form", "talk"
OUTCOMES = frozenset({ANSWERED, ASKED_BACK, REFUSED, NOT_UNDERSTOOD, HANDED_OVER, FORM, SMALL_TALK})
_LONGEST_LABEL = 40


class InboxRow(Base):
    """One message from outside; `text` is redacted, `payload` is set when a button was pressed.

    `label` is the topic that was acted on, `confidence` the chance that the classifier gave it (0 to 1,
    empty for a button), `label2` the message's other ask or the next best guess.
    """

    __tablename__ = "inbox"
    key = Column(String(96), primary_key=True)
    channel = Column(String(16), nullable=False)
    sender_id = Column(String(64), nullable=False, index=True)
    fingerprint = Column(String(64), nullable=False)
    text = Column(Text, nullable=False)
    payload = Column(Text)
    state = Column(String(16), nullable=False, index=True)
    attempts = Column(Integer, nullable=False)
    received_at = Column(UtcDateTime, nullable=False)
    finished_at = Column(UtcDateTime)
    label = Column(String(_LONGEST_LABEL))
    confidence = Column(Float)
    label2 = Column(String(_LONGEST_LABEL))
    outcome = Column(String(16))
    __table_args__ = (
        Index("ix_inbox_outcome_received_at", "outcome", "received_at"),
        Index("ix_inbox_received_at", "received_at"),
    )


@dataclass(frozen=True)
class Understood:
    """What was understood in one message and what was done with it; every field may be unknown."""

    label: str | None = None
    confidence: float | None = None
    label2: str | None = None
    outcome: str | None = None


def read_understood(raw: object) -> Understood:
    """Return what a mark of the actions says; whatever in it fits no column is left out."""
    if not isinstance(raw, Mapping):
        return Understood()
    outcome = raw.get("outcome")
    return Understood(
        _label(raw.get("label")),
        _chance(raw.get("confidence")),
        _label(raw.get("label2")),
        outcome if isinstance(outcome, str) and outcome in OUTCOMES else None,
    )


def _label(value: Any) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= _LONGEST_LABEL else None


def _chance(value: Any) -> float | None:
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return min(max(float(value), 0.0), 1.0) if number else None


@dataclass(frozen=True)
class InHand:
    """How the messages since a moment stand: `open` of them since `oldest`; `left` to a person."""

    answered: int
    open: int
    left: int
    oldest: datetime | None


def in_hand(engine: Engine, since: datetime) -> InHand:
    """Return how the messages received since `since` stand; what is still open counts however old it is."""
    state, received = InboxRow.state, InboxRow.received_at
    wanted = select(state, func.count(), func.min(received)).where(or_(received >= since, state == NEW))
    with reading(engine) as connection:
        rows = {row[0]: row for row in connection.execute(wanted.group_by(state))}
    count = {name: rows[name][1] if name in rows else 0 for name in (DONE, NEW, NEEDS_HUMAN)}
    return InHand(count[DONE], count[NEW], count[NEEDS_HUMAN], rows[NEW][2] if NEW in rows else None)
