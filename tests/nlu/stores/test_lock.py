"""Who comes next in a conversation, beside stock Rasa's lock."""

from __future__ import annotations

import asyncio
import gc
from contextlib import suppress

import pytest
from rasa.core.lock_store import InMemoryLockStore, LockStore
from rasa.core.utils import AvailableEndpoints

from bot.nlu.stores import QueueingLockStore
from tests.nlu.stores.conversation import ROOT, WHO


async def some_steps() -> None:
    """Let everybody go on who waits for nothing but the loop."""
    for _ in range(10):
        await asyncio.sleep(0)


class Talk:
    """Turns of one conversation that end when they are told to; `begun` is the order in which they ran."""

    def __init__(self, store: LockStore, **times: float) -> None:
        self.store, self.times = store, times
        self.begun: list[str] = []
        self.running = self.most = 0

    def turn(self, name: str, end: asyncio.Event, who: str = WHO) -> asyncio.Task[None]:
        return asyncio.create_task(self._turn(name, end, who))

    async def _turn(self, name: str, end: asyncio.Event, who: str) -> None:
        async with self.store.lock(who, **self.times):
            self.begun.append(name)
            self.running += 1
            self.most = max(self.most, self.running)
            try:
                await end.wait()
            finally:
                self.running -= 1


async def _after_the_first(store: LockStore) -> list[str]:
    talk, end = Talk(store), asyncio.Event()
    turns = [talk.turn(name, end) for name in ("first", "second")]
    await some_steps()
    assert talk.begun == ["first"]
    end.set()
    await some_steps()
    for turn in turns:
        turn.cancel()
    return talk.begun


async def test_a_waiting_turn_begins_when_the_one_before_ends_and_not_at_a_look_once_a_second() -> None:
    assert await _after_the_first(QueueingLockStore()) == ["first", "second"]
    assert await _after_the_first(InMemoryLockStore()) == ["first"]  # stock still sleeps


async def _at_once_with_a_turn_past_its_time(store: LockStore) -> int:
    talk, end = Talk(store, lock_lifetime=0, wait_time_in_seconds=0), asyncio.Event()
    turns = [talk.turn(name, end) for name in ("first", "second")]
    await some_steps()
    end.set()
    await asyncio.gather(*turns)
    return talk.most


async def test_no_turn_runs_beside_one_that_takes_long() -> None:
    assert await _at_once_with_a_turn_past_its_time(QueueingLockStore()) == 1
    assert await _at_once_with_a_turn_past_its_time(InMemoryLockStore()) == 2


async def test_turns_come_in_the_order_of_their_messages() -> None:
    talk, end = Talk(QueueingLockStore()), asyncio.Event()
    names = [str(number) for number in range(20)]
    turns = [talk.turn(name, end) for name in names]
    end.set()
    await asyncio.gather(*turns)
    assert (talk.begun, talk.most) == (names, 1)


async def test_another_conversation_waits_for_nobody() -> None:
    talk, end = Talk(QueueingLockStore()), asyncio.Event()
    turns = [talk.turn(who, end, who) for who in ("a", "b", "c")]
    await some_steps()
    assert talk.most == 3
    end.set()
    await asyncio.gather(*turns)


async def test_a_turn_that_is_given_up_lets_the_next_one_in() -> None:
    talk, never, end = Talk(QueueingLockStore()), asyncio.Event(), asyncio.Event()
    running, waiting, last = talk.turn("running", never), talk.turn("waiting", never), talk.turn("last", end)
    await some_steps()
    waiting.cancel()
    running.cancel()
    end.set()
    await last
    assert talk.begun == ["running", "last"]


async def test_a_turn_that_fails_lets_the_next_one_in() -> None:
    store = QueueingLockStore()
    with suppress(RuntimeError):
        async with store.lock(WHO):
            raise RuntimeError
    async with store.lock(WHO) as ticket:
        assert ticket.conversation_id == WHO


async def test_nothing_is_kept_of_a_conversation_in_which_nobody_waits() -> None:
    store = QueueingLockStore()
    for number in range(100):
        async with store.lock(f"web:{number}"):
            pass
    gc.collect()
    assert len(store._queues) == 0


def test_rasa_takes_the_lock_that_endpoints_yml_names(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TRACKER_URL", "ACTIONS_WEBHOOKS", "LOOPBACK_TOKEN", "TRACKER_SPOOL"):
        monkeypatch.setenv(f"DESK_{name}", "x")
    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    assert isinstance(LockStore.create(endpoints.lock_store), QueueingLockStore)
