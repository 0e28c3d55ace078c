"""WeChat's deliveries while the real Rasa and the real gateway are killed in the middle of them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
import requests

from tests.assistant import Assistant
from tests.fakes.wechat.account import SAFE, FakeAccount
from tests.fakes.wechat.delivery import deliver
from tests.fakes.wechat_api import FakeWechatApi
from tests.faults.house import House, unheard, until
from tests.gateway.wechat_house import AES_KEY, APP_ID, SECRET, account_settings

pytestmark = pytest.mark.model

_QUESTION = "失业金能领几个月"
_COMPLAINT = ("投诉和建议", "{story}", "不清楚", "记不清了", "在这里答复", "匿名")


class Line:
    """An account that leads to the assistant of the other tests, whose gateway was started anew for it."""

    def __init__(self, house: House, account: FakeAccount, api: FakeWechatApi) -> None:
        self.house = house
        self.account = account
        self.api = api
        self.openid = f"o{secrets.token_hex(13)}"
        self.webhook = f"{house.url}/wechat"

    @property
    def assistant(self) -> Assistant:
        return self.house.assistant

    def start_gateway(self) -> None:
        self.assistant.start("gateway", **account_settings(self.account, self.api.url))
        self.assistant.wait()

    def says(self, text: str) -> str:
        delivered = deliver(self.webhook, self.account, self.account.text(self.openid, text))
        assert not delivered.unavailable, delivered
        return delivered.text or ""

    def drops(self, text: str) -> None:
        """Deliver once and let go at once, as WeChat does when it has no patience left."""
        query, body = self.account.request(self.account.text(self.openid, text))
        with pytest.raises(requests.RequestException):
            requests.post(self.webhook, params=query, data=body, timeout=0.5)

    def pushed(self) -> str:
        return "\n".join(each["text"]["content"] for each in self.api.sent if each["touser"] == self.openid)


@pytest.fixture
def line(house: House) -> Iterator[Line]:
    account, api = FakeAccount(APP_ID, "tokenoftest", AES_KEY, SAFE), FakeWechatApi(APP_ID, SECRET)
    api.start()
    line = Line(house, account, api)
    house.assistant.kill("gateway")
    line.start_gateway()
    yield line
    house.assistant.kill("gateway")  # the next test gets one without an account
    api.stop()


def test_a_question_whose_turn_was_killed_is_answered_by_itself(line: Line) -> None:
    with line.house.line.holding(_QUESTION) as hold:
        line.drops(_QUESTION)
        assert hold.arrived.wait(30)
        line.assistant.kill("rasa")
    line.house.start("rasa")
    until(lambda: "助手正在启动" in line.pushed(), 180)
    until(lambda: "依据：" in line.pushed(), 180)
    assert "个月" in line.pushed()
    assert line.house.states(_QUESTION)[-1] == "done"


@pytest.mark.parametrize("killed", ["rasa", "gateway"])
def test_a_confirmed_complaint_is_one_ticket_whatever_is_killed(line: Line, killed: str) -> None:
    story = unheard()
    for words in _COMPLAINT:
        asked = line.says(words.format(story=story))
    assert "确认提交" in asked
    with line.house.line.holding("/affirm") as hold:
        line.drops("确认提交")
        assert hold.arrived.wait(30)
        line.assistant.kill(killed)
    if killed == "rasa":
        line.house.start("rasa")
    else:
        line.start_gateway()
    (number,) = until(lambda: line.house.numbers(story), 180)
    until(lambda: number in line.pushed(), 60)
    assert number in line.says("我的投诉")
    assert len(line.house.numbers(story)) == 1
