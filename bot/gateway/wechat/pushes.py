"""What became of each text that was sent by itself: it arrived, it did not, or nobody can know.

The row says so before WeChat is asked. What a gateway was sending when it died, or WeChat took without an
answer, goes out once more at most, and stays marked: the person may have it twice.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.engine import Connection, Engine

from bot.gateway.wechat.replies import AGAIN, LEFT, SENDING, SENT, TWICE, UNSURE, Replies
from bot.gateway.wechat.tables import ReplyRow
from desk.database import reading, utc_now

_LOST = timedelta(minutes=2)

log = structlog.get_logger("gateway.wechat")


@dataclass(frozen=True)
class Push:
    """One text on its way; `again`: it may have arrived before."""

    key: str
    text: str
    again: bool


class Pushes:
    """The rows of `wechat_reply` that no delivery asked for. Blocking: call it from a thread."""

    def __init__(self, engine: Engine, replies: Replies, now: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._replies = replies
        self._now = now

    def begin(self, sender_id: str) -> Push | None:
        """Return what to send to a person now: what may not have arrived, else all that is untold."""
        with self._engine.begin() as connection:
            key = connection.scalar(_KEYS.where(ReplyRow.sender_id == sender_id, ReplyRow.state == UNSURE))
            if key:
                self._mark(connection, key, AGAIN, created_at=self._now())
        if key:
            return Push(key, self._replies.given(key) or "", again=True)
        key = f"push:{secrets.token_hex(16)}"
        text = self._replies.give(key, sender_id, SENDING)
        return Push(key, text, again=False) if text else None

    def arrived(self, push: Push) -> None:
        """Note that WeChat has taken it."""
        with self._engine.begin() as connection:
            self._mark(connection, push.key, TWICE if push.again else SENT)
        if push.again:
            log.warning("perhaps sent twice", key=push.key)

    def unanswered(self, push: Push) -> None:
        """Note that nobody can know whether it has arrived."""
        with self._engine.begin() as connection:
            if push.again:
                self._leave(connection, push.key)
            else:
                self._mark(connection, push.key, UNSURE)

    def refused(self, push: Push, later: bool) -> None:
        """Note that WeChat did not take it; `later` it may."""
        if not push.again:
            self._replies.take_back(push.key)
            return
        with self._engine.begin() as connection:
            if later:
                self._mark(connection, push.key, UNSURE)
            else:
                self._leave(connection, push.key)

    def give_up(self, sender_id: str) -> None:
        """What may not have arrived can be sent no more: it comes with the next reply."""
        mine = _KEYS.where(ReplyRow.sender_id == sender_id, ReplyRow.state == UNSURE)
        with reading(self._engine) as connection:
            keys = list(connection.scalars(mine))
        for key in keys:
            with self._engine.begin() as connection:
                self._leave(connection, key)

    def lost(self) -> list[str]:
        """Note what processes were sending when they died; return the conversations with something unsure."""
        old = ReplyRow.created_at <= self._now() - _LOST
        wanted = select(ReplyRow.key, ReplyRow.sender_id, ReplyRow.state)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted.where(ReplyRow.state.in_((SENDING, AGAIN, UNSURE)), old)).all()
        for row in rows:
            if row.state != UNSURE:
                self.unanswered(Push(row.key, "", again=row.state == AGAIN))
        return [row.sender_id for row in rows if row.state != AGAIN]

    def doubtful(self) -> int:
        """Return how many texts may have come twice."""
        wanted = select(func.count()).select_from(ReplyRow).where(ReplyRow.state.in_((TWICE, LEFT)))
        with reading(self._engine) as connection:
            return int(connection.scalar(wanted) or 0)

    def _leave(self, connection: Connection, key: str) -> None:
        self._mark(connection, key, LEFT)
        log.warning("perhaps not sent", key=key)

    def _mark(self, connection: Connection, key: str, state: str, **more: Any) -> None:
        connection.execute(update(ReplyRow).where(ReplyRow.key == key).values(state=state, **more))


_KEYS = select(ReplyRow.key).order_by(ReplyRow.created_at)
