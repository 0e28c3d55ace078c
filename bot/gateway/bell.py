"""Tells an open page that something was said in its conversation, or that its place in line changed, by any
process; the pages of other conversations sleep on."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import Engine

from desk import conversation
from desk.live import Live, Standing

_POLL_SECONDS = 0.4


class Page:
    """One open page. What happens between two waits is not missed: `rings` then returns at once."""

    def __init__(self) -> None:
        self._news = asyncio.Event()

    def ring(self) -> None:
        """Say that there is something to look at."""
        self._news.set()

    async def rings(self, seconds: float) -> bool:
        """Wait for the next ring; False when `seconds` pass without one."""
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except asyncio.TimeoutError:
            return False
        self._news.clear()
        return True


class Bell:
    """One poll of the log and of the line for all pages, however many there are.

    `standings`: who waits for a person or is held by one, as the last poll found it.
    """

    def __init__(self, engine: Engine, live: Live) -> None:
        self._engine = engine
        self._live = live
        self.standings: dict[str, Standing] = {}
        self._pages: defaultdict[str, set[Page]] = defaultdict(set)
        # Of the last messages, whom each belongs to.
        self._heard: dict[int, str] = {}

    @property
    def open(self) -> int:
        """How many pages are open."""
        return sum(map(len, self._pages.values()))

    @contextmanager
    def page(self, sender_id: str) -> Iterator[Page]:
        """Listen for one page of a conversation. Begin before the log is read, or something may be missed."""
        page = Page()
        self._pages[sender_id].add(page)
        try:
            yield page
        finally:
            self._pages[sender_id].discard(page)
            if not self._pages[sender_id]:
                del self._pages[sender_id]

    async def watch(self) -> None:
        """Ring where the log has grown or the standing is another. Runs for ever."""
        while True:
            heard, standings = await asyncio.to_thread(self._look)
            spoken = {sender_id for seq, sender_id in heard.items() if seq not in self._heard}
            moved = {sender_id for sender_id, _ in self.standings.items() ^ standings.items()}
            self._heard, self.standings = heard, standings
            for sender_id in spoken | moved:
                for page in self._pages.get(sender_id, ()):
                    page.ring()
            await asyncio.sleep(_POLL_SECONDS)

    def _look(self) -> tuple[dict[int, str], dict[str, Standing]]:
        newest = max(self._heard, default=0) or conversation.newest_seq(self._engine)
        heard = conversation.senders_since(self._engine, newest - conversation.OUT_OF_ORDER)
        return heard, self._live.standings()
