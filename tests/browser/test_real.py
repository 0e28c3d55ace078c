"""The page and the whole assistant behind it: one walk through everything a citizen comes for."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from tests.assistant import Assistant

pytestmark = [pytest.mark.browser, pytest.mark.model]
OpenPage = Callable[..., Page]
# Late rows of data/demo/claims.csv that no story takes: a code goes out once a minute.
LATE = {360: ("99999919730303011X", "演示子"), 1280: ("999999197609090123", "演示丑")}
ANSWERS = ("今天", "在这里答复", "不匿名")
WAIT = 30_000


def _answered(page: Page) -> None:
    expect(page.locator("#waiting")).to_be_empty(timeout=WAIT)
    expect(page.locator(".state")).to_have_count(0)


def _say(page: Page, text: str) -> None:
    page.locator("#input").fill(text)
    page.locator("#input").press("Enter")
    _answered(page)


def _press(page: Page, title: str) -> None:
    page.wait_for_timeout(350)  # A quicker press is taken for the second tap of a double one.
    page.locator(".choices:not(.quiet)").get_by_role("button", name=title, exact=True).click()
    _answered(page)


def _ask_guide(page: Page) -> None:
    _press(page, "要带什么材料")
    expect(page.locator(".card.checklist li")).to_have_count(7)
    _say(page, "五华区在哪里办")
    expect(page.locator(".card.office h2")).to_contain_text("五华区")
    _say(page, "第三步怎么做")
    expect(page.locator(".card.steps .where").last).to_have_text("第3步/共9步")
    _press(page, "下一步")
    expect(page.locator(".card.steps .where").last).to_have_text("第4步/共9步")


def _complain(page: Page) -> None:
    _say(page, "我要投诉")
    _say(page, "五华区窗口的工作人员说话很凶，材料交了三次都不收")
    for answer in ANSWERS:
        _press(page, answer)
    expect(page.locator(".card.ticket .tag")).to_have_text("待确认")
    _press(page, "确认提交")
    number = page.locator(".card.ticket .number")
    expect(number).to_have_text(re.compile(r"^JS-\d{8}-\d{6}-\d$"))
    page.locator(".copy").click()
    expect(page.locator(".copy")).to_have_text("已复制")


def _look_up_claim(page: Page, number: str, name: str) -> None:
    _say(page, "查我的进度")
    _say(page, number)
    expect(page.locator(".citizen .bubble").last).to_have_text("〔身份证号，已隐藏〕")
    _say(page, name)
    sms = page.locator(".message.sms").last
    code = re.search(r"(?<!\d)\d{6}(?!\d)", sms.inner_text())
    assert code
    _say(page, code[0])
    card = page.locator(".card.claim")
    expect(card.locator("h2")).to_have_text(re.compile("已提交|审核中"))
    expect(card.locator(".late-tag")).to_be_visible()
    expect(card.locator(".demo-tag")).to_be_visible()
    expect(page.get_by_role("button", name="帮我登记投诉")).to_have_count(1)


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1280, 860)])
def test_a_citizen_walks_from_the_first_question_to_the_claim(
    open_page: OpenPage, assistant: Assistant, width: int, height: int
) -> None:
    spoken: list[str] = []
    page = open_page(assistant.url, width=width, height=height)

    def hear(line: ConsoleMessage) -> None:
        spoken.append(line.text)

    page.on("console", hear)
    expect(page.locator(".choice")).to_have_count(8)
    _ask_guide(page)
    _complain(page)
    _look_up_claim(page, *LATE[width])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert spoken == []
