"""Takes a person's tickets away from the conversation: the matter is still answered, who told it is gone.

The only place that rewrites events. The history still replays to the row.
"""

from __future__ import annotations

import secrets

from sqlalchemy import and_, or_, select, update
from sqlalchemy.engine import Connection

from desk.tickets.record import DETACHED, Ticket
from desk.tickets.tables import TicketEventRow, TicketRow
from desk.tickets.terms import State


def detach(connection: Connection, sender_id: str) -> int:
    """Give each ticket of a conversation a sender that leads nowhere; return how many tickets that were.

    Each gets one of its own, so that two tickets do not tell that they are of one person.
    """
    columns = (TicketRow.id, TicketRow.public_no, TicketRow.merged_into)
    mine = select(*columns).where(TicketRow.sender_id == sender_id).with_for_update()
    found = connection.execute(mine).all()
    for ticket in found:
        _detach(connection, ticket.id, sender_id)
    for matter in {ticket.merged_into or ticket.public_no for ticket in found}:
        if connection.scalar(select(TicketRow.ended_at).where(TicketRow.public_no == matter)):
            _forget_phones(connection, matter)
    return len(found)


def ended(connection: Connection, ticket: Ticket) -> None:
    """Forget the numbers of those who are gone, now that nobody has to call them back about `ticket`."""
    if ticket.ended_at and ticket.state is not State.MERGED:  # a merged one is answered with its main ticket
        _forget_phones(connection, ticket.public_no)


def _detach(connection: Connection, ticket_id: str, sender_id: str) -> None:
    nobody, key = DETACHED + secrets.token_hex(16), DETACHED + secrets.token_hex(16)
    row = {"sender_id": nobody, "source_msg_id": key, "fingerprint": secrets.token_hex(32)}
    connection.execute(update(TicketRow).where(TicketRow.id == ticket_id).values(row))
    acts = and_(TicketEventRow.ticket_id == ticket_id, TicketEventRow.actor_id == sender_id)
    # The request id of a citizen's act is the key of his message.
    connection.execute(update(TicketEventRow).where(acts).values(actor_id=nobody, request_id=None))
    _rewrite_opening(connection, ticket_id, {"sender_id": nobody, "source_msg_id": key})


def _forget_phones(connection: Connection, public_no: str) -> None:
    """Forget the numbers left with a ticket or with one merged into it, where the person is gone."""
    of_matter = or_(TicketRow.public_no == public_no, TicketRow.merged_into == public_no)
    gone = TicketRow.sender_id.like(f"{DETACHED}%")
    wanted = select(TicketRow.id).where(of_matter, gone, TicketRow.phone_sealed.is_not(None))
    for ticket_id in list(connection.scalars(wanted)):
        forgotten = {"phone_sealed": None, "phone_masked": ""}
        connection.execute(update(TicketRow).where(TicketRow.id == ticket_id).values(forgotten))
        _rewrite_opening(connection, ticket_id, {"phone_masked": ""})


def _rewrite_opening(connection: Connection, ticket_id: str, changes: dict[str, str]) -> None:
    """Change what the first event holds, from which the row is folded."""
    first = and_(TicketEventRow.ticket_id == ticket_id, TicketEventRow.seq == 1)
    given = connection.scalar(select(TicketEventRow.given).where(first))
    connection.execute(update(TicketEventRow).where(first).values(given={**given, **changes}))
