"""The supervisor's overview: every figure with the query that finds exactly the tickets it counts.

A handful of aggregate statements over the tickets; no figure is kept, each is counted when it is asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.engine import Engine

from desk.database import reading, utc_now
from desk.tickets import rises, visible
from desk.tickets.categories import Categories
from desk.tickets.counting import Counting, Place
from desk.tickets.ledger import answering
from desk.tickets.matching import Matching
from desk.tickets.measures import LIFE, MEASURES, Period
from desk.tickets.query import NOTHING, Query
from desk.tickets.rates import EXPLAINED, RATES, Figure, Rate, rate
from desk.tickets.rises import Rise
from desk.tickets.terms import Actor
from desk.workdays import Workdays

WEEKS = 12  # of the trend
AGES = ((0, 3, "3天以内"), (4, 7, "4到7天"), (8, 15, "8到15天"), (16, 30, "16到30天"), (31, None, "超过30天"))


@dataclass(frozen=True)
class Rates:
    """三率 and the one counted apart: for one `unit` (empty: sent to none yet), or for all of them (None)."""

    unit: str | None
    rates: tuple[Rate, ...]
    explained: Rate
    late: Figure


@dataclass(frozen=True)
class Group:
    """Open and late tickets of one district or one upper category; `code` is empty where none is recorded."""

    code: str
    open: Figure
    overdue: Figure


@dataclass(frozen=True)
class Week:
    """A week from its Monday: what came in and what ended."""

    monday: date
    filed: Figure
    ended: Figure


@dataclass(frozen=True)
class Overview:
    """All of it. `total`, `units`, `life` are of the period, `weeks` lead up to its end; the rest is of now.

    `rises` stand out on the day `today` against the same weekday before (`rises.RULE`).
    """

    period: Period
    today: date
    total: Rates
    units: tuple[Rates, ...]
    life: tuple[Figure, ...]
    open: Figure
    overdue: Figure
    due_soon: Figure
    districts: tuple[Group, ...]
    categories: tuple[Group, ...]
    ages: tuple[Figure, ...]
    weeks: tuple[Week, ...]
    rises: tuple[Rise, ...]


class Figures:
    """Counts over the tickets of one database."""

    def __init__(
        self,
        engine: Engine,
        categories: Categories,
        workdays: Workdays,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._engine = engine
        self._categories = categories
        self._matching = Matching(categories, workdays, now)

    def overview(self, actor: Actor, since: date, until: date) -> Overview:
        """Return every figure of what `actor` may see, for the days `since` to `until` in China."""
        days, period = self._matching.days(), Period(since, until)
        with answering(), reading(self._engine) as connection:
            counting = Counting(connection, visible.condition(actor), days)
            places = counting.open_by_place(_ages(days.today))
            life = counting.life(period)
            trend = _weeks(counting, min(until, days.today))
            stand_out = self._rises(counting, days.today)
            units = counting.judged(period)
        whole = _sum(places.values())
        return Overview(
            period,
            days.today,
            _rates(None, _sum(units.values()), period),
            tuple(_rates(unit, units[unit], period) for unit in sorted(units)),
            tuple(_measured(name, life[name], period) for name in LIFE),
            Figure("未办结", whole["open"], Query(open=True)),
            Figure("已超期", whole["overdue"], Query(overdue=True)),
            Figure("快到期", whole["due_soon"], Query(due_soon=True)),
            _groups(_by(places, _district), "district"),
            _groups(_by(places, self._upper), "category"),
            _aged(whole, days.today),
            trend,
            stand_out,
        )

    def _rises(self, counting: Counting, today: date) -> tuple[Rise, ...]:
        """What stands out today, by district and by upper category, the largest first."""
        days = [today - timedelta(weeks=week) for week in range(rises.WEEKS + 1)]
        places, first = counting.filed_by_place(days), counting.first_day()
        comparable = [day for day in days[1:] if first and day >= first]
        found: list[Rise | None] = []
        for name, key in (("district", _district), ("category", self._upper)):
            for code, counts in _by(places, key).items():
                query = _placed(Query(created_from=today, created_to=today), name, code)
                before = [counts[str(day)] for day in comparable]
                found.append(rises.rise(Figure(code, counts[str(today)], query), before))
        return tuple(sorted((each for each in found if each), key=lambda each: -each.figure.value))

    def _upper(self, place: Place) -> str:
        return self._categories.upper(place[1])


def _district(place: Place) -> str:
    return place[0]


def _by(places: Mapping[Place, Counter[str]], key: Callable[[Place], str]) -> dict[str, Counter[str]]:
    """The counts of `places` added up by `key`."""
    added: dict[str, Counter[str]] = {}
    for place, counts in places.items():
        added.setdefault(key(place), Counter()).update(counts)
    return added


def _sum(counts: Iterable[Counter[str]]) -> Counter[str]:
    added: Counter[str] = Counter()
    for each in counts:
        added.update(each)
    return added


def _placed(query: Query, name: str, code: str) -> Query:
    given: dict[str, Any] = {name: code or NOTHING}
    return replace(query, **given)


def _measured(name: str, value: int, period: Period, unit: str | None = None) -> Figure:
    query = Query(measure=name, since=period.since, until=period.until)
    return Figure(MEASURES[name].label, value, query if unit is None else _placed(query, "unit", unit))


def _rates(unit: str | None, counts: Counter[str], period: Period) -> Rates:
    def figure(name: str) -> Figure:
        return _measured(name, counts[name], period, unit)

    three = tuple(rate(formula, figure) for formula in RATES)
    return Rates(unit, three, rate(EXPLAINED, figure), figure("replied_late"))


def _groups(counts: Mapping[str, Counter[str]], name: str) -> tuple[Group, ...]:
    """The most late ones first, then those with the most open."""
    groups = [
        Group(
            code,
            Figure("未办结", each["open"], _placed(Query(open=True), name, code)),
            Figure("已超期", each["overdue"], _placed(Query(overdue=True), name, code)),
        )
        for code, each in counts.items()
    ]
    return tuple(sorted(groups, key=lambda group: (-group.overdue.value, -group.open.value, group.code)))


def _ages(today: date) -> dict[str, Period]:
    """The days on which tickets of each age were filed."""
    return {
        label: Period(today - timedelta(high) if high is not None else None, today - timedelta(low))
        for low, high, label in AGES
    }


def _aged(counts: Counter[str], today: date) -> tuple[Figure, ...]:
    return tuple(
        Figure(label, counts[label], Query(open=True, created_from=filed.since, created_to=filed.until))
        for label, filed in _ages(today).items()
    )


def _weeks(counting: Counting, last: date) -> tuple[Week, ...]:
    """The weeks up to the one of `last`."""
    monday = last - timedelta(days=last.weekday())
    mondays = [monday - timedelta(weeks=week) for week in reversed(range(WEEKS))]
    filed, ended = counting.filed_by_week(mondays), counting.ended_by_week(mondays)
    weeks = []
    for each in mondays:
        end = each + timedelta(days=6)
        came = Figure("收到", filed[str(each)], Query(created_from=each, created_to=end))
        went = Figure("办结", ended[str(each)], Query(closed_from=each, closed_to=end))
        weeks.append(Week(each, came, went))
    return tuple(weeks)
