"""Whoever is not WeChat gets nothing done and learns nothing; whatever comes, nothing breaks."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.gateway.wechat.ledger import Ledger
from tests.fakes.wechat.account import PLAIN, SAFE, FakeAccount
from tests.gateway.wechat_house import AES_KEY, APP_ID, SECRET, Phone, WechatDoor, opened


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WechatDoor]:
    yield from opened(WechatDoor(tmp_path_factory.mktemp("attacked")))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WechatDoor]:
    yield from opened(WechatDoor(tmp_path_factory.mktemp("plain"), PLAIN))


@pytest.fixture
def phone(door: WechatDoor) -> Phone:
    door.rasa.reset()
    return door.phone()


def post(door: WechatDoor, query: dict[str, str], body: bytes) -> requests.Response:
    return requests.post(door.webhook, params=query, data=body, timeout=10)


@pytest.mark.parametrize("name", ["signature", "msg_signature", "timestamp", "nonce"])
def test_a_wrong_or_missing_signature_has_no_effect(door: WechatDoor, phone: Phone, name: str) -> None:
    query, body = door.account.request(door.account.text(phone.openid, "混进来"))
    for changed in ({**query, name: "0" * 40}, {k: v for k, v in query.items() if k != name}):
        answer = post(door, changed, body)
        assert (answer.status_code, answer.text) == (400, "")
    assert door.rasa.texts() == []
    assert phone.sender_id == ""


def test_another_account_or_key_has_no_effect(door: WechatDoor, phone: Phone) -> None:
    others = (
        FakeAccount("wxffffffffffffffff", "tokenoftest", AES_KEY, SAFE),
        FakeAccount(APP_ID, "tokenoftest", AES_KEY[::-1], SAFE),
        FakeAccount(APP_ID, "tokenoftest", "", PLAIN),
    )
    for other in others:
        answer = post(door, *other.request(other.text(phone.openid, "混进来")))
        assert (answer.status_code, answer.text) == (400, "")
    assert door.rasa.texts() == []


def test_a_flipped_bit_has_no_effect(door: WechatDoor, phone: Phone) -> None:
    query, body = door.account.request(door.account.text(phone.openid, "混进来"))
    start = body.index(b"<Encrypt>")
    for at in range(start + 20, len(body) - 40, 17):
        flipped = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        assert post(door, query, flipped).status_code == 400
    assert door.rasa.texts() == []


def test_a_proxy_that_adds_an_origin_stops_nothing(door: WechatDoor, phone: Phone) -> None:
    query, body = door.account.request(door.account.text(phone.openid, "你好"))
    answer = requests.post(
        door.webhook, params=query, data=body, headers={"origin": "https://x.example"}, timeout=10
    )
    assert answer.status_code == 200
    assert door.rasa.texts() == ["你好"]


def test_yesterdays_delivery_is_refused(door: WechatDoor, phone: Phone) -> None:
    door.account.clock = lambda: time.time() - 86_400
    try:
        answer = post(door, *door.account.request(door.account.text(phone.openid, "昨天的")))
    finally:
        door.account.clock = time.time
    assert answer.status_code == 400
    assert door.rasa.texts() == []


def test_an_overheard_signature_carries_no_other_body(plain: WechatDoor) -> None:
    plain.rasa.reset()
    phone = plain.phone()
    query, body = plain.account.request(plain.account.text(phone.openid, "真的"))
    assert post(plain, query, body).status_code == 200
    assert post(plain, query, body).status_code == 200, "WeChat may deliver twice"
    forged = plain.account.text(phone.openid, "假的").xml.encode()
    assert post(plain, query, forged).status_code == 400
    assert plain.rasa.texts() == ["真的"]


def test_the_same_id_with_other_words_has_no_effect_and_is_counted(plain: WechatDoor) -> None:
    plain.rasa.reset()
    phone = plain.phone()
    packet = plain.account.text(phone.openid, "第一次")
    phone.sends(packet)
    before = Ledger(plain.engine).count()
    query, body = plain.account.request(packet)
    answer = post(plain, query, body.replace("第一次".encode(), "第二次".encode()))
    assert (answer.status_code, answer.text) == (200, "success")
    assert plain.rasa.texts() == ["第一次"]
    assert Ledger(plain.engine).count() == before + 1
    assert "other words under a known id" in plain.log()


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b"", True),
        (b"not xml", True),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><xml><a>&a;</a></xml>', True),
        (b"<xml>" + b"x" * 70_000 + b"</xml>", False),
        (b"<xml></xml>", True),
    ],
    ids=["empty", "junk", "doctype", "too large", "no fields"],
)
def test_a_broken_body_is_refused_and_counted_if_wechat_signed_it(
    plain: WechatDoor, body: bytes, kept: bool
) -> None:
    before = Ledger(plain.engine).count()
    query, _ = plain.account.request(plain.account.text("o-1", "x"))
    answer = post(plain, query, body)
    assert (answer.status_code, answer.text) == (400, "")
    assert Ledger(plain.engine).count() == before + kept
    post(plain, {**query, "signature": "0" * 40}, body)
    assert Ledger(plain.engine).count() == before + kept, "a stranger fills no table"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    fields=st.dictionaries(
        st.sampled_from(
            [
                "Content",
                "MsgType",
                "MsgId",
                "Event",
                "EventKey",
                "Recognition",
                "Label",
                "Location_X",
                "Location_Y",
                "MediaId",
                "CreateTime",
                "FromUserName",
                "Url",
                "Title",
            ]
        ),
        st.text(max_size=200),
    ),
    kind=st.sampled_from(["text", "voice", "location", "event", "link", "file", "x"]),
)
def test_whatever_is_signed_never_breaks_the_gateway(
    plain: WechatDoor, fields: dict[str, str], kind: str
) -> None:
    packet = plain.account.message("o-fuzz", kind, **{k: v for k, v in fields.items() if k != "MsgType"})
    answer = post(plain, *plain.account.request(packet))
    assert answer.status_code in {200, 400}, answer.text
    assert "request failed" not in plain.log()


def test_no_log_and_no_table_holds_an_openid_a_secret_or_a_token(door: WechatDoor, phone: Phone) -> None:
    phone.says("你好")
    phone.sends(door.account.image(phone.openid))
    post(door, {"signature": SECRET}, b"x")
    files = [path for path in door.var.rglob("*") if path.is_file()]
    assert len(files) > 2
    for path in files:
        kept = path.read_bytes()
        for secret in (phone.openid, SECRET, door.account.token, AES_KEY):
            assert secret.encode() not in kept, f"{secret} in {path.name}"
    assert b"wechat" in (door.var / "desk.db").read_bytes(), "the scan sees what is there"
