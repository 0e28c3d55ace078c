"""Which conversations are over: nobody has said anything for long, and nothing is still to be said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import func, or_, select, union
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import aliased

from desk.conversation import MessageRow
from desk.database import reading
from desk.inbox import NEW, InboxRow
from desk.live.tables import LiveRow
from desk.tickets.tables import TicketRow

_AT_ONCE = 100  # conversations


def silent(engine: Engine, cutoff: datetime) -> Iterator[list[str]]:
    """Yield the senders of conversations without a word since `cutoff`, some at a time."""
    last = ""
    while True:
        wanted = (
            select(MessageRow.sender_id)
            .where(MessageRow.sender_id > last)
            .group_by(MessageRow.sender_id)
            .having(func.max(MessageRow.created_at) < cutoff)
            .order_by(MessageRow.sender_id)
            .limit(_AT_ONCE)
        )
        with reading(engine) as connection:
            found = list(connection.scalars(wanted))
        if not found:
            return
        yield found
        last = found[-1]


def over(connection: Connection, senders: Sequence[str], cutoff: datetime) -> list[str]:
    """Return those of some silent senders who wait for nothing.

    Left alone is who has spoken again, who has no answer yet, who waits for an agent or talks to one, and
    who has a ticket that is not over, or is merged into one: of each step the citizen is still to be told.
    """
    main = aliased(TicketRow)
    said, kept, live, ticket = MessageRow, InboxRow, LiveRow, TicketRow
    waiting = or_(kept.state == NEW, kept.received_at >= cutoff)
    busy = union(
        select(said.sender_id).where(said.sender_id.in_(senders), said.created_at >= cutoff),
        select(kept.sender_id).where(kept.sender_id.in_(senders), waiting),
        select(live.sender_id).where(live.sender_id.in_(senders)),
        select(ticket.sender_id).where(ticket.sender_id.in_(senders), ticket.ended_at.is_(None)),
        select(ticket.sender_id)
        .join(main, main.public_no == ticket.merged_into)
        .where(ticket.sender_id.in_(senders), main.ended_at.is_(None)),
    )
    waits = set(connection.scalars(busy))
    return [sender for sender in senders if sender not in waits]
