"""The real gateway as a process of its own on a free loopback port, with a fake Rasa behind it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import func, select

from bot.gateway.web import COOKIE, Tokens
from desk.counter import open_counter
from desk.inbox import NEW, InboxRow
from desk.settings import Settings
from tests.assistant import Citizen, free_port
from tests.desk.databases import migrated
from tests.fakes.rasa import FakeRasa

ROOT = Path(__file__).parents[2]
_PATIENCE = 120.0  # only ends a test that hangs
# The same process, but it lets nobody wait long: what takes longer is told through the stream.
_IMPATIENT = "from bot.gateway import web; web._PATIENCE_SECONDS = 0.2; "
_BEGIN = "from bot.gateway import __main__; __main__.main()"


def until(wanted: Callable[[], Any], seconds: float = _PATIENCE) -> Any:
    """Return what `wanted` returns as soon as that is true, within so many seconds."""
    deadline = time.monotonic() + seconds
    while not (found := wanted()):
        assert time.monotonic() < deadline, f"never came: {wanted}"
        time.sleep(0.03)
    return found


class Door:
    """One gateway over one database. What is kept lies in the tables: it may be killed and started."""

    def __init__(self, var: Path, impatient: bool = False, changed: str = "", **settings: str) -> None:
        """`changed`: Python that is run in the process before it begins."""
        self.var = var
        changed = _IMPATIENT if impatient else changed
        self._command = ["-c", changed + _BEGIN] if changed else ["-m", "bot.gateway"]
        port, rasa_port = free_port(), free_port()
        self.environment = {
            **os.environ,
            "DESK_VAR": str(var),
            "DESK_DATA": str(ROOT / "data"),
            "DESK_PORT": str(port),
            "DESK_RASA_PORT": str(rasa_port),
            "DESK_MESSAGES_PER_MINUTE": "0",
            **settings,
        }
        known = Settings.from_env(self.environment)
        migrated(known.database_url)
        self.counter = open_counter(known)
        self.engine = self.counter.engine
        self.rasa = FakeRasa(known.loopback_token, rasa_port)
        self.url = f"http://127.0.0.1:{port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Serve; return when requests are answered."""
        with (self.var / "gateway.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self._command],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        until(self._answers)

    @property
    def pid(self) -> int:
        return self.process.pid

    def kill(self) -> None:
        """End as in a power cut."""
        assert self.process
        self.process.kill()
        self.process.wait()

    def restart(self, **settings: str) -> None:
        """Die, and serve again under other settings."""
        self.kill()
        self.environment.update(settings)
        self.rasa.token = Settings.from_env(self.environment).loopback_token
        self.start()
        self.wait_for_rasa()

    def citizen(self) -> Citizen:
        """Somebody new."""
        return Citizen(self.url)

    def sender_id(self, citizen: Citizen) -> str:
        """The conversation behind a citizen's cookie, as the server named it."""
        return Tokens(self.counter.settings.secret).sender_id(citizen.http.cookies[COOKIE]) or ""

    def health(self) -> dict[str, Any]:
        body: dict[str, Any] = requests.get(f"{self.url}/healthz", timeout=5).json()
        return body

    def wait_for_rasa(self) -> None:
        until(lambda: self.health()["rasa"])

    def nothing_waits(self) -> bool:
        """Whether every message that was taken is answered."""
        with self.engine.connect() as connection:
            return connection.scalar(select(func.count()).where(InboxRow.state == NEW)) == 0

    def log(self) -> str:
        return (self.var / "gateway.log").read_text()

    def _answers(self) -> bool:
        assert self.process and self.process.poll() is None, self.log()
        try:
            return bool(self.health())
        except requests.ConnectionError:
            return False
