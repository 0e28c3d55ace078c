"""A breach, and how rows are read: of one moment, some hundred at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy.engine import Connection, Engine

from desk.database import reading

BATCH = 500


@dataclass(frozen=True)
class Breach:
    """`rule` is a code, `row` the ids of the row, `told` what is wrong with it, in Chinese."""

    rule: str
    row: str
    told: str


@contextmanager
def moment(engine: Engine) -> Iterator[Connection]:
    """Yield a connection for reading that sees the database as it is at its first statement."""
    options = {}
    if engine.dialect.name == "postgresql":  # SQLite does so by itself
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with reading(engine).execution_options(**options) as connection:
        yield connection


def batches(connection: Connection, query: Any) -> Iterator[list[Any]]:
    """Yield the rows of a query, `BATCH` at a time, without having all of them in memory."""
    rows = iter(connection.execute(query.execution_options(stream_results=True, yield_per=BATCH)))
    while batch := list(islice(rows, BATCH)):
        yield batch


def rows(engine: Engine, query: Any) -> Iterator[Any]:
    """Yield the rows of one query as it finds them now."""
    with moment(engine) as connection:
        for batch in batches(connection, query):
            yield from batch
