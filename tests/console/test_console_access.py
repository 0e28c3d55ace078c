from __future__ import annotations

import ast
from pathlib import Path

import requests
from sanic import Sanic

from console.app import make_app
from desk.tickets.terms import Role
from tests.console.door import StaffDoor

PAGES = Path(__file__).parents[2] / "console"


def test_every_route_names_the_permission_that_it_needs(console: StaffDoor) -> None:
    app: Sanic = make_app(console.counter)
    bare = [
        route.path
        for route in app.router.routes
        if not route.path.startswith("static") and not hasattr(route.handler, "permission")
    ]
    assert bare == []


def test_no_page_adds_a_route_beside_the_ones_with_permissions() -> None:
    for path in PAGES.rglob("*.py"):
        if path.name in {"access.py", "app.py"}:
            continue
        names = {
            node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)
        }
        assert not names & {"add_route", "route", "websocket", "add_websocket_route"} - {"route"}, path
        assert "Blueprint" not in path.read_text(), path


def test_somebody_without_a_session_is_sent_to_sign_in(console: StaffDoor) -> None:
    answer = requests.get(f"{console.url}/", allow_redirects=False, timeout=10)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


def test_a_part_of_a_page_takes_the_whole_page_to_sign_in(console: StaffDoor) -> None:
    answer = requests.get(
        f"{console.url}/", headers={"hx-request": "true"}, allow_redirects=False, timeout=10
    )
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in")


def test_a_form_without_the_token_of_its_page_changes_nothing(console: StaffDoor) -> None:
    agent = console.signed_in(Role.AGENT)
    answer = agent.http.post(f"{console.url}/sign-out", timeout=10, allow_redirects=False)
    assert answer.status_code == 403
    assert agent.get("/").status_code == 303


def test_a_form_from_another_site_changes_nothing(console: StaffDoor) -> None:
    agent = console.signed_in(Role.AGENT)
    agent.http.headers["sec-fetch-site"] = "cross-site"
    assert agent.post("/sign-out").status_code == 403


def test_pages_are_not_kept_and_run_no_script_of_others(console: StaffDoor) -> None:
    answer = console.signed_in(Role.AGENT).get("/account")
    assert answer.headers["cache-control"] == "no-store"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy and "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_an_unknown_page_is_a_sentence(console: StaffDoor) -> None:
    answer = console.signed_in(Role.AGENT).get("/nowhere")
    assert answer.status_code == 404
    assert "没有这个页面" in answer.text
