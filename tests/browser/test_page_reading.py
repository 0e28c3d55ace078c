"""What people read is never covered, and it is plain what can be pressed now and what was before."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.fakes.gateway import FakeGateway

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
ROOM = "node => node.clientHeight / document.documentElement.clientHeight"


def _ask(page: Page, text: str) -> None:
    page.locator("#input").fill(text)
    page.locator("#input").press("Enter")
    expect(page.locator("#waiting")).to_be_empty()
    expect(page.locator(".state")).to_have_count(0)


def _largest(page: Page) -> None:
    page.locator("#elder").click()
    for _ in range(4):
        page.locator("#larger").click()


def test_all_first_choices_are_in_sight_on_a_small_phone(open_page: OpenPage, base_url: str) -> None:
    page = open_page(base_url)
    expect(page.locator(".choice")).to_have_count(8)
    for choice in page.locator(".choice").all():
        expect(choice).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="往下看")).to_be_hidden()


def test_the_first_choices_begin_in_sight_in_the_elder_view(open_page: OpenPage, base_url: str) -> None:
    page = open_page(base_url, height=640)
    page.locator("#elder").click()
    expect(page.locator(".choice").first).to_be_in_viewport(ratio=1)
    expect(page.locator(".choice").nth(1)).to_be_in_viewport(ratio=1)


def test_today_needs_no_line_of_its_own(open_page: OpenPage, gateway: FakeGateway) -> None:
    page = open_page(gateway.address)
    _ask(page, "材料")
    expect(page.locator(".day")).to_have_count(0)


def test_a_message_without_a_time_has_neither_clock_nor_day(
    open_page: OpenPage, gateway: FakeGateway
) -> None:
    page = open_page(gateway.address)
    for nothing in (None, "", "昨天"):
        gateway.push({"text": "没有时间", "at": nothing})
    expect(page.get_by_text("没有时间")).to_have_count(3)
    assert page.locator(".message:not(:first-child) time").count() == 0
    assert page.locator(".day").count() == 0


@pytest.mark.parametrize(("width", "height"), [(360, 740), (360, 640), (1280, 860)])
def test_further_down_stands_beside_the_words_and_in_the_column(
    open_page: OpenPage, gateway: FakeGateway, width: int, height: int
) -> None:
    page = open_page(gateway.address, width=width, height=height)
    gateway.next_answer = [{"text": "很长的话。" * 600}]
    _ask(page, "说长一点")
    button = page.get_by_role("button", name="往下看").bounding_box()
    words = page.locator("#scroller").bounding_box()
    column = page.locator(".bottom .column").bounding_box()
    assert button and words and column
    assert button["y"] >= words["y"] + words["height"]
    assert column["x"] <= button["x"] and button["x"] + button["width"] <= column["x"] + column["width"]


def test_further_down_goes_a_screen_at_a_time_and_leaves_at_the_end(
    open_page: OpenPage, gateway: FakeGateway
) -> None:
    page = open_page(gateway.address)
    gateway.next_answer = [{"text": "很长的话。" * 200}]
    _ask(page, "说长一点")
    button = page.get_by_role("button", name="往下看")
    top, room = page.locator("#scroller").evaluate("node => [node.scrollTop, node.clientHeight]")
    button.click()
    moved = page.locator("#scroller").evaluate("node => node.scrollTop") - top
    assert 0 < moved < room
    button.focus()
    page.locator("#scroller").evaluate("node => { node.scrollTop = node.scrollHeight; }")
    expect(button).to_be_hidden()
    assert page.evaluate("document.activeElement.id") == "scroller"


def test_the_tools_keep_their_places_when_further_down_comes(
    open_page: OpenPage, gateway: FakeGateway
) -> None:
    page = open_page(gateway.address)
    before = page.locator("#clear").bounding_box()
    gateway.next_answer = [{"text": "很长的话。" * 200}]
    _ask(page, "说长一点")
    expect(page.get_by_role("button", name="往下看")).to_be_visible()
    assert page.locator("#clear").bounding_box() == before


def test_the_largest_letters_leave_two_thirds_of_a_short_phone_to_the_answer(
    open_page: OpenPage, gateway: FakeGateway
) -> None:
    page = open_page(gateway.address, height=640)
    _largest(page)
    _ask(page, "材料")
    expect(page.locator("#demo")).to_be_hidden()
    expect(page.locator("#demo-mark")).to_be_visible()
    assert page.locator("#scroller").evaluate(ROOM) > 0.66
    tops = {box["y"] for node in page.locator(".reach > *").all() if (box := node.bounding_box())}
    assert len(tops) == 1


def test_the_strip_folds_into_the_mark_after_the_first_answer(
    open_page: OpenPage, gateway: FakeGateway
) -> None:
    page = open_page(gateway.address)
    expect(page.locator("#demo")).to_be_visible()
    _ask(page, "材料")
    expect(page.locator("#demo")).to_be_hidden()
    expect(page.locator("#demo-mark")).to_be_visible()


def test_the_dialogs_buttons_hold_the_largest_letters(open_page: OpenPage, base_url: str) -> None:
    page = open_page(base_url, height=640)
    _largest(page)
    page.locator("#clear").click()
    for name in ("keep", "wipe"):
        button = page.locator(f"#{name}")
        expect(button).to_be_in_viewport(ratio=1)
        inside = "n => { const s = getComputedStyle(n); return parseFloat(s.paddingLeft); }"
        assert button.evaluate("n => n.scrollWidth <= n.clientWidth") and button.evaluate(inside) >= 12


@pytest.mark.parametrize("again", [False, True])
def test_choices_of_earlier_answers_stand_back(
    open_page: OpenPage, gateway: FakeGateway, again: bool
) -> None:
    page = open_page(gateway.address)
    _ask(page, "材料")
    if again:
        page.reload()
        page.locator(".card").wait_for()
    groups = page.locator(".choices")
    expect(groups.first).to_have_class("choices menu quiet")
    border = "node => getComputedStyle(node).borderTopColor"
    assert groups.first.locator(".choice").first.evaluate(border) == "rgba(0, 0, 0, 0)"
    expect(groups.last).to_have_class("choices")


@pytest.mark.parametrize("touch", [True, False])
def test_a_finger_leaves_no_hover_behind(open_page: OpenPage, gateway: FakeGateway, touch: bool) -> None:
    page = open_page(gateway.address, has_touch=touch, is_mobile=touch)
    choice = page.locator(".choice").nth(2)
    ground = "node => getComputedStyle(node).backgroundColor"
    calm = choice.evaluate(ground)
    choice.hover()
    assert (choice.evaluate(ground) == calm) is touch
