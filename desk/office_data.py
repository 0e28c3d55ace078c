"""Reads offices.yml: the offices as the guide gives them, and dated later values beside single rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from desk.cards import Source
from desk.place_data import split_number
from desk.yaml_files import Spec, read_fields, read_yaml

_FILE: Spec = {
    "source": ("map", True),
    "source_date": ("date", False),
    "checked": ("date", True),
    "facts": ("texts", False),
    "area_code": ("text", True),
    "advice": ("text", True),
    "offices": ("maps", True),
}
_OFFICE: Spec = {
    "name": ("text", True),
    "district": ("text", True),
    "full_name": ("text", False),
    "address": ("text", True),
    "bank": ("text", True),
    "phones": ("texts", True),
    "note": ("text", False),
    "facts": ("texts", False),
    "source": ("map", False),
    "source_date": ("date", False),
    "checked": ("date", False),
    "later": ("map", False),
}
_LATER: Spec = {
    "address": ("text", False),
    "phones": ("texts", True),
    "hours": ("text", False),
    "bring": ("text", False),
    "date": ("date", True),
    "source": ("map", True),
    "facts": ("texts", False),
}
_SOURCE: Spec = {"title": ("text", True), "clause": ("blank", True), "number": ("blank", True)}


@dataclass(frozen=True)
class Later:
    """What was published about an office after the guide; shown beside the guide's values, with its date."""

    date: date
    source: Source
    phones: tuple[str, ...]
    address: str = ""
    hours: str = ""
    bring: str = ""
    facts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Office:
    """One row of the table as given; `source_date` is None if the source has no date."""

    row: int
    name: str
    district: str
    address: str
    bank: str
    phones: tuple[str, ...]
    area_code: str
    source: Source
    source_date: date | None
    checked: date
    full_name: str = ""
    note: str = ""
    facts: tuple[str, ...] = ()
    later: Later | None = None

    @property
    def dialled(self) -> tuple[str, ...]:
        """The numbers as dialled from anywhere: 0871-63362528 for a landline, a mobile as it is."""
        return tuple(n if len(n) > 8 or "-" in n else f"{self.area_code}-{n}" for n in self.phones)


@dataclass(frozen=True)
class OfficeTable:
    """All of one offices.yml. `fallback` is given where no office fits, `advice` with every answer."""

    offices: Mapping[int, Office]
    fallback: Office
    advice: str


def read_offices(path: Path, faults: list[str]) -> OfficeTable | None:
    """Read one offices.yml; return None and tell why in `faults` if anything is wrong."""
    found: list[str] = []
    fallback, raw = split_number(_given(read_yaml(path, found)), "fallback")
    values = read_fields(raw, _FILE, f"{path}: file", found)
    if set(_needed(_FILE)) <= set(values):
        values["source"] = _source(values["source"], f"{path}: file", found)
        offices = _offices(values, path, found)
        if fallback in offices and not found:
            return OfficeTable(offices, offices[fallback], values["advice"])
        if fallback not in offices:
            found.append(f"{path}: fallback: {fallback!r} is not the row of an office")
    faults.extend(found)
    return None


def _offices(values: Mapping[str, Any], path: Path, faults: list[str]) -> dict[int, Office]:
    offices: dict[int, Office] = {}
    shared = {key: values.get(key) for key in ("source", "source_date", "checked", "area_code")}
    for raw in values["offices"]:
        row, rest = split_number(_given(raw), "row")
        where = f"{path}: row {row}"
        office = _office(rest, {**shared, "row": row}, where, faults)
        if row is None:
            faults.append(f"{where}: row should be a whole number")
        elif row in offices:
            faults.append(f"{where}: is there twice")
        elif office:
            offices[row] = office
    return offices


def _office(raw: object, shared: Mapping[str, Any], where: str, faults: list[str]) -> Office | None:
    found = read_fields(raw, _OFFICE, where, faults)
    if not set(_needed(_OFFICE)) <= set(found):
        return None
    if not found["phones"]:
        faults.append(f"{where}: phones is empty")
    if "source" in found:
        found["source"] = _source(found["source"], where, faults)
    if "later" in found:
        found["later"] = _later(found["later"], f"{where}: later", faults)
    return Office(**{**shared, **_tuples(found)})


def _later(raw: object, where: str, faults: list[str]) -> Later | None:
    found = read_fields(raw, _LATER, where, faults)
    if not set(_needed(_LATER)) <= set(found):
        return None
    found["source"] = _source(found["source"], where, faults)
    return Later(**_tuples(found))


def _source(raw: object, where: str, faults: list[str]) -> Source | None:
    found = read_fields(raw, _SOURCE, f"{where}: source", faults)
    return Source(**found) if len(found) == len(_SOURCE) else None


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


def _needed(spec: Spec) -> list[str]:
    return [key for key, (_, needed) in spec.items() if needed]


def _given(raw: object) -> object:
    """Drop the keys that say nothing: `source_date: null` is how a file says that the source has no date."""
    return {key: value for key, value in raw.items() if value is not None} if isinstance(raw, dict) else raw
