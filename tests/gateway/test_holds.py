from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Engine

from bot.gateway.holds import Holds
from desk.database import open_database
from tests.desk.databases import database

WHO = f"web-{secrets.token_hex(8)}"  # advisory locks are the whole database's


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with database("postgresql", tmp_path) as url:
        made = open_database(url)
        yield made
        made.dispose()


_HELD = "WHERE locktype = 'advisory' AND objid = hashtext(:who)::bit(32)::bigint"


def end_the_connection(engine: Engine) -> None:
    """End the one that holds the conversation, as a cut line would."""
    with engine.begin() as connection:
        ended = connection.execute(
            text(f"SELECT pg_terminate_backend(pid) FROM pg_locks {_HELD}"), {"who": WHO}
        )
        assert [row[0] for row in ended] == [True]


class Visit:
    """A conversation held from `begun` until `go_on`, noted in `done`."""

    def __init__(self, holds: Holds, done: list[str], name: str, waits: bool = False) -> None:
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()
        if not waits:
            self.go_on.set()
        self._holds, self._done, self._name = holds, done, name

    async def run(self) -> None:
        async with self._holds.alone(WHO):
            self._done.append(f"{self._name} begins")
            self.begun.set()
            await self.go_on.wait()
            self._done.append(f"{self._name} ends")


async def test_a_conversation_is_held_by_one_gateway_at_a_time(engine: Engine) -> None:
    mine, others, done = Holds(engine), Holds(engine), list[str]()
    first, second = Visit(mine, done, "first", waits=True), Visit(others, done, "second")
    running = [asyncio.create_task(first.run())]
    await first.begun.wait()
    running.append(asyncio.create_task(second.run()))
    async with others.alone(f"{WHO}-else"):  # somebody else's is free all the while
        assert done == ["first begins"]
    first.go_on.set()
    await asyncio.gather(*running)
    assert done == ["first begins", "first ends", "second begins", "second ends"]


async def test_what_a_gateway_held_is_free_when_its_connection_ends_and_it_goes_on_with_another(
    engine: Engine,
) -> None:
    mine, others, done = Holds(engine), Holds(engine), list[str]()
    first = Visit(mine, done, "first", waits=True)
    running = asyncio.create_task(first.run())
    await first.begun.wait()
    end_the_connection(engine)
    await Visit(others, done, "second").run()
    first.go_on.set()
    await running
    await Visit(mine, done, "third").run()
    assert done[1:] == ["second begins", "second ends", "first ends", "third begins", "third ends"]


async def test_a_connection_that_ended_while_nothing_was_held_is_made_anew(engine: Engine) -> None:
    holds, done = Holds(engine), list[str]()
    await Visit(holds, done, "first").run()
    pid = holds._between._connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    await Visit(holds, done, "second").run()
    assert done[-1] == "second ends"


async def test_within_one_gateway_the_first_to_come_is_the_first_to_be_served(engine: Engine) -> None:
    holds, done = Holds(engine), list[str]()
    await asyncio.gather(*(Visit(holds, done, str(number)).run() for number in range(10)))
    assert done == [f"{number} {what}" for number in range(10) for what in ("begins", "ends")]


async def test_a_conversation_that_nobody_holds_any_more_leaves_no_lock(tmp_path: Path) -> None:
    holds = Holds(open_database(f"sqlite:///{tmp_path / 'desk.db'}"))
    for number in range(200):
        async with holds.alone(f"web-{number}"):
            assert len(holds._locks) == 1
    assert len(holds._locks) == 0
