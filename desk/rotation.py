"""Seals anew, under the present key, what former keys sealed: a batch at a time, while everything runs.

Which key sealed a row stands in the row, so a rotation that was killed goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import LargeBinary, and_, func, select, update
from sqlalchemy.engine import Connection, Engine

from desk.database import reading
from desk.sealing import Seal

_BATCH = 500  # rows in one transaction: others write in between


def _no_hashes(_text: str) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class SealedColumn:
    """A column of sealed texts, as `FollowerRow.openid_sealed`.

    `about` returns from the columns of a row what its text is bound to, `hashes` the columns that hold a
    keyed hash of the text. `renewable` is False where the row has other hashes, which cannot be made anew.
    """

    column: Any
    seal: Seal
    about: Callable[[Mapping[str, Any]], tuple[str, ...]]
    hashes: Callable[[str], Mapping[str, str]] = _no_hashes
    renewable: bool = True

    @property
    def table(self) -> str:
        """The name of the table."""
        return str(self.column.class_.__tablename__)

    def renewed(self, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return what to write into a row; None when its text cannot be opened."""
        text = self.seal.open(bytes(row[self.column.key]), *self.about(row))
        if text is None:
            return None
        hashes = self.hashes(text)
        return {**hashes, self.column.key: self.seal.close(text, *self.about({**row, **hashes}))}


@dataclass(frozen=True)
class Count:
    """Rows that a former key sealed, and rows that none of the keys given can open."""

    former: int
    lost: int


def count(engine: Engine, place: SealedColumn) -> Count:
    """Count what is not under the present key."""
    known = (place.seal.key_id, *place.seal.former_ids)
    with reading(engine) as connection:
        return Count(
            _count(connection, place, _key_id(place).in_(place.seal.former_ids)),
            _count(connection, place, _key_id(place).not_in(known)),
        )


def renew(engine: Engine, place: SealedColumn) -> int:
    """Seal anew what former keys sealed and return how many rows; what cannot be opened stays as it is."""
    done, rows = 0, _batch(engine, place, None)
    while rows:
        with engine.begin() as connection:
            done += sum(_renew(connection, place, row) for row in rows)
        rows = _batch(engine, place, rows[-1][_primary_key(place).name])
    return done


def _renew(connection: Connection, place: SealedColumn, row: Mapping[str, Any]) -> int:
    values = place.renewed(row)
    if values is None:
        return 0
    # Whoever wiped or wrote the row in the meantime keeps what he did.
    key = _primary_key(place)
    same = and_(key == row[key.name], place.column == row[place.column.key])
    return int(connection.execute(update(place.column.class_).where(same).values(values)).rowcount)


def _batch(engine: Engine, place: SealedColumn, after: Any) -> Sequence[Mapping[str, Any]]:
    key = _primary_key(place)
    wanted = select(key.table).where(_key_id(place).in_(place.seal.former_ids)).order_by(key).limit(_BATCH)
    with reading(engine) as connection:
        rows = connection.execute(wanted if after is None else wanted.where(key > after))
        return [dict(row._mapping) for row in rows]


def _count(connection: Connection, place: SealedColumn, which: Any) -> int:
    wanted = select(func.count()).select_from(place.column.class_).where(place.column.is_not(None), which)
    return int(connection.scalar(wanted) or 0)


def _key_id(place: SealedColumn) -> Any:
    return func.substr(place.column, 1, 4, type_=LargeBinary)


def _primary_key(place: SealedColumn) -> Any:
    (key,) = place.column.class_.__table__.primary_key.columns
    return key
