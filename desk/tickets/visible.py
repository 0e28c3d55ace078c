"""Who may see which ticket: the only place that decides it, for one ticket and for a whole search.

`condition` (SQL) and `sees` (Python) say the same; a property test holds them together.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Text, and_, cast, false, func, not_, or_, true

from desk.tickets.record import Ticket
from desk.tickets.tables import TicketRow
from desk.tickets.terms import Actor, Kind, Role, Tag

# 督办 and 审计 see every ticket (审计 reads alone: no move names the role); 系统 is the worker.
_EVERYTHING = frozenset({Role.SUPERVISOR, Role.AUDITOR, Role.SYSTEM})


def sees(actor: Actor, ticket: Ticket) -> bool:
    """Tell whether `actor` may know that `ticket` exists."""
    if actor.role in _EVERYTHING:
        return True
    if actor.role is Role.CITIZEN:
        return ticket.sender_id == actor.id
    if actor.role not in (Role.AGENT, Role.HANDLER) or ticket.accused_person == actor.id:
        return False
    if not (actor.named or ticket.assignee == actor.id) and _is_guarded(ticket):
        return False
    return actor.role is Role.AGENT or _is_of_unit(actor.unit, ticket)


def hears(actor: Actor, ticket: Ticket) -> bool:
    """Tell whether `actor` may read the conversation that a ticket came from: it holds more than the matter.

    The unit works with what was filed; of an anonymous citizen only the supervisor reads on.
    """
    if actor.role is Role.SUPERVISOR:
        return True
    return actor.role is Role.AGENT and not ticket.anonymous and sees(actor, ticket)


def condition(actor: Actor) -> Any:
    """Return the SQL condition on `TicketRow` that lets through what `actor` sees."""
    if actor.role in _EVERYTHING:
        return true()
    if actor.role is Role.CITIZEN:
        return TicketRow.sender_id == actor.id
    if actor.role not in (Role.AGENT, Role.HANDLER):
        return false()  # 运维 works with redacted messages elsewhere
    parts = [TicketRow.accused_person != actor.id]
    if not actor.named:
        parts.append(or_(TicketRow.assignee == actor.id, not_(_guarded())))
    if actor.role is Role.HANDLER:
        parts.append(_of_unit(actor.unit))
    return and_(*parts)


def holds(column: Any, value: str) -> Any:
    """Return the condition that the JSON list of texts in `column` holds `value`.

    Not LIKE, which would take capital and small letters for the same on SQLite alone.
    """
    text = cast(column, Text)
    return func.replace(text, json.dumps(value), "") != text


def _is_guarded(ticket: Ticket) -> bool:
    """举报 and 敏感 are for supervisors, the one who works on it, and people named for such matters."""
    return ticket.kind is Kind.REPORT or Tag.SENSITIVE.value in ticket.tags


def _guarded() -> Any:
    return or_(TicketRow.kind == Kind.REPORT.value, holds(TicketRow.tags, Tag.SENSITIVE.value))


def _is_of_unit(unit: str, ticket: Ticket) -> bool:
    mine = ticket.unit_main == unit or unit in ticket.units_assist
    return bool(unit) and mine and ticket.accused_unit != unit


def _of_unit(unit: str) -> Any:
    if not unit:
        return false()
    mine = or_(TicketRow.unit_main == unit, holds(TicketRow.units_assist, unit))
    return and_(mine, TicketRow.accused_unit != unit)
