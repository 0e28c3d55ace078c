"""The buttons that a citizen gets with a word about a ticket."""

from __future__ import annotations

from desk.buttons import button
from desk.tickets.record import Ticket
from desk.tickets.terms import State, Verdict


def choices(ticket: Ticket) -> list[dict[str, str]]:
    """Return the buttons for what the citizen can do in this state beside what is always possible."""
    number = ticket.public_no
    if ticket.state is State.NEED_INFO:
        return [button("补充情况", "add_facts", number=number)]
    if ticket.state is State.REPLIED and ticket.solved != Verdict.NO.value:
        verdicts = (Verdict.YES, Verdict.NO)
        return [button(each.label, "verdict", number=number, value=each.value) for each in verdicts]
    if ticket.state is State.CLOSED:
        return [button("有新情况，申请重新办理", "reopen", number=number)]
    return []
