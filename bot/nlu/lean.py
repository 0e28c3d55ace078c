"""What Rasa does in every turn though it comes to nothing, or to the same as in the turn before.

There is no setting for any of it. Together it was a third of what a turn cost (DECISIONS.md).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from rasa.core import processor
from rasa.core.actions.action import ActionExtractSlots
from rasa.shared.core.constants import ACTION_VALIDATE_SLOT_MAPPINGS
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.slots import Slot

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
    _extract_nothing_where_nothing_is_extracted()


def _copied(slot: Slot) -> Slot:
    made = slot.__class__.__new__(slot.__class__)
    made.__dict__.update(slot.__dict__)
    return made


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
