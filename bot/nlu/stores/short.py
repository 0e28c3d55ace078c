"""A conversation made short: its last turns behind a summary of what came before them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import takewhile
from typing import Any

from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    ConversationPaused,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker

# Rules and actions look at the present turn; the others are for whoever undoes one.
KEPT_TURNS = 3
# After so many the table gets a short beginning, so that nobody's talk takes ever longer to read.
MOST_TURNS = 60
_BEFORE = "before"  # in the row of such a beginning: the events from which a tracker goes on


def session_of(events: list[Event]) -> list[Event]:
    """Return the events of the last session."""
    starts = [number for number, event in enumerate(events) if isinstance(event, SessionStarted)]
    return events[starts[-1] :] if starts else events


def turns_in(events: Iterable[Event]) -> int:
    """Return how often the citizen has spoken."""
    return sum(isinstance(event, UserUttered) for event in events)


def beginning(events: list[Event]) -> dict[str, Any]:
    """Return an event of the table after which no older one has to be read; `events`: a short tracker's.

    It is a session's beginning like any other to whoever does not know what stands in it.
    """
    start = SessionStarted(timestamp=events[-1].timestamp).as_dict()
    return {**start, _BEFORE: [event.as_dict() for event in events]}


def from_last_beginning(stored: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return events of the table as if each were there, but for those before the last `beginning`."""
    cuts = [number for number, event in enumerate(stored) if _BEFORE in event]
    return [*stored[cuts[-1]][_BEFORE], *stored[cuts[-1] + 1 :]] if cuts else stored


def without_beginnings(stored: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the events of the table that have happened."""
    return [event for event in stored if _BEFORE not in event]


def in_common(stored: list[dict[str, Any]], events: Iterable[Event]) -> int:
    """Return with how many events of the table a tracker begins."""
    kept = ({**event, "turn": None} for event in stored)
    mine = ({**json.loads(json.dumps(event.as_dict())), "turn": None} for event in events)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(kept, mine, strict=False)))


def shortened(events: list[Event], slots: Iterable[Slot]) -> list[Event]:
    """Return the last turns of the last session, behind a summary of what came before them.

    The events leave a tracker with the same slots, form and last message as all of them would.
    """
    session = session_of(events)
    turns = [number for number, event in enumerate(session) if isinstance(event, UserUttered)]
    if len(turns) <= KEPT_TURNS:
        return session
    cut = turns[-KEPT_TURNS]
    return [*_summary(session[:cut], slots), *session[cut:]]


def _summary(events: list[Event], slots: Iterable[Slot]) -> list[Event]:
    """The fewest events after which a tracker stands where `events` leave it."""
    then = DialogueStateTracker.from_events("", events, slots)
    loop = then.active_loop
    summary: list[Event] = [SessionStarted()]
    if loop is not None and loop.name:
        # In the order of a real turn: Rasa looks back for the form's action and for what began the form.
        summary += [ActionExecuted(ACTION_LISTEN_NAME), *_message_before(events, loop.name)]
        summary += [ActionExecuted(loop.name), ActiveLoop(loop.name)]
        summary += [ActionExecutionRejected(loop.name)] if loop.rejected else []
    summary += [SlotSet(name, slot.value) for name, slot in then.slots.items() if slot.has_been_set]
    summary += [ConversationPaused()] if then.is_paused() else []
    summary.append(ActionExecuted(ACTION_LISTEN_NAME))
    return summary


def _message_before(events: list[Event], loop: str) -> list[Event]:
    """The citizen's message that began the form, if one did."""
    begun = max(n for n, event in enumerate(events) if isinstance(event, ActiveLoop) and event.name == loop)
    said = [event for event in events[:begun] if isinstance(event, UserUttered)]
    return said[-1:]
