"""The tables of the queue, and how a row becomes a ticket or an event and back."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)

from desk.database import Base, UtcDateTime
from desk.tickets.record import Event, Ticket
from desk.tickets.terms import Kind, State

# Few tickets have units that assist; a unit finds its own among them without a look at all the others.
_ASSISTED = text("assisting > 0")


_LOOKED_UP = ("replied_at", "updated_at")  # by figures and lists


class TicketRow(Base):
    """The present state of a ticket: always the fold of its events, kept for searching and sorting."""

    __tablename__ = "ticket"
    id = Column(String(32), primary_key=True)
    public_no = Column(String(32), nullable=False, unique=True)
    channel = Column(String(16), nullable=False)
    source_msg_id = Column(String(96), nullable=False)
    fingerprint = Column(String(64), nullable=False)
    sender_id = Column(String(64), nullable=False, index=True)
    kind = Column(String(16), nullable=False)
    category = Column(String(40), nullable=False)
    district = Column(String(40), nullable=False)
    narrative = Column(Text, nullable=False)
    happened = Column(String(200), nullable=False)
    happened_on = Column(Date)
    reply_by = Column(String(8), nullable=False)
    phone_sealed = Column(LargeBinary)
    phone_masked = Column(String(24), nullable=False)
    anonymous = Column(Boolean, nullable=False)
    accused_unit = Column(String(80), nullable=False)
    accused_person = Column(String(80), nullable=False)
    claim_ref = Column(String(64), nullable=False)
    claim_snapshot = Column(JSON(none_as_null=True))
    title = Column(String(60), nullable=False, server_default="")
    tags = Column(JSON, nullable=False, server_default="[]")
    priority = Column(Integer, nullable=False, server_default="0")
    std_code = Column(String(20), nullable=False, server_default="")
    consent_at = Column(UtcDateTime)
    filed_kind = Column(String(16), nullable=False, server_default="")
    state = Column(String(16), nullable=False)
    version = Column(Integer, nullable=False)
    round = Column(Integer, nullable=False)
    urged = Column(Integer, nullable=False)
    urged_at = Column(UtcDateTime)
    disputes = Column(Integer, nullable=False)
    final_assign = Column(Boolean, nullable=False)
    asked_from = Column(String(16))
    unit_main = Column(String(80), nullable=False)
    first_unit = Column(String(80), nullable=False, server_default="")
    units_assist = Column(JSON, nullable=False)
    assisting = Column(Integer, nullable=False, server_default="0")  # how many, for an index
    assignee = Column(String(80), nullable=False)
    question = Column(Text, nullable=False)
    reason = Column(Text, nullable=False)
    channel_text = Column(Text, nullable=False)
    reply_text = Column(Text, nullable=False)
    reply_basis = Column(String(200), nullable=False)
    resolution = Column(String(16), nullable=False)
    solved = Column(String(16), nullable=False)
    satisfied = Column(String(16), nullable=False)
    comment = Column(String(500), nullable=False, server_default="")
    merged_into = Column(String(32), nullable=False)
    referred_to = Column(String(80), nullable=False)
    receipt = Column(String(80), nullable=False)
    contacted_at = Column(UtcDateTime)
    contact_tries = Column(Integer, nullable=False, server_default="0")
    extension_days = Column(Integer, nullable=False, server_default="0")
    extension_reason = Column(Text, nullable=False, server_default="")
    extension_state = Column(String(16), nullable=False, server_default="")
    escalation = Column(Integer, nullable=False, server_default="0")
    verdict_asked_at = Column(UtcDateTime)
    verdict_tries = Column(Integer, nullable=False, server_default="0")
    verdict_at = Column(UtcDateTime)
    reopened = Column(Integer, nullable=False, server_default="0")
    stuck_at = Column(UtcDateTime)
    created_at = Column(UtcDateTime, nullable=False)
    dispatched_at = Column(UtcDateTime)
    asked_at = Column(UtcDateTime)
    replied_at = Column(UtcDateTime)
    redo_at = Column(UtcDateTime)
    closed_at = Column(UtcDateTime)
    ended_at = Column(UtcDateTime)
    updated_at = Column(UtcDateTime, nullable=False)
    due = Column(Date, nullable=False)
    due_estimated = Column(Boolean, nullable=False)
    due_unit = Column(Date)
    contact_due = Column(Date)
    extension_to = Column(Date)
    extended_to = Column(Date)
    retention_until = Column(Date)
    __table_args__ = (
        UniqueConstraint("channel", "source_msg_id", name="uq_ticket_channel_source_msg_id"),
        Index("ix_ticket_state_due", "state", "due"),
        Index("ix_ticket_unit_main_state", "unit_main", "state"),
        Index("ix_ticket_ended_at_due", "ended_at", "due", "public_no", "state"),
        Index("ix_ticket_assisted", "assisting", sqlite_where=_ASSISTED, postgresql_where=_ASSISTED),
        *(Index(f"ix_ticket_{name}_created_at", name, "created_at") for name in ("category", "district")),
        *(
            Index(f"ix_ticket_{name}", name)
            for name in ("created_at", "closed_at", "contact_due", "merged_into", "claim_ref", *_LOOKED_UP)
        ),
    )


class TicketEventRow(Base):
    """One line of history. Rows are only ever added; `seq` makes two writers of one ticket collide."""

    __tablename__ = "ticket_event"
    id = Column(Integer, primary_key=True)
    ticket_id = Column(String(32), ForeignKey("ticket.id"), nullable=False)
    seq = Column(Integer, nullable=False)
    move = Column(String(24), nullable=False)
    from_state = Column(String(16))
    to_state = Column(String(16), nullable=False)
    actor_role = Column(String(16), nullable=False)
    actor_id = Column(String(64), nullable=False)
    given = Column(JSON, nullable=False)
    at = Column(UtcDateTime, nullable=False)
    request_id = Column(String(96))
    __table_args__ = (
        UniqueConstraint("ticket_id", "seq", name="uq_ticket_event_ticket_id_seq"),
        UniqueConstraint("ticket_id", "request_id", name="uq_ticket_event_ticket_id_request_id"),
    )


class TicketDayRow(Base):
    """How many numbers were given on a day. Updating the row makes two filers wait for each other."""

    __tablename__ = "ticket_day"
    day = Column(Date, primary_key=True)
    last = Column(Integer, nullable=False)


class TicketNoteRow(Base):
    """A word among staff about a ticket. Rows are only ever added; the citizen never sees them."""

    __tablename__ = "ticket_note"
    id = Column(Integer, primary_key=True)
    ticket_id = Column(String(32), ForeignKey("ticket.id"), nullable=False, index=True)
    author = Column(String(64), nullable=False)
    role = Column(String(16), nullable=False)
    text = Column(Text, nullable=False)
    at = Column(UtcDateTime, nullable=False)
    request_id = Column(String(96), unique=True)


class LimitChangeRow(Base):
    """A time limit that a bureau has changed, from a day on. Rows are only ever added."""

    __tablename__ = "limit_change"
    id = Column(Integer, primary_key=True)
    step = Column(String(40), nullable=False, index=True)
    days = Column(Integer, nullable=False)
    unit = Column(String(8), nullable=False)
    source = Column(String(200), nullable=False)
    since = Column(Date, nullable=False)
    changed_by = Column(String(64), nullable=False)
    reason = Column(String(500), nullable=False)
    at = Column(UtcDateTime, nullable=False)


# The real phone number is in no column and the sealed one in no ticket.
_COLUMNS = tuple(part.name for part in fields(Ticket) if part.name != "phone")
_EVENT_COLUMNS = tuple(part.name for part in fields(Event))
_TEXT = 2000
TICKET = [getattr(TicketRow, name) for name in _COLUMNS]
EVENT = [getattr(TicketEventRow, name) for name in _EVENT_COLUMNS]


def longest(name: str) -> int:
    """Return how many characters the column `name` takes; 2000 for a text or what is no column."""
    column = TicketRow.__table__.columns.get(name)
    return int(getattr(column.type, "length", None) or _TEXT) if column is not None else _TEXT


def to_row(ticket: Ticket) -> dict[str, Any]:
    """Return the columns of `ticket`."""
    row = {name: getattr(ticket, name) for name in _COLUMNS}
    row["kind"], row["state"] = ticket.kind.value, ticket.state.value
    row["asked_from"] = ticket.asked_from.value if ticket.asked_from else None
    row["assisting"] = len(ticket.units_assist)
    row["units_assist"], row["tags"] = list(ticket.units_assist), list(ticket.tags)
    return row


def to_ticket(row: Any) -> Ticket:
    """Return the ticket of a row selected with `TICKET`."""
    values = dict(zip(_COLUMNS, row, strict=True))
    values["kind"], values["state"] = Kind(values["kind"]), State(values["state"])
    values["asked_from"] = State(values["asked_from"]) if values["asked_from"] else None
    values["units_assist"], values["tags"] = tuple(values["units_assist"]), tuple(values["tags"])
    return Ticket(**values)


def event_row(ticket_id: str, event: Event) -> dict[str, Any]:
    """Return the columns of `event`."""
    row = {name: getattr(event, name) for name in _EVENT_COLUMNS}
    row["from_state"] = event.from_state.value if event.from_state else None
    return {**row, "ticket_id": ticket_id, "to_state": event.to_state.value, "given": dict(event.given)}


def to_event(row: Any) -> Event:
    """Return the event of a row selected with `EVENT`."""
    values = dict(zip(_EVENT_COLUMNS, row, strict=True))
    values["from_state"] = State(values["from_state"]) if values["from_state"] else None
    values["to_state"] = State(values["to_state"])
    return Event(**values)
