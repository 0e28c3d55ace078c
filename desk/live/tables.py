"""The tables of the live hand-over: who waits or is held now, what happened, and which agents are there."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, String, UniqueConstraint

from desk.database import Base, UtcDateTime


class LiveRow(Base):
    """One conversation that waits for an agent or is held by one; the row goes when it is over.

    `front`: it was held before and goes first. `touched_at`: when citizen or agent last said something.
    """

    __tablename__ = "live"
    sender_id = Column(String(64), primary_key=True)
    channel = Column(String(16), nullable=False)
    state = Column(String(16), nullable=False)
    front = Column(Boolean, nullable=False)
    since = Column(UtcDateTime, nullable=False)
    staff_id = Column(String(64), nullable=False)
    shown_name = Column(String(40), nullable=False)
    taken_at = Column(UtcDateTime)
    touched_at = Column(UtcDateTime, nullable=False)


class LiveEventRow(Base):
    """What happened, append-only. `waited`: seconds from asking to being taken; `seq`: of what was said."""

    __tablename__ = "live_event"
    id = Column(Integer, primary_key=True)
    sender_id = Column(String(64), nullable=False, index=True)
    what = Column(String(16), nullable=False)
    staff_id = Column(String(64), nullable=False)
    at = Column(UtcDateTime, nullable=False, index=True)
    waited = Column(Integer)
    seq = Column(Integer)
    request_id = Column(String(96))
    __table_args__ = (UniqueConstraint("sender_id", "request_id", name="uq_live_event_sender_id_request_id"),)


class LivePresenceRow(Base):
    """When an agent's page was last heard of."""

    __tablename__ = "live_presence"
    staff_id = Column(String(64), primary_key=True)
    seen_at = Column(UtcDateTime, nullable=False)
