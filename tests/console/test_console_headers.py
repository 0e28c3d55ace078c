"""The headers that protect a browser, on every kind of answer of the staff's door."""

from __future__ import annotations

import pytest
import requests
from sqlalchemy import text

from desk.tickets.terms import Role
from tests.console.door import StaffDoor, StaffMember

POLICY = (
    "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'; object-src 'none'"
)
ALWAYS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
NEVER = ("server", "x-powered-by", "access-control-allow-origin")
ANSWERS = {
    "page": ("GET", "/account", 200),
    "sent on": ("GET", "/", 303),
    "sign-in": ("GET", "/sign-in", 200),
    "not allowed": ("GET", "/audit", 403),
    "unknown": ("GET", "/nowhere", 404),
    "not there": ("GET", "/tickets/none", 404),
    "method": ("DELETE", "/account", 405),
    "wrong": ("POST", "/agent/feedback", 422),
    "script": ("GET", "/static/console.js", 200),
    "no file": ("GET", "/static/none.js", 404),
    "health": ("GET", "/healthz", 200),
    "figures": ("GET", "/metrics", 200),
}


@pytest.fixture(scope="module")
def agent(console: StaffDoor) -> StaffMember:
    return console.signed_in(Role.AGENT)


def assert_guarded(answer: requests.Response, path: str = "") -> None:
    assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS
    assert not [name for name in NEVER if name in answer.headers]
    assert answer.headers["cache-control"] == ("no-cache" if path.startswith("/static/") else "no-store")


@pytest.mark.parametrize("kind", ANSWERS)
def test_every_kind_of_answer_carries_every_header(agent: StaffMember, kind: str) -> None:
    method, path, status = ANSWERS[kind]
    agent.get("/account")
    headers = {"x-csrf": agent._csrf}
    answer = agent.http.request(method, agent.url + path, headers=headers, allow_redirects=False, timeout=20)
    assert answer.status_code == status
    assert_guarded(answer, path)


def test_a_body_that_is_too_long_is_answered_with_them(agent: StaffMember) -> None:
    answer = agent.post("/agent/look", words="x" * 300_000)
    assert answer.status_code == 413
    assert_guarded(answer)


def test_who_has_no_session_is_sent_on_with_them(console: StaffDoor) -> None:
    for headers in ({}, {"hx-request": "true"}):
        answer = requests.get(f"{console.url}/tickets", headers=headers, allow_redirects=False, timeout=20)
        assert answer.status_code in (303, 401)
        assert_guarded(answer)


def test_a_file_to_take_away_is_stored_nowhere(console: StaffDoor) -> None:
    supervisor = console.signed_in(Role.SUPERVISOR)
    for path in ("/export", "/overview"):
        assert_guarded(supervisor.get(path))


def test_a_failure_carries_them_and_tells_nothing(console: StaffDoor, agent: StaffMember) -> None:
    with console.engine.begin() as connection:
        connection.execute(text("alter table ticket rename to ticket_away"))
    try:
        answer = agent.get("/tickets")
        sick = requests.get(f"{console.url}/healthz", timeout=20)
    finally:
        with console.engine.begin() as connection:
            connection.execute(text("alter table ticket_away rename to ticket"))
    assert answer.status_code >= 500 and sick.status_code in (200, 503)
    for each in (answer, sick):
        assert_guarded(each)
    for word in ("sqlite", "no such table", "Traceback", "Error", "ticket_away"):
        assert word not in answer.text
