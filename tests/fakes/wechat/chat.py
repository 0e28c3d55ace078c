"""The chats of two people with the account, as their phones show them."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from tests.fakes.wechat.delivery import UNAVAILABLE, Delivered

# Names for the page, openids as long as real ones.
PEOPLE = {
    "oFakePersonWang000000000001w": "小王",
    "oFakePersonLi00000000000002l": "老李",
}
ME, EVENT, ACCOUNT, NOTICE = "me", "event", "account", "notice"
_SENDING, _ANSWERED, _SILENT, _FAILED = "sending", "answered", "silent", "failed"


@dataclass
class Entry:
    """One line of a chat. `side` is who it comes from; `state` and `note` tell how its delivery went."""

    openid: str
    side: str
    text: str
    at: str
    state: str = ""
    note: str = ""


class Chat:
    """Everything that was said; safe to use from several threads."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._strangers: set[str] = set()
        self._seen = 0
        self._lock = threading.Lock()

    def of(self, openid: str) -> list[dict[str, Any]]:
        """The lines of one person's chat in order, for JSON."""
        with self._lock:
            return [asdict(entry) for entry in self._entries if entry.openid == openid]

    def follows(self, openid: str) -> bool:
        """Say whether the person follows the account; everybody does at first."""
        return openid not in self._strangers

    def sending(self, openid: str, kind: str, text: str) -> Entry:
        """Write down what a person does; what was said stands on their side, an event in the middle."""
        if kind == "subscribe":
            self._strangers.discard(openid)
        if kind == "unsubscribe":
            self._strangers.add(openid)
        side = EVENT if kind in {"subscribe", "unsubscribe", "scan", "menu"} else ME
        return self._add(openid, side, text, _SENDING, "投递中…")

    def came_of(self, entry: Entry, delivered: Delivered) -> None:
        """Write down how a delivery ended, and the reply or the notice that the person sees."""
        if self.follows(entry.openid):  # the account can say nothing to who has left
            if delivered.unavailable:
                self._add(entry.openid, NOTICE, UNAVAILABLE)
            elif delivered.text is not None:
                self._add(entry.openid, ACCOUNT, delivered.text)
        # Last, so that who sees that the delivery has ended sees all of it.
        entry.state, entry.note = _told(delivered)

    def take_in(self, sent: list[dict[str, Any]]) -> None:
        """Show what the account sent actively; `sent` is all of it since the beginning, as posted."""
        with self._lock:
            new, self._seen = sent[self._seen :], len(sent)
        for message in new:
            label = "模板消息" if "template_id" in message else "客服消息"
            self._add(str(message.get("touser", "")), ACCOUNT, _words(message), note=label)

    def _add(self, openid: str, side: str, text: str, state: str = "", note: str = "") -> Entry:
        entry = Entry(openid, side, text, datetime.now().strftime("%H:%M:%S"), state, note)
        with self._lock:
            self._entries.append(entry)
        return entry


def _told(delivered: Delivered) -> tuple[str, str]:
    once = f"第{delivered.tries}次投递 · {delivered.milliseconds} 毫秒"
    if delivered.unavailable:
        return _FAILED, f"服务出现故障 · {once} · {delivered.reason}"
    if delivered.text is None:
        return _SILENT, f"无回复（success） · {once}"
    return _ANSWERED, f"已回复 · {once}"


def _words(message: Mapping[str, Any]) -> str:
    """The text of a customer-service message, or the lines of a template message."""
    if message.get("msgtype") == "text":
        return str(message["text"]["content"])
    if "template_id" in message:
        values = [f"{name}：{field['value']}" for name, field in message.get("data", {}).items()]
        return "\n".join([*values, *filter(None, [message.get("url")])])
    return json.dumps(message, ensure_ascii=False)
