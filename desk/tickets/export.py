"""Tickets as a file for a spreadsheet: CSV as a stream of bytes, XLSX as a temporary file.

What a citizen wrote is only ever text in it: no formula, no control character, no turned direction.
"""

from __future__ import annotations

import csv
import io
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from desk.errors import InvalidInput
from desk.privacy import scrub
from desk.tickets.categories import Categories
from desk.tickets.query import Query
from desk.tickets.search import Row, Search
from desk.tickets.terms import Actor, Extension, Resolution, Satisfaction, Tag, Verdict

LIMIT = 50_000  # rows of one file
TOO_MANY = f"符合条件的工单超过{LIMIT}件，一次导出不了。请缩小收到的时间或选一个区县，再导出。"
_BATCH = 1000  # rows
_CHINA = timezone(timedelta(hours=8))
_FORMULA = frozenset("=+-@−")
Value = str | int


class Export:
    """Writes what `Search` finds, with personal data masked and at most `LIMIT` rows.

    `names` gives the shown name of each member of staff by id, asked for at each file.
    """

    def __init__(
        self,
        search: Search,
        categories: Categories,
        limit: int = LIMIT,
        names: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._search = search
        self._limit = limit
        self._categories = categories
        self._names = names

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the names in the first line."""
        return tuple(name for name, _ in _columns(self._categories, {}))

    def csv(self, actor: Actor, query: Query) -> Iterator[bytes]:
        """Return the file in pieces: UTF-8 with BOM, lines as in RFC 4180.

        Raises `InvalidInput("too_many_rows")` before the first piece; `TOO_MANY` says it to people.
        """
        return self._pieces(self._lines(actor, query))

    def xlsx(self, actor: Actor, query: Query, folder: Path | None = None) -> Path:
        """Return a new temporary file, which the caller deletes. Raises as `csv` does."""
        # Only needed here: numpy comes along, a fifth of the start of every process otherwise.
        from openpyxl import Workbook

        book = Workbook(write_only=True)
        sheet = book.create_sheet("工单")
        for line in self._lines(actor, query):
            sheet.append([_cell(sheet, value) for value in line])
        with tempfile.NamedTemporaryFile(suffix=".xlsx", dir=folder, delete=False) as file:
            book.save(file)
        return Path(file.name)

    def _lines(self, actor: Actor, query: Query) -> Iterator[list[Value]]:
        if self._search.count(actor, query) > self._limit:
            raise InvalidInput("too_many_rows")
        rows = islice(self._search.every(actor, query, _BATCH), self._limit)
        columns, first = _columns(self._categories, self._names()), list[Value](self.columns)
        return _chained(first, ([harmless(value(row)) for _, value in columns] for row in rows))

    def _pieces(self, lines: Iterator[list[Value]]) -> Iterator[bytes]:
        yield b"\xef\xbb\xbf"
        while batch := list(islice(lines, _BATCH)):
            text = io.StringIO(newline="")
            csv.writer(text, lineterminator="\r\n").writerows(batch)
            yield text.getvalue().encode()


def harmless(value: Value) -> Value:
    """Return `value` so that a spreadsheet shows it and does nothing else; numbers stay numbers.

    Control characters and line ends become spaces, marks without a width or for the direction vanish, and an
    apostrophe goes before what could be read as a formula (OWASP ASVS 1.2.10).
    """
    if isinstance(value, int):
        return value
    kept = _clean(value)
    return f"'{kept}" if kept and unicodedata.normalize("NFKC", kept[0])[0] in _FORMULA else kept


def _clean(text: str) -> str:
    return text.strip() if text.isprintable() else "".join(map(_visible, text)).strip()


@lru_cache(maxsize=4096)  # the same few names stand in thousands of rows
def _written(text: str) -> str:
    """What a person wrote, without personal numbers: the doors take them out, this is the second net."""
    return scrub(_clean(text))


def _visible(sign: str) -> str:
    category = unicodedata.category(sign)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    return "" if category in ("Cf", "Cs", "Co", "Cn") else sign


def _cell(sheet: Any, value: Value) -> Any:
    if not (isinstance(value, str) and value.startswith(("#", "="))):
        return value  # a cell of its own for each takes twice the time
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, value)
    cell.data_type = "s"  # openpyxl would make an error value of #N/A
    return cell


def _chained(first: list[Value], rest: Iterable[list[Value]]) -> Iterator[list[Value]]:
    yield first
    yield from rest


def _columns(
    categories: Categories, names: Mapping[str, str]
) -> Sequence[tuple[str, Callable[[Row], Value]]]:
    return (
        ("工单编号", lambda row: row.public_no),
        ("标题", lambda row: _written(row.title)),
        ("类型", lambda row: row.kind.label),
        ("分类", lambda row: categories.name(row.category)),
        ("区县", lambda row: _written(row.district)),
        ("标签", lambda row: "、".join(_label(Tag, tag) for tag in row.tags)),
        ("状态", lambda row: row.state.label),
        ("第几轮", lambda row: row.round),
        ("主办单位", lambda row: _written(row.unit_main)),
        ("承办人", lambda row: _written(names.get(row.assignee, row.assignee))),
        ("联系电话（打码）", lambda row: row.phone_masked),
        ("收到时间", lambda row: _moment(row.created_at)),
        ("应答复日", lambda row: _day(row.due)),
        ("应答复日是预计", lambda row: _yes(row.due_estimated)),
        ("现在超期", lambda row: _yes(row.overdue)),
        ("答复时间", lambda row: _moment(row.replied_at)),
        ("结束时间", lambda row: _moment(row.ended_at)),
        ("办理结果", lambda row: _label(Resolution, row.resolution)),
        ("解决了吗", lambda row: _label(Verdict, row.solved)),
        ("满意度", lambda row: _label(Satisfaction, row.satisfied)),
        ("催办次数", lambda row: row.urged),
        ("派单异议次数", lambda row: row.disputes),
        ("延期", lambda row: _label(Extension, row.extension_state)),
    )


def _label(terms: Any, code: str) -> str:
    return next((term.label for term in terms if term.value == code), code) if code else ""


def _moment(moment: datetime | None) -> str:
    return f"{moment.astimezone(_CHINA):%Y-%m-%d %H:%M}" if moment else ""


def _day(day: date) -> str:
    return day.isoformat()


def _yes(flag: bool) -> str:
    return "是" if flag else ""
