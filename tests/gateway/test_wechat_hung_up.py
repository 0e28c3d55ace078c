"""A reply that comes when WeChat has hung up was not told: it is sent, or comes with the next message."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from bot.gateway.wechat.replies import LATE
from bot.gateway.wechat.tables import ReplyRow
from tests.fakes.wechat.delivery import deliver
from tests.gateway.door import until
from tests.gateway.wechat_house import Phone, WechatDoor, opened


@pytest.fixture
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WechatDoor]:
    """An account that may send 客服消息."""
    yield from opened(WechatDoor(tmp_path_factory.mktemp("wechat")))


@pytest.fixture
def mute(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WechatDoor]:
    """An account that may only reply."""
    yield from opened(WechatDoor(tmp_path_factory.mktemp("mute"), customer_service=False))


def _hangs_up_before_the_reply(door: WechatDoor) -> Phone:
    phone = door.phone()
    door.rasa.hold()
    threading.Timer(1, door.rasa.go_on).start()
    packet = door.account.text(phone.openid, "慢的")
    assert deliver(door.webhook, door.account, packet, tries=1, patience=0.3).unavailable
    until(lambda: [row.state for row in _replies(door, phone)] == [LATE])
    return phone


def _replies(door: WechatDoor, phone: Phone) -> list[Any]:
    with door.engine.connect() as connection:
        return connection.execute(select(ReplyRow).where(ReplyRow.sender_id == phone.sender_id)).all()


def test_a_reply_that_came_when_wechat_had_hung_up_is_sent(door: WechatDoor) -> None:
    phone = _hangs_up_before_the_reply(door)
    until(lambda: phone.pushed() == ["收到：慢的"])
    assert phone.says("下一句") == "收到：下一句"


def test_where_nothing_may_be_sent_such_a_reply_comes_with_the_next_message(mute: WechatDoor) -> None:
    phone = _hangs_up_before_the_reply(mute)
    said = phone.says("下一句")
    assert "收到：下一句" in said and "您问的“慢的”：\n收到：慢的" in said
    assert phone.says("再下一句") == "收到：再下一句"
