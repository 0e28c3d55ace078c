"""What Rasa does in every turn though it comes to nothing, or to the same as in the turn before.

There is no setting for any of it. Together it was a third of what a turn cost (DECISIONS.md).
"""

from __future__ import annotations

import copy
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from rasa.core import processor
from rasa.core.actions import forms
from rasa.core.actions.action import ActionExtractSlots
from rasa.core.policies import rule_policy
from rasa.shared.core.constants import ACTION_VALIDATE_SLOT_MAPPINGS
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import AnySlotDict, DialogueStateTracker

from bot.nlu.runner import OrderedGraphRunner


def make_lean() -> None:
    """Change Rasa's classes in this process; call it before a model is loaded."""
    processor.DaskGraphRunner = OrderedGraphRunner
    # Looked for among all classes there are, once for each event of an action.
    Event.resolve_by_type = staticmethod(lru_cache(maxsize=None)(Event.resolve_by_type))
    # With it each message's domain is compared, to see whether there is one.
    Domain.empty = lru_cache(maxsize=1)(Domain.empty)
    # Each turn makes several trackers, each with a copy of every slot, which Python would make by pickling.
    Slot.__copy__ = _copied
    _copy_trackers_without_replaying_them()
    # Each of them copies events and states for its debug log alone, which is never written here.
    for module in (processor, forms, rule_policy):
        module.copy = SimpleNamespace(deepcopy=lambda told: told)
    _extract_nothing_where_nothing_is_extracted()


def _copied(slot: Slot) -> Slot:
    made = slot.__class__.__new__(slot.__class__)
    made.__dict__.update(slot.__dict__)
    return made


def _copy_trackers_without_replaying_them() -> None:
    """Give the copy that each action gets the state of its tracker instead of every event once more."""
    replayed = DialogueStateTracker.copy
    # What others note on a tracker, as our store does, belongs to that one alone.
    parts = list(vars(DialogueStateTracker("", ())))

    def copied(tracker: DialogueStateTracker) -> DialogueStateTracker:
        if isinstance(tracker.slots, AnySlotDict):
            return replayed(tracker)
        made = DialogueStateTracker.__new__(DialogueStateTracker)
        made.__dict__.update((part, getattr(tracker, part)) for part in parts)
        made.events = copy.copy(tracker.events)
        made.slots = {name: copy.copy(slot) for name, slot in tracker.slots.items()}
        # A loop is the one part of a state that changes in place.
        made.active_loop = copy.copy(tracker.active_loop)
        # As in a copy of Rasa's own: only the tracker itself says with its events where they come from.
        made.sender_source = made.model_id = made.assistant_id = None
        return made

    DialogueStateTracker.copy = copied


def _extract_nothing_where_nothing_is_extracted() -> None:
    """Spare a domain whose slots are set by actions alone the search of each message for each slot."""
    extract = ActionExtractSlots.run

    async def run(action: ActionExtractSlots, channel: Any, nlg: Any, tracker: Any, domain: Domain) -> Any:
        if _fills_no_slot(domain):
            return []
        return await extract(action, channel, nlg, tracker, domain)

    ActionExtractSlots.run = run


def _fills_no_slot(domain: Domain) -> bool:
    by_actions = all(
        mapping.get("type") == "custom" and "action" not in mapping
        for slot in domain.slots
        for mapping in slot.mappings
    )
    return by_actions and ACTION_VALIDATE_SLOT_MAPPINGS not in domain.user_actions
