from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest
from rasa.core.agent import Agent
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    SlotSet,
)
from rasa.utils.endpoints import EndpointConfig

from bot.nlu.channel import _said
from bot.nlu.stores import AppendingTrackerStore, QueueingLockStore, tracker
from tests.nlu.stores.conftest import Opened
from tests.nlu.stores.conversation import ROOT, WHO, rows, said, say, turn


async def test_a_turn_adds_its_own_events_and_changes_no_row(store: AppendingTrackerStore, url: str) -> None:
    await say(store, turn(1))
    before = rows(url)
    await say(store, turn(2))
    after = rows(url)
    assert after[: len(before)] == before
    assert [row["event"] for row in after[len(before) :]] == ["user", "action", "bot", "action"]


async def test_a_tracker_saved_twice_is_written_once(store: AppendingTrackerStore, url: str) -> None:
    tracker = await say(store, turn(1))
    written = len(rows(url))
    await store.save(tracker)
    assert len(rows(url)) == written
    tracker.update(SlotSet("topic", "materials"))
    await store.save(tracker)
    assert len(rows(url)) == written + 1


async def test_the_order_is_that_of_the_rows_when_the_clock_steps_back(
    opened: Opened, store: AppendingTrackerStore
) -> None:
    await say(store, turn(1))
    late = turn(2)
    for event in late:
        event.timestamp -= 120
    await say(store, late)
    assert said(await opened().retrieve(WHO)) == ["第1句", "第2句"]


async def test_two_stores_on_one_database_see_what_the_other_added(
    opened: Opened, store: AppendingTrackerStore
) -> None:
    other = opened()
    await say(store, turn(1))
    await say(other, turn(2, "action_guide", SlotSet("topic", "process")))
    tracker = await say(store, turn(3))
    assert said(tracker) == ["第1句", "第2句", "第3句"]
    assert tracker.get_slot("topic") == "process"


async def test_a_turn_that_ran_beside_another_store_is_not_taken_from_memory(
    opened: Opened, store: AppendingTrackerStore
) -> None:
    await say(store, turn(1))
    mine = await store.retrieve(WHO)
    assert mine is not None
    await say(opened(), turn(2))
    for event in turn(3):
        mine.update(event)
    await store.save(mine)
    assert said(await store.retrieve(WHO)) == ["第1句", "第2句", "第3句"]


async def test_of_a_message_that_two_held_at_once_the_first_turn_alone_is_kept(
    opened: Opened, store: AppendingTrackerStore, url: str
) -> None:
    await say(store, turn(1))
    mine = await store.retrieve(WHO)
    assert mine is not None
    await say(opened(), turn(2, "action_guide", SlotSet("topic", "process")))
    await say(opened(), turn(3))
    for event in turn(2, "action_offices"):
        mine.update(event)
    await store.save(mine)
    assert [row.get("message_id") for row in rows(url) if row["event"] == "user"] == ["m1", "m2", "m3"]
    found = await store.retrieve(WHO)
    assert (said(found), found and found.get_slot("topic")) == (["第1句", "第2句", "第3句"], "process")


async def test_a_turn_that_failed_leaves_nothing_behind(store: AppendingTrackerStore) -> None:
    await say(store, turn(1))
    failed = await store.retrieve(WHO)
    assert failed is not None
    failed.update(SlotSet("topic", "half done"))
    found = await store.retrieve(WHO)
    assert found is not None
    assert found.get_slot("topic") is None


async def test_a_turn_loses_nothing_when_rasa_begins_anew_because_it_could_not_read(
    domain: Domain, store: AppendingTrackerStore, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapped = Agent(domain, tracker_store=store).tracker_store
    await say(wrapped, turn(1))
    with monkeypatch.context() as broken:
        broken.setattr(store.table, "read", None)
        await say(wrapped, turn(2))
    texts = [row["text"] for row in rows(url) if row["event"] == "user"]
    assert texts == ["第1句", "第2句"]


async def test_what_this_process_saved_last_is_not_read_again(
    store: AppendingTrackerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await say(store, turn(1))
    monkeypatch.setattr(store.table, "_events", None)
    assert said(await store.retrieve(WHO)) == ["第1句"]


async def test_few_trackers_stay_in_memory_and_the_others_are_read(
    store: AppendingTrackerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracker, "_LIVE", 2)
    for who in ("a", "b", "c"):
        await say(store, turn(1), who)
    assert list(store._live) == ["b", "c"]
    assert said(await store.retrieve("a")) == ["第1句"]


async def test_the_whole_conversation_can_still_be_read(store: AppendingTrackerStore) -> None:
    for number in range(1, 21):
        await say(store, turn(number))
    full = await store.retrieve_full_tracker(WHO)
    assert said(full) == [f"第{number}句" for number in range(1, 21)]
    assert await store.keys() == [WHO]
    assert await store.retrieve("nobody") is None
    assert await store.retrieve_full_tracker("nobody") is None


async def test_the_table_is_stock_rasas_own(domain: Domain, store: AppendingTrackerStore, url: str) -> None:
    await say(store, turn(1))
    await say(store, turn(2))
    assert said(await SQLTrackerStore(domain, host=url).retrieve(WHO)) == ["第1句", "第2句"]


async def test_rasa_takes_the_store_that_endpoints_yml_names(
    domain: Domain, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK_TRACKER_URL", url)
    monkeypatch.setenv("DESK_ACTIONS_WEBHOOKS", "http://127.0.0.1:1/webhook")
    monkeypatch.setenv("DESK_LOOPBACK_TOKEN", "t")
    monkeypatch.setenv("DESK_TRACKER_SPOOL", str(tmp_path / "spool"))
    from rasa.core.utils import AvailableEndpoints

    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    store = TrackerStore.create(endpoints.tracker_store, domain)
    assert isinstance(store, AppendingTrackerStore)
    # The agent wraps it, and makes the trackers of new conversations by itself.
    wrapped = Agent(domain, tracker_store=store).tracker_store
    await say(wrapped, turn(1))
    await say(wrapped, turn(2))
    assert [row["text"] for row in rows(url) if row["event"] == "user"] == ["第1句", "第2句"]
    assert isinstance(endpoints.tracker_store, EndpointConfig)


async def test_deleted_rows_leave_no_words_in_the_file(domain: Domain, tmp_path: Path) -> None:
    store = AppendingTrackerStore(domain, host=f"sqlite:///{tmp_path / 'tracker.db'}", spool=str(tmp_path))
    await say(store, turn(1))
    with store.engine.begin() as connection:
        pragma = {
            n: connection.exec_driver_sql(f"PRAGMA {n}").scalar() for n in ("journal_mode", "secure_delete")
        }
    assert pragma == {"journal_mode": "wal", "secure_delete": 1}


async def test_a_locked_database_does_not_hold_up_the_event_loop(store: AppendingTrackerStore) -> None:
    await say(store, turn(1))
    order = []
    with store.engine.begin() as other:  # SQLite is locked by this alone
        if other.dialect.name == "postgresql":
            other.exec_driver_sql("LOCK TABLE events")
        saving = asyncio.create_task(say(store, turn(2)))
        saving.add_done_callback(lambda _: order.append("saved"))
        await asyncio.sleep(0.1)  # the loop goes on while the save waits for the lock
        order.append("meanwhile")
    await saving
    assert order == ["meanwhile", "saved"]


async def test_what_one_rasa_has_answered_is_found_by_another(opened: Opened) -> None:
    await say(opened(), turn(1))
    asked = {"sender": WHO, "message_id": "m1"}
    other = SimpleNamespace(tracker_store=opened(), lock_store=QueueingLockStore())
    assert await _said(other, asked) == [{"recipient_id": WHO, "text": "第1答"}]
    assert await _said(other, {**asked, "message_id": "m2"}) is None
