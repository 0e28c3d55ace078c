"""The tables of accounts, former passwords, sessions, and failed tries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, update
from sqlalchemy.engine import Connection

from desk.database import Base, UtcDateTime


class AccountRow(Base):
    """One person. `totp_step` is the last 30 seconds whose code was used: none is taken twice."""

    __tablename__ = "staff_account"
    id = Column(String(16), primary_key=True)
    login = Column(String(32), nullable=False, unique=True)
    shown_name = Column(String(20), nullable=False)
    role = Column(String(16), nullable=False)
    unit = Column(String(80), nullable=False)
    password_hash = Column(String(200), nullable=False)
    password_at = Column(UtcDateTime, nullable=False)
    must_change = Column(Boolean, nullable=False)
    totp_sealed = Column(LargeBinary)
    totp_step = Column(Integer, nullable=False)
    disabled = Column(Boolean, nullable=False)
    demo = Column(Boolean, nullable=False)
    named = Column(Boolean, nullable=False)
    created_at = Column(UtcDateTime, nullable=False)


class FormerPasswordRow(Base):
    """A hash that an account had; the policy forbids to come back to it."""

    __tablename__ = "staff_former_password"
    id = Column(Integer, primary_key=True)
    staff_id = Column(String(16), ForeignKey("staff_account.id"), nullable=False, index=True)
    password_hash = Column(String(200), nullable=False)


class SessionRow(Base):
    """One sign-in. The token itself is nowhere, only its SHA-256; `proved` says the second factor was."""

    __tablename__ = "staff_session"
    id = Column(Integer, primary_key=True)
    token_hash = Column(String(64), nullable=False, unique=True)
    staff_id = Column(String(16), ForeignKey("staff_account.id"), nullable=False, index=True)
    address = Column(String(64), nullable=False)
    proved = Column(Boolean, nullable=False)
    pending_sealed = Column(LargeBinary)
    began_at = Column(UtcDateTime, nullable=False)
    seen_at = Column(UtcDateTime, nullable=False)
    ended_at = Column(UtcDateTime)
    ended_reason = Column(String(16), nullable=False)


class FailureRow(Base):
    """A try that failed. `subject` is a keyed hash: people type passwords into the field of the name."""

    __tablename__ = "staff_failure"
    id = Column(Integer, primary_key=True)
    subject = Column(String(64), nullable=False)
    at = Column(UtcDateTime, nullable=False)
    __table_args__ = (Index("ix_staff_failure_subject_at", "subject", "at"),)


def end_sessions(
    connection: Connection, staff_id: str, reason: str, at: datetime, except_id: int | None = None
) -> None:
    """End every session of an account in the caller's transaction, but for `except_id`."""
    ending = update(SessionRow).where(SessionRow.staff_id == staff_id, SessionRow.ended_at.is_(None))
    if except_id is not None:
        ending = ending.where(SessionRow.id != except_id)
    connection.execute(ending.values(ended_at=at, ended_reason=reason, pending_sealed=None))
