"""Who speaks is always plain: the place in line, when a person joins, and when the bot is back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.fakes.gateway import FakeGateway

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
NONE: dict[str, Any] = {"state": "none", "position": 0, "name": "", "button": None}
END = {"title": "结束人工服务", "token": "结束人工服务"}


def waiting(position: int) -> dict[str, Any]:
    button = {"title": "不等了", "token": "不等了"}
    return {"state": "waiting", "position": position, "name": "", "button": button}


def test_the_place_in_line_is_said_and_kept_up_to_date(open_page: OpenPage, gateway: FakeGateway) -> None:
    page = open_page(gateway.address)
    bar = page.locator("#live-text")
    expect(bar).to_be_empty()
    gateway.live = waiting(3)
    expect(bar).to_have_text("正在等人工，您前面还有 2 位")
    gateway.live = waiting(1)
    expect(bar).to_have_text("正在等人工，下一位就是您")
    with page.expect_response("**/api/messages"):  # the words stand there before they are sent
        page.get_by_role("button", name="不等了").click()
    expect(page.locator(".citizen .bubble")).to_have_text("不等了")
    assert gateway.received[-1]["button"] == "不等了"
    gateway.live = NONE
    expect(bar).to_be_empty()
    expect(page.locator("#live-end")).to_be_hidden()


def test_the_agents_name_stands_on_what_the_agent_says(open_page: OpenPage, gateway: FakeGateway) -> None:
    page = open_page(gateway.address)
    gateway.live = {"state": "held", "position": 0, "name": "座席07", "button": END}
    gateway.push({"from": "notice", "text": "座席07（工作人员）已经接入。"})
    gateway.push({"from": "agent", "name": "座席07", "text": "您好。"})
    expect(page.locator("#live-text")).to_have_text("现在由座席07回复您")
    expect(page.locator(".agent .speaker")).to_have_text("座席07")
    expect(page.locator(".bot .speaker").first).to_have_text("机器人")
    gateway.next_answer = []
    page.locator("#input").fill("我的钱没到账")
    page.locator("#input").press("Enter")
    expect(page.locator("#waiting")).to_be_empty()


def test_the_place_is_there_again_after_a_reload(open_page: OpenPage, gateway: FakeGateway) -> None:
    gateway.live = waiting(2)
    page = open_page(gateway.address)
    expect(page.locator("#live-text")).to_have_text("正在等人工，您前面还有 1 位")


@pytest.mark.parametrize("elder", [False, True])
def test_the_bar_fits_a_small_phone_and_its_button_a_finger(
    open_page: OpenPage, gateway: FakeGateway, elder: bool
) -> None:
    page = open_page(gateway.address)
    if elder:
        page.locator("#elder").click()
    gateway.live = {"state": "held", "position": 0, "name": "座席07", "button": END}
    button = page.get_by_role("button", name="结束人工服务")
    expect(button).to_be_in_viewport(ratio=1)
    box = button.bounding_box()
    assert box
    assert box["height"] >= (60 if elder else 44)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("#scroller").evaluate("n => n.clientHeight") > 200


def test_who_waits_hears_it_from_a_screen_reader(open_page: OpenPage, gateway: FakeGateway) -> None:
    page = open_page(gateway.address)
    gateway.live = waiting(2)
    expect(page.get_by_role("status").filter(has_text="正在等人工")).to_be_visible()
