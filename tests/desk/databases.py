"""Real databases for tests: a SQLite file, and an own schema in PostgreSQL where one is reachable."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from desk.database import Base, open_database, upgrade

POSTGRES = "postgresql://root@127.0.0.1:5432/test"
KINDS = ("sqlite", "postgresql")
MISSING = "没有可用的 PostgreSQL（127.0.0.1:5432，数据库 test），这一半没有测"


# The constraints, indexes and triggers of a schema.
_RULES = """
    SELECT conname FROM pg_constraint WHERE connamespace = current_schema()::regnamespace UNION ALL
    SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() UNION ALL
    SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = current_schema()
"""


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """Yield the URL of an empty database of `kind`; PostgreSQL is skipped visibly where there is none."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'desk.db'}"
        return
    schema = f"t_{uuid.uuid4().hex}"
    server = create_engine(POSTGRES, future=True, connect_args={"connect_timeout": 3})
    try:
        with server.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
    except OperationalError:
        if os.environ.get("CI", "").lower() in {"1", "true"}:
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    try:
        yield f"{POSTGRES}?options=-csearch_path%3D{schema}"
    finally:
        with server.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        server.dispose()


def migrated(url: str) -> None:
    """Bring a database to its newest form; a new SQLite file as a copy of one that was migrated before.

    The migrations take a third of a second, which a thousand tests would wait for.
    """
    kind, _, path = url.partition(":///")
    if kind == "sqlite" and not Path(path).exists():
        shutil.copy(_template(), path)
    else:
        upgrade(url)


@lru_cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    upgrade(f"sqlite:///{folder / 'desk.db'}")
    return folder / "desk.db"


class Tables:
    """Databases with every table, empty for each test.

    They are made once and emptied after use: making them would take a tenth of a second and more a test.
    One whose rules a test has changed is not used again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, str] = {}
        self._rules: set[str] = set()  # of PostgreSQL
        self._stack = ExitStack()

    @contextmanager
    def empty(self, kind: str, folder: Path) -> Iterator[str]:
        """Yield the URL of a database of `kind`; a SQLite file is a copy in `folder`."""
        url = self._made.get(kind) or self._make(kind)
        if kind == "sqlite":
            shutil.copy(self._folder / "desk.db", folder / "desk.db")
            yield f"sqlite:///{folder / 'desk.db'}"
            return
        try:
            yield url
        finally:
            if _empty(url) != self._rules:
                del self._made[kind]

    def close(self) -> None:
        """Take them away."""
        self._stack.close()

    def _make(self, kind: str) -> str:
        url = self._stack.enter_context(database(kind, self._folder))
        made = open_database(url)
        Base.metadata.create_all(made)
        made.dispose()
        self._rules = set() if kind == "sqlite" else _empty(url)
        self._made[kind] = url
        return url


def _empty(url: str) -> set[str]:
    """Truncate what holds rows, drop what a test made, let numbers begin with 1 again; return the rules."""
    names = [table.name for table in Base.metadata.sorted_tables]
    there = text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    full = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in names)
    server = create_engine(url, future=True)
    with server.begin() as connection:
        for name in set(connection.execute(there).scalars()) - set(names):
            connection.execute(text(f'DROP TABLE "{name}" CASCADE'))
        if used := connection.execute(text(full)).scalars().all():
            connection.execute(text("TRUNCATE " + ", ".join(f'"{name}"' for name in used) + " CASCADE"))
        numbers = "SELECT setval(format('%I.%I', schemaname, sequencename), 1, false) FROM pg_sequences"
        connection.execute(text(f"{numbers} WHERE schemaname = current_schema()"))
        rules = set(connection.execute(text(_RULES)).scalars())
    server.dispose()
    return rules
