"""A ticket, its events and the complaint it began with, as data. `fold` makes the ticket from the events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from desk.tickets.terms import Kind, State

Given = Mapping[str, Any]
DETACHED = "gone:"  # so begins the sender of a ticket whose citizen was forgotten


@dataclass(frozen=True)
class Complaint:
    """What a citizen files. Texts are already redacted; `district` is that of the office it is about.

    `reply_by` is "here" or "phone"; `phone` is the real number, which the store seals (encrypts) and never
    shows. The accused are never given the ticket. `claim_snapshot` is JSON. `title` is at most 60 characters,
    by default the first sentence; `tags` are codes of `Tag`; `priority` 1 is urgent; `std_code` a code of
    DB1501/T 0032-2023; `consent_at` when the citizen agreed that sensitive particulars are kept.
    """

    kind: Kind
    narrative: str
    category: str = "other"
    district: str = ""
    accused_unit: str = ""
    accused_person: str = ""
    happened: str = ""
    happened_on: date | None = None
    reply_by: str = "here"
    phone: str = field(default="", repr=False)
    anonymous: bool = False
    claim_ref: str = ""
    claim_snapshot: Mapping[str, Any] | None = None
    title: str = ""
    tags: tuple[str, ...] = ()
    priority: int = 0
    std_code: str = ""
    consent_at: datetime | None = None


@dataclass(frozen=True)
class Event:
    """One line of a ticket's history; `seq` counts from 1 within the ticket, `given` is JSON."""

    seq: int
    move: str
    from_state: State | None
    to_state: State
    actor_role: str
    actor_id: str
    given: Given
    at: datetime
    request_id: str | None = None


@dataclass(frozen=True)
class Ticket(Complaint):
    """A ticket as its events make it; `phone` is always empty, `phone_masked` may be shown to its owner.

    The days (`due` … `retention_until`) are counted anew at each reading: `due` is the citizen's clock,
    `due_unit` the unit's, `contact_due` when somebody should have called. `contact_tries` are the calls since
    the last reply that reached nobody. `due_unit` is None while no unit owes anything.
    """

    id: str = ""
    phone_masked: str = ""
    public_no: str = ""
    channel: str = ""
    source_msg_id: str = ""
    sender_id: str = ""
    state: State = State.SUBMITTED
    version: int = 0
    filed_kind: str = ""
    round: int = 1
    urged: int = 0
    urged_at: datetime | None = None
    disputes: int = 0
    final_assign: bool = False
    asked_from: State | None = None
    unit_main: str = ""
    first_unit: str = ""
    units_assist: tuple[str, ...] = ()
    assignee: str = ""
    question: str = ""
    reason: str = ""
    channel_text: str = ""
    reply_text: str = ""
    reply_basis: str = ""
    resolution: str = ""
    solved: str = ""
    satisfied: str = ""
    comment: str = ""
    merged_into: str = ""
    referred_to: str = ""
    receipt: str = ""
    contacted_at: datetime | None = None
    contact_tries: int = 0
    extension_days: int = 0
    extension_reason: str = ""
    extension_state: str = ""
    escalation: int = 0
    verdict_asked_at: datetime | None = None
    verdict_tries: int = 0
    verdict_at: datetime | None = None
    reopened: int = 0
    stuck_at: datetime | None = None
    created_at: datetime | None = None
    dispatched_at: datetime | None = None
    asked_at: datetime | None = None
    replied_at: datetime | None = None
    redo_at: datetime | None = None
    closed_at: datetime | None = None
    ended_at: datetime | None = None
    updated_at: datetime | None = None
    due: date | None = None
    due_estimated: bool = False
    due_unit: date | None = None
    contact_due: date | None = None
    extension_to: date | None = None
    extended_to: date | None = None
    retention_until: date | None = None

    @property
    def detached(self) -> bool:
        """Whether the citizen was forgotten: no conversation leads here, and none can be told anything."""
        return self.sender_id.startswith(DETACHED)
