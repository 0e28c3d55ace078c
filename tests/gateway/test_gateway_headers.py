"""The headers that protect a browser, on every kind of answer of the citizen's door: one table."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
import requests
from sqlalchemy import text

from tests.gateway.door import Door

POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
ALWAYS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
NEVER = ("server", "x-powered-by", "access-control-allow-origin")
# name -> method, path, body, status
ANSWERS = {
    "page": ("GET", "/", b"", 200),
    "script": ("GET", "/static/chat.js", b"", 200),
    "unchanged": ("GET", "/", b"", 304),
    "history": ("GET", "/api/messages", b"", 200),
    "ended": ("POST", "/api/session/end", b"", 204),
    "no session": ("GET", "/api/stream", b"", 401),
    "unknown": ("GET", "/nowhere", b"", 404),
    "no file": ("GET", "/static/none.js", b"", 404),
    "method": ("DELETE", "/api/messages", b"", 405),
    "no json": ("POST", "/api/messages", b"{", 400),
    "no message": ("POST", "/api/messages", b"{}", 422),
    "too long": ("POST", "/api/messages", b"x" * 300_000, 413),
    "health": ("GET", "/healthz", b"", 200),
    "figures": ("GET", "/metrics", b"", 200),
}


@pytest.fixture(scope="module", params=["0", "1"], ids=["plain", "tls"])
def door(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    made = Door(tmp_path_factory.mktemp("headers"), DESK_SECURE_COOKIE=request.param)
    made.rasa.start()
    made.start()
    yield made
    made.kill()
    made.rasa.stop()


def answered(door: Door, kind: str) -> requests.Response:
    method, path, body, _ = ANSWERS[kind]
    headers = {}
    if kind == "unchanged":
        first = requests.get(door.url + path, timeout=20).headers
        headers = {"if-none-match": first["etag"]}
    return requests.request(method, door.url + path, data=body, headers=headers, timeout=20)


def assert_guarded(door: Door, answer: requests.Response, path: str) -> None:
    assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS
    assert not [name for name in NEVER if name in answer.headers]
    assert answer.headers["cache-control"] == ("no-store" if path.startswith("/api/") else "no-cache")
    secure = door.counter.settings.secure_cookie
    assert ("strict-transport-security" in answer.headers) == secure


@pytest.mark.parametrize("kind", ANSWERS)
def test_every_kind_of_answer_carries_every_header(door: Door, kind: str) -> None:
    answer = answered(door, kind)
    assert answer.status_code == ANSWERS[kind][3]
    assert_guarded(door, answer, ANSWERS[kind][1])


def test_a_stream_carries_them_as_well(door: Door) -> None:
    citizen = door.citizen() if not door.counter.settings.secure_cookie else None
    http = citizen.http if citizen else requests.Session()
    if citizen is None:
        cookie = requests.get(f"{door.url}/api/messages", timeout=20).headers["set-cookie"].split(";")[0]
        http.headers["cookie"] = cookie
    with http.get(f"{door.url}/api/stream", stream=True, timeout=20) as answer:
        assert answer.status_code == 200
        assert_guarded(door, answer, "/api/stream")


def test_a_failure_carries_them_and_tells_nothing(door: Door) -> None:
    with door.engine.begin() as connection:
        connection.execute(text("alter table message rename to message_away"))
    try:
        cookie = requests.get(f"{door.url}/api/messages", timeout=20).headers["set-cookie"].split(";")[0]
        broken = requests.get(f"{door.url}/api/messages", headers={"cookie": cookie}, timeout=20)
        sick = requests.get(f"{door.url}/healthz", timeout=20)
    finally:
        with door.engine.begin() as connection:
            connection.execute(text("alter table message_away rename to message"))
    assert broken.status_code == 503
    for answer, path in ((broken, "/api/messages"), (sick, "/healthz")):
        assert_guarded(door, answer, path)
        for word in ("message", "sql", "Traceback", "Error"):
            assert word not in answer.text.replace('"message":', "")


def test_what_is_no_request_at_all_is_answered_with_them_or_not_at_all(door: Door) -> None:
    host, port = door.url.removeprefix("http://").split(":")
    answers = []
    for nonsense in (b"\x16\x03\x01\x00\xa5\x01", b"GET /\xff HTTP/1.1\r\nhost: x", b"GET", b"GET / HTTP/9"):
        with socket.create_connection((host, int(port)), timeout=20) as line:
            line.sendall(nonsense + b"\r\n\r\n")
            answers.append(line.recv(4096).decode("latin-1").lower())
    heard = [answer for answer in answers if answer]
    assert heard
    for answer in heard:
        assert 400 <= int(answer.split()[1]) < 500
        assert "nosniff" in answer and "traceback" not in answer


def test_the_cookie_has_every_guard_that_its_line_allows(door: Door) -> None:
    cookie = requests.get(f"{door.url}/api/messages", timeout=20).headers["set-cookie"]
    name, *flags = cookie.split("; ")
    secure = door.counter.settings.secure_cookie
    wanted = {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000", *(["Secure"] if secure else [])}
    assert {flag for flag in flags if not flag.startswith("expires")} == wanted
    assert name.startswith("__Host-desk_session=" if secure else "desk_session=")
