"""The fold: a ticket is what its events add up to, and no row is made in any other way."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from datetime import date, datetime
from typing import Any

from desk.tickets.record import Complaint, Event, Ticket
from desk.tickets.terms import Extension, Kind, Resolution, State, Tag, Verdict

Changes = dict[str, Any]

_TITLE = 60  # characters
_SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?]?")
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
    *(
        "category",
        "district",
        "kind",
        "title",
        "std_code",
        "priority",
        "unit_main",
        "assignee",
        "accused_unit",
    ),
    *("question", "reason", "channel_text", "reply_text", "reply_basis", "resolution", "solved"),
    *("satisfied", "comment", "merged_into", "referred_to", "receipt"),
}
# Moves whose reason is about the move alone, so that it does not become the ticket's own.
_OWN_REASON = frozenset({"ask_extension", "approve_extension", "refuse_extension", "classify"})
_NEW_ROUND: Mapping[str, Any] = {
    **{"solved": "", "satisfied": "", "comment": "", "verdict_at": None, "verdict_asked_at": None},
    **{"verdict_tries": 0, "contact_tries": 0, "escalation": 0, "extension_days": 0, "assignee": ""},
}


def opening(complaint: Complaint, **identity: str) -> dict[str, Any]:
    """Return what the first event holds: the complaint without its phone, and who and where from."""
    plain = {part.name: getattr(complaint, part.name) for part in fields(Complaint) if part.name != "phone"}
    plain["kind"] = complaint.kind.value
    plain["happened_on"] = complaint.happened_on.isoformat() if complaint.happened_on else None
    plain["consent_at"] = complaint.consent_at.isoformat() if complaint.consent_at else None
    return {**json.loads(json.dumps(plain, ensure_ascii=False)), **identity}


def first_sentence(narrative: str) -> str:
    """Return the first sentence of `narrative`, at most 60 characters."""
    found = _SENTENCE.search(narrative.strip())
    return (found.group() if found else narrative).strip()[:_TITLE]


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
    changes: Changes = {key: value for key, value in event.given.items() if key in _GIVEN}
    if event.move in _OWN_REASON:
        changes.pop("reason", None)
    if "kind" in changes:
        changes["kind"] = Kind(changes["kind"])
    if event.to_state is not ticket.state:
        changes.update(_entered(ticket, event))
    if event.move in _MOVES:
        changes.update(_MOVES[event.move](ticket, event))
    return replace(ticket, **changes, state=event.to_state, version=event.seq, updated_at=event.at)


def _opened(event: Event) -> Ticket:
    given = dict(event.given)
    day, agreed = given.pop("happened_on"), given.pop("consent_at", None)
    # Events of before there were titles and tags have none.
    title = given.pop("title", "") or first_sentence(given["narrative"])
    tags = tuple(given.pop("tags", ()))
    return Ticket(
        **{**given, "kind": Kind(given["kind"])},
        title=title,
        tags=tags,
        happened_on=date.fromisoformat(day) if day else None,
        consent_at=datetime.fromisoformat(agreed) if agreed else None,
        filed_kind=given["kind"],
        stuck_at=event.at if Tag.STUCK.value in tags else None,
        state=event.to_state,
        version=event.seq,
        created_at=event.at,
        updated_at=event.at,
    )


def _entered(ticket: Ticket, event: Event) -> Changes:
    """What entering another state changes, whichever move led there."""
    to = event.to_state
    changes: Changes = {_ENTERED[to]: event.at} if to in _ENTERED else {}
    changes["ended_at"] = None if to.open else event.at
    if to in _ENDED:
        changes["resolution"] = _ENDED[to].value
    if to is State.REDO:
        changes |= {
            **_NEW_ROUND,
            "round": ticket.round + 1,
            "unit_main": ticket.first_unit or ticket.unit_main,
        }
        if ticket.extension_state == Extension.ASKED.value:
            changes["extension_state"] = ""  # never decided, so it may be asked for again
    return changes


def _asked(ticket: Ticket, event: Event) -> Changes:
    return {"asked_from": event.from_state}


def _disputed(ticket: Ticket, event: Event) -> Changes:
    return {"disputes": ticket.disputes + 1}


def _dispatched(ticket: Ticket, event: Event) -> Changes:
    return {"units_assist": tuple(event.given.get("units_assist", ()))}


def _ruled(ticket: Ticket, event: Event) -> Changes:
    return {**_dispatched(ticket, event), "final_assign": True}


def _signed(ticket: Ticket, event: Event) -> Changes:
    return {"first_unit": ticket.first_unit or ticket.unit_main}


def _assisted(ticket: Ticket, event: Event) -> Changes:
    return {"units_assist": tuple(dict.fromkeys((*ticket.units_assist, *event.given["units_assist"])))}


def _contacted(ticket: Ticket, event: Event) -> Changes:
    if event.given["reached"]:
        return {"contacted_at": ticket.contacted_at or event.at}
    return {"contact_tries": ticket.contact_tries + 1}


def _replied(ticket: Ticket, event: Event) -> Changes:
    """An answer that was not given into the void has reached the citizen."""
    void = event.given["resolution"] == Resolution.UNREACHABLE.value
    return {"contact_tries": 0, "contacted_at": ticket.contacted_at or (None if void else event.at)}


def _judged(ticket: Ticket, event: Event) -> Changes:
    answered = event.given["solved"] in (Verdict.YES.value, Verdict.NO.value)
    return {"verdict_at": event.at if answered else ticket.verdict_at}


def _objected(ticket: Ticket, event: Event) -> Changes:
    return {"solved": Verdict.NO.value, "verdict_at": event.at}


def _verdict_asked(ticket: Ticket, event: Event) -> Changes:
    return {"verdict_asked_at": event.at, "verdict_tries": ticket.verdict_tries + 1}


def _reopened(ticket: Ticket, event: Event) -> Changes:
    return {"reopened": ticket.reopened + 1}


def _urged(ticket: Ticket, event: Event) -> Changes:
    return {"urged": ticket.urged + 1, "urged_at": event.at} if event.given.get("counted") else {}


def _tagged(ticket: Ticket, event: Event) -> Changes:
    tag = event.given["tag"]
    stuck = {"stuck_at": event.at} if tag == Tag.STUCK.value else {}
    return {"tags": (*ticket.tags, tag), **stuck}


def _untagged(ticket: Ticket, event: Event) -> Changes:
    tag = event.given["tag"]
    stuck = {"stuck_at": None} if tag == Tag.STUCK.value else {}
    return {"tags": tuple(each for each in ticket.tags if each != tag), **stuck}


def _extension_asked(ticket: Ticket, event: Event) -> Changes:
    asked = {"extension_days": event.given["days"], "extension_reason": event.given["reason"]}
    return {**asked, "extension_state": Extension.ASKED.value}


def _extension_approved(ticket: Ticket, event: Event) -> Changes:
    return {"extension_state": Extension.APPROVED.value, "escalation": 0}


def _extension_refused(ticket: Ticket, event: Event) -> Changes:
    return {"extension_state": Extension.REFUSED.value}


def _escalated(ticket: Ticket, event: Event) -> Changes:
    return {"escalation": event.given["level"]}


# What a move changes beside the fields that it was given and the state that it leads to.
_MOVES: Mapping[str, Callable[[Ticket, Event], Changes]] = {
    "ask": _asked,
    "dispatch": _dispatched,
    "dispute": _disputed,
    "rule": _ruled,
    "sign": _signed,
    "assist": _assisted,
    "contact": _contacted,
    "reply": _replied,
    "close": _judged,
    "object": _objected,
    "ask_verdict": _verdict_asked,
    "reopen": _reopened,
    "urge": _urged,
    "tag": _tagged,
    "untag": _untagged,
    "ask_extension": _extension_asked,
    "approve_extension": _extension_approved,
    "refuse_extension": _extension_refused,
    "escalate": _escalated,
}
