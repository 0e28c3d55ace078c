"""One gateway for all these tests, with Rasa ready behind it; tests use conversations of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.assistant import Citizen
from tests.fakes.rasa import FakeRasa
from tests.gateway.door import Door, until


@pytest.fixture(scope="session")
def _door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    yield from _open(Door(tmp_path_factory.mktemp("gateway")))


@pytest.fixture(scope="session")
def _impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    yield from _open(Door(tmp_path_factory.mktemp("impatient"), impatient=True))


def _open(door: Door) -> Iterator[Door]:
    door.rasa.start()
    door.start()
    yield door
    door.kill()
    door.rasa.stop()


def _lend(door: Door) -> Iterator[Door]:
    """Whatever a test did to Rasa before is undone, and what it left to be answered is."""
    door.rasa.reset()
    door.rasa.start()
    door.wait_for_rasa()
    until(door.nothing_waits)
    door.rasa.reset()
    yield door


@pytest.fixture
def door(_door: Door) -> Iterator[Door]:
    """The gateway with Rasa ready."""
    yield from _lend(_door)


@pytest.fixture
def impatient(_impatient: Door) -> Iterator[Door]:
    """A gateway that keeps no request waiting, with Rasa ready."""
    yield from _lend(_impatient)
    _impatient.rasa.go_on()


@pytest.fixture
def rasa(door: Door) -> FakeRasa:
    return door.rasa


@pytest.fixture
def citizen(door: Door) -> Citizen:
    return door.citizen()
