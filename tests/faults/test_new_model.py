"""A new model comes in a second Rasa beside the first: the old one goes when the new one serves, or stays."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

from tests.faults.crowd import Crowd
from tests.faults.house import until
from tests.faults.machines import Machines
from tests.faults.rounds import rounds

pytestmark = pytest.mark.model


def awaited(machines: Machines, name: str) -> subprocess.CompletedProcess[str]:
    """Ask the command that says whether the old one may be stopped."""
    return subprocess.run(
        [sys.executable, "-m", "ops.await_rasa"],
        env=machines.environment(name),
        capture_output=True,
        text=True,
        timeout=300,
    )


def noticed(machines: Machines, crowd: Crowd) -> list[object]:
    """What these citizens met besides plain answers: states other than done, and notices of a Rasa away."""
    senders = [machines.sender_id(each) for each in crowd.travellers]
    rows = machines.rows("SELECT key, state FROM inbox WHERE state <> 'done'")
    rows += machines.rows("SELECT sender_id, body FROM message WHERE author = 'notice'")
    return [row for row in rows if any(sender in row[0] for sender in senders)]


_NO_FILE = {"missing", "no model"}


def bad_models(good: Path, folder: Path, chance: random.Random) -> dict[str, Path]:
    """Files that are no model: cut off anywhere, not there, another file, and one of another training."""
    whole = good.read_bytes()
    cut, foreign = folder / good.name, folder / "foreign.tar.gz"
    cut.write_bytes(whole[: chance.randrange(len(whole))])
    with tarfile.open(foreign, "w:gz") as archive:
        archive.add("domain.yml", "metadata.json")
    return {"cut": cut, "missing": folder / "none.tar.gz", "foreign": foreign, "no model": Path("config.yml")}


def test_a_model_that_does_not_load_never_gets_a_turn(machines: Machines, tmp_path: Path) -> None:
    for chance in rounds():
        machines.kill("rasa-b")
        name, model = chance.choice(sorted(bad_models(machines.model, tmp_path, chance).items()))
        print(name)
        crowd = Crowd(machines, seed=chance.randrange(10**6))
        machines.start("rasa-b", model=model)
        if name in _NO_FILE:
            assert machines.processes["rasa-b"].wait(60) == 1
            assert "没有这个模型文件" in (machines.var / "rasa-b.log").read_text()
        else:
            told = awaited(machines, "rasa-b")
            assert told.returncode == 1
            assert "模型没有装上" in told.stderr
        until(lambda: machines.rasas() == [True, False])
        time.sleep(2)
        crowd.leave()
        assert noticed(machines, crowd) == []


def test_citizens_go_over_to_the_new_model_without_noticing(machines: Machines) -> None:
    old, new = "rasa-a", "rasa-b"
    for chance in rounds():
        machines.kill(new)
        crowd = Crowd(machines, seed=chance.randrange(10**6))
        machines.start(new)
        assert awaited(machines, new).returncode == 0
        until(lambda: machines.rasas("gateway-a") == machines.rasas("gateway-b") == [True, True])
        time.sleep(chance.uniform(0, 1))
        machines.processes[old].send_signal(signal.SIGTERM)
        machines.processes[old].wait(60)
        time.sleep(2)
        crowd.leave()
        assert noticed(machines, crowd) == []
        assert all(traveller.keys for traveller in crowd.travellers)
        old, new = new, old
