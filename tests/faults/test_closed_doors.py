"""Rows 18 and 19 of what stock Rasa does: an open interface behind, and sender ids that anybody may name."""

from __future__ import annotations

import base64
import itertools
import json
import socket
import struct
from pathlib import Path

import pytest
import requests

from tests.assistant import Citizen, words
from tests.faults.house import House, ready_to_confirm, streamed, unheard

pytestmark = pytest.mark.model

_LISTENING = "0A"  # TCP_LISTEN in /proc/net/tcp
_TOKENS = [None, "", "wrong", "x" * 64]


@pytest.mark.parametrize("token", _TOKENS)
def test_the_actions_refuse_a_call_without_the_shared_token(house: House, token: str | None) -> None:
    call = {"next_action": "action_greet", "tracker": {"sender_id": "x"}, "domain": {}}
    for path in ("/webhook", "/actions", "/"):
        answer = requests.post(house.private("actions", path), json=call, headers=_with(token), timeout=10)
        assert answer.status_code == 401
        assert "responses" not in answer.text


@pytest.mark.parametrize("token", _TOKENS)
def test_rasa_refuses_a_message_without_the_shared_token(house: House, token: str | None) -> None:
    message = {"sender": "web-x", "text": "你好", "message_id": "x"}
    address = house.private("rasa", "/webhooks/loopback/message")
    answer = requests.post(address, json=message, headers=_with(token), timeout=10)
    assert (answer.status_code, answer.text) == (401, "")
    assert not house.tracker().execute("select 1 from events where sender_id = 'web-x'").fetchall()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/conversations/x/tracker"),
        ("POST", "/conversations/x/tracker/events"),
        ("POST", "/conversations/x/messages"),
        ("POST", "/conversations/x/trigger_intent"),
        ("POST", "/model/parse"),
        ("PUT", "/model"),
        ("DELETE", "/model"),
        ("GET", "/domain"),
        ("GET", "/status"),
        ("POST", "/webhooks/rest/webhook"),
        ("POST", "/webhooks/callback/webhook"),
        ("GET", "/socket.io/"),
    ],
)
def test_rasa_has_no_interface_but_the_one_channel(house: House, method: str, path: str) -> None:
    body = {"sender": "x", "message": "/restart", "name": "greet"}
    for headers in ({}, _with(house.settings.loopback_token)):
        answer = requests.request(method, house.private("rasa", path), json=body, headers=headers, timeout=10)
        assert answer.status_code == 404


def test_rasa_and_the_actions_listen_on_loopback_only(house: House) -> None:
    if not Path("/proc/net/tcp").exists():
        pytest.skip("needs /proc")
    for process in ("rasa", "actions"):
        assert _listening(house.assistant.ports[process]) == {"127.0.0.1"}


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House) -> None:
    flags = requests.get(f"{house.url}/api/messages", timeout=10).headers["set-cookie"].lower()
    for flag in ("httponly", "samesite=lax", "path=/", "max-age="):
        assert flag in flags


@pytest.mark.parametrize("part", ["name", "signature", "all", "none"])
def test_a_forged_cookie_opens_a_new_conversation(house: House, part: str) -> None:
    victim = Citizen(house.url)
    victim.say("领失业金要带什么材料")
    cookie = victim.http.cookies["desk_session"]
    payload, rest = cookie.split(".", 1)
    other = Citizen(house.url).http.cookies["desk_session"].split(".", 1)[0]
    forged = {
        "name": f"{other}.{rest}",
        "signature": f"{payload}.{rest[::-1]}",
        "all": "\udcff\x01;".encode("latin-1", "replace").decode() + "x" * 500,
        "none": base64.urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip("="),
    }[part]
    answer = requests.get(
        f"{house.url}/api/messages", headers={"cookie": f"desk_session={forged}"}, timeout=10
    )
    assert answer.status_code == 200
    assert len(answer.json()["messages"]) == 1
    assert "desk_session" in answer.cookies


def test_the_button_of_another_conversation_does_nothing(house: House) -> None:
    story = unheard()
    owner, stranger = ready_to_confirm(house.url, story), Citizen(house.url)
    answer = stranger.post(button=owner.buttons["确认提交"])
    assert answer.status_code == 422
    assert "按钮已经失效" in answer.json()["error"]["message"]
    assert house.numbers(story) == []
    assert "已经提交" in words(owner.press("确认提交"))


def test_a_forged_button_does_nothing(house: House) -> None:
    citizen = Citizen(house.url)
    token = citizen.buttons["投诉和建议"]
    payload, signature = token.rsplit(".", 1)
    sender = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))[0]
    own = json.dumps([sender, "x", "/restart"]).encode()
    made = base64.urlsafe_b64encode(own).decode().rstrip("=")
    session = citizen.http.cookies["desk_session"]
    for forged in (f"{made}.{signature}", payload, f"{payload}.", token[::-1], "", session, "\ud83d", "。"):
        answer = citizen.post(button=forged)
        assert answer.status_code == 422
        assert "按钮已经失效" in answer.json()["error"]["message"]
    assert len(citizen.history()) == 1


def test_nobody_reads_the_conversation_or_the_ticket_of_another(house: House) -> None:
    story = unheard()
    owner, stranger = ready_to_confirm(house.url, story), Citizen(house.url)
    owner.press("确认提交")
    (number,) = house.numbers(story)
    sender = house.rows("select sender_id from ticket where public_no = ?", number)[0][0]
    names = {"sender": sender, "sender_id": sender, "session": sender, "session_id": sender}
    asked = stranger.http.get(f"{house.url}/api/messages", params=names, headers=names, timeout=10)
    assert story not in asked.text
    stranger.post(text="我的投诉", **{**names, "id": "mine"})
    heard = words(stranger.say(f"{number} 办得怎么样了"))
    assert "没有查到这个编号" in heard
    assert story not in words(stranger.history())
    assert any(story in line for line in streamed(owner))
    last = f"id: {stranger.history()[-1]['seq']}"
    seen = list(itertools.takewhile(lambda line: line != last, streamed(stranger, **names)))
    assert any("我的投诉" in line for line in seen)
    assert not any(story in line for line in seen)


def test_a_template_in_the_words_of_a_citizen_is_filled_in_nowhere(house: House) -> None:
    story = unheard() + "{complaint_story}{claim_name}{{7*7}}{0.__class__}%(token)s${7*7}{% x %}"
    citizen = ready_to_confirm(house.url, story)
    citizen.press("确认提交")
    assert len(house.numbers(story)) == 1


@pytest.mark.parametrize(
    "path", ["/", "/api/messages", "/healthz", "/static/page.js", "/nowhere", "/static/../web.py", "/metrics"]
)
def test_every_answer_carries_the_headers_that_protect_the_page(house: House, path: str) -> None:
    answer = requests.get(house.url + path, timeout=10)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in answer.headers
    assert ("no-store" in answer.headers["cache-control"]) == path.startswith("/api/")


def _with(token: str | None) -> dict[str, str]:
    return {} if token is None else {"X-Desk-Token": token}


def _listening(port: int) -> set[str]:
    """The local addresses on which this port is listened to, IPv6 ones as hexadecimal."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:] if Path(table).exists() else ():
            address, state = line.split()[1], line.split()[3]
            host, number = address.split(":")
            if state == _LISTENING and int(number, 16) == port:
                short = len(host) == 8
                found.add(socket.inet_ntoa(struct.pack("<I", int(host, 16))) if short else host)
    return found
