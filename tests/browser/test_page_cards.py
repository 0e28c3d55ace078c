"""Cards about one's own matter lead with what people came for: result, deadline, number to call."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.fakes.gateway import FakeGateway

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
NUMBER = "JS-20261121-000007-4"
LINES = """(node) => {
  const range = document.createRange();
  range.selectNodeContents(node);
  return new Set(Array.from(range.getClientRects(), (box) => Math.round(box.top))).size;
}"""


@pytest.fixture
def page(open_page: OpenPage, gateway: FakeGateway) -> Page:
    """A page at the fake gateway, which says what these tests want."""
    return open_page(gateway.address)


def _ask(page: Page, text: str) -> None:
    page.locator("#input").fill(text)
    page.locator("#input").press("Enter")
    expect(page.locator("#waiting")).to_be_empty()
    expect(page.locator(".state")).to_have_count(0)


@pytest.mark.parametrize(("width", "larger"), [(320, 4), (360, 0), (360, 4), (1280, 0)])
def test_a_tickets_number_is_never_broken(
    open_page: OpenPage, gateway: FakeGateway, width: int, larger: int
) -> None:
    page = open_page(gateway.address, width=width)
    if larger:
        page.locator("#elder").click()
    for _ in range(larger):
        page.locator("#larger").click()
    _ask(page, "我要投诉")
    shown = page.locator(".whole", has_text=NUMBER)
    assert [node.evaluate(LINES) for node in shown.all()] == [1, 1]


def test_the_ticket_says_its_deadline_first_and_its_number_once(page: Page) -> None:
    _ask(page, "我要投诉")
    card = page.locator(".card.ticket")
    assert card.locator("dt").all_inner_texts() == ["答复期限", "进度", "类别"]
    assert card.inner_text().count(NUMBER) == 1


@pytest.mark.parametrize("allowed", [True, False])
def test_the_number_can_be_copied_also_on_plain_http(page: Page, allowed: bool) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    if not allowed:
        page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(Error()); }")
    _ask(page, "我要投诉")
    page.get_by_role("button", name="复制").click()
    expect(page.get_by_role("button", name="已复制")).to_be_visible()
    assert str(page.evaluate("navigator.clipboard.readText()")).strip() == NUMBER


def test_a_summary_is_not_called_a_ticket_and_its_confirmation_stands_out(page: Page) -> None:
    _ask(page, "请核对")
    expect(page.locator(".card.ticket .tag")).to_have_text("待确认")
    expect(page.locator(".copy")).to_have_count(0)
    expect(page.locator(".choice.strong")).to_have_text("确认提交")


def test_a_claim_says_its_stage_before_anything_else(page: Page) -> None:
    _ask(page, "482913")
    card = page.locator(".card.claim")
    expect(card.locator("h2")).to_have_text("审核中")
    assert card.locator(".progress li").all_inner_texts() == [
        "已提交",
        "已推送",
        "审核中",
        "审核通过",
        "已发放",
    ]
    expect(card.locator("[aria-current=step]")).to_have_text("审核中")
    assert card.locator(".tag").all_inner_texts() == ["办理进度", "已过最晚日期", "演示数据"]


def test_a_demo_claim_is_marked_without_outshouting_the_result(page: Page) -> None:
    _ask(page, "482913")
    card = page.locator(".card.claim")
    expect(card.locator(".warning")).to_have_count(0)
    expect(card.locator(".origin")).to_contain_text("演示数据，不是真实的申请")


def test_a_claim_repeats_neither_its_stage_nor_its_office(page: Page) -> None:
    _ask(page, "482913")
    card = page.locator(".card.claim")
    assert card.locator("dt").all_inner_texts() == ["提交日期", "审核用了", "最晚审完"]
    assert card.inner_text().count("西山区就业局失业保险科") == 1


def test_a_refused_claim_says_why_before_what_to_do(page: Page) -> None:
    _ask(page, "为什么没通过")
    card = page.locator(".card.claim")
    expect(card.locator("[aria-current=step]")).to_have_text("审核不通过")
    text = card.inner_text()
    assert text.index("不是本人的") < text.index("可以再次申请") < text.index("提交日期")


def test_a_stage_the_page_does_not_know_is_still_shown(page: Page, gateway: FakeGateway) -> None:
    stage = [{"name": "办到哪一步", "value": "复核中"}]
    gateway.push({"card": {"kind": "claim", "title": "申请", "fields": stage}})
    expect(page.locator(".card.claim h2")).to_have_text("复核中")
    expect(page.locator(".card.claim .progress")).to_have_count(0)


def test_an_offices_number_stands_on_its_card_once(page: Page) -> None:
    _ask(page, "安宁")
    text = page.locator(".card.office").inner_text()
    assert text.count("68690687") == text.count("68688041") == 1


def test_the_address_comes_first_and_what_is_out_of_date_last(page: Page) -> None:
    _ask(page, "安宁")
    card = page.locator(".card.office")
    names = card.locator("dt").all_inner_texts()
    assert names == ["地址", "发放银行", "以上地址、电话", "原来的地址"]
    assert [link.get_attribute("href") for link in card.locator("a").all()] == [
        "tel:0871-68690687",
        "tel:0871-68688041",
    ]
    expect(card.locator(".call.old")).to_contain_text("原来的电话")


def test_a_number_that_was_taken_out_is_named_in_plain_words(page: Page, gateway: FakeGateway) -> None:
    text = "〔身份证#1〕〔手机号#2〕〔电话#3〕〔银行卡#10〕"
    plain = "〔身份证号，已隐藏〕〔手机号，已隐藏〕〔电话号码，已隐藏〕〔银行卡号，已隐藏〕"
    gateway.push({"text": text, "card": {"kind": "card", "title": text, "lines": [text], "note": text}})
    expect(page.locator(".message").last.locator(".bubble")).to_have_text(plain)
    assert "#" not in page.locator("#log").inner_text()
    assert page.locator(".card").inner_text().count(plain) == 3
