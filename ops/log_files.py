"""What the processes of `make run` print, kept in files of a day each for as long as the law wants it.

Elsewhere the machine's journal keeps it: deploy/journald.conf.example.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from honcho.printer import Printer

from desk.database import utc_now
from desk.hidden import escaped
from desk.privacy import scrub
from desk.workdays import china_day

TIDYING = "tidy logs"  # the name of the thread that packs
KEEP_DAYS = 200  # six months are 184 days at most; 网络安全法 wants no fewer
MOST_A_DAY = (
    200 * 2**20
)  # bytes; what is printed beyond is counted: a flood must not fill the database's disk
_NAME = re.compile(r"desk-(\d{4}-\d{2}-\d{2})\.log(\.gz)?")


class DayFiles:
    """`desk-2026-11-28.log` of today, `desk-….log.gz` of the days before, none older than `KEEP_DAYS`."""

    def __init__(self, folder: Path, now: Callable[[], datetime] = utc_now, most: int = MOST_A_DAY) -> None:
        """Take where they lie; nothing is written yet."""
        self._folder = folder
        self._now = now
        self._most = most
        self._day: date | None = None
        self._tidying = threading.Lock()
        self._file: IO[bytes] | None = None
        self._size = self._left_out = 0

    def add(self, line: str) -> None:
        """Keep one line; a full disk or a folder that is not ours stops nobody."""
        try:
            day = china_day(self._now())
            if day != self._day:
                self._begin(day)
            self._write(line.encode("utf-8", "backslashreplace") + b"\n")
        except OSError:
            self._file = self._day = None

    def _write(self, line: bytes) -> None:
        if self._size + len(line) > self._most:
            self._left_out += 1
        elif self._file:
            self._file.write(line)
            self._size += len(line)

    def _begin(self, day: date) -> None:
        if self._file:
            self._end(self._file)
        self._folder.mkdir(0o700, parents=True, exist_ok=True)
        path = self._folder / f"desk-{day}.log"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._file, self._day = os.fdopen(handle, "ab", buffering=0), day
        self._size, self._left_out = path.stat().st_size, 0
        # A file of a whole day takes seconds to pack; lines go on being written meanwhile.
        threading.Thread(target=self._tidy, args=(day,), name=TIDYING, daemon=True).start()

    def _tidy(self, day: date) -> None:
        with self._tidying:  # one at a time: two would pack the same file
            tidy(self._folder, day)

    def _end(self, file: IO[bytes]) -> None:
        if self._left_out:
            told = {"event": "log was full", "left_out": self._left_out, "day": str(self._day)}
            file.write(json.dumps(told).encode() + b"\n")
        file.close()


def tidy(folder: Path, today: date) -> None:
    """Pack the files of days that are over, and remove those that were kept long enough."""
    for path in sorted(folder.iterdir()):
        found = _NAME.fullmatch(path.name)
        day = date.fromisoformat(found[1]) if found else today
        if day < today - timedelta(days=KEEP_DAYS):
            path.unlink()
        elif day < today and path.suffix == ".log":
            _pack(path)


def _pack(path: Path) -> None:
    """Whoever dies in the middle leaves the whole file, which is packed again."""
    half = path.with_suffix(".log.part")
    handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with (
        path.open("rb") as whole,
        os.fdopen(handle, "wb") as file,
        gzip.GzipFile(fileobj=file, mode="wb") as packed,
    ):
        shutil.copyfileobj(whole, packed)
    half.rename(path.with_suffix(".log.gz"))
    path.unlink()


class KeptPrinter(Printer):  # type: ignore[misc]
    """Prints what the processes say, and keeps it."""

    def __init__(self, files: DayFiles, *arguments: Any) -> None:
        """Take where to keep it, and what honcho's own printer takes."""
        super().__init__(*arguments)
        self._files = files

    def write(self, message: Any) -> None:
        """Print and keep one line, or several, of one process."""
        said = message.data if isinstance(message.data, str) else message.data.decode("utf-8", "replace")
        for line in said.split("\n"):
            if line.strip():
                ours = _is_ours(line)
                shown = line if ours else escaped(scrub(line.rstrip()))
                super().write(message._replace(data=shown))
                self._files.add(shown if ours else _wrapped(message, shown))


def _is_ours(line: str) -> bool:
    """Whether it is a line of desk.logs: scrubbed and escaped already."""
    try:
        return isinstance(json.loads(line), dict) and escaped(line) == line
    except ValueError:
        return False


def _wrapped(message: Any, said: str) -> str:
    """What was printed past the log, such as the last words of a process that dies."""
    at = utc_now().isoformat().replace("+00:00", "Z")
    told = {"event": "printed", "text": said, "process": message.name or "", "timestamp": at}
    return escaped(json.dumps(told, ensure_ascii=False))
