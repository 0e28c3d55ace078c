"""What each kind of message and event means: words for the assistant, an answer of our own, or nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.gateway.opening import opening
from bot.gateway.wechat.envelope import Envelope
from bot.gateway.wechat.menu import Menu
from desk.buttons import button
from desk.offices import NoOffice, Offices
from desk.offices import Unknown as NowhereNamed
from desk.present import all_offices_body, office_body
from desk.text import plain

_QR = "qrscene_"
_PHOTO = (
    "照片和视频我看不了，也没有保存。请勿发送身份证、社保卡、银行卡的照片。\n"
    "请用文字说一句您想问的，例如：领失业金要带什么材料？"
)
_LINK = "我打不开链接，也没有保存它的内容。请用文字说一句您想问的。"
_FILE = "您发来的内容我看不了，也没有保存。请勿发送证件。请用文字说一句您想问的。"
_SYMBOLS = "只收到了表情，看不出您想问什么。请用文字说一句，例如：领失业金要带什么材料？"
# How WeChat writes what it cannot hand on, and its own little pictures: /:rose, /::), [微笑].
_UNSUPPORTED = "收到不支持的消息类型"
_PICTURE = re.compile(r"/:[!-~]{1,10}|\[(?:[\u4e00-\u9fff]{1,4}|[A-Z][A-Za-z]{1,12})\]")
_NO_SPEECH = "语音我听不了。请打字，或者用键盘上的话筒说话，它会变成文字再发给我。\n着急的话请拨打 12333。"
_NO_WORDS = "没有收到文字。请写下您想问的，例如：领失业金要带什么材料？"


@dataclass(frozen=True)
class Said:
    """Words, or a pressed button, that the assistant is to answer; `shown` is what the log says."""

    shown: str
    payload: str | None = None


@dataclass(frozen=True)
class Told:
    """Something that is answered here at once, with what the log says of it."""

    shown: str
    body: dict[str, Any]


@dataclass(frozen=True)
class Unknown:
    """A kind that WeChat has invented since; `told` is what a person hears who sent something of it."""

    told: Told | None


Meaning = Said | Told | Unknown | None


class Reader:
    """Reads envelopes. `heard` turns the words of a voice message into what was meant."""

    def __init__(self, menu: Menu, offices: Offices) -> None:
        self._menu = menu
        self._offices = offices

    def meaning(self, envelope: Envelope) -> Meaning:
        """Return what is to be done with a message; None when nothing is."""
        if envelope.kind != "event":
            reader = _MESSAGES.get(envelope.kind)
        elif envelope.event in _SILENT:
            return None
        else:
            reader = _EVENTS.get(envelope.event)
        if reader:
            return reader(self, envelope)
        sent = envelope.kind != "event"
        return Unknown(Told("（发来看不了的内容，没有保存）", {"text": _FILE}) if sent else None)

    def spoken(self, text: str) -> Meaning:
        """Return what is to be done with the words of a voice message; none were understood if empty."""
        words = plain(text).rstrip("。")
        return Said(words) if words else Told("（发来语音，没有听出来）", {"text": _NO_SPEECH})

    def _text(self, envelope: Envelope) -> Meaning:
        words = plain(envelope.fields.get("Content", ""))
        if _UNSUPPORTED in words and len(words) < 40:
            return Told("（发来看不了的内容，没有保存）", {"text": _FILE})
        if words and not _PICTURE.sub("", words).strip():
            return Told("（发来表情）", {"text": _SYMBOLS})
        return Said(words) if words else Told("（没有文字）", {"text": _NO_WORDS})

    def _voice(self, envelope: Envelope) -> Meaning:
        return self.spoken(envelope.fields.get("Recognition", ""))

    def _photo(self, _envelope: Envelope) -> Meaning:
        return Told("（发来照片或视频，没有保存）", {"text": _PHOTO})

    def _link(self, _envelope: Envelope) -> Meaning:
        return Told("（发来链接）", {"text": _LINK})

    def _file(self, _envelope: Envelope) -> Meaning:
        return Told("（发来文件，没有保存）", {"text": _FILE})

    def _place(self, envelope: Envelope) -> Meaning:
        """The office of an address within reach; of bare coordinates the nearest districts to choose from."""
        label, point = plain(envelope.fields.get("Label", "")), _point(envelope.fields)
        near = self._offices.office_near(*point) if point else NowhereNamed("", "")
        named = label and not isinstance(self._offices.office_for(label), NowhereNamed)
        if named and not isinstance(near, NoOffice):
            return Said(f"（发来位置）{label}", button("", "office", value=label)["payload"])
        everywhere = isinstance(near, NowhereNamed)
        body = all_offices_body(self._offices.all()) if everywhere else office_body(near)
        return Told("（发来位置）", body)

    def _followed(self, envelope: Envelope) -> Meaning:
        return self._choice(envelope.event_key.removeprefix(_QR), "（关注了公众号）")

    def _scanned(self, envelope: Envelope) -> Meaning:
        return self._choice(envelope.event_key, "（扫了二维码）")

    def _clicked(self, envelope: Envelope) -> Meaning:
        return self._choice(envelope.event_key, "（点了菜单）")

    def _choice(self, key: str, otherwise: str) -> Meaning:
        """A key of the menu, tapped or behind a QR code; without one the first words of a conversation."""
        payload = self._menu.payload(key)
        return Said(self._menu.title(key) or key, payload) if payload else Told(otherwise, opening())


def _point(fields: Mapping[str, str]) -> tuple[float, float] | None:
    """Latitude and longitude in degrees, as WeChat calls them X and Y; None when they are no numbers."""
    try:
        point = float(fields["Location_X"]), float(fields["Location_Y"])
    except (KeyError, ValueError):
        return None
    return point if all(map(math.isfinite, point)) else None


_Meant = Callable[[Reader, Envelope], Meaning]
_MESSAGES: Mapping[str, _Meant] = {
    "text": Reader._text,
    "voice": Reader._voice,
    "image": Reader._photo,
    "video": Reader._photo,
    "shortvideo": Reader._photo,
    "link": Reader._link,
    "file": Reader._file,
    "location": Reader._place,
}
_EVENTS: Mapping[str, _Meant] = {
    "subscribe": Reader._followed,
    "scan": Reader._scanned,
    "click": Reader._clicked,
    "location_select": Reader._place,
}
# They tell us nothing that a person wants answered.
_SILENT = frozenset(
    {
        "view",
        "view_miniprogram",
        "location",
        "masssendjobfinish",
        "scancode_push",
        "scancode_waitmsg",
        "pic_sysphoto",
        "pic_photo_or_album",
        "pic_weixin",
        "kf_create_session",
        "kf_close_session",
        "kf_switch_session",
        "subscribe_msg_popup_event",
        "subscribe_msg_sent_event",
        "subscribe_msg_change_event",
    }
)
