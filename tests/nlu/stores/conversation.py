"""Conversations as events, and a store to keep them in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from sqlalchemy import text

from desk.database import open_database

ROOT = Path(__file__).parents[3]
WHO = "web:someone"


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


def rows(url: str, senders: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The events of some conversations one after the other, of all in the order of their rows without any."""
    engine = open_database(url)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT sender_id, data FROM events ORDER BY id")).all()
    engine.dispose()
    wanted = [row for who in senders for row in found if row.sender_id == who] if senders else found
    return [json.loads(row.data) for row in wanted]


def said(tracker: DialogueStateTracker | None) -> list[str]:
    assert tracker is not None
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


def state(tracker: DialogueStateTracker | None) -> dict[str, Any]:
    """What rules and actions see of a tracker."""
    assert tracker is not None
    seen = tracker.current_state(EventVerbosity.NONE)
    return seen
