"""A conversation that somebody has ended on a shared computer, and somebody who has kept its cookie."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from bot.gateway.endings import COOKIE_LASTS, Endings
from bot.gateway.web import COOKIE
from desk.database import open_database
from tests.desk.databases import migrated
from tests.fakes.clock import Clock
from tests.gateway.door import Door, until

SECRET = "我的材料在哪里"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    made = Door(tmp_path_factory.mktemp("endings"))
    made.rasa.start()
    made.start()
    made.wait_for_rasa()
    yield made
    made.kill()
    made.rasa.stop()


def test_a_kept_cookie_opens_nothing_after_the_conversation_was_ended(door: Door) -> None:
    citizen = door.citizen()
    citizen.say(SECRET)
    kept = {"cookie": f"{COOKIE}={citizen.http.cookies[COOKIE]}"}
    assert SECRET in str(requests.get(f"{door.url}/api/messages", headers=kept, timeout=20).json())
    citizen.http.post(f"{door.url}/api/session/end", timeout=20)
    history = requests.get(f"{door.url}/api/messages", headers=kept, timeout=20)
    assert len(history.json()["messages"]) == 1
    assert requests.get(f"{door.url}/api/stream", headers=kept, timeout=20).status_code == 401
    body = {"id": "after", "text": "还在吗"}
    said = requests.post(f"{door.url}/api/messages", json=body, headers=kept, timeout=20)
    assert SECRET not in str(said.json())
    assert "还在吗" not in str(citizen.history()), "what is said with it is somebody else's conversation"


def test_an_open_stream_of_it_ends(door: Door) -> None:
    citizen = door.citizen()
    citizen.say(SECRET)
    other = requests.Session()
    other.cookies.set(COOKIE, citizen.http.cookies[COOKIE])
    heard: list[str] = []

    def listen() -> None:
        with other.get(f"{door.url}/api/stream", stream=True, timeout=60) as stream:
            heard.extend(line.decode() for line in stream.iter_lines())

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    until(lambda: any(SECRET in line for line in heard) or not listener.is_alive() or heard)
    citizen.http.post(f"{door.url}/api/session/end", timeout=20)
    door.citizen().say("另一个人的话")
    listener.join(30)
    assert not listener.is_alive()
    assert not any("另一个人的话" in line for line in heard)


def test_an_ending_is_forgotten_when_every_cookie_of_it_is_too_old(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    migrated(url)
    clock = Clock()
    endings = Endings(open_database(url), clock)
    for _ in range(2):
        endings.end("web-a")
    assert endings.ended("web-a") and not endings.ended("web-b")
    clock.pass_by(seconds=COOKIE_LASTS.total_seconds() - 1)
    endings.purge()
    assert endings.ended("web-a")
    clock.pass_by(seconds=2)
    endings.purge()
    assert not endings.ended("web-a")
