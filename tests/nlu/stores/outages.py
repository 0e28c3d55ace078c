"""A database that does not work, for real: locked, full, or not there; and a store that waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import event, text
from sqlalchemy.engine import Engine, make_url

from bot.nlu.stores import AppendingTrackerStore
from desk.database import open_database
from tests.desk.databases import POSTGRES


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Somebody else holds the table: nobody can write, on PostgreSQL nobody can read either."""
    other = open_database(url)
    with other.begin() as connection:  # locks SQLite by this alone
        if other.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE events"))
        yield
    other.dispose()


@contextmanager
def full(engine: Engine) -> Iterator[None]:
    """A SQLite that has no page left on its disk."""

    def stop_growing(connection: object, _record: object) -> None:
        connection.execute("PRAGMA max_page_count=1")  # type: ignore[attr-defined]

    event.listen(engine, "connect", stop_growing)
    engine.dispose()
    try:
        yield
    finally:
        event.remove(engine, "connect", stop_growing)
        engine.dispose()


@contextmanager
def gone(url: str, *engines: Engine) -> Iterator[None]:
    """The database is not where it was; `engines` are those that have it open."""
    place = _moved_schema(url) if url.startswith("postgresql") else _moved_file(url)
    for engine in engines:
        engine.dispose()
    with place:
        yield
        for engine in engines:
            engine.dispose()


@contextmanager
def _moved_file(url: str) -> Iterator[None]:
    # In one step each way: whoever opens the file in between two would make a new one, and its write-ahead
    # log would then be read into the old.
    path = Path(make_url(url).database or "")
    away, nowhere = path.with_suffix(".away"), path.with_suffix(".nowhere")
    if path.exists():
        away.hardlink_to(path)
    nowhere.symlink_to(path.parent / "nowhere" / path.name)
    nowhere.replace(path)
    yield
    if away.exists():
        away.replace(path)
    else:
        path.unlink()


@contextmanager
def _moved_schema(url: str) -> Iterator[None]:
    schema = str(make_url(url).query["options"]).rpartition("=")[2]
    server = open_database(POSTGRES)
    with server.begin() as connection:
        connection.execute(text(f"ALTER SCHEMA {schema} RENAME TO {schema}_away"))
    yield
    with server.begin() as connection:
        connection.execute(text(f"ALTER SCHEMA {schema}_away RENAME TO {schema}"))
    server.dispose()


def die(store: AppendingTrackerStore) -> None:
    """Leave everything as a killed process does."""
    if store._watching is not None:
        store._watching.cancel()
    store.spool.close()


async def settled(store: AppendingTrackerStore) -> None:
    """Wait until the store has found by itself that everything is well again."""
    await until(lambda: store.state == "ok")


async def until(so: Callable[[], bool]) -> None:
    """Wait until it is so."""
    for _ in range(600):
        if so():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never was so")
