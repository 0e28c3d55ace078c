"""How each topic fares by week: asked, asked back, missed, given up, handed over. Messages, not people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.engine import Engine

from desk.database import UtcDateTime, reading, utc_now
from desk.inbox import ASKED_BACK, HANDED_OVER, NOT_UNDERSTOOD, REFUSED, InboxRow
from desk.workdays import china_day

# Who is silent for so long has gone. Ours: no rule says so.
_GONE = timedelta(minutes=30)
_HUMAN = "human"
_CHINA = timezone(timedelta(hours=8))
_IN_VAIN = (ASKED_BACK, NOT_UNDERSTOOD)
_COUNTED = (*_IN_VAIN, REFUSED)  # each is a field of a figure


@dataclass(frozen=True)
class Figure:
    """Messages about one topic (`label`) in one week, which begins on the Monday `week`.

    `gave_up`: nothing was said for half an hour after an answer that was no answer (asked back or not
    understood). `handed_over`: a person was asked for right after this topic, or at once (topic human).
    """

    week: date
    label: str
    used: int = 0
    asked_back: int = 0
    not_understood: int = 0
    refused: int = 0
    gave_up: int = 0
    handed_over: int = 0


def figures(engine: Engine, weeks: int = 8, now: datetime | None = None) -> list[Figure]:
    """Return the figures of the last weeks, this one included: newest week first, most used topic first."""
    now = now or utc_now()
    this_monday = _monday(now)
    mondays = [this_monday - timedelta(weeks=number) for number in range(weeks)]
    counted: dict[tuple[date, str], Figure] = {}
    with reading(engine) as connection:
        for number, label, outcome, messages in connection.execute(_counts(mondays)):
            more = {outcome: messages} if outcome in _COUNTED else {}
            _add(counted, mondays[number], label, used=messages, **more)
        for turn in connection.execute(_ends(mondays[-1])):
            _end(counted, turn, mondays[-1], now)
    return sorted(counted.values(), key=lambda one: (-one.week.toordinal(), -one.used, one.label))


def totals(found: Iterable[Figure]) -> Mapping[str, Figure]:
    """Return the sum over all weeks for each label; `week` is the last one."""
    sums: dict[str, Figure] = {}
    for one in found:
        so_far = sums.get(one.label)
        sums[one.label] = _sum(so_far, one) if so_far else one
    return sums


def _counts(mondays: list[date]) -> Any:
    """How many messages there are of each week (its place in `mondays`), label and outcome."""
    # By comparing, because the two databases share no function for the week of a moment.
    week: Any = case(*((InboxRow.received_at >= _begins(day), place) for place, day in enumerate(mondays)))
    rows = (
        select(week.label("week"), InboxRow.label, InboxRow.outcome)
        .where(InboxRow.received_at >= _begins(mondays[-1]), InboxRow.label.is_not(None))
        .subquery()
    )
    return select(*rows.c, func.count()).group_by(*rows.c)


def _ends(first: date) -> Any:
    """Every message after which somebody may have given up or was handed over, with what is around it."""
    order: dict[str, Any] = {
        "partition_by": InboxRow.sender_id,
        "order_by": (InboxRow.received_at, InboxRow.key),
    }
    # An hour earlier, so that the first messages have their forerunner.
    since = _begins(first) - timedelta(hours=1)
    turns = (
        select(
            InboxRow.received_at,
            InboxRow.label,
            InboxRow.outcome,
            func.lead(InboxRow.received_at, type_=UtcDateTime).over(**order).label("next_at"),
            func.lag(InboxRow.received_at, type_=UtcDateTime).over(**order).label("last_at"),
            func.lag(InboxRow.label).over(**order).label("last_label"),
        )
        .where(InboxRow.received_at >= since)
        .subquery()
    )
    return select(*turns.c).where(turns.c.outcome.in_((*_IN_VAIN, HANDED_OVER)))


def _end(counted: dict[tuple[date, str], Figure], turn: Any, first: date, now: datetime) -> None:
    monday = _monday(turn.received_at)
    if monday < first:
        return
    if turn.outcome == HANDED_OVER:
        _add(counted, monday, _before(turn), handed_over=1)
    elif turn.label and _gave_up(turn, now):
        _add(counted, monday, turn.label, gave_up=1)


def _gave_up(turn: Any, now: datetime) -> bool:
    left: timedelta = (turn.next_at or now) - turn.received_at
    return left > _GONE


def _before(turn: Any) -> str:
    """What the talk was about when a person was asked for."""
    fresh = turn.last_at is not None and turn.received_at - turn.last_at <= _GONE
    return str(turn.last_label) if fresh and turn.last_label else _HUMAN


def _add(counted: dict[tuple[date, str], Figure], monday: date, label: str, **more: int) -> None:
    so_far = counted.get((monday, label), Figure(monday, label))
    counted[monday, label] = _sum(so_far, Figure(monday, label, **more))


def _sum(one: Figure, other: Figure) -> Figure:
    names = ("used", "asked_back", "not_understood", "refused", "gave_up", "handed_over")
    added = {name: getattr(one, name) + getattr(other, name) for name in names}
    return replace(one, week=max(one.week, other.week), **added)


def _begins(day: date) -> datetime:
    """Midnight in Kunming."""
    return datetime(day.year, day.month, day.day, tzinfo=_CHINA)


def _monday(moment: datetime) -> date:
    day = china_day(moment)
    return day - timedelta(days=day.weekday())
