"""A door whose port is taken ends as a failure with one sentence, and leaves the other program alone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from desk.listening import listen
from desk.settings import Settings
from tests.assistant import free_port
from tests.desk.databases import migrated

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("program", "setting"),
    [
        ("bot.gateway", "DESK_PORT"),
        ("actions", "DESK_ACTIONS_PORT"),
        ("console", "DESK_CONSOLE_PORT"),
        ("bot.nlu model.tar.gz", "DESK_RASA_PORT"),
    ],
)
def test_a_door_whose_port_is_taken_ends_as_a_failure(tmp_path: Path, program: str, setting: str) -> None:
    module, *model = program.split()
    for name in model:
        (tmp_path / name).touch()  # nobody gets so far as to read it
    port = free_port()
    changed = {"DESK_VAR": str(tmp_path), "DESK_DATA": str(ROOT / "data"), setting: str(port)}
    migrated(Settings.from_env(changed).database_url)
    with socket.create_server(("127.0.0.1", port)):
        ended = subprocess.run(
            [sys.executable, "-m", module, *(str(tmp_path / name) for name in model)],
            cwd=ROOT,
            env={**os.environ, **changed},
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert ended.returncode == 1
    told = ended.stderr.splitlines()[-1]
    assert told.startswith(f"{setting}: 127.0.0.1 的端口 {port} 用不了"), ended.stderr


def test_an_address_of_another_machine_is_told_too() -> None:
    with pytest.raises(SystemExit, match=r"DESK_PORT: 192\.0\.2\.1 的端口"):
        listen("DESK_PORT", "192.0.2.1", free_port())


def test_a_port_can_be_had_again_at_once() -> None:
    port = free_port()
    with listen("DESK_PORT", "127.0.0.1", port), socket.create_connection(("127.0.0.1", port)):
        pass
    listen("DESK_PORT", "127.0.0.1", port).close()


def test_an_ipv6_address_is_served_where_the_machine_has_it() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 here")
    with listen("DESK_PORT", "::1", free_port()) as sock:
        assert sock.family == socket.AF_INET6
