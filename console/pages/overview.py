"""The supervisor's overview: 三率, what is late where, the trend, early warnings; each with its tickets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from sanic import Request
from sanic.response import HTTPResponse

from console.access import Routes, who
from console.pages.queue import path_of
from console.periods import NAMES, Chosen, asked_for, named
from console.query_words import span
from console.render import page
from console.staff_wording import REFUSALS
from desk.counter import Counter
from desk.errors import InvalidInput
from desk.staff import Permission
from desk.tickets.figures import Group, Overview
from desk.tickets.query import Query, to_params
from desk.tickets.rates import BANDS
from desk.tickets.rises import RULE, Rise
from desk.workdays import today

routes = Routes("overview")

_NOWHERE, _UNSORTED, _UNSENT = "没有写明", "没有分类", "还没有派单"


@routes.get("/overview", Permission.OVERVIEW)
def overview(request: Request) -> HTTPResponse:
    """Show every figure of a period; one that cannot be read is said, and the usual one shown."""
    counter: Counter = request.app.ctx.counter
    fault = ""
    try:
        chosen = asked_for(
            {name: request.args.get(name, "") for name in ("period", "since", "until")}, today()
        )
    except InvalidInput as refusal:
        fault, chosen = REFUSALS[refusal.reason], named("", today())
    actor = who(request).actor
    shown = counter.figures.overview(actor, chosen.since, chosen.until)
    answer = page(
        request,
        "overview/overview.html",
        fault=fault,
        chosen=chosen,
        spoken=span(chosen.since, chosen.until),
        periods=NAMES.items(),
        path_of=path_of,
        export_path=_export_path(chosen),
        nothing=not counter.search.count(actor, Query()),
        bands=BANDS,
        rule=RULE,
        **_figures(counter, shown),
    )
    answer.status = 422 if fault else 200
    return answer


def _figures(counter: Counter, shown: Overview) -> dict[str, Any]:
    categories = counter.categories.name
    return {
        "figures": shown,
        "units": [(each.unit or _UNSENT, each) for each in shown.units],
        "districts": _named(shown.districts, lambda code: code or _NOWHERE),
        "categories": _named(shown.categories, lambda code: categories(code) if code else _UNSORTED),
        "warnings": [(_place(counter, each), each) for each in shown.rises],
        "filed": shown.life[0],
        "detours": shown.life[1:],
    }


def _named(groups: Sequence[Group], name: Callable[[str], str]) -> list[tuple[str, Group]]:
    """The groups with something open, each with its name."""
    return [(name(group.code), group) for group in groups if group.open.value]


def _place(counter: Counter, rise: Rise) -> str:
    code = rise.figure.label
    if rise.figure.query.category:
        return f"分类：{counter.categories.name(code) if code else _UNSORTED}"
    return f"区县：{code or _NOWHERE}"


def _export_path(chosen: Chosen) -> str:
    """The export of what was filed in the period."""
    filed = Query(created_from=chosen.since, created_to=chosen.until)
    return f"/export?{urlencode(to_params(filed))}"
