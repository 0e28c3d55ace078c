"""The loopback port of the fake: the chat page, its JSON interface, and `/cgi-bin/` for the product."""

from __future__ import annotations

import json
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fakes.wechat.account import FakeAccount
from tests.fakes.wechat.chat import PEOPLE
from tests.fakes.wechat.phones import Answer, Api, Phones

_PAGE = Path(__file__).parent / "page"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
_POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'"


class FakeWechat:
    """One fake on one loopback port; `phones` is what it serves."""

    def __init__(self, account: FakeAccount, webhook: str, api: Api, secret: str, port: int = 0) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", port), partial(_Handler, self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.phones = Phones(account, webhook, api, secret, self.url)

    def start(self) -> None:
        """Listen, in a thread of its own."""
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, wechat: FakeWechat, *args: Any) -> None:
        self._phones = wechat.phones
        super().__init__(*args)

    def do_GET(self) -> None:
        where = urlsplit(self.path)
        if where.path.startswith("/cgi-bin/"):
            self._answer(self._phones.forward("GET", self.path, b"", ""))
        elif where.path == "/chat":
            openid = parse_qs(where.query).get("openid", [next(iter(PEOPLE))])[0]
            self._answer(_json(200, self._phones.state(openid)))
        else:
            self._answer(_file(where.path.removeprefix("/") or "page.html"))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        if self.path.startswith("/cgi-bin/"):
            content_type = self.headers.get("content-type", "")
            return self._answer(self._phones.forward("POST", self.path, body, content_type))
        try:
            return self._answer(self._wished(json.loads(body)))
        except (KeyError, TypeError, ValueError):
            return self._answer(_json(400, {"error": "模拟器不会做这件事"}))

    def _wished(self, wish: dict[str, Any]) -> Answer:
        if self.path == "/chat/do":
            self._phones.do(wish.pop("openid"), wish)
        elif self.path == "/chat/choose":
            self._phones.choose(**wish)
        else:
            return _json(404, {})
        return _json(200, {})

    def _answer(self, answer: Answer) -> None:
        status, content_type, body = answer
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.send_header("content-security-policy", _POLICY)
        self.send_header("cache-control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def _json(status: int, body: Any) -> Answer:
    return status, "application/json; charset=utf-8", json.dumps(body, ensure_ascii=False).encode()


def _file(name: str) -> Answer:
    path = next((path for path in _PAGE.iterdir() if path.name == name), None)
    if path is None:
        return 404, "text/plain; charset=utf-8", "没有这一页".encode()
    return 200, f"{_TYPES[path.suffix]}; charset=utf-8", path.read_bytes()
