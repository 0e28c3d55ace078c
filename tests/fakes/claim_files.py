"""CSV files of claims, made line by line from one good line."""

from __future__ import annotations

from desk.claims.rows import HEADER

# Made up, with a district code that was never given out, so that it counts as real data here.
PERSON, NAME, PHONE = "539900198501010010", "测试甲", "19900000000"
LINE = {
    "申请编号": "A1",
    "身份证号": PERSON,
    "姓名": NAME,
    "手机号": PHONE,
    "经办机构序号": "2",
    "阶段": "审核中",
    "提交日期": "2026-02-09",
    "更新日期": "2026-02-10",
}


def csv_of(*changes: dict[str, str], header: tuple[str, ...] = HEADER) -> bytes:
    """Return a file with one line for each change of the good line."""
    lines = [",".join((LINE | change).get(name, "") for name in header) for change in changes]
    return "\r\n".join([",".join(header), *lines, ""]).encode()
