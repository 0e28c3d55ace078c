"""Real databases for tests: a SQLite file, and an own schema in PostgreSQL where one is reachable."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

POSTGRES = "postgresql://root@127.0.0.1:5432/test"
KINDS = ("sqlite", "postgresql")
MISSING = "没有可用的 PostgreSQL（127.0.0.1:5432，数据库 test），这一半没有测"


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
