"""What a query asks for, in words: above a list that a figure led to, beside an export, in the audit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from console.pages.queue_rows import names_of
from console.render import day
from desk.counter import Counter
from desk.tickets.measures import MEASURES
from desk.tickets.query import NOTHING, Query

Words = tuple[str, str]  # the name of a condition, and what it asks for
_FLAGS: Mapping[str, str] = {
    "open": "未办结",
    "overdue": "已超期",
    "due_soon": "将到期",
    "urged": "市民催办过",
    "extension_asked": "待审批延期",
    "objected": "第二次不满意",
}
_NAMES: Mapping[str, str] = {
    "text": "搜索",
    "district": "区县",
    "category": "分类",
    "kinds": "类型",
    "states": "状态",
    "unit": "承办单位",
    "tags": "标签",
    "assignee": "承办人",
    "reporter_of": "同一市民的其他工单",
}
_SPANS = (("created_from", "created_to", "收到时间"), ("closed_from", "closed_to", "结束时间"))


def conditions(counter: Counter, query: Query) -> list[Words]:
    """Return every condition that is set; an empty list means all tickets."""
    readers: Mapping[str, Callable[[Any], str]] = {
        "category": counter.categories.name,
        "assignee": lambda staff_id: names_of(counter).get(staff_id, staff_id),
    }
    return [*_equal(query, readers), *_spans(query), *_measured(query)]


def without_search(words: list[Words]) -> str:
    """Return `words` in one line for the audit, which keeps no names: a searched text is only mentioned."""
    told = [(name, "（有搜索词）" if name == _NAMES["text"] else value) for name, value in words]
    return "；".join(f"{name}：{value}" for name, value in told) or "全部工单"


def _equal(query: Query, readers: Mapping[str, Callable[[Any], str]]) -> Iterator[Words]:
    for part in fields(Query):
        value = getattr(query, part.name)
        if value and part.name in _NAMES:
            yield _NAMES[part.name], _read(value, readers.get(part.name, str))
    if chosen := [label for name, label in _FLAGS.items() if getattr(query, name)]:
        yield "只看", "、".join(chosen)


def _read(value: Any, reader: Callable[[Any], str]) -> str:
    if value == NOTHING:
        return "没有写明"
    if isinstance(value, tuple):
        return "、".join(each.label for each in value)
    return reader(value)


def _spans(query: Query) -> Iterator[Words]:
    for start, end, name in _SPANS:
        since, until = getattr(query, start), getattr(query, end)
        if since or until:
            yield name, span(since, until)


def _measured(query: Query) -> Iterator[Words]:
    if query.measure:
        yield "统计数字", f"{MEASURES[query.measure].label}（{span(query.since, query.until)}）"


def span(since: date | None, until: date | None) -> str:
    """Return `11月1日至11月28日`, `11月1日`, `11月1日起`, `至11月28日`; `全部时间` for neither."""
    if since and until:
        return day(since) if since == until else f"{day(since)}至{day(until)}"
    if since:
        return f"{day(since)}起"
    return f"至{day(until)}" if until else "全部时间"
