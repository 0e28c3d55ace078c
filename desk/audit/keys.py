"""The audit keys of former secrets, sealed with the present one, so that those secrets can be forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Column, Integer, LargeBinary, insert, select
from sqlalchemy.engine import Connection

from desk.audit.rows import read_rows, row_text
from desk.database import Base
from desk.rotation import SealedColumn
from desk.sealing import Key, Keys, Seal, derive


class FormerKeyRow(Base):
    """A key that hashed rows up to number `seq`, none after: whoever learns it can add no row with it."""

    __tablename__ = "audit_former_key"
    seq = Column(Integer, primary_key=True, autoincrement=False)
    sealed = Column(LargeBinary, nullable=False)


@dataclass(frozen=True)
class RowKeys:
    """Every key that may have hashed a row: those of the settings, and former ones up to a row each."""

    keys: Keys
    former: Mapping[int, Key]

    def fit(self, seq: int, kept: str, text: str) -> bool:
        """Whether `kept` is the hash of row number `seq`, whose canonical form is `text`."""
        if self.keys.fits(kept, text):
            return True
        return Keys(tuple(key for last, key in self.former.items() if seq <= last)).fits(kept, text)


@dataclass(frozen=True)
class FormerHashes:
    """How many rows need a former key of the settings, and the last row of each such key."""

    count: int
    last: Mapping[int, Key]


def sealed(keys: Keys) -> SealedColumn:
    """Return the column of keys; `keys` as for `Audit`."""
    return SealedColumn(FormerKeyRow.sealed, Seal(derive(keys, "former")), lambda row: (str(row["seq"]),))


def row_keys(connection: Connection, keys: Keys) -> RowKeys:
    """Read the keys that were kept; one that cannot be opened is left out."""
    seal, former = sealed(keys).seal, {}
    for row in connection.execute(select(FormerKeyRow)):
        text = seal.open(bytes(row.sealed), str(row.seq))
        if text is not None:
            profile, _, material = text.partition(":")
            former[row.seq] = Key(bytes.fromhex(material), profile)
    return RowKeys(keys, former)


def former_hashes(connection: Connection, keys: Keys) -> FormerHashes:
    """Find the rows that former keys hashed and for which no key is kept yet."""
    kept = max(row_keys(connection, keys).former, default=None)
    count, last = 0, dict[Key, int]()
    for row in read_rows(connection, kept):
        maker = next((key for key in keys.ring if key.mac(row_text(row)) == row["hash"]), keys.current)
        if maker != keys.current:
            count, last[maker] = count + 1, row["seq"]
    return FormerHashes(count, {seq: key for key, seq in last.items()})


def keep(connection: Connection, keys: Keys, found: FormerHashes) -> None:
    """Keep the former keys that rows need, each for the rows up to its last one."""
    seal = sealed(keys).seal
    for seq, key in found.last.items():
        text = f"{key.profile}:{key.material.hex()}"
        connection.execute(insert(FormerKeyRow).values(seq=seq, sealed=seal.close(text, str(seq))))
