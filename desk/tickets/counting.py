"""The aggregate statements behind the overview: each reads its tickets once and adds up many conditions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.engine import Connection

from desk.tickets.matching import Days, due_soon, is_open, overdue
from desk.tickets.measures import CONTACT, FOLLOW_UP, LIFE, Measure, Period, within
from desk.tickets.tables import TicketRow
from desk.workdays import china_day

Place = tuple[str, str]  # district, category
_PLACE = (TicketRow.district, TicketRow.category)


class Counting:
    """Counts over what one person may see (`visible`, an SQL condition), in one connection."""

    def __init__(self, connection: Connection, visible: Any, days: Days) -> None:
        self._connection = connection
        self._visible = visible
        self._days = days

    def judged(self, period: Period) -> dict[str, Counter[str]]:
        """Return unit -> counts of the measures about contact and about follow-ups."""
        added: dict[str, Counter[str]] = {}
        for measures in (CONTACT, FOLLOW_UP):
            for (unit,), counts in self._measured(measures, period, (TicketRow.unit_main,)).items():
                added.setdefault(unit, Counter()).update(counts)
        return added

    def life(self, period: Period) -> Counter[str]:
        """Return the counts of what happened to tickets that were filed in `period`."""
        return self._measured(LIFE, period, ())[()]

    def open_by_place(self, ages: Mapping[str, Period]) -> dict[Place, Counter[str]]:
        """Return place -> open, overdue, due_soon, and the open ones filed on the days of each of `ages`."""
        parts = {"overdue": overdue(self._days), "due_soon": due_soon(self._days)}
        parts |= {name: within(TicketRow.created_at, filed) for name, filed in ages.items()}
        return self._added({"open": is_open(), **parts}, is_open(), _PLACE)

    def filed_by_place(self, days: Sequence[date]) -> dict[Place, Counter[str]]:
        """Return place -> how many were filed there on each of `days` (ISO)."""
        parts = {str(day): within(TicketRow.created_at, Period(day, day)) for day in days}
        return self._added(parts, or_(*parts.values()), _PLACE)

    def filed_by_week(self, mondays: Sequence[date]) -> Counter[str]:
        """Return Monday (ISO) -> how many were filed in that week."""
        return self._by_week(TicketRow.created_at, mondays)

    def ended_by_week(self, mondays: Sequence[date]) -> Counter[str]:
        """Return Monday (ISO) -> how many ended in that week and have not been opened again."""
        return self._by_week(TicketRow.ended_at, mondays)

    def first_day(self) -> date | None:
        """Return the day of the first ticket."""
        first = self._connection.scalar(select(func.min(TicketRow.created_at)))
        return china_day(first) if first else None

    def _by_week(self, column: Any, mondays: Sequence[date]) -> Counter[str]:
        ends = [monday + timedelta(days=6) for monday in mondays]
        parts = {str(day): within(column, Period(day, end)) for day, end in zip(mondays, ends, strict=True)}
        return self._added(parts, within(column, Period(mondays[0], ends[-1])), ())[()]

    def _measured(
        self, measures: Mapping[str, Measure], period: Period, by: tuple[Any, ...]
    ) -> dict[Any, Counter[str]]:
        """Count measures that share the moment which puts a ticket into a period."""
        (moment,) = {measure.moment for measure in measures.values()}
        parts = {name: measure.rest(self._days.today) for name, measure in measures.items()}
        return self._added(parts, within(moment, period), by)

    def _added(self, parts: Mapping[str, Any], where: Any, by: tuple[Any, ...]) -> dict[Any, Counter[str]]:
        """One statement: for each value of `by`, how many tickets `where` fulfil each of `parts`."""
        sums = [func.sum(case((part, 1), else_=0)) for part in parts.values()]
        rows = self._connection.execute(select(*by, *sums).where(where, self._visible).group_by(*by))
        return {
            tuple(row[: len(by)]): Counter(
                {name: int(value or 0) for name, value in zip(parts, row[len(by) :], strict=True)}
            )
            for row in rows
        }
