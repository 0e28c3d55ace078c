"""The console's client of Rasa: asks what words mean, and never lets an agent wait for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import aiohttp

from desk.doubt import Guess
from desk.suggest import LONGEST, Understood

_PARSE_SECONDS = 0.2
# After a failure the words alone serve for so long.
_REST_SECONDS = 2.0


class Brain:
    """Rasa's `/parse` as one question and one answer. Make it inside the running event loop."""

    def __init__(self, port: int, token: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = f"http://127.0.0.1:{port}/webhooks/loopback/parse"
        self._session = aiohttp.ClientSession(
            headers={"X-Desk-Token": token}, timeout=aiohttp.ClientTimeout(total=_PARSE_SECONDS)
        )
        self._clock = clock
        self._rests_until = clock()

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def understand(self, words: str) -> Understood | None:
        """Return what redacted `words` mean; None when Rasa does not answer within a fifth of a second."""
        if self._clock() < self._rests_until:
            return None
        try:
            async with self._session.post(self._url, json={"text": words[:LONGEST]}) as answer:
                answer.raise_for_status()
                return understood(await answer.json())
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError, KeyError, TypeError):
            self._rests_until = self._clock() + _REST_SECONDS
            return None


def understood(body: dict[str, Any]) -> Understood:
    """Return what the body of `/parse` says; `KeyError`, `TypeError` or `ValueError` for another body."""
    return Understood(_guesses(body["label_ranking"]), _guesses(body["asks"]), str(body["heard"]))


def _guesses(labels: list[dict[str, Any]]) -> tuple[Guess, ...]:
    return tuple(Guess(str(label["name"]), float(label["confidence"])) for label in labels)
