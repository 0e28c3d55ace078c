from __future__ import annotations

import csv
import io
from typing import Any

import openpyxl
import pytest
import requests

from desk.tickets.query import Query
from desk.tickets.terms import Role
from desk.workdays import today
from tests.console.door import StaffDoor, StaffMember
from tests.console.ticket_desk import PHONE, filed, in_progress, recorded

WHY = "11月例会汇报"
EVIL = ('=HYPERLINK("http://x","点我")', "＝1＋1", "@SUM(1)", "\t+1", "\u200b-1", "＋1")


@pytest.fixture
def supervisor(busy: StaffDoor) -> StaffMember:
    return busy.signed_in(Role.SUPERVISOR)


def lines_of(answer: requests.Response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def cells_of(answer: requests.Response) -> list[list[Any]]:
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    return [list(row) for row in sheet.iter_rows()]


def as_csv(member: StaffMember, **params: str) -> requests.Response:
    return member.post("/export", format="csv", reason=WHY, **params)


def test_the_csv_holds_what_the_filters_find_under_the_name_of_the_day(
    busy: StaffDoor, supervisor: StaffMember
) -> None:
    answer = as_csv(supervisor, district="五华区")
    assert answer.status_code == 200 and answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    attached = answer.headers["content-disposition"]
    assert attached.startswith("attachment") and f"tickets-{today()}.csv" in attached
    names, *lines = lines_of(answer)
    assert tuple(names) == busy.counter.export.columns
    rows = busy.counter.search.every(supervisor.staff.actor, Query(district="五华区"))
    assert [line[0] for line in lines] == [row.public_no for row in rows] != []


def test_the_xlsx_holds_the_same_as_the_csv(supervisor: StaffMember) -> None:
    answer = supervisor.post("/export", format="xlsx", reason=WHY, overdue="1")
    assert f"tickets-{today()}.xlsx" in answer.headers["content-disposition"]
    read = [[str(cell.value if cell.value is not None else "") for cell in row] for row in cells_of(answer)]
    assert read == lines_of(as_csv(supervisor, overdue="1"))


def test_a_file_without_filters_holds_every_ticket(busy: StaffDoor, supervisor: StaffMember) -> None:
    assert (
        len(lines_of(as_csv(supervisor)))
        == busy.counter.search.count(supervisor.staff.actor, Query()) + 1
        > 300
    )


def test_what_a_citizen_wrote_is_a_formula_in_neither_file(busy: StaffDoor, supervisor: StaffMember) -> None:
    for title in EVIL:
        filed(busy, "公式。", title=title, district="寻甸县", category="unpaid.card")
    params = {"district": "寻甸县", "category": "unpaid.card"}
    titles = [line[1] for line in lines_of(as_csv(supervisor, **params))[1:]]
    assert len(titles) == len(EVIL) and all(title.startswith("'") for title in titles)
    rows = cells_of(supervisor.post("/export", format="xlsx", reason=WHY, **params))[1:]
    assert {cell.data_type for row in rows for cell in row if cell.value is not None} <= {"s", "n"}
    assert all(row[1].value.startswith("'") for row in rows)


def test_who_works_on_a_ticket_stands_in_the_file_by_name(busy: StaffDoor, supervisor: StaffMember) -> None:
    handler = busy.signed_in(Role.HANDLER, "石林县")
    ticket = in_progress(busy, handler)
    (line,) = lines_of(as_csv(supervisor, text=ticket.public_no))[1:]
    assert handler.staff.shown_name in line and handler.staff.id not in line


def test_no_number_of_a_citizen_is_in_a_file(busy: StaffDoor, supervisor: StaffMember) -> None:
    ticket = filed(busy, "请给我回电话。", reply_by="phone", phone=PHONE)
    answer = as_csv(supervisor, text=ticket.public_no)
    (line,) = lines_of(answer)[1:]
    assert ticket.public_no in line and PHONE not in answer.text
    assert any("*" in cell for cell in line)


def test_the_page_says_what_is_in_the_file_before_it_is_made(
    busy: StaffDoor, supervisor: StaffMember
) -> None:
    page = supervisor.get("/export?district=五华区&overdue=1&measure=replied&since=2026-11-01").text
    assert "<dt>区县</dt><dd>五华区</dd>" in page and "<dt>只看</dt><dd>已超期</dd>" in page
    assert "<dd>已答复应回访（11月1日起）</dd>" in page or "<dd>已答复应回访（2026年11月1日起）</dd>" in page
    assert all(name in page for name in busy.counter.export.columns)
    assert "一次最多 50000 件" in page and '<input type="hidden" name="overdue" value="1">' in page
    found = busy.counter.search.count(supervisor.staff.actor, Query())
    everything = supervisor.get("/export").text
    assert f"<b>{found}</b> 件工单" in everything and "没有设条件" in everything


def test_what_finds_nothing_cannot_be_downloaded(supervisor: StaffMember) -> None:
    page = supervisor.get("/export?text=没有人说过的话").text
    assert "没有东西可以导出" in page and '<button class="strong" disabled>' in page


def test_who_exported_what_and_why_is_in_the_audit_log(busy: StaffDoor, supervisor: StaffMember) -> None:
    lines = lines_of(as_csv(supervisor, district="五华区", text="张三"))
    (act,) = recorded(busy, supervisor, "tickets_exported")
    assert act.detail == {
        "rows": len(lines) - 1,
        "format": "csv",
        "filter": "搜索：（有搜索词）；区县：五华区",
        "reason": WHY,
    }
    told = busy.signed_in(Role.AUDITOR).get(f"/audit?actor={supervisor.staff.id}").text
    assert "导出工单" in told and f"理由：{WHY}" in told and "条件：搜索" in told and "张三" not in told


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"format": "csv"}, "请写明导出的理由"),
        ({"format": "csv", "reason": " \t"}, "请写明导出的理由"),
        ({"format": "csv", "reason": "长" * 201}, "请写明导出的理由"),
        ({"format": "csv", "reason": f"给{PHONE}看"}, "请写明导出的理由"),
        ({"format": "exe", "reason": WHY}, "请选一种文件格式"),
        ({"reason": WHY}, "请选一种文件格式"),
    ],
)
def test_without_a_reason_or_a_format_there_is_no_file(
    busy: StaffDoor, supervisor: StaffMember, given: dict[str, str], said: str
) -> None:
    answer = supervisor.post("/export", district="五华区", **given)
    assert answer.status_code == 422 and said in answer.text
    assert "content-disposition" not in answer.headers
    assert '<input type="hidden" name="district" value="五华区">' in answer.text
    assert recorded(busy, supervisor, "tickets_exported") == []


def test_another_site_gets_no_file(busy: StaffDoor, supervisor: StaffMember) -> None:
    form = {"format": "csv", "reason": WHY}
    address = f"{busy.url}/export"
    for headers in ({}, {"x-csrf": "made up"}):
        answer = supervisor.http.post(address, data=form, headers=headers, timeout=20)
        assert answer.status_code == 403 and "content-disposition" not in answer.headers
    assert supervisor.post("/export").status_code == 422
    supervisor.http.headers["sec-fetch-site"] = "cross-site"
    assert as_csv(supervisor).status_code == 403
    assert recorded(busy, supervisor, "tickets_exported") == []


@pytest.mark.parametrize("role", [Role.AGENT, Role.HANDLER, Role.AUDITOR, Role.OPERATOR])
def test_nobody_else_exports(busy: StaffDoor, role: Role) -> None:
    member = busy.signed_in(role, "五华区" if role is Role.HANDLER else "")
    assert member.get("/export").status_code == as_csv(member).status_code == 403
