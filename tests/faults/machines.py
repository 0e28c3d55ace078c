"""Two machines' worth of processes on one PostgreSQL: gateways, Rasas and action servers in pairs."""

from __future__ import annotations

import base64
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import text
from sqlalchemy.engine import Engine

from bot.gateway.web import COOKIE, Tokens
from desk.database import open_database, upgrade
from desk.settings import Settings
from ops.model import train
from tests.assistant import Citizen, free_port
from tests.fakes.wechat.account import SAFE, FakeAccount
from tests.fakes.wechat_api import FakeWechatApi
from tests.faults.house import until
from tests.gateway.wechat_house import AES_KEY, APP_ID, SECRET, account_settings

PAIRS = ("gateway", "rasa", "actions")
NAMES = (*(f"{name}-{side}" for name in PAIRS for side in "ab"), "console", "worker")
_MODULES = {"gateway": "bot.gateway", "actions": "actions", "console": "console"}


class Machines:
    """Starts, kills and restarts each process by its name, gateway-a to worker."""

    def __init__(self, var: Path, database_url: str) -> None:
        self.var = var
        self.model = train(Path("var"))
        self.account, self.api = (
            FakeAccount(APP_ID, "tokenoftest", AES_KEY, SAFE),
            FakeWechatApi(APP_ID, SECRET),
        )
        self.api.start()
        self.ports = {name: free_port() for name in NAMES}
        self._shared = {
            **os.environ,
            "DESK_SECRET": base64.b64encode(secrets.token_bytes(32)).decode(),
            "DESK_DATABASE_URL": database_url,
            "DESK_RASA_URLS": f"{self.url('rasa-a')},{self.url('rasa-b')}",
            "DESK_MESSAGES_PER_MINUTE": "0",
            **account_settings(self.account, self.api.url),
        }
        self.settings = Settings.from_env(self.environment("gateway-a"))
        upgrade(database_url)
        self.engine: Engine = open_database(database_url)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def gateways(self) -> tuple[str, str]:
        return self.url("gateway-a"), self.url("gateway-b")

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def environment(self, name: str) -> dict[str, str]:
        """The settings of one process: each machine asks its own action server first, then the other's."""
        kind, _, side = name.partition("-")
        port = {"gateway": "DESK_PORT", "rasa": "DESK_RASA_PORT"}.get(kind, f"DESK_{kind.upper()}_PORT")
        actions = ("actions-b", "actions-a") if side == "b" else ("actions-a", "actions-b")
        own = {"DESK_VAR": str(self.var / (side or "a")), port: str(self.ports[name])}
        return {**self._shared, **own, "DESK_ACTIONS_URL": ",".join(map(self.url, actions))}

    def start(self, *names: str, model: Path | None = None) -> None:
        """Start processes by name; `model`: another one than ours for Rasa."""
        for name in names:
            kind = name.partition("-")[0]
            command = ["-m", _MODULES.get(kind, "desk.tickets.worker")]
            if kind == "rasa":
                command = ["-m", "bot.nlu", str(model or self.model)]
            with (self.var / f"{name}.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    [sys.executable, *command],
                    env=self.environment(name),
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )

    def wait(self, *names: str) -> None:
        """Wait until these answer; a worker is never asked."""
        for name in names:
            until(lambda name=name: self.answers(name), 120)

    def answers(self, name: str) -> bool:
        """Whether a process serves; Rasa with its model, a gateway with every Rasa that is there."""
        kind = name.partition("-")[0]
        if kind == "worker":
            return self.processes[name].poll() is None
        path = "/webhooks/loopback/ready" if kind == "rasa" else "/healthz"
        token = {"X-Desk-Token": self.settings.loopback_token}
        try:
            return requests.get(self.url(name) + path, headers=token, timeout=20).ok
        except requests.RequestException:
            return False

    def rasas(self, gateway: str = "gateway-a") -> list[bool]:
        """Which Rasas a gateway finds ready."""
        found: list[bool] = requests.get(f"{self.url(gateway)}/healthz", timeout=10).json()["rasas"]
        return found

    def sender_id(self, citizen: Citizen) -> str:
        """The conversation behind a citizen's cookie."""
        return Tokens(self.settings.secret).sender_id(citizen.http.cookies.get_dict()[COOKIE]) or ""

    def kill(self, name: str) -> None:
        """End a process as a power cut would."""
        self.processes[name].kill()
        self.processes[name].wait()

    def rows(self, sql: str, **values: Any) -> list[Any]:
        """Return what a statement selects."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql), values)]

    def close(self) -> None:
        """Stop everything."""
        for process in self.processes.values():
            process.kill()
            process.wait()
        self.api.stop()
        self.engine.dispose()
