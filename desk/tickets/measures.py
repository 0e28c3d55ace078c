"""What the figures count, each as one SQL condition with a name: a figure and its list use the same one.

A moment belongs to the day that it has in China.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from sqlalchemy import Date, and_, or_, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from desk.database import UtcDateTime
from desk.tickets.tables import TicketRow
from desk.tickets.terms import Extension, Resolution, Satisfaction, State, Verdict

_CHINA = timezone(timedelta(hours=8))
_SATISFIED = (Satisfaction.GOOD.value, Satisfaction.FAIR.value)


@dataclass(frozen=True)
class Period:
    """Days in China, both included; None leaves that side open."""

    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Measure:
    """One thing to count: its name for people, what puts a ticket into a period, and the rest by today."""

    label: str
    moment: Any
    rest: Callable[[date], Any] = lambda today: true()

    def condition(self, period: Period, today: date) -> Any:
        """Return the SQL condition on `TicketRow`."""
        return and_(within(self.moment, period), self.rest(today))


class EndOf(FunctionElement[UtcDateTime]):
    """The moment (UTC) at which the day in a `Date` column ends in China: 16 hours after it begins in UTC."""

    type = UtcDateTime()
    name = "end_of"
    inherit_cache = True


@compiles(EndOf, "sqlite")  # type: ignore[untyped-decorator]
def _in_sqlite(element: EndOf, compiler: Any, **options: Any) -> str:
    return f"datetime({compiler.process(element.clauses, **options)}, '+16 hours')"


@compiles(EndOf, "postgresql")  # type: ignore[untyped-decorator]
def _in_postgresql(element: EndOf, compiler: Any, **options: Any) -> str:
    return f"({compiler.process(element.clauses, **options)} + interval '16 hours')"


def within(column: Any, period: Period) -> Any:
    """Return the condition that the moment or the day in `column` lies in `period`."""
    start, end = period.since, period.until and period.until + timedelta(days=1)
    turned = (lambda day: day) if isinstance(column.type, Date) else _midnight
    parts = [column.is_not(None)]
    if start:
        parts.append(column >= turned(start))
    if end:
        parts.append(column < turned(end))
    return and_(*parts)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), _CHINA)


def _due_for_contact(today: date) -> Any:
    """Somebody was reached, or the day has passed while the ticket was still open."""
    missed = and_(
        TicketRow.contact_due < today,
        or_(TicketRow.ended_at.is_(None), TicketRow.ended_at >= EndOf(TicketRow.contact_due)),
    )
    return or_(TicketRow.contacted_at.is_not(None), missed)


def _judged(*conditions: Any, explained: bool = False) -> Callable[[date], Any]:
    """Tickets with a reply that somebody is to judge; what policy does not allow is counted apart."""
    policy = TicketRow.resolution == Resolution.EXPLAINED.value
    still = TicketRow.state.not_in([State.MERGED.value, State.WITHDRAWN.value, State.REFERRED.value])
    return lambda today: and_(still, policy if explained else ~policy, *conditions)


# A reply that was sent back is a verdict as well, although the new round begins without one.
_SENT_BACK = and_(TicketRow.round > 1, TicketRow.state.in_([State.REDO.value, State.IN_PROGRESS.value]))
_ANSWERED = or_(TicketRow.solved.in_([Verdict.YES.value, Verdict.NO.value]), _SENT_BACK)
_SOLVED = TicketRow.solved == Verdict.YES.value
_RATED = or_(TicketRow.satisfied != "", _SENT_BACK)
_PLEASED = TicketRow.satisfied.in_(_SATISFIED)

CONTACT: Mapping[str, Measure] = {
    "contact_due": Measure("应首次联系", TicketRow.contact_due, _due_for_contact),
    "contacted": Measure(
        "已联系上", TicketRow.contact_due, lambda today: TicketRow.contacted_at.is_not(None)
    ),
    "contacted_in_time": Measure(
        "限时内联系上",
        TicketRow.contact_due,
        lambda today: TicketRow.contacted_at < EndOf(TicketRow.contact_due),
    ),
}
FOLLOW_UP: Mapping[str, Measure] = {
    "replied": Measure("已答复应回访", TicketRow.replied_at, _judged()),
    "answered": Measure("回访有回答", TicketRow.replied_at, _judged(_ANSWERED)),
    "solved": Measure("市民说解决了", TicketRow.replied_at, _judged(_SOLVED)),
    "rated": Measure("市民评价了满意度", TicketRow.replied_at, _judged(_RATED)),
    "pleased": Measure("满意或基本满意", TicketRow.replied_at, _judged(_PLEASED)),
    "explained": Measure("已解释（政策不支持）", TicketRow.replied_at, _judged(explained=True)),
    "explained_rated": Measure(
        "政策不支持，评价了满意度", TicketRow.replied_at, _judged(_RATED, explained=True)
    ),
    "explained_pleased": Measure(
        "政策不支持，满意或基本满意", TicketRow.replied_at, _judged(_PLEASED, explained=True)
    ),
    "replied_late": Measure(
        "答复超期", TicketRow.replied_at, lambda today: TicketRow.replied_at >= EndOf(TicketRow.due)
    ),
}
LIFE: Mapping[str, Measure] = {
    "filed": Measure("收到", TicketRow.created_at),
    "returned": Measure("退回重办", TicketRow.created_at, lambda today: TicketRow.round > 1),
    "reopened": Measure("办结后重新办理", TicketRow.created_at, lambda today: TicketRow.reopened > 0),
    "disputed": Measure("派单异议", TicketRow.created_at, lambda today: TicketRow.disputes > 0),
    "extended": Measure(
        "延期",
        TicketRow.created_at,
        lambda today: TicketRow.extension_state == Extension.APPROVED.value,
    ),
    "urged": Measure("市民催办", TicketRow.created_at, lambda today: TicketRow.urged > 0),
}
MEASURES: Mapping[str, Measure] = {**CONTACT, **FOLLOW_UP, **LIFE}
