from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import jsonschema
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from bot.nlu import calls
from bot.nlu.calls import (
    build_answer_check_once,
    call_the_next_where_one_is_gone,
    close_connections,
    keep_connections,
)

SLOT = {"event": "slot", "name": "topic", "value": "process", "timestamp": None}
GOOD: list[Any] = [
    {},
    {"events": [], "responses": []},
    {"events": [SLOT, {"event": "followup", "name": "action_office"}], "responses": [{"text": "好"}]},
]
BAD: list[Any] = [
    [],
    {"events": [{"event": "sloth", "name": "topic", "value": 1}]},
    {"events": [{"event": ["slot"], "name": "topic", "value": 1}]},
    {"events": [{"event": "slot", "name": "topic", "value": 1, "timestamp": "now"}]},
    {"events": [SLOT, {"event": "action", "name": 1}]},
    {"events": [SLOT], "responses": {}},
    {"events": {}},
    {"events": ["slot"]},
    {"events": [{"event": "slot", "value": 1}]},
    {"responses": ["好"]},
]


@pytest.fixture
def action(monkeypatch: pytest.MonkeyPatch) -> RemoteAction:
    """A remote action with our check, for one test."""
    monkeypatch.setattr(RemoteAction, "_validate_action_result", RemoteAction._validate_action_result)
    build_answer_check_once()
    return RemoteAction("action_guide", None)


@pytest.mark.parametrize("answer", GOOD)
def test_an_answer_that_rasa_takes_is_taken(action: RemoteAction, answer: Any) -> None:
    assert action._validate_action_result(answer)


@pytest.mark.parametrize("answer", BAD)
def test_an_answer_that_rasa_refuses_is_refused_with_the_same_error(
    action: RemoteAction, answer: Any
) -> None:
    with pytest.raises(jsonschema.ValidationError):
        action._validate_action_result(answer)


@pytest.mark.parametrize("answer", [*GOOD, *BAD])
def test_stock_rasa_still_tells_these_apart(answer: Any) -> None:
    stock = RemoteAction("action_guide", None)
    try:
        refused = not stock._validate_action_result(answer)
    except jsonschema.ValidationError:
        refused = True
    assert refused == (answer in BAD)


def test_the_validator_is_made_once(action: RemoteAction, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RemoteAction, "action_response_format_spec", None)
    assert action._validate_action_result(GOOD[-1])


class Actions:
    """Two action servers; what each was asked is kept."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.connections: set[Any] = set()
        self.silent: set[int] = set()
        self.status, self.dies = 200, False
        self.both = [self._server(number) for number in range(2)]

    def endpoint(self) -> EndpointConfig:
        return EndpointConfig(",".join(f"http://127.0.0.1:{server.port}/webhook" for server in self.both))

    def _server(self, number: int, port: int | None = None) -> TestServer:
        async def answer(request: web.Request) -> web.Response:
            self.asked.append(number)
            self.connections.add(request.transport)
            if number in self.silent:
                await asyncio.sleep(2)
            if self.dies and request.transport:
                request.transport.abort()
            return web.json_response(await request.json(), status=self.status)

        app = web.Application()
        app.router.add_post("/webhook", answer)
        return TestServer(app, port=port)


@pytest_asyncio.fixture
async def actions(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Actions]:
    monkeypatch.setattr(EndpointConfig, "request", EndpointConfig.request)
    monkeypatch.setattr(EndpointConfig, "session", EndpointConfig.session)
    monkeypatch.setattr(calls, "_BACK_SECONDS", 3)
    keep_connections()
    call_the_next_where_one_is_gone()
    made = Actions()
    for server in made.both:
        await server.start_server()
    yield made
    await close_connections()
    for server in made.both:
        await server.close()


async def test_calls_go_to_the_first_action_server_and_to_the_next_while_that_is_gone(
    actions: Actions,
) -> None:
    endpoint = actions.endpoint()
    assert await endpoint.request(json={"n": 1}) == {"n": 1}
    await actions.both[0].close()
    assert [await endpoint.request(json={"n": n}) for n in (2, 3)] == [{"n": 2}, {"n": 3}]
    assert actions.asked == [0, 1, 1]
    await actions.both[1].close()
    with pytest.raises(aiohttp.ClientConnectionError):
        await endpoint.request(json={})


async def test_a_call_waits_for_a_server_that_starts_again(actions: Actions) -> None:
    port, endpoint = actions.both[0].port, actions.endpoint()
    for server in actions.both:
        await server.close()
    call = asyncio.ensure_future(endpoint.request(json={"n": 1}))
    await asyncio.sleep(2 * calls._LOOK_SECONDS)
    assert not call.done()
    actions.both[0] = actions._server(0, port)
    await actions.both[0].start_server()
    assert await call == {"n": 1}


async def test_a_call_that_ends_whoever_takes_it_is_not_handed_on_for_ever(actions: Actions) -> None:
    actions.dies = True
    with pytest.raises(aiohttp.ClientConnectionError):
        await actions.endpoint().request(json={})
    assert 2 <= len(actions.asked) <= 4


async def test_a_call_that_an_action_server_refuses_goes_to_no_other(actions: Actions) -> None:
    actions.status = 500
    with pytest.raises(ClientResponseError):
        await actions.endpoint().request(json={})
    assert actions.asked == [0]


async def test_calls_one_after_the_other_share_a_connection(actions: Actions) -> None:
    endpoint = actions.endpoint()
    for n in range(5):
        assert await endpoint.request(json={"n": n}) == {"n": n}
    assert len(actions.connections) == 1


async def test_calls_at_once_do_not_wait_for_each_other(actions: Actions) -> None:
    endpoint = actions.endpoint()
    answers = await asyncio.gather(*(endpoint.request(json={"n": n}) for n in range(20)))
    assert answers == [{"n": n} for n in range(20)]


async def test_a_server_that_starts_again_is_called_on_a_new_connection(actions: Actions) -> None:
    port, endpoint = actions.both[0].port, actions.endpoint()
    await endpoint.request(json={"n": 1})
    await actions.both[0].close()
    actions.both[0] = actions._server(0, port)
    await actions.both[0].start_server()
    assert await endpoint.request(json={"n": 2}) == {"n": 2}
    assert actions.asked == [0, 0] and len(actions.connections) == 2


async def test_a_kept_connection_that_is_cut_off_makes_no_server_gone(actions: Actions) -> None:
    endpoint = actions.endpoint()
    await endpoint.request(json={})
    for connection in actions.connections:
        connection.abort()  # as a server closes one that nobody has used for a while
    assert [await endpoint.request(json={"n": n}) for n in range(2)] == [{"n": 0}, {"n": 1}]
    ports = [server.port for server in actions.both]
    for server in actions.both:
        await server.close()
    await asyncio.sleep(1.1 * calls._BACK_SECONDS)
    call = asyncio.ensure_future(endpoint.request(json={"n": 2}))
    await asyncio.sleep(2 * calls._LOOK_SECONDS)
    assert not call.done()  # it waits for a restart, as for any server that was there when it was called last
    actions.both[0] = actions._server(0, ports[0])
    await actions.both[0].start_server()
    assert await call == {"n": 2}


async def test_a_server_that_says_nothing_is_called_last_from_then_on(
    actions: Actions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "_CALL_SECONDS", 0.3)
    actions.silent = {0}
    with pytest.raises(asyncio.TimeoutError):
        await actions.endpoint().request(json={"n": 1})
    assert await actions.endpoint().request(json={"n": 2}) == {"n": 2}
    assert actions.asked == [0, 1]
