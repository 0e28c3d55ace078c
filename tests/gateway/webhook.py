"""A small webhook that answers as a test says; wechatpy reads and writes for it, none of our own code."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidSignatureException
from wechatpy.parser import parse_message
from wechatpy.replies import TextReply
from wechatpy.utils import check_signature

APP_ID = "wx" + "0a1b" * 4
TOKEN = "TokenOfATest"
AES_KEY = ("KeyOfATest" * 5)[:43]
Answers = Callable[[Any, Callable[[str], bytes]], bytes]


def echo(message: Any, reply: Callable[[str], bytes]) -> bytes:
    """Answer a text with itself, everything else with its type."""
    return reply(getattr(message, "content", None) or message.type)


class Webhook:
    """One webhook on a free loopback port. `answers` gets the message and what makes a right reply of a text.

    `received`: the messages as wechatpy parsed them, `queries`: their query parameters; `status`: of each
    answer; `held`: so many first deliveries are never answered.
    """

    def __init__(self, token: str = TOKEN) -> None:
        self.token = token
        self.answers: Answers = echo
        self.received: list[Any] = []
        self.queries: list[dict[str, str]] = []
        self.status = 200
        self.held = 0
        self._released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/wechat"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Let go of what is held and listen no more."""
        self._released.set()
        self._server.shutdown()
        self._server.server_close()

    def _take(self, query: dict[str, str], body: str) -> bytes:
        check_signature(self.token, query["signature"], query["timestamp"], query["nonce"])
        crypto = WeChatCrypto(self.token, AES_KEY, APP_ID) if "encrypt_type" in query else None
        if crypto:
            body = crypto.decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
        message = parse_message(body)
        self.received.append(message)
        self.queries.append(query)
        if len(self.received) <= self.held:
            self._released.wait(30)

        def reply(text: str) -> bytes:
            xml = TextReply(content=text, message=message, time=int(time.time())).render().strip()
            sealed: str = crypto.encrypt_message(xml, query["nonce"]) if crypto else xml
            return sealed.encode()

        return self.answers(message, reply)

    def _handler(hook) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = dict(parse_qsl(urlsplit(self.path).query))
                try:
                    check_signature(hook.token, query["signature"], query["timestamp"], query["nonce"])
                except InvalidSignatureException:
                    return self._send(403, b"")
                return self._send(hook.status, query["echostr"].encode())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                query = dict(parse_qsl(urlsplit(self.path).query))
                self._send(hook.status, hook._take(query, body))

            def _send(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        return Handler
