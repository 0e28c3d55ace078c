"""Rasa's memory of a person who is forgotten: gone from the table, and not brought back from memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from rasa.shared.core.events import SlotSet
from sqlalchemy import select

from bot.nlu.stores import AppendingTrackerStore, tracker
from desk import memory
from desk.database import Base, open_database
from desk.erasure import Erasure
from tests.nlu.stores.conftest import Opened
from tests.nlu.stores.conversation import WHO, said, say, turn
from tests.nlu.stores.outages import die, gone

OTHER = "web:other"


@pytest.fixture
def erasure(url: str, tmp_path: Path) -> Iterator[Erasure]:
    ours, rasas = open_database(f"sqlite:///{tmp_path / 'ours.db'}"), open_database(url)
    Base.metadata.create_all(ours)
    yield Erasure(ours, rasas)
    rasas.dispose()


def _bytes_of(folder: Path) -> str:
    """What stands in the files of SQLite; nothing for PostgreSQL."""
    return "".join(path.read_text(errors="ignore") for path in folder.glob("desk.db*"))


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_a_turn_after_the_erasure_begins_anew(
    store: AppendingTrackerStore, erasure: Erasure, tmp_path: Path
) -> None:
    await say(store, turn(1, "action_guide", SlotSet("topic", "planted")))
    await say(store, turn(2))
    await say(store, turn(1), OTHER)
    erasure.forget(WHO)
    assert await store.retrieve_full_tracker(WHO) is None
    assert "planted" not in _bytes_of(tmp_path)
    tracker = await say(store, turn(3))
    assert said(tracker) == said(await store.retrieve_full_tracker(WHO)) == ["第3句"]
    assert tracker.get_slot("topic") is None
    assert said(await store.retrieve(OTHER)) == ["第1句"]


async def test_a_turn_that_was_running_leaves_nothing_of_the_turns_before(
    store: AppendingTrackerStore, erasure: Erasure
) -> None:
    await say(store, turn(1))
    running = await store.retrieve(WHO)
    assert running is not None
    erasure.forget(WHO)
    for event in turn(2):
        running.update(event)
    await store.save(running)
    assert said(await store.retrieve_full_tracker(WHO)) == ["第2句"]


async def test_what_waited_of_a_person_who_is_forgotten_does_not_come_back(
    store: AppendingTrackerStore, erasure: Erasure, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracker, "_LOOK", 1000)
    with gone(url, store.engine):
        await say(store, turn(1, "action_guide", SlotSet("topic", "planted")))
        await say(store, turn(1), OTHER)
    erasure.forget(WHO)
    store._readable = True  # before it has looked again
    assert await store.retrieve(WHO) is None
    assert said(await store.retrieve(OTHER)) == ["第1句"]
    store._recover()
    assert await store.retrieve_full_tracker(WHO) is None
    assert said(await store.retrieve_full_tracker(OTHER)) == ["第1句"]
    assert left_in(tmp_path / "spool") == []
    assert said(await say(store, turn(2))) == ["第2句"]


async def test_what_a_dead_process_left_of_a_forgotten_person_does_not_come_back(
    opened: Opened, store: AppendingTrackerStore, erasure: Erasure, url: str
) -> None:
    await say(store, turn(1))
    with gone(url, store.engine):
        await say(store, turn(2))
        die(store)
    erasure.forget(WHO)
    after = opened()
    assert after.state == "ok"
    assert await after.retrieve_full_tracker(WHO) is None


async def test_a_turn_of_after_the_erasure_waits_and_stays(
    store: AppendingTrackerStore, erasure: Erasure, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracker, "_LOOK", 1000)
    await say(store, turn(1, "action_guide", SlotSet("topic", "planted")))
    erasure.forget(WHO)
    store._recover()  # as it does every second
    with gone(url, store.engine):
        after = await say(store, turn(2))
        assert said(after) == ["第2句"]
        assert after.get_slot("topic") is None
    store._recover()
    assert said(await store.retrieve_full_tracker(WHO)) == ["第2句"]


def test_who_was_forgotten_is_noted_without_a_name_and_for_a_while(
    store: AppendingTrackerStore, erasure: Erasure, monkeypatch: pytest.MonkeyPatch
) -> None:
    erasure.forget(WHO)
    monkeypatch.setattr(memory, "_LASTING", timedelta(0))
    erasure.forget(OTHER)
    with store.engine.begin() as connection:
        noted = connection.execute(select(memory.FORGOTTEN)).all()
    assert [(row.id, row.who) for row in noted] == [(2, memory.who(OTHER))]
    assert WHO not in str(noted) and OTHER not in str(noted)


def test_a_database_that_rasa_has_not_used_yet_is_no_fault(erasure: Erasure) -> None:
    assert erasure.forget(WHO).messages == 0
