"""Who may see which ticket: the only place that decides it, for one ticket and for a whole search.

`condition` (SQL) and `sees` (Python) say the same; a property test holds them together.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import dropwhile
from typing import Any

from sqlalchemy import Text, and_, cast, false, func, literal_column, not_, or_, true

from desk.conversation import CITIZEN, Message
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
    if actor.role not in (Role.AGENT, Role.HANDLER):
        return False
    if any(ticket.accused_person.startswith(name) for name in _names(actor)):
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


def part_heard(actor: Actor, tickets: Iterable[Ticket], messages: Sequence[Message]) -> list[Message]:
    """Return what `actor` may read of a conversation, of which `tickets` were filed.

    It begins after the last ticket that `actor` may not hear of: what was said before may be about that one,
    and up to the citizen's next word it is told that it was filed.
    """
    kept = [ticket.created_at for ticket in tickets if ticket.created_at and not hears(actor, ticket)]
    if not kept:
        return list(messages)
    later = [message for message in messages if message.created_at > max(kept)]
    return list(dropwhile(lambda message: message.author != CITIZEN, later))


def condition(actor: Actor) -> Any:
    """Return the SQL condition on `TicketRow` that lets through what `actor` sees."""
    if actor.role in _EVERYTHING:
        return true()
    if actor.role is Role.CITIZEN:
        return TicketRow.sender_id == actor.id
    if actor.role not in (Role.AGENT, Role.HANDLER):
        return false()  # 运维 works with redacted messages elsewhere
    parts: list[Any] = [not_(_begins(TicketRow.accused_person, name)) for name in _names(actor)]
    if not actor.named:
        parts.append(or_(TicketRow.assignee == actor.id, not_(_guarded())))
    if actor.role is Role.HANDLER:
        parts.append(_of_unit(actor.unit))
    return and_(true(), *parts)


def holds(column: Any, value: str) -> Any:
    """Return the condition that the JSON list of texts in `column` holds `value`.

    Not LIKE, which would take capital and small letters for the same on SQLite alone. With what stands
    before an element, because the end of x"y looks like y behind its escaped quotation mark.
    """
    text, element = cast(column, Text), json.dumps(value)
    return or_(*(func.replace(text, before + element, "") != text for before in ("[", ", ")))


def _names(actor: Actor) -> list[str]:
    """By what a citizen may have named him: the same as the guards of the moves look at."""
    return [name for name in (actor.id, actor.name) if name]


def _begins(column: Any, value: str) -> Any:
    return func.substr(column, 1, len(value)) == value


def _is_guarded(ticket: Ticket) -> bool:
    """举报 and 敏感 are for supervisors, the one who works on it, and people named for such matters."""
    return ticket.kind is Kind.REPORT or Tag.SENSITIVE.value in ticket.tags


def _guarded() -> Any:
    return or_(TicketRow.kind == Kind.REPORT.value, holds(TicketRow.tags, Tag.SENSITIVE.value))


def _is_of_unit(unit: str, ticket: Ticket) -> bool:
    mine = ticket.unit_main == unit or unit in ticket.units_assist
    # 五华区就业局失业保险科 is the unit 五华区: a citizen says the whole name of an office.
    return bool(unit) and mine and not ticket.accused_unit.startswith(unit)


def _of_unit(unit: str) -> Any:
    if not unit:
        return false()
    # With the 0 as the partial index `ix_ticket_assisted` has it: SQLite does not use that index otherwise.
    assisted = and_(TicketRow.assisting > literal_column("0"), holds(TicketRow.units_assist, unit))
    mine = or_(TicketRow.unit_main == unit, assisted)
    return and_(mine, not_(_begins(TicketRow.accused_unit, unit)))
