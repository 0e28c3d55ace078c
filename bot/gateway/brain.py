"""The gateway's client of Rasa: one process or several, each conversation at home in one of them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog

from desk.errors import DeskError, Unavailable
from desk.inbox import Understood, read_understood

# What the page takes in one message: a letter has its ask at the end.
NLU_CHARACTERS = 2000
# Turns at a time in one Rasa. It has one processor: with more, all are slow together; with fewer, it is idle
# while actions run. Past eight, because so many may be waiting for the provincial platform.
AT_ONCE = 16
_CONNECT_SECONDS = 2
_TURN_SECONDS = 30
_READY_SECONDS = 20
_LOOK_SECONDS, _REST_SECONDS = 0.5, 5
_NOT_LOADED = 503

log = structlog.get_logger("gateway.brain")


class TurnFailed(DeskError):
    """Rasa took the message and could not finish the turn."""


@dataclass(frozen=True)
class Said:
    """Rasa's messages for one turn, and what it understood and did."""

    messages: list[dict[str, Any]]
    understood: Understood


class Shard:
    """One place where a Rasa process may be; `ready` as it was found last, and how it keeps turns then.

    `memory` is `ok` or, while the database of its memory is away, `spooling` or `unsafe` (bot/nlu/stores).
    """

    def __init__(self, url: str, session: aiohttp.ClientSession, came: asyncio.Event) -> None:
        self.url = url
        self.ready = False
        self.memory = "ok"
        self._loopback = f"{url}/webhooks/loopback"
        self._session = session
        self._places = asyncio.Semaphore(AT_ONCE)
        self._came, self._gone = came, asyncio.Event()

    async def look(self) -> bool:
        """Find out whether Rasa is there with its model loaded and warm."""
        try:
            async with self._session.get(
                f"{self._loopback}/ready", timeout=_within(_READY_SECONDS)
            ) as answer:
                self._found(answer.status == 200)
                if self.ready:
                    self.memory = str((await answer.json()).get("memory", "ok"))
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError):
            self._found(False)
        return self.ready

    async def rest(self) -> None:
        """Wait until it is time for the next look: for a while, or until a turn finds Rasa gone."""
        if self.ready:
            self._gone.clear()
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._gone.wait(), _REST_SECONDS)
        if not self.ready:
            await asyncio.sleep(_LOOK_SECONDS)

    async def ask(self, body: dict[str, Any]) -> Said:
        """Hold one turn as soon as there is a place; raises what `Brain.ask` does.

        Places are given in the order of asking, and a conversation asks for one at a time: whoever writes
        much waits behind everybody who has written once.
        """
        async with self._places:
            return await self._turn(body)

    async def _turn(self, body: dict[str, Any]) -> Said:
        try:
            post = self._session.post(f"{self._loopback}/message", json=body, timeout=_within(_TURN_SECONDS))
            async with post as answer:
                if answer.status == _NOT_LOADED:
                    raise aiohttp.ClientError("no model")
                if answer.status != 200:
                    raise TurnFailed(f"rasa answered {answer.status}")
                said: dict[str, Any] = await answer.json()
                return Said(said["messages"], read_understood(said.get("turn")))
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError) as error:
            self._found(False)
            raise Unavailable("rasa does not answer") from error

    def _found(self, ready: bool) -> None:
        if ready != self.ready:
            log.info("rasa is ready" if ready else "rasa is gone", url=self.url)
            (self._came if ready else self._gone).set()
        self.ready = ready


class Brain:
    """Rasa as one question and one answer. Make it inside the running event loop."""

    def __init__(self, urls: Sequence[str], token: str) -> None:
        # The places are the limit. One of connections would make turns and looks wait in one line, and
        # what waits too long would pass for a Rasa that is gone.
        connector = aiohttp.TCPConnector(limit=0)
        self._session = aiohttp.ClientSession(headers={"X-Desk-Token": token}, connector=connector)
        self._came = asyncio.Event()
        self.shards = tuple(Shard(url, self._session, self._came) for url in urls)

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    @property
    def ready(self) -> bool:
        """Whether a turn can be asked for now."""
        return any(shard.ready for shard in self.shards)

    async def look(self) -> bool:
        """Look for a Rasa that is ready, at every place at once; True as soon as one is found."""
        looks = [asyncio.create_task(shard.look()) for shard in self.shards]
        for look in asyncio.as_completed(looks):
            if await look:
                return True
        return False

    async def watch(self) -> None:
        """Follow which of the places have a Rasa that is ready. Runs for ever."""
        await asyncio.gather(*(self._follow(shard) for shard in self.shards))

    async def comes(self, seconds: float) -> None:
        """Wait until a Rasa comes that was not there, for `seconds` at most."""
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._came.wait(), seconds)
        self._came.clear()

    async def ask(self, sender_id: str, text: str, message_id: str, again: bool = False) -> Said:
        """Return what Rasa says in one turn: the first that is ready, in the conversation's own order.

        Args:
            sender_id: made by the server, never by the citizen.
            text: the redacted words, or the payload of a pressed button; past 2,000 characters the
                rest travels as metadata and is not understood, only kept.
            message_id: the inbox key, so that an action can do its work once.
            again: this message may have been asked before, here or by a gateway that died; if Rasa
                carried it out then, the answer of that time comes back.

        Raises:
            Unavailable: no Rasa is there, or this one is gone or too slow; the same call may work later.
            TurnFailed: Rasa answered that the turn failed.
        """
        body: dict[str, Any] = {
            "sender": sender_id,
            "text": text[:NLU_CHARACTERS],
            "rest": text[NLU_CHARACTERS:],
        }
        body |= {"message_id": message_id, "again": again}
        places = in_order(sender_id, self.shards)
        return await next((shard for shard in places if shard.ready), places[0]).ask(body)

    async def _follow(self, shard: Shard) -> None:
        while True:
            await shard.look()
            await shard.rest()


def in_order(sender_id: str, shards: Sequence[Shard]) -> list[Shard]:
    """Return the shards in the order in which a conversation goes to them.

    The same in every gateway, and a shard that comes or goes moves only the conversations that are at home
    in it (rendezvous hashing).
    """
    return sorted(shards, key=lambda shard: hashlib.sha256(f"{shard.url} {sender_id}".encode()).digest())


def _within(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=seconds, sock_connect=_CONNECT_SECONDS)
