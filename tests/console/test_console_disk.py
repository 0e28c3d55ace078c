"""Staff work while the database is locked, full or read-only: what they read, and that they can go on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
import requests

from desk.invariants import open_invariants
from desk.tickets.terms import Role
from tests.console.door import StaffDoor
from tests.console.ticket_desk import arrived, filed, hidden, now
from tests.fakes.disk import full, locked, read_only
from tests.faults.rounds import ROUNDS, rounds

_FAULTS: dict[str, Callable[[StaffDoor], AbstractContextManager[None]]] = {
    "full": lambda door: full(door.var, door.process.pid),
    "read-only": lambda door: read_only(door.var / "desk.db"),
    "locked": lambda door: locked(door.var / "desk.db"),
}
_UNAVAILABLE = "数据库暂时没有回应"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StaffDoor]:
    """A console that is broken by nobody else."""
    door = StaffDoor(tmp_path_factory.mktemp("office"))
    door.start()
    yield door
    door.kill()


def health(door: StaffDoor) -> dict[str, str]:
    body: dict[str, str] = requests.get(f"{door.url}/healthz", timeout=5).json()
    return body


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.1)


@pytest.mark.parametrize("fault", ["full", "read-only", *(["locked"] if ROUNDS > 1 else [])])
def test_staff_read_that_it_was_not_done_and_do_it_when_the_disk_is_back(
    office: StaffDoor, fault: str
) -> None:
    agent = arrived(office, Role.AGENT)
    for chance in rounds():
        ticket = filed(office)
        page = agent.get(f"/tickets/{ticket.id}").text
        given = {**hidden(page, "accept"), "category": "overdue", "district": "五华区", "unit_main": "五华区"}
        path = f"/tickets/{ticket.id}/moves/accept"
        with _FAULTS[fault](office):
            time.sleep(chance.uniform(0, 0.3))
            answer = agent.post(path, **given)
            assert answer.status_code == 503
            assert _UNAVAILABLE in answer.text
            until(lambda: health(office)["status"] == "down")
            time.sleep(2.2)  # looks that only read would find nothing wrong by now
            assert health(office)["fault"]
        assert now(office, ticket).version == ticket.version
        until(lambda: health(office)["status"] == "ok")
        again = agent.post(path, **given)
        assert again.status_code in {200, 303}
        assert now(office, ticket).version == ticket.version + 1
        assert list(open_invariants(office.settings).breaches()) == []
