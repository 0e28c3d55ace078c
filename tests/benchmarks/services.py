"""The processes that are measured, each on a free loopback port: start, readiness, memory, stop."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from desk.database import open_database, upgrade
from desk.settings import Settings
from tests.assistant import free_port

_START_SECONDS = 300
_ENDPOINTS = """action_endpoint:
  url: http://127.0.0.1:{actions}/webhook
  headers: {{X-Desk-Token: {token}}}
tracker_store: {{type: SQL, dialect: sqlite, db: {db}}}
"""


@dataclass
class Service:
    """One process, and how it is told a message."""

    name: str
    command: list[str]
    ready: str
    message: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    log: Path = Path(os.devnull)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start the process and return the seconds until it says that it is ready."""
        started = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.command],
                env={**os.environ, **self.environment},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        while not self._ready():
            if time.monotonic() - started > _START_SECONDS or self.process.poll() is not None:
                raise RuntimeError(f"{self.name} does not start; its log is {self.log}")
            time.sleep(0.05)
        return time.monotonic() - started

    def stop(self) -> None:
        """Stop the process, if it runs."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def memory(self) -> float:
        """The megabytes that are this process's own: PSS, or RSS where the system counts no PSS."""
        assert self.process
        try:
            text = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
            kilobytes = re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)
        except OSError:
            command = ["ps", "-o", "rss=", "-p", str(self.process.pid)]
            rss = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            kilobytes = re.search(r"(\d+)", rss)
        assert kilobytes
        return int(kilobytes[1]) / 1024

    def body(self, sender: str, text: str) -> dict[str, Any]:
        """One message as this process takes it."""
        if self.name == "ours":
            return {"sender": sender, "text": text, "message_id": f"{sender}:{time.monotonic_ns()}"}
        return {"sender": sender, "message": text}

    def _ready(self) -> bool:
        request = urllib.request.Request(self.ready, headers=self.headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return bool(answer.status < 300)
        except (urllib.error.URLError, OSError):
            return False


@dataclass
class House:
    """Every process of one run of the benchmark, in a folder of its own."""

    folder: Path
    ours_model: Path
    stock_model: Path

    def __post_init__(self) -> None:
        names = ("gateway", "rasa", "actions", "stock", "floor")
        self._ports = {name: free_port() for name in names}
        self._environment = {
            "DESK_VAR": str(self.folder),
            "DESK_PORT": str(self._ports["gateway"]),
            "DESK_RASA_PORT": str(self._ports["rasa"]),
            "DESK_ACTIONS_PORT": str(self._ports["actions"]),
            # Both are quiet in the same way.
            "LOG_LEVEL": "WARNING",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "PYTHONWARNINGS": "ignore",
        }
        settings = Settings.from_env(self._environment)
        open_database(settings.database_url).dispose()
        upgrade(settings.database_url)
        self._token = settings.loopback_token
        self.actions = self._service("actions", ["-m", "actions"], "actions", "/healthz")
        self.gateway = self._service("gateway", ["-m", "bot.gateway"], "gateway", "/")
        self.ours = self._service(
            "ours",
            ["-m", "bot.nlu", str(self.ours_model)],
            "rasa",
            "/webhooks/loopback/ready",
            "/webhooks/loopback/message",
            {"X-Desk-Token": self._token},
        )
        self.stock = self._service(
            "stock", self._stock_command(), "stock", "/webhooks/rest/", "/webhooks/rest/webhook"
        )
        floor = ["-m", "tests.benchmarks.floor", str(self._ports["floor"]), str(self.folder / "floor.db")]
        self.floor = self._service("floor", floor, "floor", "/ready", "/message")

    def stop(self) -> None:
        """Stop whatever runs."""
        for service in (self.ours, self.stock, self.floor, self.gateway, self.actions):
            service.stop()

    def _stock_command(self) -> list[str]:
        endpoints, credentials = self.folder / "endpoints.yml", self.folder / "credentials.yml"
        db = self.folder / "stock.db"
        filled = _ENDPOINTS.format(actions=self._ports["actions"], token=self._token, db=db)
        endpoints.write_text(filled)
        credentials.write_text("rest:\n")
        command = ["-m", "rasa", "run", "--model", str(self.stock_model), "--interface", "127.0.0.1"]
        command += ["--port", str(self._ports["stock"]), "--endpoints", str(endpoints)]
        return [*command, "--credentials", str(credentials)]

    def _service(
        self,
        name: str,
        command: list[str],
        port: str,
        ready: str,
        message: str = "",
        headers: dict[str, str] | None = None,
    ) -> Service:
        url = f"http://127.0.0.1:{self._ports[port]}"
        log = self.folder / f"{name}.log"
        return Service(name, command, url + ready, url + message, headers or {}, self._environment, log)
