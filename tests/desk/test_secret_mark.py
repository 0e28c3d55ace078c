from __future__ import annotations

import base64
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from desk.database import open_database
from desk.sealing import GM, INTL, Keys
from desk.secret_mark import FAULT, accept, fault, main
from tests.desk.databases import KINDS, database, migrated

OLD, NEW, OTHER = (bytes([number]) * 32 for number in range(3))
ROOT = Path(__file__).parents[2]


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    migrated(url)
    return open_database(url)


def test_the_first_secret_is_right_and_another_one_is_refused(engine: Engine) -> None:
    for _ in range(2):
        assert fault(engine, Keys.of(OLD)) == ""
    assert fault(engine, Keys.of(OTHER)) == FAULT
    assert "DESK_SECRET_FORMER" in FAULT and "--accept" in FAULT


def test_several_machines_change_their_secret_one_after_the_other(engine: Engine) -> None:
    before, told, changed, after = Keys.of(OLD), Keys.of(OLD, [NEW]), Keys.of(NEW, [OLD]), Keys.of(NEW)
    for keys in (before, told, before, changed, told, changed, after, changed):
        assert fault(engine, keys) == ""
    assert fault(engine, before) == FAULT, "it could not open what the others seal"


def test_a_change_of_the_algorithms_is_no_other_secret(engine: Engine) -> None:
    for profile in (INTL, GM, INTL, GM):
        assert fault(engine, Keys.of(OLD, profile=profile)) == ""
    assert fault(engine, Keys.of(OTHER, profile=GM)) == FAULT


def test_a_secret_that_is_lost_can_be_done_without(engine: Engine) -> None:
    fault(engine, Keys.of(OLD))
    accept(engine, Keys.of(NEW))
    assert fault(engine, Keys.of(NEW)) == ""
    assert fault(engine, Keys.of(OLD)) == FAULT


def test_a_database_without_tables_or_that_is_away_is_told_by_others(tmp_path: Path) -> None:
    assert fault(open_database(f"sqlite:///{tmp_path / 'none.db'}"), Keys.of(OLD)) == ""
    assert fault(open_database("postgresql://nobody@127.0.0.1:9/none"), Keys.of(OLD)) == ""


@pytest.mark.parametrize("kind", KINDS)
def test_of_machines_that_start_at_once_with_different_secrets_one_starts(kind: str, tmp_path: Path) -> None:
    with database(kind, tmp_path) as url, ThreadPoolExecutor(8) as pool:
        migrated(url)
        secrets = [Keys.of(bytes([number]) * 32) for number in range(8)]
        told = list(pool.map(lambda keys: fault(open_database(url), keys), secrets))
    assert sorted(told) == ["", *[FAULT] * 7]


@pytest.mark.parametrize("module", ["bot.gateway", "console", "actions", "desk.tickets.worker", "ops.serve"])
def test_no_process_starts_with_another_secret(engine: Engine, tmp_path: Path, module: str) -> None:
    fault(engine, Keys.of(OLD))
    secret = base64.b64encode(OTHER).decode()
    environment = {
        **os.environ,
        "DESK_VAR": str(tmp_path),
        "DESK_DATA": str(ROOT / "data"),
        "DESK_SECRET": secret,
    }
    names = ("DESK_PORT", "DESK_RASA_PORT", "DESK_ACTIONS_PORT", "DESK_CONSOLE_PORT")
    environment |= {name: str(20000 + os.getpid() % 20000 + place) for place, name in enumerate(names)}
    run = subprocess.run(
        [sys.executable, "-m", module], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 1
    assert FAULT in run.stderr
    assert "Traceback" not in run.stderr and secret not in run.stdout + run.stderr


def test_the_command_tells_and_accepts(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fault(engine, Keys.of(OLD))
    monkeypatch.setenv("DESK_VAR", str(tmp_path))
    monkeypatch.setenv("DESK_SECRET", base64.b64encode(NEW).decode())
    assert [main([]), main(["--accept"]), main([])] == [1, 0, 0]
    assert FAULT in capsys.readouterr().out
