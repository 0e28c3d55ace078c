"""Words on their way: shown at once, sent once, sent again under the same id, answered now or later."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.fakes.gateway import FakeGateway

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
DOUBLE_TAP = 350  # ms; a second press within it is taken for the second tap of a double one


@pytest.fixture
def page(open_page: OpenPage, gateway: FakeGateway) -> Page:
    """A page at the fake gateway, whose record of requests these tests read."""
    return open_page(gateway.address)


def _type(page: Page, text: str) -> None:
    page.locator("#input").fill(text)
    page.locator("#input").press("Enter")


def test_own_words_appear_before_the_gateway_has_answered(page: Page, gateway: FakeGateway) -> None:
    gateway.delay = 1.0
    _type(page, "要带什么材料")
    expect(page.locator(".message.citizen .bubble")).to_have_text("要带什么材料", timeout=700)
    expect(page.locator(".state")).to_have_text("发送中…", timeout=700)
    expect(page.locator("#waiting")).to_have_text("正在查询…", timeout=700)
    expect(page.locator(".state")).to_have_count(0)
    expect(page.locator("#waiting")).to_be_empty()


def test_words_typed_before_the_page_is_ready_wait_for_its_session(page: Page, gateway: FakeGateway) -> None:
    page.context.clear_cookies()
    gateway.reset()
    page.route("**/api/messages", lambda route: route.abort(), times=1)
    page.reload()
    _type(page, "材料")
    expect(page.locator("#network")).to_contain_text("正在重试")
    assert gateway.received == []
    expect(page.locator(".card.checklist")).to_be_visible()
    assert len(gateway.conversations) == 1


def test_a_long_wait_is_said_after_eight_seconds(page: Page, gateway: FakeGateway) -> None:
    page.clock.install()
    gateway.delay = 2.0
    _type(page, "材料")
    page.clock.fast_forward(8_100)
    expect(page.locator("#waiting")).to_have_text("还在办，请稍候。", timeout=1_500)


def test_words_are_shown_once_although_the_stream_repeats_them(page: Page, gateway: FakeGateway) -> None:
    for question in ("材料", "五华", "第三步"):
        _type(page, question)
    expect(page.locator(".message")).to_have_count(7)
    page.wait_for_timeout(400)
    assert page.locator(".citizen .bubble").all_inner_texts() == ["材料", "五华", "第三步"]
    assert len(page.locator(".card").all()) == 3


def test_the_pages_of_two_tabs_show_the_same_conversation(page: Page, gateway: FakeGateway) -> None:
    other = page.context.new_page()
    other.goto(gateway.address)
    _type(page, "材料")
    expect(other.locator(".message")).to_have_count(3)
    _type(other, "五华")
    expect(page.locator(".message")).to_have_count(5)
    assert page.locator(".citizen .bubble").all_inner_texts() == ["材料", "五华"]


def test_words_that_were_not_sent_are_sent_again_under_the_same_id(page: Page, gateway: FakeGateway) -> None:
    tried: list[str] = []

    def break_off(route: Route) -> None:
        tried.append(json.loads(route.request.post_data or "")["id"])
        route.abort()

    page.route("**/api/messages", break_off)
    _type(page, "我要投诉")
    expect(page.locator(".state")).to_contain_text("没有发出去")
    page.unroute("**/api/messages")
    page.get_by_role("button", name="重发").click()
    expect(page.locator(".card.ticket")).to_be_visible()
    assert [body["id"] for body in gateway.received] == tried
    assert page.locator(".message.citizen").count() == 1


def test_a_lost_reply_has_no_second_effect_when_sent_again(page: Page, gateway: FakeGateway) -> None:
    def lose_reply(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/api/messages", lose_reply, times=1)
    _type(page, "我要投诉")
    expect(page.locator(".card.ticket")).to_have_count(1)
    resend = page.get_by_role("button", name="重发")
    if resend.count():
        resend.click()
    page.wait_for_timeout(300)
    assert gateway.effects == ["我要投诉"]
    assert page.locator(".card.ticket").count() == 1
    assert page.locator(".message.citizen").count() == 1


def test_the_gateways_sentence_is_shown_as_it_is(page: Page) -> None:
    answer = {"error": {"code": "too_many", "message": "您发得太快了，请一分钟后再试。"}}
    page.route("**/api/messages", lambda route: route.fulfill(status=429, json=answer))
    _type(page, "材料")
    expect(page.locator(".state")).to_contain_text("没有发出去：您发得太快了，请一分钟后再试。")


def test_an_answer_that_takes_longer_comes_through_the_stream(page: Page) -> None:
    _type(page, "稍后告诉我")
    expect(page.locator("#waiting")).to_have_text("正在查询…")
    expect(page.get_by_text("久等了，这是稍后到的回复。")).to_be_visible()
    expect(page.locator("#waiting")).to_be_empty()
    assert page.locator(".message").count() == 3


def test_an_agents_words_arrive_by_themselves(page: Page, gateway: FakeGateway) -> None:
    gateway.push({"from": "agent", "text": "您好，我看到您的问题了。"})
    expect(page.locator(".message.agent .bubble")).to_have_text("您好，我看到您的问题了。")
    expect(page.locator(".message.agent .speaker")).to_have_text("人工座席")


def test_what_was_said_while_offline_comes_after_the_reconnection(page: Page, gateway: FakeGateway) -> None:
    page.context.set_offline(True)
    expect(page.locator("#network")).to_have_text("网络断了，恢复后自动重连。")
    gateway.push({"text": "断网时说的话"})
    page.context.set_offline(False)
    expect(page.get_by_text("断网时说的话")).to_be_visible()
    expect(page.locator("#network")).to_be_empty()


def test_an_enter_that_ends_a_composition_does_not_send(page: Page, gateway: FakeGateway) -> None:
    page.locator("#input").focus()
    session = page.context.new_cdp_session(page)
    session.send("Input.imeSetComposition", {"text": "cai liao", "selectionStart": 8, "selectionEnd": 8})
    session.send(
        "Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Enter", "windowsVirtualKeyCode": 229}
    )
    page.locator("#input").dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    page.wait_for_timeout(200)
    assert gateway.received == []
    session.send("Input.insertText", {"text": "材料"})
    page.keyboard.press("Enter")
    expect(page.locator(".citizen .bubble")).to_have_text("材料")


def test_shift_enter_makes_a_new_line(page: Page, gateway: FakeGateway) -> None:
    page.locator("#input").fill("第一行")
    height = page.locator("#input").evaluate("node => node.offsetHeight")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("第二行")
    assert gateway.received == []
    assert page.locator("#input").evaluate("node => node.offsetHeight") > height
    page.keyboard.press("Enter")
    expect(page.locator(".citizen .bubble")).to_have_text("第一行\n第二行", use_inner_text=True)
    expect(page.locator("#waiting")).to_be_empty()
    assert gateway.received[0]["text"] == "第一行\n第二行"


def test_nothing_is_not_sent_but_answered_with_a_hint(page: Page, gateway: FakeGateway) -> None:
    _type(page, "  \n ")
    expect(page.locator("#hint")).to_have_text("请先输入您的问题，再点发送。")
    assert gateway.received == []


@pytest.mark.parametrize(("count", "hint"), [
    (1799, ""), (1800, "已输入 1800/2000 字"), (2000, "已输入 2000/2000 字"),
    (2001, "一次最多 2000 字，现在 2001 字，请分几次发。"),
])  # fmt: skip
def test_the_counter_speaks_near_and_over_the_limits(page: Page, count: int, hint: str) -> None:
    page.locator("#input").fill("问" * count)
    expect(page.locator("#hint")).to_have_text(hint)


def test_two_thousand_characters_go_and_one_more_does_not(page: Page, gateway: FakeGateway) -> None:
    _type(page, "问" * 2001)
    expect(page.locator("#hint")).to_have_class("hint wrong")
    assert gateway.received == []
    _type(page, "😀" * 2000)
    expect(page.locator(".message.bot")).to_have_count(2)
    assert len(gateway.received[0]["text"]) == 2000


def test_a_button_sends_its_token_and_stays_usable_but_quieter(page: Page, gateway: FakeGateway) -> None:
    gateway.next_answer = [{"text": "好", "buttons": [{"title": "下一步", "token": "t-77"}]}]
    _type(page, "材料")
    page.get_by_role("button", name="下一步").click()
    expect(page.locator(".message")).to_have_count(5)
    assert gateway.received[1] == {"id": gateway.received[1]["id"], "button": "t-77"}
    expect(page.locator(".choices").nth(1)).to_have_class("choices quiet")
    page.wait_for_timeout(DOUBLE_TAP)
    page.get_by_role("button", name="下一步").click()
    expect(page.locator(".message.citizen")).to_have_count(3)
    expect(page.locator(".message")).to_have_count(7)  # nothing is under way when the next test begins


def test_a_button_pressed_twice_at_once_sends_once(page: Page, gateway: FakeGateway) -> None:
    gateway.delay = 0.4
    page.locator(".choice").first.dblclick()
    expect(page.locator("#waiting")).to_be_empty()
    assert len(gateway.received) == 1


def test_a_person_is_called_with_one_press(page: Page, gateway: FakeGateway) -> None:
    page.get_by_role("button", name="转人工", exact=True).click()
    expect(page.locator(".message.agent")).to_be_visible()
    assert gateway.received[0]["text"] == "转人工"
    assert page.get_by_role("link", name="拨打 12333").get_attribute("href") == "tel:12333"


def test_the_page_says_that_the_assistant_is_starting(open_page: OpenPage, gateway: FakeGateway) -> None:
    gateway.ready = False
    page = open_page(gateway.address)
    expect(page.locator("#starting")).to_contain_text("助手正在准备")
    gateway.ready = True
    expect(page.locator("#starting")).to_be_empty()
