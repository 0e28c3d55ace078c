from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from desk.settings import Settings
from ops import serve
from tests.assistant import free_port

ROOT = Path(__file__).parents[2]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    names = ("DESK_PORT", "DESK_CONSOLE_PORT", "DESK_RASA_PORT", "DESK_ACTIONS_PORT")
    ports = {name: str(free_port()) for name in names}
    return {"DESK_VAR": str(tmp_path / "var"), "DESK_DATA": str(ROOT / "data"), **ports}


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    return Settings.from_env(environment)


def started(environment: dict[str, str], **changed: str) -> subprocess.CompletedProcess[str]:
    """Run the command itself; it must end by itself because something stops the start."""
    return subprocess.run(
        [sys.executable, "-m", "ops.serve"],
        cwd=ROOT,
        env={**os.environ, **environment, **changed},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_with_free_ports_and_room_nothing_stands_in_the_way(settings: Settings) -> None:
    assert serve._faults(settings) == []


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("DESK_PORT", "gateway_port"),
        ("DESK_CONSOLE_PORT", "console_port"),
        ("DESK_RASA_PORT", "rasa_port"),
        ("DESK_ACTIONS_PORT", "actions_port"),
    ],
)
def test_a_taken_port_is_one_sentence_with_the_way_out(settings: Settings, name: str, field: str) -> None:
    with socket.create_server(("127.0.0.1", getattr(settings, field))):
        (told,) = serve._faults(settings)
    assert f"端口 {getattr(settings, field)} 已被占用" in told
    assert f"例如 {name}=" in told
    assert serve._faults(settings) == []


def test_the_way_out_is_a_port_that_exists(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 65535))
        probe.listen()
        (told,) = serve._faults(replace(settings, gateway_port=65535))
    named = int(told.split("DESK_PORT=")[1].split()[0])
    with socket.create_server(("127.0.0.1", named)):
        assert named != 65535


def test_an_address_of_another_machine_is_one_sentence(settings: Settings) -> None:
    (told,) = serve._faults(replace(settings, host="192.0.2.1"))
    assert told.startswith("DESK_HOST: 192.0.2.1 不是这台机器的地址")
    (told,) = serve._faults(replace(settings, host="no such host"))
    assert told.startswith("DESK_HOST")
    (told,) = serve._faults(replace(settings, rasa_host="192.0.2.1"))
    assert told.startswith("DESK_RASA_HOST")


def test_too_little_disk_is_one_sentence(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    beyond = shutil.disk_usage("/").total // 2**20 + 1
    monkeypatch.setattr(serve, "_LEAST_MEGABYTES", beyond)
    (told,) = serve._faults(settings)
    assert told.startswith("磁盘空间不够")
    assert str(settings.var) in told
    assert "请清理后再运行" in told


def test_a_damaged_database_is_one_sentence_with_what_to_do(settings: Settings) -> None:
    settings.var.mkdir(exist_ok=True)
    (settings.var / "desk.db").write_bytes(b"no database " * 1000)
    (told,) = serve._faults(settings)
    assert "坏了" in told and "备份" in told


def test_the_command_names_every_taken_port_and_ends(environment: dict[str, str]) -> None:
    with (
        socket.create_server(("127.0.0.1", int(environment["DESK_PORT"]))),
        socket.create_server(("127.0.0.1", int(environment["DESK_RASA_PORT"]))),
    ):
        run = started(environment)
    assert run.returncode == 1
    assert run.stdout == ""
    assert [line[:2] for line in run.stderr.splitlines()] == ["端口", "端口"]


def test_the_command_names_wrong_settings_and_a_wrong_folder_without_a_traceback(
    environment: dict[str, str], tmp_path: Path
) -> None:
    run = started(environment, DESK_PORT="http", DESK_DEMO="2")
    assert run.returncode == 1
    assert [line.split(":")[0] for line in run.stderr.splitlines()] == ["DESK_DEMO", "DESK_PORT"]
    (tmp_path / "file").write_text("x")
    run = started(environment, DESK_VAR=str(tmp_path / "file"))
    assert run.returncode == 1
    assert run.stderr.startswith("DESK_VAR")
    assert "Traceback" not in run.stderr


def test_the_command_names_data_that_cannot_be_read(environment: dict[str, str], tmp_path: Path) -> None:
    run = started(environment, DESK_DATA=str(tmp_path / "nowhere"))
    assert run.returncode == 1
    assert "nowhere" in run.stderr
    assert "Traceback" not in run.stderr
