"""What came to the door: signatures, which must not return with another body, and what could not be used."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from bot.gateway.wechat.tables import NonceRow, UnprocessableRow
from desk.database import reading, utc_now

_REMEMBERED = timedelta(minutes=10)
_KEPT = timedelta(days=180)


class Ledger:
    """Two small tables. Blocking: call it from a thread."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._now = now

    def replayed(self, signature: str, body: bytes) -> bool:
        """Tell whether a signature, which does not cover the body, came before with another body.

        With the same body it is a second delivery of the same message, which is no fault.
        """
        body_hash = hashlib.sha256(body).hexdigest()
        try:
            with self._engine.begin() as connection:
                connection.execute(
                    insert(NonceRow).values(signature=signature, body_hash=body_hash, seen_at=self._now())
                )
        except IntegrityError:
            with reading(self._engine) as connection:
                known = connection.scalar(select(NonceRow.body_hash).where(NonceRow.signature == signature))
            return bool(known != body_hash)
        return False

    def unusable(self, reason: str, kind: str, size: int) -> None:
        """Keep that a message could not be used: why, its kind, its bytes; never its content."""
        row = {"reason": reason[:32], "kind": kind[:64], "size": size, "received_at": self._now()}
        with self._engine.begin() as connection:
            connection.execute(insert(UnprocessableRow).values(row))

    def count(self) -> int:
        """Return how many messages of the last half year could not be used."""
        with reading(self._engine) as connection:
            return int(connection.scalar(select(func.count()).select_from(UnprocessableRow)) or 0)

    async def watch(self) -> None:
        """Purge every minute. Runs for ever."""
        while True:
            await asyncio.to_thread(self.purge)
            await asyncio.sleep(60)

    def purge(self) -> None:
        """Forget signatures after ten minutes, and what could not be used after half a year."""
        now = self._now()
        with self._engine.begin() as connection:
            connection.execute(delete(NonceRow).where(NonceRow.seen_at <= now - _REMEMBERED))
            connection.execute(delete(UnprocessableRow).where(UnprocessableRow.received_at <= now - _KEPT))
