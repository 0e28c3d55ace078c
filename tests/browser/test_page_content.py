"""What the gateway says is shown whole, once, in order, and as text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.fakes.gateway import FakeGateway

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
PAGES = Path(__file__).resolve().parents[2] / "bot" / "gateway" / "pages"
ATTACKS = (
    "<img src=x onerror=window.broken=1>",
    "<script>window.broken=1</script>",
    "javascript:window.broken=1",
    '"><svg onload=window.broken=1>',
    "</p><iframe src=//example.invalid>",
    "{{7*7}}${7*7}",
)


@pytest.fixture
def page(open_page: OpenPage, gateway: FakeGateway) -> Page:
    """A page at the fake gateway, which says what these tests want."""
    return open_page(gateway.address)


def _attack_card(text: str) -> dict[str, object]:
    return {
        "kind": text,
        "title": text,
        "label": text,
        "scope": text,
        "note": text,
        "lines": [text],
        "since": text,
        "fields": [{"name": text, "value": text}],
        "phones": [{"name": text, "number": text}],
        "sources": [{"title": text, "clause": text, "number": text}],
        "progress": {"step": text, "of": 3},
    }


@pytest.mark.parametrize("text", ATTACKS)
def test_markup_from_anyone_stays_text(page: Page, gateway: FakeGateway, text: str) -> None:
    for speaker in ("bot", "citizen", "agent", "notice", text):
        gateway.push(
            {
                "from": speaker,
                "kind": text,
                "name": text,
                "text": text,
                "card": _attack_card(text),
                "buttons": [{"title": text, "token": text}],
            }
        )
    expect(page.locator(".message")).to_have_count(6)
    page.locator("#input").fill(text)
    page.locator("#input").press("Enter")
    expect(page.locator(".message")).to_have_count(8)
    assert page.evaluate("window.broken") is None
    assert page.locator("#log :is(img, script, iframe, svg)").count() == 0
    assert set(page.locator(".message .bubble").all_inner_texts()[1:-1]) == {text}
    links = [link.get_attribute("href") or "" for link in page.locator("#log a").all()]
    assert all(link.startswith("tel:") for link in links)


def test_a_direction_override_cannot_turn_its_neighbours(page: Page, gateway: FakeGateway) -> None:
    gateway.push(
        {"text": "\u202e乱序\u202d", "card": {"kind": "card", "title": "\u202e0001", "lines": ["\u2067甲"]}}
    )
    page.get_by_text("乱序").wait_for()
    for node in page.locator(".message:last-child .words").all():
        assert node.get_attribute("dir") == "auto"
        assert node.evaluate("n => getComputedStyle(n).unicodeBidi") == "isolate"


def test_no_page_file_puts_markup_together_from_text() -> None:
    makes_markup = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function")
    forbidden = (*makes_markup, "http://", "https://")
    for file in PAGES.glob("*.js"):
        assert [word for word in forbidden if word in file.read_text("utf-8")] == [], file.name
    index = (PAGES / "index.html").read_text("utf-8")
    assert [word for word in ("style=", "<style", "onclick", "http:", "https:", "//") if word in index] == []


def test_the_warning_comes_first_and_the_source_last(page: Page) -> None:
    page.locator("#input").fill("内蒙古")
    page.locator("#input").press("Enter")
    card = page.locator(".card")
    expect(card).to_be_visible()
    text = card.inner_text()
    assert text.startswith("请注意：以下是内蒙古自治区的规定，昆明不适用。")
    assert text.endswith("依据：《自治区失业保险经办规程》 · 适用：内蒙古自治区")


def test_the_source_line_names_rule_scope_and_both_dates(page: Page, gateway: FakeGateway) -> None:
    source = {"title": "失业保险条例", "clause": "第十四条", "number": "国务院令第258号"}
    gateway.push({"card": {
        "kind": "card", "title": "条件", "lines": ["甲"], "sources": [source],
        "scope": "昆明市", "since": "2023-12-01", "checked": "2026-11-21",
    }})  # fmt: skip
    rule = "依据：《失业保险条例》（国务院令第258号）第十四条"
    expected = f"{rule} · 适用：昆明市 · 自 2023-12-01 起 · 核对于 2026-11-21"
    expect(page.locator(".origin")).to_have_text(expected)


def test_more_than_nine_lines_wait_behind_a_button(page: Page, gateway: FakeGateway) -> None:
    gateway.push({"card": {"kind": "card", "title": "九条", "lines": [f"第{n}" for n in range(9)]}})
    gateway.push({"card": {"kind": "card", "title": "十二条", "lines": [f"第{n}" for n in range(12)]}})
    expect(page.locator(".unfold")).to_have_count(1)
    expect(page.locator(".lines li:visible")).to_have_count(18)
    page.get_by_role("button", name="展开其余 3 条").click()
    expect(page.locator(".lines li:visible")).to_have_count(21)
    expect(page.get_by_role("button", name="收起")).to_have_attribute("aria-expanded", "true")


def test_a_demo_message_is_in_a_marked_box(page: Page) -> None:
    page.locator("#input").fill("查进度")
    page.locator("#input").press("Enter")
    expect(page.locator(".message.sms .speaker")).to_have_text("演示短信（只在演示环境出现）")
    expect(page.locator(".message.sms")).to_contain_text("482913")


def test_the_demo_strip_shows_in_the_demo_only(open_page: OpenPage, gateway: FakeGateway) -> None:
    expect(open_page(gateway.address).locator("#demo")).to_be_visible()
    gateway.demo = False
    expect(open_page(gateway.address).locator("#demo")).to_be_hidden()


def test_days_are_set_apart(page: Page, gateway: FakeGateway) -> None:
    gateway.push({"text": "昨天", "at": "2026-03-01T08:00:00Z"})
    gateway.push({"text": "今天零点后", "at": "2026-03-01T16:30:00Z"})
    page.get_by_text("今天零点后").wait_for()
    assert page.locator(".day").all_inner_texts() == ["2026年3月1日星期日", "2026年3月2日星期一"]


def test_a_message_without_the_optional_keys_is_shown(page: Page, gateway: FakeGateway) -> None:
    for conversation in gateway.conversations.values():
        conversation.append({"seq": 2, "from": "bot", "text": "只有话"})
    expect(page.get_by_text("只有话")).to_be_visible()


def test_own_words_take_the_redacted_text_of_the_record(page: Page, gateway: FakeGateway) -> None:
    page.route("**/api/messages", lambda route: route.fulfill(json={"id": "x", "state": "done", "messages": [
        {"seq": 2, "from": "citizen", "kind": "text", "text": "我的号码是〔身份证#1〕"},
        {"seq": 3, "from": "bot", "kind": "text", "text": "收到"},
    ]}))  # fmt: skip
    page.locator("#input").fill("我的号码是一二三")
    page.locator("#input").press("Enter")
    expect(page.get_by_text("收到")).to_be_visible()
    assert page.locator(".citizen .bubble").all_inner_texts() == ["我的号码是〔身份证号，已隐藏〕"]


def test_a_history_of_200_messages_opens_at_its_end(page: Page, gateway: FakeGateway) -> None:
    conversation = next(iter(gateway.conversations.values()))
    for number in range(100):
        gateway.store(conversation, {"from": "citizen", "text": f"问题{number}"})
        gateway.store(conversation, {"card": {"kind": "card", "title": f"答{number}", "lines": ["甲", "乙"]}})
    page.reload()
    expect(page.get_by_role("heading", name="答99")).to_be_in_viewport()
    assert page.locator(".message").count() == 201


def test_a_new_message_does_not_pull_a_reader_down(page: Page, gateway: FakeGateway) -> None:
    conversation = next(iter(gateway.conversations.values()))
    for number in range(20):
        gateway.store(conversation, {"text": f"话{number}"})
    page.reload()
    page.get_by_text("话19").wait_for()
    page.locator("#scroller").evaluate("node => { node.scrollTop = 0; }")
    gateway.push({"text": "新的话"})
    # 往下看 is there before: pressed too early it would only go one screen down.
    expect(page.get_by_text("新的话")).to_be_attached()
    expect(page.get_by_role("button", name="往下看")).to_be_visible()
    assert page.locator("#scroller").evaluate("node => node.scrollTop") == 0
    page.get_by_role("button", name="往下看").click()
    expect(page.get_by_text("新的话")).to_be_in_viewport()


def test_the_beginning_of_a_long_answer_stays_in_sight(page: Page, gateway: FakeGateway) -> None:
    gateway.next_answer = [{"card": {"kind": "card", "title": "开头", "lines": ["很长的一条内容" * 20] * 5}}]
    page.locator("#input").fill("长的")
    page.locator("#input").press("Enter")
    expect(page.get_by_role("heading", name="开头")).to_be_in_viewport()
    expect(page.locator(".citizen .bubble")).to_be_in_viewport()
