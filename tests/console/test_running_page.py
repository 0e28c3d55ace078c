"""Whether everything runs: the messages, the provincial platform, the official account."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import insert

from bot.gateway.wechat.refusals import Refused
from console.staff_wording import PLATFORM_REASONS
from desk.database import utc_now
from desk.health import PLATFORM, WECHAT, Health
from desk.inbox import DONE, NEEDS_HUMAN, NEW, InboxRow, in_hand
from desk.tickets.terms import Role
from tests.console.door import StaffDoor, StaffMember
from tests.desk.platform_room import MODES

_MESSAGES, _PLATFORM, _WECHAT = "messages", "line1", "line2"


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StaffDoor]:
    """A console of a bureau that has the platform and an account; the console itself never calls them."""
    door = StaffDoor(
        tmp_path_factory.mktemp("joined"),
        DESK_PLATFORM_URL="https://platform.example",
        DESK_PLATFORM_CLIENT_ID="desk",
        DESK_PLATFORM_CLIENT_SECRET="control-75310",
        DESK_SMS_URL="https://sms.example",
        DESK_WECHAT_APP_ID="wx0000000000000000",
        DESK_WECHAT_TOKEN="controltoken",
        DESK_WECHAT_SECRET="0" * 32,
        DESK_WECHAT_CUSTOMER_SERVICE="1",
    )
    door.start()
    yield door
    door.kill()


def shown(member: StaffMember, section: str) -> str:
    page = member.get("/running").text
    (found,) = re.findall(rf'aria-labelledby="{section}">(.*?)</section>', page, re.S)
    return re.sub(r"<[^>]+>|\s+", "", found)


def message(door: StaffDoor, key: str, state: str, hours: float) -> None:
    row = {"key": key, "channel": "web", "sender_id": key, "fingerprint": "", "text": "问", "attempts": 1}
    with door.engine.begin() as connection:
        received = utc_now() - timedelta(hours=hours)
        connection.execute(insert(InboxRow).values(**row, state=state, received_at=received))


def test_what_is_not_connected_says_so(console: StaffDoor) -> None:
    supervisor = console.signed_in(Role.SUPERVISOR)
    assert "没有接。" in shown(supervisor, _PLATFORM)
    assert "没有接公众号" in shown(supervisor, _WECHAT)


def test_the_messages_of_a_day_are_counted_and_an_old_one_that_waits_is_not_forgotten(
    joined: StaffDoor,
) -> None:
    operator = joined.signed_in(Role.OPERATOR)
    assert "已经答复0条" in shown(operator, _MESSAGES) and "最早" not in shown(operator, _MESSAGES)
    for key, state, hours in (
        ("m-1", DONE, 1),
        ("m-2", DONE, 25),
        ("m-3", NEEDS_HUMAN, 2),
        ("m-4", NEW, 30),
    ):
        message(joined, key, state, hours)
    told = shown(operator, _MESSAGES)
    assert "已经答复1条" in told and "留给人看1条" in told
    assert "正在等答复1条，最早的一条是" in told
    assert in_hand(joined.engine, utc_now()).oldest < utc_now() - timedelta(hours=29)


def test_the_platform_shows_state_count_reason_and_times(joined: StaffDoor) -> None:
    supervisor = joined.signed_in(Role.SUPERVISOR)
    assert "还没有用过" in shown(supervisor, _PLATFORM)
    health = Health(joined.engine, PLATFORM)
    health.note("timeout", is_open=False)
    assert "部分失败" in shown(supervisor, _PLATFORM) and "上一次成功还没有过" in shown(supervisor, _PLATFORM)
    health.note("", is_open=False)
    assert "正常" in shown(supervisor, _PLATFORM) and "连续失败0次" in shown(supervisor, _PLATFORM)
    for count in range(1, 6):
        health.note("connect", is_open=count == 5)
    told = shown(supervisor, _PLATFORM)
    assert "已断开" in told and "连续失败5次，最近一次：连不上" in told and "30秒" in told
    assert not re.search("control-|platform.example", supervisor.get("/running").text)


def test_the_operator_reads_what_is_to_be_done_about_the_account(joined: StaffDoor) -> None:
    operator = joined.signed_in(Role.OPERATOR)
    health = Health(joined.engine, WECHAT)
    refused = Refused(40164, "invalid ip 203.0.113.7 ipv6 ::1, not in whitelist")
    health.note(f"{refused.errcode}：{refused.words}", is_open=True)
    told = shown(operator, _WECHAT)
    assert "已断开" in told and "40164：" in told and "IP203.0.113.7不在白名单里" in told
    health.note("", is_open=False)
    assert "正常" in shown(operator, _WECHAT) and "白名单" not in shown(operator, _WECHAT)


def test_every_reason_of_the_platform_has_words() -> None:
    assert {*MODES.values(), "connect", "tls", "token"} == set(PLATFORM_REASONS)
