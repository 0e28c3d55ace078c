"""Signatures, times and modes of what comes, and the reply that goes back."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto
from wechatpy.parser import parse_message

from bot.gateway.wechat.envelope import Envelope
from desk.wechat_settings import COMPATIBLE, PLAIN, SAFE
from tests.gateway.wechat_post import (
    ACCOUNT,
    APP_ID,
    ENCODING_KEY,
    MODES,
    NOW,
    OPENID,
    TOKEN,
    broken,
    encrypted,
    envelopes,
    message,
    query,
    seal,
    sign,
)

PLAIN_BODY = message().encode()
ORACLE = WeChatCrypto(TOKEN, ENCODING_KEY, APP_ID)
FOREIGN = [f"<xml>{'x' * 70_000}</xml>".encode(), b"\xff", b"", "<xml/>".encode("utf-16")]


def _envelope(comes_encrypted: bool, openid: str = OPENID) -> Envelope:
    return Envelope(ACCOUNT, openid, NOW, "text", "1", comes_encrypted, {})


@pytest.mark.parametrize("mode", MODES)
def test_the_echo_of_a_signed_query_goes_back(mode: str) -> None:
    assert envelopes(mode).verify(query(echostr="5838479218127813673")) == "5838479218127813673"


def test_an_encrypted_echo_goes_back_decrypted() -> None:
    sealed = seal("5838479218127813673")
    signs = sign(TOKEN, str(NOW), "428710", sealed)
    assert envelopes().verify(query(echostr=sealed, msg_signature=signs)) == "5838479218127813673"
    with broken("signature"):
        envelopes().verify(query(echostr=sealed, msg_signature="0" * 40))
    with broken("encrypted"):
        envelopes().verify(query(msg_signature=signs))


@pytest.mark.parametrize("missing", ["signature", "timestamp", "nonce"])
def test_nothing_is_echoed_or_read_without_a_whole_signature(missing: str) -> None:
    given_query = query(echostr="1")
    del given_query[missing]
    with broken("signature"):
        envelopes().verify(given_query)
    with broken("signature"):
        envelopes(PLAIN).read(given_query, PLAIN_BODY)


@pytest.mark.parametrize("name", ["signature", "timestamp", "nonce"])
@pytest.mark.parametrize("value", ["", "0" * 40, "1764000001", "签名", "\udcff", "\0", "x" * 9999])
def test_a_changed_signature_time_or_nonce_is_refused(name: str, value: str) -> None:
    for mode in MODES:
        with broken("signature"):
            envelopes(mode).read(query() | {name: value}, PLAIN_BODY)


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_a_time_within_the_window_is_taken(seconds: int) -> None:
    envelopes(PLAIN).read(query(NOW + seconds), PLAIN_BODY)


@pytest.mark.parametrize("seconds", [-NOW, -301, 301, 10**9])
def test_a_time_outside_the_window_is_refused(seconds: int) -> None:
    with broken("replay"):
        envelopes(PLAIN).read(query(NOW + seconds), PLAIN_BODY)
    with broken("replay"):
        envelopes(PLAIN).verify(query(NOW + seconds, echostr="1"))


def test_without_a_true_clock_any_time_is_taken_but_it_is_still_a_time() -> None:
    careless = envelopes(PLAIN, replay_seconds=0)
    careless.read(query(NOW - 10**8), PLAIN_BODY)
    for time in ("", "-1764000000", "1764000000.0", "１７６４０００００0", "9" * 400, "soon"):
        with broken("replay"):
            careless.read(query(time), PLAIN_BODY)


def test_a_body_is_at_most_64_kilobytes() -> None:
    padding = b" " * (64 * 1024 - len(PLAIN_BODY))
    envelopes(PLAIN).read(query(), PLAIN_BODY + padding)
    with broken("too_large"):  # even before its signature is looked at
        envelopes(PLAIN).read({}, PLAIN_BODY + padding + b" ")


@pytest.mark.parametrize(
    ("mode", "asked", "sent", "outcome"),
    [
        (PLAIN, "", "plain", "plain"),
        (PLAIN, "aes", "plain", "plain"),
        (PLAIN, "aes", "encrypted", "fields"),
        (PLAIN, "aes", "both", "plain"),
        (COMPATIBLE, "", "plain", "plain"),
        (COMPATIBLE, "raw", "plain", "plain"),
        (COMPATIBLE, "aes", "plain", "encrypted"),
        (COMPATIBLE, "", "encrypted", "fields"),
        (COMPATIBLE, "aes", "encrypted", "sealed"),
        (COMPATIBLE, "", "both", "plain"),
        (COMPATIBLE, "aes", "both", "sealed"),
        (SAFE, "", "plain", "mode"),
        (SAFE, "raw", "plain", "mode"),
        (SAFE, "aes", "plain", "encrypted"),
        (SAFE, "", "encrypted", "mode"),
        (SAFE, "aes", "encrypted", "sealed"),
        (SAFE, "AES", "both", "mode"),
        (SAFE, "aes", "both", "sealed"),
    ],
)
def test_each_mode_takes_its_own_bodies(mode: str, asked: str, sent: str, outcome: str) -> None:
    given_query, sealed_body = encrypted(seal(message(Content="封好的")))
    both = message(Encrypt=seal(message(Content="封好的")))
    if sent == "both":
        sealed = both.split("<Encrypt>")[1].split("</Encrypt>")[0]
        given_query, _ = encrypted(sealed)
    body = {"plain": PLAIN_BODY, "encrypted": sealed_body, "both": both.encode()}[sent]
    given_query = {**given_query, "encrypt_type": asked}
    if outcome not in {"plain", "sealed"}:
        with broken(outcome):
            envelopes(mode).read(given_query, body)
        return
    taken = envelopes(mode).read(given_query, body)
    assert taken.encrypted == (outcome == "sealed")
    assert taken.fields == {"Content": "封好的" if outcome == "sealed" else "失业金怎么领"}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("body", "reason"), list(zip(FOREIGN, ["too_large", "xml", "xml", "xml"], strict=True))
)
def test_foreign_bodies_are_refused_in_every_mode(mode: str, body: bytes, reason: str) -> None:
    with broken(reason):
        envelopes(mode).read(query(encrypt_type="aes", msg_signature="0" * 40), body)


@pytest.mark.parametrize("mode", [COMPATIBLE, SAFE])
def test_a_change_of_any_byte_of_the_ciphertext_is_refused(mode: str) -> None:
    sealed = seal(message())
    given_query, body = encrypted(sealed)
    envelopes(mode).read(given_query, body)
    start = body.index(sealed.encode())
    for at in range(start, start + len(sealed)):
        for other in (b"A", b"B"):
            changed = body[:at] + other + body[at + 1 :]
            if changed != body:
                with broken("signature"):
                    envelopes(mode).read(given_query, changed)


def test_a_wrong_key_and_a_wrong_account_are_refused_although_all_is_signed() -> None:
    for number in range(50):
        with broken("encrypted"):
            envelopes().read(*encrypted(seal(message(), key=bytes([number]) * 32)))
    with broken("app_id"):
        envelopes().read(*encrypted(seal(message(), app_id="wx0000000000000000")))


def test_without_a_key_nothing_encrypted_is_taken() -> None:
    with broken("mode"):
        envelopes(COMPATIBLE, aes_key=b"").read(*encrypted(seal(message())))
    with broken("mode"):
        envelopes(COMPATIBLE, aes_key=b"").reply(_envelope(True), "好")


def test_the_signature_of_an_overheard_message_signs_no_query() -> None:
    sealed = next(one for one in iter(lambda: seal(message()), "") if one[0].isupper())
    overheard, _ = encrypted(sealed)
    forged = overheard["nonce"] + sealed
    # Joined, the parts are the same text, so for the protocol alone this signature is right.
    assert sign(TOKEN, str(NOW), forged) == overheard["msg_signature"]
    with broken("signature"):
        envelopes(COMPATIBLE).read(
            {"signature": overheard["msg_signature"], "timestamp": str(NOW), "nonce": forged}, PLAIN_BODY
        )


def _texts(xml: bytes) -> dict[str, str]:
    assert xml.startswith(b"<xml>")
    return {element.tag: element.text or "" for element in ElementTree.fromstring(xml)}


def _legal(char: str) -> bool:
    return char in "\t\n\r" or (ord(char) in range(0x20, 0x110000) and not "\ud800" <= char <= "\udfff")


@settings(max_examples=500, deadline=None)
@given(st.text() | st.text("]>\r\n<&\0 \udcff", max_size=12), st.booleans())
def test_a_reply_says_the_text_but_for_what_xml_cannot_hold(text: str, comes_encrypted: bool) -> None:
    legal = "".join(char for char in text if _legal(char) and char not in "\ufffe\uffff")
    xml = envelopes().reply(_envelope(comes_encrypted), text)
    if comes_encrypted:
        around = _texts(xml)
        assert around["TimeStamp"] == str(NOW)
        xml = ORACLE.decrypt_message(
            xml, around["MsgSignature"], around["TimeStamp"], around["Nonce"]
        ).encode()
    assert _texts(xml) == {
        "ToUserName": OPENID,
        "FromUserName": ACCOUNT,
        "CreateTime": str(NOW),
        "MsgType": "text",
        "Content": legal.replace("\r\n", "\n").replace("\r", "\n"),  # as every XML parser does
    }
    parsed = parse_message(xml)
    assert (parsed.type, parsed.source, parsed.target) == ("text", ACCOUNT, OPENID)
    assert (parsed.content or "") == _texts(xml)["Content"].strip()


def test_no_two_encrypted_replies_share_a_nonce() -> None:
    replies = [_texts(envelopes().reply(_envelope(True), "好")) for _ in range(50)]
    assert len({reply["Nonce"] for reply in replies}) == 50


def test_a_name_cannot_leave_its_element() -> None:
    xml = envelopes().reply(_envelope(False, openid="]]><Content>x</Content>"), "好")
    assert _texts(xml)["ToUserName"] == "]]><Content>x</Content>"
    assert _texts(xml)["Content"] == "好"
