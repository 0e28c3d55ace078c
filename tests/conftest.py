"""Fixtures that more than one folder of tests uses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from desk.sealing import PROFILES, Keys
from tests.assistant import Assistant, Citizen
from tests.desk.platform_room import peopled
from tests.fakes.platform import FakePlatform

# What starts processes and waits for them comes first, so that in the end no worker is alone with it.
_FIRST = ("faults", "ops", "gateway", "fuzz", "actions", "browser", "console")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests in the order of _FIRST, with all others behind."""
    place = {folder: at for at, folder in enumerate(_FIRST)}
    items.sort(key=lambda item: place.get(item.path.parent.name, len(place)))


@pytest.fixture(scope="session")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """The whole assistant with its trained model, shared by the tests that do not break it."""
    running = Assistant(tmp_path_factory.mktemp("assistant"))
    running.prepare()
    running.start()
    running.wait()
    yield running
    running.stop()


@pytest.fixture(params=PROFILES)
def keys(request: pytest.FixtureRequest) -> Keys:
    """Keys in each profile."""
    return Keys.of(bytes(range(32)), profile=request.param)


@pytest.fixture
def platform() -> Iterator[FakePlatform]:
    """The provincial platform, with its people."""
    running = peopled(FakePlatform())
    yield running
    running.stop()


@pytest.fixture
def citizen(assistant: Assistant) -> Citizen:
    """Somebody new in a conversation of his own."""
    return Citizen(assistant.url)
