"""The gateway's client of Rasa's loopback channel."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import aiohttp

from desk.errors import DeskError, Unavailable
from desk.inbox import Understood, read_understood

# What the page takes in one message: a letter has its ask at the end.
NLU_CHARACTERS = 2000
_TURN_SECONDS = 30
_READY_SECONDS = 20


class TurnFailed(DeskError):
    """Rasa took the message and could not finish the turn."""


@dataclass(frozen=True)
class Said:
    """Rasa's messages for one turn, and what it understood and did."""

    messages: list[dict[str, Any]]
    understood: Understood


class Brain:
    """Rasa as one question and one answer. Make it inside the running event loop."""

    def __init__(self, port: int, token: str) -> None:
        self._url = f"http://127.0.0.1:{port}/webhooks/loopback"
        self._headers = {"X-Desk-Token": token}
        self._session = aiohttp.ClientSession(headers=self._headers)

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def ready(self) -> bool:
        """Tell whether Rasa has its model loaded and warm."""
        try:
            timeout = aiohttp.ClientTimeout(total=_READY_SECONDS)
            async with self._session.get(f"{self._url}/ready", timeout=timeout) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, asyncio.TimeoutError):
            return False

    async def ask(self, sender_id: str, text: str, message_id: str, again: bool = False) -> Said:
        """Return what Rasa says in one turn.

        Args:
            sender_id: made by the server, never by the citizen.
            text: the redacted words, or the payload of a pressed button; past 2,000 characters the
                rest travels as metadata and is not understood, only kept.
            message_id: the inbox key, so that an action can do its work once.
            again: this message may have been asked before by a gateway that died; if Rasa carried it
                out then, the answer of that time comes back.

        Raises:
            Unavailable: Rasa is not there or too slow; the same call may work later.
            TurnFailed: Rasa answered that the turn failed.
        """
        body: dict[str, Any] = {
            "sender": sender_id,
            "text": text[:NLU_CHARACTERS],
            "rest": text[NLU_CHARACTERS:],
        }
        body |= {"message_id": message_id, "again": again}
        try:
            timeout = aiohttp.ClientTimeout(total=_TURN_SECONDS)
            async with self._session.post(f"{self._url}/message", json=body, timeout=timeout) as answer:
                if answer.status != 200:
                    raise TurnFailed(f"rasa answered {answer.status}")
                said: dict[str, Any] = await answer.json()
                return Said(said["messages"], read_understood(said.get("turn")))
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError) as error:
            raise Unavailable("rasa does not answer") from error
