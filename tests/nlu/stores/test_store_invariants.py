"""Rasa's memory against the queue: what it told is there, and what was filed it remembers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, Event, UserUttered

from bot.nlu.stores import AppendingTrackerStore
from desk.audit import Audit
from desk.database import Base, open_database
from desk.inbox import DONE, NEEDS_HUMAN
from desk.invariants import Invariants
from desk.sealing import Keys
from desk.tickets import Tickets
from tests.desk.busy_house import kept
from tests.desk.ticket_room import OVERDUE, Moment, tickets_in
from tests.nlu.stores.conversation import WHO, listen, say, turn
from tests.nlu.stores.outages import die, gone

NOTHING = "JS-20261121-000099-1"


@pytest.fixture
def store(domain: Domain, url: str, tmp_path: Path) -> Iterator[AppendingTrackerStore]:
    """Rasa's memory in the same database as ours, as on PostgreSQL."""
    made = AppendingTrackerStore(domain, host=url, spool=str(tmp_path / "spool"))
    yield made
    made.engine.dispose()


@pytest.fixture
def checker(url: str) -> Iterator[Invariants]:
    engine, now = open_database(url), Moment()
    Base.metadata.create_all(engine)
    yield Invariants(
        engine, engine, Audit(engine, Keys.of(bytes(32)), now), tickets_in(engine, now).clock, now
    )
    engine.dispose()


@pytest.fixture
def tickets(checker: Invariants) -> Tickets:
    return tickets_in(checker.engine, checker.now)


def confirmed(key: str, number: str) -> list[Event]:
    """The turn at the end of a complaint."""
    said = UserUttered("/affirm", {"name": "affirm", "confidence": 1.0}, message_id=key)
    card = {"card": {"title": f"诉求 {number}", "fields": [{"name": "编号", "value": number}]}}
    return [said, BotUttered("已经提交。"), BotUttered(None, {"custom": card}), listen()]


def found(checker: Invariants) -> list[str]:
    return [breach.rule for breach in checker.breaches()]


def filed(checker: Invariants, tickets: Tickets, key: str, state: str = DONE) -> str:
    kept(checker.engine, key, checker.now(), "已经提交。", state=state, sender=WHO)
    return tickets.open(OVERDUE, key, WHO, "web").public_no


async def test_a_confirmed_complaint_and_its_ticket_tell_the_same(
    store: AppendingTrackerStore, checker: Invariants, tickets: Tickets
) -> None:
    await say(store, turn(1))
    await say(store, confirmed("web:someone:2", filed(checker, tickets, "web:someone:2")))
    assert found(checker) == []


async def test_a_number_that_rasa_told_and_nobody_filed_is_found(
    store: AppendingTrackerStore, checker: Invariants
) -> None:
    await say(store, confirmed("web:someone:2", NOTHING))
    assert found(checker) == ["rasa_number"]


async def test_a_ticket_whose_confirmation_rasa_does_not_know_is_found(
    store: AppendingTrackerStore, checker: Invariants, tickets: Tickets
) -> None:
    number = filed(checker, tickets, "web:someone:2")
    talk = turn(1)
    talk[0] = UserUttered('"message_id": "web:someone:2"', talk[0].parse_data, message_id="m1")
    await say(store, talk)
    assert [(breach.rule, breach.row) for breach in checker.breaches()] == [("rasa_forgot", number)]


async def test_a_turn_that_failed_or_a_memory_that_was_purged_is_no_breach(
    store: AppendingTrackerStore, checker: Invariants, tickets: Tickets
) -> None:
    filed(checker, tickets, "web:someone:2", NEEDS_HUMAN)
    await say(store, turn(1))
    kept(checker.engine, "web:other:1", checker.now(), "已经提交。", sender="web:other")
    tickets.open(OVERDUE, "web:other:1", "web:other", "web")
    assert found(checker) == []


async def test_turns_that_wait_though_the_database_is_back_are_found(
    store: AppendingTrackerStore, checker: Invariants, url: str, tmp_path: Path
) -> None:
    assert await store.retrieve(WHO) is None
    with gone(url, store.engine):
        await say(store, turn(1))
    die(store)
    spool = replace(checker, spool=tmp_path / "spool")
    spool = replace(spool, now=lambda: datetime.now(timezone.utc))
    assert found(spool) == []  # just now
    later = replace(spool, now=lambda: datetime.now(timezone.utc) + timedelta(minutes=11))
    assert found(later) == ["rasa_spooled"]
    store._recover()
    assert found(later) == []


async def test_what_a_citizen_wrote_of_a_number_is_not_told_by_rasa(
    store: AppendingTrackerStore, checker: Invariants
) -> None:
    quoted = {"card": {"title": "请核对", "fields": [{"name": "发生了什么", "value": f"上次是{NOTHING}"}]}}
    said = UserUttered(f"我的是{NOTHING}", message_id="m1")
    await say(store, [said, BotUttered(None, {"custom": quoted}), listen()])
    assert found(checker) == []
