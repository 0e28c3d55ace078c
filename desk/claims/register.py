"""The bureau's own register of claims: one table, filled from CSV files. Holds no ID number, name or phone.

`python -m desk.claims.register import FILE [--demo]` and `python -m desk.claims.register demo`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Boolean, Column, Date, Integer, LargeBinary, String, Text, insert, select, update
from sqlalchemy.engine import Connection, Engine

from desk.claims import ClaimStatus, Person, Stage
from desk.claims.rows import ClaimRow, Reader
from desk.database import Base, UtcDateTime, open_database, reading, upgrade, utc_now
from desk.errors import DataFault
from desk.id_number import plain_name
from desk.rotation import SealedColumn
from desk.sealing import Keys, Seal
from desk.settings import Settings, derive
from desk.workdays import Workdays, china_day

_BATCH = 500  # rows in one transaction: a long import must not keep citizens waiting


class ClaimTable(Base):
    """One claim. Who it belongs to is kept as keyed hashes, the phone encrypted, only for the code."""

    __tablename__ = "claim"
    id = Column(Integer, primary_key=True)
    number = Column(String(64), nullable=False, unique=True)
    id_mac = Column(String(64), nullable=False, index=True)
    name_mac = Column(String(64), nullable=False)
    phone_sealed = Column(LargeBinary, nullable=False)
    office = Column(Integer, nullable=False)
    stage = Column(String(16), nullable=False)
    submitted_on = Column(Date, nullable=False)
    decided_on = Column(Date)
    reason = Column(Text, nullable=False)
    start_on = Column(Date)
    end_on = Column(Date)
    amount_fen = Column(Integer)
    updated_on = Column(Date, nullable=False)
    row_mac = Column(String(64), nullable=False)
    demo = Column(Boolean, nullable=False)
    imported_at = Column(UtcDateTime, nullable=False)


def sealed(keys: Keys) -> SealedColumn:
    """Return the column of phones under `derive(settings.secret, "register")`.

    Not to be sealed anew by itself: its key id tells with which key the row was hashed, and only another
    import knows the ID number to hash.
    """
    seal = Seal(derive(keys, "phone"))
    return SealedColumn(ClaimTable.phone_sealed, seal, lambda row: (row["number"],), renewable=False)


@dataclass
class Report:
    """What an import did. `faults` has one sentence, with its line, for each row that was not taken."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        done = f"新增 {self.added} 条，更新 {self.updated} 条，没有变化 {self.unchanged} 条"
        return "\n".join([f"{done}，未导入 {len(self.faults)} 条。", *self.faults])


class Register:
    """The table as a `ClaimSource`, and the way into it."""

    def __init__(self, engine: Engine, keys: Keys, clock: Callable[[], datetime] = utc_now) -> None:
        """Take the database and `derive(settings.secret, "register")`."""
        self._engine = engine
        self._keys = derive(keys, "mac")
        self._seal = Seal(derive(keys, "phone"))
        self._clock = clock

    def find(self, id_number: str, name: str) -> Person | None:
        """Return the person of this ID number and name, with the phone of the newest record."""
        with reading(self._engine) as connection:
            rows = connection.execute(_newest(*self._keys.macs(_told("id", id_number.strip().upper())))).all()
        for row in rows:
            if self._keys.fits(row.name_mac, _told("name", plain_name(name))):
                # The hash of the newest row, which `status` is to find, whichever key made it.
                return Person(rows[0].id_mac, self._seal.open(row.phone_sealed, row.number) or "")
        return None

    def status(self, person: Person) -> ClaimStatus | None:
        """Return the claim that `person` handed in last."""
        with reading(self._engine) as connection:
            row = connection.execute(_newest(person.key)).first()
        return _status(row) if row else None

    def take(self, data: bytes, workdays: Workdays, demo: bool = False) -> Report:
        """Import a CSV file; good rows go in, bad ones into the report; raise `DataFault` for a bad file."""
        rows, faults = Reader(china_day(self._clock()), workdays, demo).read(data)
        report = Report(faults=faults)
        for start in range(0, len(rows), _BATCH):
            with self._engine.begin() as connection:
                for row in rows[start : start + _BATCH]:
                    self._take_row(connection, row, demo, report)
        report.faults.sort(key=_line_of)
        return report

    def _take_row(self, connection: Connection, row: ClaimRow, demo: bool, report: Report) -> None:
        known = connection.execute(select(ClaimTable).where(ClaimTable.number == row.number)).first()
        values = self._values(row, demo)
        if known is None:
            connection.execute(insert(ClaimTable).values(values))
            report.added += 1
        elif known.row_mac == values["row_mac"]:
            report.unchanged += 1
        elif not self._keys.fits(known.id_mac, _told("id", row.id_number)) or known.demo != demo:
            report.faults.append(f"第 {row.line} 行：申请编号已经是另一个人的，没有改动")
        elif known.updated_on > row.updated_on:
            report.faults.append(f"第 {row.line} 行：系统里的记录比这一行新，没有改动")
        else:
            connection.execute(update(ClaimTable).where(ClaimTable.id == known.id).values(values))
            report.updated += 1

    def _values(self, row: ClaimRow, demo: bool) -> dict[str, Any]:
        content = {name: value for name, value in asdict(row).items() if name != "line"}
        return {
            "number": row.number,
            "id_mac": self._mac("id", row.id_number),
            "name_mac": self._mac("name", row.name),
            "phone_sealed": self._seal.close(row.phone, row.number),
            "office": row.office,
            "stage": row.stage.value,
            "submitted_on": row.submitted_on,
            "decided_on": row.decided_on,
            "reason": row.reason,
            "start_on": row.start,
            "end_on": row.end,
            "amount_fen": int(row.amount * 100) if row.amount else None,
            "updated_on": row.updated_on,
            "row_mac": self._mac("row", json.dumps(content, default=str, ensure_ascii=False)),
            "demo": demo,
            "imported_at": self._clock(),
        }

    def _mac(self, purpose: str, text: str) -> str:
        return self._keys.mac(_told(purpose, text))


def _told(purpose: str, text: str) -> str:
    return f"{purpose}\0{text}"


def _newest(*keys: str) -> Any:
    of_person = select(ClaimTable).where(ClaimTable.id_mac.in_(keys))
    return of_person.order_by(ClaimTable.submitted_on.desc(), ClaimTable.id.desc())


def _status(row: Any) -> ClaimStatus:
    return ClaimStatus(
        number=row.number,
        stage=Stage(row.stage),
        submitted_on=row.submitted_on,
        office=row.office,
        decided_on=row.decided_on,
        reason=row.reason,
        start=row.start_on,
        end=row.end_on,
        amount=Decimal(row.amount_fen) / 100 if row.amount_fen is not None else None,
        updated_on=row.updated_on,
        demo=row.demo,
    )


def _line_of(fault: str) -> int:
    return int(fault.split()[1])


def main(arguments: Sequence[str] | None = None) -> int:
    """Import what the command line names; return 1 when anything was not taken."""
    parser = argparse.ArgumentParser(prog="python -m desk.claims.register", description="导入申领记录")
    commands = parser.add_subparsers(dest="command", required=True)
    importing = commands.add_parser("import", help="导入一个 CSV 文件")
    importing.add_argument("file", type=Path, help="CSV 文件（UTF-8 或 GB18030）")
    importing.add_argument("--demo", action="store_true", help="标为演示数据")
    commands.add_parser("demo", help="载入自带的演示数据")
    given = parser.parse_args(arguments)
    try:
        report = _import(given, Settings.from_env())
    except DataFault as fault:
        print("没有导入。", *fault.faults, sep="\n")
        return 1
    print(report)
    return 1 if report.faults else 0


def _import(given: argparse.Namespace, settings: Settings) -> Report:
    demo = given.command == "demo"
    path = settings.data / "demo" / "claims.csv" if demo else given.file
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataFault([f"{path}: 文件打不开（{error.strerror}）"]) from error
    engine = open_database(settings.database_url)
    upgrade(settings.database_url)
    workdays = Workdays(settings.data / "calendar")
    register = Register(engine, derive(settings.secret, "register"))
    return register.take(data, workdays, demo or given.demo)


if __name__ == "__main__":
    sys.exit(main())
