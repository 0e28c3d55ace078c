"""The whole assistant as its users meet it: real processes on free ports, and a citizen with HTTP."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import requests

from desk.database import open_database, upgrade
from ops.model import train

_MODULES = {"gateway": "bot.gateway", "actions": "actions", "rasa": "ops.rasa_server"}
# What citizens do not need; started by name alone.
_STAFF = {"console": "console", "worker": "desk.tickets.worker"}
# Below those that Linux lends to whoever connects without asking for one, and none that Chromium refuses.
_PORTS = range(11_000, 32_000)
_PORT_TRIES = 1000
_by_chance = random.SystemRandom()
_given: list[socket.socket] = []
_START_SECONDS = 600  # only ends a test that hangs: a busy machine takes minutes


def free_port() -> int:
    """Return a port that nobody has, and that no other call is given while this process lives.

    What the kernel lends for a moment it may lend again before the server that it is meant for listens:
    then two tests talk to one server. So the ports are none of those, and the UDP port of the same number,
    which no server here wants, is held as the sign that it is given away.
    """
    for _ in range(_PORT_TRIES):
        port = _by_chance.choice(_PORTS)
        sign = socket.socket(type=socket.SOCK_DGRAM)
        try:
            sign.bind(("127.0.0.1", port))
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            sign.close()
            continue
        _given.append(sign)
        return port
    raise OSError("no port is free")


class Assistant:
    """Starts, kills and restarts the processes of one installation in a folder of its own."""

    def __init__(self, var: Path, **settings: str) -> None:
        self.var = var
        self.ports = {name: free_port() for name in (*_MODULES, "console")}
        self.url = f"http://127.0.0.1:{self.ports['gateway']}"
        self.environment = {
            **os.environ,
            "DESK_VAR": str(var),
            "DESK_PORT": str(self.ports["gateway"]),
            "DESK_RASA_PORT": str(self.ports["rasa"]),
            "DESK_ACTIONS_PORT": str(self.ports["actions"]),
            "DESK_CONSOLE_PORT": str(self.ports["console"]),
            "DESK_MESSAGES_PER_MINUTE": "0",  # tests write faster than people
            **settings,
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def prepare(self) -> None:
        """Make the tables, the demo claims and a copy of the trained model."""
        url = f"sqlite:///{self.var / 'desk.db'}"
        open_database(url).dispose()
        upgrade(url)
        subprocess.run(
            [sys.executable, "-m", "desk.claims.register", "demo"], check=True, env=self.environment
        )
        models = self.var / "models"
        models.mkdir(exist_ok=True)
        shutil.copy2(train(Path("var")), models)

    def start(self, *names: str, **settings: str) -> None:
        """Start processes by name, without one all that citizens need; `settings` hold for this start."""
        for name in names or _MODULES:
            log = (self.var / f"{name}.log").open("ab")
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", {**_MODULES, **_STAFF}[name]],
                env={**self.environment, **settings},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def kill(self, name: str) -> None:
        """End a process as a power cut would."""
        self.processes[name].kill()
        self.processes[name].wait()

    def stop(self) -> None:
        """Stop everything that runs."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()

    def health(self) -> dict[str, Any]:
        try:
            body: dict[str, Any] = requests.get(f"{self.url}/healthz", timeout=5).json()
            return body
        except requests.RequestException:
            return {}

    def wait(self, key: str = "rasa", value: Any = True) -> None:
        """Wait until the gateway reports `key` as `value`."""
        deadline = time.monotonic() + _START_SECONDS
        while self.health().get(key) != value:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{key} is not {value}; logs are in {self.var}")
            time.sleep(0.2)


class Citizen:
    """Talks to the public interface as the page does."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = requests.Session()
        self.opening = self.history()
        self.buttons: dict[str, str] = {b["title"]: b["token"] for b in self.opening[0]["buttons"]}

    def history(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = self.http.get(f"{self.url}/api/messages", timeout=10).json()[
            "messages"
        ]
        return messages

    def post(self, **body: Any) -> requests.Response:
        body.setdefault("id", uuid.uuid4().hex)
        return self.http.post(f"{self.url}/api/messages", json=body, timeout=30)

    def say(self, text: str) -> list[dict[str, Any]]:
        return self._heard(self.post(text=text))

    def press(self, title: str) -> list[dict[str, Any]]:
        """Press a button of the newest answer that had any, by its title or the beginning of it."""
        token = next((t for name, t in self.buttons.items() if name.startswith(title)), None)
        assert token, f"no button {title!r}; there are {list(self.buttons)}"
        return self._heard(self.post(button=token))

    def _heard(self, answer: requests.Response) -> list[dict[str, Any]]:
        body = answer.json()
        assert answer.status_code in {200, 202}, body
        if answer.status_code == 202:
            body["messages"] = self._wait_for_reply()
        messages: list[dict[str, Any]] = body["messages"]
        buttons = {b["title"]: b["token"] for message in messages for b in message["buttons"]}
        self.buttons = buttons or self.buttons
        return messages

    def _wait_for_reply(self) -> list[dict[str, Any]]:
        for _ in range(100):
            said = self.history()
            asked = max(i for i, message in enumerate(said) if message["from"] == "citizen")
            if replies := [m for m in said[asked + 1 :] if m["from"] == "bot"]:
                return replies
            time.sleep(0.2)
        raise TimeoutError("no reply came")


def words(messages: list[dict[str, Any]]) -> str:
    """Everything a person can read in some messages."""
    parts: list[str] = []
    for message in messages:
        parts.append(message["text"])
        card = message.get("card") or {}
        parts += [str(card.get(key) or "") for key in ("label", "title", "note", "scope")]
        parts += card.get("lines") or []
        parts += [f"{f['name']}：{f['value']}" for f in card.get("fields") or []]
        parts += [p["number"] for p in card.get("phones") or []]
        parts += [" ".join(s.values()) for s in card.get("sources") or []]
        parts += [button["title"] for button in message["buttons"]]
    return "\n".join(part for part in parts if part)
