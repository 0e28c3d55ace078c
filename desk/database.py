"""One engine for every table of ours: SQLite (WAL) by default, PostgreSQL by one setting.

`python -m desk.database` brings the tables up to date.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from sqlalchemy import DateTime, create_engine, event, func, select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.engine.url import make_url
from sqlalchemy.orm import declarative_base
from sqlalchemy.types import TypeDecorator

Base = declarative_base()


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, kept as naive UTC; SQLite forgets time zones otherwise."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Turn an aware datetime into naive UTC."""
        return value.astimezone(timezone.utc).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Turn a naive UTC datetime from the table into an aware one."""
        return value.replace(tzinfo=timezone.utc) if value else None


def utc_now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(timezone.utc)


def open_database(url: str) -> Engine:
    """Return an engine for `url`; nothing is connected until it is used."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(url, future=True, hide_parameters=True, pool_pre_ping=True)
    if parsed.database:
        Path(parsed.database).parent.mkdir(0o700, parents=True, exist_ok=True)
    engine = create_engine(url, future=True, hide_parameters=True, connect_args={"timeout": 5})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin)
    return engine


def reading(engine: Engine) -> Connection:
    """Return a connection for reading only: it waits for no writer, and no writer for it."""
    return engine.connect().execution_options(readonly=True)


def one_at_a_time(connection: Connection, what: str) -> None:
    """Make writers of `what` wait for each other until the caller's transaction ends.

    SQLite has one writer at a time anyway (`BEGIN IMMEDIATE`).
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(what))))


def upgrade(url: str, to: str = "head") -> None:
    """Create or migrate every table of ours at `url`, up to the revision `to`."""
    # Only needed here: half a second of every start otherwise.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "desk:migrations")
    config.attributes["url"] = url
    command.upgrade(config, to)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver must not begin transactions by itself: `_begin` does, so that two
    # writers wait for each other instead of failing when a read turns into a write.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    readonly = connection.get_execution_options().get("readonly")
    connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")


if __name__ == "__main__":
    from desk.settings import Settings

    _url = Settings.from_env().database_url
    open_database(_url)  # makes the folder of a SQLite file
    upgrade(_url)
