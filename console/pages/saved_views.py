"""Saving, renaming and deleting one's own searches of the queue."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from sanic import Request
from sanic.response import HTTPResponse

from console.access import Routes, who
from console.pages.queue import path_of
from console.render import back
from desk.counter import Counter
from desk.staff import Permission
from desk.tickets.query import from_params

routes = Routes("saved_views")


@routes.post("/tickets/views", Permission.SEE_TICKETS)
def save(request: Request) -> HTTPResponse:
    """Keep the search of the form under a name."""
    counter: Counter = request.app.ctx.counter
    query = from_params(dict(parse_qsl(request.form.get("params", ""))))
    view = counter.views.save(who(request).id, request.form.get("name", ""), query)
    return back(request, path_of(query), f"已存为“{view.name}”。")


@routes.post("/tickets/views/<view_id:str>/rename", Permission.SEE_TICKETS)
def rename(request: Request, view_id: str) -> HTTPResponse:
    """Give one of one's own views another name."""
    counter: Counter = request.app.ctx.counter
    counter.views.rename(who(request).id, view_id, request.form.get("name", ""))
    return back(request, "/tickets", "已改名。")


@routes.post("/tickets/views/<view_id:str>/delete", Permission.SEE_TICKETS)
def delete(request: Request, view_id: str) -> HTTPResponse:
    """Delete one of one's own views; the search itself opens, so that it can be saved again."""
    counter: Counter = request.app.ctx.counter
    view = counter.views.delete(who(request).id, view_id)
    path = f"/tickets?{urlencode(view.params)}"
    return back(request, path, f"已删除“{view.name}”。它的筛选还在下面，要的话可以再存一次。")
