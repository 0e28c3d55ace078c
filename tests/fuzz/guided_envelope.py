"""atheris and what WeChat posts: whatever the bytes, an Envelope or Broken, in each mode.

`.tools/fuzz/bin/python -m tests.fuzz.guided_envelope -max_total_time=600`, as `make fuzz` does. The
signatures are right, so that it is the bytes that decide.
"""

from __future__ import annotations

import base64
import hashlib
import site
import sys
from datetime import datetime, timezone
from pathlib import Path
from xml.sax.saxutils import escape

import atheris

site.addsitedir(f"{sys.path[0] or '.'}/.venv/lib/python3.10/site-packages")
with atheris.instrument_imports(include=["bot.gateway.wechat.envelope", "bot.gateway.wechat.crypto"]):
    from bot.gateway.wechat.crypto import Cipher
    from bot.gateway.wechat.envelope import Broken, Envelope, Envelopes
from desk.wechat_settings import COMPATIBLE, PLAIN, SAFE, WechatSettings

_NOW, _TOKEN, _APP_ID, _KEY = 1_764_000_000, "kunming12333", "wx0123456789abcdef", bytes(range(32))
_REST = {"secret": "", "customer_service": False, "template_id": "", "links": False, "replay_seconds": 300}
_SPEECH = {"speech_url": "", "speech_token": "", "api": "http://127.0.0.1:1"}
_ACCOUNTS = [
    Envelopes(
        WechatSettings(app_id=_APP_ID, token=_TOKEN, mode=mode, aes_key=_KEY, **_REST, **_SPEECH),  # type: ignore[arg-type]
        lambda: datetime.fromtimestamp(_NOW, timezone.utc),
    )
    for mode in (PLAIN, COMPATIBLE, SAFE)
]
_CIPHER = Cipher(_KEY, _APP_ID)


def one(data: bytes) -> None:
    """Try one body: as it is, within an encrypted one, and as the ciphertext itself."""
    which, body = (data[0] if data else 0), data[1:]
    account = _ACCOUNTS[which % 3]
    if which // 3 % 3 == 0:
        _read(account, _query(), body)
    elif which // 3 % 3 == 1:
        _read(account, *_sealed(_CIPHER.encrypt(body.decode("utf-8", "replace"))))
    else:
        _read(account, *_sealed(base64.b64encode(body).decode()))


def _read(account: Envelopes, query: dict[str, str], body: bytes) -> None:
    try:
        taken = account.read(query, body)
    except Broken:
        return
    assert isinstance(taken, Envelope)
    assert account.reply(taken, taken.fields.get("Content", "好")).startswith(b"<xml>")


def _query(**more: str) -> dict[str, str]:
    signed = _signed(_TOKEN, str(_NOW), "428710")
    return {"signature": signed, "timestamp": str(_NOW), "nonce": "428710", **more}


def _sealed(encrypted: str) -> tuple[dict[str, str], bytes]:
    signs = _signed(_TOKEN, str(_NOW), "428710", encrypted)
    body = f"<xml><ToUserName>gh</ToUserName><Encrypt>{escape(encrypted)}</Encrypt></xml>"
    return _query(encrypt_type="aes", msg_signature=signs), body.encode()


def _signed(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def _seeds(folder: Path) -> Path:
    """What to begin with: a message and an event in every way that `one` tries."""
    folder.mkdir(parents=True, exist_ok=True)
    said = {
        "ToUserName": "gh",
        "FromUserName": "o-1",
        "CreateTime": str(_NOW),
        "MsgType": "text",
        "MsgId": "7",
    }
    for number, more in enumerate(
        ({"Content": "你好"}, {"MsgType": "event", "Event": "CLICK", "EventKey": "k"})
    ):
        xml = f"<xml>{''.join(f'<{name}>{text}</{name}>' for name, text in {**said, **more}.items())}</xml>"
        sealed = base64.b64decode(_CIPHER.encrypt(xml))
        for which in range(9):
            body = sealed if which // 3 == 2 else xml.encode()
            (folder / f"{number}-{which}").write_bytes(bytes([which]) + body)
    return folder


if __name__ == "__main__":
    atheris.Setup([*sys.argv, str(_seeds(Path("var/fuzz/envelope")))], one)
    atheris.Fuzz()
