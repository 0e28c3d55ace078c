"""The loopback channel's `/parse` on a port of its own, over the real classifier in small."""

from __future__ import annotations

import logging
import socket
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from rasa.core.channels.channel import UserMessage
from sanic import Sanic

from bot.nlu.channel import LoopbackInput
from bot.nlu.intents import LinearIntentClassifier
from tests.nlu.conftest import Workshop, message

TOKEN = {"X-Desk-Token": "secret"}


class FakeAgent:
    """Understands with the small classifier; whoever asks it for a tracker finds none."""

    def __init__(self, classifier: LinearIntentClassifier) -> None:
        self._classifier = classifier
        self.loaded = True
        self.fails = False
        self.turns: list[UserMessage] = []

    def is_ready(self) -> bool:
        return self.loaded

    async def parse_message(self, text: str) -> dict[str, Any]:
        if self.fails:
            raise RuntimeError(text)
        (found,) = self._classifier.process([message(text)])
        return {"text": text, "heard": text, **found.as_dict(only_output_properties=True)}

    async def take(self, taken: UserMessage) -> None:
        self.turns.append(taken)


@pytest.fixture
def agent(workshop: Workshop) -> FakeAgent:
    return FakeAgent(workshop.trained())


@pytest_asyncio.fixture
async def url(agent: FakeAgent, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    # Else Sanic rewrites itself at the first start and cannot be started again in one process.
    monkeypatch.setattr(Sanic, "test_mode", True)
    app = Sanic("parse", register=False, configure_logging=False)
    app.ctx.agent = agent
    app.blueprint(LoopbackInput("secret").blueprint(agent.take))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = await app.create_server(sock=listening, return_asyncio_server=True, access_log=False)
        assert server is not None
        await server.startup()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/parse"
        server.close()
        await server.wait_closed()


async def parsed(url: str, text: str, headers: dict[str, str] = TOKEN) -> tuple[int, Any]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, json={"text": text}, headers=headers) as answer,
    ):
        return answer.status, await answer.json() if answer.status == 200 else await answer.text()


async def test_the_labels_of_words_are_told_the_likeliest_first(url: str) -> None:
    status, body = await parsed(url, "要带什么材料")
    assert (status, body["heard"], body["asks"]) == (200, "要带什么材料", [])
    assert body["label_ranking"][0]["name"] == "materials"
    chances = [label["confidence"] for label in body["label_ranking"]]
    assert chances == sorted(chances, reverse=True)


async def test_the_asks_of_a_message_are_told_in_their_order(url: str) -> None:
    _, body = await parsed(url, "要带什么材料？窗口在哪里？")
    assert [ask["name"] for ask in body["asks"]] == ["materials", "office"]


async def test_at_most_eight_labels_are_told(url: str, agent: FakeAgent, monkeypatch: Any) -> None:
    async def many(_text: str) -> dict[str, Any]:
        return {"label_ranking": [{"name": f"t{n}", "confidence": 0.1} for n in range(10)]}

    monkeypatch.setattr(agent, "parse_message", many)
    _, body = await parsed(url, "什么")
    assert [label["name"] for label in body["label_ranking"]] == [f"t{n}" for n in range(8)]


async def test_words_that_look_like_a_button_are_words(url: str) -> None:
    _, body = await parsed(url, "/要带什么材料")
    assert body["label_ranking"][0]["name"] == "materials"


async def test_no_turn_is_held(url: str, agent: FakeAgent) -> None:
    await parsed(url, "要带什么材料")
    assert agent.turns == []


@pytest.mark.parametrize("headers", [{}, {"X-Desk-Token": ""}, {"X-Desk-Token": "wrong"}])
async def test_without_the_token_nothing_is_told(url: str, headers: dict[str, str]) -> None:
    assert await parsed(url, "要带什么材料", headers) == (401, "")


async def test_a_model_that_is_not_loaded_is_told_as_such(url: str, agent: FakeAgent) -> None:
    agent.loaded = False
    assert await parsed(url, "要带什么材料") == (503, "")


async def test_a_failure_leaves_no_word_in_answer_or_log(
    url: str, agent: FakeAgent, caplog: pytest.LogCaptureFixture
) -> None:
    agent.fails = True
    with caplog.at_level(logging.DEBUG):
        assert await parsed(url, "要带什么材料") == (500, "")
    assert "RuntimeError" in caplog.text
    assert "材料" not in caplog.text
