"""A register that knows one impossible person, and another person it does not know."""

from __future__ import annotations

from desk.claims import ClaimStatus, Person
from desk.id_number import plain_name

KNOWN, NAME, PHONE = "00000019850101001X", "演示甲", "10000000001"
UNKNOWN, NOBODY = "999999196805200049", "演示丁"


class People:
    """A `ClaimSource` with one person and no claim."""

    def find(self, id_number: str, name: str) -> Person | None:
        """Return the one person."""
        return Person("key", PHONE) if (id_number, name) == (KNOWN, plain_name(NAME)) else None

    def status(self, person: Person) -> ClaimStatus | None:
        """Return nothing."""
        return None
