"""Keeps the processes of `make run` going: what a signal ended starts again, what said no ends the whole."""

from __future__ import annotations

import multiprocessing
import signal
import time
from functools import partial
from typing import Any

from honcho.manager import Manager
from honcho.process import Popen, Process

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0  # seconds
_STEADY = 60.0  # who has run that long begins with the first pause again
_STOPPED = frozenset({-signal.SIGTERM, -signal.SIGINT})


class Keeper(Manager):  # type: ignore[misc]  # honcho has no types
    """Honcho's manager, with children that outlive a kill (out of memory, a crash in C).

    An exit code is a program's own word, a fault of data or settings that it has told in words: that still
    stops everything. A signal only happens to it.
    """

    def __init__(self, printer: Any = None) -> None:
        super().__init__(printer)
        self._over = multiprocessing.Event()
        self._process_ctor = partial(_Kept, self._over)

    def terminate(self) -> None:
        """Stop everything, those that are waiting to start again too."""
        self._over.set()
        super().terminate()


class _Kept(Process):  # type: ignore[misc]
    """Runs in a process of honcho's own, beside the child that it starts, reads and starts again."""

    def __init__(self, over: Any, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._over = over
        # What ignores the signals here must not hand that on to the next child.
        self._child_ctor = partial(Popen, preexec_fn=_hear_signals)
        self._ended: int | None = None

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        """Start the child, and again after a growing pause whenever a signal ended it."""
        pause = _FIRST_PAUSE
        while True:
            began = time.monotonic()
            super().run(events, ignore_signals)
            ended = self._ended or 0
            if ended >= 0 or ended in _STOPPED or self._over.is_set():
                break
            pause = _FIRST_PAUSE if time.monotonic() - began > _STEADY else pause
            words = f"{self.name} 意外停止（信号 {-ended}），{pause:.0f} 秒后重新启动\n"
            super()._send_message(words.encode())
            if self._over.wait(pause):
                break
            pause = min(2 * pause, _LONGEST_PAUSE)
        super()._send_message({"returncode": self._ended}, type="stop")

    def _send_message(self, data: Any, type: str = "line") -> None:
        """Keep the end of a child back until it is known whether another one follows."""
        if type == "stop":
            self._ended = data["returncode"]
        else:
            super()._send_message(data, type)


def _hear_signals() -> None:
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_DFL)
