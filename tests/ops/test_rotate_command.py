from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from desk import vault
from desk.rotation import count
from desk.sealing import GM, Keys, derive
from desk.vault import Vault
from ops.rotate import main
from tests.desk.ticket_room import Moment
from tests.ops.sealed_rooms import NEW, OLD, Rooms, filled, former

ROOT = Path(__file__).parents[2]


def command(url: str, *arguments: str, **settings: str) -> tuple[int, str]:
    given = {"DESK_DATABASE_URL": url, "DESK_VAR": str(ROOT / "none"), **settings}
    done = subprocess.run(
        [sys.executable, "-m", "ops.rotate", *arguments],
        cwd=ROOT,
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


def coded(secret: bytes) -> str:
    return base64.b64encode(secret).decode()


def test_a_killed_rotation_goes_on_where_it_stopped(url: str, engine: Engine, now: Moment) -> None:
    rows = 10_000  # twenty batches, and it is killed after the first
    filled(engine, rows, now)
    keys = Keys.of(NEW, [OLD], GM)
    place = vault.sealed(derive(keys, "vault"))
    given = {"DESK_SECRET": coded(NEW), "DESK_SECRET_FORMER": coded(OLD), "DESK_CRYPTO": GM}
    process = subprocess.Popen(
        [sys.executable, "-m", "ops.rotate", "--write"],
        cwd=ROOT,
        env={**os.environ, "DESK_DATABASE_URL": url, **given},
        stdout=subprocess.DEVNULL,
    )
    while count(engine, place).former == rows:
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    left = count(engine, place)
    assert 0 < left.former < rows and left.former % 500 == 0 and left.lost == 0
    code, told = command(url, "--write", **given)
    assert code == 0, told
    room = Vault(engine, derive(Keys.of(NEW, profile=GM), "vault"), now)
    assert all(room.get(f"web:{n}", "〔手机号#1〕") == str(n) for n in range(0, rows, 499))


def test_the_command_counts_writes_and_says_when_the_former_secret_may_go(
    url: str, engine: Engine, now: Moment
) -> None:
    rooms = Rooms(engine, Keys.of(OLD), now)
    rooms.write()
    given = {"DESK_SECRET": coded(NEW), "DESK_SECRET_FORMER": coded(OLD)}
    code, told = command(url, **given)
    assert code == 1
    for line in (
        "vault：1 条还靠",
        "ticket：1 条还靠",
        "claim：1 条还靠",
        "wechat_follower：1 条还靠",
        "audit_event：4 条还靠",
    ):
        assert line in told
    assert "加 --write" in told and "重新导入" in told
    assert former(engine, Keys.of(NEW, [OLD]))["vault"] == 1
    code, told = command(url, "--write", **given)
    assert code == 1 and "claim：1 条还靠" in told and "vault：0 条还靠" in told and "还不能删" in told
    Rooms(engine, Keys.of(NEW, [OLD]), now).take({"申请编号": "A1"})
    code, told = command(url, **given)
    assert code == 0 and "可以删了" in told
    code, told = command(url, DESK_SECRET=coded(NEW))
    assert code == 0 and " 0 条没有密钥" not in told and "1 条" not in told


def test_a_secret_that_was_removed_too_early_is_named_as_missing(
    url: str, engine: Engine, now: Moment
) -> None:
    Rooms(engine, Keys.of(OLD), now).write()
    code, told = command(url, "--write", DESK_SECRET=coded(NEW))
    assert code == 1
    assert "ticket：0 条还靠以前的密钥，1 条没有密钥能打开" in told
    assert "DESK_SECRET_FORMER" in told and "从第 1 条起对不上" in told
    code, told = command(url, "--write", DESK_SECRET=coded(NEW), DESK_SECRET_FORMER=coded(OLD))
    assert "ticket：0 条还靠以前的密钥，0 条没有密钥能打开" in told


def test_settings_that_cannot_be_used_are_told_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK_VAR", str(tmp_path))
    monkeypatch.setenv("DESK_SECRET_FORMER", "short")
    assert main([]) == 1
    assert "DESK_SECRET_FORMER" in capsys.readouterr().out
