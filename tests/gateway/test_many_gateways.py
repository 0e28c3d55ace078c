"""Two gateways on one database: whatever meets there, each message has one effect and one reply, in order."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from desk import conversation
from tests.assistant import Citizen
from tests.desk.databases import database
from tests.fakes.rasa import FakeRasa
from tests.gateway.door import ROOT, Door, until
from tests.gateway.test_gateway_stream import stream, texts


class Pair:
    """Two gateways, one Rasa behind both."""

    def __init__(self, var: Path, url: str) -> None:
        self.first = Door(var, DESK_DATABASE_URL=url)
        self.rasa: FakeRasa = self.first.rasa
        self.second = Door(var, DESK_DATABASE_URL=url, DESK_RASA_URLS=self.rasa.url)
        self.both = self.first, self.second
        self.pool = ThreadPoolExecutor(20)

    def citizen(self) -> Citizen:
        """Somebody whose words may reach either of them."""
        return self.first.citizen()

    def posts(self, door: Door, citizen: Citizen, client_id: str, text: str) -> requests.Response:
        """Deliver a citizen's message to one of the gateways, on a connection of its own."""
        body, cookies = {"id": client_id, "text": text}, citizen.http.cookies.get_dict()
        return requests.post(f"{door.url}/api/messages", json=body, cookies=cookies, timeout=60)

    def close(self) -> None:
        for door in self.both:
            door.kill()
            door.engine.dispose()
        self.rasa.stop()
        self.pool.shutdown()


@pytest.fixture(scope="module")
def _pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("pair")
    with database("postgresql", folder) as url:
        made = Pair(folder, url)
        for door in made.both:
            door.start()
        yield made
        made.close()


@pytest.fixture
def pair(_pair: Pair) -> Iterator[Pair]:
    _pair.rasa.reset()
    _pair.rasa.start()
    for door in _pair.both:
        door.wait_for_rasa()
    yield _pair
    _pair.rasa.go_on()
    until(_pair.first.nothing_waits)


def test_messages_of_one_conversation_are_answered_one_at_a_time_whichever_gateway_takes_them(
    pair: Pair,
) -> None:
    citizen = pair.citizen()
    texts = [f"第{n}句" for n in range(20)]
    sent = [
        pair.pool.submit(pair.posts, pair.both[n % 2], citizen, f"m{n}", text) for n, text in enumerate(texts)
    ]
    assert {answer.result().status_code for answer in sent} == {200}
    assert sorted(pair.rasa.texts()) == sorted(texts)
    assert pair.rasa.overlapping == []
    told = [m["text"] for m in citizen.history() if m["from"] == "bot"][1:]
    assert sorted(told) == sorted(f"收到：{text}" for text in texts)


def test_one_message_delivered_to_both_at_once_has_one_effect_and_the_same_reply(pair: Pair) -> None:
    citizen = pair.citizen()
    sent = [pair.pool.submit(pair.posts, door, citizen, "same", "只一次") for door in pair.both * 10]
    answers = [answer.result() for answer in sent]
    assert len({answer.text for answer in answers}) == 1
    assert [m["text"] for m in answers[0].json()["messages"]] == ["收到：只一次"]
    assert pair.rasa.texts() == ["只一次"]


def test_what_a_gateway_was_answering_when_it_died_is_answered_by_the_other_in_order(pair: Pair) -> None:
    citizen = pair.citizen()
    pair.rasa.hold()
    pair.pool.submit(pair.posts, pair.second, citizen, "m1", "甲")
    until(lambda: pair.rasa.texts() == ["甲"])
    pair.second.kill()
    later = pair.pool.submit(pair.posts, pair.first, citizen, "m2", "乙")
    until(lambda: len(pair.rasa.received) == 2)
    pair.rasa.go_on()
    assert later.result().status_code == 200
    assert [(turn["text"], turn["again"]) for turn in pair.rasa.received] == [
        ("甲", False),
        ("甲", True),
        ("乙", False),
    ]
    said = [m["text"] for m in citizen.history()[1:] if m["from"] == "bot"]
    assert said == ["收到：甲", "收到：乙"]
    pair.second.start()


def test_a_gateway_that_starts_asks_nothing_again_that_the_other_is_answering(pair: Pair) -> None:
    citizen = pair.citizen()
    pair.second.kill()
    pair.rasa.hold()
    asked = pair.pool.submit(pair.posts, pair.first, citizen, "m1", "慢慢想")
    until(lambda: pair.rasa.texts() == ["慢慢想"])
    pair.second.start()
    pair.second.wait_for_rasa()
    other = pair.pool.submit(pair.posts, pair.second, pair.citizen(), "m1", "别人")
    until(lambda: "别人" in pair.rasa.texts())
    pair.rasa.go_on()
    assert {asked.result().status_code, other.result().status_code} <= {200, 202}
    until(pair.first.nothing_waits)
    assert sorted(pair.rasa.texts()) == ["别人", "慢慢想"]


def test_what_is_committed_after_what_came_later_still_reaches_an_open_page(pair: Pair) -> None:
    citizen = pair.citizen()
    citizen.say("甲")
    sender_id, engine = pair.first.sender_id(citizen), pair.first.engine
    with stream(citizen) as events, engine.connect() as slow:
        assert texts(events, 2) == ["甲", "收到：甲"]
        with slow.begin():
            conversation.say(slow, sender_id, conversation.AGENT, {"text": "先写"})
            with engine.begin() as quick:
                conversation.say(quick, sender_id, conversation.AGENT, {"text": "后写"})
            assert texts(events, 1) == ["后写"]
        assert texts(events, 1) == ["先写"]


def test_a_second_gateway_on_sqlite_is_refused_in_a_sentence(door: Door) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "bot.gateway"],
        cwd=ROOT,
        env=door.environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 1
    assert "已经有一个网关在用" in run.stderr
    assert "Traceback" not in run.stderr
