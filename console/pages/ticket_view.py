"""What the page of a ticket shows to one member of staff; each of its routes begins with `ticket_for`."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sanic import Request
from sanic.response import HTTPResponse

from console.access import address, who
from console.deadlines import Left, left
from console.dispatch_units import units_for
from console.move_forms import Forms
from console.pages.queue_rows import names_of
from console.render import page
from console.ticket_words import History, Line, label_of
from desk.counter import Counter
from desk.errors import NotFound
from desk.staff import Staff
from desk.tickets import Event, Ticket, visible
from desk.tickets.clock import Clock
from desk.tickets.matching import WAITING
from desk.tickets.similar import Similar
from desk.tickets.terms import Resolution, Role, Satisfaction, Tag
from desk.workdays import today


@dataclass(frozen=True)
class Typed:
    """What somebody had filled in when an act was refused, with the reason.

    `changed` is what others did meanwhile; `kept` is shown where the move is not possible any more.
    """

    move: str
    values: Mapping[str, Any]
    refused: str
    changed: tuple[Line, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()


def ticket_for(request: Request, ticket_id: str) -> Ticket:
    """Return the ticket if this person may know of it; raise `NotFound` for another's as for none."""
    counter: Counter = request.app.ctx.counter
    ticket = counter.tickets.get(ticket_id)
    if not visible.sees(who(request).actor, ticket):
        record(request, "refused", ticket, "not_visible")
        raise NotFound(ticket_id)
    return ticket


def record(request: Request, action: str, ticket: Ticket, result: str = "ok", **detail: Any) -> None:
    """Write to the audit log who did what to `ticket`."""
    staff = who(request)
    request.app.ctx.counter.audit.record(
        actor_id=staff.id,
        role=staff.role.value,
        action=action,
        object_kind="ticket",
        object_id=ticket.public_no,
        result=result,
        address=address(request),
        detail=detail,
    )


def show(
    request: Request, ticket: Ticket, typed: Typed | None = None, status: int = 200, merge: str = ""
) -> HTTPResponse:
    """Return the whole page of `ticket`; `merge` is the number that the form for merging begins with."""
    counter: Counter = request.app.ctx.counter
    context = _context(counter, who(request), ticket, merge)
    answer = page(request, "tickets/ticket.html", **context, typed=typed, opened="merge" if merge else "")
    answer.status = status
    return answer


def lines_of(counter: Counter, events: Iterable[Event]) -> list[Line]:
    """Return events in words."""
    names = names_of(counter)
    history = History(counter.categories, lambda staff_id: names.get(staff_id, ""))
    return [history.line(event) for event in events]


def _context(counter: Counter, staff: Staff, ticket: Ticket, merge: str) -> dict[str, Any]:
    events = counter.tickets.history(ticket)
    return {
        "ticket": ticket,
        "category": counter.categories.name(ticket.category),
        "resolution": label_of(Resolution, ticket.resolution),
        "satisfied": label_of(Satisfaction, ticket.satisfied),
        "clocks": _clocks(counter, ticket),
        "flags": _flags(ticket),
        "tags": [label_of(Tag, tag) for tag in ticket.tags],
        "assignee": names_of(counter).get(ticket.assignee, ""),
        "facts": [event for event in events if event.move in ("add_facts", "answer")],
        "contacts": [line for line, event in _worded(counter, events) if event.move == "contact"],
        "lines": [line for line, _ in _worded(counter, reversed(events))],
        "first_contact": _first_contact(counter, ticket),
        "similar": _similar(counter, staff, ticket),
        "notes": _notes(counter, ticket),
        "children": [each for each in counter.tickets.children(ticket) if visible.sees(staff.actor, each)],
        "forms": Forms(counter, ticket, staff, units_for(counter, ticket), merge).all(),
        "request_id": secrets.token_hex(12),
        "hears": visible.hears(staff.actor, ticket),
        "told": counter.tickets.told(ticket),
        "reasons": REASONS,
    }


# Why somebody needs the citizen's number; the words beside it say the rest.
REASONS = ("联系市民核实情况", "答复市民", "电话回访", "督办需要")


def _worded(counter: Counter, events: Iterable[Event]) -> list[tuple[Line, Event]]:
    kept = list(events)
    return list(zip(lines_of(counter, kept), kept, strict=True))


def _clocks(counter: Counter, ticket: Ticket) -> list[dict[str, Any]]:
    """Both clocks with what each is about; the unit's only while a unit owes something."""
    clock: Clock = counter.tickets.clock
    if ticket.state not in WAITING:
        return []
    due = clock.citizen(ticket)
    found = [
        {
            "name": "答复市民的期限",
            "left": left(due.day, today(), counter.workdays),
            "estimated": due.estimated,
        }
    ]
    unit = clock.unit(ticket)
    if unit:
        name = "承办单位签收的期限" if unit.step == "sign" else "承办单位答复的期限"
        found.append(
            {"name": name, "left": left(unit.day, today(), counter.workdays), "estimated": unit.estimated}
        )
    return found


def _first_contact(counter: Counter, ticket: Ticket) -> Left | None:
    """Until when somebody should reach the citizen for the first time, while nobody has."""
    if ticket.contact_due is None or ticket.contacted_at or not ticket.state.open:
        return None
    return left(ticket.contact_due, today(), counter.workdays)


def _similar(counter: Counter, staff: Staff, ticket: Ticket) -> list[Similar]:
    """What may be the same matter, of what this person may see."""
    return [each for each in counter.tickets.similar(ticket) if visible.sees(staff.actor, each.ticket)]


def _flags(ticket: Ticket) -> list[str]:
    """What one should know before anything else."""
    flags = [
        (ticket.priority, "紧急"),
        (ticket.urged, f"市民催办{ticket.urged}次"),
        (ticket.round > 1, f"第{ticket.round}轮办理"),
        (ticket.final_assign, "督办裁定派单，不能再提异议"),
        (ticket.anonymous, "匿名"),
        (ticket.detached, "市民已退出，对话里收不到答复"),
        (ticket.extension_state == "asked", f"申请延期{ticket.extension_days}个工作日，待审批"),
        # A new round begins without the days of the one before.
        (
            ticket.extension_state == "approved",
            f"已延期{ticket.extension_days}个工作日" if ticket.extension_days else "前一轮延过期",
        ),
        (ticket.extension_state == "refused", "延期没有同意"),
    ]
    return [words for on, words in flags if on]


def _notes(counter: Counter, ticket: Ticket) -> list[dict[str, Any]]:
    names = names_of(counter)
    return [
        {
            "who": names.get(note.author, "") or label_of(Role, note.role.value),
            "text": note.text,
            "at": note.at,
        }
        for note in counter.tickets.notes(ticket)
    ]
