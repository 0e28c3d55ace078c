"""The way in: everybody begins at the first page that the role may open."""

from __future__ import annotations

from sanic import Request, response
from sanic.response import HTTPResponse

from console.access import Routes, who
from console.render import PLACES
from desk.staff import GRANTS, Permission

routes = Routes("home")


@routes.get("/", Permission.SELF)
def home(request: Request) -> HTTPResponse:
    """Send everybody to the page of their work."""
    granted = GRANTS[who(request).role]
    first = next((place.path for place in PLACES if place.permission in granted), "/account")
    return response.redirect(first, status=303)
