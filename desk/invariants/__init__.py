"""What must be true of the tables at any moment, whatever died in the middle of what.

`Invariants.breaches` tells every row for which it is not, by its id alone; it writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import Engine

from desk.audit import Audit
from desk.database import DAMAGED, damaged, open_database, utc_now
from desk.invariants import messages, rasa, tickets
from desk.invariants.record import Breach
from desk.settings import Settings, derive
from desk.tickets import Clock, Limits, load_limits
from desk.workdays import Workdays

__all__ = ["Breach", "Invariants", "open_invariants"]


@dataclass(frozen=True)
class Invariants:
    """Our database, the one of Rasa's tracker store, the audit log and the clock of the queue."""

    engine: Engine
    tracker: Engine
    audit: Audit
    clock: Clock
    now: Callable[[], datetime] = utc_now
    spool: Path | None = None
    """Where turns of Rasa wait for its database, if on this machine."""

    def breaches(self) -> Iterator[Breach]:
        """Yield every breach. Blocking; any number of rows is read a few hundred at a time."""
        engine, now = self.engine, self.now()
        broken = [name for name, each in (("desk", engine), ("tracker", self.tracker)) if damaged(each)]
        if broken:  # nothing that is read there can be relied on
            yield from (Breach("damaged", name, DAMAGED) for name in broken)
            return
        yield from messages.left_waiting(engine, now)
        yield from messages.without_reply(engine)
        yield from messages.numbers_of_nothing(engine)
        yield from messages.stuck_sending(engine, now)
        yield from messages.deliveries_of_nothing(engine)
        yield from messages.live_without_words(engine)
        yield from tickets.unlike_their_events(engine, self.clock)
        yield from tickets.filed_twice(engine)
        yield from tickets.merged_into_nothing(engine)
        yield from tickets.in_strange_hands(engine)
        yield from rasa.told_of_nothing(engine, self.tracker)
        yield from rasa.unknown_to_rasa(engine, self.tracker)
        if self.spool:
            yield from rasa.left_in_spool(self.spool, now)
        broken_at = self.audit.verify().broken_at
        if broken_at is not None:
            yield Breach("audit", f"第 {broken_at} 条", "审计日志从这里起对不上")


def open_invariants(settings: Settings) -> Invariants:
    """Connect to what `settings` name; raise `DataFault` for limits or a calendar that cannot be read."""
    engine = open_database(settings.database_url)
    limits = Limits(load_limits(settings.data / "limits.yml"), engine)
    return Invariants(
        engine,
        open_database(settings.tracker_url),
        Audit(engine, derive(settings.secret, "audit")),
        Clock(Workdays(settings.data / "calendar"), limits),
        spool=settings.spool,
    )
