"""What somebody looks for in the queue, as data: a list, a saved view and every figure is one `Query`.

A query travels as URL parameters; what is not understood in them is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import Enum
from typing import Any

from desk.errors import InvalidInput
from desk.hidden import HIDDEN
from desk.privacy import scrub
from desk.tickets.measures import MEASURES
from desk.tickets.number import find_number
from desk.tickets.terms import Kind, State, Tag

NOTHING = "-"  # in `district`, `unit` and `assignee`: those for which nothing is recorded
_LONGEST = 80  # characters of one text
_FLAGS = ("open", "overdue", "due_soon", "urged", "extension_asked", "objected")
_YEARS = range(2000, 2100)  # days beyond are slips of the keyboard


@dataclass(frozen=True)
class Query:
    """Conditions that all have to hold; an empty one does not count. Days are days in China, both included.

    `category` takes in what lies under it. `reporter_of` is a ticket number: the other tickets of the same
    person. `extension_asked` waits for a supervisor, and so does `objected`, a second 没有解决.
    `measure` is a name of `desk.tickets.measures`, over the days `since` to `until`.
    """

    text: str = ""
    district: str = ""
    category: str = ""
    kinds: tuple[Kind, ...] = ()
    states: tuple[State, ...] = ()
    open: bool = False
    unit: str = ""
    tags: tuple[Tag, ...] = ()
    overdue: bool = False
    due_soon: bool = False
    urged: bool = False
    extension_asked: bool = False
    objected: bool = False
    assignee: str = ""
    created_from: date | None = None
    created_to: date | None = None
    closed_from: date | None = None
    closed_to: date | None = None
    reporter_of: str = ""
    measure: str = ""
    since: date | None = None
    until: date | None = None


def to_params(query: Query) -> dict[str, str]:
    """Return the conditions that are set as URL parameters; several values of one stand behind commas."""
    given = ((part.name, getattr(query, part.name)) for part in fields(Query))
    return {name: _written(value) for name, value in given if value}


def from_params(params: Mapping[str, str]) -> Query:
    """Return the query of `params`; junk, personal numbers and hidden characters are left out."""
    values: dict[str, Any] = {}
    for part in fields(Query):
        given = params.get(part.name)
        if isinstance(given, str) and given:
            values[part.name] = _READERS[part.name](given.replace("\0", "").strip())
    return Query(**{name: value for name, value in values.items() if value})


def _written(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(str(each) for each in value)
    return "1" if value is True else str(value)


def _text(given: str) -> str:
    return HIDDEN.sub("", scrub(given))[:_LONGEST].strip()


def _day(given: str) -> date | None:
    try:
        day = date.fromisoformat(given)
    except ValueError:
        return None
    return day if day.year in _YEARS else None


def _number(given: str) -> str:
    try:
        return find_number(given) or ""
    except InvalidInput:
        return ""


def _chosen(terms: type[Enum]) -> Callable[[str], tuple[Any, ...]]:
    """A reader of codes behind commas, in the order of `terms`."""

    def read(given: str) -> tuple[Any, ...]:
        codes = given.split(",")
        return tuple(term for term in terms if term.value in codes)

    return read


_READERS: Mapping[str, Callable[[str], Any]] = {
    **{name: _text for name in ("text", "district", "category", "unit", "assignee")},
    **{name: "1".__eq__ for name in _FLAGS},
    **{name: _day for name in ("created_from", "created_to", "closed_from", "closed_to", "since", "until")},
    **{"kinds": _chosen(Kind), "states": _chosen(State), "tags": _chosen(Tag), "reporter_of": _number},
    "measure": lambda given: given if given in MEASURES else "",
}
