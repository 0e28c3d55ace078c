"""A headless Chromium and something to look at: the fake gateway, or the address in DESK_TEST_BASE_URL."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Request,
    expect,
    sync_playwright,
)

from console.access import COOKIE
from tests.console.door import StaffMember
from tests.fakes.gateway import FakeGateway

INSTALL = "没有找到 Chromium，浏览器测试跳过。安装：sudo apt-get install -y chromium fonts-noto-cjk"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
OpenPage = Callable[..., Page]
Sit = Callable[..., Page]
_STAFF_PATIENCE = 20_000  # milliseconds: a busy machine is no fault of the page


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser a module: Playwright's loop must be gone before an asyncio test of another module runs."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        if os.environ.get("CI", "").lower() in {"1", "true"}:
            pytest.fail(INSTALL)
        pytest.skip(INSTALL)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def _fake() -> FakeGateway:
    fake = FakeGateway()
    fake.start()
    return fake


@pytest.fixture
def gateway(_fake: FakeGateway) -> FakeGateway:
    """The fake gateway without any conversation; for tests that steer what the gateway says."""
    _fake.reset()
    return _fake


@pytest.fixture
def base_url(gateway: FakeGateway) -> str:
    """Where a test that holds for any gateway looks; set DESK_TEST_BASE_URL to run it against a real one."""
    return os.environ.get("DESK_TEST_BASE_URL", gateway.address).rstrip("/")


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[OpenPage]:
    """Open an address in a context of its own; no page may err, break the CSP or leave the host."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_(url: str, width: int = 360, height: int = 740, **options: Any) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, locale="zh-CN", **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(8_000)
        _watch(page, url, faults)
        page.goto(url)
        if options.get("java_script_enabled", True):
            page.wait_for_selector("#log[aria-live=polite] .message", state="attached")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def sit(chromium: Browser) -> Iterator[Sit]:
    """Sit a member of staff down at a browser; no page may err, break the CSP or leave the host."""
    expect.set_options(timeout=_STAFF_PATIENCE)
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def sit_(member: StaffMember, path: str = "/", width: int = 1280, height: int = 900) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
        contexts.append(context)
        context.add_cookies([{"name": COOKIE, "value": member.token, "url": member.url}])
        page = context.new_page()
        page.set_default_timeout(_STAFF_PATIENCE)
        _watch(page, member.url, faults)
        page.goto(member.url + path)
        return page

    yield sit_
    for context in contexts:
        context.close()
    assert faults == []


def _watch(page: Page, url: str, faults: list[str]) -> None:
    def failed(error: Error) -> None:
        faults.append(f"error: {error}")

    def spoke(line: ConsoleMessage) -> None:
        if "Content Security" in line.text:
            faults.append(line.text)

    def asked(request: Request) -> None:
        if not request.url.startswith(url):
            faults.append(f"left the host: {request.url}")

    page.on("pageerror", failed)
    page.on("console", spoke)
    page.on("request", asked)


@pytest.fixture
def page(open_page: OpenPage, base_url: str) -> Page:
    """A narrow page with a new conversation."""
    return open_page(base_url)
