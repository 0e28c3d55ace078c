"""What is left out changes nothing that comes out."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from rasa.core import processor
from rasa.core.actions import forms
from rasa.core.actions.action import ActionExtractSlots
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.core.policies import rule_policy
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    ConversationPaused,
    Event,
    FollowupAction,
    LoopInterrupted,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
    deserialise_events,
)
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses

from bot.nlu.lean import make_lean
from bot.nlu.runner import OrderedGraphRunner

# What a copy has not: where the events of its tracker come from, and how far they are stored.
_ORIGIN = {"sender_source", "model_id", "assistant_id", "mark"}
BY_ACTIONS = "intents: [ask]\nslots:\n"


@pytest.fixture
def lean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Rasa with our changes, for one test."""
    with monkeypatch.context() as patch:
        patch.setattr(processor, "DaskGraphRunner", processor.DaskGraphRunner)
        patch.setattr(Event, "resolve_by_type", staticmethod(Event.resolve_by_type))
        patch.setattr(Domain, "empty", Domain.empty)
        patch.setattr(Slot, "__copy__", None, raising=False)
        patch.setattr(ActionExtractSlots, "run", ActionExtractSlots.run)
        patch.setattr(DialogueStateTracker, "copy", DialogueStateTracker.copy)
        for module in (processor, forms, rule_policy):
            patch.setattr(module, "copy", module.copy)
        make_lean()
        yield


def test_every_kind_of_event_is_the_same_class(lean: None) -> None:
    kinds = {kind.type_name for kind in all_subclasses(Event) if kind.type_name}
    found = {name: Event.resolve_by_type(name) for name in kinds}
    assert len(found) > 20
    assert {name: kind.type_name for name, kind in found.items() if kind} == {name: name for name in kinds}
    assert deserialise_events([{"event": "slot", "name": "a", "value": 1}]) == [SlotSet("a", 1)]
    with pytest.raises(ValueError, match="Unknown event name 'none'"):
        Event.resolve_by_type("none")


def test_a_domain_with_something_in_it_is_not_empty_and_one_without_is(lean: None) -> None:
    for _ in range(2):
        assert Domain.empty().is_empty()
        assert not Domain.from_yaml("intents: [ask]").is_empty()


def test_models_are_loaded_into_our_runner(lean: None) -> None:
    assert processor.DaskGraphRunner is OrderedGraphRunner


def test_a_copy_of_a_slot_has_a_value_of_its_own(lean: None) -> None:
    slots = Domain.from_yaml(BY_ACTIONS + "  topic: {type: text, mappings: [{type: custom}]}\n").slots
    first, second = (DialogueStateTracker("a", slots) for _ in range(2))
    first.update(SlotSet("topic", "x"))
    assert (first.get_slot("topic"), second.get_slot("topic")) == ("x", None)
    assert type(first.slots["topic"]) is type(next(slot for slot in slots if slot.name == "topic"))
    assert first.slots["topic"].has_been_set and not second.slots["topic"].has_been_set


@pytest.mark.parametrize("seed", range(200))
def test_a_copy_of_a_tracker_is_what_its_events_replayed_would_be(lean: None, seed: int) -> None:
    slots = Domain.from_yaml(BY_ACTIONS + "  topic: {type: any, mappings: [{type: custom}]}\n").slots
    chance = random.Random(seed)
    events = [_event(chance) for _ in range(chance.randrange(40))]
    tracker = DialogueStateTracker.from_events("a", events, slots, sender_source="b")
    tracker.model_id, tracker.assistant_id, tracker.mark = "m", "n", "of our store"
    copied, replayed = tracker.copy(), tracker.travel_back_in_time(float("inf"))
    assert [vars(copied).get(part) for part in _ORIGIN] == [None] * 4
    assert vars(copied).keys() == vars(replayed).keys() and _state(copied) == _state(replayed)
    for event in (_event(chance) for _ in range(10)):
        copied.update(event)
        replayed.update(event)
        assert _state(copied) == _state(replayed)
    assert _state(tracker) == _state(DialogueStateTracker.from_events("a", events, slots, sender_source="b"))


def _event(chance: random.Random) -> Event:
    """One of all that change a state."""
    return chance.choice(
        [
            UserUttered("x", {"name": "ask"}),
            ActionExecuted(chance.choice(["action_listen", "action_x", "form"])),
            ActionExecutionRejected("form"),
            ActiveLoop(chance.choice(["form", None])),
            LoopInterrupted(chance.choice([True, False])),
            SlotSet("topic", chance.choice(["y", None, ["z"]])),
            AllSlotsReset(),
            BotUttered("y"),
            FollowupAction("action_x"),
            ConversationPaused(),
            ActionReverted(),
            UserUtteranceReverted(),
            SessionStarted(),
            Restarted(),
        ]
    )


def _state(tracker: DialogueStateTracker) -> dict[str, Any]:
    """All that the events of a tracker make of it."""
    state = {name: value for name, value in vars(tracker).items() if name not in _ORIGIN}
    slots = {name: vars(slot) for name, slot in tracker.slots.items()}
    return {**state, "events": list(tracker.events), "slots": slots}


def test_a_tracker_for_any_slot_is_copied_too(lean: None) -> None:
    tracker = DialogueStateTracker.from_events("a", [SlotSet("anything", 1)], None)
    assert list(tracker.copy().events) == list(tracker.events)


@pytest.mark.parametrize(
    ("slots", "found"),
    [
        ("  topic: {type: any, mappings: [{type: custom}]}\n", []),
        ("  topic: {type: any, mappings: [{type: from_text}]}\n", [SlotSet("topic", "x")]),
        ("  topic: {type: any, mappings: [{type: from_intent, value: y}]}\n", [SlotSet("topic", "y")]),
    ],
)
async def test_slots_are_filled_from_words_where_the_domain_says_so(
    lean: None, slots: str, found: list[Event]
) -> None:
    domain = Domain.from_yaml(BY_ACTIONS + slots)
    tracker = DialogueStateTracker.from_events("a", [UserUttered("x", {"name": "ask"})], domain.slots)
    nlg = TemplatedNaturalLanguageGenerator({})
    events = await ActionExtractSlots(None).run(CollectingOutputChannel(), nlg, tracker, domain)
    assert events == found
