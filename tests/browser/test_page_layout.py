"""The citizen's page fits its screen, and its letters and targets are as large as 适老化 asks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.fakes.gateway import FakeGateway

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
QUESTIONS = ("材料", "第三步", "五华", "内蒙古", "查进度", "482913", "投诉", "转人工", "很长" + "问" * 300)

# Every visible text with less contrast than 4.5:1 against the nearest painted background.
FAINT = """() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const colour = rgb(getComputedStyle(node).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !node.checkVisibility()) continue;
    const pair = [light(rgb(getComputedStyle(node).color)), light(ground(node))].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (ratio < 4.5) faint.push(`${walker.currentNode.data.slice(0, 12)} ${ratio.toFixed(2)}`);
  }
  return faint;
}"""
SMALL = """(least) => Array.from(document.querySelectorAll("button, a[href], textarea"))
  .filter((node) => node.checkVisibility() && !node.classList.contains("skip"))
  .map((node) => [node.textContent || node.id, node.getBoundingClientRect()])
  .filter(([, box]) => box.width < least || box.height < least)
  .map(([name, box]) => `${name} ${box.width}x${box.height}`)"""
WIDE = """() => Array.from(document.querySelectorAll(
  "html, #scroller, .card, .bubble, .top .column, .bottom .column"))
  .filter((node) => node.scrollWidth > node.clientWidth + 1).map((node) => node.className || node.tagName)"""


def ask(page: Page, text: str) -> None:
    """Type, send, and wait for whatever comes."""
    page.locator("#input").fill(text)
    page.locator("#input").press("Enter")
    expect(page.locator("#waiting")).to_be_empty()
    expect(page.locator(".state")).to_have_count(0)


def _talk(page: Page) -> None:
    for question in QUESTIONS:
        ask(page, question)


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("elder", [False, True])
def test_nothing_scrolls_sideways(open_page: OpenPage, base_url: str, width: int, elder: bool) -> None:
    page = open_page(base_url, width=width)
    if elder:
        page.locator("#elder").click()
    _talk(page)
    assert page.evaluate(WIDE) == []


def test_the_largest_letters_still_fit_a_small_phone(open_page: OpenPage, base_url: str) -> None:
    page = open_page(base_url, width=320, height=568)
    page.locator("#elder").click()
    for _ in range(4):
        page.locator("#larger").click()
    _talk(page)
    assert page.evaluate(WIDE) == []
    assert page.locator(".bubble").first.evaluate("n => getComputedStyle(n).fontSize") == "30px"


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize(("elder", "least"), [(False, 44), (True, 60)])
def test_everything_that_can_be_pressed_is_large_enough(
    open_page: OpenPage, base_url: str, width: int, elder: bool, least: int
) -> None:
    page = open_page(base_url, width=width)
    if elder:
        page.locator("#elder").click()
    _talk(page)
    assert page.evaluate(SMALL, least) == []


@pytest.mark.parametrize("elder", [False, True])
def test_every_text_has_contrast_of_four_and_a_half(open_page: OpenPage, base_url: str, elder: bool) -> None:
    page = open_page(base_url)
    if elder:
        page.locator("#elder").click()
        page.mouse.move(180, 400)
    _talk(page)
    page.locator("#input").press("Enter")
    assert page.evaluate(FAINT) == []


def test_the_measures_find_a_planted_fault(open_page: OpenPage, base_url: str) -> None:
    page = open_page(base_url, bypass_csp=True)
    page.add_style_tag(path=Path(__file__).with_name("planted.css"))
    assert page.evaluate(FAINT)
    assert page.evaluate(SMALL, 44)
    assert page.evaluate(WIDE)


def test_the_failure_line_and_the_dialog_have_contrast_too(open_page: OpenPage, gateway: FakeGateway) -> None:
    page = open_page(gateway.address)
    page.route("**/api/messages", lambda route: route.abort())
    page.locator("#input").fill("材料")
    page.locator("#input").press("Enter")
    page.get_by_role("button", name="重发").wait_for()
    page.locator("#clear").click()
    assert page.evaluate(FAINT) == []


def test_letters_begin_at_18_and_the_elder_view_at_22_up_to_30(page: Page) -> None:
    text = page.locator(".bubble").first
    size = "node => parseFloat(getComputedStyle(node).fontSize)"
    height = "node => parseFloat(getComputedStyle(node).lineHeight)"
    assert text.evaluate(size) == 18
    page.locator("#elder").click()
    assert text.evaluate(size) == 22
    assert text.evaluate(height) >= 1.5 * 22
    for _ in range(4):
        page.locator("#larger").click()
    assert text.evaluate(size) == 30
    page.locator("#larger").click(force=True)
    assert text.evaluate(size) == 30
    page.locator("#smaller").click()
    assert text.evaluate(size) == 28


def test_the_elder_view_is_kept_for_the_next_visit(page: Page) -> None:
    page.locator("#elder").click()
    page.locator("#larger").click()
    page.reload()
    page.locator(".message").first.wait_for()
    assert page.locator("#elder").get_attribute("aria-checked") == "true"
    assert page.locator(".bubble").first.evaluate("n => getComputedStyle(n).fontSize") == "24px"


def test_the_page_works_where_storage_is_switched_off(open_page: OpenPage, base_url: str) -> None:
    page = open_page(base_url)
    page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw Error('off'); } })")
    page.reload()
    page.locator(".message").first.wait_for()
    page.locator("#elder").click()
    ask(page, "材料")
    assert page.locator("#elder").get_attribute("aria-checked") == "true"


def test_the_gateways_wish_for_the_elder_view_yields_to_the_persons(
    open_page: OpenPage, gateway: FakeGateway
) -> None:
    gateway.elder = True
    page = open_page(gateway.address)
    expect(page.locator("#elder")).to_have_attribute("aria-checked", "true")
    page.locator("#elder").click()
    page.reload()
    page.locator(".message").first.wait_for()
    expect(page.locator("#elder")).to_have_attribute("aria-checked", "false")


def test_nothing_moves_for_a_person_who_asked_for_calm(open_page: OpenPage, gateway: FakeGateway) -> None:
    gateway.delay = 1.0
    page = open_page(gateway.address, reduced_motion="reduce")
    page.locator("#input").fill("材料")
    page.locator("#input").press("Enter")
    page.get_by_text("正在查询").wait_for()
    moving = page.locator("#waiting").evaluate("n => getComputedStyle(n, '::before').animationName")
    assert moving == "none"


def test_a_person_without_javascript_gets_phone_numbers(open_page: OpenPage, base_url: str) -> None:
    page = open_page(base_url, java_script_enabled=False)
    numbers = [link.get_attribute("href") for link in page.locator(".noscript a").all()]
    assert numbers == ["tel:12333", "tel:087163362528"]
    assert page.locator("#form").is_hidden()


def test_no_page_file_is_over_300_lines() -> None:
    pages = Path(__file__).resolve().parents[2] / "bot" / "gateway" / "pages"
    assert [file.name for file in pages.iterdir() if len(file.read_text("utf-8").splitlines()) > 300] == []
