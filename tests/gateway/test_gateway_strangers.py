"""Every route of the citizen's door, called by one person with everything that names another one.

A route that is not in the table fails a test: who adds one says here how it is called.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from bot.gateway.app import make_app
from desk.tickets import Complaint, Kind
from tests.assistant import Citizen
from tests.gateway.door import Door
from tests.gateway.wechat_house import WechatDoor, opened

MATTER = "窗口把我的材料弄丢了还不认账"
ANSWER = "关于材料弄丢的答复"
# method and path -> whether a conversation is read or changed there
ROUTES = {
    "GET /": False,
    "GET /static/<path>": False,
    "GET /healthz": False,
    "GET /metrics": False,
    "GET /api/messages": True,
    "POST /api/messages": True,
    "GET /api/stream": True,
    "POST /api/session/end": True,
    "GET /wechat": False,
    "POST /wechat": False,
}


@dataclass
class Owner:
    """Somebody with a conversation, a ticket and a number in the vault."""

    citizen: Citizen
    sender: str
    message_id: str
    number: str
    buttons: dict[str, str]

    def names(self) -> dict[str, str]:
        """Everything that could stand for this person, under every name that somebody may try."""
        given = {
            "sender": self.sender,
            "id": self.message_id,
            "ticket": self.number,
            "key": f"web:{self.sender}",
        }
        given |= {"sender_id": self.sender, "session": self.sender, "user": self.sender, "after": "0"}
        return given | {"desk_session": self.sender, "x-user": self.sender, "last-event-id": "0"}


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WechatDoor]:
    made = WechatDoor(tmp_path_factory.mktemp("strangers"))
    yield from opened(made)


@pytest.fixture
def owner(door: WechatDoor) -> Owner:
    door.rasa.reset()
    door.rasa.answers[MATTER] = [{"text": ANSWER, "buttons": [{"title": "看看", "payload": "/status"}]}]
    citizen = door.citizen()
    said = citizen.post(id="m-1", text=MATTER).json()["messages"]
    sender = door.sender_id(citizen)
    complaint = Complaint(Kind.COMPLAINT, MATTER, category="service", district="五华区")
    ticket = door.counter.tickets.open(complaint, f"web:{sender}:t", sender, "web")
    door.counter.vault.redact(sender, "00000019850101001X")
    return Owner(
        citizen, sender, "m-1", ticket.public_no, {b["title"]: b["token"] for b in said[-1]["buttons"]}
    )


def routes_of(door: Door) -> set[str]:
    found = set()
    for route in make_app(door.counter).router.routes:
        path = "/" + ("static/<path>" if route.path.startswith("static") else route.path)
        found |= {f"{method} {path}" for method in route.methods if method != "HEAD"}
    return found


def test_every_route_is_in_the_table_and_the_table_has_no_other(door: WechatDoor) -> None:
    assert routes_of(door) == set(ROUTES)


@pytest.mark.parametrize("route", ROUTES)
def test_no_route_tells_one_person_of_another(door: WechatDoor, owner: Owner, route: str) -> None:
    method, path = route.split(" ")
    with owner.citizen.http.get(f"{door.url}/api/messages", stream=True, timeout=20) as own:
        heard = piece(own)
        assert MATTER in heard and ANSWER in heard, "the search is blind"
    before = owner.citizen.history()
    for stranger in (door.citizen().http, requests.Session()):
        for body in bodies(owner):
            with stranger.request(
                method,
                door.url + path.replace("<path>", "chat.js"),
                params=owner.names(),
                headers={**owner.names(), "x-forwarded-for": "127.0.0.1"},
                json=body if method == "POST" else None,
                timeout=20,
                stream=True,
            ) as answer:
                heard = piece(answer)
                if path == "/api/stream" and answer.status_code == 200:
                    heard += piece(answer)
            for secret in (MATTER, ANSWER, owner.number, owner.sender):
                assert secret not in heard, (route, body)
    assert owner.citizen.history() == before, "it was changed by somebody else"
    assert door.counter.vault.get(owner.sender, "〔身份证#1〕") == "00000019850101001X"


def piece(answer: requests.Response) -> str:
    """The next part of an answer as a person reads it; a stream never ends. "" for none."""
    told = next(answer.iter_content(100_000), b"").decode(errors="replace")
    return re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), told)


def bodies(owner: Owner) -> list[dict[str, Any]]:
    """What a stranger may send: the id of a message, a button, a placeholder of the owner."""
    return [
        {**owner.names(), "id": owner.message_id, "text": "看看"},
        {**owner.names(), "id": "x-2", "button": owner.buttons["看看"]},
        {**owner.names(), "id": "x-3", "text": "看存了我什么"},
        {**owner.names(), "id": "x-4", "text": "〔身份证#1〕"},
    ]


def test_who_wishes_to_be_forgotten_is_forgotten_alone(door: WechatDoor, owner: Owner) -> None:
    before = owner.citizen.history()
    stranger = door.citizen()
    stranger.say("你好")
    stranger.say("删除我的信息")
    stranger.press("确认删除")
    assert owner.citizen.history() == before
    assert [t.public_no for t in door.counter.tickets.mine(owner.sender)] == [owner.number]


def test_the_same_id_of_two_people_is_two_messages(door: WechatDoor, owner: Owner) -> None:
    stranger = door.citizen()
    answer = stranger.post(id=owner.message_id, text="另一件事")
    assert answer.status_code == 200
    assert "另一件事" in answer.json()["messages"][-1]["text"]
    again = owner.citizen.post(id=owner.message_id, text=MATTER)
    assert ANSWER in again.json()["messages"][-1]["text"]


@pytest.mark.parametrize("words", ["结果", "更多", "1", "我的投诉", "看存了我什么"])
def test_on_wechat_nobody_gets_what_waits_for_another(door: WechatDoor, owner: Owner, words: str) -> None:
    first, second = door.phone(), door.phone()
    door.rasa.answers["很长的事"] = [{"text": f"{ANSWER}。" * 300}]
    assert ANSWER in first.says("很长的事")
    assert ANSWER not in second.says(words)
    assert first.sender_id != second.sender_id


def test_a_conversation_of_wechat_has_no_cookie_that_opens_it(door: WechatDoor) -> None:
    phone = door.phone()
    phone.says("只有我知道的事")
    for value in (phone.sender_id, phone.openid, f'"{phone.sender_id}"'):
        answer = requests.get(f"{door.url}/api/messages", cookies={"desk_session": value}, timeout=20)
        assert len(answer.json()["messages"]) == 1 and "只有我知道的事" not in str(answer.json())


def test_the_folder_of_the_page_leads_nowhere_else(door: WechatDoor, tmp_path: Path) -> None:
    for path in ("/static/../app.py", "/static/%2e%2e/web.py", "/static//etc/passwd", "/static/..%5capp.py"):
        assert "import" not in requests.get(door.url + path, timeout=20).text
