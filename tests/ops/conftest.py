"""A database made by the migrations, SQLite and, where there is one, PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from desk.database import open_database
from tests.desk.databases import KINDS, database, migrated
from tests.desk.ticket_room import Moment


@pytest.fixture
def now() -> Moment:
    return Moment()


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with database(request.param, tmp_path) as url:
        migrated(url)
        yield url


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = open_database(url)
    yield made
    made.dispose()
