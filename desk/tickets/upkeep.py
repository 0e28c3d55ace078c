"""Brings rows in line with their events, in small batches: after a migration, and after a corrected calendar.

No event is added: what happened is the same, only what follows from it is written anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Connection, Engine

from desk.database import reading
from desk.tickets import fold
from desk.tickets.clock import Clock
from desk.tickets.record import Ticket
from desk.tickets.tables import EVENT, TICKET, TicketEventRow, TicketRow, to_event, to_row, to_ticket
from desk.tickets.terms import OPEN

BATCH = 200


def batches(engine: Engine, *conditions: Any) -> Iterator[list[Ticket]]:
    """Yield the tickets of `conditions` as their rows are, `BATCH` at a time, holding nothing in between.

    Their ids come first: with an order to keep, a database may rather walk through the whole table.
    """
    with reading(engine) as connection:
        ids = list(connection.scalars(select(TicketRow.id).where(*conditions)))
    for start in range(0, len(ids), BATCH):
        wanted = select(*TICKET).where(TicketRow.id.in_(ids[start : start + BATCH]), *conditions)
        with reading(engine) as connection:
            found = [to_ticket(row) for row in connection.execute(wanted)]
        yield found


def refold(engine: Engine, clock: Clock) -> int:
    """Make the rows of before the complete queue anew from their events; return how many."""

    def made(connection: Connection, old: Ticket) -> Ticket:
        return clock.on(_folded(connection, old))

    return _rewrite(engine, made, TicketRow.contact_due.is_(None))


def recount(engine: Engine, clock: Clock) -> int:
    """Write the days of open tickets as the calendar now has them; return how many had others."""
    states = [state.value for state in OPEN]
    return _rewrite(engine, lambda _, old: clock.on(old), TicketRow.state.in_(states))


def _rewrite(engine: Engine, made: Callable[[Connection, Ticket], Ticket], *conditions: Any) -> int:
    done = 0
    for found in batches(engine, *conditions):
        with reading(engine) as connection:
            changed = [new for old in found if (new := made(connection, old)) != old]
        if changed:  # nobody waits for a writer that has nothing to write
            with engine.begin() as connection:
                done += sum(_written(connection, new) for new in changed)
    return done


def _written(connection: Connection, ticket: Ticket) -> int:
    """Write the row as it should be; whoever moved it meanwhile has written it whole already."""
    same = (
        TicketRow.id == ticket.id,
        TicketRow.version == ticket.version,
        TicketRow.sender_id == ticket.sender_id,  # not forgotten meanwhile
    )
    return int(connection.execute(update(TicketRow).where(*same).values(**to_row(ticket))).rowcount)


def _folded(connection: Connection, ticket: Ticket) -> Ticket:
    wanted = select(*EVENT).where(TicketEventRow.ticket_id == ticket.id).order_by(TicketEventRow.seq)
    return fold.replay(to_event(row) for row in connection.execute(wanted))
