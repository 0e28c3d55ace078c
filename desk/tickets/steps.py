"""One step of a ticket in the caller's transaction: check it, write row and event, tell whoever waits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.engine import Connection

from desk.tickets import filing, fold, ledger, notices, wording, workflow
from desk.tickets.clock import Clock
from desk.tickets.record import Event, Given, Ticket
from desk.tickets.terms import Actor, Role, State
from desk.workdays import china_day


class Steps:
    """Makes steps by one clock."""

    def __init__(self, clock: Clock, now: Callable[[], datetime], accusing: frozenset[str]) -> None:
        """Take the clock that counts the days, where the present moment comes from, and the codes of the
        matters that are about how an office behaves."""
        self._clock = clock
        self._now = now
        self._accusing = accusing

    def make(
        self,
        connection: Connection,
        ticket: Ticket,
        name: str,
        actor: Actor,
        given: Given,
        request_id: str | None = None,
    ) -> tuple[Ticket, Event]:
        """Return the ticket after the move, and its event; raise as `Tickets.move` does."""
        given = self._blaming(ticket, name, given)
        filing.check_given(given, actor.role)
        move = workflow.move_named(name)
        target = ledger.target_of(connection, given)
        children = ledger.children_of(connection, ticket)
        ticket = self._clock.on(ticket)  # the row's days may be older than the calendar
        scene = self._clock.scene(ticket, china_day(self._now()), target, children)
        workflow.check(move, ticket, actor, given, scene)
        after, event = self._write(connection, ticket, move, actor, given, request_id)
        self._tell(connection, after, event, children)
        if name == "merge" and target:
            self._join(connection, after, target)
        return after, event

    def _blaming(self, ticket: Ticket, name: str, given: Given) -> Given:
        """A matter that staff put among those about an office accuses the office of its district (回避)."""
        category = given.get("category", ticket.category)
        district = given.get("district", ticket.district)
        known = ticket.accused_unit or given.get("accused_unit")
        if name not in ("accept", "classify") or known or category not in self._accusing or not district:
            return given
        return {**given, "accused_unit": district}

    def _write(
        self,
        connection: Connection,
        ticket: Ticket,
        move: workflow.Move,
        actor: Actor,
        given: Given,
        request_id: str | None,
    ) -> tuple[Ticket, Event]:
        to_state, seq = workflow.destination(move, ticket), ticket.version + 1
        who = actor.role.value, actor.id
        event = Event(seq, move.name, ticket.state, to_state, *who, dict(given), self._now(), request_id)
        after = self._clock.on(fold.apply(ticket, event))
        ledger.write(connection, ticket, after, event)
        return after, event

    def _join(self, connection: Connection, child: Ticket, main: Ticket) -> None:
        """Tell it in the main ticket's history: its new version stops whoever merges it away meanwhile."""
        self.make(connection, main, "join", Actor(Role.SYSTEM, "queue"), {"merged_from": child.public_no})

    def _tell(
        self, connection: Connection, ticket: Ticket, event: Event, children: tuple[Ticket, ...]
    ) -> None:
        """Tell the citizen what others did, and those whose tickets were merged into it every step."""
        today = china_day(event.at)
        if event.actor_role != Role.CITIZEN.value and (
            text := notices.told(ticket, event, self._clock, today)
        ):
            ledger.tell(connection, ticket, text)
        if event.to_state is event.from_state or event.to_state is State.NEED_INFO:
            return
        for child in children:
            ledger.tell(connection, child, wording.along(ticket, self._clock, today))
