"""The two loads: citizens who come and go for minutes, and three hundred people at once."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from tests.benchmarks.installation import Installation, Taken
from tests.benchmarks.talks import Words
from tests.benchmarks.visitor import FAILURES, Told, Visitor
from tests.fakes.wechat.delivery import deliver

PATIENCE = 90.0  # seconds; an answer that comes later is silence
_OPENING_SECONDS = 20.0  # in which those of the burst open their pages
_FOR_NOW = "还在办"


@dataclass
class Watched:
    """What was seen while a load ran: a sample of every process and of the machine now and then."""

    told: list[Told] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    samples: list[tuple[float, dict[str, Taken], float]] = field(default_factory=list)
    """Seconds since the start, what each process had taken, load average."""
    unstreamed: int = 0
    began: float = field(default_factory=time.monotonic)

    @property
    def open(self) -> int:
        """How many messages wait now."""
        return sum(each.answered is None and not each.fault for each in self.told)


async def come_and_go(house: Installation, citizens: int, think: float, minutes: float) -> Watched:
    """Keep so many citizens in talk, each thinking `think` seconds; whoever ends is followed by another."""
    watched = Watched()
    ends = watched.began + minutes * 60
    sampling = asyncio.create_task(_sample(house, watched))
    words = Words(random.Random(citizens))
    await asyncio.gather(*(_seat(house.url, words, think, ends, watched) for _ in range(citizens)))
    sampling.cancel()
    _take_sample(house, watched)
    return watched


async def burst(house: Installation, people: int, seconds: float) -> Watched:
    """Let so many people, two thirds on the web and the others with WeChat, ask one thing each at once."""
    words = Words(random.Random(people))
    web = people * 2 // 3
    async with AsyncExitStack() as pages:
        visitors = [Visitor(house.url, PATIENCE) for _ in range(web)]
        openings = [
            _after(_OPENING_SECONDS * n / web, pages.enter_async_context, v) for n, v in enumerate(visitors)
        ]
        await asyncio.gather(*openings)
        watched = Watched()
        with ThreadPoolExecutor(people - web) as phones:
            asks: list[Callable[[], Any]] = [lambda v=v: v.says(words.burst()) for v in visitors]
            asks += [lambda: _write(house, words.burst(), phones, watched)] * (people - web)
            random.Random(people).shuffle(asks)
            await asyncio.gather(*(_after(seconds * n / people, ask) for n, ask in enumerate(asks)))
        watched.told += [told for visitor in visitors for told in visitor.told]
        watched.unstreamed = sum(await asyncio.gather(*(visitor.unstreamed(5) for visitor in visitors)))
    _take_sample(house, watched)
    return watched


async def _seat(url: str, words: Words, think: float, ends: float, watched: Watched) -> None:
    """One citizen after the other, until the time is over; nobody begins a talk in the same moment."""
    chance = words.chance
    await asyncio.sleep(chance.uniform(0, think))
    while time.monotonic() < ends:
        visitor = Visitor(url, PATIENCE, watched.told)
        try:
            async with visitor:
                watched.pages.append(visitor.page_seconds)
                for line in words.talk():
                    await asyncio.sleep(chance.uniform(0.5, 1.5) * think)
                    if time.monotonic() >= ends:
                        break
                    await visitor.says(line)
                watched.unstreamed += await visitor.unstreamed(5)
        except Exception as error:
            watched.told.append(Told("page", time.monotonic(), fault=type(error).__name__))
            await asyncio.sleep(1)


async def _write(house: Installation, text: str, phones: ThreadPoolExecutor, watched: Watched) -> None:
    """One message with WeChat, delivered as WeChat does; an answer may be sent later."""
    told = Told("wechat", time.monotonic())
    watched.told.append(told)
    openid = f"o{secrets.token_hex(13)}"
    packet = house.account.text(openid, text)
    loop = asyncio.get_running_loop()
    delivered = await loop.run_in_executor(phones, lambda: deliver(house.webhook, house.account, packet))
    told.late = delivered.tries > 1
    said = delivered.text or ""
    told.sign = time.monotonic() - told.at if said else None
    while not said or said.startswith(_FOR_NOW):
        if time.monotonic() - told.at > PATIENCE:
            told.fault = f"silence after {delivered.reason or said!r}"
            return
        await asyncio.sleep(0.2)
        said = "\n".join(m["text"]["content"] for m in list(house.api.sent) if m.get("touser") == openid)
    told.answered = time.monotonic() - told.at
    told.sign = told.sign or told.answered
    told.fault = next((words for words in FAILURES if words in said), "")


async def _after(seconds: float, call: Callable[..., Any], *given: Any) -> Any:
    await asyncio.sleep(seconds)
    return await call(*given)


async def _sample(house: Installation, watched: Watched) -> None:
    """Look at the processes every ten seconds, and say once a minute how it goes."""
    for number in range(10**6):
        _take_sample(house, watched)
        if number % 6 == 0:
            seconds, taken, load = watched.samples[-1]
            memory = "  ".join(f"{name} {each.megabytes:.0f}" for name, each in taken.items())
            spans = sorted(told.answered for told in watched.told[-500:] if told.answered)
            p95 = spans[len(spans) * 95 // 100] if spans else 0.0
            faults = sum(bool(told.fault) for told in watched.told)
            print(
                f"{seconds / 60:4.0f} min  {len(watched.told)} messages, {watched.open} open, {faults} faults"
                f", p95 {p95:.2f} s, load {load:.1f}, MB: {memory}",
                flush=True,
            )
        await asyncio.sleep(10)


def _take_sample(house: Installation, watched: Watched) -> None:
    watched.samples.append((time.monotonic() - watched.began, house.taken(), os.getloadavg()[0]))
