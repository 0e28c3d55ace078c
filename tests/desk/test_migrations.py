from __future__ import annotations

import importlib
import os
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, MetaData, Table, insert, inspect, text

from desk.database import Base, open_database, upgrade
from tests.desk.databases import KINDS, database

ROOT = Path(__file__).parents[2]


def every_table_of_ours() -> set[str]:
    for path in sorted([*ROOT.glob("desk/**/*.py"), *ROOT.glob("bot/gateway/**/*.py")]):
        if "__tablename__" in path.read_text(encoding="utf-8"):
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return set(Base.metadata.tables)


def ours(name: str | None, _kind: str, _parents: object) -> bool:
    return name != "sqlite_sequence"  # SQLite's own, for AUTOINCREMENT


@pytest.mark.parametrize("kind", KINDS)
def test_the_migrations_make_exactly_the_tables_that_the_code_uses(kind: str, tmp_path: Path) -> None:
    tables = every_table_of_ours()
    with database(kind, tmp_path) as url:
        upgrade(url)
        engine = open_database(url)
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"include_name": ours})
            assert compare_metadata(context, Base.metadata) == []
            made = {name for name in inspect(connection).get_table_names() if ours(name, "table", {})}
            assert made == tables | {"alembic_version"}
        engine.dispose()


@pytest.mark.parametrize("kind", KINDS)
def test_machines_that_start_at_once_make_the_tables_once(kind: str, tmp_path: Path) -> None:
    with database(kind, tmp_path) as url:
        environment = {**os.environ, "DESK_VAR": str(tmp_path), "DESK_DATABASE_URL": url}
        command = [sys.executable, "-m", "desk.database"]
        starting = [subprocess.Popen(command, cwd=ROOT, env=environment) for _ in range(3)]
        assert [each.wait(60) for each in starting] == [0, 0, 0]


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    with database("sqlite", tmp_path) as url:
        upgrade(url)
        upgrade(url)
        engine = open_database(url)
        with engine.connect() as connection:
            assert "ticket" in inspect(connection).get_table_names()
        engine.dispose()


@pytest.mark.parametrize("kind", KINDS)
def test_a_ticket_of_before_the_complete_queue_lives_on(kind: str, tmp_path: Path) -> None:
    with database(kind, tmp_path) as url:
        upgrade(url, "0003")
        engine = open_database(url)
        with engine.begin() as connection:
            old = Table("ticket", MetaData(), autoload_with=connection)
            connection.execute(
                insert(old).values({column.name: _old_value(column) for column in old.columns})
            )
        upgrade(url)
        with engine.connect() as connection:
            row = connection.execute(text("SELECT title, tags, filed_kind, reopened FROM ticket")).one()
        assert tuple(row) in [("x", "[]", "x", 0), ("x", [], "x", 0)]
        engine.dispose()


def _old_value(column: Column[Any]) -> object:
    """Anything that the column takes."""
    made = {bool: False, int: 1, datetime: datetime(2026, 11, 2), date: date(2026, 11, 9), bytes: b"x"}
    return (
        None
        if column.nullable
        else []
        if column.name == "units_assist"
        else made.get(cast(type, column.type.python_type), "x")
    )
