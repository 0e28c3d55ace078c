"""The supervisor's overview: every figure with the query that finds exactly the tickets it counts.

A handful of aggregate statements over the tickets; no figure is kept, each is counted when it is asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.engine import Connection, Engine

from desk.database import reading, utc_now
from desk.tickets import rises, visible
from desk.tickets.categories import Categories
from desk.tickets.ledger import answering
from desk.tickets.matching import Days, Matching, due_soon, in_states, overdue
from desk.tickets.measures import CONTACT, FOLLOW_UP, LIFE, MEASURES, Measure, Period, within
from desk.tickets.query import NOTHING, Query
from desk.tickets.rates import EXPLAINED, RATES, Figure, Rate, rate
from desk.tickets.rises import Rise
from desk.tickets.tables import TicketRow
from desk.tickets.terms import OPEN, Actor
from desk.workdays import Workdays, china_day

WEEKS = 12  # of the trend
_AGES = ((0, 3, "3天以内"), (4, 7, "4到7天"), (8, 15, "8到15天"), (16, 30, "16到30天"), (31, None, "超过30天"))


@dataclass(frozen=True)
class Rates:
    """三率 and the one counted apart, for everybody or for one `unit` (empty: not yet sent to any)."""

    unit: str
    rates: tuple[Rate, ...]
    explained: Rate


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
    """All of it. `open`, `overdue`, `due_soon`, groups and ages are of now; the rest is of the period."""

    period: Period
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
