"""Rasa's memory of the conversations: one table that only grows, and short trackers made from it.

Stock Rasa reads the whole conversation back to save a turn, and replays and posts all of it in every
turn, so that the 300th costs several times the first. Here the table holds everything, and a tracker
holds the last turns behind a summary of what came before: the slots and the form that is going on.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from prometheus_client import Counter, Gauge
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SessionStarted, deserialise_events
from rasa.shared.core.trackers import DialogueStateTracker

from bot.nlu.stores.short import (
    KEPT_TURNS,
    MOST_TURNS,
    beginning,
    from_last_beginning,
    in_common,
    session_of,
    shortened,
    turns_in,
    without_beginnings,
)
from bot.nlu.stores.spool import Spool
from bot.nlu.stores.table import UNKNOWN, EventTable, Turn, events_of, is_away
from desk.errors import Unavailable
from desk.memory import who

_LIVE = 500
_THREADS = 8
# Seconds: a turn waits no longer for the database; then it is looked for at this interval.
_PATIENCE, _LOOK = 8, 1

_SPOOLED = Gauge("desk_rasa_spooled_turns", "Turns that wait for the database of Rasa's memory")
_UNWRITTEN = Gauge("desk_rasa_unwritten_turns", "Those of them that wait in memory alone")
_BESIDE = Counter("desk_rasa_turns_beside_total", "Turns that were saved after rows they did not know of")

logger = logging.getLogger(__name__)
_T = TypeVar("_T")


@dataclass
class _Mark:
    """How much of a tracker is kept already."""

    events: int
    """The first so many of its events."""
    newest: int
    """The id of the conversation's newest row when the tracker was made or saved, or `UNKNOWN`."""
    turns: int
    """How many turns of its session would have to be read to make it anew."""
    domain: Domain
    """What the tracker's slots were made from."""


class AppendingTrackerStore(TrackerStore):
    """Stock Rasa's own table, to which whole turns are added in order of `id`, and which may be away.

    A turn is added in one transaction that looks whether the conversation's newest row is still the one its
    tracker was made from. If somebody else has added a turn meanwhile, it comes after that one as a whole,
    and the next tracker is made from the rows: both are kept, neither lies within the other. Only of two
    turns about the same message, asked for again while the first was under way, the later is not added.

    While the database does not work, turns wait in a spool (bot/nlu/stores/spool.py) and trackers go on from
    there and from memory. They are added as soon as it works again, in order and once. No method raises, so
    Rasa's own fallback, a memory whose turns never reach a table, is not reached.

    The trackers that this process saved last stay in memory; each is used again only while its newest row is
    the newest in the table, so that a second process may answer the same citizen.
    """

    def __init__(
        self, domain: Domain | None = None, event_broker: EventBroker | None = None, *, host: str, spool: str
    ) -> None:
        """Take the settings of `tracker_store` in endpoints.yml: `host` is its `url`, `spool` a folder."""
        super().__init__(domain, event_broker)
        self.table = EventTable(host)
        self.engine = self.table.engine
        self.spool = Spool(Path(spool))
        self._threads = ThreadPoolExecutor(_THREADS, "tracker")
        # Taken out while a turn works on it: a turn that fails leaves nothing half done here.
        self._live: OrderedDict[str, DialogueStateTracker] = OrderedDict()
        # Until it has been looked at.
        self._readable = self._writable = False
        self._forgotten = 0
        self._watching: asyncio.Task[None] | None = None
        self._recover()

    @property
    def state(self) -> str:
        """How turns are kept now: `ok` in the table, `spooling` in a file, `unsafe` in memory alone."""
        if self.spool.unwritten:
            return "unsafe"
        return "ok" if self._writable and not len(self.spool) else "spooling"

    async def keys(self) -> Iterable[str]:
        """Return the ids of all senders; of those in memory alone while the database is away."""
        self._watch()
        try:
            stored = await self._ask(self.table.senders)
        except Unavailable:
            stored = list(self._live)
        return list(dict.fromkeys([*stored, *self.spool.senders()]))

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Return the tracker of the present session, shortened; None for an unknown sender.

        While the database is away the tracker comes from memory or from the turns that wait; None for a
        conversation that is in neither, which then begins anew.
        """
        self._watch()
        live = self._live.pop(sender_id, None)
        if live is not None and live.mark.domain is not self.domain:
            live = None
        try:
            return await self._ask(self._current, sender_id, live)
        except Unavailable:
            return live or await asyncio.to_thread(self._waiting, sender_id)

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """Return a tracker with every event of every session."""
        self._watch()
        try:
            return await self._ask(self._whole, conversation_id)
        except Unavailable:
            return await asyncio.to_thread(self._waiting, conversation_id)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Add the events that are new since the tracker was retrieved or last saved."""
        self._watch()
        if not hasattr(tracker, "mark"):
            tracker.mark = await self._mark_of_stranger(tracker)
        mark: _Mark = tracker.mark
        new = list(islice(tracker.events, mark.events, None))
        if not new:
            return
        if self.event_broker is not None:
            await self._stream_new_events(self.event_broker, new, tracker.sender_id)
        turn = Turn.of(tracker.sender_id, new, mark.newest, self._beginning(tracker, new))
        mark.events += len(new)
        # Goes on to its end when the turn is cancelled.
        if await asyncio.shield(asyncio.create_task(self._keep(turn, mark))):
            self._stay(self._shortened(tracker.sender_id, list(tracker.events), mark.newest, mark.turns))

    def _beginning(self, tracker: DialogueStateTracker, new: list[Event]) -> dict[str, Any] | None:
        """What a tracker can be made from instead of the whole session, when that has become long."""
        mark: _Mark = tracker.mark
        last = session_of(new)
        mark.turns = turns_in(last) + (mark.turns if last == new else 0)
        if mark.turns <= MOST_TURNS:
            return None
        mark.turns = KEPT_TURNS
        return beginning(shortened(list(tracker.events), self.domain.slots))

    async def _keep(self, turn: Turn, mark: _Mark) -> bool:
        """Put a turn into the table or the spool; tell whether its tracker knows all there is."""
        turns = [*self.spool.of(turn.sender_id), turn]
        try:
            mark.newest, alone = await self._ask(self.table.append, turns, writes=True)
        except Unavailable:
            await asyncio.to_thread(self.spool.add, replace(turn, seen=self._forgotten))
            self._show()
            return True
        self._done(turns[:-1])
        if not alone:
            logger.warning("a turn was saved after rows that it did not know of")
            _BESIDE.inc()
        return alone

    def _stay(self, tracker: DialogueStateTracker) -> None:
        self._live[tracker.sender_id] = tracker
        self._live.move_to_end(tracker.sender_id)
        if len(self._live) > _LIVE:
            self._live.popitem(last=False)

    def _current(self, sender_id: str, live: DialogueStateTracker | None) -> DialogueStateTracker | None:
        waiting, known = self.spool.of(sender_id), live.mark.newest if live is not None else None
        found = self.table.read(sender_id, SessionStarted.type_name, waiting, known)
        if found.events is None:
            return live
        events = deserialise_events(from_last_beginning(found.events))
        return self._shortened(sender_id, events, found.newest) if events else None

    def _whole(self, sender_id: str) -> DialogueStateTracker | None:
        found = self.table.read(sender_id, waiting=self.spool.of(sender_id))
        events = deserialise_events(without_beginnings(found.events or []))
        return self._tracker(sender_id, events, found.newest) if events else None

    def _waiting(self, sender_id: str) -> DialogueStateTracker | None:
        """What can be told without the table."""
        turns = self.spool.of(sender_id)
        events = deserialise_events(events_of(turns))
        return self._shortened(sender_id, events, turns[-1].follows) if events else None

    def _shortened(
        self, sender_id: str, events: list[Event], newest: int, turns: int | None = None
    ) -> DialogueStateTracker:
        made = self._tracker(sender_id, shortened(events, self.domain.slots), newest)
        made.mark.turns = turns_in(session_of(events)) if turns is None else turns
        return made

    def _tracker(self, sender_id: str, events: list[Event], newest: int) -> DialogueStateTracker:
        tracker = DialogueStateTracker.from_events(sender_id, events, self.domain.slots)
        tracker.mark = _Mark(len(events), newest, 0, self.domain)
        return tracker

    async def _mark_of_stranger(self, tracker: DialogueStateTracker) -> _Mark:
        """The mark of a tracker that Rasa made itself: a new conversation's is, and is saved empty first."""
        waiting = self.spool.of(tracker.sender_id)
        try:
            found = await self._ask(self.table.read, tracker.sender_id, SessionStarted.type_name, waiting)
        except Unavailable:
            return _Mark(0, UNKNOWN, 0, self.domain)
        common = in_common(from_last_beginning(found.events or []), tracker.events)
        return _Mark(common, found.newest, 0, self.domain)

    async def _ask(self, work: Callable[..., _T], *args: Any, writes: bool = False) -> _T:
        """Do one thing with the database; raise `Unavailable` whatever is wrong, at once while it is away."""
        if not (self._writable if writes else self._readable):
            raise Unavailable("tracker")
        done = asyncio.get_running_loop().run_in_executor(self._threads, work, *args)
        try:
            return await asyncio.wait_for(done, _PATIENCE)
        except Exception as error:
            self._failed(error, writes)
            raise Unavailable("tracker") from error

    def _failed(self, error: Exception, writes: bool) -> None:
        logger.error("tracker store: %s", type(error).__name__)
        if is_away(error) or isinstance(error, asyncio.TimeoutError):
            self._writable = False
            self._readable = self._readable and writes

    def _watch(self) -> None:
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._look())

    async def _look(self) -> None:
        """Bring back what waits as soon as the database works. Runs for ever."""
        while True:
            await asyncio.sleep(_LOOK)
            await asyncio.to_thread(self._recover)

    def _recover(self) -> None:
        """Take over what dead processes left, add what waits, forget who was forgotten."""
        for turn in self.spool.adopt():
            self._live.pop(turn.sender_id, None)
        self.spool.secure()
        self._show()
        try:
            if not self._writable:
                self.table.make()
            self._forgotten, gone = self.table.forgotten(self._forgotten)
            for sender_id in [each for each in list(self._live) if who(each) in gone]:
                self._live.pop(sender_id, None)
            for sender_id in self.spool.senders():
                self._bring(sender_id)
        except Exception as error:
            self._failed(error, writes=self._readable)
            return
        self._readable = self._writable = True

    def _bring(self, sender_id: str) -> None:
        turns = self.spool.of(sender_id)
        try:
            self.table.append(turns)
        except Exception as error:
            if is_away(error):
                raise
            # These rows are refused; they stay where they are, and keep nobody else's waiting.
            logger.error("%d turns cannot be added: %s", len(turns), type(error).__name__)
            return
        self._live.pop(sender_id, None)
        self._done(turns)

    def _done(self, turns: Sequence[Turn]) -> None:
        if turns:
            self.spool.done(turns)
            self._show()

    def _show(self) -> None:
        _SPOOLED.set(len(self.spool))
        _UNWRITTEN.set(self.spool.unwritten)
