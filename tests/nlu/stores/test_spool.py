"""What waits on disk: written safely, found after a kill, and brought back once."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.nlu.stores import AppendingTrackerStore, tracker
from bot.nlu.stores.spool import Spool
from bot.nlu.stores.table import Turn
from tests.nlu.stores.conftest import Opened
from tests.nlu.stores.conversation import ROOT, WHO, rows, said, say, turn
from tests.nlu.stores.outages import die, gone, settled

# Dies when the table has the turns and the spool still has them too.
_KILLED = """
import os, signal, sys
from rasa.shared.core.domain import Domain
from bot.nlu.stores import AppendingTrackerStore
from bot.nlu.stores.spool import Spool
Spool.done = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
AppendingTrackerStore(Domain.from_file("domain.yml"), host=sys.argv[1], spool=sys.argv[2])
"""


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracker, "_LOOK", 0.05)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


def a_turn(number: int = 1, who: str = WHO) -> Turn:
    return Turn.of(who, turn(number), 0)


def waiting(spool: Spool, who: str = WHO) -> list[str]:
    return [json.loads(each.rows[0]["data"])["text"] for each in spool.of(who)]


def told(url: str) -> Counter[str]:
    return Counter(row["text"] for row in rows(url) if row["event"] == "user")


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def _stand_in_the_way(folder: Path) -> None:
    folder.write_text("no folder")


def _start_and_be_killed(url: str, folder: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", _KILLED, url, str(folder)], cwd=ROOT, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()


@contextmanager
def no_room_after(size: int) -> Iterator[None]:
    """No file of this process can grow past `size`, as on a disk that is almost full."""
    was = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, was)


def test_a_turn_on_disk_is_for_its_owner_alone_and_is_the_row_of_the_table(folder: Path) -> None:
    spool, one = Spool(folder), a_turn()
    spool.add(one)
    (file,) = folder.iterdir()
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    kept = json.loads(file.read_text())
    assert kept.keys() == {"sender_id", "rows", "follows", "id", "seen", "start"}
    assert kept["rows"] == one.rows


def test_no_file_is_made_while_nothing_waits(folder: Path) -> None:
    spool, one = Spool(folder), a_turn()
    assert spool.adopt() == []
    spool.add(one)
    spool.done([one])
    assert list(folder.iterdir()) == []
    assert len(spool) == 0


def test_what_a_dead_process_left_is_found_in_its_order_and_a_living_one_keeps_its_own(folder: Path) -> None:
    dead, living = Spool(folder), Spool(folder)
    for number in range(1, 4):
        dead.add(a_turn(number))
    assert living.adopt() == []
    dead.close()
    living.add(a_turn(4))
    assert len(living.adopt()) == 3
    assert waiting(living) == ["第1句", "第2句", "第3句", "第4句"]
    living.done(living.of(WHO))
    assert list(folder.iterdir()) == []


def test_half_a_line_is_left_out_and_said(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    dead = Spool(folder)
    dead.add(a_turn(1))
    dead.add(a_turn(2))
    dead.close()
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:-40])
    spool = Spool(folder)
    spool.adopt()
    assert waiting(spool) == ["第1句"]
    assert "half a turn" in caplog.text
    assert "第2句" not in caplog.text


def test_a_turn_for_which_the_disk_has_no_room_waits_in_memory_and_is_written_later(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spool = Spool(folder)
    spool.add(a_turn(1))
    (file,) = folder.iterdir()
    size = file.stat().st_size
    with no_room_after(size + 100):
        spool.add(a_turn(2))
        assert (len(spool), spool.unwritten) == (2, 1)
        assert file.stat().st_size == size  # not half a line
    assert "memory alone" in caplog.text
    spool.secure()
    assert spool.unwritten == 0
    spool.close()
    after = Spool(folder)
    after.adopt()
    assert waiting(after) == ["第1句", "第2句"]


def test_a_turn_waits_once_however_often_it_is_handed_in(folder: Path) -> None:
    spool, one = Spool(folder), a_turn()
    spool.add(one)
    spool.add(one)
    assert len(spool) == 1
    (file,) = folder.iterdir()
    assert len(file.read_text().splitlines()) == 1


async def test_without_any_disk_the_health_says_so_and_nothing_is_lost(
    store: AppendingTrackerStore, url: str, folder: Path
) -> None:
    _stand_in_the_way(folder)
    with gone(url, store.engine):
        await say(store, turn(1))
        assert said(await say(store, turn(2))) == ["第1句", "第2句"]
        assert store.state == "unsafe"
    await settled(store)
    assert told(url) == {"第1句": 1, "第2句": 1}


async def test_after_a_kill_the_next_rasa_goes_on_with_what_waited(
    opened: Opened, store: AppendingTrackerStore, url: str
) -> None:
    with gone(url, store.engine):
        await say(store, turn(1))
        die(store)
        after = opened()
        assert said(await say(after, turn(2))) == ["第1句", "第2句"]
    await settled(after)
    assert told(url) == {"第1句": 1, "第2句": 1}


async def test_a_kill_between_table_and_spool_doubles_nothing(
    opened: Opened, store: AppendingTrackerStore, url: str, folder: Path
) -> None:
    with gone(url, store.engine):
        await say(store, turn(1))
        await say(store, turn(2))
        die(store)
    _start_and_be_killed(url, folder)
    assert told(url) == {"第1句": 1, "第2句": 1}
    assert len(files(folder)) == 1
    after = opened()
    assert told(url) == {"第1句": 1, "第2句": 1}
    assert files(folder) == []
    assert said(await after.retrieve(WHO)) == ["第1句", "第2句"]
