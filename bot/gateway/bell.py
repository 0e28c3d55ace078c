"""Tells waiting streams that something was said, or that a place in line changed, by any process."""

from __future__ import annotations

import asyncio

from sqlalchemy.engine import Engine

from desk import conversation
from desk.live import Live, Standing

_POLL_SECONDS = 0.4


class Bell:
    """One poll of the log and of the line for all streams, however many there are.

    `standings`: who waits for a person or is held by one, as the last poll found it.
    """

    def __init__(self, engine: Engine, live: Live) -> None:
        self._engine = engine
        self._live = live
        self.standings: dict[str, Standing] = {}
        self._news = asyncio.Event()
        self._newest = 0

    async def watch(self) -> None:
        """Ring whenever the log has grown or somebody's standing is another. Runs for ever."""
        while True:
            seq, standings = await asyncio.to_thread(self._look)
            if (seq, standings) != (self._newest, self.standings):
                self._newest, self.standings = seq, standings
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

    def _look(self) -> tuple[int, dict[str, Standing]]:
        return conversation.newest_seq(self._engine), self._live.standings()
