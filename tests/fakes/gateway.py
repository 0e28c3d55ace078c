"""A small gateway that speaks the page's JSON interface with canned answers, none of them the product's.

For developing and testing the citizen's page. By hand: `python -m tests.fakes.gateway 8090`.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import threading
import uuid
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, empty, file
from sanic.response import json as json_response

from tests.fakes.answers import OPENING, answer_to

PAGES = Path(__file__).resolve().parents[2] / "bot" / "gateway" / "pages"
POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".html": "text/html"}
Message = dict[str, Any]


class FakeGateway:
    """One fake gateway on a free loopback port, in its own thread; tests steer it through its fields."""

    def __init__(self, port: int = 0) -> None:
        self.socket = socket.create_server(("127.0.0.1", port))
        self.address = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.demo, self.ready, self.elder = True, True, False
        self.reset()

    def reset(self) -> None:
        """Forget all conversations and wishes, as a fresh process would."""
        self.conversations: dict[str, list[Message]] = {}
        self.replies: dict[str, dict[str, Any]] = {}
        self.received: list[dict[str, Any]] = []
        self.effects: list[str] = []
        self.next_answer: list[Message] | None = None
        self.delay = 0.0
        self.live: dict[str, Any] | None = None
        self.demo, self.ready, self.elder = True, True, False

    def start(self) -> None:
        """Serve until the process ends; return when the first request can be answered."""
        ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True).start()
        ready.wait(10)

    def push(self, message: Message) -> None:
        """Put a message at the end of every conversation; open streams deliver it."""
        for conversation in self.conversations.values():
            self.store(conversation, message)

    @staticmethod
    def store(conversation: list[Message], message: Message) -> Message:
        """Give the message its number and time, keep it, and return it."""
        now = datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
        empty_message: Message = {"from": "bot", "kind": "text", "text": "", "card": None, "buttons": []}
        full: Message = {**empty_message, "at": now, **message}
        full["seq"] = len(conversation) + 1
        conversation.append(full)
        return full

    async def _serve(self, ready: threading.Event) -> None:
        app = Sanic(f"fake-gateway-{uuid.uuid4().hex[:8]}", configure_logging=False)
        app.config.FALLBACK_ERROR_FORMAT = "json"
        app.add_route(self._index, "/")
        app.add_route(self._static, "/static/<name:str>")
        app.add_route(self._history, "/api/messages")
        app.add_route(self._post, "/api/messages", methods=["POST"])
        app.add_route(self._stream, "/api/stream")
        app.add_route(self._end, "/api/session/end", methods=["POST"])
        server = await app.create_server(sock=self.socket, return_asyncio_server=True, access_log=False)
        assert server is not None
        await server.startup()  # type: ignore[no-untyped-call]
        await server.start_serving()  # type: ignore[no-untyped-call]
        ready.set()
        await asyncio.Event().wait()

    async def _index(self, request: Request) -> HTTPResponse:
        return await self._page("index.html")

    async def _static(self, request: Request, name: str) -> HTTPResponse:
        if not (PAGES / name).is_file():
            return empty(404)
        return await self._page(name)

    @staticmethod
    async def _page(name: str) -> HTTPResponse:
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
        return await file(PAGES / name, mime_type=TYPES[Path(name).suffix], headers=headers)

    def _conversation(self, request: Request) -> tuple[str, list[Message]]:
        key = request.cookies.get("session", "")
        if key not in self.conversations:
            key = uuid.uuid4().hex
            self.conversations[key] = []
            self.store(self.conversations[key], OPENING)
        return key, self.conversations[key]

    async def _history(self, request: Request) -> HTTPResponse:
        key, conversation = self._conversation(request)
        state = {"elder": self.elder, "demo": self.demo, "ready": self.ready, "live": self.live}
        return _with_session(json_response({"messages": conversation, **state}), key)

    async def _post(self, request: Request) -> HTTPResponse:
        body = request.json
        self.received.append(body)
        key, conversation = self._conversation(request)
        await asyncio.sleep(self.delay)
        if body["id"] not in self.replies:
            self.replies[body["id"]] = self._turn(body, conversation)
        reply = self.replies[body["id"]]
        return _with_session(json_response(reply, status=202 if reply["state"] == "pending" else 200), key)

    def _turn(self, body: dict[str, Any], conversation: list[Message]) -> dict[str, Any]:
        asked = body.get("text") or body["button"]
        self.effects.append(asked)
        self.store(conversation, {"from": "citizen", "text": asked})
        if "稍后" in asked:
            late = {"text": "久等了，这是稍后到的回复。"}
            threading.Timer(0.8, self.store, (conversation, late)).start()
            return {"id": body["id"], "state": "pending"}
        answers = self.next_answer if self.next_answer is not None else answer_to(asked)
        self.next_answer = None
        messages = [self.store(conversation, each) for each in answers]
        return {"id": body["id"], "state": "done", "messages": messages}

    async def _stream(self, request: Request) -> None:
        key, conversation = self._conversation(request)
        sent = int(request.args.get("after", "0"))
        response = await request.respond(content_type="text/event-stream")
        await response.send(": open\n\n")
        told = None
        while key in self.conversations:
            for message in conversation[sent:]:
                data = json.dumps(message, ensure_ascii=False)
                await response.send(f"id: {message['seq']}\ndata: {data}\n\n")
            sent = max(sent, len(conversation))
            if self.live != told:
                told = self.live
                await response.send(f"event: live\ndata: {json.dumps(told, ensure_ascii=False)}\n\n")
            await asyncio.sleep(0.05)

    async def _end(self, request: Request) -> HTTPResponse:
        self.conversations.pop(request.cookies.get("session", ""), None)
        response = empty()
        response.cookies["session"] = ""
        return response


def _with_session(response: HTTPResponse, key: str) -> HTTPResponse:
    response.cookies["session"] = key
    response.cookies["session"]["httponly"] = True
    return response


if __name__ == "__main__":
    gateway = FakeGateway(int(sys.argv[1]) if len(sys.argv) > 1 else 8090)
    gateway.start()
    print(gateway.address, flush=True)
    threading.Event().wait()
