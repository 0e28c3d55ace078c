"""The ticket room over SQLite and, where there is one, PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from desk.database import open_database
from desk.tickets import Tickets
from tests.desk.databases import KINDS, Tables
from tests.desk.forgotten import make_rasa_table
from tests.desk.ticket_room import Moment, tickets_in


@pytest.fixture
def now() -> Moment:
    return Moment()


@pytest.fixture(scope="session")
def _tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tables]:
    made = Tables(tmp_path_factory.mktemp("tables"))
    yield made
    made.close()


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path: Path, _tables: Tables) -> Iterator[Engine]:
    with _tables.empty(request.param, tmp_path) as url:
        made = open_database(url)
        yield made
        made.dispose()


@pytest.fixture
def tickets(engine: Engine, now: Moment) -> Tickets:
    return tickets_in(engine, now)


@pytest.fixture
def tracker(engine: Engine, tmp_path: Path) -> Iterator[Engine]:
    """Rasa's own database; on PostgreSQL the same as ours."""
    own = engine.dialect.name == "sqlite"
    made = open_database(f"sqlite:///{tmp_path / 'tracker.db'}") if own else engine
    make_rasa_table(made)
    yield made
    made.dispose()
