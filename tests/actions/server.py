"""The real action server as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import requests

from desk.settings import Settings
from tests.actions.dialogue import message_of, tracker_of
from tests.assistant import free_port
from tests.gateway.door import ROOT, until

PLANTED = "control-75310"


class Server:
    """`python -m actions`; over a database that has no tables, whatever needs one fails."""

    def __init__(self, var: Path, **settings: str) -> None:
        environment = {
            "DESK_VAR": str(var),
            "DESK_DATA": str(ROOT / "data"),
            "DESK_ACTIONS_PORT": str(free_port()),
            **settings,
        }
        self.settings = Settings.from_env(environment)
        self.url = f"http://127.0.0.1:{self.settings.actions_port}"
        self.log = var / "actions.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "actions"],
                cwd=ROOT,
                env={**os.environ, **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            until(self._answers)
        except BaseException:
            self.process.kill()
            raise

    def call(self, body: Any, token: str | None = None) -> requests.Response:
        headers = {"x-desk-token": self.settings.loopback_token if token is None else token}
        return requests.post(f"{self.url}/webhook", json=body, headers=headers, timeout=20)

    def run(self, action: str) -> requests.Response:
        """Call one action with a tracker full of words that must not come back."""
        message = message_of(f"{PLANTED} 我的投诉", "complaint_followup", 0.9, [], f"web:a:{PLANTED}")
        return self.turn(action, message, {"complaint_story": PLANTED, "claim_name": PLANTED})

    def turn(self, action: str, message: dict[str, Any], slots: dict[str, Any]) -> requests.Response:
        """Call one action in the conversation web-a."""
        tracker = tracker_of("web-a", message, slots)
        return self.call({"next_action": action, "sender_id": "web-a", "tracker": tracker.current_state()})

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            return requests.get(f"{self.url}/healthz", timeout=5).ok
        except requests.ConnectionError:
            return False
