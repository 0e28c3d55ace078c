"""Who saw and did what: a log that only grows, each row bound to the one before by a keyed hash.

`python -m desk.audit verify` says whether anything was changed, removed, put in between or cut off.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from sqlalchemy import JSON, Column, Index, Integer, String, insert, select, update
from sqlalchemy.engine import Connection, Engine

from desk.database import Base, UtcDateTime, one_at_a_time, open_database, reading, upgrade, utc_now
from desk.errors import DataFault, InvalidInput
from desk.privacy import scrub
from desk.settings import Settings, derive
from desk.text import plain

_FIRST = "0" * 64
_CHINA = timezone(timedelta(hours=8))
_BATCH = 1000
_SIGNS = 16  # so much of the newest hash an operator writes down
_NOTE = re.compile(f"[1-9][0-9]{{0,14}}-[0-9a-f]{{{_SIGNS}}}")


class AuditRow(Base):
    """One act. Triggers refuse to change or delete it; `hash` covers every column and `previous`."""

    __tablename__ = "audit_event"
    seq = Column(Integer, primary_key=True, autoincrement=False)
    at = Column(UtcDateTime, nullable=False, index=True)
    actor_id = Column(String(64), nullable=False)
    role = Column(String(16), nullable=False)
    address = Column(String(64), nullable=False)
    action = Column(String(40), nullable=False)
    object_kind = Column(String(40), nullable=False)
    object_id = Column(String(200), nullable=False)
    result = Column(String(40), nullable=False)
    detail = Column(JSON, nullable=False)
    previous = Column(String(64), nullable=False)
    hash = Column(String(64), nullable=False)
    __table_args__ = (
        Index("ix_audit_event_actor_id_seq", "actor_id", "seq"),
        Index("ix_audit_event_action_seq", "action", "seq"),
        Index("ix_audit_event_object_id_seq", "object_id", "seq"),
    )


class HeadRow(Base):
    """The newest row, sealed: without it nobody would miss a tail that was cut off."""

    __tablename__ = "audit_head"
    id = Column(Integer, primary_key=True, autoincrement=False)
    seq = Column(Integer, nullable=False)
    hash = Column(String(64), nullable=False)
    mac = Column(String(64), nullable=False)


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


_TOLD = ("seq", "at", "actor_id", "role", "address", "action", "object_kind", "object_id", "result", "detail")
_SHORT = {"actor_id": 64, "role": 16, "address": 64, "action": 40, "object_kind": 40, "object_id": 200}
_RECORDED = [getattr(AuditRow, name) for name in _TOLD]


class Audit:
    """The log of one database. Any number of processes may record at once."""

    def __init__(self, engine: Engine, key: bytes, now: Callable[[], datetime] = utc_now) -> None:
        """Take `derive(settings.secret, "audit")`: who has only the database cannot make the hashes anew."""
        self._engine = engine
        self._key = key
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
            row["hash"] = self._hash(row)
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
        """Return acts, newest first; `day` is one in China, `before` the number the last page ended with."""
        wanted = select(*_RECORDED).order_by(AuditRow.seq.desc()).limit(limit)
        equal = {"actor_id": actor_id, "action": action, "object_kind": object_kind, "object_id": object_id}
        for name, value in equal.items():
            if value:
                wanted = wanted.where(getattr(AuditRow, name) == value)
        if day is not None:
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
        if anchor and not _NOTE.fullmatch(anchor):
            raise InvalidInput("note")
        noted_seq, _, noted_hash = anchor.partition("-")
        expected = [(int(noted_seq), noted_hash)] if anchor else []
        with reading(self._engine) as connection:
            head = connection.execute(select(HeadRow)).first()
            if head is not None:
                expected.append((head.seq, head.hash))
            count, previous = 0, _FIRST
            for row in _rows(connection):
                known = all(row["hash"].startswith(start) for seq, start in expected if seq == row["seq"])
                if not known or not self._follows(row, count, previous):
                    return Verified(count, count + 1)
                count, previous = count + 1, row["hash"]
        cut = any(seq > count for seq, _ in expected)
        return Verified(count, count + 1 if cut or (count and not self._is_ours(head)) else None)

    def _last(self, connection: Connection, head: Any) -> tuple[int, str]:
        """Number and hash to go on from. A head that is not ours is not believed, but nothing stops."""
        if self._is_ours(head):
            return head.seq, head.hash
        newest = connection.execute(select(AuditRow).order_by(AuditRow.seq.desc()).limit(1)).first()
        return (newest.seq, newest.hash) if newest else (0, _FIRST)

    def _move_head(self, connection: Connection, head: Any, row: dict[str, Any]) -> None:
        values = {"seq": row["seq"], "hash": row["hash"], "mac": self._seal(row["seq"], row["hash"])}
        if self._is_ours(head):
            connection.execute(update(HeadRow).values(values))
        elif head is None and row["seq"] == 1:
            connection.execute(insert(HeadRow).values(id=1, **values))
        # Otherwise somebody has been at the head: it is left for `verify` to tell.

    def _is_ours(self, head: Any) -> bool:
        return head is not None and hmac.compare_digest(head.mac, self._seal(head.seq, head.hash))

    def _follows(self, row: dict[str, Any], count: int, previous: str) -> bool:
        bound = row["seq"] == count + 1 and row["previous"] == previous
        return bound and hmac.compare_digest(row["hash"], self._hash(row))

    def _hash(self, row: Mapping[str, Any]) -> str:
        """The hash of the row before and of the canonical form: JSON, sorted, UTC to the microsecond."""
        told = {**{name: row[name] for name in _TOLD}, "previous": row["previous"]}
        told["at"] = told["at"].astimezone(timezone.utc).isoformat(timespec="microseconds")
        return self._mac("row", json.dumps(told, sort_keys=True, ensure_ascii=True, separators=(",", ":")))

    def _seal(self, seq: int, newest: str) -> str:
        return self._mac("head", f"{seq}-{newest}")

    def _mac(self, purpose: str, text: str) -> str:
        return hmac.new(self._key, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()


def _rows(connection: Connection) -> Iterator[dict[str, Any]]:
    """Every row in order, a batch at a time."""
    seq: int | None = None
    while True:
        wanted = select(AuditRow.__table__).order_by(AuditRow.seq).limit(_BATCH)
        batch = connection.execute(wanted if seq is None else wanted.where(AuditRow.seq > seq)).all()
        for row in batch:
            yield dict(row._mapping)
        if len(batch) < _BATCH:
            return
        seq = batch[-1].seq


def _clean(value: Any) -> Any:
    """`value` as JSON gives it back, without personal numbers."""
    if isinstance(value, Mapping):
        return {str(key): _clean(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(each) for each in value]
    return value if value is None or isinstance(value, bool | int) else scrub(plain(str(value)))


def _noted(text: str) -> str:
    if not _NOTE.fullmatch(text):
        raise argparse.ArgumentTypeError("应像 120-0123456789abcdef 这样：序号、横线、16 位校验码")
    return text


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify the log; return 1 when anything does not fit."""
    parser = argparse.ArgumentParser(prog="python -m desk.audit", description="审计日志")
    commands = parser.add_subparsers(dest="command", required=True)
    verifying = commands.add_parser("verify", help="核对审计日志有没有被改动")
    verifying.add_argument("--noted", type=_noted, metavar="序号-校验码", help="以前抄下来的")
    given = parser.parse_args(arguments)
    try:
        settings = Settings.from_env()
    except DataFault as fault:
        print(*fault.faults, sep="\n")
        return 1
    engine = open_database(settings.database_url)
    upgrade(settings.database_url)
    audit = Audit(engine, derive(settings.secret, "audit"))
    found = audit.verify(given.noted or "")
    if found.broken_at is not None:
        print(f"审计日志不完整：从第 {found.broken_at} 条起对不上。请保留现场，报告安全负责人。")
        return 1
    print(f"审计日志完整：共 {found.count} 条，没有被改动。")
    if found.count:
        print(f"请把这个校验码抄到别处，下次用 --noted 核对：{audit.anchor()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
