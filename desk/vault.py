"""Keeps what `desk.privacy` took out of a message: encrypted, for minutes, and only for that conversation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Integer, LargeBinary, String, UniqueConstraint, delete, insert, select, update
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from desk.database import Base, UtcDateTime, reading, utc_now
from desk.errors import Unavailable
from desk.privacy import Found, Redacted, number_of, redact
from desk.rotation import SealedColumn
from desk.sealing import Keys, Seal

LIFETIME = timedelta(minutes=30)
_REMEMBERED = timedelta(days=90)  # how long a conversation keeps counting on from its last number
_TRIES = 20


class VaultRow(Base):
    """One value of one conversation. `sealed` is empty once expired; the number stays taken."""

    __tablename__ = "vault"
    id = Column(Integer, primary_key=True)
    sender_id = Column(String(64), nullable=False)
    kind = Column(String(16), nullable=False)
    number = Column(Integer, nullable=False)
    sealed = Column(LargeBinary)
    expires_at = Column(UtcDateTime, nullable=False, index=True)
    __table_args__ = (UniqueConstraint("sender_id", "kind", "number"),)


def sealed(keys: Keys) -> SealedColumn:
    """Return the column of values, sealed with `derive(settings.secret, "vault")`."""
    return SealedColumn(VaultRow.sealed, Seal(keys), lambda row: (row["sender_id"], _placeholder(row)))


class Vault:
    """The values behind the placeholders of each conversation, for at most half an hour."""

    def __init__(self, engine: Engine, keys: Keys, clock: Callable[[], datetime] = utc_now) -> None:
        """Take the database and `derive(settings.secret, "vault")`."""
        self._engine = engine
        self._seal = Seal(keys)
        self._clock = clock

    def redact(self, sender_id: str, text: str) -> Redacted:
        """Redact `text` with numbers new to this conversation and keep what was found, in one transaction."""
        if not redact(text).found:
            return Redacted(text, ())
        for _ in range(_TRIES):
            try:
                with self._engine.begin() as connection:
                    redacted = redact(text, _taken(connection, sender_id))
                    self._insert(connection, sender_id, redacted.found)
                return redacted
            except IntegrityError:
                continue  # on PostgreSQL another message of this conversation took the number first
        raise Unavailable("vault")

    def put(self, sender_id: str, found: Iterable[Found]) -> list[str]:
        """Keep values under the placeholders they have; a placeholder used before gets the new value."""
        kept = tuple(found)
        with self._engine.begin() as connection:
            for one in kept:
                connection.execute(delete(VaultRow).where(*_is(sender_id, one.placeholder)))
            self._insert(connection, sender_id, kept)
        return [one.placeholder for one in kept]

    def get(self, sender_id: str, placeholder: str) -> str | None:
        """Return the value behind a placeholder of this conversation; None when unknown or expired."""
        wanted = select(VaultRow.sealed, VaultRow.expires_at).where(*_is(sender_id, placeholder))
        with reading(self._engine) as connection:
            row = connection.execute(wanted).first()
        if row is None or not row.sealed or row.expires_at <= self._clock():
            return None
        return self._seal.open(row.sealed, sender_id, placeholder)

    def forget(self, sender_id: str) -> None:
        """Wipe every value of one conversation now."""
        with self._engine.begin() as connection:
            connection.execute(update(VaultRow).where(VaultRow.sender_id == sender_id).values(sealed=None))

    def purge(self, now: datetime | None = None) -> int:
        """Wipe what has expired and return how many values that were.

        The row stays a while, so that #1 in an old message never comes to mean a new value.
        """
        now = now or self._clock()
        with self._engine.begin() as connection:
            connection.execute(delete(VaultRow).where(VaultRow.expires_at <= now - _REMEMBERED))
            wiped = connection.execute(
                update(VaultRow)
                .where(VaultRow.expires_at <= now, VaultRow.sealed.is_not(None))
                .values(sealed=None)
            )
        return int(wiped.rowcount)

    def _insert(self, connection: Connection, sender_id: str, found: tuple[Found, ...]) -> None:
        for one in {one.placeholder: one for one in found}.values():
            kind, number = number_of(one.placeholder)
            connection.execute(
                insert(VaultRow).values(
                    sender_id=sender_id,
                    kind=kind,
                    number=number,
                    sealed=self._seal.close(one.value, sender_id, one.placeholder),
                    expires_at=self._clock() + LIFETIME,
                )
            )


def _taken(connection: Connection, sender_id: str) -> dict[str, int]:
    """The highest number of each kind that this conversation has used."""
    rows = connection.execute(select(VaultRow.kind, VaultRow.number).where(VaultRow.sender_id == sender_id))
    taken: dict[str, int] = {}
    for kind, number in rows:
        taken[kind] = max(number, taken.get(kind, 0))
    return taken


def _is(sender_id: str, placeholder: str) -> tuple[object, ...]:
    kind, number = number_of(placeholder)
    return (VaultRow.sender_id == sender_id, VaultRow.kind == kind, VaultRow.number == number)


def _placeholder(row: Mapping[str, Any]) -> str:
    return f"〔{row['kind']}#{row['number']}〕"
