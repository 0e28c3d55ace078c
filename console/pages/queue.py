"""The queue: what is due first, filters, search, the views of each role and the ones that people saved."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from sanic import Request
from sanic.response import HTTPResponse

from console.access import Routes, who
from console.pages.queue_rows import shown_rows
from console.query_words import conditions
from console.quick_views import QUICK
from console.render import back, page
from desk.counter import Counter
from desk.errors import InvalidInput, NotFound
from desk.staff import Permission, Staff
from desk.tickets import find_number, visible
from desk.tickets.query import NOTHING, Query, from_params, to_params
from desk.tickets.terms import Kind, Role, State, Tag

routes = Routes("queue")

_CHOSEN = ("district", "category", "states", "unit", "tags", "kinds")
_FLAGS = (("overdue", "超期"), ("due_soon", "将到期"), ("urged", "催办过"))
_NOTHING_YET = {
    Role.HANDLER: "派给您单位的工单会出现在这里，请留意“待签收”。",
    Role.AGENT: "市民在网上或微信提交的投诉会出现在这里。",
}
_MISTYPED = "工单编号不对，可能有一位写错了。请核对编号的最后一位。"


@routes.get("/tickets", Permission.SEE_TICKETS)
def queue(request: Request) -> HTTPResponse:
    """Show the queue, or a ticket at once when its number is searched; htmx gets the part that changes."""
    counter: Counter = request.app.ctx.counter
    query = asked(request)
    try:
        if found := _numbered(counter, who(request), query):
            return back(request, f"/tickets/{found}")
        problem = ""
    except InvalidInput:
        problem = _MISTYPED
    part = "hx-request" in request.headers and "hx-history-restore-request" not in request.headers
    context = _context(counter, who(request), query, request.args.get("after", ""), problem)
    if not part:
        return page(request, "tickets/queue.html", **context, swapped=False)
    answer = page(request, "tickets/results.html", **context, swapped=True)
    answer.headers["hx-push-url"] = path_of(query)  # without the fields that were left empty
    return answer


def asked(request: Request) -> Query:
    """Return the query in the address; a field that is given twice takes in both."""
    return from_params({name: ",".join(filter(None, values)) for name, values in request.args.items()})


def path_of(query: Query, **more: str) -> str:
    """Return the address of the queue with this query."""
    params = {**to_params(query), **more}
    return f"/tickets?{urlencode(params)}" if params else "/tickets"


def _numbered(counter: Counter, staff: Staff, query: Query) -> str | None:
    """The id of the ticket whose number was searched for, if this person may know of it."""
    number = find_number(query.text)
    if number is None:
        return None
    try:
        ticket = counter.tickets.read(number)
    except NotFound:
        return None
    return ticket.id if visible.sees(staff.actor, ticket) else None


def _context(counter: Counter, staff: Staff, query: Query, after: str, problem: str) -> dict[str, Any]:
    found = counter.search.find(staff.actor, query, after=after)
    chosen = {part["name"] for part in _filters(counter, query)} | {"text", *(name for name, _ in _FLAGS)}
    kept = [(name, value) for name, value in to_params(query).items() if name not in chosen]
    return {
        "query": asdict(query),
        "filtered": query != Query(),
        "filters": _filters(counter, query),
        "flags": _FLAGS,
        "kept": kept,
        "unseen": conditions(counter, from_params(dict(kept))),
        "rows": shown_rows(counter, found.rows),
        "counts": found.counts,
        "next": path_of(query, after=found.next) if found.next else "",
        "quick": _quick(counter, staff, query),
        "views": [{"name": view.name, "path": path_of(view.query)} for view in counter.views.all(staff.id)],
        "params": urlencode(to_params(query)),
        "problem": problem,
        "nothing_yet": _NOTHING_YET.get(staff.role, "收到的投诉会出现在这里。"),
    }


def _quick(counter: Counter, staff: Staff, query: Query) -> list[dict[str, Any]]:
    views = QUICK[staff.role]
    counts = counter.search.counts(staff.actor, [view.query for view in views])
    return [
        {
            "title": view.title,
            "path": path_of(view.query),
            "count": count,
            "tone": view.tone,
            "here": view.query == query,
        }
        for view, count in zip(views, counts, strict=True)
    ]


def _filters(counter: Counter, query: Query) -> list[dict[str, Any]]:
    """The lists to choose from, each with what is chosen now."""
    given = to_params(query)
    units = [(unit, unit) for unit in counter.catalogue.units]
    options: dict[str, tuple[str, list[tuple[str, str]]]] = {
        "district": ("区县", [*((name, name) for name in districts_of(counter)), (NOTHING, "没有写明")]),
        "category": ("分类", [(code, counter.categories.name(code)) for code in counter.categories.codes()]),
        "states": ("状态", [(state.value, state.label) for state in State]),
        "unit": ("承办单位", [*units, (NOTHING, "还没有")]),
        "tags": ("标签", [(tag.value, tag.label) for tag in Tag]),
        "kinds": ("类型", [(kind.value, kind.label) for kind in Kind]),
    }
    return [
        {
            "name": name,
            "label": label,
            "options": _with_chosen(choices, given.get(name, "")),
            "value": given.get(name, ""),
        }
        for name, (label, choices) in options.items()
    ]


def _with_chosen(choices: list[tuple[str, str]], chosen: str) -> list[tuple[str, str]]:
    """The choices and what is chosen besides: several at once, or a name of before."""
    if not chosen or chosen in dict(choices):
        return choices
    names = dict(choices)
    return [*choices, (chosen, "、".join(names.get(code, code) for code in chosen.split(",")))]


def districts_of(counter: Counter) -> list[str]:
    """Return the districts that have an office, in the order of the guide."""
    return list(dict.fromkeys(office.district for office in counter.offices.all()))
