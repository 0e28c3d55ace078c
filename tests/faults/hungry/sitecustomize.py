"""Python runs this at the start of a process that has this folder on its path: a signal makes it eat."""

from __future__ import annotations

import signal
import threading

_BITE = 64 * 2**20  # bytes


def _eat() -> None:
    eaten = []
    while True:
        eaten.append(b"x" * _BITE)  # written, so that it is really there


signal.signal(signal.SIGUSR1, lambda *_: threading.Thread(target=_eat, daemon=True).start())
