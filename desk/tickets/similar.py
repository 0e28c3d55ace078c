"""Tickets that may be about the same matter, with the reason for each: shown to a person, never merged here.

The work is bounded: a few tickets of the same citizen or claim, and the newest ones of the same matter or
district, whatever the size of the queue.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rapidfuzz import fuzz, process
from sqlalchemy import and_, select
from sqlalchemy.engine import Connection

from desk.tickets.phrases import prepared
from desk.tickets.record import Ticket
from desk.tickets.tables import TICKET, TicketRow, to_ticket

SAME_CITIZEN, SAME_CLAIM, NEAR = "同一位市民", "同一笔申领", "文字相近"
_FEW, _MANY = 20, 200  # tickets of one citizen or claim; texts of one matter or district
_RECENT = timedelta(days=180)
_NEAR_FROM = 60.0  # per cent of the characters of both texts that agree in order


@dataclass(frozen=True)
class Similar:
    """A ticket that may be the same matter. `reasons` are for reading: `文字相近 82%`."""

    ticket: Ticket
    reasons: tuple[str, ...]


def similar(connection: Connection, ticket: Ticket, limit: int = 5) -> list[Similar]:
    """Return the likeliest tickets first, at most `limit`; those already merged with it are left out.

    A claim in common weighs most, then the citizen, then the text. The door shows only what its user may see.
    """
    reasons: dict[str, list[str]] = {}
    points: dict[str, float] = {}
    for weight, reason, found in (
        (4.0, SAME_CLAIM, _ids(connection, ticket, "claim_ref")),
        (2.0, SAME_CITIZEN, _ids(connection, ticket, "sender_id")),
    ):
        for one in found:
            reasons.setdefault(one, []).append(reason)
            points[one] = points.get(one, 0) + weight
    for one, score in _near(connection, ticket):
        reasons.setdefault(one, []).append(f"{NEAR} {score:.0%}")
        points[one] = points.get(one, 0) + score
    best = sorted(points, key=lambda one: points[one], reverse=True)[:limit]
    rows = connection.execute(select(*TICKET).where(TicketRow.id.in_(best)))
    tickets = {found.id: found for found in map(to_ticket, rows)}
    return [Similar(tickets[one], tuple(reasons[one])) for one in best if one in tickets]


def _ids(connection: Connection, ticket: Ticket, column: str) -> list[str]:
    """The newest tickets with the same value in `column`."""
    value = getattr(ticket, column)
    if not value:
        return []
    same = getattr(TicketRow, column) == value
    if column == "sender_id":
        if ticket.anonymous:
            return []
        same = and_(same, TicketRow.anonymous.is_(False))  # nobody learns who an anonymous citizen is
    wanted = select(TicketRow.id).where(same, *_others(ticket)).order_by(TicketRow.created_at.desc())
    return list(connection.scalars(wanted.limit(_FEW)))


def _near(connection: Connection, ticket: Ticket) -> Iterable[tuple[str, float]]:
    texts: dict[str, str] = {}
    for column in ("category", "district"):
        value = getattr(ticket, column)
        if not value or ticket.created_at is None:
            continue
        wanted = (
            select(TicketRow.id, TicketRow.narrative)
            .where(getattr(TicketRow, column) == value, TicketRow.created_at >= ticket.created_at - _RECENT)
            .where(*_others(ticket))
            .order_by(TicketRow.created_at.desc())
            .limit(_MANY)
        )
        texts |= {one: prepared(narrative) for one, narrative in connection.execute(wanted)}
    said = prepared(ticket.narrative)
    found = process.extract(said, texts, scorer=fuzz.ratio, score_cutoff=_NEAR_FROM, limit=_FEW)
    return [(one, score / 100) for _, score, one in found]


def _others(ticket: Ticket) -> list[Any]:
    """Conditions: not the ticket itself, nor what it is already merged with."""
    apart = [TicketRow.id != ticket.id, TicketRow.merged_into != ticket.public_no]
    return [*apart, TicketRow.public_no != ticket.merged_into] if ticket.merged_into else apart
