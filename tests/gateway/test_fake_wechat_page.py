"""The developer's WeChat: what its page asks for goes through the protocol and comes back to it."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from desk.wechat_settings import wechat_from_env
from tests.fakes.wechat.account import FakeAccount
from tests.fakes.wechat.chat import PEOPLE
from tests.fakes.wechat.delivery import UNAVAILABLE
from tests.fakes.wechat.server import FakeWechat
from tests.gateway.door import until
from tests.gateway.webhook import AES_KEY, APP_ID, TOKEN, Webhook

WANG, LI = PEOPLE
MENU = {"button": [{"type": "click", "name": "领取材料", "key": "materials"}]}


class Api:
    """The least of api.weixin.qq.com: keeps each message and the menu, says ok to everything."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.menu: dict[str, Any] | None = None
        self.allowed: dict[str, tuple[int, timedelta]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def allow(self, openid: str, count: int, lasting: timedelta) -> None:
        self.allowed[openid] = (count, lasting)

    def _handler(api) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                posted = json.loads(self.rfile.read(int(self.headers["content-length"])))
                if "/message/" in self.path:
                    api.sent.append(posted)
                else:
                    api.menu = posted
                body = json.dumps({"errcode": 0}).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        return Handler


class Page:
    """What the page's scripts do."""

    def __init__(self, webhook: Webhook) -> None:
        self.api = Api()
        account = FakeAccount(APP_ID, TOKEN, AES_KEY, "safe")
        self.wechat = FakeWechat(account, webhook.url, self.api, "SecretOfATest")
        self.wechat.start()

    def do(self, openid: str, kind: str, **wish: Any) -> int:
        """Do one thing, return the HTTP status."""
        return self._post("/chat/do", {"openid": openid, "kind": kind, **wish})

    def choose(self, **choice: Any) -> int:
        """Change the mode or the patience, return the HTTP status."""
        return self._post("/chat/choose", choice)

    def state(self, openid: str = WANG) -> dict[str, Any]:
        """Everything that the page of one person shows."""
        state: dict[str, Any] = requests.get(self.wechat.url + "/chat", params={"openid": openid}).json()
        return state

    def said(self, openid: str = WANG) -> list[tuple[str, str]]:
        """Side and text of each line, once every delivery has ended."""
        entries = until(lambda: self._settled(openid))
        return [(entry["side"], entry["text"]) for entry in entries]

    def _settled(self, openid: str) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.state(openid)["entries"]
        return [] if any(entry["state"] == "sending" for entry in entries) else entries

    def _post(self, path: str, body: dict[str, Any]) -> int:
        return requests.post(self.wechat.url + path, json=body).status_code


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    """A webhook that answers with an echo."""
    webhook = Webhook()
    yield webhook
    webhook.close()


@pytest.fixture
def page(webhook: Webhook) -> Iterator[Page]:
    """The page before the webhook."""
    page = Page(webhook)
    yield page
    page.wechat.stop()
    page.api.close()


def test_a_text_and_its_reply_stand_in_the_chat(page: Page) -> None:
    page.do(WANG, "text", content="你好")
    assert page.said() == [("me", "你好"), ("account", "你好")]
    assert page.state()["entries"][0]["note"].startswith("已回复 · 第1次投递")
    assert page.state(LI)["entries"] == []


@pytest.mark.parametrize(
    ("wish", "kind"),
    [
        ({"kind": "voice", "recognition": None}, "voice"),
        ({"kind": "image"}, "image"),
        ({"kind": "video"}, "video"),
        ({"kind": "location", "label": "", "latitude": "25.04", "longitude": "102.71"}, "location"),
        ({"kind": "link", "title": "指南", "url": "https://www.example.com/"}, "link"),
        ({"kind": "subscribe"}, "event"),
        ({"kind": "scan", "scene": "hall"}, "event"),
        ({"kind": "menu", "entry": MENU["button"][0]}, "event"),
        ({"kind": "menu", "entry": {"type": "location_select", "name": "位置", "key": "where"}}, "event"),
    ],
)
def test_every_button_reaches_the_webhook(
    page: Page, webhook: Webhook, wish: dict[str, Any], kind: str
) -> None:
    assert page.do(WANG, **wish) == 200
    assert page.said()[1] == ("account", kind)
    assert webhook.received[0].type == kind


def test_an_unknown_wish_is_refused(page: Page) -> None:
    assert page.do(WANG, "telepathy") == 400
    assert page.do(WANG, "location", latitude="here", longitude="there") == 400
    assert page.choose(mode="secret") == 400
    assert page.state()["entries"] == []


def test_silence_and_failure_are_told_apart(page: Page, webhook: Webhook) -> None:
    webhook.answers = lambda message, reply: b"success"
    page.do(WANG, "text", content="一")
    assert page.said() == [("me", "一")]
    webhook.answers = lambda message, reply: b"{}"
    page.do(WANG, "text", content="二")
    assert page.said()[1:] == [("me", "二"), ("notice", UNAVAILABLE)]
    assert [entry["state"] for entry in page.state()["entries"]] == ["silent", "failed", ""]


def test_who_left_sees_no_reply_until_they_follow_again(page: Page) -> None:
    page.do(WANG, "unsubscribe")
    assert page.said() == [("event", "取消关注")]
    assert not page.state()["follows"]
    page.do(WANG, "subscribe")
    assert page.said()[-1] == ("account", "event")
    assert page.state()["follows"]


def test_what_the_product_sends_through_the_api_appears_once(page: Page) -> None:
    sent = {"touser": LI, "msgtype": "text", "text": {"content": "久等了"}}
    answer = requests.post(page.wechat.url + "/cgi-bin/message/custom/send?access_token=x", json=sent)
    assert answer.json() == {"errcode": 0}
    assert page.said(LI) == [("account", "久等了")]
    assert page.said(LI) == [("account", "久等了")]
    assert page.state(WANG)["entries"] == []


def test_the_menu_that_was_published_is_shown(page: Page) -> None:
    assert page.state()["menu"] is None
    requests.post(page.wechat.url + "/cgi-bin/menu/create?access_token=x", json=MENU)
    assert page.state()["menu"] == MENU


def test_a_message_lets_the_account_send_more_and_longer_than_an_event(page: Page) -> None:
    page.do(WANG, "text", content="你好")
    page.do(LI, "menu", entry=MENU["button"][0])
    assert page.api.allowed == {WANG: (5, timedelta(hours=48)), LI: (3, timedelta(minutes=1))}
    page.do(WANG, "scan", scene="hall")
    assert page.api.allowed[WANG] == (5, timedelta(hours=48))
    page.do(WANG, "unsubscribe")
    assert page.api.allowed[WANG] == (0, timedelta())


def test_the_mode_can_be_changed(page: Page, webhook: Webhook) -> None:
    page.do(WANG, "text", content="安全")
    page.said()
    page.choose(mode="plain")
    page.do(WANG, "text", content="明文")
    page.said()
    assert ["encrypt_type" in query for query in webhook.queries] == [True, False]


def test_the_slow_switch_hangs_up_early(page: Page, webhook: Webhook) -> None:
    webhook.held = 1
    page.choose(slow=True)
    page.do(WANG, "text", content="你好")
    assert page.said() == [("me", "你好"), ("account", "你好")]
    assert "第1次" not in page.state()["entries"][0]["note"]


def test_the_line_that_starts_the_product_holds_settings_that_it_takes(page: Page) -> None:
    page.choose(mode="compatible")
    line = page.state()["start"]
    faults: list[str] = []
    settings = wechat_from_env(dict(re.findall(r"(DESK_\w+)=(\S+)", line)), faults)
    assert not faults
    assert settings is not None
    assert (settings.mode, settings.api, settings.customer_service) == ("compatible", page.wechat.url, True)
    assert line.endswith(" make run")


def test_every_file_of_the_page_is_served_and_no_other(page: Page) -> None:
    html = requests.get(page.wechat.url).text
    named = re.findall(r'(?:src|href)="([\w.]+)"', html)
    assert {"page.css", "page.js"} <= set(named)
    assert all(requests.get(f"{page.wechat.url}/{name}").ok for name in [*named, "log.js", "menu.js"])
    assert requests.get(page.wechat.url + "/..%2fserver.py").status_code == 404
