"""The queue as staff see it: what is due first, page by page, only what the one who looks may see.

Pages follow one another by the key of their last row, so the thousandth page costs what the first does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.engine import Connection, Engine

from desk.database import reading, utc_now
from desk.tickets import visible
from desk.tickets.categories import Categories
from desk.tickets.ledger import answering
from desk.tickets.matching import WAITING, Days, Matching, due_soon, is_open, overdue, possible_states
from desk.tickets.order import Lane, Order, lanes_from
from desk.tickets.query import Query
from desk.tickets.tables import TicketRow
from desk.tickets.terms import OPEN, Actor, Kind, State
from desk.workdays import Workdays

PAGE = 50  # rows
_MOST = 1000


@dataclass(frozen=True)
class Row:
    """What a list shows of a ticket: no words of the citizen beyond the title, the phone masked."""

    id: str
    public_no: str
    title: str
    kind: Kind
    category: str
    district: str
    tags: tuple[str, ...]
    priority: int
    state: State
    version: int
    round: int
    urged: int
    unit_main: str
    assignee: str
    phone_masked: str
    created_at: datetime
    replied_at: datetime | None
    ended_at: datetime | None
    updated_at: datetime
    due: date
    due_estimated: bool
    due_unit: date | None
    extension_state: str
    disputes: int
    resolution: str
    solved: str
    satisfied: str
    overdue: bool
    due_soon: bool


@dataclass(frozen=True)
class Counts:
    """How many tickets a query finds, and how many of those are open, late and nearly late."""

    found: int
    open: int
    overdue: int
    due_soon: int


@dataclass(frozen=True)
class Page:
    """Rows in their order; `next` is what `find` takes as `after`, empty when there is no more."""

    rows: tuple[Row, ...]
    next: str
    counts: Counts


_NAMES = tuple(part.name for part in fields(Row) if part.name not in ("overdue", "due_soon"))
_COLUMNS = [getattr(TicketRow, name) for name in _NAMES]


class Search:
    """Finds tickets in one database."""

    def __init__(
        self,
        engine: Engine,
        categories: Categories,
        workdays: Workdays,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._engine = engine
        self._matching = Matching(categories, workdays, now)

    def find(
        self, actor: Actor, query: Query, order: Order = Order.DUE, after: str = "", limit: int = PAGE
    ) -> Page:
        """Return one page of what `query` asks for and `actor` may see; the first when `after` is junk."""
        days = self._matching.days()
        condition = self._matching.condition(actor, query, days)
        with answering(), reading(self._engine) as connection:
            lanes = lanes_from(order, after, possible_states(query))
            found, more = _read(connection, condition, lanes, max(1, min(limit, _MOST)))
            rows = tuple(_row(row, days) for row in found)
            if not after and not more:  # all are here: no need to look through the tickets again
                return Page(rows, more, _counted(rows))
            return Page(rows, more, _counts(connection, condition, days))

    def count(self, actor: Actor, query: Query) -> int:
        """Return how many tickets `find` would show in all."""
        condition = self._matching.condition(actor, query, self._matching.days())
        with answering(), reading(self._engine) as connection:
            return int(connection.scalar(select(func.count()).select_from(TicketRow).where(condition)))

    def counts(self, actor: Actor, queries: Sequence[Query]) -> list[int]:
        """Return how many tickets each of `queries` finds, counted in one look through the table."""
        days = self._matching.days()
        asked = [self._matching.asked(actor, query, days) for query in queries]
        ended = any(possible_states(query) - OPEN for query in queries)
        sums = [func.coalesce(func.sum(case((each, 1), else_=0)), 0) for each in asked]
        # Most of a full queue has ended: what is open is a small part with an index.
        counted = select(*sums).where(visible.condition(actor), or_(*asked) if ended else is_open())
        with answering(), reading(self._engine) as connection:
            return [int(value) for value in connection.execute(counted).one()]

    def every(self, actor: Actor, query: Query, batch: int = _MOST) -> Iterator[Row]:
        """Yield every row, newest first: no move changes that order. Read in batches: memory stays flat."""
        days = self._matching.days()
        condition = self._matching.condition(actor, query, days)
        after = ""
        while True:
            # Each batch is a read of its own: nobody waits while a browser takes the file slowly.
            with answering(), reading(self._engine) as connection:
                lanes = lanes_from(Order.NEWEST, after, frozenset(State))
                rows, after = _read(connection, condition, lanes, batch)
            yield from (_row(row, days) for row in rows)
            if not after:
                return


def _read(
    connection: Connection, condition: Any, lanes: list[tuple[Lane, str]], limit: int
) -> tuple[list[Any], str]:
    """Up to `limit` rows of `lanes`, and where the next page begins (empty at the end)."""
    found: list[tuple[Any, str]] = []
    for lane, place in lanes:
        wanted = (
            select(*_COLUMNS)
            .where(condition, lane.behind(place))
            .order_by(*lane.sorting())
            .limit(limit + 1 - len(found))
        )
        found += [(row, lane.mark(row)) for row in connection.execute(wanted).mappings()]
        if len(found) > limit:
            return [row for row, _ in found[:limit]], found[limit - 1][1]
    return [row for row, _ in found], ""


def _counts(connection: Connection, condition: Any, days: Days) -> Counts:
    parts = (is_open(), overdue(days), due_soon(days))
    sums = [func.coalesce(func.sum(case((part, 1), else_=0)), 0) for part in parts]
    row = connection.execute(select(func.count(), *sums).select_from(TicketRow).where(condition)).one()
    return Counts(*(int(value) for value in row))


def _counted(rows: tuple[Row, ...]) -> Counts:
    """The counts of a query that these rows are all of."""
    return Counts(
        len(rows),
        sum(row.state.open for row in rows),
        sum(row.overdue for row in rows),
        sum(row.due_soon for row in rows),
    )


def _row(found: Any, days: Days) -> Row:
    values = {**found, "kind": Kind(found["kind"]), "state": State(found["state"])}
    values["tags"] = tuple(values["tags"])
    waits, due = values["state"] in WAITING, values["due"]
    near = days.today <= due <= days.soon
    return Row(**values, overdue=waits and due < days.today, due_soon=waits and near)
