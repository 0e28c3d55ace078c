"""What people do in a chat, as the XML that WeChat makes of it before it signs and encrypts anything."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count

Value = str | int | Mapping[str, str]
_UNSENT = ""


@dataclass(frozen=True)
class Packet:
    """One message or event of one person, as it stays over all its deliveries.

    `kind` is the MsgType, of an event its Event; `message_id` is empty for an event, which has none.
    """

    openid: str
    kind: str
    message_id: str
    xml: str


class Packets:
    """Makes the packets of one account, whose original id (`gh_…`) is `original_id`.

    `clock` gives CreateTime in seconds since 1970; a test may set it, for example to make two events within
    one second or a packet of yesterday.
    """

    def __init__(self, original_id: str) -> None:
        self.original_id = original_id
        self.clock: Callable[[], float] = time.time
        # Over 2**62, as real ones are: who reads them as floating-point numbers mixes them up.
        self._ids = count((1 << 62) + secrets.randbits(61))

    def message(self, openid: str, kind: str, **fields: Value) -> Packet:
        """Any message: the common fields, a MsgId of its own, and `fields` under their names in the XML."""
        message_id = str(next(self._ids))
        return self._packet(openid, kind, message_id, {"MsgType": kind, **fields, "MsgId": int(message_id)})

    def event(self, openid: str, name: str, **fields: Value) -> Packet:
        """Any event: the common fields, no MsgId, and `fields` under their names in the XML."""
        return self._packet(openid, name, _UNSENT, {"MsgType": "event", "Event": name, **fields})

    def text(self, openid: str, content: str, menu_id: str = "") -> Packet:
        """What was typed, or with `menu_id` the option that was tapped in a text of the account."""
        chosen = {"bizmsgmenuid": menu_id} if menu_id else {}
        return self.message(openid, "text", Content=content, **chosen)

    def image(self, openid: str) -> Packet:
        """A picture."""
        media_id = _media_id()
        return self.message(openid, "image", PicUrl=f"http://mmbiz.example/{media_id}/0", MediaId=media_id)

    def voice(self, openid: str, recognition: str | None = None, form: str = "amr") -> Packet:
        """A voice message; `recognition` None leaves the field out, "" is what WeChat sends nowadays."""
        heard = {} if recognition is None else {"Recognition": recognition}
        return self.message(openid, "voice", MediaId=_media_id(), Format=form, **heard)

    def video(self, openid: str) -> Packet:
        """A video from the album."""
        return self.message(openid, "video", MediaId=_media_id(), ThumbMediaId=_media_id())

    def short_video(self, openid: str) -> Packet:
        """A video made in the chat."""
        return self.message(openid, "shortvideo", MediaId=_media_id(), ThumbMediaId=_media_id())

    def location(self, openid: str, latitude: float, longitude: float, label: str | None = None) -> Packet:
        """A place on the map, in degrees; None leaves the label out."""
        named = {} if label is None else {"Label": label}
        where = _coordinates(latitude, longitude)
        return self.message(openid, "location", **where, Scale=16, **named)

    def link(self, openid: str, title: str, url: str, description: str = "") -> Packet:
        """An article that was passed on."""
        return self.message(openid, "link", Title=title, Description=description, Url=url)

    def unknown_message(self, openid: str) -> Packet:
        """A kind of message that nobody has heard of yet."""
        return self.message(openid, "hologram", MediaId=_media_id())

    def subscribe(self, openid: str, scene: str = "") -> Packet:
        """Followed the account; with `scene` by a QR code of that scene."""
        return self.event(openid, "subscribe", **_scanned(f"qrscene_{scene}" if scene else ""))

    def unsubscribe(self, openid: str) -> Packet:
        """Does not follow the account any more."""
        return self.event(openid, "unsubscribe", EventKey="")

    def scan(self, openid: str, scene: str) -> Packet:
        """A follower scanned the QR code of a scene."""
        return self.event(openid, "SCAN", **_scanned(scene))

    def reported_location(self, openid: str, latitude: float, longitude: float) -> Packet:
        """The event LOCATION: the phone tells where it is, unasked."""
        where = {"Latitude": f"{latitude:.6f}", "Longitude": f"{longitude:.6f}", "Precision": "40.000000"}
        return self.event(openid, "LOCATION", **where)

    def click(self, openid: str, key: str) -> Packet:
        """Tapped a menu entry with a key."""
        return self.event(openid, "CLICK", EventKey=key)

    def view(self, openid: str, url: str) -> Packet:
        """Tapped a menu entry that opens a page."""
        return self.event(openid, "VIEW", EventKey=url, MenuId=428_000_001)

    def scancode(self, openid: str, key: str, result: str, wait: bool = False) -> Packet:
        """Scanned a code from the menu: scancode_push, or scancode_waitmsg for who waits for a word."""
        scanned = {"ScanType": "qrcode", "ScanResult": result}
        name = "scancode_waitmsg" if wait else "scancode_push"
        return self.event(openid, name, EventKey=key, ScanCodeInfo=scanned)

    def location_select(
        self, openid: str, key: str, latitude: float, longitude: float, label: str = "", place: str = ""
    ) -> Packet:
        """Chose a place from the menu, in degrees; `place` is the name of what stands there."""
        where = _coordinates(latitude, longitude)
        chosen = {**where, "Scale": "16", "Label": label, "Poiname": place}
        return self.event(openid, "location_select", EventKey=key, SendLocationInfo=chosen)

    def template_sent(self, openid: str, template_message_id: int, status: str = "success") -> Packet:
        """The event TEMPLATESENDJOBFINISH: what became of a template message."""
        return self.event(openid, "TEMPLATESENDJOBFINISH", MsgID=template_message_id, Status=status)

    def agent_session(self, openid: str) -> Packet:
        """The event kf_create_session: an agent of WeChat's own customer service took over."""
        return self.event(openid, "kf_create_session", KfAccount=f"agent@{self.original_id}")

    def unknown_event(self, openid: str) -> Packet:
        """An event that nobody has heard of yet."""
        return self.event(openid, "waved_hand", EventKey="")

    def _packet(self, openid: str, kind: str, message_id: str, fields: Mapping[str, Value]) -> Packet:
        parties = {"ToUserName": self.original_id, "FromUserName": openid}
        xml = to_xml({**parties, "CreateTime": int(self.clock()), **fields})
        return Packet(openid, kind, message_id, xml)


def to_xml(fields: Mapping[str, Value]) -> str:
    """Write fields as WeChat does: text as CDATA, numbers bare, one element a line."""
    lines = "\n".join(f"<{name}>{_written(value)}</{name}>" for name, value in fields.items())
    return f"<xml>{lines}\n</xml>"


def _written(value: Value) -> str:
    if isinstance(value, Mapping):
        return "".join(f"<{name}>{_written(inner)}</{name}>" for name, inner in value.items())
    if isinstance(value, int):
        return str(value)
    return "<![CDATA[" + value.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def _coordinates(latitude: float, longitude: float) -> dict[str, str]:
    return {"Location_X": f"{latitude:.6f}", "Location_Y": f"{longitude:.6f}"}


def _scanned(key: str) -> dict[str, Value]:
    return {"EventKey": key, "Ticket": f"ticket-{_media_id()}"} if key else {"EventKey": ""}


def _media_id() -> str:
    return secrets.token_urlsafe(48)
