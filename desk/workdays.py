"""法定工作日: which days count, and on which day a number of working days is used up.

Asked in this order: our own yearly table (data/calendar), chinesecalendar, then `holidays`, which
computes the statutory days without 调休 and is therefore marked as estimated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from desk.errors import DataFault

# What people call a statutory holiday -> its name in the library `holidays`.
FESTIVALS = {
    "元旦": "元旦",
    "春节": "春节",
    "过年": "春节",
    "清明": "清明节",
    "五一": "劳动节",
    "劳动节": "劳动节",
    "端午": "端午节",
    "中秋": "中秋节",
    "国庆": "国庆节",
    "十一": "国庆节",
}
_SATURDAY = 5
_CHINA = timezone(timedelta(hours=8))


def china_day(moment: datetime) -> date:
    """Return the calendar day in China of an aware `moment`: one time zone, no summer time since 1992."""
    return moment.astimezone(_CHINA).date()


def china_time(moment: datetime) -> time:
    """Return the time of day in China of an aware `moment`."""
    return moment.astimezone(_CHINA).time()


def today() -> date:
    """Return the present calendar day in China, wherever the machine stands."""
    return china_day(datetime.now(timezone.utc))


def beside_festival(name: str, year: int, step: int) -> date | None:
    """Return the first day of a statutory holiday (a value of `FESTIVALS`) in `year`.

    With `step` -1 the last working day before it, with 1 the first one after it; None where it is unknown.
    """
    days = sorted(day for day, said in _festivals(year).items() if name in said.split("; "))
    if not days:
        return None
    day = days[-1] if step > 0 else days[0]
    while step and not _library(day)[0]:
        day += timedelta(days=step)
    return day


@dataclass(frozen=True)
class Due:
    """The day on which a period ends. `estimated`: a year without a published calendar was crossed."""

    day: date
    estimated: bool


@dataclass(frozen=True)
class Count:
    """A number of working days. `estimated` as in `Due`."""

    days: int
    estimated: bool


@dataclass(frozen=True)
class _Year:
    holidays: frozenset[date]
    workdays: frozenset[date]


class Workdays:
    """The working days of the country, from the yearly tables in one folder."""

    def __init__(self, folder: Path) -> None:
        """Read every `<year>.yml` in `folder`; raise `DataFault` with one sentence for each fault."""
        faults: list[str] = []
        self._years = dict(_read_years(folder, faults))
        if faults:
            raise DataFault(faults)

    def is_workday(self, day: date) -> bool:
        """Tell whether offices work on `day`."""
        return self._known(day)[0]

    def add(self, day: date, n: int) -> Due:
        """Return the `n`-th working day after `day` (`day` itself never counts; before it if `n` < 0)."""
        step = timedelta(days=1 if n >= 0 else -1)
        left, estimated = abs(n), False
        while left:
            day += step
            works, guessed = self._known(day)
            left -= works
            estimated |= guessed
        return Due(day, estimated)

    def between(self, start: date, end: date) -> Count:
        """Count the working days after `start` up to and including `end`; 0 when `end` is not later."""
        days, estimated = 0, False
        for offset in range(1, (end - start).days + 1):
            works, guessed = self._known(start + timedelta(days=offset))
            days += works
            estimated |= guessed
        return Count(days, estimated)

    def _known(self, day: date) -> tuple[bool, bool]:
        """Whether `day` is a working day, and whether that is only an estimate."""
        year = self._years.get(day.year)
        if year is None:
            return _library(day)
        if day in year.holidays:
            return False, False
        return day in year.workdays or day.weekday() < _SATURDAY, False


# The libraries take up to a second to import: only when our own table has no such year.
@lru_cache(maxsize=4096)
def _library(day: date) -> tuple[bool, bool]:
    import chinese_calendar

    try:
        return bool(chinese_calendar.is_workday(day)), False
    except NotImplementedError:
        return day.weekday() < _SATURDAY and day not in _statutory(), True


@lru_cache(maxsize=1)
def _statutory() -> Any:
    import holidays

    return holidays.country_holidays("CN")


@lru_cache(maxsize=16)
def _festivals(year: int) -> dict[date, str]:
    import holidays

    return dict(holidays.country_holidays("CN", years=year, language="zh_CN").items())


def _read_years(folder: Path, faults: list[str]) -> Iterator[tuple[int, _Year]]:
    if not folder.is_dir():
        faults.append(f"{folder}: 没有这个目录")
    for path in sorted(folder.glob("*.yml")):
        try:
            found = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, YAMLError):
            found = None
        if not isinstance(found, dict):
            faults.append(f"{path}: 读不出来，应是一份年度表（year, source, holidays, workdays）")
            continue
        faulty = len(faults)
        faults.extend(f"{path}: {fault}" for fault in _faults(found, path.stem))
        if len(faults) == faulty:
            yield found["year"], _Year(frozenset(found["holidays"]), frozenset(found["workdays"]))


def _faults(found: dict[str, Any], stem: str) -> Iterator[str]:
    year = found.get("year")
    if str(year) != stem:
        yield f"year 应是文件名里的 {stem}，现在是 {year!r}"
    source = found.get("source")
    if not isinstance(source, dict) or not source.get("title") or not source.get("number"):
        yield "source 要写明通知的 title 和 number"
    for key in ("holidays", "workdays"):
        days = found.get(key)
        if not isinstance(days, list) or not days:
            yield f"{key} 应是日期的列表"
            continue
        for day in days:
            if type(day) is not date or day.year != year:
                yield f"{key} 里的 {day} 不是 {year} 年的日期"
    yield from _contradictions(found)


def _contradictions(found: dict[str, Any]) -> Iterator[str]:
    holidays, workdays = (found.get(key) or [] for key in ("holidays", "workdays"))
    if not (isinstance(holidays, list) and isinstance(workdays, list)):
        return
    for day in workdays:
        if day in holidays:
            yield f"{day} 不能既放假又上班"
        if type(day) is date and day.weekday() < _SATURDAY:
            yield f"workdays 里的 {day} 本来就是工作日，是不是写错了"
