from __future__ import annotations

import json

import pytest
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecutionRejected,
    ActiveLoop,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
)
from rasa.shared.core.trackers import DialogueStateTracker

from bot.nlu.stores import KEPT_TURNS, AppendingTrackerStore, shortened
from bot.nlu.stores.short import MOST_TURNS
from tests.nlu.stores.conftest import Opened
from tests.nlu.stores.conversation import WHO, beginning, form_begins, rows, said, say, state, turn


async def test_a_form_begun_two_hundred_turns_ago_is_still_active_with_its_slots_after_a_reload(
    opened: Opened, store: AppendingTrackerStore
) -> None:
    await say(store, turn(1))
    await say(store, form_begins(2))
    for number in range(3, 203):
        live = await say(store, turn(number, "complaint_form", SlotSet("form_turn", number)))
    loaded = await opened().retrieve(WHO)
    for tracker in (live, loaded):
        assert tracker is not None
        assert tracker.active_loop_name == "complaint_form"
        assert tracker.get_slot("requested_slot") == "complaint_when"
        assert tracker.get_slot("complaint_story") == "窗口没人"
        assert tracker.get_slot("form_turn") == 202
        assert tracker.latest_message and tracker.latest_message.text == "第202句"


async def test_three_hundred_turns_do_not_grow_what_is_posted_to_the_action_server(
    domain: Domain, store: AppendingTrackerStore, url: str
) -> None:
    sizes = []
    for number in range(1, 301):
        tracker = await say(store, turn(number, "action_guide", SlotSet("topic", str(number % 10))))
        sizes.append(len(json.dumps(RemoteAction("action_guide", None)._action_call_format(tracker, domain))))
    # The first turns are shorter: nothing lies behind them.
    assert max(sizes) - sizes[KEPT_TURNS + 1] < 100
    assert len([row for row in rows(url) if row["event"] == "user"]) == 300


async def test_a_session_without_end_is_read_from_a_short_beginning(
    opened: Opened, store: AppendingTrackerStore, url: str
) -> None:
    await say(store, form_begins(0))
    for number in range(1, 200):
        await say(store, turn(number, "complaint_form", SlotSet("form_turn", number)))
    read = store.table.read(WHO, SessionStarted.type_name).events or []
    assert len([event for event in read if event["event"] == "user"]) <= MOST_TURNS
    loaded = await opened().retrieve(WHO)
    assert state(loaded) == state(await store.retrieve(WHO))
    assert said(loaded) == ["第0句", "第197句", "第198句", "第199句"]
    # Nothing that was said is told twice or left out, neither here nor in the table.
    everything = [f"第{number}句" for number in range(200)]
    assert said(await store.retrieve_full_tracker(WHO)) == everything
    assert [row["text"] for row in rows(url) if row["event"] == "user"] == everything


async def test_a_short_beginning_hides_no_turn_of_somebody_else(
    opened: Opened, store: AppendingTrackerStore
) -> None:
    for number in range(1, MOST_TURNS + 1):
        await say(store, turn(number))
    running = await store.retrieve(WHO)
    await say(opened(), turn(0, "action_guide", SlotSet("topic", "process")))
    assert running is not None
    for event in turn(MOST_TURNS + 1):
        running.update(event)
    await store.save(running)
    found = await store.retrieve(WHO)
    assert found is not None and found.get_slot("topic") == "process"
    assert said(found)[-2:] == ["第0句", f"第{MOST_TURNS + 1}句"]


async def test_no_slot_of_an_old_session_stands_in_a_new_one(
    opened: Opened, store: AppendingTrackerStore
) -> None:
    await say(store, turn(1, "claim_form", SlotSet("claim_name", "演示甲")))
    later = await say(store, [*beginning(), *turn(2)])
    assert later.get_slot("claim_name") is None
    loaded = await opened().retrieve(WHO)
    assert loaded is not None and loaded.get_slot("claim_name") is None


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
    opened: Opened, domain: Domain, turns: list[list[Event]]
) -> None:
    store = opened()
    events = beginning()
    for number, added in enumerate(turns):
        await say(store, added)
        events += added
        whole = DialogueStateTracker.from_events(WHO, events, domain.slots)
        loaded = await opened().retrieve(WHO)
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
