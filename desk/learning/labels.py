"""Labelling: which topic an item is about, or that nothing has to be done; every step kept, and undone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from desk.database import reading, utc_now
from desk.learning.errors import Clash, Forbidden, Unfit
from desk.learning.missed import NEWEST, Missed
from desk.learning.tables import LabelEventRow

NOTHING = "nothing"
NOTHING_NAME = "无需处理"
_LABEL, _UNDO = "label", "undo"


@dataclass(frozen=True)
class Labelled:
    """One step of an item's history: `move` is label or undo, `label` what held afterwards."""

    move: str
    label: str | None
    staff_id: str
    at: datetime


class Labels:
    """Labels items with the topics of data/topic_names.yml or `NOTHING`."""

    def __init__(
        self, engine: Engine, topics: Collection[str], now: Callable[[], datetime] = utc_now
    ) -> None:
        self._engine = engine
        self._topics = topics
        self._now = now
        self._missed = Missed(engine)

    def label(self, item_id: str, label: str, staff_id: str) -> None:
        """Say what an item is about. Raises `NotFound`, `Unfit("label")`, or `Clash` when beaten to it."""
        self._check(label)
        self._missed.item(item_id)
        with self._together() as connection:
            _step(connection, item_id, _LABEL, lambda history: label, staff_id, self._now())

    def label_all(self, item_ids: Sequence[str], label: str, staff_id: str) -> list[str]:
        """Say of several items at once what they are about, but for those that have a label by now.

        Returns the ids of those that were labelled; raises as `label`, and `Clash` where there is none.
        """
        self._check(label)
        fresh = [item.id for item in self._missed.some(_chosen(item_ids)) if item.label is None]
        if not fresh:
            raise Clash(["这里的每一条都已经标过了，请刷新后再看。"])
        with self._together() as connection:
            for item_id in fresh:
                _step(connection, item_id, _LABEL, lambda history: label, staff_id, self._now())
        return fresh

    def undo(self, item_id: str, staff_id: str) -> str | None:
        """Take the newest label back and return the one that holds again; `Forbidden` when there is none."""
        with self._together() as connection:
            return _step(connection, item_id, _UNDO, _before, staff_id, self._now())

    def undo_all(self, item_ids: Sequence[str], staff_id: str) -> None:
        """Take the newest label of several items back, all or none; raises as `undo`."""
        chosen = _chosen(item_ids)
        with self._together() as connection:
            for item_id in chosen:
                _step(connection, item_id, _UNDO, _before, staff_id, self._now())

    def history(self, item_id: str) -> list[Labelled]:
        """Return every step, oldest first."""
        with reading(self._engine) as connection:
            return _history(connection, item_id)

    def _check(self, label: str) -> None:
        if label != NOTHING and label not in self._topics:
            raise Unfit("label", "没有这个主题，请从列表里选一个。")

    @contextmanager
    def _together(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except IntegrityError as error:
            raise Clash(["别人刚刚也标了这一条，请刷新后再看。"]) from error


def _chosen(item_ids: Sequence[str]) -> list[str]:
    chosen = list(dict.fromkeys(item_ids))[:NEWEST]
    if not chosen:
        raise Unfit("no_items", "一条也没有选中，请刷新后再试。")
    return chosen


def _step(
    connection: Connection,
    item_id: str,
    move: str,
    choose: Callable[[list[Labelled]], str | None],
    staff_id: str,
    at: datetime,
) -> str | None:
    history = _history(connection, item_id)
    label = choose(history)
    row = {"item": item_id, "seq": len(history) + 1, "move": move, "label": label}
    connection.execute(insert(LabelEventRow).values(**row, staff_id=staff_id, at=at))
    return label


def _before(history: list[Labelled]) -> str | None:
    """What held before the newest label that was not taken back yet."""
    held: list[str | None] = []
    for step in history:
        if step.move == _LABEL:
            held.append(step.label)
        else:
            held.pop()
    if not held:
        raise Forbidden("nothing_to_undo", "这一条没有可以撤销的标注。")
    return held[-2] if len(held) > 1 else None


def _history(connection: Connection, item_id: str) -> list[Labelled]:
    row = LabelEventRow
    wanted = select(row.move, row.label, row.staff_id, row.at).where(row.item == item_id).order_by(row.seq)
    return [Labelled(*found) for found in connection.execute(wanted)]
