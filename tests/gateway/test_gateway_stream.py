"""What comes later and what was said before: the stream, the history, the session, and the headers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests
from sqlalchemy import delete

from desk import conversation
from desk.conversation import MessageRow
from tests.assistant import Citizen, words
from tests.gateway.door import Door

Event = tuple[str, dict[str, Any]]


@contextmanager
def stream(
    citizen: Citizen, after: object = "", wanted: str = "", **headers: str
) -> Iterator[Iterator[Event]]:
    """Open the stream as a browser does and read its messages; who speaks comes as an event of its own."""
    url = f"{citizen.url}/api/stream?after={after}"
    with citizen.http.get(url, headers=headers, stream=True, timeout=20) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield _events(answer, wanted)


def _events(answer: requests.Response, wanted: str) -> Iterator[Event]:
    seq = name = ""
    answer.encoding = "utf-8"
    for line in answer.iter_lines(chunk_size=1, decode_unicode=True):
        if line.startswith("id: "):
            seq = line[4:]
        elif line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: ") and name == wanted:
            yield seq, json.loads(line[6:])
        elif not line:
            name = ""


def texts(events: Iterator[Event], count: int) -> list[str]:
    return [next(events)[1]["text"] for _ in range(count)]


def tell(door: Door, citizen: Citizen, text: str) -> int:
    """Say something from elsewhere, as an agent or the demo's SMS box does."""
    with door.engine.begin() as connection:
        return conversation.say(connection, door.sender_id(citizen), conversation.AGENT, {"text": text})


def test_the_answer_of_a_slow_turn_comes_through_the_stream(impatient: Door) -> None:
    citizen = impatient.citizen()
    impatient.rasa.hold()
    assert citizen.post(text="慢慢想").status_code == 202
    with stream(citizen) as events:
        assert texts(events, 1) == ["慢慢想"]
        impatient.rasa.go_on()
        assert texts(events, 1) == ["收到：慢慢想"]


def test_the_stream_goes_on_after_the_message_it_is_told(citizen: Citizen) -> None:
    citizen.say("甲")
    citizen.say("乙")
    seqs = {m["text"]: m["seq"] for m in citizen.history()}
    with stream(citizen, after=seqs["收到：甲"]) as events:
        assert texts(events, 2) == ["乙", "收到：乙"]
    with stream(citizen, after=0, **{"Last-Event-ID": str(seqs["乙"])}) as events:
        assert next(events) == (str(seqs["收到：乙"]), citizen.history()[-1])


@pytest.mark.parametrize("after", ["", "x", "-1", "²", "9" * 400, "1;drop"])
def test_a_place_that_is_no_number_begins_at_the_start(citizen: Citizen, after: str) -> None:
    citizen.say("甲")
    with stream(citizen, after=after) as events:
        assert texts(events, 2) == ["甲", "收到：甲"]


def test_what_an_agent_says_reaches_an_open_stream(door: Door, citizen: Citizen) -> None:
    with stream(citizen) as events:
        seq = tell(door, citizen, "我是工作人员")
        got = next(events)
        assert got[0] == str(seq)
        assert (got[1]["from"], got[1]["text"]) == ("agent", "我是工作人员")


def test_a_stream_carries_no_other_conversation(door: Door, citizen: Citizen) -> None:
    other = door.citizen()
    with stream(citizen) as events:
        tell(door, other, "给别人的")
        tell(door, citizen, "给我的")
        assert texts(events, 1) == ["给我的"]


def test_a_stream_without_a_session_is_refused_with_a_sentence(door: Door) -> None:
    answer = requests.get(f"{door.url}/api/stream", timeout=10)
    assert answer.status_code == 401
    assert "刷新页面" in answer.json()["error"]["message"]


def test_the_history_begins_with_the_opening_and_keeps_the_order(citizen: Citizen) -> None:
    citizen.say("甲")
    citizen.say("乙")
    said = citizen.history()
    assert said[0]["seq"] == 0
    assert said[0]["buttons"]
    assert [m["text"] for m in said[1:]] == ["甲", "收到：甲", "乙", "收到：乙"]
    assert [m["seq"] for m in said] == sorted(m["seq"] for m in said)
    assert all(m["at"] is None or m["at"].endswith("Z") for m in said)


def test_the_first_post_without_a_cookie_begins_a_conversation(door: Door) -> None:
    http = requests.Session()
    http.post(f"{door.url}/api/messages", json={"id": "1", "text": "材料"}, timeout=10)
    said = http.get(f"{door.url}/api/messages", timeout=10).json()["messages"]
    assert [m["text"] for m in said[1:]] == ["材料", "收到：材料"]


@pytest.mark.parametrize("cookie", ["", "x", "web-0123456789abcdef", "IndlYi0xIg.aaaa.bbbb"])
def test_a_cookie_that_is_not_ours_opens_an_empty_conversation_of_its_own(
    door: Door, citizen: Citizen, cookie: str
) -> None:
    citizen.say("我的话")
    answer = requests.get(f"{door.url}/api/messages", cookies={"desk_session": cookie}, timeout=10)
    assert len(answer.json()["messages"]) == 1
    assert answer.cookies["desk_session"] != cookie


def test_the_session_cookie_is_closed_to_scripts_and_other_sites(door: Door) -> None:
    cookie = requests.get(f"{door.url}/api/messages", timeout=10).headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "web-" not in cookie


def test_ending_the_session_forgets_numbers_and_codes_and_begins_anew(door: Door, citizen: Citizen) -> None:
    codes = door.counter.codes
    assert codes
    citizen.say("我是00000019850101001X")
    sender = door.sender_id(citizen)
    codes.begin(sender, "00000019850101001X", "演示甲")
    assert door.counter.vault.get(sender, "〔身份证#1〕")
    answer = citizen.http.post(f"{citizen.url}/api/session/end", timeout=10)
    assert answer.status_code == 204
    assert door.counter.vault.get(sender, "〔身份证#1〕") is None
    assert type(codes.resend(sender)).__name__ == "Expired"
    assert door.sender_id(citizen) not in {"", sender}
    assert len(citizen.history()) == 1


def test_ending_a_session_that_never_was_is_no_fault(door: Door) -> None:
    assert requests.post(f"{door.url}/api/session/end", timeout=10).status_code == 204


def test_every_answer_carries_the_headers_that_protect_the_page(door: Door) -> None:
    for path, status in (("/", 200), ("/api/messages", 200), ("/nowhere", 404), ("/healthz", 200)):
        answer = requests.get(door.url + path, timeout=10)
        assert answer.status_code == status
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        stored = "no-store" if path.startswith("/api/") else "no-cache"
        assert answer.headers["cache-control"] == stored


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("DELETE", "/api/messages", 405),
        ("GET", "/static/../app.py", 404),
        ("GET", "/static/%2e%2e/app.py", 404),
    ],
)
def test_what_is_not_there_is_said_in_one_chinese_sentence(
    door: Door, method: str, path: str, status: int
) -> None:
    answer = requests.request(method, door.url + path, timeout=10)
    assert answer.status_code == status
    assert answer.json()["error"]["message"].endswith("。")
    assert "Traceback" not in answer.text


def test_health_tells_of_database_and_rasa(door: Door) -> None:
    assert door.health() == {
        "status": "ok",
        "database": True,
        "fault": "",
        "rasa": True,
        "rasas": [True],
        "memories": ["ok"],
    }


def test_metrics_count_messages_by_state_and_hold_no_words(door: Door, citizen: Citizen) -> None:
    citizen.say("这是秘密")
    shown = requests.get(f"{door.url}/metrics", timeout=10).text
    assert 'desk_messages_total{state="done"}' in shown
    assert 'desk_rasa_ready{rasa="1"} 1.0' in shown
    assert "desk_turn_seconds_bucket" in shown
    assert "秘密" not in shown


def test_a_body_without_optional_parts_is_shown_with_empty_ones(door: Door, citizen: Citizen) -> None:
    tell(door, citizen, "只有文字")
    shown = citizen.history()[-1]
    assert (shown["kind"], shown["card"], shown["buttons"]) == ("text", None, [])
    assert words([shown]) == "只有文字"
    with door.engine.begin() as connection:
        connection.execute(delete(MessageRow).where(MessageRow.seq == shown["seq"]))
