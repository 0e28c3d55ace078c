"""The agent's pages in a browser with the real console: the keys, and a citizen who asks for a person."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from console.access import COOKIE
from desk.live import Waiting
from desk.tickets.terms import Role
from tests.console.door import StaffDoor
from tests.console.live_line import Ticking
from tests.desk.live_room import live_in
from tests.desk.ticket_room import PLANTED_PHONE
from tests.fakes.understanding import FakeUnderstanding
from tests.gateway.door import Door, until

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("house")


@pytest.fixture(scope="module")
def console(var: Path) -> Iterator[StaffDoor]:
    door = StaffDoor(var)
    fake = FakeUnderstanding(door.settings.loopback_token, door.settings.rasa_port)
    fake.means(materials=0.85, process=0.1)
    fake.start_beside()
    door.start()
    yield door
    door.kill()


@pytest.fixture(scope="module")
def gateway_door(var: Path) -> Iterator[Door]:
    door = Door(var)
    door.rasa.start()
    door.start()
    door.wait_for_rasa()
    yield door
    door.kill()
    door.rasa.stop()


@pytest.fixture
def agent(chromium: Browser, console: StaffDoor) -> Iterator[Page]:
    """A browser of an agent who has signed in; nothing on the pages may err or break the CSP."""
    member = console.signed_in(Role.AGENT)
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    context.add_cookies([{"name": COOKIE, "value": member.token, "url": console.url}])
    faults: list[str] = []
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text) if "Content Security" in line.text else None)
    yield page
    context.close()
    assert faults == []


def test_a_call_from_the_first_word_to_the_next_caller_by_keys_alone(agent: Page, console: StaffDoor) -> None:
    agent.goto(f"{console.url}/agent")
    agent.keyboard.type(f"五华区要带什么材料，我的电话{PLANTED_PHONE}")
    expect(agent.locator('[data-card="1"] .say')).to_contain_text("身份证")
    expect(agent.locator(".office")).to_contain_text("五华区就业局")
    agent.keyboard.press("Enter")
    expect(agent.locator("#words")).not_to_be_focused()
    agent.keyboard.press("1")
    expect(agent.locator('[data-card="1"] .mark')).to_contain_text("已记下：用了")
    agent.keyboard.press("Shift+Digit2")
    expect(agent.locator('[data-card="2"] .mark')).to_contain_text("已记下：不对")
    agent.keyboard.press("F2")
    expect(agent.locator("#narrative")).to_be_focused()
    expect(agent.locator("#filing-form")).to_contain_text("****8000")
    expect(agent.locator("#words")).to_have_value(re.compile("〔手机号#1〕"))
    agent.keyboard.press("Control+Enter")
    expect(agent.locator(".public-no")).to_have_text(re.compile(r"JS-\d{8}-\d{6}-\d"))
    assert PLANTED_PHONE not in agent.content()
    agent.keyboard.press("Escape")
    expect(agent.locator("#words")).to_be_focused()
    expect(agent.locator("#words")).to_have_value("")
    expect(agent.locator("[data-card]")).to_have_count(0)


def test_a_citizen_asks_for_a_person_who_comes_writes_sends_a_card_and_goes(
    agent: Page, console: StaffDoor, gateway_door: Door, open_page: OpenPage
) -> None:
    agent.goto(f"{console.url}/live")
    agent.get_by_role("button", name="上线").click()
    expect(agent.locator(".presence")).to_contain_text("在线")
    citizen = open_page(gateway_door.url)
    for words in ("我要拍什么样的照片", "转人工"):
        citizen.locator("#input").fill(words)
        citizen.locator("#input").press("Enter")
        until(lambda words=words: words in gateway_door.rasa.texts())
    sender = gateway_door.rasa.received[-1]["sender"]
    # What the action server does with 转人工, at an hour at which agents work.
    room = live_in(gateway_door.engine, Ticking())
    room.present("somebody")
    assert isinstance(room.ask(sender, "web", f"{sender}:1"), Waiting)
    expect(citizen.locator("#live-text")).to_contain_text("下一位就是您")

    expect(agent.locator("#line")).to_contain_text("我要拍什么样的照片")
    agent.get_by_role("button", name="接入").click()
    name = agent.locator(".me a").inner_text()
    expect(citizen.locator("#live-text")).to_have_text(f"现在由{name}回复您")
    agent.locator("#text").fill("您好，我来看一下。")
    agent.keyboard.press("Enter")
    expect(citizen.locator(".agent .speaker").first).to_have_text(name)
    expect(agent.locator("#log")).to_contain_text("您好，我来看一下。")
    expect(agent.locator("#text")).to_have_value("")

    agent.locator("#text").fill("还没写完")
    citizen.locator("#input").fill("照片要几寸的")
    citizen.locator("#input").press("Enter")
    expect(agent.locator("#log")).to_contain_text("照片要几寸的")
    expect(agent.locator("#line")).to_contain_text("1 句待回")
    expect(agent.locator("#text")).to_have_value("还没写完")
    agent.get_by_role("button", name="发送这张卡片").first.click()
    expect(citizen.locator(".agent .card")).to_have_count(1)

    agent.get_by_role("button", name="交还机器人").click()
    agent.get_by_role("button", name="交还", exact=True).click()
    expect(agent.locator("#notice")).to_contain_text("已经交还")
    expect(citizen.locator("#log")).to_contain_text(f"{name}已经结束服务")
    citizen.locator("#input").fill("谢谢")
    citizen.locator("#input").press("Enter")
    expect(citizen.locator("#log")).to_contain_text("收到：谢谢")
