"""One's own account: who one is here, how one is protected, and where one is signed in."""

from __future__ import annotations

from sanic import Request
from sanic.response import HTTPResponse

from console.access import Routes, who
from console.render import page
from desk.staff import Permission

routes = Routes("own_account")


@routes.get("/account", Permission.SELF)
def account(request: Request) -> HTTPResponse:
    """Show the account and its open session."""
    visits = request.app.ctx.counter.sessions.all_of(who(request).id)
    return page(request, "account.html", visits=visits)
