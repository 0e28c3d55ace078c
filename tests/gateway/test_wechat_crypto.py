"""Signatures and encryption against wechatpy, both ways, and against every change of a ciphertext."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st
from wechatpy.crypto import PrpCrypto

from bot.gateway.wechat.crypto import Broken, Cipher, signature, signed
from tests.gateway.wechat_post import APP_ID, KEY, broken, seal, sign

CIPHER = Cipher(KEY, APP_ID)
# Any text that UTF-8 can hold, most of it Chinese.
TEXTS = st.text(
    st.characters(blacklist_categories=["Cs"]) | st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
)


def _sealed(content: bytes) -> str:
    """`content`, already padded, as AES alone leaves it."""
    encryptor = BlockCipher(algorithms.AES(KEY), modes.CBC(KEY[:16])).encryptor()
    return base64.b64encode(encryptor.update(content) + encryptor.finalize()).decode()


def _packed(message: bytes, length: int, app_id: bytes = APP_ID.encode()) -> bytes:
    return b"r" * 16 + length.to_bytes(4, "big") + message + app_id


def _padded(content: bytes) -> bytes:
    missing = 32 - len(content) % 32
    return content + bytes([missing]) * missing


@given(st.lists(TEXTS, max_size=5))
def test_a_signature_is_the_one_that_wechatpy_makes(parts: list[str]) -> None:
    assert signature(*parts) == sign(*parts)
    assert signed(sign(*parts), *parts)


def test_the_order_of_the_parts_does_not_matter() -> None:
    assert signature("c", "a", "b") == signature("b", "c", "a") == signature("abc")


@pytest.mark.parametrize("given_signature", ["", "0" * 40, "签名", "\udcff", "A" * 100_000])
def test_another_signature_is_refused_whatever_it_is_made_of(given_signature: str) -> None:
    assert not signed(given_signature, "token", "1764000000", "428710")


def test_a_signature_in_capitals_is_another_signature() -> None:
    assert not signed(signature("a").upper(), "a")


def test_parts_may_be_any_text() -> None:
    assert signed(signature("\udcff", "\x00", "签"), "签", "\udcff", "\x00")
    assert signature("\udcff") != signature("\udcfe")


@pytest.mark.parametrize("start", range(0, 700, 100))
def test_wechatpy_decrypts_what_we_encrypt_and_we_what_it_encrypts_at_every_length(start: int) -> None:
    for length in range(start, start + 100):
        for text in ("x" * length, ("五华区失业金" * 120)[:length]):
            assert PrpCrypto(KEY).decrypt(CIPHER.encrypt(text), APP_ID) == text
            assert CIPHER.decrypt(seal(text)) == text


@settings(max_examples=500, deadline=None)
@given(TEXTS)
def test_wechatpy_and_we_agree_on_any_text(text: str) -> None:
    assert PrpCrypto(KEY).decrypt(CIPHER.encrypt(text), APP_ID) == text
    assert CIPHER.decrypt(seal(text)) == text


def test_the_same_message_never_looks_the_same() -> None:
    assert len({CIPHER.encrypt("你好") for _ in range(100)}) == 100


def test_a_message_for_another_account_is_refused() -> None:
    for app_id in ("wx0123456789abcdee", "", APP_ID + "0", APP_ID[:-1], "微信"):
        with broken("app_id"):
            CIPHER.decrypt(seal("你好", app_id=app_id))


def test_a_message_under_another_key_is_refused() -> None:
    for number in range(200):
        with pytest.raises(Broken):
            CIPHER.decrypt(seal("你好", key=bytes([number]) * 32))


@pytest.mark.parametrize(
    "junk", ["", "=", "abc", "!!!!", "中文", "\udcff", "QUJD", "A" * 64, "A" * 65, "\x00", " "]
)
def test_what_is_no_ciphertext_is_refused(junk: str) -> None:
    with broken("encrypted"):
        CIPHER.decrypt(junk)


def test_base64_with_anything_else_in_it_is_refused() -> None:
    sealed = CIPHER.encrypt("你好")
    for changed in (
        sealed + "\n",
        " " + sealed,
        sealed[:8] + "\n" + sealed[8:],
        sealed + "!",
        sealed + "====",
    ):
        with broken("encrypted"):
            CIPHER.decrypt(changed)


def test_every_byte_of_the_padding_is_looked_at() -> None:
    whole = _padded(_packed(b"hello", 5))
    assert CIPHER.decrypt(_sealed(whole)) == "hello"
    missing = whole[-1]
    assert missing > 8
    for back in range(1, missing + 1):
        changed = bytearray(whole)
        changed[-back] ^= 0x40
        with broken("encrypted"):
            CIPHER.decrypt(_sealed(bytes(changed)))


@pytest.mark.parametrize("padding", [0, 33, 64, 255])
def test_no_padding_but_1_to_32_is_taken(padding: int) -> None:
    content = _packed(b"x" * 300, 300)
    content += b"\0" * (-len(content) % 32)
    with broken("encrypted"):
        CIPHER.decrypt(_sealed(content + bytes([padding]) * 256))


def test_padding_to_16_bytes_is_not_wechats() -> None:
    content = _packed(b"x" * 4, 4)
    assert len(content) == 42
    with broken("encrypted"):
        CIPHER.decrypt(_sealed(content + b"\6" * 6))


@pytest.mark.parametrize("length", [2**32 - 1, 2**31, 24, 1000])
def test_a_length_beyond_the_content_is_refused(length: int) -> None:
    with broken("encrypted"):
        CIPHER.decrypt(_sealed(_padded(_packed(b"hello", length))))


@pytest.mark.parametrize("length", [0, 4, 6, 23])
def test_a_wrong_length_within_the_content_leaves_a_wrong_app_id(length: int) -> None:
    with broken("app_id"):
        CIPHER.decrypt(_sealed(_padded(_packed(b"hello", length))))


@pytest.mark.parametrize("content", [b"", b"r" * 16, b"r" * 16 + b"\0\0\0", b"r" * 19])
def test_a_content_too_short_for_its_length_is_refused(content: bytes) -> None:
    with broken("encrypted"):
        CIPHER.decrypt(_sealed(_padded(content)))


def test_a_message_that_is_not_utf8_is_refused() -> None:
    with broken("encrypted"):
        CIPHER.decrypt(_sealed(_padded(_packed(b"\xff\xfe", 2))))


def test_a_changed_ciphertext_never_gives_the_same_message() -> None:
    # But it may give another one: that is why `Envelopes.read` looks at the signature first.
    text = "<xml>" + "shiyebaoxianjin" * 12 + "</xml>"
    raw = base64.b64decode(CIPHER.encrypt(text))
    refused = passed = 0
    for at in range(len(raw)):
        for flip in (0x01, 0x80):
            changed = bytearray(raw)
            changed[at] ^= flip
            try:
                assert CIPHER.decrypt(base64.b64encode(changed).decode()) != text
                passed += 1
            except Broken:
                refused += 1
    assert refused > passed > 0


@settings(max_examples=2000, deadline=None)
@given(st.binary(max_size=256).map(lambda raw: base64.b64encode(raw).decode()) | st.text(max_size=100))
def test_nothing_but_broken_comes_of_anything(encrypted: str) -> None:
    with pytest.raises(Broken):
        CIPHER.decrypt(encrypted)
