"""The fake WeChat against a webhook of wechatpy: what it sends can be read, what is wrong it refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from wechatpy.crypto import WeChatCrypto

from tests.assistant import free_port
from tests.fakes.wechat import BadReply, FakeAccount, Packet, deliver, verify
from tests.fakes.wechat.account import MODES
from tests.gateway.door import until
from tests.gateway.webhook import AES_KEY, APP_ID, TOKEN, Answers, Webhook

OPENID = "oTestPerson0000000000000001w"
_AMPLE = 20.0  # seconds: a busy machine is no fault of the fake
_SHORT = 0.5
# Each kind: how it is made, what wechatpy reads in it.
KINDS: dict[str, tuple[Callable[[FakeAccount], Packet], dict[str, Any]]] = {
    "text": (lambda a: a.text(OPENID, "你好 ]]> <b>&"), {"type": "text", "content": "你好 ]]> <b>&"}),
    "image": (lambda a: a.image(OPENID), {"type": "image"}),
    "voice": (lambda a: a.voice(OPENID, "领钱"), {"type": "voice", "recognition": "领钱", "format": "amr"}),
    "voice, empty": (lambda a: a.voice(OPENID, ""), {"type": "voice", "recognition": None}),
    "voice, without": (lambda a: a.voice(OPENID), {"type": "voice", "recognition": None}),
    "video": (lambda a: a.video(OPENID), {"type": "video"}),
    "short video": (lambda a: a.short_video(OPENID), {"type": "shortvideo"}),
    "location": (
        lambda a: a.location(OPENID, 25.04, 102.71, "华山西路"),
        {"type": "location", "location": ("25.040000", "102.710000"), "label": "华山西路"},
    ),
    "location, bare": (lambda a: a.location(OPENID, 25.04, 102.71), {"type": "location", "label": None}),
    "link": (lambda a: a.link(OPENID, "指南", "https://www.example.com/"), {"title": "指南"}),
    "unknown message": (lambda a: a.unknown_message(OPENID), {"type": "unknown"}),
    "subscribe": (lambda a: a.subscribe(OPENID), {"event": "subscribe"}),
    "subscribe, scanned": (
        lambda a: a.subscribe(OPENID, "hall"),
        {"event": "subscribe_scan", "scene_id": "hall"},
    ),
    "unsubscribe": (lambda a: a.unsubscribe(OPENID), {"event": "unsubscribe"}),
    "SCAN": (lambda a: a.scan(OPENID, "hall"), {"event": "scan", "scene_id": "hall"}),
    "LOCATION": (
        lambda a: a.reported_location(OPENID, 25.04, 102.71),
        {"latitude": 25.04, "longitude": 102.71},
    ),
    "CLICK": (lambda a: a.click(OPENID, "materials"), {"event": "click", "key": "materials"}),
    "VIEW": (lambda a: a.view(OPENID, "https://www.example.com/"), {"url": "https://www.example.com/"}),
    "scancode": (lambda a: a.scancode(OPENID, "scan", "42"), {"event": "scancode_push", "scan_result": "42"}),
    "location_select": (
        lambda a: a.location_select(OPENID, "where", 25.04, 102.71, "华山西路", "大厅"),
        {"event": "location_select", "location_x": "25.040000", "label": "华山西路", "poiname": "大厅"},
    ),
    "template": (lambda a: a.template_sent(OPENID, 200163836), {"id": 200163836, "status": "success"}),
    "agent session": (lambda a: a.agent_session(OPENID), {"event": "kf_create_session"}),
    "unknown event": (lambda a: a.unknown_event(OPENID), {"type": "unknown"}),
}


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    """A webhook that answers with an echo."""
    webhook = Webhook()
    yield webhook
    webhook.close()


@pytest.fixture(params=MODES)
def account(request: pytest.FixtureRequest) -> FakeAccount:
    """The account in each of its three modes."""
    return _account(request.param)


def _account(mode: str = "plain") -> FakeAccount:
    return FakeAccount(APP_ID, TOKEN, AES_KEY, mode)


@pytest.mark.parametrize("kind", KINDS)
def test_another_library_reads_every_kind_of_packet(
    account: FakeAccount, kind: str, webhook: Webhook
) -> None:
    made, wanted = KINDS[kind]
    webhook.answers = lambda message, reply: b"success"
    packet = made(account)
    assert deliver(webhook.url, account, packet, patience=_AMPLE).text is None
    (message,) = webhook.received
    assert {name: getattr(message, name) for name in wanted} == wanted
    assert (message.source, message.target) == (OPENID, account.original_id)


def test_the_query_is_that_of_wechat(account: FakeAccount, webhook: Webhook) -> None:
    deliver(webhook.url, account, account.text(OPENID, "你好"), patience=_AMPLE)
    names = {"signature", "timestamp", "nonce", "openid"}
    sealed = set() if account.mode == "plain" else {"encrypt_type", "msg_signature"}
    assert set(webhook.queries[0]) == names | sealed


def test_only_the_compatible_mode_shows_the_text_beside_the_encrypted_one() -> None:
    shown = {}
    for mode in MODES:
        account = _account(mode)
        _, body = account.request(account.text(OPENID, "你好"))
        shown[mode] = ("你好" in body.decode(), "<Encrypt>" in body.decode())
    assert shown == {"plain": (True, False), "compatible": (True, True), "safe": (False, True)}


def test_message_ids_need_64_bits_and_events_have_none() -> None:
    account = _account()
    ids = {int(account.text(OPENID, "一").message_id) for _ in range(3)}
    assert len(ids) == 3
    assert all(2**62 <= number < 2**63 for number in ids)
    assert not account.subscribe(OPENID).message_id
    assert "<MsgId>" not in account.subscribe(OPENID).xml


def test_a_tapped_option_tells_its_id() -> None:
    assert "<bizmsgmenuid><![CDATA[7]]></bizmsgmenuid>" in _account().text(OPENID, "五华区", "7").xml


def test_every_delivery_of_one_packet_is_signed_afresh(account: FakeAccount) -> None:
    packet = account.text(OPENID, "你好")
    (first, _), (second, _) = account.request(packet), account.request(packet)
    assert first["nonce"] != second["nonce"]
    assert first["signature"] != second["signature"]


def test_an_answer_at_once_is_read(account: FakeAccount, webhook: Webhook) -> None:
    delivered = deliver(webhook.url, account, account.text(OPENID, "你好"), patience=_AMPLE)
    assert (delivered.text, delivered.tries, delivered.unavailable) == ("你好", 1, False)


def test_the_second_delivery_comes_while_the_first_still_runs(account: FakeAccount, webhook: Webhook) -> None:
    webhook.held = 1
    delivered = deliver(webhook.url, account, account.text(OPENID, "你好"), patience=2.0)
    assert (delivered.text, delivered.tries, delivered.unavailable) == ("你好", 2, False)
    assert len({message.id for message in webhook.received}) == 1
    assert len({query["nonce"] for query in webhook.queries}) == 2


def test_after_three_silent_deliveries_the_person_sees_the_notice(webhook: Webhook) -> None:
    webhook.held = 9
    account = _account("safe")
    delivered = deliver(webhook.url, account, account.text(OPENID, "你好"), patience=_SHORT)
    assert (delivered.text, delivered.tries, delivered.unavailable) == (None, 3, True)
    until(lambda: len(webhook.received) == 3)
    assert len({message.id for message in webhook.received}) == 1


def test_where_nobody_listens_the_person_sees_the_notice() -> None:
    account = _account()
    delivered = deliver(f"http://127.0.0.1:{free_port()}/wechat", account, account.text(OPENID, "你好"))
    assert (delivered.text, delivered.tries, delivered.unavailable) == (None, 3, True)


@pytest.mark.parametrize("body", [b"", b"success"])
def test_no_reply_is_no_fault(account: FakeAccount, webhook: Webhook, body: bytes) -> None:
    webhook.answers = lambda message, reply: body
    delivered = deliver(webhook.url, account, account.text(OPENID, "你好"), patience=_AMPLE)
    assert (delivered.text, delivered.tries, delivered.unavailable) == (None, 1, False)


def test_the_longest_text_is_2048_bytes(account: FakeAccount, webhook: Webhook) -> None:
    webhook.answers = lambda message, reply: reply("字" * 682 + "ab")
    packet = account.text(OPENID, "你好")
    assert deliver(webhook.url, account, packet, patience=_AMPLE).text == "字" * 682 + "ab"
    webhook.answers = lambda message, reply: reply("字" * 683)
    delivered = deliver(webhook.url, account, packet, patience=_AMPLE)
    assert delivered.unavailable
    assert "2049" in delivered.reason


BAD: dict[str, tuple[Answers, str]] = {
    "json": (lambda message, reply: b'{"text": "hello"}', "不是 XML"),
    "cut short": (lambda message, reply: reply("好")[:-9], "不是 XML"),
    "another root": (lambda message, reply: b"<html></html>", "根元素"),
    "a blank line first": (lambda message, reply: b"\n" + reply("好"), "空白"),
    "a blank line in the text": (lambda message, reply: reply("\n好"), "空白"),
    "an empty text": (lambda message, reply: reply(""), "Content"),
    "2,100 bytes": (lambda message, reply: reply("字" * 700), "2100"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_reply_is_final_and_told(account: FakeAccount, webhook: Webhook, fault: str) -> None:
    webhook.answers, reason = BAD[fault]
    delivered = deliver(webhook.url, account, account.text(OPENID, "你好"), patience=_AMPLE)
    assert (delivered.text, delivered.tries, delivered.unavailable) == (None, 1, True)
    assert reason in delivered.reason


def test_another_status_than_200_is_a_bad_reply(account: FakeAccount, webhook: Webhook) -> None:
    webhook.status = 500
    delivered = deliver(webhook.url, account, account.text(OPENID, "你好"), patience=_AMPLE)
    assert delivered.unavailable
    assert "500" in delivered.reason


GOOD = {"ToUserName": OPENID, "FromUserName": "", "CreateTime": "1", "MsgType": "text", "Content": "好"}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"ToUserName": "oSomebodyElse"}, "对调"),
        ({"FromUserName": OPENID}, "对调"),
        ({"MsgType": "Text"}, "MsgType"),
        ({"CreateTime": "now"}, "CreateTime"),
        ({"CreateTime": ""}, "CreateTime"),
        ({"Content": "好</Content><Content>坏"}, "两次"),
    ],
)
def test_a_reply_with_a_wrong_field_is_refused(changed: dict[str, str], reason: str) -> None:
    account = _account()
    packet = account.text(OPENID, "你好")
    right = {**GOOD, "FromUserName": account.original_id}
    assert account.read(_response(_xml(right)), packet) == "好"
    with pytest.raises(BadReply, match=reason):
        account.read(_response(_xml({**right, **changed})), packet)


@pytest.mark.parametrize("mode", ["compatible", "safe"])
@pytest.mark.parametrize("fault", ["not encrypted", "signature", "app id", "key"])
def test_a_reply_that_is_wrongly_encrypted_is_refused(mode: str, fault: str) -> None:
    account = _account(mode)
    xml = _xml({**GOOD, "FromUserName": account.original_id})
    assert account.read(_response(_sealed(xml))) == "好"
    wrong = {
        "not encrypted": xml,
        "signature": _sealed(xml, token="AnotherToken"),
        "app id": _sealed(xml, app_id="wx" + "f" * 16),
        "key": _sealed(xml, key=AES_KEY[::-1]),
    }
    with pytest.raises(BadReply):
        account.read(_response(wrong[fault]))


def test_an_address_is_verified_by_its_echo(account: FakeAccount, webhook: Webhook) -> None:
    assert verify(webhook.url, account)
    webhook.status = 404
    assert not verify(webhook.url, account)
    webhook.status, webhook.token = 200, "AnotherToken"
    assert not verify(webhook.url, account)
    assert not verify(f"http://127.0.0.1:{free_port()}/wechat", account)


def _xml(fields: dict[str, str]) -> bytes:
    return (
        "<xml>" + "".join(f"<{name}>{text}</{name}>" for name, text in fields.items()) + "</xml>"
    ).encode()


def _sealed(xml: bytes, token: str = TOKEN, key: str = AES_KEY, app_id: str = APP_ID) -> bytes:
    sealed: str = WeChatCrypto(token, key, app_id).encrypt_message(xml.decode(), "1234567890")
    return sealed.encode()


def _response(body: bytes) -> Any:
    return SimpleNamespace(status_code=200, content=body)
