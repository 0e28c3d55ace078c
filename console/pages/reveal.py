"""Showing the citizen's number for 90 seconds to somebody who says why; every look is in the audit log."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from sanic import Request
from sanic.response import HTTPResponse

from console.access import Routes
from console.pages.ticket_view import REASONS, record, ticket_for
from console.render import page
from desk.counter import Counter
from desk.errors import InvalidInput, NotFound
from desk.staff import Permission

routes = Routes("reveal")

SECONDS = 90
_CHINA = timezone(timedelta(hours=8))
_LONGEST = 200


@routes.post("/tickets/<ticket_id:str>/reveal", Permission.REVEAL)
def reveal(request: Request, ticket_id: str) -> HTTPResponse:
    """Show the number; without a reason it stays hidden. It is written down before it is shown."""
    counter: Counter = request.app.ctx.counter
    ticket = ticket_for(request, ticket_id)
    reason, words = (str(request.form.get(name) or "").strip() for name in ("reason", "words"))
    if reason not in REASONS or not words or len(words) > _LONGEST:
        raise InvalidInput("reveal_reason")
    phone = counter.tickets.phone_of(ticket)
    if phone is None:
        raise NotFound("phone")
    record(request, "phone_revealed", ticket, reason=reason, words=words, seconds=SECONDS)
    until = datetime.now(_CHINA) + timedelta(seconds=SECONDS)
    shown = {"ticket": ticket, "phone": phone, "until": f"{until:%H:%M:%S}", "reason": reason}
    if "hx-request" in request.headers:
        return page(request, "tickets/revealed.html", **shown)
    answer = page(request, "tickets/revealed_page.html", **shown)
    answer.headers["refresh"] = f"{SECONDS}; url=/tickets/{ticket.id}"
    return answer


@routes.get("/tickets/<ticket_id:str>/phone", Permission.SEE_TICKETS)
def hidden(request: Request, ticket_id: str) -> HTTPResponse:
    """Return the masked number again: what takes the place of a revealed one."""
    return page(request, "tickets/phone.html", ticket=ticket_for(request, ticket_id), reasons=REASONS)
