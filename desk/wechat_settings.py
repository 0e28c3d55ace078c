"""The settings of the WeChat account (公众号): all of them or none, with a sentence for what is missing."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from desk.environment import flag, number

PLAIN, COMPATIBLE, SAFE = "plain", "compatible", "safe"
_MODES = (PLAIN, COMPATIBLE, SAFE)
_APP_ID = re.compile(r"wx[0-9a-f]{16}")
_TOKEN = re.compile(r"[A-Za-z0-9]{3,32}")
_TENCENT = "https://api.weixin.qq.com"
_NEEDED = ("DESK_WECHAT_APP_ID", "DESK_WECHAT_TOKEN")
_KNOWN = frozenset(
    {
        "DESK_WECHAT_APP_ID",
        "DESK_WECHAT_TOKEN",
        "DESK_WECHAT_MODE",
        "DESK_WECHAT_AES_KEY",
        "DESK_WECHAT_SECRET",
        "DESK_WECHAT_CUSTOMER_SERVICE",
        "DESK_WECHAT_TEMPLATE_ID",
        "DESK_WECHAT_LINKS",
        "DESK_WECHAT_REPLAY_SECONDS",
        "DESK_WECHAT_SPEECH_URL",
        "DESK_WECHAT_SPEECH_TOKEN",
        "DESK_WECHAT_API",
    }
)
_ADDRESS = re.compile(r"https?://[^\s/]+(?:/\S*)?")
_AN_ADDRESS = "应是 http 或 https 开头的地址"


@dataclass(frozen=True)
class WechatSettings:
    """One account. `mode` is 明文 (plain), 兼容 (compatible) or 安全 (safe), as set on the account's page.

    `aes_key`: 32 bytes, empty in 明文; `secret`: the AppSecret, empty where nothing may be sent actively;
    `customer_service`: the account may send 客服消息; `template_id`: the 模板消息 that tells of news when
    nothing else may be sent; `links`: choices are links to tap besides their numbers; `replay_seconds`:
    how far a timestamp may be off, 0 for a machine without a true clock; `speech_url`: where voice
    messages become text; `api`: another address than Tencent's, for tests.
    """

    app_id: str
    token: str = field(repr=False)
    mode: str
    aes_key: bytes = field(repr=False)
    secret: str = field(repr=False)
    customer_service: bool
    template_id: str
    links: bool
    replay_seconds: int
    speech_url: str
    speech_token: str = field(repr=False)
    api: str


def wechat_from_env(env: Mapping[str, str], faults: list[str]) -> WechatSettings | None:
    """Return the account of `DESK_WECHAT_*`; None without any of them. Adds a sentence for each fault."""
    given = {name: value for name, value in env.items() if name.startswith("DESK_WECHAT_") and value}
    if not given:
        return None
    unknown = sorted(set(given) - _KNOWN)
    faults += [f"{name}: 没有这一项设置，是不是写错了？（README“接公众号”一节）" for name in unknown]
    faults += [
        f"{name}: 接公众号要这一项，现在没有（README“接公众号”一节）" for name in _NEEDED if name not in given
    ]
    settings = WechatSettings(
        app_id=_like(given, "DESK_WECHAT_APP_ID", _APP_ID, "应是 wx 加 16 位小写十六进制", faults),
        token=_like(given, "DESK_WECHAT_TOKEN", _TOKEN, "应是 3 到 32 位英文字母或数字", faults),
        mode=_mode(given, faults),
        aes_key=_aes_key(given, faults),
        secret=given.get("DESK_WECHAT_SECRET", ""),
        customer_service=flag(given, "DESK_WECHAT_CUSTOMER_SERVICE", "0", faults),
        template_id=given.get("DESK_WECHAT_TEMPLATE_ID", ""),
        links=flag(given, "DESK_WECHAT_LINKS", "0", faults),
        replay_seconds=number(given, "DESK_WECHAT_REPLAY_SECONDS", 300, 86_400, faults),
        speech_url=_like(given, "DESK_WECHAT_SPEECH_URL", _ADDRESS, _AN_ADDRESS, faults),
        speech_token=given.get("DESK_WECHAT_SPEECH_TOKEN", ""),
        api=_like(given, "DESK_WECHAT_API", _ADDRESS, _AN_ADDRESS, faults).rstrip("/") or _TENCENT,
    )
    if settings.mode != PLAIN and "DESK_WECHAT_AES_KEY" not in given:
        faults.append("DESK_WECHAT_AES_KEY: 兼容和安全模式要 EncodingAESKey，现在没有")
    for name in ("DESK_WECHAT_CUSTOMER_SERVICE", "DESK_WECHAT_SPEECH_URL", "DESK_WECHAT_TEMPLATE_ID"):
        if given.get(name, "0") != "0" and not settings.secret:
            faults.append(f"DESK_WECHAT_SECRET: 开了 {name} 就要 AppSecret，现在没有")
    return settings


def _like(given: Mapping[str, str], name: str, pattern: re.Pattern[str], rule: str, faults: list[str]) -> str:
    text = given.get(name, "")
    if text and not pattern.fullmatch(text):
        faults.append(f"{name}: {rule}")
    return text


def _mode(given: Mapping[str, str], faults: list[str]) -> str:
    """The mode given; without one, 安全 where there is a key for it."""
    text = given.get("DESK_WECHAT_MODE", SAFE if "DESK_WECHAT_AES_KEY" in given else PLAIN)
    if text not in _MODES:
        faults.append(
            f"DESK_WECHAT_MODE: 应为 plain（明文）、compatible（兼容）、safe（安全）之一，现在是 {text!r}"
        )
    return text


def _aes_key(given: Mapping[str, str], faults: list[str]) -> bytes:
    """The 32 bytes of an EncodingAESKey, which is their base64 without the last sign."""
    text = given.get("DESK_WECHAT_AES_KEY", "")
    if not text:
        return b""
    try:
        # Not strict about the last bits: Tencent's own generator leaves them as they come.
        key = base64.b64decode(text + "=", validate=True) if len(text) == 43 else b""
    except binascii.Error:
        key = b""
    if len(key) != 32:
        faults.append("DESK_WECHAT_AES_KEY: 应是公众号后台的 EncodingAESKey，43 位英文字母或数字")
    return key
