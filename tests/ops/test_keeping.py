"""`make run` keeps its processes going: a kill starts one again, a word of its own ends the whole."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_RUN = """
import sys
from ops.keeping import Keeper
keeper = Keeper()
keeper.add_process("steady", "exec sleep 1000")
keeper.add_process("struck", sys.argv[1])
keeper.loop()
sys.exit(keeper.returncode)
"""


class Kept:
    """The keeper with two children, and what it prints."""

    def __init__(self, command: str) -> None:
        run = [sys.executable, "-u", "-c", _RUN, command]
        self.process = subprocess.Popen(
            run, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self.printed: list[str] = []
        self._unseen: list[str] = []
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    def until(self, pattern: str) -> str:
        """Wait for a line that fits and was not seen before; return what is in its brackets.

        The two children print in any order.
        """
        end = time.monotonic() + 60
        while time.monotonic() < end:
            for line in list(self._unseen):
                if found := re.search(pattern, line):
                    self._unseen.remove(line)
                    return found[1]
            time.sleep(0.02)
        raise AssertionError(f"{pattern!r} never came: {''.join(self.printed)}")

    def end(self) -> int:
        """Wait for the end and return the exit code."""
        self._reading.join(60)
        return self.process.wait(60)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed.append(line)
            self._unseen.append(line)


@pytest.fixture
def kept(request: pytest.FixtureRequest) -> Iterator[Kept]:
    made = Kept(request.param)
    yield made
    with suppress(ProcessLookupError):  # the keeper, and what it keeps beside each child
        os.killpg(made.process.pid, signal.SIGKILL)
    made.process.wait()
    for pid in re.findall(r"pid=(\d+)", "".join(made.printed)):
        with suppress(ProcessLookupError):
            os.killpg(int(pid), signal.SIGKILL)


def started(kept: Kept, name: str) -> int:
    return int(kept.until(rf"{name} started \(pid=(\d+)\)"))


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("kept", ["exec sleep 1000"], indirect=True)
def test_a_killed_process_is_started_again_beside_the_others(kept: Kept) -> None:
    steady, struck = started(kept, "steady"), started(kept, "struck")
    for signal_sent in (signal.SIGKILL, signal.SIGSEGV):
        os.kill(struck, signal_sent)
        assert int(kept.until(r"struck 意外停止（信号 (\d+)）")) == signal_sent
        again = started(kept, "struck")
        assert again != struck
        struck = again
    assert alive(steady)
    kept.process.send_signal(signal.SIGTERM)
    assert kept.end() == 143
    assert not alive(steady) and not alive(struck)


@pytest.mark.parametrize("kept", ["exec sleep 1000"], indirect=True)
def test_what_waits_to_start_again_can_be_stopped(kept: Kept) -> None:
    struck = started(kept, "struck")
    for _ in range(3):
        os.kill(struck, signal.SIGKILL)
        pause = int(kept.until(r"，(\d+) 秒后重新启动"))
        if pause < 4:
            struck = started(kept, "struck")
    assert pause == 4
    kept.process.send_signal(signal.SIGTERM)
    assert kept.end() == 143
    assert len(re.findall("struck started", "".join(kept.printed))) == 3


@pytest.mark.parametrize("kept", ["sleep 0.5; exit 3"], indirect=True)
def test_a_process_that_says_no_ends_the_whole_with_its_code(kept: Kept) -> None:
    steady = started(kept, "steady")
    assert kept.end() == 3
    assert not alive(steady)


@pytest.mark.parametrize("kept", ["kill -9 $$"], indirect=True)
def test_the_pause_grows(kept: Kept) -> None:
    began = time.monotonic()
    assert [int(kept.until(r"，(\d+) 秒后重新启动")) for _ in range(3)] == [1, 2, 4]
    assert time.monotonic() - began >= 3, "it did not pause at all"
