"""A ticket room over real databases, and the straight way of a ticket, for the tests of tickets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine

from desk import conversation
from desk.sealing import Keys, Seal
from desk.tickets import Complaint, Kind, Tickets, load_limits
from desk.tickets.record import Ticket
from desk.tickets.terms import Actor, Role
from desk.workdays import Workdays

DATA = Path(__file__).parents[2] / "data"
WORKDAYS, LIMITS = Workdays(DATA / "calendar"), load_limits(DATA / "limits.yml")
SEAL = Seal(Keys.of(b"k" * 32))
AGENT = Actor(Role.AGENT, "a7")
SUPERVISOR = Actor(Role.SUPERVISOR, "s1")
HANDLER = Actor(Role.HANDLER, "h1", "五华区")
OVERDUE = Complaint(
    Kind.COMPLAINT, "11月2日申请的，到今天还没有结果。", category="overdue", district="五华区"
)
PLANTED_PHONE = "13" + "800138000"
REPLY = {"reply_text": "已补发。", "reply_basis": "n12", "resolution": "solved", "contact": "电话"}
STRAIGHT: list[tuple[str, Actor, dict[str, Any]]] = [
    ("accept", AGENT, {"category": "overdue", "district": "五华区", "unit_main": "五华区"}),
    ("dispatch", AGENT, {"unit_main": "五华区"}),
    ("sign", HANDLER, {"assignee": "h1"}),
    ("reply", HANDLER, REPLY),
    ("close", Actor(Role.CITIZEN, "c1"), {"solved": "yes"}),
    ("reopen", Actor(Role.CITIZEN, "c1"), {"facts": "又没到账"}),
    ("restart", HANDLER, {"assignee": "h1"}),
    ("reply", HANDLER, REPLY),
]


class Moment:
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 21, 4, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        return self.at

    def later(self, **step: int) -> None:
        self.at += timedelta(**step)


def tickets_in(engine: Engine, now: Callable[[], datetime]) -> Tickets:
    return Tickets(engine, WORKDAYS, LIMITS, SEAL, now)


def filed(tickets: Tickets, key: str = "m1", sender: str = "c1", complaint: Complaint = OVERDUE) -> Ticket:
    return tickets.open(complaint, key, sender, "web")


def moved(tickets: Tickets, ticket: Ticket, name: str, actor: Actor, **given: Any) -> Ticket:
    return tickets.move(ticket.public_no, name, actor, ticket.version, given)


def replied(tickets: Tickets, ticket: Ticket) -> Ticket:
    """Lead a new ticket along the straight way to its reply."""
    for name, actor, given in STRAIGHT[:4]:
        ticket = moved(tickets, ticket, name, actor, **given)
    return ticket


def said_to(engine: Engine, sender: str) -> list[str]:
    return [message.body["text"] for message in conversation.since(engine, sender)]
