"""The whole assistant of a bureau as processes, with an account of WeChat, and what each of them takes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desk.database import upgrade
from desk.settings import Settings
from tests.assistant import Assistant, free_port
from tests.fakes.wechat.account import SAFE, FakeAccount
from tests.fakes.wechat_api import FakeWechatApi
from tests.gateway.wechat_house import AES_KEY, APP_ID, SECRET, account_settings

_BESIDE = {"console": "console", "worker": "desk.tickets.worker"}
_MORE_WAITS = 3
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Taken:
    """What one process has taken so far: megabytes in memory now (RSS), seconds of the processor."""

    megabytes: float
    seconds: float


class Installation(Assistant):
    """Gateway, Rasa, actions, console and worker; limits for a person are those of the product."""

    def __init__(self, var: Path, database_url: str = "") -> None:
        self.account = FakeAccount(APP_ID, "tokenoftest", AES_KEY, SAFE)
        self.api = FakeWechatApi(APP_ID, SECRET)
        self.api.start()
        database = {"DESK_DATABASE_URL": database_url} if database_url else {}
        super().__init__(
            var,
            DESK_CONSOLE_PORT=str(free_port()),
            **database,
            **account_settings(self.account, self.api.url),
        )
        self.environment["DESK_MESSAGES_PER_MINUTE"] = "30"
        self.settings = Settings.from_env(self.environment)
        self.webhook = f"{self.url}/wechat"

    def prepare(self) -> None:
        """Make the tables wherever they are to be, the demo claims and a copy of the trained model."""
        upgrade(self.settings.database_url)
        super().prepare()

    def start(self, *names: str, **settings: str) -> None:
        """Start the conversation's processes, then those beside."""
        super().start(*names, **settings)
        for name, module in _BESIDE.items():
            with (self.var / f"{name}.log").open("ab") as log:
                command = [sys.executable, "-m", module]
                self.processes[name] = subprocess.Popen(
                    command, env=self.environment, stdout=log, stderr=subprocess.STDOUT
                )

    def wait(self, key: str = "rasa", value: Any = True) -> None:
        """Wait as ever, but longer: here it is not the start that is measured."""
        for _ in range(_MORE_WAITS):
            with suppress(TimeoutError):
                return super().wait(key, value)
        super().wait(key, value)

    def stop(self) -> None:
        """Stop everything, WeChat's own interface too."""
        super().stop()
        self.api.stop()

    def taken(self) -> dict[str, Taken]:
        """Return what each process has taken, by its name."""
        return {name: _taken(process.pid) for name, process in self.processes.items()}

    def errors(self) -> list[str]:
        """Return the lines of every log that tell of an error."""
        logs = sorted(self.var.glob("*.log"))
        lines = [(log.stem, line) for log in logs for line in log.read_text(errors="replace").splitlines()]
        return [f"{name}: {line}" for name, line in lines if re.search(r"\berror\b|Traceback", line, re.I)]


def _taken(pid: int) -> Taken:
    status = Path(f"/proc/{pid}/status").read_text()
    resident = re.search(r"^VmRSS:\s+(\d+)", status, re.MULTILINE)
    assert resident
    spent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return Taken(int(resident[1]) / 1024, (int(spent[11]) + int(spent[12])) / _TICKS)
