"""The ticket room over SQLite and, where there is one, PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from desk.database import Base, open_database
from desk.tickets import Tickets
from tests.desk.databases import KINDS, database
from tests.desk.ticket_room import Moment, tickets_in


@pytest.fixture
def now() -> Moment:
    return Moment()


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with database(request.param, tmp_path) as url:
        made = open_database(url)
        Base.metadata.create_all(made)
        yield made
        made.dispose()


@pytest.fixture
def tickets(engine: Engine, now: Moment) -> Tickets:
    return tickets_in(engine, now)
