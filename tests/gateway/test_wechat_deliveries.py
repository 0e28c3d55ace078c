"""WeChat delivers three times, impatiently and at once; processes die; every message has one effect."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from bot.gateway.wechat.wording import MORE
from desk import conversation
from desk.invariants import open_invariants
from tests.fakes.wechat.delivery import Delivered
from tests.gateway.door import until
from tests.gateway.wechat_house import WechatDoor, opened


@pytest.fixture(scope="module")
def _house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WechatDoor]:
    yield from opened(WechatDoor(tmp_path_factory.mktemp("wechat")))


@pytest.fixture(scope="module")
def _mute(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WechatDoor]:
    yield from opened(WechatDoor(tmp_path_factory.mktemp("mute"), customer_service=False))


@pytest.fixture
def door(_house: WechatDoor) -> Iterator[WechatDoor]:
    """An account that may send 客服消息."""
    _house.rasa.reset()
    _house.rasa.start()
    _house.wait_for_rasa()
    yield _house
    _house.rasa.go_on()


@pytest.fixture
def mute(_mute: WechatDoor) -> Iterator[WechatDoor]:
    """An account that may only reply."""
    _mute.rasa.reset()
    yield _mute
    _mute.rasa.go_on()


def _go_on_after(door: WechatDoor, seconds: float) -> None:
    door.rasa.hold()
    threading.Timer(seconds, door.rasa.go_on).start()


def test_two_hundred_messages_in_three_deliveries_each_have_one_effect(door: WechatDoor) -> None:
    phones = [door.phone() for _ in range(20)]
    packets = [door.account.text(phones[n % 20].openid, f"第{n}条消息") for n in range(200)]
    deliveries = packets * 3
    random.Random(7).shuffle(deliveries)

    def deliver_once(packet: object) -> None:
        query, body = door.account.request(packet)  # type: ignore[arg-type]
        assert requests.post(door.webhook, params=query, data=body, timeout=30).status_code == 200

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(deliver_once, deliveries))
    texts = door.rasa.texts()
    assert len(texts) == 200
    assert set(texts) == {f"第{n}条消息" for n in range(200)}
    assert all(set(door.states(phone.sender_id)) == {"done"} for phone in phones)
    assert list(open_invariants(door.counter.settings).breaches()) == []


def test_twenty_deliveries_at_once_have_one_effect_and_one_reply(door: WechatDoor) -> None:
    phone = door.phone()
    packet = door.account.text(phone.openid, "只办一次")
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: phone.sends(packet), range(20)))
    assert {answer.text for answer in answers} == {"收到：只办一次"}
    assert door.rasa.texts() == ["只办一次"]


def test_a_turn_of_six_seconds_is_answered_by_the_second_delivery(mute: WechatDoor) -> None:
    phone = mute.phone()
    _go_on_after(mute, 6)
    delivered = phone.sends(mute.account.text(phone.openid, "慢的"))
    assert (delivered.text, delivered.tries, delivered.unavailable) == ("收到：慢的", 2, False)
    assert phone.says("下一句") == "收到：下一句", "the first delivery, which ended late, takes nothing back"
    assert mute.rasa.texts() == ["慢的", "下一句"]


def test_who_can_be_sent_the_answer_hears_so_within_the_first_delivery(door: WechatDoor) -> None:
    phone = door.phone()
    _go_on_after(door, 7)
    delivered = phone.sends(door.account.text(phone.openid, "很慢的"))
    assert (delivered.tries, delivered.unavailable) == (1, False)
    assert "结果出来就发给您" in (delivered.text or "")
    until(lambda: phone.pushed() == ["收到：很慢的"])
    assert phone.says("下一句") == "收到：下一句", "nothing is told twice"
    assert door.rasa.texts() == ["很慢的", "下一句"]


def test_a_short_word_after_that_is_only_said_to_see_whether_the_answer_has_come(door: WechatDoor) -> None:
    phone = door.phone()
    door.rasa.hold()
    phone.sends(door.account.text(phone.openid, "很慢的"))
    assert "结果出来就发给您" in phone.says("好")
    door.rasa.go_on()
    until(lambda: phone.pushed() == ["收到：很慢的"])
    assert door.rasa.texts() == ["很慢的"]


def test_a_short_word_with_a_matter_of_its_own_is_carried_out_in_its_turn(door: WechatDoor) -> None:
    phone = door.phone()
    door.rasa.hold()
    phone.sends(door.account.text(phone.openid, "很慢的"))
    phone.says("我要投诉")
    door.rasa.go_on()
    until(lambda: door.rasa.texts() == ["很慢的", "我要投诉"])
    until(lambda: "收到：我要投诉" in "".join(phone.pushed()))


def test_without_the_right_to_send_it_comes_with_the_next_message(mute: WechatDoor) -> None:
    phone = mute.phone()
    _go_on_after(mute, 17)
    delivered = phone.sends(mute.account.text(phone.openid, "很慢的"))
    assert delivered.tries == 3
    assert "已经记下" in (delivered.text or "")
    until(lambda: mute.states(phone.sender_id) == ["done"])
    assert phone.says("好") == "收到：很慢的", "a short word only fetches what is owed"
    assert mute.rasa.texts() == ["很慢的"]
    asked = mute.account.text(phone.openid, "结果")
    assert {phone.sends(asked).text for _ in range(2)} == {"现在没有新的消息。想问什么请直接说。"}
    assert phone.says("下一句") == "收到：下一句"


def test_a_gateway_that_is_killed_in_the_middle_loses_and_doubles_nothing(door: WechatDoor) -> None:
    phone = door.phone()
    door.rasa.hold()
    packet = door.account.text(phone.openid, "正说着断电")
    answers: list[Delivered] = []
    sending = threading.Thread(target=lambda: answers.append(phone.sends(packet)))
    sending.start()
    until(lambda: door.rasa.texts() == ["正说着断电"])
    door.kill()
    door.rasa.go_on()
    sending.join()
    door.start()
    door.wait_for_rasa()
    until(lambda: door.states(phone.sender_id) == ["done"])
    assert phone.sends(packet).text == "收到：正说着断电"
    assert [turn["again"] for turn in door.rasa.received] == [False, True], "Rasa gives the answer of then"
    assert door.states(phone.sender_id) == ["done"]


def test_what_a_killed_gateway_had_taken_is_sent_by_the_next_one(door: WechatDoor) -> None:
    phone = door.phone()
    door.rasa.hold()
    query, body = door.account.request(door.account.text(phone.openid, "没有再送来"))
    with pytest.raises(requests.ReadTimeout):
        requests.post(door.webhook, params=query, data=body, timeout=1)
    door.kill()
    door.rasa.go_on()
    door.start()
    until(lambda: phone.pushed() == ["收到：没有再送来"])


def test_while_rasa_is_away_people_hear_so_and_are_answered_later(door: WechatDoor) -> None:
    phone = door.phone()
    door.rasa.stop()
    answer = phone.says("昨天说的那件事呢")
    assert "已经记下" in answer
    door.rasa.start()
    until(lambda: phone.pushed() == ["收到：昨天说的那件事呢"])
    assert door.rasa.texts() == ["昨天说的那件事呢"]


def test_rasa_dying_in_a_turn_costs_nobody_the_answer(door: WechatDoor) -> None:
    phone = door.phone()
    door.rasa.crashes_on = "这句会断"
    assert phone.says("这句会断")
    door.rasa.crashes_on = ""
    until(lambda: "收到：这句会断" in "".join(phone.pushed()))
    assert door.states(phone.sender_id) == ["done"]


def test_a_long_answer_comes_in_parts(door: WechatDoor) -> None:
    phone = door.phone()
    sentence = "这是一句不短的话，后面还有很多句一样的话。"
    buttons = [{"title": "最后的选择", "payload": "/status"}]
    door.rasa.answers["长的"] = [{"text": sentence * 60, "buttons": buttons}]
    told = [phone.says("长的")]
    while f"“{MORE}”" in told[-1]:
        told.append(phone.says(MORE))
    assert len(told) == 2
    assert "".join(told).count(sentence) == 60
    assert "1. 最后的选择" in told[-1]
    assert door.rasa.texts() == ["长的"]
    phone.says("最后的选择")
    assert door.rasa.texts() == ["长的", "/status"]
    assert "没有更多了" in phone.says(MORE)


@pytest.mark.parametrize("choice", ["2", "二", "第二个", "2.", "乙", "２"])
def test_a_choice_is_made_by_its_number_or_its_words(door: WechatDoor, choice: str) -> None:
    phone = door.phone()
    door.rasa.answers["选"] = [
        {"text": "哪个？", "buttons": [{"title": t, "payload": f"/{t}"} for t in ("甲", "乙", "丙")]}
    ]
    phone.says("选")
    phone.says(choice)
    assert door.rasa.texts() == ["选", "/乙"]


def test_the_twelfth_of_many_choices_can_be_named(door: WechatDoor) -> None:
    phone = door.phone()
    door.rasa.answers["选"] = [
        {"text": "哪个？", "buttons": [{"title": f"第{n}家", "payload": f"/n{n}"} for n in range(1, 18)]}
    ]
    phone.says("选")
    phone.says("十二")
    phone.says("12")
    assert door.rasa.texts()[1:] == ["/n12", "/n12"]


def test_a_choice_is_what_stood_there_when_it_was_made(mute: WechatDoor) -> None:
    phone = mute.phone()
    mute.rasa.answers["核对"] = [{"text": "对吗？", "buttons": [{"title": "确认提交", "payload": "/affirm"}]}]
    mute.rasa.answers["另问"] = [{"text": "看", "buttons": [{"title": "别的", "payload": "/materials"}]}]
    phone.says("核对")
    mute.rasa.hold()
    first = phone.sends(mute.account.text(phone.openid, "1"))
    assert first.tries == 3
    phone.sends(mute.account.text(phone.openid, "这是另外一个长问题"))
    mute.rasa.go_on()
    until(lambda: len(mute.rasa.texts()) == 3)
    assert mute.rasa.texts() == ["核对", "/affirm", "这是另外一个长问题"]


def test_a_number_means_nothing_that_was_not_told(mute: WechatDoor) -> None:
    phone = mute.phone()
    mute.rasa.answers["选"] = [{"text": "？", "buttons": [{"title": "甲", "payload": "/a"}]}]
    phone.says("选")
    news = {"text": "解决了吗？", "buttons": [{"title": "解决了", "payload": "/yes"}]}
    with mute.engine.begin() as connection:
        conversation.say(connection, phone.sender_id, conversation.NOTICE, news)
    answer = phone.says("1")
    assert mute.rasa.texts(phone.sender_id) == ["选", "/a"]
    assert "解决了吗" in answer, "now it has been told"
    phone.says("1")
    assert mute.rasa.texts(phone.sender_id) == ["选", "/a", "/yes"]


def test_a_long_title_of_an_older_list_is_still_a_choice(door: WechatDoor) -> None:
    phone = door.phone()
    titles = ("就业创业证必须带吗", "五华区")
    door.rasa.answers["旧"] = [
        {"text": "？", "buttons": [{"title": title, "payload": f"/{title}"} for title in titles]}
    ]
    door.rasa.answers["新"] = [{"text": "！", "buttons": [{"title": "丙", "payload": "/c"}]}]
    phone.says("旧")
    phone.says("新")
    phone.says("就业创业证必须带吗")
    phone.says("五华区")
    assert door.rasa.texts()[2:] == ["/就业创业证必须带吗", "五华区"]


def test_one_more_delivery_does_not_bring_back_who_has_left(door: WechatDoor) -> None:
    phone = door.phone()
    packet = door.account.text(phone.openid, "最后一句")
    phone.sends(packet)
    phone.sends(door.account.unsubscribe(phone.openid))
    assert phone.sends(packet).text is None
    assert phone.sender_id == ""


def test_a_database_that_is_locked_for_a_while_costs_no_message(door: WechatDoor) -> None:
    phone = door.phone()
    phone.says("你好")
    lock = door.engine.connect()
    lock.exec_driver_sql("select 1")  # the connection begins as a writer
    threading.Timer(7, lock.close).start()
    delivered = phone.sends(door.account.text(phone.openid, "正锁着"))
    assert delivered.text == "收到：正锁着"
    assert delivered.tries > 1
    assert door.rasa.texts() == ["你好", "正锁着"]
