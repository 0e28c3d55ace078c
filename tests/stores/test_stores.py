from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from rasa.core.actions.action import RemoteAction
from rasa.core.agent import Agent
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    BotUttered,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from rasa.utils.endpoints import EndpointConfig

from bot import stores
from bot.stores import KEPT_TURNS, AppendingTrackerStore, shortened

ROOT = Path(__file__).parents[2]
WHO = "web:someone"


@pytest.fixture(scope="module")
def domain() -> Domain:
    return Domain.from_file(str(ROOT / "domain.yml"))


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(tmp_path / "tracker.db")


@pytest.fixture
def store(domain: Domain, file: str) -> AppendingTrackerStore:
    return AppendingTrackerStore(domain, db=file)


def listen() -> ActionExecuted:
    return ActionExecuted("action_listen")


def beginning() -> list[Event]:
    return [ActionExecuted("action_session_start"), SessionStarted(), listen()]


def turn(number: int, action: str = "action_guide", *events: Event) -> list[Event]:
    said = UserUttered(f"第{number}句", {"name": "materials", "confidence": 0.9}, message_id=f"m{number}")
    return [said, ActionExecuted(action), *events, BotUttered(f"第{number}答"), listen()]


def form_begins(number: int, slot: str = "complaint_when") -> list[Event]:
    return turn(
        number,
        "complaint_form",
        ActiveLoop("complaint_form"),
        SlotSet("complaint_story", "窗口没人"),
        SlotSet("requested_slot", slot),
    )


async def say(store: TrackerStore, events: Sequence[Event], who: str = WHO) -> DialogueStateTracker:
    """Carry out a turn as Rasa does: retrieve, add, save."""
    tracker = await store.get_or_create_tracker(who, append_action_listen=False)
    first = [] if tracker.events else beginning()
    for event in first:
        event.timestamp = events[0].timestamp - 1
    for event in [*first, *events]:
        tracker.update(event)
    await store.save(tracker)
    return tracker


def rows(file: str) -> list[dict[str, Any]]:
    with sqlite3.connect(file) as connection:
        return [json.loads(data) for (data,) in connection.execute("SELECT data FROM events ORDER BY id")]


def said(tracker: DialogueStateTracker | None) -> list[str]:
    assert tracker is not None
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


def state(tracker: DialogueStateTracker | None) -> dict[str, Any]:
    """What rules and actions see of a tracker."""
    assert tracker is not None
    seen = tracker.current_state(EventVerbosity.NONE)
    return seen


async def test_a_turn_adds_its_own_events_and_changes_no_row(store: AppendingTrackerStore, file: str) -> None:
    await say(store, turn(1))
    before = rows(file)
    await say(store, turn(2))
    after = rows(file)
    assert after[: len(before)] == before
    assert [row["event"] for row in after[len(before) :]] == ["user", "action", "bot", "action"]


async def test_a_tracker_saved_twice_is_written_once(store: AppendingTrackerStore, file: str) -> None:
    tracker = await say(store, turn(1))
    written = len(rows(file))
    await store.save(tracker)
    assert len(rows(file)) == written
    tracker.update(SlotSet("topic", "materials"))
    await store.save(tracker)
    assert len(rows(file)) == written + 1


async def test_the_order_is_that_of_the_rows_when_the_clock_steps_back(
    domain: Domain, store: AppendingTrackerStore, file: str
) -> None:
    await say(store, turn(1))
    late = turn(2)
    for event in late:
        event.timestamp -= 120
    await say(store, late)
    assert said(await AppendingTrackerStore(domain, db=file).retrieve(WHO)) == ["第1句", "第2句"]


async def test_two_stores_on_one_file_see_what_the_other_added(
    domain: Domain, store: AppendingTrackerStore, file: str
) -> None:
    other = AppendingTrackerStore(domain, db=file)
    await say(store, turn(1))
    await say(other, turn(2, "action_guide", SlotSet("topic", "process")))
    tracker = await say(store, turn(3))
    assert said(tracker) == ["第1句", "第2句", "第3句"]
    assert tracker.get_slot("topic") == "process"


async def test_a_turn_that_ran_beside_another_store_is_not_taken_from_memory(
    domain: Domain, store: AppendingTrackerStore, file: str
) -> None:
    await say(store, turn(1))
    mine = await store.retrieve(WHO)
    assert mine is not None
    await say(AppendingTrackerStore(domain, db=file), turn(2))
    for event in turn(3):
        mine.update(event)
    await store.save(mine)
    assert said(await store.retrieve(WHO)) == ["第1句", "第2句", "第3句"]


async def test_a_turn_that_failed_leaves_nothing_behind(store: AppendingTrackerStore) -> None:
    await say(store, turn(1))
    failed = await store.retrieve(WHO)
    assert failed is not None
    failed.update(SlotSet("topic", "half done"))
    found = await store.retrieve(WHO)
    assert found is not None
    assert found.get_slot("topic") is None


async def test_what_this_process_saved_last_is_not_read_again(
    store: AppendingTrackerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await say(store, turn(1))
    monkeypatch.setattr(store, "_events", None)
    assert said(await store.retrieve(WHO)) == ["第1句"]


async def test_few_trackers_stay_in_memory_and_the_others_are_read(
    store: AppendingTrackerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "_LIVE", 2)
    for who in ("a", "b", "c"):
        await say(store, turn(1), who)
    assert list(store._live) == ["b", "c"]
    assert said(await store.retrieve("a")) == ["第1句"]


async def test_a_form_begun_two_hundred_turns_ago_is_still_active_with_its_slots_after_a_reload(
    domain: Domain, store: AppendingTrackerStore, file: str
) -> None:
    await say(store, turn(1))
    await say(store, form_begins(2))
    for number in range(3, 203):
        live = await say(store, turn(number, "complaint_form", SlotSet("form_turn", number)))
    loaded = await AppendingTrackerStore(domain, db=file).retrieve(WHO)
    for tracker in (live, loaded):
        assert tracker is not None
        assert tracker.active_loop_name == "complaint_form"
        assert tracker.get_slot("requested_slot") == "complaint_when"
        assert tracker.get_slot("complaint_story") == "窗口没人"
        assert tracker.get_slot("form_turn") == 202
        assert tracker.latest_message and tracker.latest_message.text == "第202句"


async def test_three_hundred_turns_do_not_grow_what_is_posted_to_the_action_server(
    domain: Domain, store: AppendingTrackerStore, file: str
) -> None:
    sizes = []
    for number in range(1, 301):
        tracker = await say(store, turn(number, "action_guide", SlotSet("topic", str(number % 10))))
        sizes.append(len(json.dumps(RemoteAction("action_guide", None)._action_call_format(tracker, domain))))
    # The first turns are shorter: nothing lies behind them.
    assert max(sizes) - sizes[KEPT_TURNS + 1] < 100
    assert len([row for row in rows(file) if row["event"] == "user"]) == 300


CONVERSATIONS: dict[str, list[list[Event]]] = {
    "slots that change and are taken back": [
        turn(n, "action_guide", SlotSet("topic", n if n % 3 else None)) for n in range(1, 12)
    ],
    "a form that ended": [
        form_begins(1),
        turn(2, "complaint_form", ActiveLoop(None)),
        turn(3),
        turn(4),
        turn(5),
    ],
    "a form that was rejected": [
        form_begins(1),
        turn(2, "action_guide", ActionExecutionRejected("complaint_form")),
        *[turn(n) for n in range(3, 9)],
    ],
    "a form after another": [
        form_begins(1),
        turn(2, "complaint_form", ActiveLoop(None)),
        turn(3, "claim_form", ActiveLoop("claim_form"), SlotSet("requested_slot", "claim_name")),
        *[turn(n, "claim_form") for n in range(4, 10)],
    ],
    "a conversation started over": [form_begins(1), turn(2, "action_restart", Restarted()), turn(3), turn(4)],
    "a second session": [form_begins(1), turn(2), [*beginning(), *turn(3)], turn(4), turn(5), turn(6)],
    "a turn taken back": [
        form_begins(1),
        *[turn(n) for n in range(2, 8)],
        [*turn(8), UserUtteranceReverted()],
    ],
}


@pytest.mark.parametrize("turns", CONVERSATIONS.values(), ids=CONVERSATIONS)
async def test_a_shortened_tracker_stands_where_the_whole_one_does_after_every_turn(
    domain: Domain, file: str, turns: list[list[Event]]
) -> None:
    store = AppendingTrackerStore(domain, db=file)
    events = beginning()
    for number, added in enumerate(turns):
        await say(store, added)
        events += added
        whole = DialogueStateTracker.from_events(WHO, events, domain.slots)
        loaded = await AppendingTrackerStore(domain, db=file).retrieve(WHO)
        for tracker in (await store.retrieve(WHO), loaded):
            assert state(tracker) == state(whole), number
            assert tracker is not None and state(tracker.copy()) == state(whole), number


def test_what_rules_look_at_is_the_same_after_shortening(domain: Domain) -> None:
    events = [*beginning(), *turn(1), *form_begins(2)]
    for number in range(3, 12):
        events += turn(number, "complaint_form", SlotSet("form_turn", number))
    whole = DialogueStateTracker.from_events(WHO, events, domain.slots)
    short = DialogueStateTracker.from_events(WHO, shortened(events, domain.slots), domain.slots)
    assert short.past_states(domain)[-2:] == whole.past_states(domain)[-2:]
    assert len(short.events) < len(whole.events) / 2


async def test_the_whole_conversation_can_still_be_read(domain: Domain, store: AppendingTrackerStore) -> None:
    for number in range(1, 21):
        await say(store, turn(number))
    full = await store.retrieve_full_tracker(WHO)
    assert said(full) == [f"第{number}句" for number in range(1, 21)]
    assert await store.keys() == [WHO]
    assert await store.retrieve("nobody") is None
    assert await store.retrieve_full_tracker("nobody") is None


async def test_the_table_is_stock_rasas_own(domain: Domain, store: AppendingTrackerStore, file: str) -> None:
    await say(store, turn(1))
    await say(store, turn(2))
    assert said(await SQLTrackerStore(domain, db=file).retrieve(WHO)) == ["第1句", "第2句"]


async def test_rasa_takes_the_store_that_endpoints_yml_names(
    domain: Domain, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK_TRACKER_DB", file)
    monkeypatch.setenv("DESK_ACTIONS_PORT", "1")
    monkeypatch.setenv("DESK_LOOPBACK_TOKEN", "t")
    from rasa.core.utils import AvailableEndpoints

    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    store = TrackerStore.create(endpoints.tracker_store, domain)
    assert isinstance(store, AppendingTrackerStore)
    # The agent wraps it, and makes the trackers of new conversations by itself.
    wrapped = Agent(domain, tracker_store=store).tracker_store
    await say(wrapped, turn(1))
    await say(wrapped, turn(2))
    assert [row["text"] for row in rows(file) if row["event"] == "user"] == ["第1句", "第2句"]
    assert isinstance(endpoints.tracker_store, EndpointConfig)


async def test_deleted_rows_leave_no_words_in_the_file(store: AppendingTrackerStore, file: str) -> None:
    await say(store, turn(1))
    with store.engine.begin() as connection:
        pragma = {
            n: connection.exec_driver_sql(f"PRAGMA {n}").scalar() for n in ("journal_mode", "secure_delete")
        }
    assert pragma == {"journal_mode": "wal", "secure_delete": 1}


async def test_a_locked_database_does_not_hold_up_the_event_loop(
    store: AppendingTrackerStore, file: str
) -> None:
    await say(store, turn(1))
    order = []
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    saving = asyncio.create_task(say(store, turn(2)))
    saving.add_done_callback(lambda _: order.append("saved"))
    await asyncio.sleep(0.1)  # the loop goes on while the save waits for the lock
    order.append("meanwhile")
    other.execute("COMMIT")
    await saving
    assert order == ["meanwhile", "saved"]
