"""What WeChat posts, signed and encrypted by wechatpy: by other people's reading of the same protocol."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any
from xml.sax.saxutils import escape

import pytest
from wechatpy.crypto import PrpCrypto
from wechatpy.utils import WeChatSigner

from bot.gateway.wechat.envelope import Broken, Envelope, Envelopes
from desk.wechat_settings import COMPATIBLE, PLAIN, SAFE, WechatSettings

MODES = (PLAIN, COMPATIBLE, SAFE)
TOKEN = "kunming12333"
APP_ID = "wx0123456789abcdef"
KEY = bytes(range(100, 132))
ENCODING_KEY = base64.b64encode(KEY).decode()[:43]
NOW = 1_764_000_000
OPENID = "oDemo-follower_01"
ACCOUNT = "gh_demo"


def account(mode: str = SAFE, aes_key: bytes = KEY, replay_seconds: int = 300) -> WechatSettings:
    """The account as its settings have it."""
    return WechatSettings(
        app_id=APP_ID,
        token=TOKEN,
        mode=mode,
        aes_key=aes_key,
        secret="",
        customer_service=False,
        template_id="",
        links=False,
        replay_seconds=replay_seconds,
        speech_url="",
        speech_token="",
        api="http://127.0.0.1:1",
    )


def envelopes(mode: str = SAFE, aes_key: bytes = KEY, replay_seconds: int = 300) -> Envelopes:
    """What opens and closes the messages of that account, with a clock that stands at NOW."""
    return Envelopes(
        account(mode, aes_key, replay_seconds), lambda: datetime.fromtimestamp(NOW, timezone.utc)
    )


def sign(*parts: str) -> str:
    """WeChat's signature as wechatpy makes it."""
    signer = WeChatSigner()
    signer.add_data(*parts)
    return str(signer.signature)


def query(at: int | str = NOW, nonce: str = "428710", **more: str) -> dict[str, str]:
    """The query of a post in 明文, signed."""
    return {"signature": sign(TOKEN, str(at), nonce), "timestamp": str(at), "nonce": nonce, **more}


def seal(xml: str, key: bytes = KEY, app_id: str = APP_ID) -> str:
    """`xml` as wechatpy encrypts it."""
    return bytes(PrpCrypto(key).encrypt(xml, app_id)).decode()


def encrypted(sealed: str, at: int = NOW) -> tuple[dict[str, str], bytes]:
    """Query and body of a post that holds `sealed`, all signatures right."""
    signs = sign(TOKEN, str(at), "428710", sealed)
    body = f"<xml><ToUserName>{ACCOUNT}</ToUserName><Encrypt>{escape(sealed)}</Encrypt></xml>"
    return query(at, encrypt_type="aes", msg_signature=signs), body.encode()


def message(without: str = "", **elements: str) -> str:
    """The XML of a text message; `elements` change or add to it, `without` leaves one out."""
    said = {
        "ToUserName": ACCOUNT,
        "FromUserName": OPENID,
        "CreateTime": str(NOW),
        "MsgType": "text",
        "Content": "失业金怎么领",
        "MsgId": "23456789012345678",
    }
    said |= elements
    return _xml({name: text for name, text in said.items() if name != without})


def event(name: str, **elements: str) -> str:
    """The XML of an event."""
    return message("MsgId", **{"MsgType": "event", "Event": name, **elements}).replace(
        "<Content>失业金怎么领</Content>", ""
    )


def with_inner(xml: str, inner: str) -> str:
    """`xml` with further markup at its end."""
    return xml.replace("</xml>", inner + "</xml>")


def read(xml: str) -> Envelope:
    """What is read of `xml` posted in 安全."""
    return envelopes().read(*encrypted(seal(xml)))


@contextmanager
def broken(reason: str) -> Iterator[None]:
    """Expect Broken for this reason, with nothing but the reason in whatever a log would print."""
    with pytest.raises(Broken) as caught:
        yield
    assert (caught.value.reason, str(caught.value)) == (reason, reason)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def _xml(elements: Mapping[str, Any]) -> str:
    return "<xml>" + "".join(f"<{name}>{escape(text)}</{name}>" for name, text in elements.items()) + "</xml>"
