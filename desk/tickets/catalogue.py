"""派单目录 (data/dispatch.yml): which unit a matter of a district goes to, from when until when.

The unit that is complained about is never chosen; then the city has the ticket, then the supervisor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from desk.errors import DataFault
from desk.office_data import Office, read_offices
from desk.tickets.categories import Categories
from desk.yaml_files import Spec, read_fields, read_yaml

_FILE: Spec = {"region": ("text", True), "city": ("text", True), "rows": ("maps", True)}
_ROW: Spec = {
    "categories": ("texts", False),
    "districts": ("texts", False),
    "unit": ("text", True),
    "assist": ("texts", False),
    "refer_to": ("text", False),
    "since": ("date", True),
    "until": ("date", False),
    "own": ("flag", False),
    "source": ("text", True),
}


@dataclass(frozen=True)
class Dispatch:
    """Where a ticket should go and why. `unit` None: the supervisor has to find one.

    `refer_to` names the authority that the matter may belong to instead; a person decides.
    """

    unit: str | None
    assist: tuple[str, ...]
    reason: str
    refer_to: str = ""


@dataclass(frozen=True)
class _Row:
    unit: str
    source: str
    since: date
    categories: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    assist: tuple[str, ...] = ()
    refer_to: str = ""
    until: date | None = None
    own: bool = False

    def fits(self, category: str, district: str, day: date) -> bool:
        upper = category.split(".")[0]
        matter = not self.categories or category in self.categories or upper in self.categories
        place = not self.districts or district in self.districts
        return matter and place and self.since <= day and (self.until is None or day <= self.until)


class Catalogue:
    """The rows in their order: the first that fits on the day decides."""

    def __init__(self, rows: list[_Row], city: str, offices: Mapping[int, Office]) -> None:
        """Take checked rows; see `load`."""
        self._rows = rows
        self._city = city
        self._offices = tuple(offices.values())
        self.units = tuple(office.district for office in self._offices)

    @classmethod
    def load(cls, path: Path) -> Catalogue:
        """Read the file and the tables beside it that it names; raise `DataFault` with every fault."""
        faults: list[str] = []
        values = _file(read_yaml(path, faults), path, faults)
        table = read_offices(path.parent / "regions" / values.get("region", "") / "offices.yml", faults)
        if faults or table is None:
            raise DataFault(faults)
        rows = [_row(raw, f"{path}: entry {n}", faults) for n, raw in enumerate(values["rows"], 1)]
        made = cls([row for row in rows if row], values["city"], table.offices)
        codes = Categories.load(path.parent / "categories.yml").codes()
        faults += [f"{path}: {fault}" for fault in made._faults(codes)]
        if faults:
            raise DataFault(faults)
        return made

    def unit_of(self, name: str) -> str:
        """Return the unit that a district, an office's name or its row in the guide means; else empty."""
        for office in self._offices:
            if name in {office.district, office.name, office.full_name, str(office.row)} - {""}:
                return office.district
        return next((unit for unit in self.units if name.startswith(unit)), "")

    def unit_for(self, category: str, district: str, day: date, avoid: str = "") -> Dispatch:
        """Return where a ticket of `category` about `district` goes on `day`; `avoid` is the accused unit."""
        place, accused = self.unit_of(district), self.unit_of(avoid)
        row = next((row for row in self._rows if row.fits(category, place, day)), None)
        if row is None:
            return Dispatch(None, (), "派单目录里没有这一类，请督办主管确定承办单位")
        assist = tuple(unit for unit in row.assist if unit != accused)
        if row.unit != accused:
            return Dispatch(row.unit, assist, _reason(row), row.refer_to)
        if self._city == accused:
            return Dispatch(None, (), f"被反映的就是{accused}，请督办主管确定承办单位", row.refer_to)
        assist = tuple(unit for unit in assist if unit != self._city)
        return Dispatch(
            self._city, assist, f"被反映的是{accused}，改由{self._city}办理（回避）", row.refer_to
        )

    def _faults(self, codes: list[str]) -> Iterator[str]:
        if self._city not in self.units:
            yield f"city: {self._city!r} is not the district of an office"
        for number, row in enumerate(self._rows, 1):
            for unit in (row.unit, *row.assist, *row.districts):
                if unit not in self.units:
                    yield f"entry {number}: {unit!r} is not the district of an office"
            for code in set(row.categories) - set(codes):
                yield f"entry {number}: unknown category {code!r}"
            if row.until and row.until < row.since:
                yield f"entry {number}: ends before it begins"
            if row.unit in row.assist:
                yield f"entry {number}: {row.unit} cannot assist itself"


def check(data: Path) -> list[str]:
    """Return every fault of the catalogue under `data`, path first."""
    try:
        Catalogue.load(data / "dispatch.yml")
    except DataFault as error:
        return error.faults
    return []


def _reason(row: _Row) -> str:
    whose = "本服务自己定的" if row.own else row.source
    return f"派单目录：{row.unit}（{row.since:%Y-%m-%d}起，{whose}）"


def _file(raw: object, path: Path, faults: list[str]) -> dict[str, Any]:
    values = read_fields(raw, _FILE, f"{path}: file", faults) if not faults else {}
    if not faults and not values["rows"]:
        faults.append(f"{path}: file: holds no rows")
    return values


def _row(raw: object, where: str, faults: list[str]) -> _Row | None:
    before = len(faults)
    values = read_fields(raw, _ROW, where, faults)
    if len(faults) > before:
        return None
    lists = {key: tuple(value) for key, value in values.items() if isinstance(value, list)}
    return _Row(**{**values, **lists})
