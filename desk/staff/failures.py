"""Counts failed tries per account and per address, in a table, so that a restart forgives nobody."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select
from sqlalchemy.engine import Connection

from desk.database import one_at_a_time
from desk.errors import NotAllowed
from desk.sealing import Keys
from desk.staff.tables import FailureRow

WINDOW = timedelta(minutes=15)
MAX_FAILURES = 5
_KEPT = timedelta(days=1)


class Failures:
    """A try counts as failed before it is judged: many at once are no more than one after the other."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def count(
        self, connection: Connection, login: str, address: str, now: datetime, known: bool = False
    ) -> list[int]:
        """Count a try for both and return what `forgive` takes; raise `NotAllowed("locked")`.

        Where the account is `known` to sign in from, only tries from there count: strangers lock nobody out.
        """
        one_at_a_time(connection, "staff_failure")
        subjects = [self._subject("place", f"{login}\0{address}") if known else self._subject("login", login)]
        if address:
            subjects.append(self._subject("address", address))
        for subject in subjects:
            recent = (FailureRow.subject == subject, FailureRow.at > now - WINDOW)
            if int(connection.scalar(select(func.count()).where(*recent)) or 0) >= MAX_FAILURES:
                raise NotAllowed("locked")
        counted = [connection.execute(insert(FailureRow).values(subject=each, at=now)) for each in subjects]
        return [int(row.inserted_primary_key[0]) for row in counted]

    def forgive(self, connection: Connection, counted: list[int]) -> None:
        """Take back what was counted for a try that did not fail."""
        connection.execute(delete(FailureRow).where(FailureRow.id.in_(counted)))

    def clear(self, connection: Connection, login: str) -> None:
        """Forget the failures of an account once its owner is in; those of an address stay."""
        connection.execute(delete(FailureRow).where(FailureRow.subject == self._subject("login", login)))

    def purge(self, connection: Connection, now: datetime) -> None:
        """Drop what counts no more."""
        connection.execute(delete(FailureRow).where(FailureRow.at <= now - _KEPT))

    def _subject(self, kind: str, text: str) -> str:
        return self._keys.mac(f"{kind}\0{text}")
