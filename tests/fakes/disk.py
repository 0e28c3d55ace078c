"""Disks that fail while processes use them: locked by another one, full, read-only, damaged; then mended."""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from shutil import which

import pytest

_HOLD = (
    "import sqlite3, sys; held = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60);"
    "held.execute('begin exclusive'); print('held', flush=True); sys.stdin.read()"
)
_PAGE = 4096


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """A SQLite file that a second process holds for itself."""
    command = [sys.executable, "-c", _HOLD, str(database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout and holder.stdin
        assert holder.stdout.readline() == b"held\n"
        try:
            yield
        finally:
            holder.stdin.close()
            holder.wait(10)


@contextmanager
def small_disk(folder: Path, megabytes: int = 16) -> Iterator[Path]:
    """A file system of its own, where this may be mounted; else the folder as it is."""
    size = f"size={megabytes}m"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], capture_output=True)
    try:
        yield folder
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def full(folder: Path, *pids: int) -> Iterator[None]:
    """A disk without a byte left; where it is not one of its own, these processes alone can write no more."""
    if not os.path.ismount(folder):
        with _short_files(*pids):
            yield
        return
    filler = folder / "filler"
    try:
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while file.write(bytes(64 * 1024)) or file.write(b"0"):
                pass
        with filler.open("ab", buffering=0) as file, suppress(OSError):
            while file.write(b"0"):
                pass
        yield
    finally:
        filler.unlink()


@contextmanager
def _short_files(*pids: int) -> Iterator[None]:
    """Every write past the first page of a file fails in these processes."""
    if not hasattr(resource, "prlimit"):
        pytest.skip("这个系统不能限制别的进程写文件（prlimit），这一项没有测")
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids}
    try:
        for pid, (_, hard) in before.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (_PAGE, hard))
        yield
    finally:
        for pid, limits in before.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


@contextmanager
def read_only(*databases: Path) -> Iterator[None]:
    """Files that the file system lets nobody write any more, not even who has them open."""
    files = [Path(f"{each}{end}") for each in databases for end in ("", "-wal")]  # -shm is memory
    with ExitStack() as undo:
        for file in filter(Path.exists, files):
            if not which("chattr") or subprocess.run(["chattr", "+i", file], capture_output=True).returncode:
                pytest.skip("这台机器上不能把文件设成不可写（chattr +i），这一项没有测")
            undo.callback(subprocess.run, ["chattr", "-i", file], check=True)
        yield


def damage(database: Path, chance: random.Random) -> None:
    """Write nonsense over some pages of a SQLite file, not its first one, as a dying disk does."""
    pages = database.stat().st_size // _PAGE
    with database.open("r+b") as file:
        for page in chance.sample(range(1, pages), max(1, pages // 3)):
            file.seek(page * _PAGE)
            file.write(chance.randbytes(_PAGE))
