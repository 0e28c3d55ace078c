"""A provincial platform by the contract in desk/claims/docs/platform.yaml, with ways to be out of order.

`mode` says how it misbehaves; persons and claims are added by the test. Everything asked is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import ssl
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from desk.database import utc_now
from desk.id_number import plain_name
from desk.platform_settings import PlatformSettings
from desk.workdays import china_day

CLIENT, SECRET = "desk-kunming", "control-secret-86420"
FIND, NEWEST, TOKEN = "/persons/find", "/claims/newest", "/token"
_PAGE = b"<html><body>502 Bad Gateway</body></html>"


@dataclass
class Someone:
    """A record of the platform; two with one ID number are a fault of its data."""

    id_number: str
    name: str
    phone: str
    claims: list[dict[str, Any]] = field(default_factory=list)
    key: str = field(default_factory=lambda: secrets.token_hex(8))


def claim(**changes: Any) -> dict[str, Any]:
    """A claim under review since yesterday, with `changes`; None takes a field away."""
    yesterday = (china_day(utc_now()) - timedelta(days=1)).isoformat()
    given = {"number": "YN-1", "stage": "reviewing", "submitted_on": yesterday, "office": 2} | changes
    return {name: value for name, value in ({"updated_on": yesterday} | given).items() if value is not None}


class FakePlatform:
    """One server on a free loopback port.

    Modes: "" faithful, status:NNN, hang, drip, drip_headers, page (HTML), half (JSON cut off), huge,
    wrong_person, wrong_claim (only there), list (two records in one answer), twice (two values under one
    name). `change` alters what a faithful answer says.
    """

    def __init__(self, certificate: Path | None = None) -> None:
        self.people: list[Someone] = []
        self.mode = ""
        self.change: Callable[[dict[str, Any]], dict[str, Any]] = lambda answer: answer
        self.calls: Counter[str] = Counter()
        self.requests: list[str] = []
        self.tokens: set[str] = set()
        self.released = threading.Event()
        self.gone_away = threading.Event()
        self._scheme = "https" if certificate else "http"
        self._certificate = certificate
        self._port = 0
        self.start()

    def start(self) -> None:
        """Listen, on the same port as before."""
        self._server = _Server(("127.0.0.1", self._port), _handler(self))
        self._port = self._server.server_port
        if self._certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self._certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Close the port: connections are refused."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def settings(self, ca: Path | None = None, secret: str = SECRET) -> PlatformSettings:
        """What the desk has to know of this server."""
        return PlatformSettings(f"{self._scheme}://127.0.0.1:{self._port}", CLIENT, secret, ca)

    def add(self, id_number: str, name: str, phone: str, *claims: dict[str, Any]) -> Someone:
        """Keep a person."""
        self.people.append(Someone(id_number, name, phone, list(claims)))
        return self.people[-1]

    def answer(self, path: str, body: dict[str, Any], token: str) -> tuple[int, dict[str, Any]]:
        """Status and body of the faithful answer."""
        if path == TOKEN:
            return self._token(body)
        if token not in self.tokens:
            return 401, {}
        if path == FIND:
            asked = (body["id_number"], body["name"])
            found = [p for p in self.people if (p.id_number, plain_name(p.name)) == asked]
            absent = "no_such_person"
        else:
            found = [person for person in self.people if person.key == body["key"] and person.claims]
            absent = "no_claim"
        if len(found) != 1:
            return (409, {"code": "duplicate"}) if found else (404, {"code": absent})
        (person,) = found
        if self.mode == "wrong_person" or (self.mode == "wrong_claim" and path == NEWEST):
            (person, *_) = [other for other in self.people if other is not person]
        return 200, self._about(path, person)

    def _about(self, path: str, person: Someone) -> dict[str, Any]:
        id_hash = hmac.new(SECRET.encode(), person.id_number.encode(), hashlib.sha256).hexdigest()
        if path == FIND:
            return {"id_hash": id_hash, "person": {"key": person.key, "phone": person.phone}}
        return {"id_hash": id_hash, "claim": max(person.claims, key=lambda one: str(one["submitted_on"]))}

    def _token(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if body != {"client_id": CLIENT, "client_secret": SECRET}:
            return 401, {}
        token = f"control-token-{secrets.token_hex(8)}"
        self.tokens.add(token)
        return 200, {"access_token": token, "expires_in": 3600}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet: connections are cut on purpose."""


def _handler(platform: FakePlatform) -> type[_Handler]:
    return type("Handler", (_Handler,), {"platform": platform})


class _Handler(BaseHTTPRequestHandler):
    platform: FakePlatform
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        platform = self.platform
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        platform.calls[self.path] += 1
        if self.path != TOKEN:
            platform.requests.append(self.headers["X-Request-Id"])
        if platform.mode == "hang":
            platform.released.wait(60)
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        status, answer = platform.answer(self.path, body, token)
        if status == 200 and self.path != TOKEN:
            answer = platform.change(answer)
        self._send(*_spoilt(platform.mode, status, answer))

    def _send(self, status: int, content: bytes) -> None:
        if self.platform.mode == "drip_headers":
            self._drip(b"HTTP/1.1 200 OK\r\n" + b"X-Filler: a\r\n" * 10_000)
            return
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.platform.mode == "drip":
            self._drip(content)
        elif self.platform.mode == "half":
            self.wfile.write(content[: len(content) // 2])
            self.close_connection = True
        else:
            self.wfile.write(content)

    def _drip(self, content: bytes) -> None:
        """One byte after the other, each well within a read timeout, until the other side has left."""
        self.close_connection = True
        try:
            for byte in content:
                self.wfile.write(bytes([byte]))
                if self.platform.released.wait(0.02):
                    break
        except OSError:
            self.platform.gone_away.set()

    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing."""


def _spoilt(mode: str, status: int, answer: dict[str, Any]) -> tuple[int, bytes]:
    """The status and the bytes that go out in this mode."""
    content = json.dumps(answer, ensure_ascii=False).encode()
    if mode.startswith("status:"):
        return int(mode[7:]), _PAGE
    if mode == "page":
        return status, _PAGE
    if mode == "list":
        return status, json.dumps({name: [value, value] for name, value in answer.items()}).encode()
    if mode == "twice":
        return status, content[:-1] + b"," + content[1:]
    if mode in ("huge", "drip"):
        return status, content + b" " * 1_000_000
    return status, content
