from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Engine

from desk.claims import ClaimStatus, Stage, assess
from desk.claims.register import ClaimTable, Register, Report
from desk.database import open_database
from desk.id_number import id_fault
from desk.sealing import Keys
from desk.workdays import Workdays
from tests.desk.databases import migrated
from tests.fakes.claim_files import NAME, PERSON, PHONE, csv_of

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "data" / "demo" / "claims.csv"
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def workdays() -> Workdays:
    return Workdays(ROOT / "data" / "calendar")


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    migrated(url)
    return open_database(url)


@pytest.fixture
def register(engine: Engine, keys: Keys) -> Register:
    return Register(engine, keys, clock=lambda: NOW)


def take(register: Register, workdays: Workdays, *changes: dict[str, str], demo: bool = False) -> Report:
    return register.take(csv_of(*changes), workdays, demo)


def test_a_claim_is_found_by_id_number_and_name_together(register: Register, workdays: Workdays) -> None:
    take(register, workdays, {})
    person = register.find(PERSON, " 测试 甲")
    assert person is not None
    assert person.phone == PHONE
    assert PHONE not in repr(person)
    assert register.find(PERSON, "测试乙") is None
    assert register.find("00000019850101001X", NAME) is None
    assert register.find("", "") is None


def test_a_status_holds_what_was_imported(register: Register, workdays: Workdays) -> None:
    paid = {
        "阶段": "已发放",
        "办结日期": "2026年2月12日",
        "开始日期": "2026/3/1",
        "终止日期": "20270228",
        "月金额": "1,863元".replace(",", ""),
        "更新日期": "2026-03-01 00:00:00",
    }
    take(register, workdays, paid)
    person = register.find(PERSON, NAME)
    assert person is not None
    assert register.status(person) == ClaimStatus(
        number="A1",
        stage=Stage.PAID,
        submitted_on=date(2026, 2, 9),
        office=2,
        decided_on=date(2026, 2, 12),
        start=date(2026, 3, 1),
        end=date(2027, 2, 28),
        amount=Decimal("1863.00"),
        updated_on=date(2026, 3, 1),
    )


def test_the_claim_handed_in_last_is_the_one_told(register: Register, workdays: Workdays) -> None:
    refused = {"阶段": "审核不通过", "办结日期": "2026-02-10", "原因": "照片不清楚"}
    again = {"申请编号": "A2", "提交日期": "2026-02-24", "更新日期": "2026-02-25"}
    take(register, workdays, again, refused)
    person = register.find(PERSON, NAME)
    assert person is not None
    status = register.status(person)
    assert status is not None
    assert status.number == "A2"


def test_no_id_number_name_or_phone_lies_in_the_files(
    register: Register, workdays: Workdays, tmp_path: Path
) -> None:
    take(register, workdays, {"申请编号": "control-75310"})
    files = [path.read_bytes() for path in tmp_path.iterdir()]
    assert any(b"control-75310" in data for data in files)
    for planted in (PERSON, PHONE, NAME):
        assert not [data for data in files if planted.encode() in data]


def test_demo_rows_are_marked_impossible_and_show_every_stage(
    register: Register, workdays: Workdays, engine: Engine
) -> None:
    report = register.take(DEMO.read_bytes(), workdays, demo=True)
    assert report.faults == []
    assert report.added >= 8
    with engine.connect() as connection:
        rows = connection.execute(select(ClaimTable)).all()
    assert {Stage(row.stage) for row in rows} == set(Stage)
    assert all(row.demo and "演示数据" in row.number for row in rows)
    for line in DEMO.read_text(encoding="utf-8").splitlines()[1:]:
        _, id_number, name, phone, *_rest = line.split(",")
        assert id_fault(id_number) is None
        assert id_number.startswith(("000000", "999999"))
        assert name.startswith("演示")
        assert phone.startswith("100")


@pytest.mark.parametrize("now", [NOW, datetime(2026, 10, 9, tzinfo=timezone.utc)])
def test_whenever_the_demo_is_shown_one_claim_is_in_time_and_one_is_late(
    engine: Engine, keys: Keys, workdays: Workdays, now: datetime
) -> None:
    register = Register(engine, keys, clock=lambda: now)
    register.take(DEMO.read_bytes(), workdays, demo=True)
    late = {}
    for number, name in (("000000199003030039", "演示丙"), ("999999196805200049", "演示丁")):
        person = register.find(number, name)
        assert person is not None
        status = register.status(person)
        assert status is not None
        late[name] = assess(status, now.date(), workdays).late
    assert late == {"演示丙": False, "演示丁": True}


def test_real_persons_are_not_taken_as_demo_data(register: Register, workdays: Workdays) -> None:
    assert take(register, workdays, {}, demo=True).added == 0


def claim(stage: Stage, submitted: date, decided: date | None = None) -> ClaimStatus:
    return ClaimStatus(number="A1", stage=stage, submitted_on=submitted, office=2, decided_on=decided)


def test_the_tenth_working_day_is_still_in_time_and_the_day_after_is_late(workdays: Workdays) -> None:
    waiting = claim(Stage.REVIEWING, date(2026, 2, 9))
    last = assess(waiting, date(2026, 2, 28), workdays)
    assert (last.used, last.allowed, last.latest, last.late, last.estimated) == (
        10,
        10,
        date(2026, 2, 28),
        False,
        False,
    )
    assert "complain" not in {step.code for step in last.steps}
    after = assess(waiting, date(2026, 3, 1), workdays)
    assert after.late
    assert after.steps[0].code == "complain"
    assert assess(waiting, date(2026, 3, 2), workdays).used == 11


def test_what_is_decided_is_never_late_and_stops_counting(workdays: Workdays) -> None:
    decided = claim(Stage.REFUSED, date(2026, 2, 9), date(2026, 2, 12))
    found = assess(decided, date(2026, 6, 1), workdays)
    assert (found.used, found.late) == (3, False)
    assert {"contact_office", "reapply"} <= {step.code for step in found.steps}


def test_a_deadline_in_a_year_without_calendar_is_an_estimate(workdays: Workdays) -> None:
    assert assess(claim(Stage.SUBMITTED, date(2026, 12, 25)), date(2026, 12, 28), workdays).estimated


@pytest.mark.parametrize("stage", list(Stage))
def test_every_stage_has_a_chinese_name_and_something_to_do(stage: Stage, workdays: Workdays) -> None:
    assert stage.label
    assert assess(claim(stage, date(2026, 2, 9), date(2026, 2, 10)), date(2026, 2, 11), workdays).steps
