"""What the turns remember while they run, and that nothing of it is left afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.gateway.brain import Brain
from bot.gateway.inbox import Inbox, Incoming
from bot.gateway.meanwhile import Meanwhile
from bot.gateway.metrics import Metrics
from bot.gateway.own_data import OwnData
from bot.gateway.turns import Turns
from desk.counter import open_counter
from desk.settings import Settings, derive
from tests.assistant import free_port
from tests.desk.databases import migrated
from tests.fakes.rasa import FakeRasa
from tests.gateway.door import ROOT


@pytest.fixture
def rasa() -> FakeRasa:
    made = FakeRasa("token", free_port())
    made.start()
    return made


@pytest.fixture
async def turns(tmp_path: Path, rasa: FakeRasa) -> AsyncIterator[Turns]:
    settings = Settings.from_env({"DESK_VAR": str(tmp_path), "DESK_DATA": str(ROOT / "data")})
    migrated(settings.database_url)
    counter = open_counter(settings)
    engine, brain = counter.engine, Brain([rasa.url], "token")
    await brain.look()
    inbox = Inbox(engine, counter.vault, derive(settings.secret, "inbox"))
    own_data = OwnData(engine, counter.tickets, counter.erasure)
    meanwhile = Meanwhile(counter.guide, counter.offices, settings.region)
    yield Turns(inbox, brain, meanwhile, counter.triage, counter.live, own_data, Metrics(), engine)
    await brain.close()
    rasa.stop()


async def test_turns_leave_nothing_behind_however_they_end(turns: Turns, rasa: FakeRasa) -> None:
    async def says(number: int, text: str) -> None:
        await turns.take(Incoming(f"web:w{number}:m", "web", f"w{number}", text), 20)

    words = ("要带什么材料", "😀", "/restart", "查看我的信息", "删除我的信息")
    await asyncio.gather(*(says(number, words[number % len(words)]) for number in range(40)))
    rasa.fails = True
    await asyncio.gather(*(says(number, "这句办不成") for number in range(40, 60)))
    await asyncio.sleep(0)
    assert not turns._running
    assert not turns._understood
    assert not turns._holds._locks
