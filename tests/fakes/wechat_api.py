"""A small api.weixin.qq.com: the calls that we make, with WeChat's checks and error codes.

It keeps what the official pages promise: HTTP is 200 and `errcode` tells; `stable_token` gives out one token
until five minutes before its end, and a forced one ends the one before at once; a message goes only within
what its person has left, where a test asks for that (`allow`).
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.fakes.loopback import Loopback

Answer = dict[str, Any]
_LIFETIME, _EARLY, _BETWEEN_FORCED = (timedelta(seconds=seconds) for seconds in (7200, 300, 30))
_TEXT_BYTES, _KEY_BYTES = 2048, 128


def _now() -> datetime:
    return datetime.now(timezone.utc)


class FakeWechatApi(Loopback):
    """One account on one loopback port. Tests steer it through its fields and methods.

    `sent` holds the bodies of messages that were taken; `errors` the codes that the next calls get, and
    `token_errors` the same for the token; `status` and `rubbish` spoil every answer. `unanswered`: so many of
    the next calls are carried out, and the connection ends without a word.
    """

    def __init__(self, app_id: str, secret: str, now: Callable[[], datetime] = _now) -> None:
        super().__init__()
        self.app_id = app_id
        self.secret = secret
        self.sent: list[Answer] = []
        self.errors: list[int] = []
        self.token_errors: list[int] = []
        self.token_calls: list[bool] = []  # of each call for a token, whether it was to be forced
        self.tokens: list[str] = []  # that were given out, the newest last
        self.calls: list[str] = []
        self.menu: Answer | None = None
        self.media: dict[str, bytes] = {}
        self.status = 200
        self.rubbish: bytes | None = None
        self.unanswered = 0
        self._now = now
        self._ends: dict[str, datetime] = {}
        self._forced_at: datetime | None = None
        self._allowed: dict[str, tuple[int, datetime]] | None = None
        self._lock = threading.Lock()

    @property
    def tokens_issued(self) -> int:
        return len(self.tokens)

    def replace_token(self) -> None:
        """Do what another system with this account does when it forces a token."""
        self._issue()

    def stop_taking_tokens(self) -> None:
        """Refuse the newest token in calls, and give it out all the same."""
        self._ends[self.tokens[-1]] = self._now()

    def allow(self, openid: str, count: int = 5, lasting: timedelta = timedelta(hours=48)) -> None:
        """From now on count: this person wrote, and may get `count` messages."""
        self._allowed = {**(self._allowed or {}), openid: (count, self._now() + lasting)}

    def _issue(self) -> str:
        for token in self.tokens:
            self._ends[token] = self._now()
        token = secrets.token_hex(256)  # the documentation asks for room for 512 characters
        self.tokens.append(token)
        self._ends[token] = self._now() + _LIFETIME
        self._given_until = self._ends[token]
        return token

    def _token(self, body: Answer) -> Answer:
        forced = body.get("force_refresh", False)
        self.token_calls.append(forced)
        if self.token_errors:
            return self._refusal(self.token_errors.pop(0))
        if body.get("grant_type") != "client_credential":
            return self._refusal(40002)
        if body.get("appid") != self.app_id:
            return self._refusal(40013)
        if body.get("secret") != self.secret:
            return self._refusal(40125)
        if forced:
            if self._forced_at and self._now() - self._forced_at < _BETWEEN_FORCED:
                return self._refusal(45009)
            self._forced_at = self._now()
        if forced or not self.tokens or self._given_until - _EARLY <= self._now():
            self._issue()
        left = self._given_until - self._now()
        return {"access_token": self.tokens[-1], "expires_in": int(left.total_seconds())}

    def _call(self, path: str, query: dict[str, str], content: bytes) -> Answer | bytes:
        if path == "stable_token":
            return self._token(json.loads(content))
        self.calls.append(path)
        if self.errors:
            return self._refusal(self.errors.pop(0))
        token = query.get("access_token", "")
        if self._ends.get(token, self._now()) <= self._now():
            return self._refusal(40001 if token else 41001)
        if b"\\u" in content:
            return self._refusal(40033)
        if path == "media/get":
            return self.media.get(query.get("media_id", "")) or self._refusal(40007)
        if path == "menu/get":
            return {"menu": self.menu} if self.menu else self._refusal(46003)
        return self._refusal(self._post(path, json.loads(content)))

    def _post(self, path: str, body: Answer) -> int:
        """Carry out one POST; returns the errcode."""
        if path == "menu/create":
            code = _menu_fault(body["button"])
            self.menu = self.menu if code else {"button": [_given_back(button) for button in body["button"]]}
            return code
        if path == "message/custom/send":
            code = self._text_fault(body)
        elif path == "message/template/send":
            shown = all(set(field) == {"value"} for field in body["data"].values())
            code = 0 if body["template_id"] and shown else 47003
        else:
            return 40066
        self.sent += [] if code else [body]
        return code

    def _text_fault(self, body: Answer) -> int:
        if body["msgtype"] != "text":
            return 40008
        if len(body["text"]["content"].encode()) > _TEXT_BYTES:
            return 45002
        if self._allowed is None:
            return 0
        count, until = self._allowed.get(body["touser"], (0, self._now()))
        if until <= self._now():
            return 45015
        self._allowed[body["touser"]] = (count - 1, until)
        return 0 if count > 0 else 45047

    def _refusal(self, code: int) -> Answer:
        """An answer as WeChat words it: it names the address of who asks, and repeats a token."""
        errmsg = {
            0: "ok",
            40001: f"invalid credential, access_token {self.tokens[-1] if self.tokens else ''} is invalid",
            40125: f"invalid appsecret {self.secret}",
            40164: "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist",
        }.get(code, "refused")
        return {"errcode": code, "errmsg": f"{errmsg} rid: 00000000-0badcafe-00000000"}

    def _handler(fake) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            # HTTP/1.0: a connection ends with its answer, so that `stop` leaves none open.
            def do_GET(self) -> None:
                self._answer(b"")

            def do_POST(self) -> None:
                self._answer(self.rfile.read(int(self.headers.get("content-length", "0"))))

            def _answer(self, content: bytes) -> None:
                url = urlsplit(self.path)
                with fake._lock:
                    answer = fake._call(
                        url.path.removeprefix("/cgi-bin/"), dict(parse_qsl(url.query)), content
                    )
                fake.held()
                if fake.unanswered and not url.path.endswith("stable_token"):
                    fake.unanswered -= 1
                    return
                file = isinstance(answer, bytes)
                data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(fake.status)
                self.send_header("content-type", "audio/amr" if file else "application/json; encoding=utf-8")
                self.end_headers()
                with suppress(OSError):  # who asked may not want to have it all
                    self.wfile.write(data if fake.rubbish is None else fake.rubbish)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        return Handler


def _menu_fault(buttons: list[Answer], most: int = 3, name_bytes: int = 16) -> int:
    if not 1 <= len(buttons) <= most:
        return 40016
    for button in buttons:
        if len(button["name"].encode()) > name_bytes:
            return 40018
        if len(button.get("key", "").encode()) > _KEY_BYTES:
            return 40019
        if "sub_button" in button and (code := _menu_fault(button["sub_button"], 5, 60)):
            return code
    return 0


def _given_back(button: Answer) -> Answer:
    """A button as menu/get tells it: with a list under it, empty where nothing is."""
    return {**button, "sub_button": [_given_back(sub) for sub in button.get("sub_button", [])]}
