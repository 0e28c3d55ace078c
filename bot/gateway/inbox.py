"""Every accepted message as a row before any reply: the same message twice has one effect."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from desk import conversation
from desk.database import reading, utc_now
from desk.errors import Conflict
from desk.inbox import DONE, NEEDS_HUMAN, NEW, InboxRow, Understood
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

    def __init__(self, engine: Engine, vault: Vault, secret: bytes) -> None:
        self._engine = engine
        self._vault = vault
        self._secret = secret

    def accept(self, incoming: Incoming) -> tuple[Kept, bool]:
        """Keep a message; return it and whether it is new. Other words under a used key: `Conflict`."""
        fingerprint = self._fingerprint(incoming)
        known = self._known(incoming.key, fingerprint)
        if known:
            return known, False
        text = self._vault.redact(incoming.sender_id, incoming.shown).text
        try:
            self._insert(incoming, text, fingerprint)
        except IntegrityError:
            # Another connection delivered the same message a moment earlier.
            known = self._known(incoming.key, fingerprint)
            if known is None:
                raise
            return known, False
        return self.get(incoming.key), True

    def get(self, key: str) -> Kept:
        """Return one kept message; the key must exist."""
        with reading(self._engine) as connection:
            return _kept(connection.execute(_SELECT.where(InboxRow.key == key)).one())

    def unfinished(self) -> list[Kept]:
        """Return what has not been answered yet, oldest first."""
        wanted = _SELECT.where(InboxRow.state == NEW).order_by(InboxRow.received_at)
        with reading(self._engine) as connection:
            return [_kept(row) for row in connection.execute(wanted)]

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

    def _known(self, key: str, fingerprint: str) -> Kept | None:
        with reading(self._engine) as connection:
            row = connection.execute(_SELECT.where(InboxRow.key == key)).one_or_none()
        if row is not None and row.fingerprint != fingerprint:
            raise Conflict("the same message id came with other words")
        return _kept(row) if row is not None else None

    def _insert(self, incoming: Incoming, text: str, fingerprint: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(
                insert(InboxRow).values(
                    key=incoming.key,
                    channel=incoming.channel,
                    sender_id=incoming.sender_id,
                    fingerprint=fingerprint,
                    text=text,
                    payload=incoming.payload,
                    state=NEW,
                    attempts=0,
                    received_at=utc_now(),
                )
            )
            conversation.say(
                connection, incoming.sender_id, conversation.CITIZEN, {"text": text}, incoming.key
            )

    def _fingerprint(self, incoming: Incoming) -> str:
        # Keyed, because the words may hold an ID number and a plain hash of one can be guessed.
        words = f"{incoming.sender_id}\n{incoming.shown}\n{incoming.payload or ''}"
        return hmac.new(self._secret, words.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


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


def _kept(row: Any) -> Kept:
    return Kept(*row[:7])
