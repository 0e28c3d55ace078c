"""One turn of a conversation at a time, each as soon as the one before it has ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakValueDictionary

from rasa.core.lock import TicketLock
from rasa.core.lock_store import LockStore


class QueueingLockStore(LockStore):
    """A queue for each conversation, first come first served.

    Stock Rasa looks once a second whether it is a turn's turn, and after a minute lets the next one run
    beside one that is still at work, whose events are then lost. Here a turn waits for nothing but the end
    of the one before, however it ends. In this process only: among processes it is the gateway that lets
    one turn run (bot/gateway/holds.py), and the tracker store that keeps both whole if two ever do.
    """

    def __init__(self, endpoint_config: Any = None) -> None:
        """Take what endpoints.yml says, which is nothing but the class."""
        # A queue lives as long as somebody is in it.
        self._queues: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = 0, wait_time_in_seconds: float = 0
    ) -> AsyncIterator[TicketLock]:
        """Hold a conversation; the two times are stock Rasa's and mean nothing here."""
        async with self._queues.setdefault(conversation_id, asyncio.Lock()):
            yield TicketLock(conversation_id)
