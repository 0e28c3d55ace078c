"""One engine for every table of ours: SQLite (WAL) by default, PostgreSQL by one setting.

`python -m desk.database` brings the tables up to date.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any, cast

from sqlalchemy import DateTime, create_engine, event, func, select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.engine.url import make_url
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import declarative_base
from sqlalchemy.pool import QueuePool
from sqlalchemy.types import TypeDecorator

Base = declarative_base()
_IN_LINE_SECONDS = 5.0
# The cache is small (KiB), because every connection has its own: of 2 MB each, a process grew by a tenth in
# ten minutes. What is read often is in the system's cache anyway.
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", "cache_size=-256")
DAMAGED = "数据库文件坏了：请停掉所有进程，用备份恢复（deploy/README.md 的“备份和恢复”）"
_PATIENCE = 1000  # ms to wait for readers before SQLite's files are written together another time
# A server that is cut off keeps nobody waiting for the quarter of an hour that TCP would: seconds, and ms.
_CUT_OFF = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 20_000,
}


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
        more = _CUT_OFF if parsed.get_backend_name() == "postgresql" else {}
        return create_engine(url, future=True, hide_parameters=True, pool_pre_ping=True, connect_args=more)
    pool: dict[str, Any] = {}
    if parsed.database:
        Path(parsed.database).parent.mkdir(0o700, parents=True, exist_ok=True)
        # Connections stay open: SQLite folds the log into the file whenever the last one closes, which made
        # a write three times as slow. Any number of them, since a thread may read while it writes.
        pool = {"poolclass": QueuePool, "max_overflow": -1}
    arguments = {"timeout": 5, "check_same_thread": False, "factory": _SqliteConnection}
    engine: Engine = create_engine(url, future=True, hide_parameters=True, connect_args=arguments, **pool)
    event.listen(engine, "connect", partial(_prepare_sqlite, threading.Lock()))
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", _open_again)
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


def check_writing(engine: Engine) -> None:
    """Write to the disk what changes nothing; raises what the database raises when it cannot."""
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            version = connection.exec_driver_sql("PRAGMA user_version").scalar()
            connection.exec_driver_sql(f"PRAGMA user_version={version}")
        else:
            connection.exec_driver_sql("UPDATE inbox SET state = state WHERE false")


def damaged(engine: Engine) -> bool:
    """Tell whether the file of a SQLite database is damaged, as far as its structure shows it."""
    if engine.dialect.name != "sqlite":
        return False
    try:
        with reading(engine) as connection:
            return bool(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok")
    except OperationalError:
        return False  # locked, or not to be opened: another matter
    except DatabaseError:
        return True


def wipe_log(engine: Engine) -> None:
    """Cut SQLite's write-ahead log: what is deleted is overwritten, but the log holds the pages of before.

    Where somebody reads all the while, the next call cuts it.
    """
    if engine.dialect.name != "sqlite":
        return
    # Not in a transaction: a checkpoint inside one is refused.
    with engine.connect() as connection:
        raw = connection.connection
        cursor = raw.cursor()
        (patience,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute(f"PRAGMA busy_timeout={_PATIENCE}")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        cursor.execute(f"PRAGMA busy_timeout={patience}")


def upgrade(url: str, to: str = "head") -> None:
    """Create or migrate every table of ours at `url`, up to the revision `to`."""
    # Only needed here: half a second of every start otherwise.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "desk:migrations")
    config.attributes["url"] = url
    command.upgrade(config, to)


class _SqliteConnection(sqlite3.Connection):
    """Writers of one process wait in line for SQLite's lock.

    SQLite itself lets them look again and again, up to 100 ms apart and in no order: among three hundred who
    wrote at once, one looked in vain for five seconds and gave up.
    """

    line: threading.Lock
    _first = False

    def stand_in_line(self) -> None:
        """Wait for this connection's turn to write."""
        # Not for ever: a thread that writes within its own write is told so by SQLite.
        self._first = self.line.acquire(timeout=_IN_LINE_SECONDS)

    def leave(self, closed: bool = False) -> None:
        """Let the next one write, unless this one is still writing."""
        if self._first and (closed or not self.in_transaction):
            self._first = False
            self.line.release()

    def commit(self) -> None:
        """Commit, and let the next one write."""
        try:
            super().commit()
        finally:
            self.leave()

    def rollback(self) -> None:
        """Roll back, and let the next one write."""
        try:
            super().rollback()
        finally:
            self.leave()

    def close(self) -> None:
        """Close, and let the next one write."""
        super().close()
        self.leave(closed=True)


def _prepare_sqlite(line: threading.Lock, connection: _SqliteConnection, _record: object) -> None:
    connection.line = line
    # The driver must not begin transactions by itself: `_begin` does, so that two
    # writers wait for each other instead of failing when a read turns into a write.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _open_again(context: ExceptionContext) -> None:
    """A file opened while nobody might write stays so for its connection: none of these is used again."""
    if "readonly" in str(context.original_exception):
        context.is_disconnect = True


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("readonly"):
        connection.exec_driver_sql("BEGIN")
        return
    sqlite = cast(_SqliteConnection, connection.connection.dbapi_connection)
    sqlite.stand_in_line()
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        sqlite.leave()


if __name__ == "__main__":
    from desk.settings import Settings

    _url = Settings.from_env().database_url
    if damaged(open_database(_url)):  # opening makes the folder of a SQLite file
        sys.exit(DAMAGED)
    upgrade(_url)
