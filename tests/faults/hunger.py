"""A process without memory: it eats past what it may have, and is killed for it as the kernel does."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

from tests.faults.house import until

_MOST = 2 * 2**30  # bytes: MemoryMax of deploy/systemd/desk-rasa@.service


def starve(process: subprocess.Popen[bytes]) -> None:
    """Have a process that was started with `hungry/` on its path die for want of memory."""
    process.send_signal(signal.SIGUSR1)
    until(lambda: _resident(process.pid) > _MOST, 120)
    process.kill()  # what the kernel does at the limit of a control group
    process.wait()


def _resident(pid: int) -> int:
    """The memory that a process has, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) * 1024
