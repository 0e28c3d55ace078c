"""Stands between Rasa and the real action server: hands calls on, keeps them waiting, or answers nonsense."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import requests

from tests.fakes.loopback import Loopback

_JSON = "application/json"
# What a broken, foreign or half-updated server may answer: status, content type, body.
NONSENSE: dict[str, tuple[int, str, str]] = {
    "html": (200, "text/html", "<html><body>502 Bad Gateway</body></html>"),
    "half_json": (200, _JSON, '{"events": ['),
    "list": (200, _JSON, "[1, 2]"),
    "null": (200, _JSON, "null"),
    "nothing": (200, _JSON, '{"events": [], "responses": []}'),
    "blank_text": (200, _JSON, '{"events": [], "responses": [{"text": " "}]}'),
    "odd_text": (200, _JSON, '{"events": [], "responses": [{"text": ["x"], "custom": [1]}]}'),
    "unknown_event": (200, _JSON, '{"events": [{"event": "nonesuch"}], "responses": []}'),
    "events_are_text": (200, _JSON, '{"events": "x", "responses": []}'),
    "refused": (400, "text/plain", "bad request"),
    "unauthorised": (401, _JSON, '{"error": "token"}'),
    "unknown_action": (404, _JSON, '{"error": "no such action", "action_name": "x"}'),
    "error": (500, "text/html", "<h1>Internal Server Error</h1>"),
    "reset": (0, "", ""),
}


class Hold:
    """A call that waits: `arrived` is set when one has come, `release` lets every one go on.

    `done`: it was carried out before, and only the answer waits; `lose` breaks the connection instead.
    """

    def __init__(self, words: str, done: bool) -> None:
        self.words = words
        self.done = done
        self.lost = False
        self.arrived = threading.Event()
        self._released = threading.Event()

    def release(self) -> None:
        """Let the calls go on to the real server."""
        self._released.set()

    def lose(self) -> None:
        """Let nothing go on: whoever called hears no answer."""
        self.lost = True
        self._released.set()

    def wait(self) -> None:
        """Stay here until released."""
        self.arrived.set()
        self._released.wait(60)


class ActionServer(Loopback):
    """Listens on `port` once started. Without `mode` and holds every call reaches the real server."""

    def __init__(self, port: int, real_port: int) -> None:
        super().__init__(port)
        self.mode = ""
        self.calls: list[str] = []
        self._real = f"http://127.0.0.1:{real_port}/webhook"
        self._holds: list[Hold] = []

    @contextmanager
    def holding(self, words: str, done: bool = False) -> Iterator[Hold]:
        """Keep calls waiting whose newest message has `words` in it, or whose action is called so, until
        released or the block ends.

        With `done` the real server gets the call first, and its answer waits.
        """
        hold = Hold(words, done)
        self._holds.append(hold)
        try:
            yield hold
        finally:
            hold.release()
            self._holds.remove(hold)

    def answer(self, body: bytes, token: str) -> tuple[int, str, bytes]:
        """Return status, content type and body for one call; status 0 breaks the connection."""
        call = json.loads(body)
        self.calls.append(call["next_action"])
        text = str((call["tracker"].get("latest_message") or {}).get("text"))
        held = [hold for hold in self._holds if hold.words in text or hold.words == call["next_action"]]
        self._wait(hold for hold in held if not hold.done)
        if self.mode:
            status, kind, words = NONSENSE[self.mode]
            return status, kind, words.encode()
        try:
            headers = {"X-Desk-Token": token, "Content-Type": _JSON}
            real = requests.post(self._real, data=body, headers=headers, timeout=60)
        except requests.RequestException:
            return 0, "", b""
        if self._wait(hold for hold in held if hold.done):
            return 0, "", b""
        return real.status_code, real.headers["content-type"], real.content

    def _wait(self, holds: Iterable[Hold]) -> bool:
        """Wait for every hold; whether the answer is lost by one."""
        waited = list(holds)
        for hold in waited:
            hold.wait()
        return any(hold.lost for hold in waited)

    def _handler(fake) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status, kind, answer = fake.answer(body, self.headers.get("x-desk-token", ""))
                if not status:
                    linger = struct.pack("ii", 1, 0)  # closing then sends a reset
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    self.connection.close()
                    return
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        return Handler
