"""Every accepted message as a row before any reply: the same message twice has one effect."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, insert, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from desk import conversation
from desk.conversation import CITIZEN, MessageRow
from desk.database import reading, utc_now
from desk.errors import Conflict
from desk.inbox import DONE, NEEDS_HUMAN, NEW, InboxRow, Understood
from desk.sealing import Keys
from desk.vault import Vault

__all__ = ["DONE", "NEEDS_HUMAN", "NEW", "Inbox", "InboxRow", "Incoming", "Kept"]

_NOTHING = Understood()


@dataclass(frozen=True)
class Incoming:
    """One message as a channel hands it in. `key` is the platform's id of the message, made unique
    by the channel; `shown` is what the citizen's own line says; `payload` a pressed button's meaning."""

    key: str
    channel: str
    sender_id: str
    shown: str
    payload: str | None = None


@dataclass(frozen=True)
class Kept:
    """A message as the inbox holds it: redacted, with its state."""

    key: str
    sender_id: str
    text: str
    payload: str | None
    state: str
    attempts: int
    received_at: datetime


class Inbox:
    """The table of accepted messages. Blocking: call it from a thread."""

    def __init__(self, engine: Engine, vault: Vault, keys: Keys) -> None:
        self._engine = engine
        self._vault = vault
        self._keys = keys

    def accept(
        self, incoming: Incoming, chosen: Callable[[str], str | None] = lambda _: None
    ) -> tuple[Kept, bool]:
        """Keep a message; return it and whether it is new. Other words under a used key: `Conflict`.

        `chosen` tells which button typed words stand for. That is asked now and kept: by the time of the
        answer, other choices may have been shown.
        """
        known = self.known(incoming)
        if known:
            return known, False
        text = self._vault.redact(incoming.sender_id, incoming.shown).text
        payload = incoming.payload or chosen(text)
        try:
            return self._insert(incoming, text, payload), True
        except IntegrityError:
            # Another connection delivered the same message a moment earlier.
            known = self.known(incoming)
            if known is None:
                raise
            return known, False

    def settle(self, incoming: Incoming, replies: list[dict[str, Any]]) -> None:
        """Keep a message that the channel itself answers, with its answer, in one transaction.

        A message that was kept before stays as it is.
        """
        text = self._vault.redact(incoming.sender_id, incoming.shown).text
        with suppress(IntegrityError):
            self._insert(incoming, text, incoming.payload, DONE, replies)

    def known(self, incoming: Incoming) -> Kept | None:
        """Return what was kept under this key; other words than then: `Conflict`."""
        with reading(self._engine) as connection:
            row = connection.execute(_SELECT.where(InboxRow.key == incoming.key)).one_or_none()
        if row is not None and not self._keys.fits(row.fingerprint, _words(incoming)):
            raise Conflict("the same message id came with other words")
        return _kept(row) if row is not None else None

    def find(self, key: str) -> Kept | None:
        """Return one kept message; None when it never came, or was erased."""
        with reading(self._engine) as connection:
            row = connection.execute(_SELECT.where(InboxRow.key == key)).one_or_none()
        return _kept(row) if row is not None else None

    def get(self, key: str) -> Kept:
        """Return one kept message; the key must exist."""
        with reading(self._engine) as connection:
            return _kept(connection.execute(_SELECT.where(InboxRow.key == key)).one())

    def oldest_unfinished(self, sender_id: str) -> datetime | None:
        """Return since when the oldest unanswered message of a conversation waits; None without one."""
        waits = InboxRow.sender_id == sender_id, InboxRow.state == NEW
        with reading(self._engine) as connection:
            found: datetime | None = connection.scalar(
                select(InboxRow.received_at).where(*waits).order_by(InboxRow.received_at).limit(1)
            )
        return found

    def up_to(self, kept: Kept) -> list[Kept]:
        """Return what has not been answered yet in its conversation up to this message, oldest first.

        Nothing when the message itself has been answered meanwhile, or was erased.
        """
        wanted = _IN_ORDER.where(InboxRow.sender_id == kept.sender_id)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted).all()
        keys = [row.key for row in rows]
        return [_kept(row) for row in rows[: keys.index(kept.key) + 1]] if kept.key in keys else []

    def unfinished(self) -> list[Kept]:
        """Return what has not been answered yet, oldest first."""
        with reading(self._engine) as connection:
            return [_kept(row) for row in connection.execute(_IN_ORDER)]

    def attempt(self, key: str) -> int:
        """Count one more try at answering and return how many there were."""
        with self._engine.begin() as connection:
            connection.execute(
                update(InboxRow).where(InboxRow.key == key).values(attempts=InboxRow.attempts + 1)
            )
            return int(connection.scalar(select(InboxRow.attempts).where(InboxRow.key == key)))

    def finish(
        self,
        key: str,
        state: str,
        replies: list[dict[str, Any]],
        understood: Understood = _NOTHING,
    ) -> bool:
        """Store the replies, the final state and what was understood together.

        False when the message was finished already.
        """
        with self._engine.begin() as connection:
            won = connection.execute(
                update(InboxRow)
                .where(InboxRow.key == key, InboxRow.state == NEW)
                .values(state=state, finished_at=utc_now(), **asdict(understood))
            )
            if not won.rowcount:
                return False
            sender_id = connection.scalar(select(InboxRow.sender_id).where(InboxRow.key == key))
            for body in replies:
                conversation.say(connection, sender_id, conversation.BOT, body, key)
        return True

    def _insert(
        self,
        incoming: Incoming,
        text: str,
        payload: str | None,
        state: str = NEW,
        replies: Iterable[dict[str, Any]] = (),
    ) -> Kept:
        now = utc_now()
        with self._engine.begin() as connection:
            connection.execute(
                insert(InboxRow).values(
                    key=incoming.key,
                    channel=incoming.channel,
                    sender_id=incoming.sender_id,
                    # Keyed, because the words may hold an ID number and a plain hash of one can be guessed.
                    fingerprint=self._keys.mac(_words(incoming)),
                    text=text,
                    payload=payload,
                    state=state,
                    attempts=0,
                    received_at=now,
                    finished_at=None if state == NEW else now,
                )
            )
            conversation.say(connection, incoming.sender_id, CITIZEN, {"text": text}, incoming.key)
            for body in replies:
                conversation.say(connection, incoming.sender_id, conversation.BOT, body, incoming.key)
        return Kept(incoming.key, incoming.sender_id, text, payload, state, 0, now)


_SELECT = select(
    InboxRow.key,
    InboxRow.sender_id,
    InboxRow.text,
    InboxRow.payload,
    InboxRow.state,
    InboxRow.attempts,
    InboxRow.received_at,
    InboxRow.fingerprint,
)
# As they were written down: a clock that is put right, or that of another machine, turns no two around.
_IN_ORDER = (
    _SELECT.join(MessageRow, and_(MessageRow.inbox_key == InboxRow.key, MessageRow.author == CITIZEN))
    .where(InboxRow.state == NEW)
    .order_by(MessageRow.seq)
)


def _words(incoming: Incoming) -> str:
    return f"{incoming.sender_id}\n{incoming.shown}\n{incoming.payload or ''}"


def _kept(row: Any) -> Kept:
    return Kept(*row[:7])
