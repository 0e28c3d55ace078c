"""Every door of one installation at once, each a real process over one folder."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

from console.ticket_words import FIELDS
from desk.tickets import Ticket
from desk.tickets.terms import Role
from tests.actions.server import Server
from tests.console.door import StaffDoor, StaffMember
from tests.console.ticket_desk import dispatched
from tests.fakes.platform import FakePlatform
from tests.fakes.wechat.account import COMPATIBLE
from tests.gateway.door import ROOT
from tests.gateway.wechat_house import WechatDoor

_NAME = re.compile(r'name="([a-z_]+)"')
_POSTS = (
    (Role.AGENT, ""),
    (Role.HANDLER, "五华区"),
    (Role.SUPERVISOR, ""),
    (Role.OPERATOR, ""),
    (Role.AUDITOR, ""),
)


class Premises:
    """Gateway with a WeChat account, action server with a platform, console, and somebody of each role."""

    def __init__(self, var: Path, elsewhere: Path) -> None:
        self.var = var
        self.elsewhere = elsewhere
        self.started_with: dict[str, bytes] = {}
        self.platform = FakePlatform()
        self.gateway = WechatDoor(var, COMPATIBLE)
        self.console = StaffDoor(var)
        self.actions: Server | None = None

    def open(self) -> None:
        """Start everything."""
        given = self.platform.settings()
        self.gateway.rasa.start()
        self.gateway.start()
        self.console.start()
        self.actions = Server(
            self.var,
            DESK_PLATFORM_URL=given.url,
            DESK_PLATFORM_CLIENT_ID=given.client_id,
            DESK_PLATFORM_CLIENT_SECRET=given.client_secret,
        )
        self.gateway.wait_for_rasa()
        self.staff = {role: self.console.signed_in(role, unit) for role, unit in _POSTS}

    def look_at_processes(self) -> None:
        """Keep the arguments and the environment of each process."""
        processes = {
            "gateway": self.gateway.process,
            "console": self.console.process,
            "actions": self.actions.process if self.actions else None,
        }
        for name, process in processes.items():
            assert process
            for what in ("cmdline", "environ"):
                self.started_with[f"{name} {what}"] = Path(f"/proc/{process.pid}/{what}").read_bytes()

    def ticket(self) -> Ticket:
        """A ticket that a unit has been given."""
        return dispatched(self.console, "五华区")

    def member(self, role: Role) -> StaffMember:
        """Somebody of this role who is signed in, whatever an act has done to the session."""
        self.console.back_in(self.staff[role])
        return self.staff[role]

    def run(self, *module: str) -> int:
        """Run a command of the product over the same folder; what it prints is kept beside the logs."""
        with (self.var / "commands.log").open("ab") as log:
            command = [sys.executable, "-m", *module]
            done = subprocess.run(
                command, cwd=ROOT, env=self.gateway.environment, stdout=log, stderr=subprocess.STDOUT
            )
        return done.returncode

    def back_up(self) -> None:
        """Copy the database while it is in use, as a backup does."""
        with sqlite3.connect(self.var / "desk.db") as ours, sqlite3.connect(self.var / "backup.db") as copy:
            ours.backup(copy)

    def close(self) -> None:
        """Stop everything that was started; doing it again is no fault."""
        if self.actions:
            self.actions.stop()
        for door in (self.gateway, self.console):
            if door.process:
                door.kill()
        self.gateway.rasa.stop()
        self.gateway.api.stop()
        self.platform.stop()


def field_names() -> list[str]:
    """Every name under which a form of the staff's pages sends something."""
    templates = (ROOT / "console" / "templates").rglob("*.html")
    written = {name for path in templates for name in _NAME.findall(path.read_text())}
    return sorted(written | set(FIELDS))
