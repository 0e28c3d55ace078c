"""The database is locked by another process, the disk is full or read-only: what people hear meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.fakes.disk import full, locked, read_only, small_disk
from tests.faults.rounds import ROUNDS, rounds
from tests.gateway.door import Door
from tests.gateway.storm import weather

_FAULTS: dict[str, tuple[Callable[[Door], AbstractContextManager[None]], str]] = {
    "locked": (lambda door: locked(door.var / "desk.db"), "占着"),
    "full": (lambda door: full(door.var, door.pid), "磁盘"),
    "read-only": (lambda door: read_only(door.var / "desk.db"), "磁盘"),
}
# A writer stands in line for five seconds and waits five more for the lock: of a shorter one nobody may hear.
_SECONDS = {"locked": (13.0, 1.0, 6.5), "full": (1.2, 4.0), "read-only": (1.2, 4.0)}


@pytest.fixture(scope="module")
def _door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    yield from _opened(Door(tmp_path_factory.mktemp("disk")))


@pytest.fixture
def door(_door: Door) -> Door:
    """A gateway that is broken by nobody else."""
    _door.rasa.reset()
    return _door


def _opened(door: Door) -> Iterator[Door]:
    door.rasa.start()
    door.start()
    door.wait_for_rasa()
    yield door
    door.kill()
    door.rasa.stop()


@pytest.mark.parametrize("fault", _FAULTS)
def test_whatever_stops_the_disk_is_told_and_costs_no_message(door: Door, fault: str) -> None:
    broken, sign = _FAULTS[fault]
    for number, chance in enumerate(rounds()):
        seconds = _SECONDS[fault][number % len(_SECONDS[fault])]
        if fault == "locked" and ROUNDS > 1 and number == 3:
            seconds = 60.0
        seen = weather(door, chance, broken(door), seconds)
        if fault != "locked" or seconds >= 13:
            assert seen.heard
            assert any(sign in each for each in seen.faults), seen.faults


@pytest.mark.skipif(ROUNDS == 1, reason="one more gateway to start; the short form limits the files of one")
def test_a_disk_without_a_byte_left_costs_no_message_either(tmp_path: Path) -> None:
    with small_disk(tmp_path) as var:
        for opened in _opened(Door(var)):
            for chance in rounds():
                weather(opened, chance, full(var, opened.pid), chance.uniform(1, 4))
