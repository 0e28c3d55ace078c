"""How each topic fares by week: asked, asked back, missed, given up, handed over. Messages, not people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Engine

from desk.database import UtcDateTime, reading, utc_now
from desk.inbox import ASKED_BACK, HANDED_OVER, NOT_UNDERSTOOD, REFUSED, InboxRow
from desk.workdays import china_day

# Who is silent for so long has gone. Ours: no rule says so.
_GONE = timedelta(minutes=30)
_HUMAN = "human"


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
    day = china_day(now)
    first = day - timedelta(days=day.weekday() + 7 * (weeks - 1))
    # A day earlier, so that the first message of the first week has its forerunner.
    since = now - timedelta(days=(day - first).days + 2)
    counted: dict[tuple[date, str], Figure] = {}
    with reading(engine) as connection:
        for turn in connection.execute(_turns(since)):
            monday = _monday(turn.received_at)
            if monday >= first:
                _count(counted, monday, turn, now)
    return sorted(counted.values(), key=lambda one: (-one.week.toordinal(), -one.used, one.label))


def totals(found: Iterable[Figure]) -> Mapping[str, Figure]:
    """Return the sum over all weeks for each label; `week` is the last one."""
    sums: dict[str, Figure] = {}
    for one in found:
        so_far = sums.get(one.label)
        sums[one.label] = _sum(so_far, one) if so_far else one
    return sums


def _turns(since: datetime) -> Any:
    """Every message with the one before and the one after it in its conversation."""
    order: dict[str, Any] = {
        "partition_by": InboxRow.sender_id,
        "order_by": (InboxRow.received_at, InboxRow.key),
    }
    return select(
        InboxRow.received_at,
        InboxRow.label,
        InboxRow.outcome,
        func.lead(InboxRow.received_at, type_=UtcDateTime).over(**order).label("next_at"),
        func.lag(InboxRow.received_at, type_=UtcDateTime).over(**order).label("last_at"),
        func.lag(InboxRow.label).over(**order).label("last_label"),
    ).where(InboxRow.received_at >= since)


def _count(counted: dict[tuple[date, str], Figure], monday: date, turn: Any, now: datetime) -> None:
    if turn.label:
        _add(
            counted,
            monday,
            turn.label,
            used=1,
            asked_back=int(turn.outcome == ASKED_BACK),
            not_understood=int(turn.outcome == NOT_UNDERSTOOD),
            refused=int(turn.outcome == REFUSED),
            gave_up=int(_gave_up(turn, now)),
        )
    if turn.outcome == HANDED_OVER:
        _add(counted, monday, _before(turn), handed_over=1)


def _gave_up(turn: Any, now: datetime) -> bool:
    in_vain = turn.outcome in (ASKED_BACK, NOT_UNDERSTOOD)
    return in_vain and (turn.next_at or now) - turn.received_at > _GONE


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


def _monday(moment: datetime) -> date:
    day = china_day(moment)
    return day - timedelta(days=day.weekday())
