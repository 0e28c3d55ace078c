"""Deliveries that come late, again after a day, with other words, or while nothing can be written."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from random import Random

import pytest
import requests

from bot.gateway.wechat.ledger import Ledger
from tests.fakes.disk import locked
from tests.fakes.wechat.account import PLAIN
from tests.fakes.wechat.packets import Packet
from tests.faults.rounds import rounds
from tests.gateway.door import until
from tests.gateway.wechat_house import Phone, WechatDoor, opened

_DAY, _TEN_MINUTES = timedelta(days=1).total_seconds(), timedelta(minutes=10).total_seconds()


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WechatDoor]:
    yield from opened(WechatDoor(tmp_path_factory.mktemp("late"), PLAIN))


@pytest.fixture
def phone(door: WechatDoor) -> Phone:
    door.rasa.reset()
    return door.phone()


def written(door: WechatDoor, phone: Phone, text: str, seconds_ago: float) -> Packet:
    """What a person wrote some time ago."""
    door.account.clock = lambda: time.time() - seconds_ago
    try:
        return door.account.text(phone.openid, text)
    finally:
        door.account.clock = time.time


def post(door: WechatDoor, packet: Packet, signed_ago: float = 0, words: str = "") -> requests.Response:
    """Deliver a packet that was signed some time ago, with other `words` in it than those it was made of."""
    door.account.clock = lambda: time.time() - signed_ago
    query, body = door.account.request(packet)
    door.account.clock = time.time
    if words:
        body = body.replace(b"<Content><![CDATA[", b"<Content><![CDATA[" + words.encode())
    return requests.post(door.webhook, params=query, data=body, timeout=15)


def test_however_late_and_often_a_delivery_comes_it_has_one_effect(door: WechatDoor, phone: Phone) -> None:
    for chance in rounds():
        door.rasa.reset()
        texts = [f"第{number}句-{chance.randrange(10**9)}" for number in range(3)]
        before, refused = Ledger(door.engine).count(), 0
        for text in texts:
            packet = written(door, phone, text, chance.choice([0, 3, _TEN_MINUTES, 2 * _DAY]))
            assert f"收到：{text}" in post(door, packet).text
            refused += _again(door, packet, text, chance)
        assert door.rasa.texts() == texts
        assert Ledger(door.engine).count() == before + refused
        assert phone.pushed() == []


def _again(door: WechatDoor, packet: Packet, text: str, chance: Random) -> int:
    """Deliver it some more times; return how many of those were refused for their words."""
    ways = ["same", "old", "other", "same"]
    chance.shuffle(ways)
    for way in ways:
        if way == "same":
            assert f"收到：{text}" in post(door, packet).text
        elif way == "old":
            assert post(door, packet, signed_ago=chance.choice([_TEN_MINUTES, _DAY])).status_code == 400
        else:
            answer = post(door, packet, words="别的话")
            assert (answer.status_code, answer.text) == (200, "success")
    return 1


def test_while_nothing_can_be_written_the_last_delivery_says_so_within_five_seconds(
    door: WechatDoor, phone: Phone
) -> None:
    for chance in rounds():
        text = f"锁着-{chance.randrange(10**9)}"
        packet = written(door, phone, text, 9)  # WeChat delivers for the third time
        with locked(door.var / "desk.db"):
            answer = requests.post(
                door.webhook, params=(given := door.account.request(packet))[0], data=given[1], timeout=5
            )
        assert "可能没有收到" in answer.text
        until(door.nothing_waits)
        assert f"收到：{text}" in post(door, packet).text + "".join(phone.pushed())
        assert door.rasa.texts().count(text) == 1
