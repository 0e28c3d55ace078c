"""The real console as a process of its own on a free loopback port, and people who have signed in to it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import delete

from console.access import COOKIE
from desk.counter import open_counter
from desk.settings import Settings
from desk.staff import Accounts, Staff
from desk.staff.tables import FailureRow
from desk.tickets.terms import Role
from tests.assistant import free_port
from tests.desk.databases import migrated

ROOT = Path(__file__).parents[2]
_PATIENCE = 90.0
_CSRF = re.compile(r'"x-csrf": "([^"]+)"')


class StaffDoor:
    """One console over one database; everything else of the product is reached through `counter`."""

    program: tuple[str, ...] = ("console",)

    def __init__(self, var: Path, **settings: str) -> None:
        self.var = var
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            "DESK_VAR": str(var),
            "DESK_DATA": str(ROOT / "data"),
            "DESK_CONSOLE_PORT": str(self.port),
            "DESK_RASA_PORT": str(free_port()),
            **settings,
        }
        self.settings = Settings.from_env(self.environment)
        migrated(self.settings.database_url)
        self.counter = open_counter(self.settings)
        self.engine = self.counter.engine
        self.process: subprocess.Popen[bytes] | None = None
        self._made = 0

    @property
    def accounts(self) -> Accounts:
        return self.counter.accounts

    def start(self) -> None:
        """Serve; return when requests are answered."""
        with (self.var / "console.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *self.program],
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + _PATIENCE
        while True:
            assert self.process.poll() is None, (self.var / "console.log").read_text()
            try:
                requests.get(f"{self.url}/healthz", timeout=2)
                return
            except requests.RequestException:
                assert time.monotonic() < deadline, (self.var / "console.log").read_text()
                time.sleep(0.05)

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait()

    def forgive(self) -> None:
        """Forget failed tries: all these tests come from one address."""
        with self.engine.begin() as connection:
            connection.execute(delete(FailureRow))

    def signed_in(self, role: Role, unit: str = "") -> StaffMember:
        """Somebody new of this role, past every step of signing in."""
        self._made += 1
        login = f"{role.value}{self._made}"
        staff, password = self.accounts.create(login, f"{role.label}{self._made:02d}", role, unit, demo=True)
        begun = self.counter.sessions.begin(login, password, "127.0.0.1")
        assert begun.step == "done", begun.step
        return StaffMember(self.url, staff, begun.token)

    def back_in(self, member: StaffMember) -> None:
        """Sign somebody in again whose session an act has ended."""
        if not self.counter.sessions.of(member.token):
            password = self.accounts.reset_password(member.staff.id, by="")
            begun = self.counter.sessions.begin(member.staff.login, password, "127.0.0.1")
            member.enter(begun.token)


class StaffMember:
    """A browser of a member of staff, without the browser."""

    def __init__(self, url: str, staff: Staff, token: str) -> None:
        self.url = url
        self.staff = staff
        self.http = requests.Session()
        self.http.headers["sec-fetch-site"] = "same-origin"
        self.enter(token)

    def enter(self, token: str) -> None:
        """Take the cookie of a session."""
        self.token = token
        self.http.cookies.clear()
        self.http.cookies.set(COOKIE, token)
        self._csrf = ""

    def get(self, path: str, **options: Any) -> requests.Response:
        options.setdefault("allow_redirects", False)
        answer = self.http.get(self.url + path, timeout=20, **options)
        if found := _CSRF.search(answer.text):
            self._csrf = found.group(1)
        return answer

    def post(self, path: str, htmx: bool = False, **fields: Any) -> requests.Response:
        """Send a form of ours, with the token that its page carries."""
        if not self._csrf:
            self.get("/account")
        headers = {"x-csrf": self._csrf, **({"hx-request": "true"} if htmx else {})}
        return self.http.post(
            self.url + path, data=fields, headers=headers, timeout=20, allow_redirects=False
        )
