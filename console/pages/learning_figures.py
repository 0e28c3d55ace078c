"""How each topic fares week by week, and the cards that somebody has to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sanic import Request
from sanic.response import HTTPResponse

from console.access import Routes
from console.render import page
from desk.learning import Figure, expiring, figures, totals
from desk.learning.expiring import REASONS
from desk.staff import Permission
from desk.workdays import today

routes = Routes("learning_figures")

_WEEKS = 8
_MEASURES: Mapping[str, str] = {"used": "用量", "gave_up": "放弃", "handed_over": "转人工"}


@dataclass(frozen=True)
class _Topic:
    """One row: the sum over all weeks, and the chosen measure of each week, oldest first."""

    name: str
    total: Figure
    weeks: tuple[int, ...]


@routes.get("/learning/figures", Permission.SEE_LEARNING)
def figures_page(request: Request) -> HTTPResponse:
    """Show the table, its bars by the chosen measure, and the cards below it."""
    counter = request.app.ctx.counter
    asked = str(request.args.get("show", ""))
    measure = asked if asked in _MEASURES else next(iter(_MEASURES))
    found = figures(counter.engine, _WEEKS)
    monday = today() - timedelta(days=today().weekday())
    mondays = [monday - timedelta(weeks=back) for back in reversed(range(_WEEKS))]
    rows = _rows(found, mondays, measure, counter.topic_names)
    return page(
        request,
        "learning/figures.html",
        rows=rows,
        mondays=mondays,
        most=max((number for row in rows for number in row.weeks), default=0),
        measure=measure,
        measures=_MEASURES,
        due=expiring(counter.atlas, today()),
        reasons=REASONS,
    )


def _rows(found: list[Figure], mondays: list[date], measure: str, names: Mapping[str, str]) -> list[_Topic]:
    by_week = {(one.label, one.week): int(getattr(one, measure)) for one in found}
    sums = sorted(totals(found).values(), key=lambda one: (-one.used, one.label))
    return [
        _Topic(
            names.get(one.label, one.label),
            one,
            tuple(by_week.get((one.label, monday), 0) for monday in mondays),
        )
        for one in sums
    ]
