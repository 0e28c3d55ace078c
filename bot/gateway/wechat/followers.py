"""Who follows the account: a conversation for each openid, and how many messages may still be sent to it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from bot.gateway.wechat.tables import FollowerRow, GoneRow
from desk.database import reading, utc_now
from desk.rotation import SealedColumn
from desk.sealing import Keys, Seal

PREFIX = "wx-"
# 客服消息: five in 48 hours after a message of the person, three in a minute after a tap on the menu.
_AFTER_WORDS = (5, timedelta(hours=48))
_AFTER_TAP = (3, timedelta(minutes=1))
_CLAIM = timedelta(seconds=60)
_RETRIES_OVER = timedelta(minutes=10)


def sealed(keys: Keys) -> SealedColumn:
    """Return the column of openids, which takes the hashes with it; keys as for `Followers`."""
    return SealedColumn(
        FollowerRow.openid_sealed,
        Seal(keys),
        about=lambda row: (row["openid_hash"],),
        hashes=lambda openid: {"openid_hash": keys.mac(openid)},
    )


@dataclass(frozen=True)
class Follower:
    """One person to whom something is to be sent until `until`. `sends_left` already counts the hours."""

    sender_id: str
    openid: str
    sends_left: int
    attempts: int
    nudged_seq: int
    heard_at: datetime
    until: datetime


class Followers:
    """The table of people. Blocking: call it from a thread."""

    def __init__(self, engine: Engine, keys: Keys, now: Callable[[], datetime] = utc_now) -> None:
        """Take the database and `derive(settings.secret, "wechat")`."""
        self._engine = engine
        self._seal = Seal(keys)
        self._keys = keys
        self._now = now

    def heard(self, openid: str, account: str, wrote: bool) -> str:
        """Note that a person wrote something, or only tapped; return the conversation, a new one at first."""
        opened = self._opened(wrote)
        for _ in range(2):
            with self._engine.begin() as connection:
                found = connection.execute(select(FollowerRow).where(self._is(openid))).first()
                if found is not None:
                    values = opened if wrote or found.sends_until <= self._now() else {}
                    connection.execute(
                        update(FollowerRow).where(self._is(openid)).values(**values, **self._back())
                    )
                    return str(found.sender_id)
            try:
                return self._begin(openid, account, opened)
            except IntegrityError:
                continue  # another delivery of the first message was faster
        raise LookupError("a follower came and went")

    def leave(self, openid: str, at: int) -> str | None:
        """Note that a person stopped following `at` (seconds, as WeChat says); return whom to forget."""
        gone = GoneRow.openid_hash.in_(self._keys.macs(openid))
        with self._engine.begin() as connection:
            found = connection.scalar(select(FollowerRow.sender_id).where(self._is(openid)))
            sender_id = found or connection.scalar(select(GoneRow.forgetting).where(gone))
            connection.execute(delete(GoneRow).where(gone))
            row = {"left_at": at, "forgetting": sender_id, "seen_at": self._now()}
            connection.execute(insert(GoneRow).values(openid_hash=self._keys.mac(openid), **row))
        return str(sender_id) if sender_id else None

    def left_after(self, openid: str, at: int) -> bool:
        """Tell whether a message of `at` was sent before the person stopped following."""
        wanted = select(GoneRow.left_at).where(GoneRow.openid_hash.in_(self._keys.macs(openid)))
        with reading(self._engine) as connection:
            left_at = connection.scalar(wanted)
        return left_at is not None and at <= left_at

    def forgetting(self) -> list[str]:
        """Return the conversations of people who left and are not yet wholly forgotten."""
        wanted = select(GoneRow.forgetting).where(GoneRow.forgetting.is_not(None))
        with reading(self._engine) as connection:
            return list(connection.scalars(wanted))

    def forgotten(self, sender_id: str) -> None:
        """Note that nothing about a person is left; who left long ago needs no mark any more."""
        with self._engine.begin() as connection:
            mine = GoneRow.forgetting == sender_id
            connection.execute(update(GoneRow).where(mine).values(forgetting=None))
            old = GoneRow.forgetting.is_(None), GoneRow.seen_at <= self._now() - _RETRIES_OVER
            connection.execute(delete(GoneRow).where(*old))

    def claim(self, sender_id: str) -> Follower | None:
        """Have the sending to one person to oneself for a minute; None when another process has it."""
        now = self._now()
        free = or_(FollowerRow.claimed_until.is_(None), FollowerRow.claimed_until <= now)
        with self._engine.begin() as connection:
            won = connection.execute(
                update(FollowerRow)
                .where(FollowerRow.sender_id == sender_id, FollowerRow.following, free)
                .values(claimed_until=now + _CLAIM)
            )
            if not won.rowcount:
                return None
            row = connection.execute(select(FollowerRow).where(FollowerRow.sender_id == sender_id)).one()
        openid = self._seal.open(row.openid_sealed, row.openid_hash)
        if openid is None:
            return None  # sealed with another secret: nobody can be written to
        left = row.sends_left if row.sends_until > now else 0
        return Follower(
            sender_id, openid, left, row.attempts, row.nudged_seq, row.heard_at, row.claimed_until
        )

    def release(self, claimed: Follower, **values: Any) -> None:
        """Give a claim back, with what became of the sending in columns of `FollowerRow`.

        Whoever wrote meanwhile has opened the way anew: then what became of it counts no more.
        """
        row = update(FollowerRow).where(FollowerRow.sender_id == claimed.sender_id)
        with self._engine.begin() as connection:
            if values:
                connection.execute(row.where(FollowerRow.heard_at == claimed.heard_at).values(**values))
            ours = FollowerRow.claimed_until == claimed.until
            connection.execute(row.where(ours).values(claimed_until=None))

    def due(self) -> list[str]:
        """Return the conversations whose sending failed and is to be tried again now, or whose claim nobody
        gave back: the process has died, and what was to be told meanwhile found it still claimed.
        """
        now = self._now()
        over = or_(FollowerRow.next_try_at <= now, FollowerRow.claimed_until <= now)
        wanted = select(FollowerRow.sender_id).where(FollowerRow.following, over)
        with reading(self._engine) as connection:
            return list(connection.scalars(wanted))

    def _begin(self, openid: str, account: str, opened: dict[str, Any]) -> str:
        # By chance and not from the openid: who comes back after having left is somebody new.
        sender_id = f"{PREFIX}{secrets.token_hex(16)}"
        openid_hash = self._keys.mac(openid)
        with self._engine.begin() as connection:
            connection.execute(
                insert(FollowerRow).values(
                    sender_id=sender_id,
                    openid_hash=openid_hash,
                    openid_sealed=self._seal.close(openid, openid_hash),
                    account=account,
                    nudged_seq=0,
                    **opened,
                    **self._back(),
                )
            )
        return sender_id

    def _opened(self, wrote: bool) -> dict[str, Any]:
        left, lasting = _AFTER_WORDS if wrote else _AFTER_TAP
        return {"sends_left": left, "sends_until": self._now() + lasting}

    def _back(self) -> dict[str, Any]:
        return {"following": True, "heard_at": self._now(), "attempts": 0, "next_try_at": None}

    def _is(self, openid: str) -> Any:
        return FollowerRow.openid_hash.in_(self._keys.macs(openid))
