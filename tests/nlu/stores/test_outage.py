"""The database of Rasa's memory is away, and the conversations go on."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from rasa.core.agent import Agent
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet

from bot.nlu.stores import AppendingTrackerStore, memory_state, tracker
from tests.nlu.stores.conftest import Opened
from tests.nlu.stores.conversation import WHO, rows, said, say, turn
from tests.nlu.stores.outages import full, gone, locked, settled, until


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracker, "_LOOK", 0.05)


def told(url: str) -> list[str]:
    return [row["text"] for row in rows(url) if row["event"] == "user"]


async def test_a_conversation_goes_on_while_the_database_is_away_and_is_in_it_afterwards(
    opened: Opened, store: AppendingTrackerStore, url: str, tmp_path: Path
) -> None:
    await say(store, turn(1, "action_guide", SlotSet("topic", "materials")))
    with gone(url, store.engine):
        away = await say(store, turn(2, "action_guide", SlotSet("aspect", "where")))
        again = await say(store, turn(3))
        assert said(again) == ["第1句", "第2句", "第3句"]
        assert (again.get_slot("topic"), again.get_slot("aspect")) == ("materials", "where")
        assert store.state == "spooling"
    await settled(store)
    assert said(away)[:2] == told(url)[:2]
    assert told(url) == ["第1句", "第2句", "第3句"]
    assert list((tmp_path / "spool").iterdir()) == []
    loaded = await opened().retrieve(WHO)
    assert said(loaded) == ["第1句", "第2句", "第3句"]
    assert loaded is not None and loaded.get_slot("aspect") == "where"


async def test_a_turn_that_meets_a_lock_is_in_the_table_afterwards(
    store: AppendingTrackerStore, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await say(store, turn(1))
    monkeypatch.setattr(tracker, "_PATIENCE", 0.3)
    with locked(url):
        steps, saving = 0, asyncio.create_task(say(store, turn(2)))
        while not saving.done():
            steps += 1
            await asyncio.sleep(0.01)
        assert steps > 5  # everybody else went on meanwhile
        assert said(await store.retrieve(WHO)) == ["第1句", "第2句"]
    await settled(store)
    # The call that was given up had to wait for the lock as well, and was carried out all the same.
    assert Counter(told(url)) == {"第1句": 1, "第2句": 1}
    assert said(await store.retrieve(WHO)) == ["第1句", "第2句"]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_turns_that_meet_a_full_disk_are_in_the_table_afterwards(
    store: AppendingTrackerStore, url: str
) -> None:
    await say(store, turn(1))
    with full(store.engine):
        for number in range(2, 6):
            await say(store, turn(number), f"web:{number}")
        assert (store.state, len(told(url)) < 5) == ("spooling", True)  # a last page took some of them
    await settled(store)
    assert told(url) == [f"第{number}句" for number in range(1, 6)]


async def test_nobody_meets_an_error_and_stock_s_own_fallback_is_not_reached(
    domain: Domain, store: AppendingTrackerStore, url: str
) -> None:
    wrapped = Agent(domain, tracker_store=store).tracker_store
    await say(wrapped, turn(1))
    with gone(url, store.engine):
        await say(wrapped, turn(2))
        await say(wrapped, turn(1), "web:new")
        assert sorted(await wrapped.keys()) == ["web:new", WHO]
        assert said(await wrapped.retrieve_full_tracker("web:new")) == ["第1句"]
        assert await wrapped.retrieve("web:nobody") is None
    assert wrapped._fallback_tracker_store is None
    await settled(store)
    assert sorted(told(url)) == ["第1句", "第1句", "第2句"]


async def test_a_conversation_that_can_be_read_nowhere_begins_anew_and_keeps_both_parts(
    opened: Opened, store: AppendingTrackerStore, url: str
) -> None:
    await say(store, turn(1))
    other = opened()
    with gone(url, store.engine, other.engine):
        assert said(await say(other, turn(2))) == ["第2句"]
        assert said(await say(other, turn(3))) == ["第2句", "第3句"]
    await settled(other)
    assert said(await store.retrieve_full_tracker(WHO)) == ["第1句", "第2句", "第3句"]
    assert said(await store.retrieve(WHO)) == ["第2句", "第3句"]


async def test_a_rasa_starts_while_the_database_is_away(opened: Opened, url: str) -> None:
    with gone(url):
        store = opened()
        await say(store, turn(1))
        assert store.state == "spooling"
    await settled(store)
    assert told(url) == ["第1句"]


async def test_what_another_added_before_the_outage_comes_before_what_waited(
    opened: Opened, store: AppendingTrackerStore, url: str
) -> None:
    other = opened()
    await say(store, turn(1))
    running = await store.retrieve(WHO)
    await say(other, turn(2))
    with gone(url, store.engine, other.engine):
        assert running is not None
        for event in turn(3):
            running.update(event)
        await store.save(running)
        await say(store, turn(4))
    await settled(store)
    assert told(url) == ["第1句", "第2句", "第3句", "第4句"]
    assert said(await store.retrieve(WHO)) == ["第2句", "第3句", "第4句"]


async def test_a_turn_that_is_cancelled_while_it_is_saved_is_saved(
    store: AppendingTrackerStore, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await say(store, turn(1))
    running = await store.retrieve(WHO)
    assert running is not None
    for each in turn(2):
        running.update(each)
    monkeypatch.setattr(tracker, "_PATIENCE", 0.3)
    with locked(url):
        saving = asyncio.create_task(store.save(running))
        await asyncio.sleep(0.1)
        saving.cancel()
        await until(lambda: store.state == "spooling")
    await settled(store)
    assert Counter(told(url)) == {"第1句": 1, "第2句": 1}


async def test_the_turn_after_one_that_could_not_be_added_brings_it_along(
    store: AppendingTrackerStore, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracker, "_LOOK", 1000)
    await say(store, turn(1))
    with monkeypatch.context() as broken:
        broken.setattr(store.table, "append", None)
        await say(store, turn(2))
    await say(store, turn(3))
    assert told(url) == ["第1句", "第2句", "第3句"]
    assert store.state == "ok"


async def test_rows_that_the_database_refuses_keep_nobody_else_s_waiting(
    store: AppendingTrackerStore, url: str
) -> None:
    await say(store, turn(1))
    with gone(url, store.engine):
        bad = turn(1)
        bad[0].timestamp = "no time"
        await say(store, bad[1:], "web:bad")
        store.spool.of("web:bad")[0].rows[0]["type_name"] = None
        await say(store, turn(2))
    await until(lambda: len(store.spool) == 1)
    assert told(url) == ["第1句", "第2句"]
    assert [turn.sender_id for turn in store.spool.of("web:bad")] == ["web:bad"]
    assert memory_state(store) == "spooling"
