"""What stock Rasa loses and ours keeps, each shown with both."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa
from rasa.core.tracker_store import FailSafeTrackerStore, SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet

from bot.nlu.stores import AppendingTrackerStore, tracker
from tests.nlu.stores.conversation import WHO, rows, said, say, turn
from tests.nlu.stores.outages import full, locked, settled


@pytest.fixture
def stock(domain: Domain, url: str) -> SQLTrackerStore:
    return SQLTrackerStore(domain, host=url)


@pytest.fixture
def hasty(domain: Domain, tmp_path: Path) -> SQLTrackerStore:
    """Stock on SQLite as Rasa makes it, but for the 5 seconds that it waits for a lock."""
    return SQLTrackerStore(domain, host=f"sqlite:///{tmp_path / 'desk.db'}?timeout=0.3")


on_sqlite = pytest.mark.parametrize("url", ["sqlite"], indirect=True)


def told(url: str) -> list[str]:
    return [row["text"] for row in rows(url) if row["event"] == "user"]


def names(url: str) -> list[str]:
    return [row["value"] for row in rows(url) if row["event"] == "slot"]


def marks(letter: str, count: int) -> list[Event]:
    return [SlotSet("topic", f"{letter}{number}") for number in range(count)]


async def _two_at_once(store: TrackerStore) -> None:
    """Two holders of one conversation, of whom each saves what it has made of it."""
    await say(store, turn(0))
    first, second = await store.retrieve(WHO), await store.retrieve(WHO)
    assert first is not None and second is not None
    for tracker_of, events in ((first, marks("A", 3)), (second, marks("B", 4))):
        for event in events:
            tracker_of.update(event)
    await store.save(first)
    await store.save(second)


async def test_of_two_turns_at_once_both_are_kept_whole(store: AppendingTrackerStore, url: str) -> None:
    await _two_at_once(store)
    assert names(url) == ["A0", "A1", "A2", "B0", "B1", "B2", "B3"]
    found = await store.retrieve(WHO)
    assert found is not None and found.get_slot("topic") == "B3"


async def test_stock_loses_the_beginning_of_the_second(stock: SQLTrackerStore, url: str) -> None:
    await _two_at_once(stock)
    assert names(url) == ["A0", "A1", "A2", "B3"]


async def _slow_and_quick(store: TrackerStore) -> None:
    """A turn that outlives its lock: two others run and are saved before it."""
    await say(store, turn(0))
    slow = await store.retrieve(WHO)
    await say(store, turn(2))
    await say(store, turn(3))
    assert slow is not None
    for event in turn(1):
        slow.update(event)
    await store.save(slow)


async def test_a_turn_that_two_others_have_overtaken_is_kept(store: AppendingTrackerStore, url: str) -> None:
    await _slow_and_quick(store)
    assert told(url) == ["第0句", "第2句", "第3句", "第1句"]
    assert said(await store.retrieve(WHO)) == ["第2句", "第3句", "第1句"]


async def test_stock_has_nothing_of_it(stock: SQLTrackerStore, url: str) -> None:
    await _slow_and_quick(stock)
    assert told(url) == ["第0句", "第2句", "第3句"]


async def _steps_back(store: TrackerStore) -> None:
    await say(store, turn(1))
    late = turn(2)
    for event in late:
        event.timestamp -= 120
    await say(store, late)


async def test_a_clock_that_steps_back_hides_nothing(store: AppendingTrackerStore) -> None:
    await _steps_back(store)
    store._live.clear()
    assert said(await store.retrieve(WHO)) == ["第1句", "第2句"]


async def test_stock_does_not_see_what_it_has_written(stock: SQLTrackerStore, url: str) -> None:
    await _steps_back(stock)
    assert told(url) == ["第1句", "第2句"]
    assert said(await stock.retrieve(WHO)) == ["第1句"]


async def _steps_during(saving: asyncio.Task[object]) -> int:
    """How often everybody else gets to run while a turn is saved."""
    steps = 0
    while not saving.done():
        steps += 1
        await asyncio.sleep(0.01)
    return steps


@on_sqlite
async def test_a_locked_database_holds_up_nobody_and_the_turn_is_in_it_afterwards(
    store: AppendingTrackerStore, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracker, "_LOOK", 0.05)
    monkeypatch.setattr(tracker, "_PATIENCE", 0.3)
    await say(store, turn(1))
    with locked(url):
        assert await _steps_during(asyncio.create_task(say(store, turn(2)))) > 5
    await settled(store)
    assert told(url) == ["第1句", "第2句"]


@on_sqlite
async def test_stock_freezes_and_forgets_the_turn(hasty: SQLTrackerStore, url: str) -> None:
    store = FailSafeTrackerStore(hasty)
    await say(store, turn(1))
    with locked(url):
        # One step before the save, which then blocks them all.
        assert await _steps_during(asyncio.create_task(say(store, turn(2)))) <= 2
    await say(store, turn(3))
    assert told(url) == ["第1句", "第3句"]


@on_sqlite
async def test_a_full_disk_costs_no_turn(
    store: AppendingTrackerStore, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracker, "_LOOK", 0.05)
    await _three_complaints(store, store.engine)
    await settled(store)
    assert told(url) == ["第1句", "第2句", "第3句"]


@on_sqlite
async def test_stock_never_writes_the_turns_of_a_full_disk(hasty: SQLTrackerStore, url: str) -> None:
    await _three_complaints(FailSafeTrackerStore(hasty), hasty.engine)
    assert len(told(url)) < 3


async def _three_complaints(store: TrackerStore, engine: sa.engine.Engine) -> None:
    with full(engine):
        for number in range(1, 4):
            story = SlotSet("complaint_story", "窗口没人" * 2000)
            await say(store, turn(number, "action_complaint_file", story), f"web:{number}")
