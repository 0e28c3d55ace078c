from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import insert, inspect, select, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from desk import conversation
from desk.conversation import MessageRow
from desk.database import open_database, reading, upgrade, utc_now


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    url = f"sqlite:///{tmp_path / 'new' / 'folder' / 'desk.db'}"
    upgrade(url)
    return open_database(url)


def pragma(engine: Engine, name: str) -> object:
    with engine.connect() as connection:
        return connection.execute(text(f"PRAGMA {name}")).scalar()


def test_opening_makes_the_folder_and_connects_to_nothing(tmp_path: Path) -> None:
    open_database(f"sqlite:///{tmp_path / 'a' / 'b' / 'desk.db'}")
    assert (tmp_path / "a" / "b").is_dir()
    assert list((tmp_path / "a" / "b").iterdir()) == []
    open_database("postgresql://nobody@127.0.0.1:1/none")


def test_sqlite_writes_ahead_to_the_disk_and_wipes_what_is_deleted(engine: Engine) -> None:
    assert pragma(engine, "journal_mode") == "wal"
    assert pragma(engine, "synchronous") == 2
    assert pragma(engine, "foreign_keys") == 1
    assert pragma(engine, "secure_delete") == 1


def test_a_moment_comes_back_in_utc_from_whatever_zone_it_was_in(engine: Engine) -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=timezone(timedelta(hours=8)))
    row = {"sender_id": "web-a", "author": "bot", "body": {}, "created_at": noon}
    with engine.begin() as connection:
        connection.execute(insert(MessageRow).values(row))
        kept = connection.scalar(select(MessageRow.created_at))
    assert kept == noon
    assert kept.utcoffset() == timedelta(0)
    assert utc_now().utcoffset() == timedelta(0)


def test_of_a_crowd_of_writers_none_is_turned_away(engine: Engine) -> None:
    def write(number: int) -> None:
        for _ in range(20):
            with engine.begin() as connection:
                conversation.say(connection, f"web-{number}", conversation.BOT, {"text": "好" * 100})

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(write, range(32)))
    assert conversation.newest_seq(engine) == 32 * 20


@pytest.mark.parametrize("ending", ["commit", "rollback", "close", "fault"])
def test_whoever_has_written_lets_the_next_one_write(engine: Engine, ending: str) -> None:
    for _ in range(3):
        connection = engine.connect()
        connection.begin()
        conversation.say(connection, "web-a", conversation.BOT, {"text": "好"})
        if ending == "fault":
            with pytest.raises(IntegrityError):
                connection.execute(insert(MessageRow).values(seq=None, sender_id=None))
        getattr(connection, "close" if ending == "fault" else ending)()
        connection.close()
    line = engine.raw_connection().dbapi_connection.line
    assert not line.locked()


def test_two_writers_wait_for_each_other_even_when_both_read_first(engine: Engine) -> None:
    together, errors = threading.Barrier(8), []

    def write(number: int) -> None:
        together.wait()
        try:
            with engine.begin() as connection:
                connection.execute(select(MessageRow.seq)).all()
                conversation.say(connection, "web-a", conversation.BOT, {"text": str(number)})
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(conversation.since(engine, "web-a")) == 8


def test_a_reader_waits_for_no_writer_and_sees_what_was_finished(engine: Engine) -> None:
    with engine.begin() as writing:
        conversation.say(writing, "web-a", conversation.BOT, {"text": "还没有写完"})
        with reading(engine) as connection:
            assert connection.execute(select(MessageRow.seq)).all() == []
    assert len(conversation.since(engine, "web-a")) == 1


def test_an_error_of_the_database_shows_no_values(engine: Engine) -> None:
    row = {"seq": 1, "sender_id": "web-a", "author": "bot", "body": {"text": "control-75310"}}
    with pytest.raises(IntegrityError) as raised, engine.begin() as connection:
        for _ in range(2):
            connection.execute(insert(MessageRow).values({**row, "created_at": utc_now()}))
    assert "control-75310" not in str(raised.value)


def test_the_command_makes_every_table(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'made' / 'desk.db'}"
    environment = {"DESK_VAR": str(tmp_path), "DESK_DATABASE_URL": url, "PATH": ""}
    subprocess.run([sys.executable, "-m", "desk.database"], env=environment, check=True)
    assert {"message", "inbox", "ticket", "vault"} <= set(inspect(open_database(url)).get_table_names())
