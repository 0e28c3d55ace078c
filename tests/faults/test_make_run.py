"""`make run` itself: a process that is killed comes back, and a model that does not load is told in words."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.assistant import Assistant, Citizen, words
from tests.faults.house import until
from tests.faults.rounds import rounds

pytestmark = pytest.mark.model

_FIVE = ("gateway", "actions", "rasa", "console", "worker")


class Running:
    """`python -m ops.serve`, and everything that it prints."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "ops.serve"],
            env={**assistant.environment, "PYTHONIOENCODING": "utf-8"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._lines: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def printed(self) -> str:
        return "".join(self._lines)

    def pid(self, name: str) -> int:
        """The newest process of a name."""
        return int(re.findall(rf"{name} started \(pid=(\d+)\)", self.printed)[-1])

    def starts(self, name: str) -> int:
        return self.printed.count(f"{name} started")

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.append(line.decode(errors="replace"))


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """All of it, with a model file that is whole and is no model."""
    assistant = Assistant(tmp_path)
    assistant.prepare()
    (model,) = (tmp_path / "models").glob("*.tar.gz")
    with tarfile.open(model, "w:gz") as archive:
        archive.add("domain.yml", "metadata.json")
    made = Running(assistant)
    yield made
    made.process.send_signal(signal.SIGTERM)
    made.process.wait(60)
    for name in _FIVE:
        # Not by the command: procps 4.0 takes `-12345` for `-1`, which is every process there is.
        with suppress(ProcessLookupError):
            os.killpg(made.pid(name), signal.SIGKILL)


def test_what_is_killed_comes_back_and_a_bad_model_is_told_in_words(running: Running) -> None:
    until(lambda: "助手没有启动" in running.printed, 600)
    assert "模型没有装上" in running.printed
    assert "make run" in running.printed.split("助手没有启动")[1]
    assert "五华区" in words(Citizen(running.assistant.url).say("五华区在哪里办"))
    for chance in rounds():
        name = chance.choice(_FIVE)
        before = running.starts(name)
        os.kill(running.pid(name), signal.SIGKILL)
        until(lambda name=name, before=before: running.starts(name) > before, 120)
        until(running.assistant.health, 120)
        assert f"{name} 意外停止（信号 9）" in running.printed
        assert running.process.poll() is None
