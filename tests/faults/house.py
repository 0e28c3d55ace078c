"""One whole assistant that tests may break: every fault is undone before the next test begins."""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from bot.gateway.web import kept_id
from desk.settings import Settings
from desk.text import plain
from tests.assistant import Assistant, Citizen, free_port, words
from tests.fakes.action_server import ActionServer

BUSY = "系统暂时繁忙"


class House:
    """The processes, the line between Rasa and the actions, and a look into the tables."""

    def __init__(self, var: Path) -> None:
        self.assistant = Assistant(var)
        self.assistant.prepare()
        self.url = self.assistant.url
        self.settings = Settings.from_env(self.assistant.environment)
        self.line = ActionServer(free_port(), self.assistant.ports["actions"])
        self.pool = ThreadPoolExecutor(32)

    def mend(self) -> None:
        """Make sure that everything runs and nothing is broken any more."""
        self.line.mode = ""
        self.line.start()
        for name in ("gateway", "actions", "rasa"):
            process = self.assistant.processes.get(name)
            if process is None or process.poll() is not None:
                self.start(name)
        until(self.rasa_answers, 600)
        self.assistant.wait()

    def start(self, name: str) -> None:
        """Start one process; Rasa is told that the actions are at the other end of the line."""
        if name == "rasa":
            hungry = str(Path(__file__).parent / "hungry")
            self.assistant.start(name, DESK_ACTIONS_PORT=str(self.line.port), PYTHONPATH=hungry)
        else:
            self.assistant.start(name)
        if name == "actions":
            until(self._actions_answer)

    def close(self) -> None:
        """Stop everything."""
        self.assistant.stop()
        self.line.stop()
        self.pool.shutdown()

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """Return what a statement selects in the assistant's own database."""
        with self.database() as database:
            return database.execute(sql, values).fetchall()

    @contextmanager
    def database(self) -> Iterator[sqlite3.Connection]:
        """Open the database as another process would; nothing is begun by itself."""
        connection = sqlite3.connect(self.assistant.var / "desk.db", timeout=10, isolation_level=None)
        try:
            yield connection
        finally:
            connection.close()

    def state(self, message_id: str) -> str:
        """Return the state of the one inbox row of a message."""
        rows = self.rows("select state from inbox where key like ?", f"%:{kept_id(message_id)}")
        assert len(rows) == 1, f"{len(rows)} inbox rows for one message"
        return str(rows[0][0])

    def states(self, text: str) -> list[str]:
        """Return the states of every inbox row with exactly these words."""
        return [row[0] for row in self.rows("select state from inbox where text = ?", text)]

    def numbers(self, story: str) -> list[str]:
        """Return the numbers of the tickets that tell this story."""
        return [row[0] for row in self.rows("select public_no from ticket where narrative = ?", story)]

    def tracker(self) -> sqlite3.Connection:
        """Open what Rasa remembers."""
        return sqlite3.connect(self.assistant.var / "tracker.db")

    def log(self, name: str) -> str:
        """Return everything a process has written so far."""
        return (self.assistant.var / f"{name}.log").read_text(errors="replace")

    def move_to(self, var: Path) -> None:
        """Have every process that is started from now on work in another folder, with what lies there."""
        self.assistant.var = var
        self.assistant.environment["DESK_VAR"] = str(var)
        self.settings = Settings.from_env(self.assistant.environment)

    def private(self, process: str, path: str) -> str:
        """Return an address behind the public door."""
        return f"http://127.0.0.1:{self.assistant.ports[process]}{path}"

    def _actions_answer(self) -> bool:
        return self._answers(self.private("actions", "/healthz"))

    def rasa_answers(self) -> bool:
        return self._answers(self.private("rasa", "/webhooks/loopback/ready"))

    def _answers(self, address: str) -> bool:
        try:
            token = {"X-Desk-Token": self.settings.loopback_token}
            return requests.get(address, headers=token, timeout=20).ok
        except requests.RequestException:
            return False


def until(true: Callable[[], Any], seconds: float = 300) -> Any:
    """Wait for something to come true and return it; the limit only ends a test that hangs."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.1)
    return found


def unheard() -> str:
    """Return a story that no other test tells."""
    name = uuid.uuid4().hex.translate(str.maketrans("0123456789abcdef", "天地玄黄宇宙洪荒日月盈昃辰宿列张"))
    return plain(f"窗口没有受理我的材料，也没有说明理由，经过记为{name[:12]}，请尽快处理")


def ready_to_confirm(url: str, story: str) -> Citizen:
    """Return a citizen who has written a whole complaint and only has to confirm it."""
    citizen = Citizen(url)
    citizen.press("投诉和建议")
    citizen.say(story)
    for answer in ("不清楚", "记不清了", "在这里答复", "匿名"):
        citizen.press(answer)
    assert "确认提交" in citizen.buttons, citizen.buttons
    return citizen


def answers_to(citizen: Citizen, text: str) -> str:
    """Return what the assistant has said since the citizen's newest message with `text` in it."""
    said = citizen.history()
    asked = max(i for i, m in enumerate(said) if m["from"] == "citizen" and text in m["text"])
    return words([m for m in said[asked + 1 :] if m["from"] == "bot"])


def streamed(citizen: Citizen, **named: str) -> Iterator[str]:
    """Yield the lines of the stream of a conversation from its beginning; it has no end of its own."""
    address = f"{citizen.url}/api/stream"
    with citizen.http.get(address, params=named, headers=named, stream=True, timeout=60) as stream:
        for line in stream.iter_lines(chunk_size=1):
            yield line.decode()
