"""Two clocks on legal working days: the citizen's runs from filing and is never reset by a transfer,
the unit's from dispatch. All is counted from the ticket's events, so a corrected calendar corrects it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from desk.tickets.guards import Scene
from desk.tickets.limits import STUCK, WORKING, Limit
from desk.tickets.record import Ticket
from desk.tickets.terms import Escalation, Extension, State
from desk.workdays import Workdays, china_day

if TYPE_CHECKING:
    from desk.tickets.limit_table import Limits


@dataclass(frozen=True)
class Deadline:
    """The last day of a step. `estimated`: the official calendar of a year on the way is not published."""

    step: str
    day: date
    estimated: bool


def due_text(deadline: Deadline, today: date) -> str:
    """Return `11月27日`, with the year when it is another one, and 预计 when it is an estimate."""
    day = deadline.day
    year = f"{day.year}年" if day.year != today.year else ""
    return f"{'预计' if deadline.estimated else ''}{year}{day.month}月{day.day}日"


class Clock:
    """Counts deadlines with one calendar and the limits that were in force when each step began."""

    def __init__(self, workdays: Workdays, limits: Limits, units: frozenset[str] = frozenset()) -> None:
        """`units` are those that tickets may go to; empty when that is not known here."""
        self._workdays = workdays
        self.limits = limits
        self.units = units

    def on(self, ticket: Ticket) -> Ticket:
        """Return `ticket` with its days counted from its events."""
        due, unit = self.citizen(ticket), self.unit(ticket)
        asked = self._extended(ticket)
        return replace(
            ticket,
            due=due.day,
            due_estimated=due.estimated,
            due_unit=unit.day if unit else None,
            contact_due=self.contact(ticket).day,
            extension_to=asked.day if asked else None,
            extended_to=asked.day if asked and _approved(ticket) else None,
            retention_until=self._end("retention", ticket.ended_at),
        )

    def citizen(self, ticket: Ticket) -> Deadline:
        """Until when the citizen gets an answer.

        A redo gives its own days from the day of the redo, an approved extension adds its days; nothing else
        moves the day, neither a transfer nor another kind found out later.
        """
        asked = self._extended(ticket) if _approved(ticket) else None
        return asked or self._promised(ticket)

    def _promised(self, ticket: Ticket) -> Deadline:
        if ticket.round > 1 and ticket.redo_at:
            return self._after("redo", ticket.redo_at)
        return self._after(ticket.filed_kind or ticket.kind.value, _known(ticket.created_at))

    def _extended(self, ticket: Ticket) -> Deadline | None:
        """The day that the extension asks for, whether approved or not."""
        if not ticket.extension_days:
            return None
        promised = self._promised(ticket)
        due = self._workdays.add(promised.day, ticket.extension_days)
        return Deadline("extension", due.day, due.estimated or promised.estimated)

    def promise(self, ticket: Ticket) -> Limit:
        """Return the limit that was in force for the citizen's answer when the ticket was filed."""
        return self.limits.on(ticket.filed_kind or ticket.kind.value, china_day(_known(ticket.created_at)))

    def contact(self, ticket: Ticket) -> Deadline:
        """Until when somebody should have reached the citizen for the first time."""
        return self._after("first_contact", _known(ticket.created_at))

    def asking(self, ticket: Ticket) -> Deadline:
        """On which day the citizen is asked for a verdict for the first time."""
        return self._after("ask_verdict", ticket.replied_at or _known(ticket.updated_at))

    def acceptance(self, ticket: Ticket) -> Deadline:
        """Until when somebody takes the ticket up."""
        return self._after("accept", _known(ticket.created_at))

    def reopening(self, ticket: Ticket) -> Deadline:
        """Until when the citizen may have a closed ticket opened again."""
        return self._after("reopen", ticket.closed_at or _known(ticket.updated_at))

    def unit(self, ticket: Ticket) -> Deadline | None:
        """What the unit owes next and until when; None before dispatch, in a dispute and after the reply."""
        if ticket.dispatched_at is None:
            return None
        if ticket.state is State.DISPATCHED:
            return self._after("sign", ticket.dispatched_at)
        if ticket.state is State.REDO or (ticket.state is State.IN_PROGRESS and ticket.round > 1):
            return self.citizen(ticket)
        if ticket.state is State.IN_PROGRESS and _approved(ticket):
            return self.citizen(ticket)
        if ticket.state is State.IN_PROGRESS:
            kind = ticket.filed_kind or ticket.kind.value
            sent = china_day(ticket.dispatched_at)
            promised = self.limits.on(kind, china_day(_known(ticket.created_at))).days
            own = promised - self.limits.on("unit_reserve", sent).days
            due = self._workdays.add(sent, max(own, 1))
            return Deadline("reply", due.day, due.estimated)
        return None

    def stuck(self, ticket: Ticket) -> list[Deadline]:
        """What a ticket marked 办不成事 owes: an explanation, the bottleneck found, the leaders' meeting."""
        if ticket.stuck_at is None:
            return []
        return [self._after(step, ticket.stuck_at) for step in STUCK]

    def level(self, ticket: Ticket, today: date) -> Escalation:
        """How near or late the answer is: a working day before, from the day itself on, two days later."""
        if not ticket.state.open or ticket.state is State.REPLIED:
            return Escalation.NONE
        due = self.citizen(ticket).day
        if today >= self._workdays.add(due, self.limits.on("escalate", today).days).day:
            return Escalation.SUPERIOR
        if today >= due:
            return Escalation.OVERDUE
        soon = self._workdays.add(due, -self.limits.on("due_soon", today).days).day
        return Escalation.DUE_SOON if today >= soon else Escalation.NONE

    def scene(
        self,
        ticket: Ticket,
        today: date,
        target: Ticket | None = None,
        children: tuple[Ticket, ...] = (),
    ) -> Scene:
        """Return what the guards need to know about time for `ticket`."""
        return Scene(
            today,
            answer_until=self._end("need_info", ticket.asked_at),
            verdict_until=self._end("follow_up", ticket.replied_at),
            reopen_until=self._end("reopen", ticket.closed_at),
            target=target,
            children=children,
            level=self.level(ticket, today),
            extension_most=self.limits.on("extension", today).days,
            units=self.units,
        )

    def _end(self, step: str, start: datetime | None) -> date | None:
        return self._after(step, start).day if start else None

    def _after(self, step: str, start: datetime) -> Deadline:
        limit = self.limits.on(step, china_day(start))
        if limit.unit == WORKING:
            due = self._workdays.add(china_day(start), limit.days)
            return Deadline(step, due.day, due.estimated)
        return Deadline(step, china_day(start) + timedelta(days=limit.days), False)


def _approved(ticket: Ticket) -> bool:
    return ticket.extension_state == Extension.APPROVED.value and ticket.extension_days > 0


def _known(moment: datetime | None) -> datetime:
    if moment is None:
        raise ValueError("a ticket has the moment of its first event")
    return moment
