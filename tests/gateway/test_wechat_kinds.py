"""Every kind of message and event, in the three modes, through a real gateway."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import requests

from bot.gateway.opening import opening
from bot.gateway.wechat.ledger import Ledger
from desk import conversation
from tests.fakes.wechat.account import MODES
from tests.fakes.wechat.delivery import verify
from tests.gateway.wechat_house import Phone, WechatDoor, opened

FIRST = str(opening()["text"]).splitlines()[0]


@pytest.fixture(scope="module", params=MODES)
def door(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WechatDoor]:
    yield from opened(WechatDoor(tmp_path_factory.mktemp("wechat"), request.param))


@pytest.fixture
def phone(door: WechatDoor) -> Phone:
    door.rasa.reset()
    return door.phone()


def test_the_address_is_proved(door: WechatDoor) -> None:
    assert verify(door.webhook, door.account)


def test_words_are_answered(door: WechatDoor, phone: Phone) -> None:
    assert phone.says("领失业金要带什么材料") == "收到：领失业金要带什么材料"
    assert door.rasa.texts(phone.sender_id) == ["领失业金要带什么材料"]
    assert door.states(phone.sender_id) == ["done"]


def test_a_number_is_redacted_before_anything_else(door: WechatDoor, phone: Phone) -> None:
    number = "11010519491231" + "002X"  # the example of the standard
    assert "身份证#1" in phone.says(f"我的身份证{number}")
    assert number not in str([message.body for message in phone.log()])


def test_a_voice_message_that_wechat_understood_is_words(door: WechatDoor, phone: Phone) -> None:
    delivered = phone.sends(door.account.voice(phone.openid, recognition="我的厂子倒了。"))
    assert delivered.text == "收到：我的厂子倒了"


@pytest.mark.parametrize("recognition", [None, "", " "])
def test_a_voice_message_without_words_is_answered_with_how_to_dictate(
    door: WechatDoor, phone: Phone, recognition: str | None
) -> None:
    delivered = phone.sends(door.account.voice(phone.openid, recognition=recognition))
    assert "请打字" in (delivered.text or "")
    assert door.rasa.texts(phone.sender_id) == []
    assert door.states(phone.sender_id) == ["done"]


@pytest.mark.parametrize("kind", ["image", "video", "short_video"])
def test_a_photo_is_neither_read_nor_kept(door: WechatDoor, phone: Phone, kind: str) -> None:
    packet = getattr(door.account, kind)(phone.openid)
    delivered = phone.sends(packet)
    assert "请勿发送身份证" in (delivered.text or "")
    kept = str([message.body for message in phone.log()])
    assert "http" not in kept
    assert "没有保存" in kept


def test_a_link_is_not_opened(door: WechatDoor, phone: Phone) -> None:
    delivered = phone.sends(door.account.link(phone.openid, "标题", "http://example.invalid/x"))
    assert "打不开链接" in (delivered.text or "")


def test_a_place_with_an_address_is_asked_for_its_office(door: WechatDoor, phone: Phone) -> None:
    delivered = phone.sends(
        door.account.location(phone.openid, 25.03, 102.7, "云南省昆明市五华区人民中路1号")
    )
    assert delivered.text
    assert door.rasa.texts(phone.sender_id) == ['/office{"value": "云南省昆明市五华区人民中路1号"}']
    assert "25.03" not in str([message.body for message in phone.log()])


@pytest.mark.parametrize("label", [None, ""])
def test_a_bare_place_is_asked_back(door: WechatDoor, phone: Phone, label: str | None) -> None:
    delivered = phone.sends(door.account.location(phone.openid, 25.04, 102.71, label))
    assert "回复数字或文字选择" in (delivered.text or "")
    phone.says("1")
    assert door.rasa.texts(phone.sender_id)[0].startswith("/office{")


def test_a_place_far_away_has_no_office_here_whatever_it_is_called(door: WechatDoor, phone: Phone) -> None:
    delivered = phone.sends(door.account.location(phone.openid, 28.3, 113.6, "浏阳市官渡镇"))
    assert "官渡区" not in (delivered.text or "官渡区").split("回复数字")[0]
    assert door.rasa.texts(phone.sender_id) == []


def test_a_place_chosen_from_the_menu_is_a_place(door: WechatDoor, phone: Phone) -> None:
    packet = door.account.location_select(phone.openid, "location", 25.04, 102.71, "昆明市官渡区关上街道")
    assert phone.sends(packet).text
    assert door.rasa.texts(phone.sender_id) == ['/office{"value": "昆明市官渡区关上街道"}']


def test_who_follows_is_greeted_with_choices(door: WechatDoor, phone: Phone) -> None:
    delivered = phone.sends(door.account.subscribe(phone.openid))
    assert FIRST in (delivered.text or "")
    phone.says("3")
    assert door.rasa.texts(phone.sender_id) == [opening()["buttons"][2]["payload"]]


def test_a_code_leads_straight_to_its_matter(door: WechatDoor, phone: Phone) -> None:
    phone.sends(door.account.subscribe(phone.openid, scene="/status"))
    phone.sends(door.account.scan(phone.openid, "/status"))
    assert door.rasa.texts(phone.sender_id) == ["/status", "/status"]


def test_the_menu_works(door: WechatDoor, phone: Phone) -> None:
    phone.sends(door.account.click(phone.openid, "/materials"))
    assert door.rasa.texts(phone.sender_id) == ["/materials"]
    assert FIRST in (phone.sends(door.account.click(phone.openid, "/restart")).text or "")
    assert door.rasa.texts(phone.sender_id) == ["/materials"]


def test_what_says_nothing_is_acknowledged(door: WechatDoor, phone: Phone) -> None:
    account, openid = door.account, phone.openid
    for packet in (
        account.view(openid, "http://example.invalid/"),
        account.reported_location(openid, 25.0, 102.7),
        account.template_sent(openid, 1, "failed:user block"),
        account.agent_session(openid),
        account.scancode(openid, "x", "y"),
    ):
        delivered = phone.sends(packet)
        assert (delivered.text, delivered.tries, delivered.unavailable) == (None, 1, False), packet.kind


def test_an_unknown_kind_is_counted_and_who_sent_something_hears_so(door: WechatDoor, phone: Phone) -> None:
    before = Ledger(door.engine).count()
    assert phone.sends(door.account.unknown_event(phone.openid)).text is None
    assert "看不了" in (phone.sends(door.account.unknown_message(phone.openid)).text or "")
    assert Ledger(door.engine).count() == before + 2
    figures = requests.get(f"{door.url}/metrics", timeout=10).text
    assert f"desk_wechat_unusable {before + 2:.1f}" in figures


def test_who_leaves_is_forgotten_and_comes_back_as_somebody_new(door: WechatDoor, phone: Phone) -> None:
    phone.says("我的手机丢了怎么办")
    before = phone.sender_id
    assert phone.sends(door.account.unsubscribe(phone.openid)).text is None
    assert phone.sender_id == ""
    assert conversation.since(door.engine, before) == []
    assert door.states(before) == []
    door.account.clock = lambda: time.time() + 2
    try:
        assert phone.says("又来了") == "收到：又来了"
    finally:
        door.account.clock = time.time
    assert phone.sender_id != before


def test_two_events_of_one_second_are_two(door: WechatDoor, phone: Phone) -> None:
    account = door.account
    now = account.clock()
    account.clock = lambda: now
    try:
        first, second = account.click(phone.openid, "/materials"), account.click(phone.openid, "/status")
    finally:
        account.clock = time.time
    phone.sends(first)
    phone.sends(second)
    phone.sends(first)
    assert door.rasa.texts(phone.sender_id) == ["/materials", "/status"]


@pytest.mark.parametrize("text", ["/:rose", "/::)", "[微笑][玫瑰]", "【收到不支持的消息类型，暂无法显示】"])
def test_pictures_and_stickers_are_no_words(door: WechatDoor, phone: Phone, text: str) -> None:
    assert "请用文字说一句" in phone.says(text)
    assert door.rasa.texts(phone.sender_id) == []


def test_words_with_a_picture_are_words(door: WechatDoor, phone: Phone) -> None:
    assert phone.says("谢谢你们/:rose") == "收到：谢谢你们/:rose"


@pytest.mark.parametrize("point", [("nan", "102.7"), ("25", "inf"), ("x", "y")])
def test_a_point_that_is_none_is_asked_for_in_words(
    door: WechatDoor, phone: Phone, point: tuple[str, str]
) -> None:
    packet = door.account.message(phone.openid, "location", Location_X=point[0], Location_Y=point[1])
    assert "哪个区" in (phone.sends(packet).text or "")


def test_a_place_whose_name_says_nothing_is_asked_back_by_what_is_near(
    door: WechatDoor, phone: Phone
) -> None:
    delivered = phone.sends(door.account.location(phone.openid, 25.04, 102.71, "没听说过的楼"))
    assert "4." not in (delivered.text or "4.")
