"""One row of the queue as it is shown: both deadlines in words, and what else one should see at a glance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from console.deadlines import Left, left
from console.ticket_words import label_of
from desk.counter import Counter
from desk.tickets.matching import WAITING
from desk.tickets.search import Row
from desk.tickets.terms import Extension, State, Tag, Verdict
from desk.workdays import today


@dataclass(frozen=True)
class Shown:
    """A row and its words. `over` stands in the place of the citizen's deadline once nobody waits."""

    row: Row
    citizen: Left | None
    unit: Left | None
    over: str
    category: str
    assignee: str
    marks: tuple[str, ...]


def shown_rows(counter: Counter, rows: Sequence[Row]) -> list[Shown]:
    """Return the rows with their words, in their order."""
    names = names_of(counter)
    return [_shown(counter, row, names) for row in rows]


def names_of(counter: Counter) -> dict[str, str]:
    """Return the shown name of every member of staff by id."""
    return {person.id: person.shown_name for person in counter.accounts.all()}


def _shown(counter: Counter, row: Row, names: dict[str, str]) -> Shown:
    day, waits = today(), row.state in WAITING
    return Shown(
        row=row,
        citizen=left(row.due, day, counter.workdays) if waits else None,
        unit=left(row.due_unit, day, counter.workdays) if waits and row.due_unit else None,
        over=_over(row),
        category=counter.categories.name(row.category),
        assignee=names.get(row.assignee, ""),
        marks=tuple(_marks(row)),
    )


def _over(row: Row) -> str:
    if row.state is not State.REPLIED:
        return "已结束"
    return "市民说没有解决，等督办决定" if row.solved == Verdict.NO.value else "已答复，等市民评价"


def _marks(row: Row) -> Iterator[str]:
    if row.priority:
        yield "紧急"
    if row.urged:
        yield f"催办{row.urged}次"
    if row.round > 1:
        yield f"第{row.round}轮"
    if row.extension_state == Extension.ASKED.value:
        yield "延期待批"
    yield from (label_of(Tag, tag) for tag in row.tags)
