"""The console's client of Rasa: asks what words mean, and never lets an agent wait for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import aiohttp

from desk.doubt import Guess
from desk.suggest import LONGEST, Understood

_PARSE_SECONDS = 0.2
# When Rasa is down, or slow this often in a row, the words alone serve for so long.
_REST_SECONDS = 2.0
_SLOW_IN_A_ROW = 3


@dataclass
class _Place:
    """One address of Rasa, and until when it is left alone."""

    url: str
    rests_until: float
    slow: int = 0


class Brain:
    """Rasa's `/parse` as one question and one answer. Make it inside the running event loop."""

    def __init__(self, urls: Iterable[str], token: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._places = [_Place(f"{url}/webhooks/loopback/parse", clock()) for url in urls]
        self._session = aiohttp.ClientSession(
            headers={"X-Desk-Token": token}, timeout=aiohttp.ClientTimeout(total=_PARSE_SECONDS)
        )
        self._clock = clock

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def understand(self, words: str) -> Understood | None:
        """Return what redacted `words` mean; None when Rasa does not answer within a fifth of a second.

        The next question then goes to the next address, where there is one.
        """
        now = self._clock()
        place = next((each for each in self._places if each.rests_until <= now), None)
        return await self._asked(place, words[:LONGEST]) if place else None

    async def _asked(self, place: _Place, words: str) -> Understood | None:
        found = None
        try:
            async with self._session.post(place.url, json={"text": words}) as answer:
                if answer.status >= 500:
                    self._rest(place)
                answer.raise_for_status()
                found = understood(await answer.json())
                place.slow = 0
        except asyncio.TimeoutError:
            # One slow answer is no reason to keep the model from everybody.
            place.slow += 1
            if place.slow >= _SLOW_IN_A_ROW:
                self._rest(place)
        except aiohttp.ClientConnectionError:
            self._rest(place)
        except (aiohttp.ClientError, ValueError, KeyError, TypeError):
            pass  # it is there, but cannot be used for these words
        return found

    def _rest(self, place: _Place) -> None:
        place.slow, place.rests_until = 0, self._clock() + _REST_SECONDS


def understood(body: dict[str, Any]) -> Understood:
    """Return what the body of `/parse` says; `KeyError`, `TypeError` or `ValueError` for another body."""
    return Understood(_guesses(body["label_ranking"]), _guesses(body["asks"]), str(body["heard"]))


def _guesses(labels: list[dict[str, Any]]) -> tuple[Guess, ...]:
    return tuple(Guess(str(label["name"]), float(label["confidence"])) for label in labels)
