"""Single reads and writes of tickets within somebody else's transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from desk import conversation
from desk.errors import Conflict, InvalidInput, NotFound, Unavailable
from desk.tickets import detach
from desk.tickets.choices import choices
from desk.tickets.number import read_number
from desk.tickets.record import Event, Given, Ticket
from desk.tickets.tables import (
    EVENT,
    TICKET,
    TicketEventRow,
    TicketRow,
    event_row,
    to_event,
    to_row,
    to_ticket,
)


@contextmanager
def answering() -> Iterator[None]:
    """Say `Unavailable` when the database does not answer."""
    try:
        yield
    except (OperationalError, InterfaceError, NoConnection) as error:
        raise Unavailable("tickets") from error


def one(connection: Connection, *conditions: Any) -> Ticket:
    """Return the one ticket of `conditions`; raise `NotFound`."""
    row = connection.execute(select(*TICKET).where(*conditions)).first()
    if row is None:
        raise NotFound("ticket")
    return to_ticket(row)


def event_of(connection: Connection, ticket_id: str, request_id: str) -> Event | None:
    """Return the event that this request has already made, if any."""
    wanted = select(*EVENT).where(
        TicketEventRow.ticket_id == ticket_id, TicketEventRow.request_id == request_id
    )
    row = connection.execute(wanted).first()
    return to_event(row) if row else None


def target_of(connection: Connection, given: Given) -> Ticket | None:
    """Return the ticket to merge into, locked: it must not be closed or merged itself meanwhile."""
    if not given.get("merged_into"):
        return None
    try:
        number = read_number(str(given["merged_into"]))
    except InvalidInput:
        return None
    row = connection.execute(select(*TICKET).where(TicketRow.public_no == number).with_for_update()).first()
    return to_ticket(row) if row else None


def children_of(connection: Connection, ticket: Ticket) -> tuple[Ticket, ...]:
    """Return the tickets that were merged into `ticket`, oldest first."""
    wanted = select(*TICKET).where(TicketRow.merged_into == ticket.public_no).order_by(TicketRow.public_no)
    return tuple(to_ticket(row) for row in connection.execute(wanted))


def write(connection: Connection, before: Ticket, after: Ticket, event: Event) -> None:
    """Write the row and add the event; raise `Conflict` when the row is no longer `before`."""
    written = connection.execute(
        update(TicketRow)
        .where(
            TicketRow.id == before.id,
            TicketRow.version == before.version,
            # A citizen who was forgotten meanwhile must not come back with this write.
            TicketRow.sender_id == before.sender_id,
        )
        .values(**to_row(after))
    )
    if written.rowcount != 1:
        raise Conflict("somebody else was faster")
    connection.execute(insert(TicketEventRow).values(**event_row(before.id, event)))
    detach.ended(connection, after)


def tell(connection: Connection, ticket: Ticket, text: str) -> None:
    """Tell the citizen of `ticket` in the chat, with what can be done now, if and when the caller's
    transaction stands. Who was forgotten has no chat and is told nothing.
    """
    if ticket.detached:
        return
    told = f"您的工单 {ticket.public_no} 有新进展：{text}"
    body: dict[str, Any] = {"kind": "text", "text": told, "card": None, "buttons": choices(ticket)}
    conversation.say(connection, ticket.sender_id, conversation.NOTICE, body)
