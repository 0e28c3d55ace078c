"""Deadlines in words: 今天到期, 还有3个工作日, 已超期2个工作日, with a mark beside the colour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from desk.workdays import Workdays

_NEAR = 1  # working days


@dataclass(frozen=True)
class Left:
    """What is left of a time limit. `tone` is a class of the style sheet, `mark` the sign beside it."""

    words: str
    tone: str
    mark: str
    day: date


def left(due: date, today: date, workdays: Workdays) -> Left:
    """Return how far `due` is from `today`, counted in working days."""
    if due < today:
        days = workdays.between(due, today).days
        # On the days off after the last day there is no working day to count yet.
        return Left(f"已超期{days}个工作日" if days else "已超期", "late", "!", due)
    if due == today:
        return Left("今天到期", "soon", "◷", due)
    days = workdays.between(today, due).days
    near = days <= _NEAR
    return Left(f"还有{days}个工作日", "soon" if near else "calm", "◷" if near else "", due)
