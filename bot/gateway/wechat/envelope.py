"""What WeChat posts, checked and read, and the text that goes back in the same connection."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from bot.gateway.wechat.crypto import Broken, Cipher, signature, signed
from desk.sealing import Key
from desk.wechat_settings import PLAIN, SAFE, WechatSettings

__all__ = ["Broken", "Envelope", "Envelopes"]

_LARGEST_BODY = 64 * 1024  # bytes
_LONGEST_VALUE = 20_000
_LONGEST_NONCE = 64
_DEEPEST = 8  # levels of elements; SendPicsInfo has five
_TIMESTAMP = re.compile("[0-9]{10}")
_SECONDS = re.compile("[0-9]{1,10}")
_MESSAGE_ID = re.compile("[0-9]{1,32}")
_NAME = re.compile("[!-~]{1,64}")
# Said of the message itself, so never taken from within another element.
_OWN = {"ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId", "MsgID", "Event", "EventKey"}
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0


@dataclass(frozen=True)
class Envelope:
    """One message or event that WeChat posted.

    `account`: ToUserName, the gh id; `openid`: FromUserName; `created_at`: seconds since 1970 as WeChat
    says; `kind`: MsgType in lower case, "event" for events; `message_id`: MsgId, empty for events;
    `encrypted`: it came encrypted, so the reply goes encrypted. `fields`: every other element by its
    name, with the text as it came; those within ScanCodeInfo, SendLocationInfo and their like too.
    """

    account: str
    openid: str = field(repr=False)
    created_at: int
    kind: str
    message_id: str
    encrypted: bool
    fields: Mapping[str, str] = field(repr=False)

    @property
    def event(self) -> str:
        """What happened, in lower case (subscribe, scan, click ...); empty for a message."""
        return self.fields.get("Event", "").lower() if self.kind == "event" else ""

    @property
    def event_key(self) -> str:
        """The key of the menu or the scene of the QR code; empty where the event has none."""
        return self.fields.get("EventKey", "")

    def key(self, secret: Key) -> str:
        """Return the same 51 characters for every delivery of this; the openid cannot be read from them."""
        parts = ["message", self.openid, self.message_id]
        if not self.message_id:
            parts = ["event", self.openid, str(self.created_at), self.event, self.event_key]
        # Lengths go in as well, so that no two events run into the same text.
        measured = "".join(f"{len(part)}:{part}" for part in parts)
        return "wechat:" + secret.mac(measured)[:48]


class Envelopes:
    """Opens what comes for one account and closes what goes back, in the mode the account is set to."""

    def __init__(self, settings: WechatSettings, now: Callable[[], datetime]) -> None:
        """Take the account and a clock; `now` returns an aware time."""
        self._settings = settings
        self._now = now
        self._cipher = Cipher(settings.aes_key, settings.app_id) if settings.aes_key else None

    def verify(self, query: Mapping[str, str]) -> str:
        """Return the echostr that shows WeChat that this is the account's server. Raises Broken."""
        self._check(query)
        echo = query.get("echostr", "")
        # 公众号 sends it plain in every mode; platforms that speak for one may send it encrypted.
        return self._decrypted(query, echo) if self._cipher and "msg_signature" in query else echo

    def read(self, query: Mapping[str, str], body: bytes) -> Envelope:
        """Return what was posted. Raises Broken, and nothing else, whatever comes."""
        if len(body) > _LARGEST_BODY:
            raise Broken("too_large")
        self._check(query)
        encrypted = self._comes_encrypted(query)
        try:
            xml = body.decode()
        except UnicodeDecodeError:
            raise Broken("xml") from None  # the error holds the body
        if encrypted:
            xml = self._decrypted(query, _texts(_root(xml)).get("Encrypt", ""))
        return _envelope(_root(xml), encrypted)

    def reply(self, envelope: Envelope, text: str) -> bytes:
        """Return the XML that answers with `text`, encrypted if `envelope` was. Raises Broken "mode".

        What XML cannot hold (control characters, halves of surrogate pairs) is left out of the text.
        """
        now = int(self._now().timestamp())
        xml = _xml(
            ToUserName=envelope.openid,
            FromUserName=envelope.account,
            CreateTime=now,
            MsgType="text",
            Content=text,
        )
        if envelope.encrypted:
            encrypted, nonce = self._keyed().encrypt(xml), str(secrets.randbelow(10**10))
            signs = signature(self._settings.token, str(now), nonce, encrypted)
            xml = _xml(Encrypt=encrypted, MsgSignature=signs, TimeStamp=now, Nonce=nonce)
        return xml.encode()

    def _check(self, query: Mapping[str, str]) -> None:
        """Raise Broken unless the query is signed with the account's token and of these minutes."""
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        # What is signed has no borders between its parts. A longer nonce could hold the Encrypt of an
        # overheard message, and its msg_signature would then sign a query that WeChat never sent.
        if len(nonce) > _LONGEST_NONCE:
            raise Broken("signature")
        if not signed(query.get("signature", ""), self._settings.token, timestamp, nonce):
            raise Broken("signature")
        if not _TIMESTAMP.fullmatch(timestamp):
            raise Broken("replay")
        window = self._settings.replay_seconds
        if window and abs(self._now().timestamp() - int(timestamp)) > window:
            raise Broken("replay")

    def _comes_encrypted(self, query: Mapping[str, str]) -> bool:
        asked = query.get("encrypt_type", "") == "aes"
        if self._settings.mode == SAFE and not asked:
            raise Broken("mode")
        return asked and self._settings.mode != PLAIN

    def _decrypted(self, query: Mapping[str, str], encrypted: str) -> str:
        if not encrypted:
            raise Broken("encrypted")
        parts = (self._settings.token, query.get("timestamp", ""), query.get("nonce", ""), encrypted)
        if not signed(query.get("msg_signature", ""), *parts):
            raise Broken("signature")
        return self._keyed().decrypt(encrypted)

    def _keyed(self) -> Cipher:
        if self._cipher is None:
            raise Broken("mode")
        return self._cipher


def _root(xml: str) -> Element:
    """The element `xml`, with no name twice right below it."""
    # None of the parser's errors goes along: they quote what they do not like.
    try:
        root: Element = fromstring(xml, forbid_dtd=True)
    except DefusedXmlException:
        raise Broken("doctype") from None
    except ParseError:
        raise Broken("xml") from None
    if root.tag != "xml":
        raise Broken("xml")
    # Of two with one name, another reader might take the other.
    if len({element.tag for element in root}) < len(root) or _deeper(root, _DEEPEST):
        raise Broken("fields")
    return root


def _deeper(element: Element, levels: int) -> bool:
    return levels == 0 or any(_deeper(child, levels - 1) for child in element)


def _texts(elements: Iterable[Element]) -> dict[str, str]:
    """The texts of those elements that hold no others, by name."""
    return {element.tag: element.text or "" for element in elements if not len(element)}


def _envelope(root: Element, encrypted: bool) -> Envelope:
    values = _texts(root)
    values.pop("Encrypt", None)  # 兼容 mode sends both; where this is read, the plain one counts
    account, openid = (_take(values, name, _NAME) for name in ("ToUserName", "FromUserName"))
    created_at = int(_take(values, "CreateTime", _SECONDS))
    kind = _take(values, "MsgType", _NAME).lower()
    message_id = ""
    if kind != "event":
        message_id = _take(values, "MsgId" if "MsgId" in values else "MsgID", _MESSAGE_ID)
    elif not _NAME.fullmatch(values.get("Event", "")):
        raise Broken("fields")
    fields = _texts(child for element in root for child in element if child.tag not in _OWN) | values
    if any(len(text) > _LONGEST_VALUE for text in fields.values()):
        raise Broken("fields")
    return Envelope(account, openid, created_at, kind, message_id, encrypted, fields)


def _take(values: dict[str, str], name: str, pattern: re.Pattern[str]) -> str:
    """Take a value out of `values`; Broken if it is missing or not of this pattern."""
    text = values.pop(name, "")
    if not pattern.fullmatch(text):
        raise Broken("fields")
    return text


def _xml(**elements: str | int) -> str:
    inner = "".join(f"<{name}>{_content(value)}</{name}>" for name, value in elements.items())
    return f"<xml>{inner}</xml>"


def _content(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    legal = _ILLEGAL.sub("", value).replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{legal}]]>"
