"""The periods that the overview offers, and the one that an address asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from desk.errors import InvalidInput
from desk.tickets.query import from_params

_DAYS = 90


@dataclass(frozen=True)
class Chosen:
    """Days in China, both included; `name` is one of `NAMES`, empty for days chosen freely."""

    name: str
    since: date
    until: date


def _week(today: date) -> tuple[date, date]:
    return today - timedelta(days=today.weekday()), today


def _month(today: date) -> tuple[date, date]:
    return today.replace(day=1), today


def _last_month(today: date) -> tuple[date, date]:
    last = today.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def _ninety(today: date) -> tuple[date, date]:
    return today - timedelta(days=_DAYS - 1), today


_PERIODS: Mapping[str, tuple[str, Callable[[date], tuple[date, date]]]] = {
    "week": ("本周", _week),
    "month": ("本月", _month),
    "last_month": ("上月", _last_month),
    "days90": (f"近{_DAYS}天", _ninety),
}
NAMES: Mapping[str, str] = {code: name for code, (name, _) in _PERIODS.items()}
USUAL = "month"


def named(code: str, today: date) -> Chosen:
    """Return one of `NAMES`; the usual one when there is none of this name. The present ones end today."""
    found = code if code in _PERIODS else USUAL
    return Chosen(found, *_PERIODS[found][1](today))


def asked_for(params: Mapping[str, str], today: date) -> Chosen:
    """Return the period of an address: `since` and `until`, else `period`.

    Raises `InvalidInput` (day: one is missing or no day; day_order: they are the wrong way round).
    """
    since, until = params.get("since", "").strip(), params.get("until", "").strip()
    if not since and not until:
        return named(params.get("period", ""), today)
    days = from_params({"since": since, "until": until})
    if days.since is None or days.until is None:
        raise InvalidInput("day")
    if days.since > days.until:
        raise InvalidInput("day_order")
    return Chosen("", days.since, days.until)
