"""A gateway that an account of WeChat leads to, and people with WeChat who write to it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.gateway.wechat.followers import Followers
from bot.gateway.wechat.tables import FollowerRow
from desk.conversation import Message, since
from desk.database import reading
from desk.inbox import InboxRow
from desk.settings import derive
from tests.fakes.wechat.account import SAFE, FakeAccount
from tests.fakes.wechat.delivery import Delivered, deliver
from tests.fakes.wechat.packets import Packet
from tests.fakes.wechat_api import FakeWechatApi
from tests.gateway.door import Door
from tests.gateway.wechat_account import APP_ID, environment
from tests.gateway.wechat_account import APP_SECRET as SECRET

AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


def account_settings(account: FakeAccount, api_url: str) -> dict[str, str]:
    """What the product needs to serve the account."""
    return {
        **environment(api_url),
        "DESK_WECHAT_TOKEN": account.token,
        "DESK_WECHAT_AES_KEY": account.aes_key,
        "DESK_WECHAT_MODE": account.mode,
        "DESK_WECHAT_CUSTOMER_SERVICE": "1",
    }


class WechatDoor(Door):
    """One gateway with an account behind it, and WeChat's own interface beside it."""

    def __init__(self, var: Path, mode: str = SAFE, customer_service: bool = True, **settings: str) -> None:
        self.account = FakeAccount(APP_ID, "tokenoftest", AES_KEY, mode)
        self.api = FakeWechatApi(APP_ID, SECRET)
        self.api.start()
        more = {"DESK_WECHAT_CUSTOMER_SERVICE": "1" if customer_service else "0", **settings}
        super().__init__(var, **{**account_settings(self.account, self.api.url), **more})
        self.webhook = f"{self.url}/wechat"
        self._followers = Followers(self.engine, derive(self.counter.settings.secret, "wechat"))

    def phone(self) -> Phone:
        """Somebody new."""
        return Phone(self, f"o{secrets.token_hex(13)}")

    def conversation(self, openid: str) -> str:
        """The conversation of a person, empty for a stranger."""
        wanted = select(FollowerRow.sender_id).where(self._followers._is(openid))
        with reading(self.engine) as connection:
            return connection.scalar(wanted) or ""

    def states(self, sender_id: str) -> list[str]:
        """The states of what a person has sent, oldest first."""
        wanted = select(InboxRow.state).where(InboxRow.sender_id == sender_id).order_by(InboxRow.received_at)
        with self.engine.connect() as connection:
            return list(connection.scalars(wanted))

    def close(self) -> None:
        self.kill()
        self.rasa.stop()
        self.api.stop()


def opened(door: WechatDoor) -> Iterator[WechatDoor]:
    """Lend a door that is open, with Rasa ready, and close it afterwards."""
    door.rasa.start()
    door.start()
    door.wait_for_rasa()
    yield door
    door.close()


class Phone:
    """One person."""

    def __init__(self, door: WechatDoor, openid: str) -> None:
        self.door = door
        self.openid = openid

    def sends(self, packet: Packet, patience: float = 5.0) -> Delivered:
        """Have a packet delivered as WeChat does."""
        return deliver(self.door.webhook, self.door.account, packet, patience=patience)

    def says(self, text: str) -> str:
        """Write, and return what the account answers; empty for no answer."""
        delivered = self.sends(self.door.account.text(self.openid, text))
        assert not delivered.unavailable, delivered
        return delivered.text or ""

    @property
    def sender_id(self) -> str:
        return self.door.conversation(self.openid)

    def log(self) -> list[Message]:
        return since(self.door.engine, self.sender_id)

    def pushed(self) -> list[str]:
        """The texts that came by 客服消息."""
        mine: list[dict[str, Any]] = [m for m in list(self.door.api.sent) if m.get("touser") == self.openid]
        return [m["text"]["content"] for m in mine if m.get("msgtype") == "text"]
