"""The supervisor at the real console: charts are drawn from the tables beside them, and a file comes down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from console.access import COOKIE
from desk.tickets.query import Query
from desk.tickets.terms import Role
from tests.benchmarks.many_tickets import fill
from tests.browser.conftest import Sit
from tests.console.door import StaffDoor, StaffMember

pytestmark = pytest.mark.browser
CHARTS = 4
# How many pixels of a chart are not those of the paper behind it.
_INKED = """section => {
    const canvas = section.querySelector("canvas");
    const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let inked = 0;
    for (let at = 3; at < data.length; at += 4) inked += data[at] > 0;
    return inked;
}"""


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StaffDoor]:
    door = StaffDoor(tmp_path_factory.mktemp("overview"))
    fill([door.engine], 300, 7, datetime.now(timezone.utc), 100)
    door.start()
    yield door
    door.kill()


@pytest.fixture(scope="module")
def supervisor(console: StaffDoor) -> StaffMember:
    return console.signed_in(Role.SUPERVISOR)


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (1920, 1080), (700, 900)])
def test_every_chart_is_drawn_and_has_its_table_one_press_away(
    sit: Sit, width: int, height: int, supervisor: StaffMember
) -> None:
    page = sit(supervisor, "/overview?period=days90", width, height)
    charts = page.locator("[data-chart]")
    expect(charts).to_have_count(CHARTS)
    for number in range(CHARTS):
        chart = charts.nth(number)
        expect(chart.locator("canvas")).to_be_visible()
        assert chart.evaluate(_INKED) > 500
        assert chart.get_by_role("img").get_attribute("aria-label")
        expect(chart.locator("table")).to_be_hidden()
        chart.get_by_text("看表格").click()
        expect(chart.locator("table")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_chart_follows_the_width_of_the_window(sit: Sit, supervisor: StaffMember) -> None:
    page = sit(supervisor, "/overview?period=days90")
    canvas = page.locator("[data-chart=lines] canvas")
    wide = canvas.bounding_box()
    page.set_viewport_size({"width": 800, "height": 900})
    expect(canvas).not_to_have_css("width", f"{wide['width'] if wide else 0:.0f}px")
    narrow = canvas.bounding_box()
    assert wide and narrow and narrow["width"] < 800 < wide["width"]
    assert page.locator("[data-chart=lines]").evaluate(_INKED) > 500


def test_a_bar_leads_to_its_tickets(sit: Sit, supervisor: StaffMember) -> None:
    page = sit(supervisor, "/overview?period=days90")
    section = page.get_by_role("region", name="未办结的等了多久")
    link = section.locator("tbody a").first
    href, count = link.get_attribute("href"), link.get_attribute("data-count")
    with page.expect_navigation():
        section.locator("canvas").click(position={"x": 110, "y": 20})
    assert page.url.endswith(href or "nowhere")
    expect(page.get_by_text(f"共 {count} 张")).to_be_visible()


def test_on_paper_every_table_and_formula_is_there(sit: Sit, supervisor: StaffMember) -> None:
    page = sit(supervisor, "/overview?period=days90")
    tables = page.locator("[data-chart] table")
    expect(tables.first).to_be_hidden()
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    for number in range(CHARTS):
        expect(tables.nth(number)).to_be_visible()
    expect(page.get_by_text("期限内联系上市民的 ÷ 应首次联系的")).to_be_visible()
    expect(page.locator(".top")).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(tables.first).to_be_hidden()


def test_without_scripts_the_tables_stand_open(
    chromium: Browser, console: StaffDoor, supervisor: StaffMember
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    context.add_cookies([{"name": COOKIE, "value": supervisor.token, "url": console.url}])
    page = context.new_page()
    page.goto(console.url + "/overview")
    for number in range(CHARTS):
        expect(page.locator("[data-chart] table").nth(number)).to_be_visible()
    context.close()


def test_from_the_queue_to_a_file_with_a_reason(
    console: StaffDoor, supervisor: StaffMember, sit: Sit, tmp_path: Path
) -> None:
    page = sit(supervisor, "/tickets?overdue=1")
    page.get_by_role("link", name="导出").click()
    expect(page.get_by_text("只看")).to_be_visible()
    page.get_by_label("CSV").check()
    page.get_by_role("button", name="下载").click()
    assert page.get_by_label("为什么要导出").evaluate("field => !field.validity.valid")
    page.get_by_label("为什么要导出").fill("11月例会汇报")
    with page.expect_download() as begun:
        page.get_by_role("button", name="下载").click()
    begun.value.save_as(tmp_path / "file.csv")
    assert begun.value.suggested_filename.startswith("工单-")
    lines = (tmp_path / "file.csv").read_text("utf-8-sig").splitlines()
    overdue = console.counter.search.count(supervisor.staff.actor, Query(overdue=True))
    assert len(lines) == overdue + 1 > 1
