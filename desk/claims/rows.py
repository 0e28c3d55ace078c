"""Reads a CSV file of claims line by line; a bad line becomes one sentence, the others are kept.

No sentence ever repeats a personal number: a report is printed, mailed and kept.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from desk.claims import Stage
from desk.errors import DataFault
from desk.id_number import id_fault, plain_name
from desk.privacy import scrub
from desk.text import plain
from desk.workdays import Workdays

HEADER = (
    "申请编号",
    "身份证号",
    "姓名",
    "手机号",
    "经办机构序号",
    "阶段",
    "提交日期",
    "办结日期",
    "原因",
    "开始日期",
    "终止日期",
    "月金额",
    "更新日期",
)
_DEMO_AREAS = ("000000", "999999")  # nobody lives there
_STAGES = {stage.label: stage for stage in Stage} | {stage.value: stage for stage in Stage}
_ID_FAULTS = {
    "old_form": "是 15 位旧号，请换成 18 位",
    "length": "不是 18 位（Excel 可能把它改成了科学计数，请把这一列设为文本再导出）",
    "birth_date": "里的出生日期不对",
    "check_digit": "的校验位不对，可能抄错了一位",
}
_DATE = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?: 0?0:00(?::00)?)?", re.ASCII)
_OFFSET = re.compile(r"[+-]?\d{1,3}", re.ASCII)


@dataclass(frozen=True, repr=False)
class ClaimRow:
    """One good line. `line` is where it stands in the file; `amount` is yuan a month."""

    line: int
    number: str
    id_number: str
    name: str
    phone: str
    office: int
    stage: Stage
    submitted_on: date
    decided_on: date | None
    reason: str
    start: date | None
    end: date | None
    amount: Decimal | None
    updated_on: date


class Reader:
    """Turns the bytes of a file into rows and faults."""

    def __init__(self, today: date, workdays: Workdays, demo: bool) -> None:
        """With `demo`, dates may be working days from today (-3) and persons must be impossible ones."""
        self._today = today
        self._workdays = workdays
        self._demo = demo

    def read(self, data: bytes) -> tuple[list[ClaimRow], list[str]]:
        """Return the good rows and one sentence for each bad line; raise `DataFault` for a bad file."""
        lines = csv.reader(io.StringIO(_decoded(data), newline=""), strict=True)
        rows: list[ClaimRow] = []
        faults: list[str] = []
        header = _header(lines)
        try:
            for cells in lines:
                if any(cell.strip() for cell in cells):
                    self._line(header, cells, lines.line_num, rows, faults)
        except csv.Error:
            faults.append(f"第 {lines.line_num} 行：引号不成对，从这里起读不下去")
        return rows, faults

    def _line(
        self, header: list[str], cells: list[str], line: int, rows: list[ClaimRow], faults: list[str]
    ) -> None:
        if len(cells) != len(header):
            faults.append(f"第 {line} 行：应有 {len(header)} 列，现在是 {len(cells)} 列")
            return
        # An apostrophe in front is how Excel is told that a number is text.
        row = {name: plain(cell).lstrip("'") for name, cell in zip(header, cells, strict=True)}
        wrong: list[str] = []
        parsed = self._row(row, line, wrong)
        if wrong:
            faults.append(f"第 {line} 行：{'；'.join(wrong)}")
        else:
            rows.append(parsed)

    def _row(self, row: dict[str, str], line: int, wrong: list[str]) -> ClaimRow:
        def day(name: str) -> date | None:
            return self._date(row[name], name, wrong)

        parsed = ClaimRow(
            line=line,
            number=row["申请编号"],
            id_number=row["身份证号"].upper(),
            name=plain_name(row["姓名"]),
            phone=row["手机号"],
            office=_office(row["经办机构序号"], wrong),
            stage=_stage(row["阶段"], wrong),
            submitted_on=day("提交日期") or date.min,
            decided_on=day("办结日期"),
            reason=scrub(row["原因"]),
            start=day("开始日期"),
            end=day("终止日期"),
            amount=_amount(row["月金额"], wrong),
            updated_on=day("更新日期") or date.min,
        )
        wrong.extend(self._person_faults(parsed))
        wrong.extend(_missing(row, parsed.stage))
        wrong.extend(self._date_faults(parsed))
        return parsed

    def _date(self, text: str, name: str, wrong: list[str]) -> date | None:
        if not text:
            return None
        if self._demo and _OFFSET.fullmatch(text):
            return self._workdays.add(self._today, int(text)).day
        match = _DATE.fullmatch(text)
        try:
            if match:
                return date(*map(int, match.groups()))
        except ValueError:
            pass
        wrong.append(f"{name}“{scrub(text)[:20]}”不是日期（应像 2026-01-05）")
        return None

    def _person_faults(self, row: ClaimRow) -> Iterator[str]:
        if not re.fullmatch("[^\\s]{1,64}", row.number):
            yield "申请编号应是 1 到 64 个字符，中间没有空格"
        # Kept as it is: by its looks it may be an ID number, which is area, day and place too.
        elif any(own and own in row.number.upper() for own in (row.id_number, row.phone)):
            yield "申请编号里不能有本人的身份证号或手机号"
        fault = id_fault(row.id_number, self._today)
        if fault:
            yield f"身份证号{_ID_FAULTS[fault]}"
        elif self._demo != row.id_number.startswith(_DEMO_AREAS):
            yield "演示数据的身份证号要以 000000 或 999999 开头；真实数据不能这样开头"
        if not row.name:
            yield "没有姓名"
        if not re.fullmatch("1[0-9]{10}", row.phone):
            yield "手机号不是 11 位数字"
        elif self._demo != row.phone.startswith("100"):
            yield "演示数据的手机号要以 100 开头；真实数据不能这样开头"

    def _date_faults(self, row: ClaimRow) -> Iterator[str]:
        if row.submitted_on > self._today:
            yield "提交日期在今天之后"
        if row.updated_on > self._today:
            yield "更新日期在今天之后"
        if row.decided_on and not row.submitted_on <= row.decided_on <= self._today:
            yield "办结日期应在提交日期和今天之间"
        if row.start and row.end and row.end < row.start:
            yield "终止日期早于开始日期"


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise DataFault(["文件编码读不出来，请另存为 UTF-8 或 GB18030（Excel 的“CSV 逗号分隔”）的 CSV"])


def _header(lines: Iterator[list[str]]) -> list[str]:
    try:
        header = [plain(cell) for cell in next(lines, [])]
    except csv.Error:
        header = []
    missing = [name for name in HEADER if name not in header]
    unknown = [name for name in header if name not in HEADER]
    faults = [f"表头缺少：{'、'.join(missing)}"] if missing else []
    # A file with another layout might have a personal number in its first line, so it is not repeated.
    faults += [f"表头有 {len(unknown)} 个不认识的列，应只有：{'、'.join(HEADER)}"] if unknown else []
    faults += ["表头有重复的列"] if len(set(header)) < len(header) else []
    if faults:
        raise DataFault(faults)
    return header


def _missing(row: dict[str, str], stage: Stage) -> Iterator[str]:
    """What this stage cannot do without."""
    needed = ["提交日期", "更新日期"]
    needed += ["办结日期"] if stage.decided else []
    needed += ["原因"] if stage is Stage.REFUSED else []
    needed += ["开始日期", "终止日期", "月金额"] if stage is Stage.PAID else []
    for name in needed:
        if not row[name]:
            yield f"{stage.label}的记录没有{name}" if row["阶段"] else f"没有{name}"
    if row["办结日期"] and not stage.decided:
        yield f"{stage.label}的记录不应有办结日期"


def _office(text: str, wrong: list[str]) -> int:
    if re.fullmatch("[0-9]{1,3}", text) and int(text):
        return int(text)
    wrong.append("经办机构序号应是机构表里的序号（如 2）")
    return 0


def _stage(text: str, wrong: list[str]) -> Stage:
    if text not in _STAGES:
        wrong.append(f"阶段应是：{'、'.join(stage.label for stage in Stage)}")
    return _STAGES.get(text, Stage.SUBMITTED)


def _amount(text: str, wrong: list[str]) -> Decimal | None:
    if not text:
        return None
    try:
        amount = Decimal(text.removesuffix("元").replace(",", ""))
    except InvalidOperation:
        amount = Decimal(0)
    if amount.is_finite() and 0 < amount < 100_000 and amount == amount.quantize(Decimal("0.01")):
        return amount.quantize(Decimal("0.01"))
    wrong.append("月金额应是大于 0 的元数，最多两位小数")
    return None
