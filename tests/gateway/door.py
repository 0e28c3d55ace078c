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

from bot.gateway.web import COOKIE, Tokens
from desk.counter import open_counter
from desk.database import upgrade
from desk.settings import Settings
from tests.assistant import Citizen, free_port
from tests.fakes.rasa import FakeRasa

ROOT = Path(__file__).parents[2]
_PATIENCE = 30.0
# The same process, but it lets nobody wait long: what takes longer is told through the stream.
_IMPATIENT = "from bot.gateway import __main__, web; web._PATIENCE_SECONDS = 0.2; __main__.main()"


def until(wanted: Callable[[], Any]) -> Any:
    """Return what `wanted` returns as soon as that is true."""
    deadline = time.monotonic() + _PATIENCE
    while not (found := wanted()):
        assert time.monotonic() < deadline, f"never came: {wanted}"
        time.sleep(0.03)
    return found


class Door:
    """One gateway over one database. What is kept lies in the tables: it may be killed and started."""

    def __init__(self, var: Path, impatient: bool = False, **settings: str) -> None:
        self.var = var
        self._command = ["-c", _IMPATIENT] if impatient else ["-m", "bot.gateway"]
        port, rasa_port = free_port(), free_port()
        self._environment = {
            "DESK_VAR": str(var),
            "DESK_DATA": str(ROOT / "data"),
            "DESK_PORT": str(port),
            "DESK_RASA_PORT": str(rasa_port),
            **settings,
        }
        known = Settings.from_env(self._environment)
        upgrade(known.database_url)
        self.counter = open_counter(known)
        self.engine = self.counter.engine
        self.rasa = FakeRasa(known.loopback_token, rasa_port)
        self.url = f"http://127.0.0.1:{port}"

    def start(self) -> None:
        """Serve; return when requests are answered."""
        with (self.var / "gateway.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._command],
                cwd=ROOT,
                env={**os.environ, **self._environment},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        until(self._answers)

    def kill(self) -> None:
        """End as in a power cut."""
        self._process.kill()
        self._process.wait()

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

    def log(self) -> str:
        return (self.var / "gateway.log").read_text()

    def _answers(self) -> bool:
        assert self._process.poll() is None, self.log()
        try:
            return bool(self.health())
        except requests.ConnectionError:
            return False
