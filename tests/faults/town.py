"""The house with all that runs on one machine, an account of WeChat before it, and its files at hand."""

from __future__ import annotations

import random
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.fakes.wechat.account import SAFE, FakeAccount
from tests.fakes.wechat_api import FakeWechatApi
from tests.faults.house import House, until
from tests.gateway.wechat_house import AES_KEY, APP_ID, SECRET, account_settings

FIVE = ("gateway", "rasa", "actions", "console", "worker")
_FILES = ("desk.db", "tracker.db")
_FRAME = 4096 + 24  # bytes of one page in SQLite's write-ahead log


class Town:
    """Starts, kills and moves the five processes of one machine."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.account = FakeAccount(APP_ID, "tokenoftest", AES_KEY, SAFE)
        self.api = FakeWechatApi(APP_ID, SECRET)
        self._files = threading.RLock()

    @property
    def url(self) -> str:
        return self.house.url

    def start(self, *names: str) -> None:
        """Start processes and wait until they serve; the worker is never asked."""
        for name in names:
            if name == "gateway":
                settings = account_settings(self.account, self.api.url)
                self.house.assistant.start("gateway", **settings)
            else:
                self.house.start(name)
        for name in names:
            self._wait(name)

    def kill(self, *names: str) -> None:
        """End processes as a power cut would, all before any of them is waited for."""
        processes = [self.house.assistant.processes[name] for name in names]
        for process in processes:
            process.kill()
        for process in processes:
            process.wait()

    def cut_the_power(self, folder: Path, chance: random.Random) -> None:
        """Kill everything at once and go on, in `folder`, with what lay on the disk at that moment.

        Of the logs the shared memory is gone by half a chance, and the end is half a frame that nobody
        finished writing. What the disk itself had not written yet is not played: FULL synchronous has every
        commit wait for the disk.
        """
        with self._files:  # nobody opens a file meanwhile: closed last, it would be folded together
            self.kill(*FIVE)
            before = self.house.assistant.var
            shutil.copytree(before / "models", folder / "models", copy_function=_link)
            shutil.copy2(before / "secret.key", folder)
            for name in _FILES:
                for suffix in ("", "-wal", *([] if chance.random() < 0.5 else ["-shm"])):
                    shutil.copy2(before / f"{name}{suffix}", folder)
                with (folder / f"{name}-wal").open("ab") as log:
                    log.write(chance.randbytes(chance.randrange(_FRAME)))
            self.house.move_to(folder)

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """Return what a statement selects."""
        with self._files:
            return self.house.rows(sql, *values)

    def pushed(self, openid: str) -> list[str]:
        """What the platform was given for somebody without being asked."""
        return [
            each["text"]["content"]
            for each in list(self.api.sent)
            if each.get("touser") == openid and each.get("msgtype") == "text"
        ]

    def faults_of_files(self) -> list[str]:
        """What SQLite itself finds wrong with the files."""
        found = []
        for name in _FILES:
            with sqlite3.connect(self.house.assistant.var / name, timeout=30) as connection:
                found += [row[0] for row in connection.execute("pragma integrity_check")]
                found += [str(row) for row in connection.execute("pragma foreign_key_check")]
            connection.close()
        return [each for each in found if each != "ok"]

    def _wait(self, name: str) -> None:
        if name == "gateway":
            until(self.house.assistant.health)
        elif name == "rasa":
            until(self.house.rasa_answers, 600)
            self.house.assistant.wait()
        elif name == "console":
            until(self._console_answers)

    def _console_answers(self) -> bool:
        try:
            return requests.get(self.house.private("console", "/healthz"), timeout=5).status_code < 500
        except requests.RequestException:
            return False


@contextmanager
def opened(house: House) -> Iterator[Town]:
    """Lend the town of a house that runs; afterwards the house is as it was, without an account."""
    town = Town(house)
    town.api.start()
    town.kill("gateway")
    town.start("gateway", "console", "worker")
    try:
        yield town
    finally:
        town.kill(*(name for name in FIVE if name in house.assistant.processes and name != "rasa"))
        for name in ("console", "worker"):
            house.assistant.processes.pop(name, None)
        town.api.stop()


def _link(source: str, target: str) -> None:
    Path(target).hardlink_to(source)
