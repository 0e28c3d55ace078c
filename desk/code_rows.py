"""The table of one-time codes and what is asked of it; `desk.identity` decides."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Column, Date, Integer, LargeBinary, String, select
from sqlalchemy.engine import Connection

from desk.database import Base, UtcDateTime


class CodeRow(Base):
    """One code for one conversation. `subject` stands for the person named, whether known or not."""

    __tablename__ = "one_time_code"
    id = Column(Integer, primary_key=True)
    sender_id = Column(String(64), nullable=False, index=True)
    subject = Column(String(64), nullable=False, index=True)
    day = Column(Date, nullable=False)
    code_mac = Column(String(64), nullable=False)
    sealed = Column(LargeBinary)
    sent_at = Column(UtcDateTime, nullable=False)
    expires_at = Column(UtcDateTime, nullable=False, index=True)
    wrong = Column(Integer, nullable=False)
    state = Column(String(16), nullable=False)
    judged_for = Column(String(96))  # the message whose code was judged last


def newest_code(connection: Connection, sender_id: str) -> Any:
    """Return the row of the code that a conversation asked for last; None without one."""
    wanted = select(CodeRow).where(CodeRow.sender_id == sender_id)
    return connection.execute(wanted.order_by(CodeRow.id.desc()).limit(1)).first()


def wrong_on(connection: Connection, subjects: list[str], day: date) -> int:
    """Return how many wrong codes one person had on one day, over all conversations.

    Others wait until the caller's transaction ends.
    """
    counted = select(CodeRow.wrong).where(CodeRow.subject.in_(subjects), CodeRow.day == day)
    return int(sum(connection.scalars(counted.order_by(CodeRow.id).with_for_update())))
