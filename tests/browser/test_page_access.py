"""The page can be walked with a keyboard and is read well by a screen reader."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.fakes.gateway import FakeGateway

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]


def _focused(page: Page) -> str:
    return str(
        page.evaluate(
            """() => {
              const { id, ariaLabel, textContent } = document.activeElement;
              return id || ariaLabel || textContent.trim();
            }"""
        )
    )


def _ask(page: Page, text: str) -> None:
    page.locator("#input").fill(text)
    page.locator("#input").press("Enter")
    expect(page.locator("#waiting")).to_be_empty()


def test_the_log_the_input_and_the_buttons_have_names(page: Page) -> None:
    expect(page.locator("body")).to_match_aria_snapshot("""
      - link "跳到输入框"
      - banner:
        - heading /昆明市 ?演示 ?失业保险助手/ [level=1]
        - group "显示设置":
          - switch "长辈版"
      - main:
        - region "对话":
          - log "对话记录":
            - article "机器人"
      - contentinfo:
        - navigation "人工服务和清除":
          - button "转人工"
          - link "拨打 12333"
          - button "清除对话"
        - textbox "输入您的问题"
        - button "发送"
    """)
    assert page.locator("#log").get_attribute("aria-live") == "polite"


def test_an_answer_card_reads_as_a_heading_a_list_and_terms(
    open_page: OpenPage, gateway: FakeGateway
) -> None:
    page = open_page(gateway.address)
    _ask(page, "五华")
    expect(page.locator(".card")).to_match_aria_snapshot("""
      - heading "五华区就业局失业保险科" [level=2]
      - term: 地址
      - definition: 昆明市正义路五华坊17号
      - term: 发放银行
      - definition: 交通银行
      - list:
        - listitem:
          - link "拨打 失业保险科 0871-63588129"
        - listitem:
          - link "拨打 人社服务热线 12333"
    """)


def test_who_speaks_is_said_in_words(open_page: OpenPage, gateway: FakeGateway) -> None:
    page = open_page(gateway.address)
    _ask(page, "转人工")
    assert page.locator(".speaker").all_inner_texts() == ["机器人", "您", "系统提示", "座席07"]


def test_the_step_is_said_in_words_and_shown_as_a_diagram(open_page: OpenPage, gateway: FakeGateway) -> None:
    page = open_page(gateway.address)
    _ask(page, "第三步")
    expect(page.locator(".where")).to_have_text("第3步/共9步")
    assert page.locator(".progress li").all_inner_texts() == [str(number) for number in range(1, 10)]
    assert page.locator(".progress [aria-current=step]").inner_text() == "3"


def test_the_whole_page_can_be_walked_with_tab(open_page: OpenPage, gateway: FakeGateway) -> None:
    page = open_page(gateway.address)
    walk = []
    for _ in range(16):
        page.keyboard.press("Tab")
        walk.append(_focused(page))
    choices = [each["title"] for each in gateway.conversations.popitem()[1][0]["buttons"]]
    assert walk[:3] == ["跳到输入框", "elder", "scroller"]
    assert walk[3:11] == choices
    assert walk[11:] == ["human", "拨打 12333", "clear", "input", "send"]


def test_the_skip_link_leads_to_the_input(page: Page) -> None:
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert _focused(page) == "input"


def test_a_choice_answers_to_the_keyboard_and_keeps_the_focus(page: Page) -> None:
    choice = page.locator(".choice").first
    choice.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".message.citizen")).to_have_count(1)
    expect(page.locator("#waiting")).to_be_empty()
    assert choice.evaluate("node => node === document.activeElement")


def test_the_focus_has_a_visible_ring(page: Page) -> None:
    for _ in range(5):
        page.keyboard.press("Tab")
        ring = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
        assert ring == "solid"


def test_the_focus_stays_in_the_input_after_sending(page: Page) -> None:
    page.locator("#input").fill("材料")
    page.locator("#send").click()
    expect(page.locator(".message")).not_to_have_count(1)
    assert _focused(page) == "input"


def test_a_message_that_arrives_does_not_take_the_focus(open_page: OpenPage, gateway: FakeGateway) -> None:
    page = open_page(gateway.address)
    page.locator("#elder").focus()
    gateway.push(
        {"from": "agent", "name": "座席07", "text": "您好", "buttons": [{"title": "好", "token": "ok"}]}
    )
    page.get_by_text("您好", exact=True).wait_for()
    assert _focused(page) == "elder"


def test_escape_closes_the_dialog_and_gives_the_focus_back(page: Page) -> None:
    page.locator("#clear").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="清除这段对话？")).to_be_visible()
    assert _focused(page) == "keep"
    page.keyboard.press("Escape")
    expect(page.locator("#confirm")).to_be_hidden()
    assert _focused(page) == "clear"


def test_clearing_begins_a_new_conversation(page: Page) -> None:
    _ask(page, "材料")
    page.locator("#clear").click()
    page.locator("#wipe").click()
    expect(page.locator(".message.citizen")).to_have_count(0)
    expect(page.locator(".message")).to_have_count(1)
    assert _focused(page) == "input"
    _ask(page, "材料")
    expect(page.locator(".message.citizen")).to_have_count(1)


def test_a_person_who_keeps_the_conversation_keeps_it(page: Page) -> None:
    _ask(page, "材料")
    page.locator("#clear").click()
    page.locator("#keep").click()
    expect(page.locator(".message.citizen")).to_have_count(1)


def test_a_clearing_that_failed_says_so_and_clears_nothing(page: Page) -> None:
    _ask(page, "材料")
    page.route("**/api/session/end", lambda route: route.fulfill(status=503, json={"error": {}}))
    page.locator("#clear").click()
    page.locator("#wipe").click()
    expect(page.get_by_role("alert")).to_have_text("没有清除成功，请再试一次。")
    expect(page.locator(".message.citizen")).to_have_count(1)
