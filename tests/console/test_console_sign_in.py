from __future__ import annotations

import re
from datetime import datetime, timezone

import pytest
import requests

from console.access import COOKIE
from desk.staff.second_factor import code_of
from desk.tickets.terms import Role
from tests.console.door import StaffDoor

OWN = "Kunming-Desk-26"


class Browser:
    """Somebody before the page of signing in, from an address of the loopback network."""

    def __init__(self, console: StaffDoor) -> None:
        self.url = console.url
        self.http = requests.Session()
        self.http.headers["sec-fetch-site"] = "same-origin"
        self.page = ""

    def open(self, path: str) -> requests.Response:
        return self._kept(self.http.get(self.url + path, timeout=20))

    def send(self, path: str, **fields: str) -> requests.Response:
        """Send the form of the page that is open, and follow where it leads."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.page)
        data = {**fields, "csrf": found.group(1) if found else ""}
        return self._kept(self.http.post(self.url + path, data=data, timeout=20))

    def _kept(self, answer: requests.Response) -> requests.Response:
        self.page = answer.text
        return answer

    @property
    def token(self) -> str:
        return str(self.http.cookies.get(COOKIE) or "")


@pytest.fixture
def browser(console: StaffDoor) -> Browser:
    return Browser(console)


def path_of(answer: requests.Response) -> str:
    return "/" + answer.url.split("/", 3)[3]


def test_a_new_agent_signs_in_chooses_a_password_and_signs_out(console: StaffDoor, browser: Browser) -> None:
    staff, password = console.accounts.create("liuyang", "座席31", Role.AGENT)
    assert path_of(browser.open("/")) == "/sign-in"
    answer = browser.send("/sign-in", login="LiuYang", password=password)
    assert path_of(answer) == "/sign-in/change_password"
    assert path_of(browser.open("/account")) == "/sign-in/change_password"  # nothing else before
    first = browser.token
    answer = browser.send("/sign-in/change_password", old=password, new=OWN, again=OWN + "x")
    assert answer.status_code == 422 and "两次输入的新密码不一样" in answer.text
    answer = browser.send("/sign-in/change_password", old="not this", new=OWN, again=OWN)
    assert answer.status_code == 422 and "原密码不对" in answer.text
    answer = browser.send("/sign-in/change_password", old=password, new="short", again="short")
    assert answer.status_code == 422 and "新密码太短" in answer.text
    answer = browser.send("/sign-in/change_password", old=password, new=OWN, again=OWN)
    assert browser.token != first and "密码已修改" in answer.text
    answer = browser.open("/account")
    assert path_of(answer) == "/account" and "座席31" in answer.text
    kept = browser.token
    assert "已经退出" in browser.send("/sign-out").text
    browser.http.cookies.set(COOKIE, kept)
    assert path_of(browser.open("/account")) == "/sign-in?ended=signed_out"
    done = [(each.action, each.result) for each in console.counter.audit.find(actor_id=staff.id)]
    assert done == [
        ("sign_out", "ok"),
        ("password_changed", "ok"),
        ("password_changed", "password_short"),
        ("password_changed", "wrong"),
        ("password_changed", "repeated"),
    ]


def test_an_operator_binds_an_app_and_needs_it_from_then_on(console: StaffDoor, browser: Browser) -> None:
    staff, password = console.accounts.create("sunli", "运维31", Role.OPERATOR)
    browser.open("/sign-in")
    answer = browser.send("/sign-in", login="sunli", password=password)
    assert path_of(answer) == "/sign-in/enrol"
    secret = re.search(r'class="secret">([A-Z2-7]+)<', answer.text).group(1)  # type: ignore[union-attr]
    picture = browser.http.get(f"{console.url}/sign-in/enrol.svg", timeout=20)
    assert picture.headers["content-type"] == "image/svg+xml" and b"<svg" in picture.content
    assert picture.headers["cache-control"] == "no-store"
    answer = browser.send("/sign-in/enrol", code="12")
    assert answer.status_code == 422 and "6 位数字" in answer.text and secret in answer.text
    code = code_of(secret, datetime.now(timezone.utc))
    assert path_of(browser.send("/sign-in/enrol", code=code)) == "/sign-in/change_password"
    browser.send("/sign-in/change_password", old=password, new=OWN, again=OWN)
    assert path_of(browser.open("/sign-in/enrol")) == "/account"
    again = Browser(console)
    again.open("/sign-in")
    assert path_of(again.send("/sign-in", login="sunli", password=OWN)) == "/sign-in/second_factor"
    answer = again.send("/sign-in/second_factor", code=code)
    assert answer.status_code == 422 and "已经用过" in answer.text
    assert path_of(browser.open("/account")) == "/account"  # a password alone ended nothing
    assert secret not in str(console.counter.audit.find(object_id=staff.id))


def test_what_is_wrong_reads_the_same_whatever_it_is(console: StaffDoor, browser: Browser) -> None:
    staff, password = console.accounts.create("zhouwei", "座席32", Role.AGENT)
    console.accounts.disable(staff.id, by="")
    pages = []
    for login, given in (("zhouwei", password), ("nobody-here", password)):
        browser.open("/sign-in")
        answer = browser.send("/sign-in", login=login, password=given)
        assert answer.status_code == 422
        pages.append(answer.text.replace(login, ""))
        assert given not in answer.text and not browser.token
    assert pages[0] == pages[1] and "登录名或密码不对" in pages[0]
    (tried,) = console.counter.audit.find(object_id=staff.id, action="sign_in")
    assert (tried.result, tried.actor_id) == ("wrong", "")
    console.forgive()


def test_five_slips_lock_and_the_page_says_for_how_long(console: StaffDoor, browser: Browser) -> None:
    console.accounts.create("wuhao", "座席33", Role.AGENT)
    browser.open("/sign-in")
    for _ in range(5):
        browser.send("/sign-in", login="wuhao", password="wrong one")
    answer = browser.send("/sign-in", login="wuhao", password="wrong one")
    assert answer.status_code == 422 and "15 分钟后再试" in answer.text
    console.forgive()


def test_signing_in_elsewhere_ends_this_session_and_says_so(console: StaffDoor) -> None:
    agent = console.signed_in(Role.AGENT)
    password = console.accounts.reset_password(agent.staff.id, by="")
    first = console.counter.sessions.begin(agent.staff.login, password, "127.0.0.1")
    agent.http.cookies.set(COOKIE, first.token)
    assert agent.get("/account").status_code == 200
    console.counter.sessions.begin(agent.staff.login, password, "127.0.0.1")
    answer = agent.get("/account")
    assert answer.headers["location"] == "/sign-in?ended=elsewhere"
    assert "在别处登录" in agent.get(answer.headers["location"]).text


def test_the_form_of_signing_in_is_refused_from_another_site(console: StaffDoor, browser: Browser) -> None:
    browser.http.headers["sec-fetch-site"] = "cross-site"
    assert browser.send("/sign-in", login="x", password="y").status_code == 403


def test_the_cookie_is_kept_from_scripts_and_other_sites(console: StaffDoor, browser: Browser) -> None:
    _, password = console.accounts.create("hejun", "座席34", Role.AGENT)
    data = {"login": "hejun", "password": password}
    answer = browser.http.post(f"{console.url}/sign-in", data=data, allow_redirects=False, timeout=20)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "max-age" not in cookie


def test_a_reason_that_was_made_up_is_not_shown(browser: Browser) -> None:
    assert "<b>" not in browser.open("/sign-in?ended=<b>").text


def test_a_cookie_that_somebody_else_has_put_into_the_browser_never_becomes_a_session(
    console: StaffDoor, browser: Browser
) -> None:
    _, password = console.accounts.create("planted", "植", Role.AGENT, demo=True)
    another = console.signed_in(Role.SUPERVISOR)
    own = {"sec-fetch-site": "same-origin"}
    for planted in ("A" * 43, another.token):
        answer = requests.post(
            f"{console.url}/sign-in",
            data={"login": "planted", "password": password},
            headers={**own, "cookie": f"{COOKIE}={planted}"},
            allow_redirects=False,
            timeout=20,
        )
        given = answer.cookies[COOKIE]
        assert given != planted and console.counter.sessions.of(given).staff.login == "planted"  # type: ignore[union-attr]
    assert console.counter.sessions.of("A" * 43) is None
    assert console.counter.sessions.of(another.token).staff.id == another.staff.id  # type: ignore[union-attr]
