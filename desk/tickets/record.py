"""A ticket as data, and the fold that makes it from its events: no row is made in any other way."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from typing import Any

from desk.tickets.terms import Kind, Resolution, State, Verdict

Given = Mapping[str, Any]


@dataclass(frozen=True)
class Complaint:
    """What a citizen files. Texts are already redacted; `district` is the office row it is about.

    `reply_by` is "here" or "phone"; `phone` is the real number, which the store seals (encrypts) and never
    shows. The accused are never given the ticket. `claim_snapshot` is JSON.
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

    `due` and `due_estimated` are counted anew at each reading.
    """

    id: str = ""
    phone_masked: str = ""
    public_no: str = ""
    channel: str = ""
    source_msg_id: str = ""
    sender_id: str = ""
    state: State = State.SUBMITTED
    version: int = 0
    round: int = 1
    urged: int = 0
    urged_at: datetime | None = None
    disputes: int = 0
    final_assign: bool = False
    asked_from: State | None = None
    unit_main: str = ""
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
    merged_into: str = ""
    referred_to: str = ""
    receipt: str = ""
    created_at: datetime | None = None
    dispatched_at: datetime | None = None
    asked_at: datetime | None = None
    replied_at: datetime | None = None
    redo_at: datetime | None = None
    closed_at: datetime | None = None
    updated_at: datetime | None = None
    due: date | None = None
    due_estimated: bool = False


# The moment of entering these states is kept, because a clock starts there.
_ENTERED = {
    State.NEED_INFO: "asked_at",
    State.DISPATCHED: "dispatched_at",
    State.REPLIED: "replied_at",
    State.REDO: "redo_at",
    State.CLOSED: "closed_at",
}
_ENDED = {
    State.MERGED: Resolution.REPEATED,
    State.WITHDRAWN: Resolution.WITHDRAWN,
    State.REFERRED: Resolution.ELSEWHERE,
}
# Fields of a move that are columns of the ticket under the same name.
_GIVEN = {
    *("category", "district", "unit_main", "units_assist", "assignee", "question", "reason", "channel_text"),
    *(
        "reply_text",
        "reply_basis",
        "resolution",
        "solved",
        "satisfied",
        "merged_into",
        "referred_to",
        "receipt",
    ),
}


def opening(complaint: Complaint, **identity: str) -> dict[str, Any]:
    """Return what the first event holds: the complaint without its phone, and who and where from."""
    plain = {part.name: getattr(complaint, part.name) for part in fields(Complaint) if part.name != "phone"}
    plain["kind"] = complaint.kind.value
    plain["happened_on"] = complaint.happened_on.isoformat() if complaint.happened_on else None
    return {**json.loads(json.dumps(plain, ensure_ascii=False)), **identity}


def replay(events: Iterable[Event]) -> Ticket:
    """Return the ticket that `events` (oldest first, beginning with `open`) add up to."""
    ticket: Ticket | None = None
    for event in events:
        ticket = apply(ticket, event)
    if ticket is None:
        raise ValueError("a ticket has at least its first event")
    return ticket


def apply(ticket: Ticket | None, event: Event) -> Ticket:
    """Return `ticket` after one more event. Pure; allows whatever happened, `workflow.check` came before."""
    if ticket is None:
        return _opened(event)
    changes: dict[str, Any] = {key: value for key, value in event.given.items() if key in _GIVEN}
    if "units_assist" in changes:
        changes["units_assist"] = tuple(changes["units_assist"])
    changes.update(_counted(ticket, event))
    entered = event.to_state in _ENTERED and event.to_state is not ticket.state
    if entered:
        changes[_ENTERED[event.to_state]] = event.at
    return replace(ticket, **changes, state=event.to_state, version=event.seq, updated_at=event.at)


def _opened(event: Event) -> Ticket:
    given = dict(event.given)
    day = given.pop("happened_on")
    return Ticket(
        **{**given, "kind": Kind(given["kind"])},
        happened_on=date.fromisoformat(day) if day else None,
        state=event.to_state,
        version=event.seq,
        created_at=event.at,
        updated_at=event.at,
    )


def _counted(ticket: Ticket, event: Event) -> dict[str, Any]:
    """What a move changes beside the fields that it was given."""
    if event.to_state is State.REDO and ticket.state is not State.REDO:
        # The new round has to be answered and judged anew.
        return {"round": ticket.round + 1, "solved": "", "satisfied": ""}
    if event.to_state in _ENDED:
        return {"resolution": _ENDED[event.to_state].value}
    if event.move == "ask":
        return {"asked_from": event.from_state}
    if event.move == "dispute":
        return {"disputes": ticket.disputes + 1}
    if event.move == "rule":
        return {"final_assign": True}
    if event.move == "object":
        return {"solved": Verdict.NO.value}
    if event.move == "urge" and event.given.get("counted"):
        return {"urged": ticket.urged + 1, "urged_at": event.at}
    return {}
