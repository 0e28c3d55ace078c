"""Which steps a citizen hears of, and how those hear of them whose tickets were merged into another."""

from __future__ import annotations

from datetime import date

from desk.tickets import wording
from desk.tickets.clock import Clock, due_text
from desk.tickets.record import Event, Ticket
from desk.tickets.terms import Resolution, State


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


def told_along(main: Ticket, clock: Clock, today: date) -> str:
    """Return what the citizen of a merged ticket hears of a step of the main one: never a question."""
    if main.state is State.REPLIED:
        return f"合并办理的事项有了答复：{main.reply_text}"
    if main.state is State.CLOSED:
        label = next((each.label for each in Resolution if each.value == main.resolution), "")
        return (
            f"合并办理的事项已办结（{label}）。{main.reply_text} 如果您的情况还没有解决，可以重新提交一件。"
        )
    return f"合并办理的事项：{wording.told(main, clock, today)}"
