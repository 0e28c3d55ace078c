"""One run of the benchmark: ours and stock in turn, so that a slower minute of the machine hits both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median, quantiles

import aiohttp

from tests.benchmarks.load import Block, ask, run, stranger
from tests.benchmarks.models import PLAIN_ANSWER
from tests.benchmarks.sentences import ACTION, PLAIN, Speech
from tests.benchmarks.services import House, Service

LONG = (20, 100, 300)
_WINDOW = 2
_KINDS = {"plain": PLAIN, "action": ACTION}


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    rounds: int = 3
    alone: int = 40
    together: int = 160
    conversations: int = 2
    long: tuple[int, ...] = LONG


QUICK = Size(rounds=1, alone=15, together=40, conversations=1, long=(20,))


@dataclass
class Figures:
    """Every number that was measured, by system and name, one for each round."""

    values: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    answered: dict[tuple[str, str], list[bool]] = field(default_factory=lambda: defaultdict(list))
    said: dict[str, int] = field(default_factory=dict)
    repeats: int = 0

    def add(self, system: str, name: str, value: float) -> None:
        """Note one number."""
        self.values[system, name].append(value)

    def middle(self, system: str, name: str) -> float | None:
        """The median over the rounds; None when nothing was measured."""
        found = self.values.get((system, name))
        return median(found) if found else None

    def add_block(self, system: str, kind: str, workers: int, block: Block) -> None:
        """Note what a block of turns showed."""
        cuts = quantiles(block.seconds, n=20, method="inclusive")
        self.add(system, f"{kind} p50 @{workers}", cuts[9] * 1000)
        self.add(system, f"{kind} p95 @{workers}", cuts[18] * 1000)
        self.add(system, f"{kind} per s @{workers}", block.turns_per_second)
        as_meant = [bool(text) and (text == PLAIN_ANSWER) == (kind == "plain") for text in block.answers]
        if system != "floor":
            self.answered[system, kind] += as_meant


async def measure(house: House, size: Size) -> Figures:
    """Start and load every system as often as `size` says; stop them at the end."""
    figures = Figures()
    try:
        house.actions.start()
        house.floor.start()
        async with aiohttp.ClientSession() as session:
            for number in range(size.rounds):
                print(f"round {number + 1} of {size.rounds}", flush=True)
                await _round(house, size, figures, session, last=number + 1 == size.rounds)
    finally:
        house.stop()
    return figures


async def _round(
    house: House, size: Size, figures: Figures, session: aiohttp.ClientSession, last: bool
) -> None:
    figures.add("ours", "page up", house.gateway.start())
    house.gateway.stop()
    systems = (house.ours, house.stock)
    speech = {kind: {s.name: Speech(_KINDS[kind]) for s in (*systems, house.floor)} for kind in _KINDS}
    for service in systems:
        figures.add(service.name, "start", service.start())
        first = Block()
        await ask(session, service, stranger(), "失业金怎么申领", first)
        figures.add(service.name, "first turn", first.seconds[0] * 1000)
    for kind in _KINDS:
        for service in systems:  # what is loaded late is loaded now
            await run(session, service, speech[kind][service.name].take(8), 2)
        for workers, turns in ((1, size.alone), (8, size.together)):
            for service in (*systems, house.floor):
                texts = speech[kind][service.name].take(turns)
                figures.add_block(service.name, kind, workers, await run(session, service, texts, workers))
    if last:
        for _ in range(size.conversations):
            talks = [_Talk(session, service, figures, speech["action"][service.name]) for service in systems]
            await _long(talks, size.long)
    for service in systems:
        figures.add(service.name, "memory", service.memory())
        service.stop()
    figures.repeats += sum(s.repeats for by_system in speech.values() for s in by_system.values())


@dataclass
class _Talk:
    """One conversation that goes on and on."""

    session: aiohttp.ClientSession
    service: Service
    figures: Figures
    speech: Speech
    sender: str = field(default_factory=stranger)

    async def say(self, name: str = "", first: bool = False) -> None:
        """Say the next thing, or as somebody new the first one; note the time under `name`."""
        block = Block()
        sender = stranger() if first else self.sender
        await ask(self.session, self.service, sender, self.speech.take(1)[0], block)
        if name:
            self.figures.add(self.service.name, name, block.seconds[0] * 1000)


async def _long(talks: Iterable[_Talk], turns: tuple[int, ...]) -> None:
    """Hold one conversation with each system; beside turns round each N, time first turns of others."""
    talks = list(talks)
    window = {n + shift: n for n in turns for shift in range(-_WINDOW, _WINDOW + 1)}
    for number in range(1, max(window) + 1):
        for talk in talks:
            near = window.get(number)
            await talk.say(f"turn {near}" if near else "")
            if near:
                await talk.say(f"turn 1 beside {near}", first=True)
