"""Tickets at every stage for the tests of the pages, and how a form is read from a page."""

from __future__ import annotations

import itertools
import re
from typing import Any

from desk.tickets import Complaint, Kind, Ticket
from desk.tickets.terms import Actor, Role
from tests.console.door import StaffDoor, StaffMember

WORDS = "11月2日申请的失业金，到今天还在审核。"
PHONE = "13" + "800138000"
AGENT = Actor(Role.AGENT, "somebody")
_KEYS = itertools.count()


def arrived(console: StaffDoor, role: Role, unit: str = "") -> StaffMember:
    """Return somebody new who has the queue open, and so the token of its forms."""
    member = console.signed_in(role, unit)
    member.get("/tickets")
    return member


def filed(console: StaffDoor, words: str = WORDS, **more: Any) -> Ticket:
    """Return a new ticket of a citizen of its own."""
    key = f"page-{next(_KEYS)}"
    given = {"category": "overdue", "district": "五华区", **more}
    complaint = Complaint(given.pop("kind", Kind.COMPLAINT), words, **given)
    return console.counter.tickets.open(complaint, key, f"web-{key}", "web")


def moved(console: StaffDoor, ticket: Ticket, name: str, actor: Actor, **given: Any) -> Ticket:
    return console.counter.tickets.move(ticket.public_no, name, actor, ticket.version, given)


def accepted(console: StaffDoor, unit: str = "五华区", **more: Any) -> Ticket:
    ticket = filed(console, **{"district": unit, **more})
    given = {"category": ticket.category, "district": ticket.district, "unit_main": unit}
    return moved(console, ticket, "accept", AGENT, **given)


def dispatched(console: StaffDoor, unit: str = "五华区", **more: Any) -> Ticket:
    return moved(console, accepted(console, unit, **more), "dispatch", AGENT, unit_main=unit)


def in_progress(console: StaffDoor, handler: StaffMember, **more: Any) -> Ticket:
    ticket = dispatched(console, handler.staff.unit, **more)
    return moved(console, ticket, "sign", handler.staff.actor, assignee=handler.staff.id)


def now(console: StaffDoor, ticket: Ticket) -> Ticket:
    """Return the ticket as it stands."""
    return console.counter.tickets.get(ticket.id)


def hidden(page: str, move: str) -> dict[str, Any]:
    """Return the hidden fields of the form of one move on a page."""
    form = re.search(rf'<form method="post" action="[^"]*/moves/{move}".*?</form>', page, re.S)
    assert form, f"no form for {move}"
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form.group()))


def make(member: StaffMember, ticket: Ticket, move: str, **given: Any) -> Any:
    """Open the page, fill in the form of one move and send it."""
    fields = hidden(member.get(f"/tickets/{ticket.id}").text, move)
    return member.post(f"/tickets/{ticket.id}/moves/{move}", **{**fields, **given})


def recorded(console: StaffDoor, member: StaffMember, action: str) -> list[Any]:
    """Return what the audit log holds of one person and action, newest first."""
    return console.counter.audit.find(actor_id=member.staff.id, action=action)
