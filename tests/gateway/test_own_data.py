from __future__ import annotations

import pytest

from bot.gateway.own_data import OwnData
from desk import conversation
from desk.tickets import Complaint, Kind
from tests.assistant import Citizen, words
from tests.fakes.rasa import FakeRasa
from tests.gateway.door import Door


@pytest.mark.parametrize(
    "text",
    ["删除我的信息", "请删除我的个人信息。", "把我的信息都删了吧", "我要清除我的聊天记录", "注销我的资料"],
)
def test_the_wish_to_be_forgotten_is_understood(text: str) -> None:
    assert OwnData.wish(text, None) == "ask"


@pytest.mark.parametrize("text", ["查看我的信息", "你们存了我什么信息？", "保存了我的哪些资料"])
def test_the_wish_to_see_is_understood(text: str) -> None:
    assert OwnData.wish(text, None) == "see"


@pytest.mark.parametrize(
    "text",
    [
        "单位把我的信息删了怎么办",
        "我的信息填错了",
        "要求公司删除我的信息",
        "看看我的进度",
        "删除",
        "我的信息",
    ],
)
def test_other_words_about_information_are_no_wish(text: str) -> None:
    assert OwnData.wish(text, None) == ""


def test_another_button_is_no_wish() -> None:
    assert OwnData.wish("", '/office{"row": 2}') == ""
    assert OwnData.wish("删除我的信息", "/materials") == ""


def test_a_person_sees_what_is_kept(citizen: Citizen) -> None:
    citizen.say("你好")
    told = words(citizen.say("查看我的信息"))
    assert "3 条消息" in told, "two lines of the person and one answer"
    assert "诉求：没有" in told


def test_nothing_is_deleted_before_it_is_confirmed(citizen: Citizen, door: Door, rasa: FakeRasa) -> None:
    citizen.say("你好")
    asked = words(citizen.say("删除我的信息"))
    assert "确定要删除吗" in asked
    assert "没有删除" in words(citizen.press("不删了"))
    assert "你好" in str(citizen.history())
    assert rasa.texts() == ["你好"], "Rasa hears nothing of it"


def test_who_confirms_is_forgotten_and_the_open_ticket_stays(citizen: Citizen, door: Door) -> None:
    citizen.say("你好")
    sender_id = door.sender_id(citizen)
    ticket = door.counter.tickets.open(
        Complaint(Kind.COMPLAINT, "窗口没有受理。", category="overdue", district="五华区"),
        "web:test:1",
        sender_id,
        "web",
    )
    asked = words(citizen.say("删除我的信息"))
    assert ticket.public_no in asked
    gone = words(citizen.press("确认删除"))
    assert "已经删除" in gone
    assert ticket.public_no in gone
    (left,) = conversation.since(door.engine, sender_id)
    assert left.body["text"].startswith("已经删除")
    assert door.counter.tickets.mine(sender_id) == []
    assert door.counter.tickets.read(ticket.public_no).detached


def test_it_works_while_rasa_is_away(citizen: Citizen, door: Door, rasa: FakeRasa) -> None:
    citizen.say("你好")
    rasa.stop()
    citizen.say("删除我的信息")
    assert "已经删除" in words(citizen.press("确认删除"))
