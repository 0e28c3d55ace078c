"""Two people's phones and the servers of WeChat between them and the webhook of one account."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any, Protocol

from tests.fakes.wechat.account import MODES, FakeAccount
from tests.fakes.wechat.chat import PEOPLE, Chat, Entry
from tests.fakes.wechat.delivery import deliver, direct_session
from tests.fakes.wechat.packets import Packet
from tests.fakes.wechat.wishes import Wish, fulfil

_USUAL_PATIENCE, _SHORT_PATIENCE = 5.0, 1.0  # seconds
# How many customer-service messages a person may get, and for how long, after writing and after an event.
_AFTER_MESSAGE = 5, timedelta(hours=48)
_AFTER_EVENT = 3, timedelta(minutes=1)
_INVITING = {"subscribe", "SCAN", "CLICK"}
Answer = tuple[int, str, bytes]  # status, content type, body


class Api(Protocol):
    """The fake api.weixin.qq.com: where it listens, every message that it took, and the published menu."""

    sent: list[dict[str, Any]]
    menu: dict[str, Any] | None

    @property
    def url(self) -> str:
        """Its address, without a path."""

    def allow(self, openid: str, count: int, lasting: timedelta) -> None:
        """From now on `openid` may get `count` customer-service messages, for so long."""


class Phones:
    """What the page shows and does, and what the product's calls of `/cgi-bin/` reach.

    `url`: where WeChat is for both of them; `verified`: the webhook has echoed; `slow`: hang up after 1 s
    instead of 5.
    """

    def __init__(self, account: FakeAccount, webhook: str, api: Api, secret: str, url: str) -> None:
        self.account = account
        self.webhook = webhook
        self.url = url
        self.chat = Chat()
        self.verified, self.slow = False, False
        self._wrote: set[str] = set()
        self._api = api
        self._secret = secret

    @property
    def start_line(self) -> str:
        """The shell line that starts the product against this WeChat, in the mode chosen now."""
        settings = {
            "APP_ID": self.account.app_id,
            "TOKEN": self.account.token,
            "MODE": self.account.mode,
            "AES_KEY": self.account.aes_key,
            "SECRET": self._secret,
            "CUSTOMER_SERVICE": "1",
            "API": self.url,
        }
        return " ".join(f"DESK_WECHAT_{name}={value}" for name, value in settings.items()) + " make run"

    def state(self, openid: str) -> dict[str, Any]:
        """Everything that the page of one person shows."""
        self.chat.take_in(self._api.sent)
        people = [{"openid": key, "name": name} for key, name in PEOPLE.items()]
        return {
            "webhook": self.webhook,
            "verified": self.verified,
            "mode": self.account.mode,
            "slow": self.slow,
            "start": self.start_line,
            "menu": self._api.menu,
            "people": people,
            "follows": self.chat.follows(openid),
            "entries": self.chat.of(openid),
        }

    def do(self, openid: str, wish: Wish) -> None:
        """Send what a person wishes; how it went appears in the chat. KeyError, ValueError: not a wish."""
        packet, text = fulfil(self.account, openid, wish)
        self._allow(packet)
        entry = self.chat.sending(openid, wish["kind"], text)
        threading.Thread(target=self._deliver, args=(entry, packet), daemon=True).start()

    def choose(self, mode: str | None = None, slow: bool | None = None) -> None:
        """Change the mode of the account or the patience; ValueError for a mode that WeChat has not."""
        if mode is not None:
            self.account.mode = MODES[MODES.index(mode)]
        if slow is not None:
            self.slow = slow

    def forward(self, method: str, target: str, body: bytes, content_type: str) -> Answer:
        """Hand a call of the product to the fake API and return what it says."""
        with direct_session() as session:
            headers = {"content-type": content_type}
            answer = session.request(method, self._api.url + target, data=body, headers=headers, timeout=30)
        return answer.status_code, answer.headers.get("content-type", ""), answer.content

    def _allow(self, packet: Packet) -> None:
        """Let the account send what this packet gives it a right to."""
        if packet.message_id:
            self._wrote.add(packet.openid)
            self._api.allow(packet.openid, *_AFTER_MESSAGE)
        elif packet.kind == "unsubscribe":
            self._wrote.discard(packet.openid)
            self._api.allow(packet.openid, 0, timedelta())
        elif packet.kind in _INVITING and packet.openid not in self._wrote:
            self._api.allow(packet.openid, *_AFTER_EVENT)

    def _deliver(self, entry: Entry, packet: Packet) -> None:
        patience = _SHORT_PATIENCE if self.slow else _USUAL_PATIENCE
        self.chat.came_of(entry, deliver(self.webhook, self.account, packet, patience=patience))
