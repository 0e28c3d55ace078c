"""The gateway stands still for half a minute: what was sent meanwhile is there afterwards, once."""

from __future__ import annotations

import signal
import socket
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import requests
from sqlalchemy import func, select

from desk.conversation import BOT, MessageRow
from desk.inbox import DONE, InboxRow
from tests.faults.rounds import ROUNDS, rounds
from tests.gateway.door import Door, until

_STANDSTILL = 30 if ROUNDS > 1 else 3  # seconds
_PEOPLE, _MESSAGES = 10, 4
_OFTEN = "from bot.gateway import alive; alive._EVERY_SECONDS = 0.1; "


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    door = Door(tmp_path)
    door.rasa.start()
    door.start()
    door.wait_for_rasa()
    yield door
    door.kill()
    door.rasa.stop()


def test_a_gateway_that_stood_still_has_every_message_once(door: Door) -> None:
    for chance in rounds():
        before = _rows(door)
        with ThreadPoolExecutor(_PEOPLE) as pool:
            writing = [pool.submit(_write, door) for _ in range(_PEOPLE)]
            time.sleep(chance.uniform(0.1, 0.6))
            door.process.send_signal(signal.SIGSTOP)
            time.sleep(_STANDSTILL)
            door.process.send_signal(signal.SIGCONT)
            for each in writing:
                each.result(120)
        rows = _rows(door)
        assert rows == before + _PEOPLE * _MESSAGES
        assert len(set(door.rasa.texts())) == rows
        assert _answers(door) == rows


def test_systemd_hears_the_gateway_while_its_loop_turns_and_nothing_when_it_does_not(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(60)
        door = Door(tmp_path, changed=_OFTEN, NOTIFY_SOCKET=str(tmp_path / "notify"))
        door.start()
        try:
            assert {systemd.recv(100) for _ in range(5)} == {b"WATCHDOG=1"}
            door.process.send_signal(signal.SIGSTOP)
            systemd.settimeout(1)
            with pytest.raises(socket.timeout):
                for _ in range(1000):  # what was on its way
                    systemd.recv(100)
        finally:
            door.process.send_signal(signal.SIGCONT)
            door.kill()


def _rows(door: Door) -> int:
    """How many messages are done; nothing else may be left."""
    until(door.nothing_waits)
    with door.engine.connect() as connection:
        rows = dict(connection.execute(select(InboxRow.state, func.count()).group_by(InboxRow.state)).all())
    assert set(rows) <= {DONE}
    return int(rows.get(DONE, 0))


def _answers(door: Door) -> int:
    with door.engine.connect() as connection:
        return int(connection.scalar(select(func.count()).where(MessageRow.author == BOT)) or 0)


def _write(door: Door) -> None:
    """Send some messages, each again under its id whenever nothing comes."""
    citizen = door.citizen()
    for _ in range(_MESSAGES):
        body, taken = {"id": uuid.uuid4().hex, "text": f"说{uuid.uuid4().hex}"}, False
        while not taken:
            with suppress(requests.RequestException):
                answer = citizen.http.post(f"{door.url}/api/messages", json=body, timeout=1)
                taken = answer.status_code in {200, 202}
        time.sleep(0.1)
