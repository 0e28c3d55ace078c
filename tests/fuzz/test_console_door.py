"""Whatever staff, or somebody in their browser, send to the console: a documented answer, and a clean log."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.cases import LONGEST_TURN, TEXTS, door
from tests.fuzz.line import Answer
from tests.fuzz.office import CONSOLE, OPERATIONS, POSTS, Office, permitted
from tests.fuzz.wire import BODIES, HEADERS, METHODS, escaped, targets

PATHS = [path.replace("{file}", "console.css") for path in {path for _, path in CONSOLE.operations}]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = Office(tmp_path_factory.mktemp("office"))
    yield made
    made.close()


def in_order(answer: Answer, method: str, target: str) -> None:
    assert answer.status in CONSOLE.statuses(method, target) and answer.status < 500, answer
    assert answer.seconds < LONGEST_TURN, answer


def asked_path(office: Office, data: st.DataObject, path: str) -> str:
    """A path with something in the place of each parameter."""
    parts = []
    for part in path.split("/"):
        name = part.strip("{}")
        made = data.draw(office.values(name), label=name) or "-" if part != name else part
        parts.append(escaped(made) if part != name else made)
    return "/".join(parts).replace("//", "/x/") if path != "/" else path


@door("console, a form or a query", 0.2)
@given(data=st.data())
def test_any_form_of_any_page_is_answered(office: Office, data: st.DataObject) -> None:
    method, path = data.draw(st.sampled_from(OPERATIONS))
    role = data.draw(st.sampled_from([*permitted(method, path) * 3, *POSTS]))
    names = CONSOLE.fields(method, path)
    some = data.draw(st.lists(st.sampled_from(names), max_size=8, unique=True)) if names else []
    fields = {name: data.draw(office.values(name), label=name) for name in some}
    target = asked_path(office, data, path)
    if method != "POST" and fields:
        target += "?" + "&".join(f"{name}={escaped(value)}" for name, value in fields.items())
    htmx = [(b"hx-request", b"true")] if data.draw(st.booleans()) else []
    in_order(office.ask(role, method, target.encode(), fields, htmx), method, target)


@door("console, any body", 0.05)
@given(data=st.data(), body=BODIES, headers=HEADERS)
def test_any_body_is_answered(
    office: Office, data: st.DataObject, body: bytes, headers: list[tuple[bytes, bytes]]
) -> None:
    method, path = data.draw(st.sampled_from([each for each in OPERATIONS if each[0] == "POST"]))
    target = asked_path(office, data, path)
    answer = office.send(
        data.draw(st.sampled_from(permitted(method, path))), method, target.encode(), headers, body
    )
    in_order(answer, method, target)


@door("console, any request", 0.05)
@given(
    role=st.sampled_from(list(POSTS)),
    method=METHODS,
    target=targets(PATHS),
    headers=HEADERS,
    body=st.just(b"") | BODIES,
)
def test_any_request_is_answered(
    office: Office, role: str, method: bytes, target: bytes, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    answer = office.send(role, method.decode("latin-1"), target, headers, body)
    assert answer.status < 500, answer
    assert answer.seconds < LONGEST_TURN
    if answer.status not in (0, 400, 413, 417):
        path = target.decode("utf-8", "surrogateescape")
        assert answer.status in CONSOLE.statuses(method.decode("latin-1"), path), answer
    office.line.close()


@door("console, signing in", 0.01)
@given(login=TEXTS, password=TEXTS, code=TEXTS)
def test_any_login_is_refused(office: Office, login: str, password: str, code: str) -> None:
    office.door.forgive()
    fields = {"login": login, "password": password}
    in_order(office.ask("agent", "POST", b"/sign-in", fields), "POST", "/sign-in")
    in_order(office.ask("agent", "POST", b"/sign-in/enrol", {"code": code}), "POST", "/sign-in/enrol")


def test_after_all_that_nothing_failed_and_the_tables_agree(office: Office) -> None:
    failed = [said for said in office.log().splitlines() if "Traceback" in said or '"level": "error"' in said]
    assert failed == []
    assert office.door.counter.audit.verify("").broken_at is None
