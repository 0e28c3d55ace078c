from __future__ import annotations

import gzip
import io
import json
import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from honcho.printer import Message

from ops.log_files import KEEP_DAYS, TIDYING, DayFiles, KeptPrinter, tidy
from tests.fakes.clock import Clock

ID_NUMBER = "00000019850101001X"
DAY = date(2026, 11, 28)


@pytest.fixture
def clock() -> Clock:
    made = Clock()
    made.now = datetime(2026, 11, 28, 4, tzinfo=timezone.utc)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "logs"
    packed()


def packed() -> None:
    """Wait until the files of the days before are packed."""
    for thread in threading.enumerate():
        if thread.name == TIDYING:
            thread.join(20)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_each_day_has_a_file_of_its_own_and_the_days_before_are_packed(folder: Path, clock: Clock) -> None:
    files = DayFiles(folder, clock)
    for place in range(3):
        files.add(f'{{"event": "{place}"}}')
        clock.now += timedelta(days=1)
    packed()
    assert names(folder) == ["desk-2026-11-28.log.gz", "desk-2026-11-29.log.gz", "desk-2026-11-30.log"]
    assert gzip.decompress((folder / "desk-2026-11-29.log.gz").read_bytes()) == b'{"event": "1"}\n'


def test_a_day_begins_in_china(folder: Path, clock: Clock) -> None:
    clock.now = datetime(2026, 11, 28, 16, 30, tzinfo=timezone.utc)
    DayFiles(folder, clock).add("x")
    assert names(folder) == ["desk-2026-11-29.log"]


def test_nothing_goes_before_six_months_and_everything_after(folder: Path) -> None:
    assert KEEP_DAYS >= 184
    folder.mkdir()
    for days in (184, KEEP_DAYS, KEEP_DAYS + 1, 4000):
        (folder / f"desk-{DAY - timedelta(days=days)}.log.gz").write_bytes(b"")
    (folder / "notes-2001-01-01.log").write_text("of somebody else")
    tidy(folder, DAY)
    kept = [f"desk-{DAY - timedelta(days=days)}.log.gz" for days in (KEEP_DAYS, 184)]
    assert names(folder) == [*kept, "notes-2001-01-01.log"]


def test_a_restart_goes_on_with_the_file_of_the_day_and_packs_what_was_left(
    folder: Path, clock: Clock
) -> None:
    folder.mkdir()
    (folder / "desk-2026-11-27.log").write_text("yesterday\n")
    (folder / "desk-2026-11-27.log.part").write_text("half")
    for line in ("first", "second"):
        DayFiles(folder, clock).add(line)
        packed()
    assert (folder / "desk-2026-11-28.log").read_text() == "first\nsecond\n"
    assert names(folder) == ["desk-2026-11-27.log.gz", "desk-2026-11-28.log"]
    assert gzip.decompress((folder / "desk-2026-11-27.log.gz").read_bytes()) == b"yesterday\n"


def test_a_flood_fills_no_disk_and_is_counted(folder: Path, clock: Clock) -> None:
    files = DayFiles(folder, clock, most=1000)
    for _ in range(50):
        files.add("x" * 99)
    assert (folder / "desk-2026-11-28.log").stat().st_size == 1000
    clock.now += timedelta(days=1)
    files.add("after")
    packed()
    *_, last = gzip.decompress((folder / "desk-2026-11-28.log.gz").read_bytes()).decode().splitlines()
    assert json.loads(last)["left_out"] == 40
    assert (folder / "desk-2026-11-29.log").read_text() == "after\n"


def test_a_log_is_for_its_owner_alone_packed_as_well(folder: Path, clock: Clock) -> None:
    files = DayFiles(folder, clock)
    files.add("x")
    clock.now += timedelta(days=1)
    files.add("x")
    packed()
    assert folder.stat().st_mode & 0o077 == 0
    assert [path.stat().st_mode & 0o077 for path in folder.iterdir()] == [0, 0]


def test_a_folder_that_cannot_be_written_stops_nobody(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "logs").write_text("a file")
    files = DayFiles(tmp_path / "logs", clock)
    files.add("x")
    (tmp_path / "logs").unlink()
    files.add("y")
    assert (tmp_path / "logs" / "desk-2026-11-28.log").read_text() == "y\n"
    packed()


def printed(folder: Path, clock: Clock, *data: bytes) -> tuple[list[str], list[Any]]:
    """What stands on the terminal and in the file when a process has printed this."""
    shown = io.StringIO()
    printer = KeptPrinter(DayFiles(folder, clock), shown)
    for one in data:
        printer.write(Message("line", one, clock.now, "gateway.1", None))
    lines = (folder / "desk-2026-11-28.log").read_text().splitlines()
    return shown.getvalue().splitlines(), [json.loads(line) for line in lines]


def test_a_line_of_the_log_is_kept_as_it_is(folder: Path, clock: Clock) -> None:
    line = '{"event": "turn done", "seconds": 0.1234567890123456789, "request": "ab"}'
    shown, kept = printed(folder, clock, line.encode() + b"\n")
    assert shown == [f"12:00:00 gateway.1 | {line}"] or shown[0].endswith(f"gateway.1 | {line}")
    assert (folder / "desk-2026-11-28.log").read_text() == line + "\n"
    assert kept[0]["event"] == "turn done"


def test_what_is_printed_past_the_log_is_kept_without_numbers_and_on_one_line(
    folder: Path, clock: Clock
) -> None:
    wild = f"ValueError: {ID_NUMBER}\u2028[系统] ok\u202e\x1b[2J\x85\xff"
    shown, kept = printed(
        folder, clock, b"Traceback:\n", wild.encode(), b'{"event": "\xe2\x80\xa8"}\n', b"\xff\n"
    )
    assert [line["text"][:12] for line in kept] == ["Traceback:", "ValueError: ", '{"event": "\\', "\ufffd"]
    assert {line["process"] for line in kept} == {"gateway.1"}
    assert len(shown) == 4
    for text in (*shown, (folder / "desk-2026-11-28.log").read_text()):
        assert ID_NUMBER not in text
        assert not set(text) & set("\u2028\u202e\x1b\x85")
