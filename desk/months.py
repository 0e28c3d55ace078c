"""How many months of benefit a region pays for full years paid, and what can be wrong with its table.

Written in data/regions/<region>/months.yml; only `desk.regions` reads the files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from desk.cards import SOURCE, Source
from desk.yaml_files import Spec, read_fields, read_yaml

_TABLE: Spec = {
    "full_years": ("map", True),
    "each_further_year": ("number", True),
    "most": ("number", True),
    "source": ("map", True),
    "checked": ("date", True),
    "confidence": ("text", True),
    "facts": ("texts", False),
}
# 社会保险法第四十六条: under so many full years at most so many months.
_NATIONAL_CAPS = ((5, 12), (10, 18), (100, 24))


@dataclass(frozen=True)
class MonthsTable:
    """Months of benefit by full years paid: `first[0]` for one, then `further` for each, up to `most`."""

    first: tuple[int, ...]
    further: int
    most: int
    source: Source
    checked: date

    def months(self, years: int) -> int:
        """Return the months of benefit for so many full years paid; 0 for none."""
        if years < 1:
            return 0
        beyond = max(0, years - len(self.first))
        return min(self.first[min(years, len(self.first)) - 1] + beyond * self.further, self.most)


def read_months(path: Path, faults: list[str]) -> MonthsTable | None:
    """Return the table in `path`, None where there is no such file or a fault, told in `faults`."""
    if not path.exists():
        return None
    found: list[str] = []
    values = read_fields(read_yaml(path, found), _TABLE, f"{path}: months", found)
    source = read_fields(values.get("source", {}), SOURCE, f"{path}: source", found)
    if not found:
        found.extend(f"{path}: {fault}" for fault in _table_faults(values))
    faults.extend(found)
    if found:
        return None
    first = tuple(values["full_years"].values())
    table = MonthsTable(
        first, values["each_further_year"], values["most"], Source(**source), values["checked"]
    )
    faults.extend(f"{path}: {fault}" for fault in _beyond_the_law(table))
    return table


def _table_faults(values: Mapping[str, Any]) -> Iterator[str]:
    years, months = list(values["full_years"]), list(values["full_years"].values())
    if not years or years != list(range(1, len(years) + 1)):
        yield f"full_years should begin with 1 and leave out no year, but has {years}"
    if any(type(month) is not int or month < 1 for month in months):
        yield f"full_years should lead to whole months, but leads to {months}"
    elif months != sorted(set(months)):
        yield f"full_years should give more months for more years, but gives {months}"
    elif months and values["most"] < months[-1]:
        yield f"most is {values['most']}, less than the {months[-1]} months of the last year"
    if values["each_further_year"] < 0:
        yield "each_further_year should not be below 0"


def _beyond_the_law(table: MonthsTable) -> Iterator[str]:
    start = 1
    for end, cap in _NATIONAL_CAPS:
        beyond = next((years for years in range(start, end) if table.months(years) > cap), None)
        if beyond:
            given = table.months(beyond)
            yield f"{beyond} full years give {given} months, 社会保险法第四十六条 allows {cap}"
        start = end
