"""Rasa's memory of the conversations: one table that only grows, and short trackers made from it.

Stock Rasa reads the whole conversation back to save a turn, and replays and posts all of it in every
turn, so that the 300th costs several times the first. Here the table holds everything, and a tracker
holds the last turns behind a summary of what came before: the slots and the form that is going on.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    ConversationPaused,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
    deserialise_events,
)
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import QueuePool

# Rules and actions look at the present turn; the others are for whoever undoes one.
KEPT_TURNS = 3
_LIVE = 500


@dataclass
class _Mark:
    """How much of a tracker is in the table already."""

    events: int
    """The first so many of its events."""
    newest: int
    """The id of the conversation's newest row when the tracker was made or saved."""
    domain: Domain
    """What the tracker's slots were made from."""


class AppendingTrackerStore(SQLTrackerStore):
    """Rasa's own table and settings of the connection, but rows are only ever added, in order of `id`.

    The trackers that this process saved last stay in memory; each is used again only while its
    newest row is the newest in the table, so that a second process may answer the same citizen.
    """

    engine: Engine

    def __init__(
        self, domain: Domain | None = None, event_broker: EventBroker | None = None, **url: Any
    ) -> None:
        """Connect; `url` are the settings of `tracker_store` in endpoints.yml."""
        super().__init__(domain, event_broker=event_broker, **url)
        if self.engine.dialect.name == "sqlite":
            self.engine.dispose()
            self.engine = _sqlite(self.engine.url)
            self.sessionmaker.configure(bind=self.engine)
        self._rows = self.SQLEvent.__table__
        # Taken out while a turn works on it: a turn that fails leaves nothing half done here.
        self._live: OrderedDict[str, DialogueStateTracker] = OrderedDict()

    async def keys(self) -> Iterable[str]:
        """Return the ids of all senders."""
        return await asyncio.to_thread(self._senders)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Return the tracker of the present session, shortened; None for an unknown sender."""
        live = self._live.pop(sender_id, None)
        if live is not None and live.mark.domain is not self.domain:
            live = None
        return await asyncio.to_thread(self._current, sender_id, live)

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """Return a tracker with every event of every session."""
        return await asyncio.to_thread(self._whole, conversation_id)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Append the events that are new since the tracker was retrieved or last saved."""
        if not hasattr(tracker, "mark"):
            tracker.mark = await asyncio.to_thread(self._mark_of_stranger, tracker)
        mark: _Mark = tracker.mark
        new = list(islice(tracker.events, mark.events, None))
        if not new:
            return
        if self.event_broker is not None:
            await self._stream_new_events(self.event_broker, new, tracker.sender_id)
        tracker.mark, alone = await asyncio.to_thread(self._append, tracker.sender_id, new, mark)
        if alone:
            self._keep(self._shortened(tracker.sender_id, list(tracker.events), tracker.mark.newest))

    def _keep(self, tracker: DialogueStateTracker) -> None:
        self._live[tracker.sender_id] = tracker
        self._live.move_to_end(tracker.sender_id)
        if len(self._live) > _LIVE:
            self._live.popitem(last=False)

    def _current(self, sender_id: str, live: DialogueStateTracker | None) -> DialogueStateTracker | None:
        with self._reading() as connection:
            newest = self._newest(connection, sender_id)
            if live is not None and live.mark.newest == newest:
                return live
            events = self._events(connection, sender_id, SessionStarted.type_name)
        return self._shortened(sender_id, events, newest) if events else None

    def _whole(self, sender_id: str) -> DialogueStateTracker | None:
        with self._reading() as connection:
            newest = self._newest(connection, sender_id)
            events = self._events(connection, sender_id)
        return self._tracker(sender_id, events, newest) if events else None

    def _shortened(self, sender_id: str, events: list[Event], newest: int) -> DialogueStateTracker:
        return self._tracker(sender_id, shortened(events, self.domain.slots), newest)

    def _tracker(self, sender_id: str, events: list[Event], newest: int) -> DialogueStateTracker:
        tracker = DialogueStateTracker.from_events(sender_id, events, self.domain.slots)
        tracker.mark = _Mark(len(events), newest, self.domain)
        return tracker

    def _mark_of_stranger(self, tracker: DialogueStateTracker) -> _Mark:
        """The mark of a tracker that Rasa made itself: a new conversation's is, and is saved empty first."""
        with self._reading() as connection:
            stored = self._events(connection, tracker.sender_id, SessionStarted.type_name)
            known = min(len(stored), len(tracker.events))
            return _Mark(known, self._newest(connection, tracker.sender_id), self.domain)

    def _append(self, sender_id: str, new: Sequence[Event], mark: _Mark) -> tuple[_Mark, bool]:
        """Add rows; also tell whether nobody else had added any since the tracker was made."""
        rows = [_row(sender_id, event) for event in new]
        with self.engine.begin() as connection:
            before = self._newest(connection, sender_id)
            connection.execute(sa.insert(self._rows), rows)
            newest = self._newest(connection, sender_id)
        return replace(mark, events=mark.events + len(new), newest=newest), before == mark.newest

    def _newest(self, connection: Connection, sender_id: str) -> int:
        of_sender = self._rows.c.sender_id == sender_id
        return int(connection.execute(sa.select(sa.func.max(self._rows.c.id)).where(of_sender)).scalar() or 0)

    def _events(self, connection: Connection, sender_id: str, since: str | None = None) -> list[Event]:
        """All events in order of their rows, or those since the last one of type `since`."""
        of_sender = self._rows.c.sender_id == sender_id
        found = sa.select(self._rows.c.data).where(of_sender).order_by(self._rows.c.id)
        if since:
            # By row and not by time: a clock that steps back hides nothing.
            starts = sa.select(sa.func.max(self._rows.c.id)).where(of_sender, self._rows.c.type_name == since)
            first = connection.execute(starts).scalar()
            found = found.where(self._rows.c.id >= (first or 0))
        return list(deserialise_events([json.loads(data) for (data,) in connection.execute(found)]))

    def _senders(self) -> list[str]:
        with self._reading() as connection:
            return list(connection.execute(sa.select(self._rows.c.sender_id).distinct()).scalars())

    def _reading(self) -> Connection:
        return self.engine.connect().execution_options(readonly=True)


def shortened(events: list[Event], slots: Iterable[Slot]) -> list[Event]:
    """Return the last turns of the last session, behind a summary of what came before them.

    The events leave a tracker with the same slots, form and last message as all of them would.
    """
    starts = [number for number, event in enumerate(events) if isinstance(event, SessionStarted)]
    session = events[starts[-1] :] if starts else events
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


def _row(sender_id: str, event: Event) -> dict[str, Any]:
    data = event.as_dict()
    return {
        "sender_id": sender_id,
        "type_name": event.type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data),
    }


def _sqlite(url: Any) -> Engine:
    """An engine whose connections stay open: opening one costs more than a turn's rows."""
    arguments = {"timeout": 5, "check_same_thread": False}
    engine = sa.create_engine(
        url, future=True, poolclass=QueuePool, connect_args=arguments, hide_parameters=True
    )
    sa.event.listen(engine, "connect", _prepare)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # `_begin` begins, as in desk.database
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    readonly = connection.get_execution_options().get("readonly")
    connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")
