"""A small Rasa: its loopback channel alone, with answers that a test chooses. Nothing is understood.

It keeps what bot/nlu/channel.py promises: `/ready` and `/message` behind the token, 401 without it, for a
turn its messages (`[]` when no action spoke) and what became of it, 500 without a body when the
turn failed, 503 without a model.
"""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.fakes.loopback import Loopback

Messages = list[dict[str, Any]]


class FakeRasa(Loopback):
    """One fake on one loopback port. Tests steer it through its fields and `start`, `stop`, `hold`."""

    def __init__(self, token: str, port: int = 0) -> None:
        super().__init__(port)
        self.token = token
        self.reset()

    def reset(self) -> None:
        """Forget every turn and wish: loaded, quick, and every text is answered by its echo."""
        self.loaded = True
        self.fails = False
        self.memory = "ok"
        self.crashes_on = ""
        self.answers: dict[str, Messages] = {}
        self.understood: dict[str, Any] = {}
        self.received: list[dict[str, Any]] = []
        self.overlapping: list[str] = []
        self._running: list[str] = []
        self._go_on.set()

    def texts(self, sender_id: str = "") -> list[str]:
        """The texts of every turn, of one conversation where it is named, in order."""
        return [turn["text"] for turn in self.received if sender_id in {"", turn["sender"]}]

    def _turn(self, turn: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
        """One turn; conversations with two at once are kept in `overlapping`."""
        if not self.loaded:
            return 503, None
        sender = turn["sender"]
        self.received.append(turn)
        self.overlapping += [sender] if sender in self._running else []
        self._running.append(sender)
        self.held()
        self._running.remove(sender)
        if self.fails:
            return 500, None
        said = self.answers.get(turn["text"], [{"text": f"收到：{turn['text']}"}])
        messages = [{"recipient_id": turn["sender"], **message} for message in said]
        return 200, {"messages": messages, "turn": self.understood.get(turn["text"], {})}

    def _handler(fake) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            # HTTP/1.0: a connection ends with its answer, so that `stop` leaves none open.
            def do_GET(self) -> None:
                ready = self.path == "/webhooks/loopback/ready"
                self._send(
                    404 if not ready else 200 if fake.loaded else 503,
                    {"model": "fake", "memory": fake.memory},
                )

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", "0")))
                if self.path != "/webhooks/loopback/message":
                    return self._send(404, None)
                if not self._known():
                    return self._send(401, None)
                turn = json.loads(body)
                if turn["text"] == fake.crashes_on:
                    fake.received.append(turn)
                    return None  # the connection ends without a word
                return self._send(*fake._turn(turn))

            def _known(self) -> bool:
                return self.headers.get("x-desk-token") == fake.token

            def _send(self, status: int, body: Any) -> None:
                if not self._known():
                    status = 401
                data = json.dumps(body).encode() if status == 200 else b""
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        return Handler
