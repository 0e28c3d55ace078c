from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from desk.errors import DataFault
from desk.live import ServiceHours
from tests.desk.ticket_room import DATA, WORKDAYS

CHINA = ZoneInfo("Asia/Shanghai")


def written(folder: Path, spans: str) -> Path:
    path = folder / "service_hours.yml"
    path.write_text(f"spans: {spans}\nown: true\nsource: 测试\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-23T08:59", False),
        ("2026-11-23T09:00", True),
        ("2026-11-23T16:59", True),
        ("2026-11-23T17:00", False),
        ("2026-11-28T10:00", False),  # a Saturday
        ("2026-10-01T10:00", False),  # a holiday
        ("2026-10-10T10:00", True),  # a Saturday on which people work instead
    ],
)
def test_agents_work_in_the_hours_of_legal_working_days(moment: str, is_open: bool) -> None:
    hours = ServiceHours.load(DATA / "service_hours.yml", WORKDAYS)
    assert hours.open_at(datetime.fromisoformat(moment).replace(tzinfo=CHINA)) is is_open


def test_our_own_hours_are_said_to_be_our_own() -> None:
    hours = ServiceHours.load(DATA / "service_hours.yml", WORKDAYS)
    assert hours.text == "法定工作日 9:00—17:00，这是本服务自己的安排"


def test_hours_that_a_bureau_has_published_are_not_said_to_be_our_own(tmp_path: Path) -> None:
    path = written(tmp_path, '["8:30-17:30"]')
    path.write_text(path.read_text(encoding="utf-8").replace("own: true", "own: false"), encoding="utf-8")
    assert ServiceHours.load(path, WORKDAYS).text == "法定工作日 8:30—17:30"


def test_a_break_at_noon_can_be_written(tmp_path: Path) -> None:
    hours = ServiceHours.load(written(tmp_path, '["9:00-12:00", "13:30-17:00"]'), WORKDAYS)
    assert not hours.open_at(datetime(2026, 11, 23, 12, 30, tzinfo=CHINA))
    assert hours.text.startswith("法定工作日 9:00—12:00、13:30—17:00")


@pytest.mark.parametrize("spans", ['["9-17"]', '["17:00-9:00"]', '["9:00-24:30"]', "[]", "9:00-17:00"])
def test_hours_that_cannot_be_are_told_with_their_path(tmp_path: Path, spans: str) -> None:
    with pytest.raises(DataFault) as raised:
        ServiceHours.load(written(tmp_path, spans), WORKDAYS)
    assert all("service_hours.yml" in fault for fault in raised.value.faults)
