"""One account behind two gateways: a message's deliveries may come to either, and its reply is given once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import requests

from tests.desk.databases import database
from tests.fakes.wechat.packets import Packet
from tests.gateway.door import Door, until
from tests.gateway.wechat_house import WechatDoor, account_settings


@pytest.fixture(scope="module")
def _doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[WechatDoor, Door]]:
    folder = tmp_path_factory.mktemp("wechat-pair")
    with database("postgresql", folder) as url:
        first = WechatDoor(folder, DESK_DATABASE_URL=url)
        shared = account_settings(first.account, first.api.url)
        second = Door(folder, DESK_DATABASE_URL=url, DESK_RASA_URLS=first.rasa.url, **shared)
        first.rasa.start()
        for door in (first, second):
            door.start()
            door.wait_for_rasa()
        yield first, second
        second.kill()
        second.engine.dispose()
        first.close()
        first.engine.dispose()


@pytest.fixture
def doors(_doors: tuple[WechatDoor, Door]) -> Iterator[tuple[WechatDoor, Door]]:
    first, _ = _doors
    first.rasa.reset()
    first.api.sent.clear()
    yield _doors
    first.rasa.go_on()
    until(first.nothing_waits)


def delivered(first: WechatDoor, door: Door, packet: Packet, patience: float = 10.0) -> str | None:
    """One delivery of a packet to one gateway, with a signature of its own."""
    query, body = first.account.request(packet)
    answer = requests.post(f"{door.url}/wechat", params=query, data=body, timeout=patience)
    return first.account.read(answer, packet)


def test_a_second_delivery_at_the_other_gateway_gets_the_reply_and_nothing_is_pushed_besides(
    doors: tuple[WechatDoor, Door],
) -> None:
    first, second = doors
    packet = first.account.text(first.phone().openid, "两台一起")
    first.rasa.hold()
    with suppress(requests.Timeout):
        delivered(first, first, packet, patience=1)
    assert first.rasa.texts() == ["两台一起"]
    with ThreadPoolExecutor() as pool:
        again = pool.submit(delivered, first, second, packet)
        # Both couriers look for what they could send while the reply is still to be fetched.
        first.rasa.go_on()
        assert again.result() == "收到：两台一起"
    assert delivered(first, first, packet) == "收到：两台一起"
    assert first.rasa.texts() == ["两台一起"]
    assert first.api.sent == []


def test_a_reply_that_no_delivery_fetched_is_sent_once(doors: tuple[WechatDoor, Door]) -> None:
    first, second = doors
    phone = first.phone()
    packet = first.account.text(phone.openid, "没人来取")
    first.rasa.hold()
    with suppress(requests.Timeout):
        delivered(first, second, packet, patience=1)
    second.kill()  # nothing that it had in mind about this is left
    first.rasa.go_on()
    until(phone.pushed)
    second.start()
    second.wait_for_rasa()
    answered = phone.says("还有吗")
    # Where the machine is slow the answer comes by 客服消息 as well, after a word that it will.
    until(lambda: any("收到：还有吗" in each for each in (answered, *phone.pushed())))
    assert "没人来取" not in answered
    assert [text for text in phone.pushed() if "没人来取" in text] == ["收到：没人来取"]
