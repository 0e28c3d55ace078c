from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.engine import Engine

from desk.errors import InvalidInput
from desk.tickets import Actor, Categories, Kind, Role, Tickets
from desk.tickets.export import LIMIT, TOO_MANY, Export, harmless
from desk.tickets.query import Query
from desk.tickets.search import Row, Search
from desk.tickets.tables import TicketRow
from tests.benchmarks.many_tickets import fill
from tests.desk.ticket_room import (
    DATA,
    HANDLER,
    OVERDUE,
    PLANTED_PHONE,
    SUPERVISOR,
    WORKDAYS,
    Moment,
    filed,
)

EVERYTHING = Query()
CATEGORIES = Categories.load(DATA / "categories.yml")
EVIL = (
    *('=HYPERLINK("http://x","点我")', "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "\0=1", "  =1", "\u200b=1"),
    *("＝1＋1", "＋1", "－1", "＠SUM", "﹦1", "−1", "\ufeff=1", "\u202e=1"),
)
QUIET = ("#N/A", "#REF!", "1.0", "TRUE", '引"号', "逗,号", "2026-01-01")


@pytest.fixture
def search(engine: Engine, now: Moment) -> Search:
    return Search(engine, CATEGORIES, WORKDAYS, now)


@pytest.fixture
def export(search: Search) -> Export:
    return Export(search, CATEGORIES)


def lines_of(export: Export, actor: Actor = SUPERVISOR, query: Query = EVERYTHING) -> list[list[str]]:
    content = b"".join(export.csv(actor, query))
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def sheet_of(path: Path) -> list[list[openpyxl.cell.Cell]]:
    return [list(row) for row in openpyxl.load_workbook(path).worksheets[0].iter_rows()]


def test_a_spreadsheet_opens_the_csv_as_chinese_with_whole_lines(export: Export, tickets: Tickets) -> None:
    ticket = filed(tickets, complaint=replace(OVERDUE, title='说"不归我们管",\n第二行'))
    content = b"".join(export.csv(SUPERVISOR, Query()))
    assert content.startswith(b"\xef\xbb\xbf") and content.endswith(b"\r\n")
    names, values = lines_of(export)
    row = dict(zip(names, values, strict=True))
    assert row["工单编号"] == ticket.public_no
    assert row["标题"] == '说"不归我们管", 第二行'
    assert (row["类型"], row["分类"], row["状态"]) == ("投诉", "审核超期", "待受理")
    assert row["收到时间"] == "2026-11-21 12:00"


@pytest.mark.parametrize("text", EVIL, ids=ascii)
def test_no_cell_is_a_formula(text: str) -> None:
    value = harmless(text)
    assert isinstance(value, str) and value.startswith("'")


@given(st.text(st.characters(codec="utf-8") | st.sampled_from("=+-@＝\t\r\n\0\u202e\u200b '")))
def test_a_cell_holds_one_visible_line_that_begins_no_formula(text: str) -> None:
    value = str(harmless(text))
    assert value.lstrip()[:1] not in {"=", "+", "-", "@", "＝", "＋", "－", "＠"} or not value
    assert not set(value) & set("\t\r\n\0\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u2028")


def test_every_cell_of_the_xlsx_is_text_or_a_number(export: Export, tickets: Tickets, tmp_path: Path) -> None:
    titles = [text for text in (*EVIL, *QUIET) if "\0" not in text]
    for number, title in enumerate(titles):
        filed(tickets, f"m{number}", complaint=replace(OVERDUE, title=title))
    path = export.xlsx(SUPERVISOR, Query(), tmp_path)
    rows = sheet_of(path)
    assert len(rows) == len(titles) + 1
    assert {cell.data_type for row in rows for cell in row if cell.value is not None} == {"s", "n"}
    read = {str(row[1].value) for row in rows[1:]}
    assert read >= set(QUIET)
    assert [[str(c.value if c.value is not None else "") for c in row] for row in rows] == lines_of(export)


def test_no_personal_number_is_in_a_file(export: Export, tickets: Tickets, engine: Engine) -> None:
    filed(tickets, complaint=replace(OVERDUE, reply_by="phone", phone=PLANTED_PHONE))
    # The doors and the store let none through; should one stand in a row after all, the file leaves it out.
    spread = "\u2066".join(PLANTED_PHONE)
    with engine.begin() as connection:
        connection.execute(update(TicketRow).values(title=f"找{spread}", unit_main=PLANTED_PHONE))
    assert PLANTED_PHONE not in str(lines_of(export))
    assert "找〔手机号#1〕" in lines_of(export)[1]


def test_a_file_holds_only_what_its_maker_may_see(export: Export, tickets: Tickets) -> None:
    filed(tickets)
    filed(tickets, "m2", complaint=replace(OVERDUE, kind=Kind.REPORT))
    assert len(lines_of(export)) == 3
    assert len(lines_of(export, Actor(Role.AGENT, "a7"))) == 2
    assert len(lines_of(export, HANDLER)) == len(lines_of(export, Actor(Role.OPERATOR, "o1"))) == 1


def test_a_file_holds_what_the_query_finds(
    export: Export, search: Search, engine: Engine, now: Moment
) -> None:
    fill([engine], 150, 9, now(), 60)
    for query in (Query(), Query(open=True), Query(district="五华区")):
        numbers = [line[0] for line in lines_of(export, query=query)[1:]]
        assert len(numbers) == len(set(numbers)) == search.count(SUPERVISOR, query)


def test_too_many_rows_are_refused_before_anything_is_sent(
    search: Search, tickets: Tickets, tmp_path: Path
) -> None:
    small = Export(search, CATEGORIES, limit=2)
    for number in range(3):
        filed(tickets, f"m{number}")
    with pytest.raises(InvalidInput, match="too_many_rows"):
        small.csv(SUPERVISOR, Query())
    with pytest.raises(InvalidInput, match="too_many_rows"):
        small.xlsx(SUPERVISOR, Query(), tmp_path)
    assert list(tmp_path.glob("*.xlsx")) == []
    assert str(LIMIT) in TOO_MANY and TOO_MANY.endswith("。")


class Endless(Search):
    """Finds a few rows again and again, and counts how many were taken."""

    def __init__(self, row: Row) -> None:
        self.row, self.taken = row, 0

    def count(self, actor: Actor, query: Query) -> int:
        return 2500

    def every(self, actor: Actor, query: Query, batch: int = 1000) -> Iterator[Row]:
        while True:
            self.taken += 1
            yield self.row


def test_a_file_is_sent_while_it_is_read_and_never_longer_than_promised(
    search: Search, tickets: Tickets
) -> None:
    filed(tickets)
    endless = Endless(search.find(SUPERVISOR, Query()).rows[0])
    pieces = Export(endless, CATEGORIES, limit=2500).csv(SUPERVISOR, Query())
    next(pieces), next(pieces)
    assert endless.taken <= 1000
    assert sum(piece.count(b"\r\n") for piece in pieces) < 2000
    assert endless.taken == 2500
