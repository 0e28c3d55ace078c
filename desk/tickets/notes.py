"""Notes among staff about a ticket: only ever added, and never shown to a citizen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection, Engine

from desk.database import reading
from desk.errors import InvalidInput
from desk.tickets import filing, ledger
from desk.tickets.tables import TicketNoteRow
from desk.tickets.terms import Actor, Role


@dataclass(frozen=True)
class Note:
    """What somebody of `role` wrote at a moment."""

    author: str
    role: Role
    text: str
    at: datetime


def add(
    connection: Connection, ticket_id: str, actor: Actor, text: str, at: datetime, request_id: str | None
) -> None:
    """Keep a note once for each request; raise `InvalidInput` (empty, too_long, personal_number)."""
    if not text.strip():
        raise InvalidInput("empty")
    filing.check_texts([text])
    seen = select(TicketNoteRow.id).where(TicketNoteRow.request_id == request_id)
    if request_id and connection.execute(seen).first():
        return
    row = {"ticket_id": ticket_id, "author": actor.id, "role": actor.role.value, "text": text.strip()}
    connection.execute(insert(TicketNoteRow).values(**row, at=at, request_id=request_id))


def of(engine: Engine, ticket_id: str) -> list[Note]:
    """Return the notes of a ticket, oldest first."""
    columns = (TicketNoteRow.author, TicketNoteRow.role, TicketNoteRow.text, TicketNoteRow.at)
    wanted = select(*columns).where(TicketNoteRow.ticket_id == ticket_id).order_by(TicketNoteRow.id)
    with ledger.answering(), reading(engine) as connection:
        return [Note(author, Role(role), text, at) for author, role, text, at in connection.execute(wanted)]
