"""The queue's store: every change is one event and one row in one transaction; what is told was read back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from desk.database import reading, utc_now
from desk.errors import Conflict, NotFound, Unavailable
from desk.sealing import Seal
from desk.tickets import filing, fold, ledger, notes, wording, workflow
from desk.tickets.clock import Clock
from desk.tickets.limit_table import Limits
from desk.tickets.limits import Limit
from desk.tickets.notes import Note
from desk.tickets.number import read_number
from desk.tickets.record import Complaint, Event, Given, Ticket
from desk.tickets.similar import Similar, similar
from desk.tickets.steps import Steps
from desk.tickets.tables import (
    EVENT,
    TICKET,
    TicketEventRow,
    TicketRow,
    event_row,
    to_event,
    to_row,
    to_ticket,
)
from desk.tickets.terms import Actor, Role, State
from desk.tickets.workflow import Move
from desk.workdays import Workdays, china_day

_TRIES = 5
_UNHEARD = timedelta(minutes=10)


@dataclass(frozen=True)
class Urged:
    """A 催办: `counted` is False for a second one on the same day (it is kept all the same)."""

    ticket: Ticket
    counted: bool


class Tickets:
    """The tickets of one database. Methods with a `sender_id` answer only the conversation that filed."""

    def __init__(
        self,
        engine: Engine,
        workdays: Workdays,
        limits: Mapping[str, Limit],
        seal: Seal,
        now: Callable[[], datetime] = utc_now,
        units: frozenset[str] = frozenset(),
        accusing: frozenset[str] = frozenset(),
    ) -> None:
        """Take the calendar, `load_limits(data/limits.yml)`, and a seal made for tickets alone.

        `units` are those that a ticket may be sent to; empty lets every name pass. `accusing` are the codes
        of the matters that complain about the office itself.
        """
        self._engine = engine
        self.limits = Limits(limits, engine, now)
        self.clock = Clock(workdays, self.limits, units)
        self._seal = seal
        self._now = now
        self._steps = Steps(self.clock, now, accusing)

    def open(
        self, complaint: Complaint, message_key: str, sender_id: str, channel: str, by: Actor | None = None
    ) -> Ticket:
        """File `complaint` once for this message and return the ticket as read back afterwards.

        `by` is the agent who files for a citizen; without one the citizen did it.

        The same message again returns the same ticket, and so does the same complaint after a message whose
        answer got lost. Raises `Conflict` when the key came with other
        content, `InvalidInput` (empty, too_long, phone, personal_number), `Unavailable` when nothing was
        filed.
        """
        filing.check_complaint(complaint)
        fingerprint = filing.fingerprint(complaint, sender_id)
        same = (channel, message_key, sender_id, fingerprint)
        if not self._filed(*same):
            by = by or Actor(Role.CITIZEN, sender_id)
            self._file(complaint, message_key, sender_id, channel, fingerprint, by)
        found = self._filed(*same)
        if found is None:
            raise Unavailable("ticket")
        if found.fingerprint != fingerprint:
            raise Conflict("the same message key with other content")
        return self._ticket(TicketRow.public_no == found.public_no)

    def filed_before(self, complaint: Complaint, sender_id: str) -> Ticket | None:
        """Return what this conversation has filed with the same content moments ago, perhaps unheard."""
        same = TicketRow.sender_id == sender_id, TicketRow.created_at > self._now() - _UNHEARD
        words = TicketRow.fingerprint == filing.fingerprint(complaint, sender_id)
        with self._reading() as connection:
            row = connection.execute(select(*TICKET).where(*same, words)).first()
        return self.clock.on(to_ticket(row)) if row else None

    def find(self, public_no: str, sender_id: str) -> Ticket:
        """Return the ticket; `NotFound` for another's as for an unknown one.

        Raises `InvalidInput("ticket_number")` for a mistyped number.
        """
        return self._ticket(TicketRow.public_no == read_number(public_no), TicketRow.sender_id == sender_id)

    def mine(self, sender_id: str) -> list[Ticket]:
        """Return every ticket of one conversation, newest first."""
        wanted = select(*TICKET).where(TicketRow.sender_id == sender_id).order_by(TicketRow.public_no.desc())
        with self._reading() as connection:
            return [self.clock.on(to_ticket(row)) for row in connection.execute(wanted)]

    def read(self, public_no: str) -> Ticket:
        """Return any ticket: for staff, after the door has checked what they may see."""
        return self._ticket(TicketRow.public_no == read_number(public_no))

    def get(self, ticket_id: str) -> Ticket:
        """Return the ticket of an `id`, which cannot be guessed and so may stand in a URL; as `read`."""
        return self._ticket(TicketRow.id == ticket_id)

    def children(self, ticket: Ticket) -> list[Ticket]:
        """Return the tickets that were merged into `ticket`, oldest first."""
        with self._reading() as connection:
            return [self.clock.on(each) for each in ledger.children_of(connection, ticket)]

    def moves_for(self, ticket: Ticket, actor: Actor) -> list[Move]:
        """Return what `actor` may do with `ticket` now; what he gives with it is judged by `move`."""
        if actor.role is Role.CITIZEN and actor.id != ticket.sender_id:
            return []
        scene = self.clock.scene(ticket, china_day(self._now()), children=tuple(self.children(ticket)))
        return workflow.possible(ticket, actor, scene)

    def similar(self, ticket: Ticket, limit: int = 5) -> list[Similar]:
        """Return what may be the same matter, with reasons; see `desk.tickets.similar`."""
        with self._reading() as connection:
            return similar(connection, ticket, limit)

    def add_note(self, ticket: Ticket, actor: Actor, text: str, request_id: str = "") -> None:
        """Keep a word among staff; `InvalidInput` (empty, too_long, personal_number)."""
        with self._writing() as connection:
            notes.add(connection, ticket.id, actor, text, self._now(), request_id or None)

    def notes(self, ticket: Ticket) -> list[Note]:
        """Return the notes among staff about `ticket`, oldest first."""
        return notes.of(self._engine, ticket.id)

    def phone_of(self, ticket: Ticket) -> str | None:
        """Return the number that the citizen left; None when there is none or the key is another.

        The door has asked for a reason, and writes down who looked.
        """
        wanted = select(TicketRow.phone_sealed).where(TicketRow.id == ticket.id)
        with self._reading() as connection:
            sealed = connection.scalar(wanted)
        return self._seal.open(bytes(sealed), "ticket", ticket.id) if sealed else None

    def add_facts(self, public_no: str, sender_id: str, facts: str, message_key: str | None = None) -> Ticket:
        """Keep what the citizen adds; when a question was put to the citizen, it is the answer."""

        def chosen(ticket: Ticket) -> tuple[str, Given]:
            return ("answer" if ticket.state is State.NEED_INFO else "add_facts"), {"facts": facts}

        return self._act(public_no, sender_id, chosen, message_key)[0]

    def urge(self, public_no: str, sender_id: str, message_key: str | None = None) -> Urged:
        """Keep a 催办; the first one of a day in Kunming counts."""

        def chosen(ticket: Ticket) -> tuple[str, Given]:
            last = china_day(ticket.urged_at) if ticket.urged_at else None
            return "urge", {"counted": last != china_day(self._now())}

        ticket, event = self._act(public_no, sender_id, chosen, message_key)
        return Urged(ticket, bool(event.given["counted"]))

    def withdraw(
        self, public_no: str, sender_id: str, reason: str = "", message_key: str | None = None
    ) -> Ticket:
        """Take the citizen's own ticket back; `NotAllowed("report_stays")` for a 举报."""
        given = {"reason": reason} if reason else {}
        return self._act(public_no, sender_id, lambda _: ("withdraw", given), message_key)[0]

    def move(
        self,
        public_no: str,
        name: str,
        actor: Actor,
        version: int,
        given: Given | None = None,
        request_id: str = "",
    ) -> Ticket:
        """Make one move of the table on the `version` that the actor has seen.

        Raises `NotAllowed` with the table's reason, `Conflict` when somebody else was faster, `NotFound`
        for a citizen with another's ticket.
        """
        number = read_number(public_no)
        try:
            with self._writing() as connection:
                ticket = ledger.one(connection, TicketRow.public_no == number)
                if actor.role is Role.CITIZEN and actor.id != ticket.sender_id:
                    raise NotFound(number)
                if request_id and ledger.event_of(connection, ticket.id, request_id):
                    return self.clock.on(ticket)
                if ticket.version != version:
                    raise Conflict("another version")
                return self._steps.make(connection, ticket, name, actor, given or {}, request_id or None)[0]
        except IntegrityError as error:
            raise Conflict("somebody else was faster") from error

    def history(self, ticket: Ticket) -> list[Event]:
        """Return the events of `ticket`, oldest first."""
        wanted = select(*EVENT).where(TicketEventRow.ticket_id == ticket.id).order_by(TicketEventRow.seq)
        with self._reading() as connection:
            return [to_event(row) for row in connection.execute(wanted)]

    def replay(self, events: Iterable[Event]) -> Ticket:
        """Return the ticket that `events` add up to, with its deadline: equal to what `read` returns."""
        return self.clock.on(fold.replay(events))

    def told(self, ticket: Ticket) -> str:
        """Return the sentence that the citizen reads about `ticket` today."""
        return wording.told(ticket, self.clock, china_day(self._now()))

    def _file(
        self, complaint: Complaint, key: str, sender_id: str, channel: str, fingerprint: str, by: Actor
    ) -> None:
        """One transaction: number, row, first event; nothing when another thread with the same key won."""
        now = self._now()
        try:
            with self._writing() as connection:
                event = filing.first_event(connection, complaint, key, sender_id, channel, now, by)
                ticket = self.clock.on(fold.apply(None, event))
                sealed = filing.seal_phone(self._seal, complaint, ticket)
                row = {**to_row(ticket), "fingerprint": fingerprint, "phone_sealed": sealed}
                connection.execute(insert(TicketRow).values(**row))
                connection.execute(insert(TicketEventRow).values(**event_row(ticket.id, event)))
        except IntegrityError:
            return  # `open` reads back whose ticket it is

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with ledger.answering():
            self.limits.refresh()
            with reading(self._engine) as connection:
                yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with ledger.answering():
            self.limits.refresh()
            with self._engine.begin() as connection:
                yield connection

    def _filed(self, channel: str, key: str, sender_id: str, fingerprint: str) -> Any:
        with self._reading() as connection:
            return filing.filed(connection, channel, key, sender_id, fingerprint)

    def _ticket(self, *conditions: Any) -> Ticket:
        with self._reading() as connection:
            return self.clock.on(ledger.one(connection, *conditions))

    def _act(
        self, public_no: str, sender_id: str, chosen: Callable[[Ticket], tuple[str, Given]], key: str | None
    ) -> tuple[Ticket, Event]:
        """A citizen's own act on the latest version; tried again when staff moved the ticket meanwhile."""
        number = read_number(public_no)
        for _ in range(_TRIES):
            try:
                with self._writing() as connection:
                    return self._act_once(connection, number, sender_id, chosen, key)
            except (IntegrityError, Conflict):
                continue
        raise Unavailable("ticket")

    def _act_once(
        self,
        connection: Connection,
        number: str,
        sender_id: str,
        chosen: Callable[[Ticket], tuple[str, Given]],
        key: str | None,
    ) -> tuple[Ticket, Event]:
        ticket = ledger.one(connection, TicketRow.public_no == number, TicketRow.sender_id == sender_id)
        if key and (seen := ledger.event_of(connection, ticket.id, key)):
            return self.clock.on(ticket), seen
        name, given = chosen(ticket)
        return self._steps.make(connection, ticket, name, Actor(Role.CITIZEN, sender_id), given, key)
