"""How a list of tickets is sorted, and how the next page begins behind the last row of this one.

An order is a row of lanes, each with its own tickets and its own key, so that every lane has an index.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timezone
from enum import Enum
from typing import Any

from sqlalchemy import Date, and_, literal, true, tuple_

from desk.tickets.matching import WAITING, waiting
from desk.tickets.tables import TicketRow
from desk.tickets.terms import OPEN, State

_MARK = "~"
_ALL, _REPLIED = frozenset(State), frozenset({State.REPLIED})
_ENDED = _ALL - OPEN


class Order(str, Enum):
    """DUE: what waits for an answer, then what waits for a verdict, then what has ended."""

    DUE = "due"
    NEWEST = "newest"
    CHANGED = "changed"


@dataclass(frozen=True)
class Lane:
    """A part of an order: the tickets in `states`, sorted by `column` and then by number.

    `condition` says the same as `states` in SQL.
    """

    name: str
    states: frozenset[State]
    condition: Any
    column: Any
    falling: bool = False

    def sorting(self) -> list[Any]:
        """Return what goes into ORDER BY."""
        columns = [self.column, TicketRow.public_no]
        return [column.desc() for column in columns] if self.falling else columns

    def behind(self, place: str) -> Any:
        """Return the condition for the rows of this lane behind `place`, a mark made by `mark`."""
        parts = [self.condition]
        if place:
            key, number = place.split(_MARK)
            here: Any = tuple_(self.column, TicketRow.public_no)
            there: Any = tuple_(literal(self._read(key), self.column.type), literal(number))
            parts.append(here < there if self.falling else here > there)
        return and_(*parts)

    def mark(self, row: Any) -> str:
        """Return the place of `row` as text that may stand in a URL."""
        key = row[self.column.key]
        if isinstance(key, datetime):
            key = key.astimezone(timezone.utc).replace(tzinfo=None)
        return _MARK.join((self.name, key.isoformat(), row["public_no"]))

    def place(self, after: str) -> str | None:
        """Return the place that `after` holds when it was made by this lane; None when it is not usable."""
        name, _, place = after.partition(_MARK)
        try:
            key, number = place.split(_MARK)
            self._read(key)
        except ValueError:
            return None
        return place if name == self.name and number.replace("-", "").isalnum() else None

    def _read(self, key: str) -> date | datetime:
        if isinstance(self.column.type, Date):
            return date.fromisoformat(key)
        return datetime.fromisoformat(key).replace(tzinfo=timezone.utc)


LANES: Mapping[Order, tuple[Lane, ...]] = {
    Order.DUE: (
        Lane("due", WAITING, waiting(), TicketRow.due),
        Lane("verdict", _REPLIED, TicketRow.state == State.REPLIED.value, TicketRow.replied_at),
        Lane("ended", _ENDED, TicketRow.ended_at.is_not(None), TicketRow.ended_at, falling=True),
    ),
    Order.NEWEST: (Lane("newest", _ALL, true(), TicketRow.created_at, falling=True),),
    Order.CHANGED: (Lane("changed", _ALL, true(), TicketRow.updated_at, falling=True),),
}


def lanes_from(order: Order, after: str, states: frozenset[State]) -> list[tuple[Lane, str]]:
    """Return the lanes that are left, each with the place to begin behind; all when `after` is junk.

    Lanes without any of `states` are left out: a database would look for long where nothing can be.
    """
    lanes = [lane for lane in LANES[order] if lane.states & states]
    for number, lane in enumerate(lanes):
        place = lane.place(after)
        if place is not None:
            return [(lane, place), *((later, "") for later in lanes[number + 1 :])]
    return [(lane, "") for lane in lanes]
