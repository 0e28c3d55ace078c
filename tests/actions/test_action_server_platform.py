"""The action server in front of a provincial platform: one id in all logs, figures, and nobody else waits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from desk.counter import open_counter
from desk.database import upgrade
from desk.logs import request_id
from tests.actions.dialogue import message_of
from tests.actions.server import Server
from tests.fakes.people import KNOWN, NAME, PHONE
from tests.fakes.platform import SECRET, TOKEN, FakePlatform
from tests.gateway.door import until

REF = "〔身份证#1〕"


@pytest.fixture
def server(tmp_path: Path, platform: FakePlatform) -> Iterator[Server]:
    given = platform.settings()
    upgrade(f"sqlite:///{tmp_path / 'desk.db'}")
    running = Server(
        tmp_path,
        DESK_PLATFORM_URL=given.url,
        DESK_PLATFORM_CLIENT_ID=given.client_id,
        DESK_PLATFORM_CLIENT_SECRET=given.client_secret,
    )
    assert open_counter(running.settings).vault.redact("web-a", KNOWN).text == REF
    yield running
    running.stop()


def retried(server: Server, key: str) -> str:
    """Press 再试一次 in a conversation that has given number and name; return what is said."""
    message = message_of("/status", "status", 1.0, [("value", "retry")], key)
    answer = server.turn("action_claim_start", message, {"claim_id_number": REF, "claim_name": NAME})
    return "".join(response["text"] or "" for response in answer.json()["responses"])


def lines(server: Server) -> list[dict[str, str]]:
    return [json.loads(line) for line in server.log.read_text().splitlines()]


def test_one_id_stands_in_the_log_and_at_the_platform_and_names_no_conversation(
    server: Server, platform: FakePlatform
) -> None:
    retried(server, "web:web-a:m-1")
    platform.mode = "page"
    assert "没能从省里" in retried(server, "web:web-a:m-2")
    ids = [request_id(f"web:web-a:m-{n}") for n in (1, 2)]
    assert platform.requests == ids
    told = [(line["event"], line["request"]) for line in lines(server) if "platform" in line["event"]]
    assert told == [("platform answered", ids[0]), ("platform gave no answer", ids[1])]
    written = server.log.read_text()
    assert not [one for one in (KNOWN, NAME, PHONE, SECRET, "web-a", *platform.tokens) if one in written]


def test_calls_are_counted_and_timed_by_their_outcome(server: Server, platform: FakePlatform) -> None:
    retried(server, "web:web-a:m-1")
    platform.mode = "page"
    for number in range(6):
        retried(server, f"web:web-a:n-{number}")
    metrics = requests.get(f"{server.url}/metrics", timeout=5).text
    for outcome, count in (("ok", 1), ("malformed", 5), ("open", 1)):
        assert f'desk_claims_platform_seconds_count{{outcome="{outcome}"}} {count}.0' in metrics


def test_a_platform_that_hangs_keeps_nobody_else_waiting(server: Server, platform: FakePlatform) -> None:
    platform.mode = "hang"
    with ThreadPoolExecutor(12) as pool:
        asked = [pool.submit(retried, server, f"web:web-a:m-{number}") for number in range(12)]
        until(lambda: platform.calls[TOKEN] > 0)
        assert server.run("action_greet").json()["responses"][0]["text"].startswith("您好")
        assert not all(one.done() for one in asked)
        platform.released.set()
        assert len([one.result(30) for one in asked]) == 12
