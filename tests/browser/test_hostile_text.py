"""Text that wants to be more than text, from citizens and staff, on every page that shows any: it stays text.

The fixtures that open pages fail for an error, a breach of the CSP and a request to another host.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page
from sqlalchemy import insert

from console.render import visible
from desk import conversation
from desk.conversation import MessageRow
from desk.database import utc_now
from desk.hidden import HIDDEN
from desk.text import plain
from desk.tickets import Kind
from desk.tickets.terms import Role
from tests.browser.conftest import OpenPage, Sit
from tests.console.door import StaffDoor
from tests.console.live_line import held
from tests.console.ticket_desk import in_progress, make
from tests.desk.learning_room import said
from tests.fakes.hostile import HOSTILE
from tests.gateway.door import Door

pytestmark = pytest.mark.browser
_TOGETHER = 20
_WATCH = "window.hit = () => { window.wasHit = true; };"
_TRACES = r"""() => {
  const all = [...document.querySelectorAll('*')];
  const places = ['href', 'src', 'action', 'formaction', 'srcdoc', 'data', 'background'];
  const bad = /^[\s\x00-\x1f]*(javascript|vbscript|data:text|(https?:)?[/]+evil[.])/i;
  const led = all.filter((e) => places.some((name) => bad.test(e.getAttribute(name) ?? '')));
  const handled = all.filter((e) => [...e.attributes].some((a) => /^on/i.test(a.name)));
  const scripts = [...document.scripts].filter((s) => !s.src.startsWith(location.origin + '/static/'));
  const made = [...document.querySelectorAll(
    '[x-hit], plaintext, xmp, marquee, iframe, object, embed, base')];
  const told = (found) => found.map((e) => e.outerHTML.slice(0, 120));
  return [window.wasHit === true, ...[led, handled, scripts, made].map(told)];
}"""
_NOTHING: list[Any] = [False, [], [], [], []]


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def gateway_door(var: Path) -> Iterator[Door]:
    door = Door(var)
    door.rasa.start()
    door.start()
    door.wait_for_rasa()
    yield door
    door.kill()
    door.rasa.stop()


@pytest.fixture(scope="module")
def console(var: Path, gateway_door: Door) -> Iterator[StaffDoor]:
    door = StaffDoor(var)
    door.start()
    yield door
    door.kill()


def watched(page: Page) -> Page:
    """Let a page tell when something of the text runs."""
    page.add_init_script(_WATCH)
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog opened: {dialog.message}"))
    page.reload()
    page.wait_for_load_state("networkidle" if "/api/" in page.url else "load")
    return page


def tight(text: str) -> str:
    return re.sub(r"\s", "", text)


def missing(page: Page, texts: Iterable[str]) -> list[str]:
    """Which of the texts cannot be read on the page; white space aside."""
    shown = tight(page.evaluate("document.body.textContent"))
    return [text for text in texts if tight(text) not in shown]


def hidden(page: Page) -> set[str]:
    """Characters on the page that nobody sees; what stands in a box to be changed stays as it is."""
    told = page.evaluate(
        """() => {
          const copy = document.body.cloneNode(true);
          copy.querySelectorAll('textarea, script, style').forEach((each) => each.remove());
          return copy.textContent;
        }"""
    )
    return set(HIDDEN.findall(told)) - {"\r"}


def joined(texts: Iterable[str]) -> str:
    return "\n".join(texts)


def parts() -> list[tuple[str, ...]]:
    return [HOSTILE[start : start + _TOGETHER] for start in range(0, len(HOSTILE), _TOGETHER)]


def test_there_are_two_hundred_of_them_and_a_careless_page_would_be_hit(console: StaffDoor, sit: Sit) -> None:
    assert len(set(HOSTILE)) == 200
    page = sit(console.signed_in(Role.AGENT), "/account")
    careless = "text => { document.body.innerHTML += text; }"
    page.evaluate(careless, "<a x-hit href=//evil.example>\u202ex</a>")
    assert hidden(page) == {"\u202e"}
    _, led, _, _, made = page.evaluate(_TRACES)
    assert len(led) == len(made) == 1


def test_what_a_citizen_writes_stays_text_on_the_citizens_page(
    gateway_door: Door, open_page: OpenPage
) -> None:
    citizen = gateway_door.citizen()
    # What looks like a placeholder of ours the page shows as one.
    wanted = [plain(text) for text in HOSTILE if plain(text) and "〔" not in text]
    for text in HOSTILE:
        citizen.post(text=text)
    page = open_page(gateway_door.url)
    page.context.add_cookies(
        [{"name": "desk_session", "value": citizen.http.cookies["desk_session"], "url": gateway_door.url}]
    )
    watched(page).wait_for_selector(".citizen .bubble")
    assert page.locator(".citizen .bubble").count() == len(citizen.history()) // 2
    assert page.evaluate(_TRACES) == _NOTHING
    assert missing(page, wanted) == []


def test_what_an_agent_writes_stays_text_on_the_citizens_page(
    gateway_door: Door, open_page: OpenPage
) -> None:
    citizen = gateway_door.citizen()
    sender = gateway_door.sender_id(citizen)
    rows = [
        {"sender_id": sender, "author": author, "body": body(text), "created_at": utc_now()}
        for text in HOSTILE
        for author in (conversation.AGENT, conversation.NOTICE)
    ]
    with gateway_door.engine.begin() as connection:
        connection.execute(insert(MessageRow), rows)
    page = open_page(gateway_door.url)
    page.context.add_cookies(
        [{"name": "desk_session", "value": citizen.http.cookies["desk_session"], "url": gateway_door.url}]
    )
    watched(page).wait_for_selector(".agent .bubble")
    assert page.evaluate(_TRACES) == _NOTHING


def body(text: str) -> dict[str, Any]:
    """A message all of whose parts say the same."""
    card = {"kind": "card", "title": text, "label": text, "lines": [text], "note": text, "scope": text}
    card |= {"fields": [{"name": text, "value": text}], "phones": [{"name": text, "number": text}]}
    card |= {"sources": [{"title": text, "clause": text, "number": text}]}
    return {"kind": "text", "text": text, "card": card, "buttons": [], "name": text}


def test_what_a_citizen_writes_stays_text_in_the_live_chat(console: StaffDoor, sit: Sit) -> None:
    agent = console.signed_in(Role.AGENT)
    agent.post("/live/presence", on="1")
    for half in (HOSTILE[::2], HOSTILE[1::2]):  # the page shows the last two hundred messages
        sender = held(console, agent, *half)
        page = watched(sit(agent, f"/live/{sender}"))
        assert page.evaluate(_TRACES) == _NOTHING
        assert missing(page, map(visible, half)) == []
        assert hidden(page) == set()
        assert_bounded(page, ".said.citizen .words")
        console.counter.live.leave(sender)


def assert_bounded(page: Page, box: str) -> None:
    """Nothing hidden acts in a box of words, and none reaches out of it."""
    boxes = page.locator(box)
    assert boxes.count() > 0
    for text in boxes.all_text_contents():
        assert visible(text) == text
    wide = "nodes => nodes.filter((n) => n.getBoundingClientRect().right > innerWidth + 1).length"
    assert boxes.evaluate_all(wide) == 0


def test_what_anybody_writes_stays_text_on_the_pages_of_tickets(console: StaffDoor, sit: Sit) -> None:
    handler, supervisor = console.signed_in(Role.HANDLER, "五华区"), console.signed_in(Role.SUPERVISOR)
    handled, overseen = sit(handler), sit(supervisor)
    for place, part in enumerate(parts()):
        text = joined(part)
        short = max(part, key=len)[:60]
        ticket = in_progress(
            console,
            handler,
            words=text,
            title=short,
            happened=text[:200],
            kind=Kind.HELP,
            accused_person=short,
        )
        handler.post(f"/tickets/{ticket.id}/notes", text=text.replace("\0", ""), request_id=f"n{place}")
        make(handler, ticket, "contact", contact=text.replace("\0", ""), way="phone", reached="yes")
        handled.goto(f"{console.url}/tickets/{ticket.id}")
        assert handled.evaluate(_TRACES) == _NOTHING, part
        assert missing(handled, [*map(visible, part)]) == []
        assert hidden(handled) == set(), part
        assert_bounded(handled, ".words")
    for path in ("/tickets", "/tickets?tags=-", "/overview", "/export"):
        watched(overseen).goto(console.url + path)
        assert overseen.evaluate(_TRACES) == _NOTHING, path
        assert hidden(overseen) == set(), path


def test_what_stands_in_an_address_or_a_name_stays_text(console: StaffDoor, sit: Sit) -> None:
    supervisor, auditor = console.signed_in(Role.SUPERVISOR), console.signed_in(Role.AUDITOR)
    operator, agent = console.signed_in(Role.OPERATOR), console.signed_in(Role.AGENT)
    pages = {member.staff.id: sit(member) for member in (supervisor, auditor, operator)}
    for place, text in enumerate(HOSTILE[::8]):
        text = text.replace("\0", "")
        supervisor.post("/tickets/views", name=f"{place}{text}", params="overdue=1")
        operator.post("/accounts", login=f"u{place}", shown_name=text, role="handler", unit=text)
        supervisor.get("/export", params={"text": text})
    for member, path, names in (
        (supervisor, "/tickets", ("text", "district", "unit", "category", "measure")),
        (supervisor, "/export", ("text", "unit")),
        (supervisor, "/overview", ("since", "until", "unit")),
        (auditor, "/audit", ("actor", "action", "object", "since")),
        (operator, "/learning", ("kind",)),
        (operator, "/accounts", ("x",)),
    ):
        for text in HOSTILE[3::40]:
            query = "&".join(f"{name}={requote(text)}" for name in names)
            page = pages[member.staff.id]
            page.goto(f"{console.url}{path}?{query}")
            assert page.evaluate(_TRACES) == _NOTHING, (path, text)
            assert hidden(page) == set(), (path, text)
    assert agent.get("/sign-in?ended=<b x-hit>").text.count("x-hit") == 0


def test_what_a_caller_says_stays_text_at_the_agents_desk(console: StaffDoor, sit: Sit) -> None:
    page = watched(sit(console.signed_in(Role.AGENT), "/agent"))
    for part in parts()[::2]:
        page.locator("#words").fill(joined(part).replace("\0", "") + " 领失业金要什么材料")
        page.wait_for_selector("[data-card]")
        page.keyboard.press("F2")
        page.wait_for_selector("#narrative")
        assert page.evaluate(_TRACES) == _NOTHING, part
        assert hidden(page) == set(), part
        page.goto(f"{console.url}/agent")


def test_what_was_not_understood_stays_text_in_front_of_the_operator(console: StaffDoor, sit: Sit) -> None:
    operator = console.signed_in(Role.OPERATOR)
    items = [said(console.engine, text) for text in HOSTILE]
    page = watched(sit(operator, "/learning"))
    page.wait_for_selector(".words")
    assert page.evaluate(_TRACES) == _NOTHING
    assert hidden(page) == set()
    for item in items[::25]:
        console.counter.labels.label(item, "materials", operator.staff.id)
        page.goto(f"{console.url}/learning/propose/{item}")
        assert page.evaluate(_TRACES) == _NOTHING


def requote(text: str) -> str:
    return quote(text.replace("\0", ""), safe="", errors="replace")
