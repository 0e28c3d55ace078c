"""Which steps a citizen hears of, and in which words."""

from __future__ import annotations

from datetime import date

from desk.tickets import wording
from desk.tickets.clock import Clock, due_text
from desk.tickets.record import Event, Ticket


def told(ticket: Ticket, event: Event, clock: Clock, today: date) -> str:
    """Return what the citizen of `ticket` hears of `event`, empty when it is a matter of staff alone."""
    due = due_text(clock.citizen(ticket), today)
    if event.move == "approve_extension":
        return f"答复期限延长到{due}。原因：{ticket.extension_reason}"
    if event.move == "refuse_extension":
        return f"承办单位申请延期，没有同意，答复期限不变：{due}前。"
    if event.move == "join":
        return "另一件反映同一件事的工单已经并进来，一起办理。"
    if event.move == "ask_verdict" or event.to_state is not event.from_state:
        return wording.told(ticket, clock, today)
    return ""
