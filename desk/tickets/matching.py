"""Turns a `Query` into SQL conditions. What is late is counted from the due day at each reading."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, false, or_, select, true

from desk.errors import InvalidInput
from desk.tickets import visible
from desk.tickets.categories import Categories
from desk.tickets.measures import MEASURES, Period, within
from desk.tickets.number import find_number
from desk.tickets.query import NOTHING, Query
from desk.tickets.tables import TicketRow
from desk.tickets.terms import OPEN, Actor, Extension, State, Verdict
from desk.workdays import Workdays, china_day

WAITING = OPEN - {State.REPLIED}  # the citizen still waits for an answer
_WORDS = 5  # of one search; each costs a look through every text
_SEARCHED = ("public_no", "title", "narrative", "accused_unit", "accused_person")


@dataclass(frozen=True)
class Days:
    """Today in China, and until when a due day counts as near: the next working day."""

    today: date
    soon: date


class Matching:
    """Knows the calendar, the tree of categories and the present moment."""

    def __init__(self, categories: Categories, workdays: Workdays, now: Callable[[], datetime]) -> None:
        self.categories = categories
        self._workdays = workdays
        self._now = now

    def days(self) -> Days:
        """Return the days by which tickets are late or nearly late now."""
        today = china_day(self._now())
        return Days(today, self._workdays.add(today, 1).day)

    def condition(self, actor: Actor, query: Query, days: Days) -> Any:
        """Return the SQL condition on `TicketRow`: what `actor` may see of what `query` asks for."""
        return and_(visible.condition(actor), self.asked(actor, query, days))

    def asked(self, actor: Actor, query: Query, days: Days) -> Any:
        """Return the SQL condition of `query` alone, to stand beside what `actor` may see."""
        parts = (*_equal(query), *_flags(query, days), *self._chosen(query), *_other(actor, query, days))
        return and_(true(), *parts)

    def _chosen(self, query: Query) -> Iterator[Any]:
        if query.category:
            category = "" if query.category == NOTHING else query.category
            yield TicketRow.category.in_(self.categories.within(category))
        if query.kinds:
            yield TicketRow.kind.in_([kind.value for kind in query.kinds])
        if query.states:
            yield TicketRow.state.in_([state.value for state in query.states])
        if query.tags:
            yield or_(*(visible.holds(TicketRow.tags, tag.value) for tag in query.tags))


def is_open() -> Any:
    """Return the condition that a ticket has not ended; not by the states, for which no index would serve."""
    return TicketRow.ended_at.is_(None)


def waiting() -> Any:
    """Return the condition that the citizen still waits for an answer: `WAITING` in SQL."""
    return and_(is_open(), TicketRow.state != State.REPLIED.value)


def possible_states(query: Query) -> frozenset[State]:
    """Return the states in which what `query` asks for may stand."""
    states = frozenset(query.states or State)
    if query.open or query.extension_asked:
        states &= OPEN
    if query.objected:
        states &= {State.REPLIED}
    return states & WAITING if query.overdue or query.due_soon else states


def overdue(days: Days) -> Any:
    """Return the condition that the answer is late."""
    return and_(waiting(), TicketRow.due < days.today)


def due_soon(days: Days) -> Any:
    """Return the condition that the answer is due today or on the next working day."""
    return and_(waiting(), TicketRow.due >= days.today, TicketRow.due <= days.soon)


def _equal(query: Query) -> Iterator[Any]:
    pairs = ((TicketRow.district, query.district), (TicketRow.unit_main, query.unit))
    for column, value in (*pairs, (TicketRow.assignee, query.assignee)):
        if value:
            yield column == ("" if value == NOTHING else value)


def _flags(query: Query, days: Days) -> Iterator[Any]:
    if query.open:
        yield is_open()
    if query.overdue:
        yield overdue(days)
    if query.due_soon:
        yield due_soon(days)
    if query.urged:
        yield TicketRow.urged > 0
    if query.extension_asked:
        yield and_(is_open(), TicketRow.extension_state == Extension.ASKED.value)
    if query.objected:
        yield and_(TicketRow.state == State.REPLIED.value, TicketRow.solved == Verdict.NO.value)


def _other(actor: Actor, query: Query, days: Days) -> Iterator[Any]:
    for column, since, until in (
        (TicketRow.created_at, query.created_from, query.created_to),
        (TicketRow.ended_at, query.closed_from, query.closed_to),
    ):
        if since or until:
            yield within(column, Period(since, until))
    if query.measure:
        measure = MEASURES.get(query.measure)
        period = Period(query.since, query.until)
        yield measure.condition(period, days.today) if measure else false()
    if query.reporter_of:
        yield from _of_reporter(actor, query.reporter_of)
    if query.text:
        yield from _text(query.text)


def _of_reporter(actor: Actor, number: str) -> Iterator[Any]:
    """The other tickets of the same conversation. Nobody learns this way who filed an anonymous one."""
    sender = select(TicketRow.sender_id).where(
        TicketRow.public_no == number, TicketRow.anonymous.is_(False), visible.condition(actor)
    )
    others = TicketRow.sender_id.in_(sender.correlate(None))
    yield and_(others, TicketRow.public_no != number, TicketRow.anonymous.is_(False))


def _text(text: str) -> Iterator[Any]:
    number = _number(text)
    if number:
        yield TicketRow.public_no == number
        return
    for word in text.split()[:_WORDS]:
        yield or_(*(_contains(getattr(TicketRow, name), word) for name in _SEARCHED))


def _number(text: str) -> str | None:
    try:
        return find_number(text)
    except InvalidInput:
        return None


def _contains(column: Any, word: str) -> Any:
    """Small and capital letters are the same; Chinese has none, and LIKE alone is faster."""
    pattern = "%" + word.replace("/", "//").replace("%", "/%").replace("_", "/_") + "%"
    has_case = word.lower() != word.upper()
    return column.ilike(pattern, escape="/") if has_case else column.like(pattern, escape="/")
