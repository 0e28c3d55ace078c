from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.errors import DataFault
from desk.workdays import FESTIVALS, Count, Due, Workdays, beside_festival

CALENDAR = Path(__file__).parents[2] / "data" / "calendar"
days = st.dates(date(2024, 1, 1), date(2028, 12, 31))


@pytest.fixture(scope="module")
def workdays() -> Workdays:
    return Workdays(CALENDAR)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        (date(2025, 9, 22), date(2025, 10, 11)),  # over 国庆 and both 调休 days
        (date(2026, 2, 9), date(2026, 2, 28)),  # over 春节, ends on a 调休 Saturday
        (date(2026, 9, 24), date(2026, 10, 15)),
    ],
)
def test_ten_working_days_are_counted_over_holidays(workdays: Workdays, start: date, due: date) -> None:
    assert workdays.add(start, 10) == Due(due, estimated=False)
    assert workdays.between(start, due) == Count(10, estimated=False)
    assert workdays.add(due, -10).day <= workdays.add(start, 1).day


def test_a_saturday_of_tiaoxiu_is_a_working_day_and_a_friday_of_a_holiday_is_not(workdays: Workdays) -> None:
    assert workdays.is_workday(date(2026, 10, 10))
    assert not workdays.is_workday(date(2026, 10, 2))
    assert not workdays.is_workday(date(2026, 10, 17))
    assert workdays.is_workday(date(2026, 10, 15))


def test_a_year_nobody_has_published_yet_is_estimated_and_does_not_crash(workdays: Workdays) -> None:
    due = workdays.add(date(2026, 12, 25), 10)
    assert due.estimated
    assert due.day > date(2027, 1, 5)
    assert not workdays.is_workday(date(2027, 1, 1))
    assert not workdays.is_workday(date(2027, 10, 1))
    assert workdays.between(date(2027, 10, 1), date(2027, 12, 1)).estimated
    assert workdays.add(date(2150, 1, 1), 10).estimated


def test_a_period_that_ends_before_the_unpublished_year_is_not_estimated(workdays: Workdays) -> None:
    assert workdays.add(date(2026, 12, 1), 10) == Due(date(2026, 12, 15), estimated=False)


def test_a_year_before_our_own_tables_comes_from_the_library(workdays: Workdays) -> None:
    assert workdays.is_workday(date(2024, 10, 12))
    assert workdays.add(date(2024, 9, 30), 1) == Due(date(2024, 10, 8), estimated=False)


def test_our_tables_and_the_library_agree_on_every_day_of_2025_and_2026(workdays: Workdays) -> None:
    import chinese_calendar

    for offset in range(730):
        day = date(2025, 1, 1) + timedelta(days=offset)
        assert workdays.is_workday(day) == chinese_calendar.is_workday(day), day


@given(days, st.integers(1, 40))
def test_adding_and_counting_agree(start: date, n: int) -> None:
    workdays = _shared()
    due = workdays.add(start, n)
    assert workdays.between(start, due.day).days == n
    assert workdays.is_workday(due.day)


def test_nothing_is_counted_on_the_day_of_the_start_or_backwards(workdays: Workdays) -> None:
    monday = date(2026, 3, 2)
    assert workdays.between(monday, monday).days == 0
    assert workdays.between(monday, date(2026, 2, 1)).days == 0
    assert workdays.add(monday, 0).day == monday
    assert workdays.add(monday, -1).day == date(2026, 2, 28)  # 调休 Saturday


def test_the_libraries_are_not_imported_for_a_year_of_ours() -> None:
    code = (
        "import sys, datetime, pathlib; from desk.workdays import Workdays;"
        f"Workdays(pathlib.Path({str(CALENDAR)!r})).add(datetime.date(2026, 3, 2), 10);"
        "sys.exit('chinese_calendar' in sys.modules or 'holidays' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=CALENDAR.parents[1]).returncode == 0


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("- 1", "读不出来"),
        ("year: [", "读不出来"),
        ("year: 2031", "year 应是文件名里的 2030"),
        ("year: 2030\nholidays: [2030-01-01]\nworkdays: [2030-01-05]", "title 和 number"),
        ("year: 2030\nholidays: [元旦]\nworkdays: []", "元旦 不是 2030 年的日期"),
        ("year: 2030\nholidays: [2031-01-01]\nworkdays: [2030-01-05]", "2031-01-01 不是 2030 年的日期"),
        ("year: 2030\nholidays: [2030-01-05]\nworkdays: [2030-01-05]", "不能既放假又上班"),
        ("year: 2030\nholidays: [2030-01-01]\nworkdays: [2030-01-02]", "本来就是工作日"),
    ],
)
def test_a_wrong_table_is_named_with_its_path(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "2030.yml").write_text(text, encoding="utf-8")
    with pytest.raises(DataFault) as caught:
        Workdays(tmp_path)
    assert any("2030.yml" in line and fault in line for line in caught.value.faults)


def test_a_missing_folder_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(DataFault):
        Workdays(tmp_path / "none")


@lru_cache(maxsize=1)
def _shared() -> Workdays:
    return Workdays(CALENDAR)


@pytest.mark.parametrize(
    ("said", "step", "day"),
    [
        ("国庆", -1, date(2026, 9, 30)),
        ("国庆", 0, date(2026, 10, 1)),
        ("十一", 1, date(2026, 10, 8)),
        ("五一", 1, date(2026, 5, 6)),
        ("过年", -1, date(2026, 2, 14)),  # a 调休 Saturday
        ("中秋", -1, date(2026, 9, 24)),
    ],
)
def test_the_working_day_beside_a_festival_is_known(said: str, step: int, day: date) -> None:
    assert beside_festival(FESTIVALS[said], 2026, step) == day


def test_a_festival_of_a_year_without_a_calendar_is_still_found() -> None:
    assert beside_festival(FESTIVALS["国庆"], 2028, -1) == date(2028, 9, 29)
    assert beside_festival("没有这个节", 2026, 0) is None
