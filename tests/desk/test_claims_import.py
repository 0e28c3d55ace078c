from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.engine import Engine

from desk.claims import Stage
from desk.claims.register import ClaimTable, Register, Report, main
from desk.claims.rows import HEADER
from desk.database import open_database
from desk.errors import DataFault
from desk.sealing import Keys
from desk.workdays import Workdays
from tests.desk.databases import migrated
from tests.fakes.claim_files import NAME, PERSON, PHONE, csv_of

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "data" / "demo" / "claims.csv"
KEYS = Keys.of(bytes(range(32)))
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
def register(engine: Engine) -> Register:
    return Register(engine, KEYS, clock=lambda: NOW)


def take(register: Register, workdays: Workdays, *changes: dict[str, str], demo: bool = False) -> Report:
    return register.take(csv_of(*changes), workdays, demo)


def count(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(select(func.count()).select_from(ClaimTable)) or 0)


def test_the_same_file_twice_changes_nothing(register: Register, workdays: Workdays, engine: Engine) -> None:
    two = ({}, {"申请编号": "A2"})
    first = take(register, workdays, *two)
    second = take(register, workdays, *two)
    assert (first.added, first.faults) == (2, [])
    assert (second.added, second.updated, second.unchanged) == (0, 0, 2)
    assert count(engine) == 2


def test_a_line_that_stands_twice_in_a_file_is_taken_once(
    register: Register, workdays: Workdays, engine: Engine
) -> None:
    report = take(register, workdays, {}, {})
    assert (report.added, report.unchanged, count(engine)) == (1, 1, 1)


def test_newer_content_updates_and_older_does_not(register: Register, workdays: Workdays) -> None:
    take(register, workdays, {})
    newer = {"阶段": "审核通过", "办结日期": "2026-02-12", "更新日期": "2026-02-12"}
    assert take(register, workdays, newer).updated == 1
    report = take(register, workdays, {})
    assert report.updated == 0
    assert report.faults == ["第 2 行：系统里的记录比这一行新，没有改动"]
    person = register.find(PERSON, NAME)
    assert person is not None
    status = register.status(person)
    assert status is not None
    assert status.stage is Stage.APPROVED


def test_a_claim_number_never_moves_to_another_person(register: Register, workdays: Workdays) -> None:
    take(register, workdays, {})
    report = take(register, workdays, {"身份证号": "539900196805200041", "更新日期": "2026-02-20"})
    assert report.updated == 0
    assert "另一个人" in report.faults[0]
    assert register.find(PERSON, NAME)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"申请编号": ""}, "申请编号"),
        ({"身份证号": "5.30102E+17"}, "Excel"),
        ({"身份证号": "539900850101001"}, "15 位旧号"),
        ({"身份证号": "539900198513010010"}, "出生日期"),
        ({"身份证号": PERSON[:-1] + "8"}, "校验位"),
        ({"身份证号": "00000019850101001X"}, "演示数据的身份证号"),
        ({"姓名": " "}, "姓名"),
        ({"手机号": "1990000000"}, "11 位"),
        ({"手机号": "10000000001"}, "演示数据的手机号"),
        ({"经办机构序号": "五华"}, "序号"),
        ({"经办机构序号": "0"}, "序号"),
        ({"阶段": "办理中"}, "已提交、已推送"),
        ({"阶段": ""}, "阶段"),
        ({"提交日期": ""}, "提交日期"),
        ({"提交日期": "2026-02-30"}, "不是日期"),
        ({"提交日期": "-3"}, "不是日期"),
        ({"提交日期": PERSON}, "不是日期"),
        ({"更新日期": f"手机 {PHONE}"}, "不是日期"),
        ({"提交日期": "2026-03-09"}, "今天之后"),
        ({"更新日期": ""}, "更新日期"),
        ({"更新日期": "2026-03-09"}, "今天之后"),
        ({"办结日期": "2026-02-11"}, "不应有办结日期"),
        ({"阶段": "审核通过"}, "没有办结日期"),
        ({"阶段": "审核通过", "办结日期": "2026-02-08"}, "办结日期应在"),
        ({"阶段": "审核不通过", "办结日期": "2026-02-11"}, "没有原因"),
        ({"阶段": "已发放", "办结日期": "2026-02-11"}, "没有月金额"),
        ({"开始日期": "2026-03-01", "终止日期": "2026-02-01"}, "早于"),
        ({"月金额": "-5"}, "月金额"),
        ({"月金额": "一千八"}, "月金额"),
        ({"月金额": "1863.005"}, "月金额"),
        ({"月金额": "NaN"}, "月金额"),
        ({"月金额": "1e9"}, "月金额"),
        ({"原因": "a,b"}, "应有 13 列"),
    ],
)
def test_a_bad_line_is_reported_and_the_good_ones_are_taken(
    register: Register, workdays: Workdays, engine: Engine, change: dict[str, str], fault: str
) -> None:
    report = take(register, workdays, {"申请编号": "G1"}, {"申请编号": "B1"} | change, {"申请编号": "G2"})
    assert (report.added, len(report.faults), count(engine)) == (2, 1, 2)
    assert report.faults[0].startswith("第 3 行：")
    assert fault in report.faults[0]
    assert PERSON not in str(report)
    assert PHONE not in str(report)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_may_be_in_each_encoding_that_excel_writes(
    register: Register, workdays: Workdays, encoding: str
) -> None:
    report = register.take(csv_of({}).decode().encode(encoding), workdays)
    assert (report.added, report.faults) == (1, [])
    assert register.find(PERSON, NAME)


def test_columns_may_stand_in_any_order_and_empty_lines_do_not_count(
    register: Register, workdays: Workdays
) -> None:
    data = csv_of({}, header=tuple(reversed(HEADER)))
    assert register.take(data + b"\r\n,,,,,,,,,,,,\r\n", workdays).added == 1


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "表头缺少：申请编号"),
        ("申请编号,姓名\n".encode(), "表头缺少：身份证号"),
        (csv_of({}, header=(*HEADER, "备注")), "1 个不认识的列"),
        (csv_of({}, header=(*HEADER, "姓名")), "重复的列"),
        (b"\xff\xfe\x00\x81", "编码"),
        (csv_of({}).decode().encode("utf-16"), "编码"),
        (f"{PERSON},{NAME}\n".encode(), "表头缺少"),
    ],
)
def test_a_file_of_another_kind_is_refused_whole(
    register: Register, workdays: Workdays, engine: Engine, data: bytes, fault: str
) -> None:
    with pytest.raises(DataFault) as refused:
        register.take(data, workdays)
    assert fault in str(refused.value)
    assert PERSON not in str(refused.value)
    assert count(engine) == 0


def test_an_open_quote_is_reported_and_what_stands_before_it_is_taken(
    register: Register, workdays: Workdays
) -> None:
    report = take(register, workdays, {}, {"申请编号": "A2", "原因": '"到最后也没有关上'})
    assert report.added == 1
    assert "引号" in report.faults[0]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: csv_of({"原因": text})))
def test_any_file_is_either_taken_or_refused_in_words(data: bytes) -> None:
    from desk.claims.rows import Reader

    try:
        Reader(NOW.date(), Workdays(ROOT / "data" / "calendar"), demo=False).read(data)
    except DataFault as fault:
        assert fault.faults


def test_the_command_prints_a_report_and_fails_when_a_line_was_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DESK_VAR", str(tmp_path))
    monkeypatch.setenv("DESK_DATA", str(ROOT / "data"))
    file = tmp_path / "claims.csv"
    file.write_bytes(csv_of({}, {"申请编号": "A2", "手机号": ""}))
    assert main(["import", str(file)]) == 1
    printed = capsys.readouterr().out
    assert "新增 1 条，更新 0 条，没有变化 0 条，未导入 1 条。" in printed
    assert "第 3 行：手机号不是 11 位数字" in printed
    assert main(["import", str(tmp_path / "none.csv")]) == 1
    assert main(["demo"]) == 0
    assert main(["demo"]) == 0


def test_a_number_inside_a_reason_is_not_kept(register: Register, workdays: Workdays) -> None:
    refused = {"阶段": "审核不通过", "办结日期": "2026-02-11", "原因": f"{PHONE} 打不通"}
    take(register, workdays, refused)
    person = register.find(PERSON, NAME)
    assert person is not None
    status = register.status(person)
    assert status is not None
    assert status.reason == "〔手机号#1〕 打不通"
