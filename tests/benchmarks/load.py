"""The load: a closed loop of citizens, each of whom waits for the answer before saying the next thing."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.benchmarks.services import Service

# A usual conversation: after so many turns comes somebody new.
TURNS = 5


@dataclass
class Block:
    """What one block of turns showed."""

    seconds: list[float] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    """The first text of each answer; empty where there was none."""
    wall: float = 0.0

    @property
    def turns_per_second(self) -> float:
        """Turns that were finished in each second of the block."""
        return len(self.seconds) / self.wall


def stranger() -> str:
    """The id of somebody who was never here."""
    return f"web:{uuid.uuid4().hex}"


async def ask(session: aiohttp.ClientSession, service: Service, sender: str, text: str, block: Block) -> None:
    """Say one thing, wait for the answer, note how long it took."""
    started = time.perf_counter()
    body = service.body(sender, text)
    async with session.post(service.message, json=body, headers=service.headers) as answer:
        said: Any = await answer.json() if answer.status == 200 else []
    block.seconds.append(time.perf_counter() - started)
    # Our channel tells how the turn went beside what was said, stock's nothing but that.
    messages: list[dict[str, Any]] = said["messages"] if isinstance(said, dict) else said
    block.answers.append(str(messages[0].get("text") or messages[0].get("custom")) if messages else "")


async def run(session: aiohttp.ClientSession, service: Service, texts: list[str], workers: int) -> Block:
    """Let `workers` citizens at a time say all the texts; return what was measured."""
    block = Block()
    left = iter(texts)
    started = time.perf_counter()
    await asyncio.gather(*(_worker(session, service, left, block) for _ in range(workers)))
    block.wall = time.perf_counter() - started
    return block


async def _worker(
    session: aiohttp.ClientSession, service: Service, left: Iterator[str], block: Block
) -> None:
    sender = ""
    for number, text in enumerate(left):
        sender = stranger() if number % TURNS == 0 else sender
        await ask(session, service, sender, text, block)
