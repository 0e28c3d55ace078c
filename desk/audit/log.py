"""The log itself: recording, finding, and saying whether anything was changed, removed or cut off."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection, Engine

from desk.audit.keys import RowKeys, former_hashes, keep, row_keys
from desk.audit.rows import FIELDS, AuditRow, HeadRow, head_text, read_rows, row_text
from desk.database import one_at_a_time, reading, utc_now
from desk.errors import InvalidInput
from desk.privacy import scrub
from desk.sealing import Key, Keys
from desk.text import plain

_FIRST = "0" * 64
_CHINA = timezone(timedelta(hours=8))
_YEARS = range(2000, 2100)
_SIGNS = 16  # so much of the newest hash an operator writes down
NOTE = re.compile(f"[1-9][0-9]{{0,14}}-[0-9a-f]{{{_SIGNS}}}")


@dataclass(frozen=True)
class Recorded:
    """One act as it stands in the log. `detail` has no personal data."""

    seq: int
    at: datetime
    actor_id: str
    role: str
    address: str
    action: str
    object_kind: str
    object_id: str
    result: str
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class Verified:
    """How many rows fit, and the number of the first that does not; None when all do."""

    count: int
    broken_at: int | None


_SHORT = {"actor_id": 64, "role": 16, "address": 64, "action": 40, "object_kind": 40, "object_id": 200}
_RECORDED = [getattr(AuditRow, name) for name in FIELDS]


class Audit:
    """The log of one database. Any number of processes may record at once."""

    def __init__(self, engine: Engine, keys: Keys, now: Callable[[], datetime] = utc_now) -> None:
        """Take `derive(settings.secret, "audit")`: who has only the database cannot make the hashes anew."""
        self._engine = engine
        self._keys = keys
        self._now = now

    def record(
        self,
        *,
        actor_id: str,
        role: str,
        action: str,
        object_kind: str,
        object_id: str,
        result: str = "ok",
        address: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> int:
        """Append one act and return its number. Personal numbers in `detail` are taken out; `at` is now."""
        given = {
            "actor_id": actor_id,
            "role": role,
            "address": address,
            "action": action,
            "object_kind": object_kind,
            "object_id": object_id,
        }
        row: dict[str, Any] = {name: plain(text)[: _SHORT[name]] for name, text in given.items()}
        row.update(result=result[:40], detail=_clean(dict(detail or {})))
        with self._engine.begin() as connection:
            one_at_a_time(connection, "audit_event")
            head = connection.execute(select(HeadRow)).first()
            last = self._last(connection, head)
            row.update(seq=last[0] + 1, previous=last[1], at=self._now())
            row["hash"] = self._keys.mac(row_text(row))
            connection.execute(insert(AuditRow).values(row))
            self._move_head(connection, head, row)
        return int(row["seq"])

    def find(
        self,
        *,
        actor_id: str = "",
        action: str = "",
        object_kind: str = "",
        object_id: str = "",
        day: date | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> list[Recorded]:
        """Return acts, newest first; `day` is one in China, `before` the number the last page ended with.

        A day that no log can have, a slip of the keyboard, is `InvalidInput`.
        """
        wanted = select(*_RECORDED).order_by(AuditRow.seq.desc()).limit(limit)
        equal = {"actor_id": actor_id, "action": action, "object_kind": object_kind, "object_id": object_id}
        for name, value in equal.items():
            if value:
                wanted = wanted.where(getattr(AuditRow, name) == value)
        if day is not None:
            if day.year not in _YEARS:
                raise InvalidInput("day")
            start = datetime.combine(day, time(), _CHINA)
            wanted = wanted.where(AuditRow.at >= start, AuditRow.at < start + timedelta(days=1))
        if before is not None:
            wanted = wanted.where(AuditRow.seq < before)
        with reading(self._engine) as connection:
            return [Recorded(*row) for row in connection.execute(wanted)]

    def actions(self) -> list[str]:
        """Return every kind of act in the log, for a list to choose from."""
        with reading(self._engine) as connection:
            return sorted(connection.scalars(select(AuditRow.action).distinct()))

    def anchor(self) -> str:
        """Return number and hash of the newest row, to be noted outside; "" for an empty log."""
        with reading(self._engine) as connection:
            newest = connection.execute(select(AuditRow).order_by(AuditRow.seq.desc()).limit(1)).first()
        return f"{newest.seq}-{newest.hash[:_SIGNS]}" if newest else ""

    def verify(self, anchor: str = "") -> Verified:
        """Check every row, the sealed head, and an `anchor` that was noted before, if one is given.

        Raises `InvalidInput("note")` for one that cannot be: nobody must take it for checked.
        """
        if anchor and not NOTE.fullmatch(anchor):
            raise InvalidInput("note")
        noted_seq, _, noted_hash = anchor.partition("-")
        expected = [(int(noted_seq), noted_hash)] if anchor else []
        with reading(self._engine) as connection:
            head = connection.execute(select(HeadRow)).first()
            if head is not None:
                expected.append((head.seq, head.hash))
            keys, count, previous = row_keys(connection, self._keys), 0, _FIRST
            for row in read_rows(connection):
                known = all(row["hash"].startswith(start) for seq, start in expected if seq == row["seq"])
                if not known or not _follows(row, count, previous, keys):
                    return Verified(count, count + 1)
                count, previous = count + 1, row["hash"]
        cut = any(seq > count for seq, _ in expected)
        return Verified(count, count + 1 if cut or (count and not self._is_ours(head)) else None)

    def former(self) -> int:
        """Return how many rows, the head among them, can be verified only with a former secret."""
        with reading(self._engine) as connection:
            head = connection.execute(select(HeadRow)).first()
            rows = former_hashes(connection, self._keys).count
        by_former = self._is_ours(head) and not self._is_ours(head, self._keys.current)
        return rows + by_former

    def keep_former(self) -> None:
        """Keep the former keys that rows still need. Record something before: that moves the head."""
        # Found without a transaction for writing, because it reads the whole log.
        with reading(self._engine) as connection:
            found = former_hashes(connection, self._keys)
        with self._engine.begin() as connection:
            keep(connection, self._keys, found)

    def _last(self, connection: Connection, head: Any) -> tuple[int, str]:
        """Number and hash to go on from. A head that is not ours is not believed, but nothing stops."""
        if self._is_ours(head):
            return head.seq, head.hash
        newest = connection.execute(select(AuditRow).order_by(AuditRow.seq.desc()).limit(1)).first()
        return (newest.seq, newest.hash) if newest else (0, _FIRST)

    def _move_head(self, connection: Connection, head: Any, row: dict[str, Any]) -> None:
        values = {
            "seq": row["seq"],
            "hash": row["hash"],
            "mac": self._keys.mac(head_text(row["seq"], row["hash"])),
        }
        if self._is_ours(head):
            connection.execute(update(HeadRow).values(values))
        elif head is None and row["seq"] == 1:
            connection.execute(insert(HeadRow).values(id=1, **values))
        # Otherwise somebody has been at the head: it is left for `verify` to tell.

    def _is_ours(self, head: Any, *only: Key) -> bool:
        keys = Keys(only) if only else self._keys
        return head is not None and keys.fits(head.mac, head_text(head.seq, head.hash))


def _follows(row: dict[str, Any], count: int, previous: str, keys: RowKeys) -> bool:
    bound = row["seq"] == count + 1 and row["previous"] == previous
    return bound and keys.fit(row["seq"], row["hash"], row_text(row))


def _clean(value: Any) -> Any:
    """`value` as JSON gives it back, without personal numbers."""
    if isinstance(value, Mapping):
        return {str(key): _clean(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(each) for each in value]
    return value if value is None or isinstance(value, bool | int) else scrub(plain(str(value)))
