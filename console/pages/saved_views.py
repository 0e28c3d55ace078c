"""Saving, renaming and deleting one's own searches of the queue."""

from __future__ import annotations

from urllib.parse import parse_qsl

from sanic import Request
from sanic.response import HTTPResponse

from console.access import Routes, who
from console.pages.queue import path_of
from console.render import back, field
from desk.counter import Counter
from desk.errors import Conflict
from desk.staff import Permission
from desk.tickets.query import from_params

routes = Routes("saved_views")


@routes.post("/tickets/views", Permission.SEE_TICKETS)
def save(request: Request) -> HTTPResponse:
    """Keep the search of the form under a name, in place of what was kept under it."""
    counter: Counter = request.app.ctx.counter
    query, name = (
        from_params(dict(parse_qsl(field(request, "params").strip()))),
        field(request, "name").strip(),
    )
    counter.views.save(who(request).id, name, query)
    return back(request, path_of(query), f"已存为“{name}”。")


@routes.post("/tickets/views/rename", Permission.SEE_TICKETS)
def rename(request: Request) -> HTTPResponse:
    """Give one of one's own views another name."""
    counter: Counter = request.app.ctx.counter
    try:
        counter.views.rename(who(request).id, field(request, "view").strip(), field(request, "name").strip())
    except Conflict:
        return back(request, "/tickets", "没有改名：已经有一个视图叫这个名字，请换一个。")
    return back(request, "/tickets", "已改名。")


@routes.post("/tickets/views/delete", Permission.SEE_TICKETS)
def delete(request: Request) -> HTTPResponse:
    """Delete one of one's own views; its search opens once more, so that it can be saved again."""
    counter: Counter = request.app.ctx.counter
    owner, name = who(request).id, field(request, "view").strip()
    query = next((view.query for view in counter.views.all(owner) if view.name == name), None)
    counter.views.remove(owner, name)
    path = path_of(query) if query else "/tickets"
    return back(request, path, f"已删除“{name}”。它的筛选还开着，要的话可以再存一次。")
