"""The time limits in force on a day: the shipped ones, and dated changes that a bureau has made to them.

A change begins tomorrow at the earliest and a step keeps the limit of the day on which it began, so no
promise already made is ever moved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.engine import Engine

from desk.database import reading, utc_now
from desk.errors import InvalidInput
from desk.privacy import scrub
from desk.tickets import ledger
from desk.tickets.limits import CALENDAR, ONLY_WORKING, WORKING, Limit, most_days
from desk.tickets.tables import LimitChangeRow
from desk.workdays import china_day

_LONGEST = {"source": 200, "reason": 500, "changed_by": 64}
_COLUMNS = ("step", "days", "unit", "source", "since", "changed_by", "reason", "at")


@dataclass(frozen=True)
class LimitChange:
    """From `since` on, `step` has `days` of `unit` on the authority of `source`; who changed it and why."""

    step: str
    days: int
    unit: str
    source: str
    since: date
    changed_by: str
    reason: str
    at: datetime


class Limits:
    """What is in force when. Changes are read once a day and after each change made here."""

    def __init__(
        self,
        defaults: Mapping[str, Limit],
        engine: Engine | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """Take `load_limits(data/limits.yml)`; without an engine there are no changes."""
        self._defaults = defaults
        self._engine = engine
        self._now = now
        self._read_on: date | None = None
        self._changes: tuple[LimitChange, ...] = ()

    def __getitem__(self, step: str) -> Limit:
        """Return the limit of `step` that is in force today."""
        return self.on(step, china_day(self._now()))

    @property
    def steps(self) -> tuple[str, ...]:
        """Every step that has a limit, in the order of the file."""
        return tuple(self._defaults)

    def on(self, step: str, day: date) -> Limit:
        """Return the limit of `step` that is in force on `day`."""
        if self._read_on is None:
            self.refresh()
        since = [change for change in self._changes if change.step == step and change.since <= day]
        if not since:
            return self._defaults[step]
        last = max(since, key=lambda change: change.since)
        shipped = self._defaults[step]
        return replace(shipped, days=last.days, unit=last.unit, source=last.source, own=False, note="")

    def refresh(self) -> None:
        """Read the changes once a day: those that begin today were all made before.

        Called before a transaction, so that none has to wait for a second connection.
        """
        today = china_day(self._now())
        if self._read_on != today:
            # Of two changes from the same day the later one counts, and `max` keeps the first it meets.
            self._changes = tuple(reversed(self.history()))
            self._read_on = today

    def history(self) -> list[LimitChange]:
        """Return every change, oldest first."""
        if self._engine is None:
            return []
        columns = [getattr(LimitChangeRow, name) for name in _COLUMNS]
        with ledger.answering(), reading(self._engine) as connection:
            rows = connection.execute(select(*columns).order_by(LimitChangeRow.id)).all()
        return [LimitChange(*row) for row in rows]

    def change(
        self, step: str, days: int, unit: str, source: str, since: date, changed_by: str, reason: str
    ) -> None:
        """Let `step` have other days from `since` on.

        Raises `InvalidInput`: unknown_step, days, unit, since (tomorrow at the earliest), source, reason,
        changed_by. Neither text may hold a personal number.
        """
        made = LimitChange(step, days, unit, source.strip(), since, changed_by, reason.strip(), self._now())
        if fault := self._fault(made):
            raise InvalidInput(fault)
        if self._engine is None:
            raise ValueError("changes need a database")
        with ledger.answering(), self._engine.begin() as connection:
            connection.execute(insert(LimitChangeRow).values(**vars(made)))
        self._read_on = None

    def _fault(self, change: LimitChange) -> str:
        if change.step not in self._defaults:
            return "unknown_step"
        if type(change.days) is not int or not 1 <= change.days <= most_days(change.step):
            return "days"
        if change.unit not in (WORKING, CALENDAR) or (change.step in ONLY_WORKING and change.unit != WORKING):
            return "unit"
        if change.since <= china_day(change.at):
            return "since"
        texts = {name: getattr(change, name) for name in _LONGEST}
        unfit = (name for name, text in texts.items() if not 0 < len(text) <= _LONGEST[name])
        named = (name for name in ("source", "reason") if scrub(texts[name]) != texts[name])
        return next(unfit, "") or next(named, "")
