"""The inbox of what went wrong: not understood, asked back, refused, marked wrong, left to a person.

An item is shown by a number of its own, redacted; who said it is never handed out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, and_, case, cast, func, literal, or_, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import aliased

from desk.conversation import CITIZEN, MessageRow
from desk.database import reading
from desk.errors import NotFound
from desk.inbox import ASKED_BACK, NEEDS_HUMAN, NOT_UNDERSTOOD, REFUSED, InboxRow
from desk.learning.feedback import WRONG
from desk.learning.tables import CardFeedbackRow, LabelEventRow
from desk.privacy import redact

MARKED_WRONG = "marked_wrong"
KINDS = {
    NOT_UNDERSTOOD: "没有听懂",
    ASKED_BACK: "反问了",
    REFUSED: "说不归我们或没有记录",
    MARKED_WRONG: "座席说不对",
    NEEDS_HUMAN: "没有办成",
}
NEWEST = 2000
_MISSED = (NOT_UNDERSTOOD, ASKED_BACK, REFUSED)
_SAID, MARKED = "m", "w"  # an item's number begins with where it lies: a message, or a mark
_ID = re.compile(f"[{_SAID}{MARKED}][0-9]{{1,15}}")


@dataclass(frozen=True)
class Item:
    """One thing a person said. `kind` is a key of `KINDS`; `guess`, `guess2` and `confidence` (0 to 1) are
    the classifier's; `label` is what an operator made of it, None while nobody has."""

    id: str
    kind: str
    text: str
    guess: str | None
    guess2: str | None
    confidence: float | None
    at: datetime
    label: str | None


class Missed:
    """Reads the items. Every text is redacted once more before it is handed out."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def items(
        self, kinds: Collection[str] = tuple(KINDS), unlabelled: bool | None = True, limit: int = NEWEST
    ) -> list[Item]:
        """Return the newest items of some kinds, newest first: those without a label, those with one
        (False), or all (None)."""
        wanted = [
            query.where(kind.in_(list(kinds))).order_by(at.desc(), number.desc()).limit(limit)
            for query, kind, at, number in (_said(unlabelled), _marked(unlabelled))
        ]
        with reading(self._engine) as connection:
            found = [_item(row) for query in wanted for row in connection.execute(query)]
        return sorted(found, key=lambda item: (item.at, item.id), reverse=True)[:limit]

    def item(self, item_id: str) -> Item:
        """Return one item, with or without a label; `NotFound` for an unknown one."""
        return self.some([item_id])[0]

    def some(self, item_ids: Sequence[str]) -> list[Item]:
        """Return several items in the order of their ids; `NotFound` where one is unknown."""
        found = self.known(item_ids)
        if not found.keys() >= set(item_ids):
            raise NotFound("item")
        return [found[item_id] for item_id in item_ids]

    def known(self, item_ids: Collection[str]) -> dict[str, Item]:
        """Return by id those of several items that are there."""
        numbers: dict[str, list[int]] = {_SAID: [], MARKED: []}
        for item_id in item_ids:
            if _ID.fullmatch(item_id):
                numbers[item_id[0]].append(int(item_id[1:]))
        queries = ((_said(None), numbers[_SAID]), (_marked(None), numbers[MARKED]))
        with reading(self._engine) as connection:
            rows = [
                row
                for (query, _, _, key), wanted in queries
                if wanted
                for row in connection.execute(query.where(key.in_(wanted)))
            ]
        return {item.id: item for item in map(_item, rows)}

    def counts(self) -> Mapping[str, int]:
        """Return how many items of each kind wait for a label."""
        with reading(self._engine) as connection:
            counted = dict.fromkeys(KINDS, 0)
            for query, kind, _, _ in (_said(True), _marked(True)):
                rows = query.with_only_columns(kind.label("kind")).subquery()
                counted.update(
                    (name, int(number))
                    for name, number in connection.execute(
                        select(rows.c.kind, func.count()).group_by(rows.c.kind)
                    )
                )
        return counted


def sender_of(item_id: str) -> Any:
    """Return the scalar query for who said an item, to count by only; empty for what an agent marked."""
    number = int(item_id[1:]) if item_id.startswith(_SAID) else -1
    return select(MessageRow.sender_id).where(MessageRow.seq == number).scalar_subquery()


def said_by(sender: Any) -> Any:
    """Return the query for the ids of all items that one sender said."""
    ids = literal(_SAID) + cast(MessageRow.seq, String)
    return select(ids).where(MessageRow.sender_id == sender, MessageRow.author == CITIZEN)


def _said(unlabelled: bool | None) -> tuple[Any, ...]:
    """The query for messages, its kind, its moment and its number."""
    current = _current()
    kind: Any = case((InboxRow.state == NEEDS_HUMAN, NEEDS_HUMAN), else_=InboxRow.outcome)
    item = literal(_SAID) + cast(MessageRow.seq, String)
    said = and_(MessageRow.inbox_key == InboxRow.key, MessageRow.author == CITIZEN)
    query = (
        select(
            item,
            kind,
            InboxRow.text,
            InboxRow.label,
            InboxRow.label2,
            InboxRow.confidence,
            InboxRow.received_at,
            current.c.label,
        )
        .join(MessageRow, said)
        .outerjoin(current, current.c.item == item)
        .where(InboxRow.payload.is_(None))
        .where(or_(InboxRow.outcome.in_(_MISSED), InboxRow.state == NEEDS_HUMAN))
    )
    return _only(query, current, unlabelled), kind, InboxRow.received_at, MessageRow.seq


def _marked(unlabelled: bool | None) -> tuple[Any, ...]:
    """The same for what agents marked as wrong; the guess is the card's topic."""
    current = _current()
    kind: Any = literal(MARKED_WRONG)
    item = literal(MARKED) + cast(CardFeedbackRow.id, String)
    row = CardFeedbackRow
    nothing = (literal(None).label("guess2"), literal(None).label("confidence"))
    query = (
        select(item, kind, row.words, row.topic, *nothing, row.at, current.c.label)
        .outerjoin(current, current.c.item == item)
        .where(row.verdict == WRONG, row.words != "")
    )
    return _only(query, current, unlabelled), kind, row.at, row.id


def _only(query: Any, current: Any, unlabelled: bool | None) -> Any:
    if unlabelled is None:
        return query
    label = current.c.label
    return query.where(label.is_(None) if unlabelled else label.is_not(None))


def _current() -> Any:
    """What holds for each item that was ever labelled."""
    later = aliased(LabelEventRow)
    newest = select(func.max(later.seq)).where(later.item == LabelEventRow.item).scalar_subquery()
    return select(LabelEventRow.item, LabelEventRow.label).where(LabelEventRow.seq == newest).subquery()


def _item(row: Any) -> Item:
    item_id, kind, text, *rest = row
    return Item(item_id, kind, redact(text).text, *rest)
