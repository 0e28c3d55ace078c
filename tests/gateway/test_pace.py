from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from bot.gateway.pace import Pace
from tests.gateway.door import Door
from tests.gateway.wechat_house import WechatDoor, opened


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_person_may_send_so_many_in_a_minute_and_then_again() -> None:
    clock = Clock()
    pace = Pace(3, clock)
    for second in range(3):
        clock.now = 1000.0 + second
        assert pace.wait("a") == 0
    assert pace.wait("a") == 59
    assert pace.wait("b") == 0
    clock.now = 1060.5
    assert pace.wait("a") == 0
    assert pace.wait("a") == 1


def test_who_was_quiet_for_a_minute_is_forgotten() -> None:
    clock = Clock()
    pace = Pace(2, clock)
    for number in range(500):
        clock.now += 1
        assert pace.wait(f"web-{number}", f"10.0.{number // 250}.{number % 250}") == 0
    assert len(pace._seen) <= 2 * 61
    clock.now += 61
    assert pace.wait("web-499", "10.0.1.249") == 0
    assert len(pace._seen) == 2


def test_whoever_comes_back_within_the_minute_is_still_known() -> None:
    clock = Clock()
    pace = Pace(2, clock)
    pace.wait("a")
    clock.now += 30
    pace.wait("b")
    clock.now += 20
    assert pace.wait("a") == 0
    clock.now += 5
    assert pace.wait("a") == 6
    clock.now += 6
    assert pace.wait("a") == 0


def test_what_is_refused_is_not_counted() -> None:
    clock = Clock()
    pace = Pace(1, clock)
    pace.wait("a")
    for _ in range(50):
        clock.now += 1
        assert pace.wait("a") > 0
    clock.now = 1061
    assert pace.wait("a") == 0


def test_an_address_may_send_four_times_as_much_whoever_it_says_it_is() -> None:
    pace = Pace(2, Clock())
    sent = [pace.wait(f"stranger {number}", "203.0.113.7") for number in range(9)]
    assert sent[:8] == [0] * 8
    assert sent[8] > 0
    assert pace.wait("another", "203.0.113.8") == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "", "not an address"])
def test_our_own_proxy_is_nobodys_address(address: str) -> None:
    pace = Pace(2, Clock())
    limited = [pace.wait(f"stranger {number}", address) for number in range(20)]
    assert any(limited) == (address == "not an address")


def test_without_a_limit_nothing_is_counted() -> None:
    pace = Pace(0)
    assert not any(pace.wait("a", "203.0.113.7") for _ in range(1000))


@pytest.fixture
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WechatDoor]:
    settings = {"DESK_MESSAGES_PER_MINUTE": "3", "DESK_PROXIES": "1"}
    yield from opened(WechatDoor(tmp_path_factory.mktemp("slow"), **settings))


def test_who_is_too_fast_hears_so_on_both_channels_and_nothing_is_done(slow: WechatDoor) -> None:
    citizen, phone = slow.citizen(), slow.phone()
    for number in range(3):
        assert citizen.post(text=f"网页{number}").status_code == 200
        assert phone.says(f"微信{number}") == f"收到：微信{number}"
    refused = citizen.post(text="太快了")
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert "没有收下" in refused.json()["error"]["message"]
    assert "没有收下" in phone.says("太快了")
    assert "太快了" not in "".join(slow.rasa.texts())


def test_new_conversations_do_not_help_an_address(slow: WechatDoor) -> None:
    statuses = [_stranger(slow, "203.0.113.9").status_code for _ in range(14)]
    assert statuses.count(200) == 12
    assert statuses[-1] == 429
    assert _stranger(slow, "203.0.113.10").status_code == 200


def _stranger(door: Door, address: str) -> requests.Response:
    """Somebody without a cookie, as a proxy hands him on."""
    body = {"id": "m-1", "text": "你好"}
    return requests.post(
        f"{door.url}/api/messages", json=body, headers={"x-forwarded-for": address}, timeout=10
    )
