"""What a stranger, or a browser that was led astray, sends to the console."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from desk.tickets import Kind
from desk.tickets.terms import Role
from tests.console.door import StaffDoor, StaffMember
from tests.console.ticket_desk import arrived, filed, recorded

MOBILE = "13" + "800138000"


@pytest.fixture(scope="module")
def behind_tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StaffDoor]:
    door = StaffDoor(tmp_path_factory.mktemp("tls"), DESK_SECURE_COOKIE="1")
    door.start()
    yield door
    door.kill()


@pytest.fixture
def agent(console: StaffDoor) -> StaffMember:
    return arrived(console, Role.AGENT)


def status_of(door: StaffDoor, request: bytes) -> int:
    """Send bytes that no decent client would, and return the status of the answer."""
    with socket.create_connection(("127.0.0.1", door.port), timeout=10) as line:
        line.sendall(request)
        return int(line.recv(200).split()[1])


@pytest.mark.parametrize(
    ("request_line", "header", "expected"),
    [
        ("GET /static/", "x: y", 404),
        ("GET /static/a%00b", "x: y", 404),
        ("GET /static/..%2fapp.py", "x: y", 404),
        ("POST /sign-in", "content-length: abc", 400),
        ("POST /sign-in", "content-length: 0\r\nexpect: what", 400),
        ("GET /account", "cookie: desk_staff=\xff", 303),
    ],
)
def test_nonsense_of_a_client_is_no_fault_of_ours(
    console: StaffDoor, request_line: str, header: str, expected: int
) -> None:
    sent = f"{request_line} HTTP/1.1\r\nhost: x\r\n{header}\r\nconnection: close\r\n\r\n"
    assert status_of(console, sent.encode("latin-1")) == expected


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/tickets/views/rename", {"view": "a\0b", "name": "c"}),
        ("/tickets/dispatch", {"id": "a\0b"}),
        ("/live/take", {"sender_id": "\0"}),
        ("/agent/tickets", {"call": "call-" + "x" * 100}),
        ("/agent/tickets", {"call": "call-x", "key": "x" * 100}),
    ],
)
def test_what_no_page_of_ours_sends_is_refused_before_the_database(
    agent: StaffMember, path: str, given: dict[str, str]
) -> None:
    assert agent.post(path, **given).status_code == 400


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"login=\xed\xa0\x80"),
        ("multipart/form-data; boundary=x", b"--x\r\ncontent-disposition: form-data\r\n\r\n1\r\n--x--"),
        ("multipart/form-data", b"login=1"),
        ("Multipart/form-data", b""),
        ("application/json", b"{}"),
        ("", b"login=1"),
    ],
)
def test_a_body_that_no_page_of_ours_sends_is_refused_and_leaves_no_error_in_the_log(
    console: StaffDoor, agent: StaffMember, kind: str, body: bytes
) -> None:
    before = len((console.var / "console.log").read_text())
    answer = agent.http.post(f"{agent.url}/sign-in", data=body, headers={"content-type": kind}, timeout=20)
    assert answer.status_code == 400
    assert '"level": "error"' not in (console.var / "console.log").read_text()[before:]


def test_a_method_that_is_not_there_is_told_with_those_that_are(console: StaffDoor) -> None:
    answer = requests.put(f"{console.url}/tickets", timeout=10)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


def test_a_token_that_is_no_text_is_only_wrong(agent: StaffMember) -> None:
    answer = agent.http.post(f"{agent.url}/sign-out", headers={"x-csrf": b"\xff\xfe"}, timeout=10)
    assert answer.status_code == 403


def test_a_forged_form_stands_in_the_audit(console: StaffDoor, agent: StaffMember) -> None:
    agent.http.headers["sec-fetch-site"] = "cross-site"
    agent.post("/sign-out")
    assert [(act.object_id, act.result) for act in recorded(console, agent, "refused")] == [
        ("POST /sign-out", "forged")
    ]


def test_a_look_at_what_one_may_not_see_stands_in_the_audit(console: StaffDoor, agent: StaffMember) -> None:
    report = filed(console, kind=Kind.REPORT)
    assert agent.get(f"/tickets/{report.id}").status_code == 404
    acts = recorded(console, agent, "refused")
    assert [(act.object_id, act.result) for act in acts] == [(report.public_no, "not_visible")]


def test_a_number_in_an_address_does_not_stay_in_the_audit(console: StaffDoor, agent: StaffMember) -> None:
    assert agent.get(f"/accounts/{MOBILE}").status_code == 403
    assert MOBILE not in recorded(console, agent, "refused")[0].object_id


def test_behind_tls_no_other_host_can_set_the_cookie(behind_tls: StaffDoor) -> None:
    login = "tls"
    _, password = behind_tls.accounts.create(login, "甲", Role.AGENT, demo=True)
    form, own = {"login": login, "password": password}, {"sec-fetch-site": "same-origin"}
    answer = requests.post(
        f"{behind_tls.url}/sign-in", data=form, headers=own, allow_redirects=False, timeout=20
    )
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-desk_staff=")
    assert {"Secure", "HttpOnly", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie and "samesite=strict" in cookie.lower()
    assert "max-age=" in answer.headers["strict-transport-security"]


def test_behind_tls_signing_out_takes_the_cookie_away(behind_tls: StaffDoor) -> None:
    staff, password = behind_tls.accounts.create("out", "乙", Role.AGENT, demo=True)
    token = behind_tls.counter.sessions.begin("out", password, "127.0.0.1").token
    member = StaffMember(behind_tls.url, staff, "")
    member.http.headers["cookie"] = f"__Host-desk_staff={token}"
    answer = member.post("/sign-out")
    gone = answer.headers["set-cookie"]
    assert "__Host-desk_staff=" in gone and "Secure" in gone and "Max-Age=0" in gone
    assert member.get("/account").headers["location"] == "/sign-in?ended=signed_out"


def test_behind_a_proxy_one_address_is_not_everybody_s(tmp_path: Path) -> None:
    door = StaffDoor(tmp_path, DESK_PROXIES="1")
    door.start()

    def tried(address: str) -> str:
        headers = {"sec-fetch-site": "same-origin", "x-forwarded-for": address}
        form = {"login": "nobody" + address, "password": "x"}
        return requests.post(f"{door.url}/sign-in", data=form, headers=headers, timeout=20).text

    try:
        for forged in range(5):  # what a stranger puts before the address that the proxy adds counts nothing
            assert "密码不对" in tried(f"10.0.0.{forged}, 10.9.9.9")
        assert "错误次数太多" in tried("10.0.0.9, 10.9.9.9")
        assert "密码不对" in tried("10.1.1.1")
    finally:
        door.kill()
