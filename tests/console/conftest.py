"""One console for all these tests; each makes people and tickets of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

import pytest

from tests.benchmarks.many_tickets import fill
from tests.console.door import StaffDoor


@pytest.fixture(scope="session")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StaffDoor]:
    door = StaffDoor(tmp_path_factory.mktemp("console"))
    door.start()
    yield door
    door.kill()


@pytest.fixture(scope="session")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StaffDoor]:
    """Another console, with three months of tickets in it."""
    door = StaffDoor(tmp_path_factory.mktemp("busy"))
    fill([door.engine], 300, 7, datetime.now(timezone.utc), 100)
    door.start()
    yield door
    door.kill()


@pytest.fixture(scope="session")
def learning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StaffDoor]:
    """A console of its own: a change for the files takes along everything that was approved."""
    door = StaffDoor(tmp_path_factory.mktemp("learning"))
    door.start()
    yield door
    door.kill()
