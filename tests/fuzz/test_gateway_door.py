"""Whatever a stranger sends to the citizen's door: an answer that is documented, in time, and a clean log."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from bot.gateway.web import COOKIE
from desk.inbox import DONE, NEEDS_HUMAN, InboxRow
from tests.fakes.wechat.account import SAFE
from tests.fakes.wechat.packets import Packet
from tests.faults.odd import ODD_TEXTS
from tests.fuzz.cases import JSON_VALUES, LONGEST_TURN, TEXTS, door
from tests.fuzz.document import Document
from tests.fuzz.line import Answer, Line
from tests.fuzz.wire import BODIES, HEADERS, METHODS, chunked, form, objects, targets, written
from tests.gateway.door import until
from tests.gateway.wechat_house import WechatDoor, opened

GATEWAY = Document("gateway")
PATHS = [path.replace("{name}", "chat.js") for path in {path for _, path in GATEWAY.operations}]
_CHINESE = re.compile("[\u4e00-\u9fff]{4}")
_JSON = (b"content-type", b"application/json")
_TAGS = [
    "Content",
    "MsgType",
    "MsgId",
    "Event",
    "EventKey",
    "Recognition",
    "Label",
    "Location_X",
    "CreateTime",
]
_KINDS = ["text", "voice", "location", "image", "link", "file", "event", "hologram"]
_EVENTS = ["subscribe", "unsubscribe", "SCAN", "CLICK", "VIEW", "LOCATION", "location_select", "waved_hand"]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WechatDoor]:
    yield from opened(WechatDoor(tmp_path_factory.mktemp("bad_input"), SAFE))


@pytest.fixture(scope="module")
def line(house: WechatDoor) -> Line:
    return Line(int(house.url.rsplit(":", 1)[1]))


@pytest.fixture(scope="module")
def cookie(line: Line) -> tuple[bytes, bytes]:
    """The cookie of somebody who has a conversation."""
    session = line.ask(b"GET", b"/api/messages").headers["set-cookie"].split(";")[0]
    assert session.startswith(COOKIE)
    return (b"cookie", session.encode())


def in_order(answer: Answer, method: str, target: str) -> None:
    """Whatever was asked: no fault of ours, a status that is documented, and in time."""
    assert answer.status in GATEWAY.statuses(method, target) and answer.status < 500, answer
    assert answer.seconds < LONGEST_TURN, answer
    if answer.status >= 400 and answer.media == "application/json" and method != "HEAD":
        assert _CHINESE.search(json.loads(answer.body)["error"]["message"])


@door("web, a message", 0.1)
@given(id_=st.uuids() | TEXTS, text=TEXTS | JSON_VALUES, more=st.dictionaries(TEXTS, JSON_VALUES, max_size=2))
def test_whatever_is_said_is_answered(
    line: Line, cookie: tuple[bytes, bytes], id_: Any, text: Any, more: dict[str, Any]
) -> None:
    said = written({**more, "id": str(id_), "text": text})
    answer = line.ask(b"POST", b"/api/messages", [cookie, _JSON], said)
    in_order(answer, "POST", "/api/messages")
    if answer.status == 200:
        assert any(message["text"] for message in json.loads(answer.body)["messages"])


@pytest.mark.parametrize("text", ["业" * 1_000_000, "1 3 8 " * 20_000, *ODD_TEXTS])
def test_a_text_that_was_odd_before_is_answered(line: Line, cookie: tuple[bytes, bytes], text: Any) -> None:
    said = written({"id": uuid.uuid4().hex, "text": text})
    in_order(line.ask(b"POST", b"/api/messages", [cookie, _JSON], said), "POST", "/api/messages")


@door("web, any body", 0.08)
@given(body=objects(["id", "text", "button", "x", ""]) | BODIES, headers=HEADERS, known=st.booleans())
def test_any_body_is_answered(
    line: Line, cookie: tuple[bytes, bytes], body: bytes, headers: list[tuple[bytes, bytes]], known: bool
) -> None:
    headers = [*headers, _JSON, *([cookie] if known else [])]
    in_order(line.ask(b"POST", b"/api/messages", headers, body), "POST", "/api/messages")


@door("web, any request", 0.15)
@given(method=METHODS, target=targets(PATHS), headers=HEADERS, body=st.just(b"") | BODIES)
def test_any_request_is_answered(
    line: Line, method: bytes, target: bytes, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    answer = line.ask(method, target, headers, body)
    assert answer.status < 500, answer
    assert answer.seconds < LONGEST_TURN
    if answer.status not in (0, 400, 413, 417):  # what cannot be read has no route
        path = target.decode("utf-8", "surrogateescape")
        assert answer.status in GATEWAY.statuses(method.decode("latin-1"), path), answer
    line.close()


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("TRACE", "/api/messages", {"GET", "POST"}),
        ("PUT", "/wechat", {"GET", "POST"}),
        ("POST", "/", {"GET"}),
    ],
)
def test_a_method_that_is_not_there_is_told_with_those_that_are(
    line: Line, method: str, path: str, allowed: set[str]
) -> None:
    answer = line.ask(method.encode(), path.encode())
    assert answer.status == 405
    assert set(answer.headers["allow"].split(", ")) == allowed


@door("web, chunks", 0.02)
@given(sent=chunked(BODIES | objects(["id", "text"])), also=st.sampled_from([b"", b"content-length: 5\r\n"]))
def test_a_body_in_chunks_is_answered(line: Line, sent: bytes, also: bytes) -> None:
    head = b"POST /api/messages HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n" + also
    answer = line.send(head + b"connection: close\r\n\r\n" + sent, b"POST")
    assert answer.status == 0 or answer.status in GATEWAY.statuses("POST", "/api/messages") - {500}
    assert answer.seconds < LONGEST_TURN or answer.status == 0
    line.close()


@door("WeChat, a message", 0.1)
@given(
    fields=st.dictionaries(st.sampled_from(_TAGS), TEXTS, max_size=4),
    kind=st.sampled_from(_KINDS),
    event=st.sampled_from(_EVENTS),
)
def test_whatever_somebody_sends_in_wechat_is_answered(
    house: WechatDoor, line: Line, fields: dict[str, str], kind: str, event: str
) -> None:
    account = house.account
    sent = {"MsgType": kind, "MsgId": str(uuid.uuid4().int >> 64)}
    sent |= {"Event": event} if kind == "event" else {}
    made = {name: _legal(value) for name, value in {**sent, **fields}.items()}
    packet = account._packet("o-fuzz", kind, "", made)
    answer = _delivered(house, line, packet)
    if answer.status == 200:
        account.read(_Read(answer), packet)


@door("WeChat, a body", 0.1)
@given(changes=st.lists(st.tuples(st.integers(0, 900), st.integers(0, 4), st.binary(max_size=4)), max_size=3))
def test_a_delivery_with_changed_bytes_is_answered(
    house: WechatDoor, line: Line, changes: list[tuple[int, int, bytes]]
) -> None:
    packet = house.account.text("o-fuzz", "五华区在哪里")
    xml = packet.xml.encode()
    for at, gone, come in changes:
        at %= len(xml) + 1
        xml = xml[:at] + come + xml[at + gone :]
    _delivered(house, line, Packet("o-fuzz", "text", "", xml.decode("utf-8", "replace")))


@door("WeChat, the query", 0.02)
@given(
    query=st.dictionaries(
        st.sampled_from(["signature", "timestamp", "nonce", "encrypt_type", "echostr"]), TEXTS
    )
)
def test_a_delivery_with_any_query_is_answered(house: WechatDoor, line: Line, query: dict[str, str]) -> None:
    known, body = house.account.request(house.account.text("o-fuzz", "你好"))
    target = b"/wechat?" + _joined({**known, **query})
    for method in (b"POST", b"GET"):
        in_order(line.ask(method, target, [], body if method == b"POST" else b""), method.decode(), "/wechat")


def test_after_all_that_every_message_has_its_end_and_nothing_failed(house: WechatDoor) -> None:
    until(house.nothing_waits)
    with house.engine.connect() as connection:
        states = dict(connection.execute(select(InboxRow.state, func.count()).group_by(InboxRow.state)).all())
    assert set(states) <= {DONE, NEEDS_HUMAN}
    failed = [said for said in house.log().splitlines() if "Traceback" in said or '"level": "error"' in said]
    assert failed == []


class _Read:
    """An answer as the fake account reads one."""

    def __init__(self, answer: Answer) -> None:
        self.status_code, self.content, self.headers = answer.status, answer.body, answer.headers


def _delivered(house: WechatDoor, line: Line, packet: Packet) -> Answer:
    query, body = house.account.request(packet)
    answer = line.ask(b"POST", b"/wechat?" + _joined(query), [(b"content-type", b"text/xml")], body)
    in_order(answer, "POST", "/wechat")
    return answer


def _joined(query: dict[str, str]) -> bytes:
    return form(query)


def _legal(text: str) -> str:
    """A text without what XML cannot hold: WeChat sends none of it."""
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)
