"""Tells waiting streams that something was said in any conversation, by any process."""

from __future__ import annotations

import asyncio

from sqlalchemy.engine import Engine

from desk import conversation

_POLL_SECONDS = 0.4


class Bell:
    """One poll of the log for all streams, however many there are."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._news = asyncio.Event()
        self._newest = 0

    async def watch(self) -> None:
        """Ring whenever the log has grown. Runs for ever."""
        while True:
            seq = await asyncio.to_thread(conversation.newest_seq, self._engine)
            if seq != self._newest:
                self._newest = seq
                self._news.set()
                self._news = asyncio.Event()
            await asyncio.sleep(_POLL_SECONDS)

    async def rings(self, seconds: float) -> bool:
        """Wait for the next ring; False when `seconds` pass without one."""
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except asyncio.TimeoutError:
            return False
        return True
