"""A damaged file is told in words by whatever opens it, and a backup made while people write is whole."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.assistant import Citizen
from tests.fakes.disk import damage
from tests.faults.rounds import rounds
from tests.gateway.door import ROOT, Door, until
from tests.gateway.storm import Writer


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    door = Door(tmp_path / "first")
    door.rasa.start()
    door.start()
    door.wait_for_rasa()
    yield door
    door.kill()
    door.rasa.stop()


def command(door: Door, module: str, *arguments: str) -> tuple[int, str]:
    """Run one of the desk's commands over this installation."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=door.environment,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_backup_of_a_running_house_is_whole_and_takes_the_place_of_a_damaged_file(
    door: Door, tmp_path: Path
) -> None:
    for chance in rounds():
        folder = tmp_path / f"backup-{chance.random()}"
        before = door.citizen()
        before.say("备份以前说的")
        with ThreadPoolExecutor(4) as pool:
            busy = [pool.submit(Writer(door.url).writes, chance.random(), 1.0) for _ in range(4)]
            code, told = command(door, "desk.backup", str(folder))
            assert all(each.result(60) for each in busy)
        assert code == 0 and "分开" in told
        (copy,) = folder.glob("desk-*.db")
        assert copy.stat().st_mode & 0o077 == 0
        until(door.nothing_waits)
        door.kill()
        door.engine.dispose()
        for end in ("-wal", "-shm"):
            Path(f"{door.var / 'desk.db'}{end}").unlink(missing_ok=True)
        damage(door.var / "desk.db", chance)
        for module, exit_code in (("desk.invariants", 1), ("desk.database", 1), ("desk.backup", 1)):
            code, told = command(door, module)
            assert code == exit_code and "坏了" in told and "备份" in told, (module, told)
        _restore(copy, door.var / "desk.db")
        assert command(door, "desk.invariants")[0] == 0
        door.start()
        door.wait_for_rasa()
        assert "备份以前说的" in _said(before)
        assert before.say("恢复以后说的")[0]["text"] == "收到：恢复以后说的"


def _restore(copy: Path, database: Path) -> None:
    """What deploy/README.md says."""
    for end in ("", "-wal", "-shm"):
        Path(f"{database}{end}").unlink(missing_ok=True)
    shutil.copy2(copy, database)


def _said(citizen: Citizen) -> list[str]:
    return [message["text"] for message in citizen.history()]


def test_a_page_that_turns_bad_while_the_gateway_runs_makes_the_health_red_and_nobody_hears_an_untruth(
    door: Door,
) -> None:
    citizen = door.citizen()
    for number in range(30):
        citizen.say(f"{number}" + "字" * 300)
    with door.engine.connect() as connection:
        connection.exec_driver_sql("rollback")
        connection.exec_driver_sql("pragma wal_checkpoint(truncate)")
    for chance in rounds():
        damage(door.var / "desk.db", chance)
        break  # what is damaged stays so
    heard = [citizen.post(text=f"坏了以后{number}") for number in range(5)]
    until(lambda: door.health()["status"] == "down")
    assert "坏了" in door.health()["fault"]
    assert "备份" in door.health()["fault"]
    for answer in heard:
        body = answer.json()
        assert answer.status_code in {200, 202} or body["error"]["message"].startswith("系统")
