"""Where Rasa keeps conversations, and in which order it takes their turns.

endpoints.yml names the two classes.
"""

from __future__ import annotations

from rasa.core.tracker_store import TrackerStore

from bot.nlu.stores.lock import QueueingLockStore
from bot.nlu.stores.short import KEPT_TURNS, shortened
from bot.nlu.stores.tracker import AppendingTrackerStore

__all__ = ["KEPT_TURNS", "AppendingTrackerStore", "QueueingLockStore", "memory_state", "shortened"]


def memory_state(store: TrackerStore) -> str:
    """Return `AppendingTrackerStore.state` of the store that an agent has; `unsafe` for any other kind."""
    # The agent has it within a wrapper of Rasa's that does not show it.
    kept = getattr(store, "_tracker_store", store)
    return kept.state if isinstance(kept, AppendingTrackerStore) else "unsafe"
