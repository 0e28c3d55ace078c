"""Whom the bell wakes: the pages of the conversation concerned and no others, whatever happened meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from bot.gateway.app import _keep_up
from bot.gateway.bell import Bell
from desk import conversation
from desk.database import open_database
from desk.live import Live
from tests.desk.databases import migrated
from tests.desk.live_room import live_in, monday_noon


class Tower:
    """A bell that is watched, over a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'desk.db'}"
        self.engine: Engine = open_database(self.url)
        self.live: Live = live_in(self.engine, monday_noon())
        self.bell = Bell(self.engine, self.live)

    def say(self, sender_id: str) -> None:
        with self.engine.begin() as connection:
            conversation.say(connection, sender_id, conversation.BOT, {"text": "好"})


@pytest.fixture
async def tower(tmp_path: Path) -> AsyncIterator[Tower]:
    made = Tower(tmp_path)
    migrated(made.url)
    watching = asyncio.create_task(made.bell.watch())
    yield made
    watching.cancel()
    made.engine.dispose()


async def test_only_the_conversation_in_which_something_was_said_is_woken(tower: Tower) -> None:
    with tower.bell.page("web-a") as a, tower.bell.page("web-b") as b, tower.bell.page("web-b") as other_tab:
        tower.say("web-b")
        assert await b.rings(10)
        assert await other_tab.rings(10)
        assert not await a.rings(0.6)
        assert not await b.rings(0.6)
        tower.say("web-a")
        assert await a.rings(10)


async def test_what_happens_between_two_waits_rings_at_once(tower: Tower) -> None:
    with tower.bell.page("web-a") as a, tower.bell.page("web-b") as b:
        tower.say("web-a")
        tower.say("web-b")
        assert await b.rings(10)
        assert await a.rings(0.01)


async def test_who_waits_for_a_person_is_woken_when_the_place_in_line_changes(tower: Tower) -> None:
    tower.live.present("agent1")
    with tower.bell.page("web-a") as a, tower.bell.page("web-c") as c:
        tower.live.ask("web-0", "web")
        tower.live.ask("web-a", "web")
        assert await a.rings(10)
        assert tower.bell.standings["web-a"].position == 2
        tower.live.leave("web-0")
        assert await a.rings(10)
        assert tower.bell.standings["web-a"].position == 1
        tower.live.leave("web-a")
        assert await a.rings(10)
        assert not await c.rings(0.6)


async def test_a_page_that_is_closed_leaves_nothing_behind(tower: Tower) -> None:
    for number in range(50):
        with tower.bell.page(f"web-{number}"), tower.bell.page("web-twice"), tower.bell.page("web-twice"):
            assert tower.bell.open == 3
    assert tower.bell.open == 0
    assert not tower.bell._pages


async def test_the_bell_remembers_only_the_last_messages(tower: Tower) -> None:
    with tower.bell.page("web-a") as a:
        for _ in range(conversation.OUT_OF_ORDER + 50):
            tower.say("web-b")
        tower.say("web-a")
        assert await a.rings(10)
        tower.say("web-a")
        assert await a.rings(10)
    assert len(tower.bell._heard) <= conversation.OUT_OF_ORDER + 1


async def test_the_bell_rings_again_after_the_database_was_away(tmp_path: Path) -> None:
    tower = Tower(tmp_path)
    watching = asyncio.create_task(_keep_up(tower.bell.watch))  # there is no table yet
    await asyncio.sleep(0.1)
    migrated(tower.url)
    with tower.bell.page("web-a") as a:
        tower.say("web-a")
        assert await a.rings(10)
    watching.cancel()
    tower.engine.dispose()
