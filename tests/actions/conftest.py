"""The real rooms over SQLite with the demo's claims, and conversations with the actions."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from desk.claims.register import Register
from desk.counter import Counter, open_counter
from desk.settings import Settings, derive
from tests.actions.dialogue import Dialogue
from tests.desk.databases import migrated
from tests.gateway.door import ROOT

NewDialogue = Callable[[], Dialogue]
_numbers = itertools.count(1)


def counter_in(var: Path) -> Counter:
    """Open every room over an own database that holds the demo's claims."""
    settings = Settings.from_env({"DESK_VAR": str(var), "DESK_DATA": str(ROOT / "data")})
    migrated(settings.database_url)
    counter = open_counter(settings)
    register = Register(counter.engine, derive(settings.secret, "register"))
    register.take((ROOT / "data" / "demo" / "claims.csv").read_bytes(), counter.workdays, demo=True)
    return counter


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Counter:
    return counter_in(tmp_path_factory.mktemp("actions"))


@pytest.fixture
def somebody(counter: Counter) -> NewDialogue:
    """Make conversations of new people."""
    return lambda: Dialogue(counter, f"web-{next(_numbers):032x}")


@pytest.fixture
def talk(somebody: NewDialogue) -> Dialogue:
    return somebody()
