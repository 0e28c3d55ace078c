"""A complaints officer without training at the real console: only what the pages say is used."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Dialog, expect
from sqlalchemy import update

from desk.tickets import Complaint, Kind, Ticket
from desk.tickets.tables import TicketRow
from desk.tickets.terms import Role
from tests.browser.conftest import Sit
from tests.console.door import StaffDoor
from tests.console.ticket_desk import in_progress

pytestmark = pytest.mark.browser

SAID = "11月2日申请的失业金，到今天还在审核，没有人告诉我为什么。"


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StaffDoor]:
    door = StaffDoor(tmp_path_factory.mktemp("staff"))
    door.start()
    yield door
    door.kill()


def file_(console: StaffDoor, key: str, words: str, due: str = "") -> Ticket:
    complaint = Complaint(Kind.COMPLAINT, words, category="overdue", district="五华区")
    ticket = console.counter.tickets.open(complaint, key, f"web-{key}", "web")
    if due:
        late = update(TicketRow).where(TicketRow.id == ticket.id).values(due=date.fromisoformat(due))
        with console.engine.begin() as connection:
            connection.execute(late)
    return ticket


def test_an_officer_finds_the_most_urgent_ticket_dispatches_it_and_answers_it(
    console: StaffDoor, sit: Sit
) -> None:
    file_(console, "calm", "办得慢，建议改进。")
    urgent = file_(console, "urgent", SAID, due="2026-01-05")
    officer = sit(console.signed_in(Role.AGENT), "/tickets")

    # The most urgent one stands first: down with j, open with Enter.
    expect(officer.get_by_text("最急的排在最前面")).to_be_visible()
    officer.keyboard.press("j")
    officer.keyboard.press("Enter")
    expect(officer.get_by_role("heading", level=1)).to_have_text(SAID)
    expect(officer.get_by_text(urgent.public_no)).to_be_visible()

    # What to do next stands open, filled in with what the catalogue says.
    unit = officer.get_by_role("form", name="受理", exact=True).get_by_label("承办单位")
    expect(unit).to_have_value("五华区")
    officer.get_by_role("button", name="受理", exact=True).click()
    expect(officer.get_by_text("已受理。")).to_be_visible()
    officer.get_by_role("button", name="派单", exact=True).click()
    expect(officer.get_by_text("已派单。")).to_be_visible()

    handler = sit(console.signed_in(Role.HANDLER, "五华区"), "/")
    handler.get_by_role("link", name="待签收").click()
    handler.get_by_role("link", name=SAID).click()
    handler.get_by_role("button", name="签收", exact=True).click()
    expect(handler.get_by_text("已签收。")).to_be_visible()
    handler.get_by_label("答复内容").fill("您的申请今天审核通过，12月10日前发放到登记的银行卡。")
    handler.get_by_label("在知识卡片里找").fill("审核几个工作日")
    handler.get_by_role("radio").first.check()
    handler.get_by_label("办理结果").select_option(label="已解决")
    handler.get_by_label("联系情况").fill("电话告诉了本人。")
    handler.get_by_role("button", name="答复市民").click()
    expect(handler.get_by_text("已答复市民。")).to_be_visible()
    assert console.counter.tickets.get(urgent.id).state.value == "replied"


def test_cards_that_come_late_take_no_choice_away(console: StaffDoor, sit: Sit) -> None:
    handler = console.signed_in(Role.HANDLER, "五华区")
    page = sit(handler, f"/tickets/{in_progress(console, handler).id}")
    form = page.get_by_role("form", name="答复市民")
    words, cards = form.get_by_label("在知识卡片里找"), form.get_by_role("radio")
    with page.expect_response("**/cards?words=*"):
        words.fill("审核几个工作日")
    choice = cards.first.get_attribute("value")
    for searched in ("银行卡丢了怎么办", "审核几个工作日", "㐀㐀㐀㐀"):
        cards.first.check()
        with page.expect_response("**/cards?words=*"):
            words.fill(searched)
        expect(cards.first).to_have_value(choice or "")
        expect(cards.first).to_be_checked()
        expect(form.locator(f'input[value="{choice}"]')).to_have_count(1)


def test_filtering_changes_the_list_and_the_address_and_keys_still_work(console: StaffDoor, sit: Sit) -> None:
    file_(console, "filter-1", "电话一直没有人接听。")
    page = sit(console.signed_in(Role.AGENT), "/tickets")
    page.keyboard.press("/")
    page.keyboard.type("没有人接听")
    expect(page.get_by_text("共 1 张")).to_be_visible()
    assert "text=" in page.url
    page.get_by_label("状态").select_option(label="已办结")
    expect(page.get_by_text("没有符合这些条件的工单")).to_be_visible()
    page.get_by_role("link", name="清除全部筛选").click()
    page.wait_for_url(f"{console.url}/tickets")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_role("checkbox", name="勾选 JS").first).to_be_checked()


def test_a_dangerous_move_asks_and_a_no_leaves_everything(console: StaffDoor, sit: Sit) -> None:
    ticket = file_(console, "danger", "我和公司的劳动争议怎么办。")
    page = sit(console.signed_in(Role.AGENT), f"/tickets/{ticket.id}")
    asked: list[str] = []

    def refuse(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", refuse)
    page.get_by_text("不予受理", exact=True).first.click()
    form = page.get_by_role("form", name="不予受理")
    form.get_by_label("理由").select_option(index=1)
    form.get_by_label("应走的渠道").fill("请向劳动人事争议仲裁委员会申请仲裁。")
    form.get_by_role("button", name="不予受理").click()
    assert asked and "确定吗" in asked[0]
    assert console.counter.tickets.get(ticket.id).state.value == "submitted"
    page.once("dialog", lambda dialog: dialog.accept())
    form.get_by_role("button", name="不予受理").click()
    expect(page.get_by_text("已不予受理。")).to_be_visible()
    assert page.url.endswith(f"/tickets/{ticket.id}")


@pytest.mark.parametrize("width", [1280, 1920])
def test_no_page_is_wider_than_the_screen(console: StaffDoor, sit: Sit, width: int) -> None:
    ticket = file_(console, f"wide-{width}", "很长的一句话" * 60)
    boss = console.signed_in(Role.SUPERVISOR)
    for path in ("/tickets", f"/tickets/{ticket.id}", "/limits"):
        page = sit(boss, path, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
