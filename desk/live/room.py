"""The live hand-over: who waits for a person, who holds a conversation, and who of the agents is there.

Every change is one conditional update with event and notice in a transaction, for any number of processes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from desk import conversation
from desk.database import reading, utc_now
from desk.errors import Conflict, InvalidInput, NotAllowed, NotFound
from desk.live import ledger, words
from desk.live.hours import ServiceHours
from desk.live.record import HELD, WAITING, Closed, Event, Held, Standing, Waiting
from desk.live.tables import LivePresenceRow, LiveRow

AWAY = timedelta(minutes=3)  # without a heartbeat for so long an agent is gone
_BEAT = timedelta(seconds=20)  # a page asks more often than its heartbeat needs to be written
SILENCE = timedelta(minutes=30)  # so long nobody says anything: the conversation goes back to the bot
LONGEST = 2000  # characters of one text of an agent


class Live:
    """The conversations in the hands of people. Blocking: call it from a thread."""

    def __init__(
        self,
        engine: Engine,
        hours: ServiceHours,
        now: Callable[[], datetime] = utc_now,
        public: Mapping[str, str] | None = None,
    ) -> None:
        """Take the hours, and the numbers of offices (digits -> as written) that an agent may write."""
        self._engine = engine
        self._now = now
        self._public = public or {}
        self.hours = hours

    def ask(self, sender_id: str, channel: str, message_key: str = "") -> Waiting | Closed:
        """Put the citizen in line and return the place; asking again, or the same message again, changes
        nothing. `Closed` when it is outside of the hours or no agent is there.
        """
        now = self._now()
        if self.holder(sender_id) is None and self._waiting(sender_id) is None:
            if not self.hours.open_at(now):
                return Closed("hours", self.hours.text)
            if not self.anybody():
                return Closed("nobody", self.hours.text)
            self._join(sender_id, channel, message_key, now)
        return self._waiting(sender_id) or Waiting(sender_id, channel, now, 0)

    def leave(self, sender_id: str) -> bool:
        """Take the citizen out of the line or away from the agent; False when neither was so."""
        with self._engine.begin() as connection:
            row = ledger.row(connection, sender_id)
            if row is None or not ledger.end(connection, row):
                return False
            ledger.note(connection, sender_id, "leave", self._now(), row.staff_id)
            return True

    def waiting(self) -> list[Waiting]:
        """Return everybody who waits, the next one first, with the last words that tell something."""
        with reading(self._engine) as connection:
            line = ledger.line(connection)
            said = ledger.last_texts(connection, [each.sender_id for each in line])
        return [replace(each, words=words.telling(said.get(each.sender_id, ()))) for each in line]

    def take(self, sender_id: str, staff_id: str, shown_name: str) -> Held:
        """Give a waiting conversation to one agent and tell the citizen; again by the same one is no fault.

        Raises `Conflict` when another agent was faster, `NotFound` when nobody waits there any more.
        """
        now = self._now()
        with self._engine.begin() as connection:
            taken = connection.execute(
                update(LiveRow)
                .where(LiveRow.sender_id == sender_id, LiveRow.state == WAITING)
                .values(state=HELD, staff_id=staff_id, shown_name=shown_name, taken_at=now, touched_at=now)
            )
            row = ledger.row(connection, sender_id)
            if row is None:
                raise NotFound("nobody waits there")
            if row.staff_id != staff_id:
                raise Conflict("another agent was faster")
            if taken.rowcount:
                waited = int((now - row.since).total_seconds())
                seq = conversation.say(connection, sender_id, conversation.NOTICE, words.came(shown_name))
                ledger.note(connection, sender_id, "take", now, staff_id, waited=waited, seq=seq)
        self.present(staff_id)
        return ledger.held(row)

    def say(
        self,
        sender_id: str,
        staff_id: str,
        text: str | None = None,
        body: Mapping[str, Any] | None = None,
        request_id: str = "",
    ) -> int:
        """Say `text` or a `body` of desk.present as the agent who holds the conversation; return its seq.

        The same request again says nothing twice. Personal numbers are taken out of the text.
        Raises `NotAllowed("not_holder")`, `InvalidInput` (empty, too_long).
        """
        shown = self._body(text, body)
        try:
            with self._engine.begin() as connection:
                said = ledger.said_before(connection, sender_id, request_id)
                return said or self._say(connection, sender_id, staff_id, shown, request_id)
        except IntegrityError as error:
            with reading(self._engine) as connection:
                said = ledger.said_before(connection, sender_id, request_id)
            if said is None:
                raise Conflict("the same request at the same time") from error
            return said

    def give_back(self, sender_id: str, staff_id: str) -> None:
        """Let the bot go on and tell the citizen; raises `NotAllowed("not_holder")`."""
        with self._engine.begin() as connection:
            row = self._own(connection, sender_id, staff_id)
            if ledger.end(connection, row):
                self._tell(connection, row, "give_back", words.gone(row.shown_name))

    def holder(self, sender_id: str) -> Held | None:
        """Return who holds the conversation; None while the bot speaks."""
        with reading(self._engine) as connection:
            row = ledger.row(connection, sender_id, lock=False)
        return ledger.held(row) if row is not None and row.state == HELD else None

    def concerns(self, sender_id: str) -> bool:
        """Tell whether the citizen waits for a person or is held by one."""
        with reading(self._engine) as connection:
            return ledger.row(connection, sender_id, lock=False) is not None

    def heard(self, sender_id: str) -> bool:
        """Note that the citizen said something; True when an agent holds the conversation and reads it."""
        if self.holder(sender_id) is None:
            return False
        with self._engine.begin() as connection:
            mine = update(LiveRow).where(LiveRow.sender_id == sender_id, LiveRow.state == HELD)
            return bool(connection.execute(mine.values(touched_at=self._now())).rowcount)

    def held_by(self, staff_id: str) -> list[Held]:
        """Return the conversations of one agent, the longest held first."""
        wanted = ledger.ROWS.where(LiveRow.state == HELD, LiveRow.staff_id == staff_id)
        with reading(self._engine) as connection:
            return [ledger.held(row) for row in connection.execute(wanted.order_by(LiveRow.taken_at))]

    def unanswered(self, staff_id: str) -> dict[str, int]:
        """Return by sender id how many messages a held citizen has sent since the agent's last word."""
        with reading(self._engine) as connection:
            return ledger.unanswered(connection, staff_id)

    def told(self, sender_id: str) -> list[str]:
        """Return the last texts of a citizen that say more than 转人工, oldest first, as they were kept."""
        with reading(self._engine) as connection:
            texts = ledger.last_texts(connection, [sender_id]).get(sender_id, [])
        return [text for text in reversed(texts) if text and not words.bare(text)]

    def there(self, staff_id: str) -> bool:
        """Tell whether this agent is on line."""
        with reading(self._engine) as connection:
            return staff_id in self._present(connection)

    def stay(self, staff_id: str) -> None:
        """Keep the heartbeat of an agent who is on line; one who is not stays so."""
        now, mine = self._now(), update(LivePresenceRow).where(LivePresenceRow.staff_id == staff_id)
        with reading(self._engine) as connection:
            seen_at = connection.scalar(
                select(LivePresenceRow.seen_at).where(LivePresenceRow.staff_id == staff_id)
            )
        if seen_at is not None and _BEAT <= now - seen_at <= AWAY:
            with self._engine.begin() as connection:
                connection.execute(mine.values(seen_at=now))

    def present(self, staff_id: str) -> None:
        """Put an agent on line, or keep the heartbeat of one who is."""
        seen = {"seen_at": self._now()}
        mine = update(LivePresenceRow).where(LivePresenceRow.staff_id == staff_id).values(**seen)
        try:
            with self._engine.begin() as connection:
                if not connection.execute(mine).rowcount:
                    connection.execute(insert(LivePresenceRow).values(staff_id=staff_id, **seen))
        except IntegrityError:
            return  # the same agent's other page was faster

    def step_out(self, staff_id: str) -> None:
        """Take an agent off line; raises `NotAllowed("still_holds")` for one who holds a conversation."""
        if self.held_by(staff_id):
            raise NotAllowed("still_holds")
        self.absent(staff_id)

    def absent(self, staff_id: str) -> None:
        """An agent has logged out: the conversations that are still held go back at the next `settle`."""
        with self._engine.begin() as connection:
            connection.execute(delete(LivePresenceRow).where(LivePresenceRow.staff_id == staff_id))

    def anybody(self) -> bool:
        """Tell whether any agent is there."""
        with reading(self._engine) as connection:
            return bool(self._present(connection))

    def standings(self) -> dict[str, Standing]:
        """Return what the page of each citizen who waits or is held has to show, by sender id."""
        with reading(self._engine) as connection:
            standings = {each.sender_id: Standing(WAITING, each.position) for each in ledger.line(connection)}
            for row in connection.execute(ledger.ROWS.where(LiveRow.state == HELD)):
                standings[row.sender_id] = Standing(HELD, name=row.shown_name)
        return standings

    def settle(self) -> None:
        """Put right what time has changed: agents who vanished, long silence, nobody left to wait for."""
        now = self._now()
        with self._engine.begin() as connection:
            there = self._present(connection)
            for row in connection.execute(ledger.ROWS.with_for_update()).all():
                if row.state == HELD and row.staff_id not in there:
                    self._return(connection, row, bool(there))
                elif row.state == HELD and now - row.touched_at > SILENCE:
                    if ledger.end(connection, row):
                        self._tell(connection, row, "silent", words.silent())
                elif row.state == WAITING and not there and ledger.end(connection, row):
                    self._tell(connection, row, "nobody", words.nobody())

    def history(self, sender_id: str) -> list[Event]:
        """Return everything that happened to a conversation, oldest first."""
        with reading(self._engine) as connection:
            return ledger.events(connection, sender_id)

    def _waiting(self, sender_id: str) -> Waiting | None:
        with reading(self._engine) as connection:
            return next((each for each in ledger.line(connection) if each.sender_id == sender_id), None)

    def _join(self, sender_id: str, channel: str, message_key: str, now: datetime) -> None:
        try:
            with self._engine.begin() as connection:
                ledger.note(connection, sender_id, "ask", now, request_id=message_key)
                row = {"channel": channel, "state": WAITING, "front": False, "since": now, "touched_at": now}
                connection.execute(
                    insert(LiveRow).values(sender_id=sender_id, staff_id="", shown_name="", **row)
                )
        except IntegrityError:
            return  # asked at the same time, or the message of an asking that is over came again

    def _say(
        self, connection: Connection, sender_id: str, staff_id: str, shown: dict[str, Any], request_id: str
    ) -> int:
        row = self._own(connection, sender_id, staff_id)
        now = self._now()
        said = {**shown, "name": row.shown_name}
        seq = conversation.say(connection, sender_id, conversation.AGENT, said)
        ledger.note(connection, sender_id, "say", now, staff_id, seq=seq, request_id=request_id)
        connection.execute(update(LiveRow).where(LiveRow.sender_id == sender_id).values(touched_at=now))
        return seq

    def _own(self, connection: Connection, sender_id: str, staff_id: str) -> Any:
        row = ledger.row(connection, sender_id)
        if row is None or row.state != HELD or row.staff_id != staff_id:
            raise NotAllowed("not_holder")
        return row

    def _body(self, text: str | None, body: Mapping[str, Any] | None) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "kind": "text",
            "text": text or "",
            "card": None,
            "buttons": [],
            **(body or {}),
        }
        shown["text"] = words.without_numbers(str(shown["text"] or "").strip(), self._public)
        if not shown["text"] and not shown["card"]:
            raise InvalidInput("empty")
        if len(shown["text"]) > LONGEST:
            raise InvalidInput("too_long")
        return shown

    def _present(self, connection: Connection) -> set[str]:
        seen = select(LivePresenceRow.staff_id).where(LivePresenceRow.seen_at >= self._now() - AWAY)
        return set(connection.execute(seen).scalars())

    def _return(self, connection: Connection, row: Any, somebody: bool) -> None:
        """The agent of a held conversation is gone: it goes first to another, or to nobody."""
        if not somebody:
            if ledger.end(connection, row):
                self._tell(connection, row, "nobody", words.nobody())
        elif ledger.to_front(connection, row):
            self._tell(connection, row, "returned", words.lost(row.shown_name))

    def _tell(self, connection: Connection, row: Any, what: str, body: dict[str, Any]) -> None:
        seq = conversation.say(connection, row.sender_id, conversation.NOTICE, body)
        ledger.note(connection, row.sender_id, what, self._now(), row.staff_id, seq=seq)
