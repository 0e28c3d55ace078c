"""Turns that wait for the database: in memory, and in a file that outlives the process. Blocking."""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from threading import RLock
from typing import IO

from bot.nlu.stores.table import Turn

logger = logging.getLogger(__name__)


class Spool:
    """One file for each process, held as long as that lives, and gone when nothing waits any more.

    A line is a turn as it would stand in the table, so there is no more in it about a person. Whoever finds a
    file that nobody holds takes it over: its process is dead.
    """

    def __init__(self, folder: Path) -> None:
        """Nothing is made in `folder` before the first turn has to wait."""
        self._folder = folder
        self._guard = RLock()
        self._waiting: dict[str, Turn] = {}
        self._unwritten: dict[str, Turn] = {}
        self._own: IO[bytes] | None = None
        self._held: dict[Path, IO[bytes]] = {}

    def __len__(self) -> int:
        """How many turns wait."""
        return len(self._waiting)

    @property
    def unwritten(self) -> int:
        """How many of them would be lost with this process: the disk of the spool is full or broken."""
        return len(self._unwritten)

    def add(self, turn: Turn) -> None:
        """Let a turn wait; the same one once. Where it cannot be written it waits in memory alone."""
        with self._guard:
            if turn.id not in self._waiting:
                self._waiting[turn.id] = turn
                self._unwritten[turn.id] = turn
                self.secure()

    def secure(self) -> None:
        """Write what could not be written before."""
        with self._guard:
            for turn in list(self._unwritten.values()):
                try:
                    self._write(turn)
                except OSError as error:
                    logger.error("%d turns wait in memory alone: %s", self.unwritten, type(error).__name__)
                    return
                del self._unwritten[turn.id]

    def of(self, sender_id: str) -> list[Turn]:
        """Return the waiting turns of one conversation in their order."""
        with self._guard:
            return [turn for turn in self._waiting.values() if turn.sender_id == sender_id]

    def senders(self) -> list[str]:
        """Return whose turns wait, who has waited longest first."""
        with self._guard:
            return list(dict.fromkeys(turn.sender_id for turn in self._waiting.values()))

    def done(self, turns: Iterable[Turn]) -> None:
        """Forget turns that the database has; with the last one the files go."""
        with self._guard:
            for turn in turns:
                self._waiting.pop(turn.id, None)
                self._unwritten.pop(turn.id, None)
            if not self._waiting:
                self._clear()

    def adopt(self) -> list[Turn]:
        """Take over what dead processes have left, and return it."""
        found: dict[str, Turn] = {}
        with self._guard:
            for path in sorted(self._folder.glob("*.jsonl")):
                file = None if path in self._held else _taken(path)
                if file is not None:
                    self._held[path] = file
                    found.update((turn.id, turn) for turn in _turns(path, file))
            # Before our own: these conversations have come to us since.
            self._waiting = {**found, **self._waiting}
            if found:
                logger.warning("%d turns of a process that is gone wait for the database", len(found))
            elif not self._waiting:
                self._clear()
        return list(found.values())

    def close(self) -> None:
        """Let the files go, as when the process dies."""
        with self._guard:
            for file in self._held.values():
                file.close()
            self._held, self._own = {}, None

    def _write(self, turn: Turn) -> None:
        file = self._own or self._begin()
        end = file.seek(0, os.SEEK_END)
        try:
            line = json.dumps(asdict(turn)).encode() + b"\n"
            if file.write(line) < len(line):
                raise OSError(errno.ENOSPC, "half a turn")
            os.fsync(file.fileno())
        except OSError:
            # Half a line would spoil the next one.
            os.ftruncate(file.fileno(), end)
            raise

    def _begin(self) -> IO[bytes]:
        self._folder.mkdir(0o700, parents=True, exist_ok=True)
        path = self._folder / f"{secrets.token_hex(8)}.jsonl"
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        self._own = self._held[path] = os.fdopen(handle, "r+b", buffering=0)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)  # or the file itself may be missing after a power cut
        finally:
            os.close(folder)
        return self._own

    def _clear(self) -> None:
        for path in self._held:
            path.unlink(missing_ok=True)
        self.close()


def _taken(path: Path) -> IO[bytes] | None:
    """The file, held; None when its process lives, or has just done with it."""
    try:
        file = path.open("r+b", buffering=0)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    if not os.fstat(file.fileno()).st_nlink:
        file.close()
        return None
    return file


def _turns(path: Path, file: IO[bytes]) -> Iterator[Turn]:
    for line in file.read().splitlines():
        try:
            yield _turn(json.loads(line))
        except (ValueError, TypeError):
            # Its turn was never answered: the process died while it wrote.
            logger.error("half a turn in %s is left out", path.name)


def _turn(values: dict[str, object]) -> Turn:
    turn = Turn(**values)  # type: ignore[arg-type]
    if not isinstance(turn.rows, Sequence):
        raise TypeError("no rows")
    return turn
