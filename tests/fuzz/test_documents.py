"""The OpenAPI documents of gateway and console name every route that there is, and no other."""

from __future__ import annotations

import re

import pytest
from sanic import Sanic

from bot.gateway.app import make_app as make_gateway
from console.app import make_app as make_console
from desk.counter import open_counter
from desk.settings import Settings
from tests.console.matrix import MATRIX, PEOPLE
from tests.fuzz.document import ROOT, Document
from tests.gateway.wechat_account import environment

GATEWAY, CONSOLE = Document("gateway"), Document("console")
_WECHAT = {**environment("http://127.0.0.1:9"), "DESK_WECHAT_MODE": "plain"}
_PARAMETER = re.compile(r"<(\w+)(?::\w+)?>")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    var = str(tmp_path_factory.mktemp("documents"))
    return Settings.from_env({"DESK_VAR": var, "DESK_DATA": str(ROOT / "data"), **_WECHAT})


def routes_of(app: Sanic) -> set[tuple[str, str]]:
    """Method and path of every route, static files as one."""
    found = set()
    for route in app.router.routes:
        path = "/" + _PARAMETER.sub(r"{\1}", route.path.replace("<__file_uri__:path>", "{file}"))
        found |= {(method, path) for method in route.methods}
    return found


def test_the_document_of_the_gateway_names_every_route_and_no_other(settings: Settings) -> None:
    assert set(GATEWAY.operations) == routes_of(make_gateway(open_counter(settings)))


def test_the_document_of_the_console_names_every_route_and_no_other(settings: Settings) -> None:
    assert set(CONSOLE.operations) == routes_of(make_console(open_counter(settings)))


@pytest.mark.parametrize("route", MATRIX)
def test_what_each_role_gets_stands_in_the_document(route: str) -> None:
    method, path = route.split(" ")
    said = CONSOLE.operations[method, _PARAMETER.sub(r"{\1}", path)]["responses"]
    assert {str(status) for status in MATRIX[route].values()} <= set(said)
    assert "303" in said or set(PEOPLE) < set(MATRIX[route])  # who has no session is sent to sign in


@pytest.mark.parametrize("document", [GATEWAY, CONSOLE], ids=["gateway", "console"])
def test_every_answer_that_is_referred_to_is_described(document: Document) -> None:
    described = document.content["components"]["responses"]
    for operation in document.operations.values():
        assert operation["summary"]
        for answer in operation["responses"].values():
            name = answer.get("$ref", "").removeprefix("#/components/responses/")
            assert name in described or answer["description"]


@pytest.mark.parametrize("name", ["gateway", "console"])
def test_the_readme_leads_to_the_document(name: str) -> None:
    assert f"(docs/{name}.yaml)" in (ROOT / "README.md").read_text()
    assert (ROOT / "docs" / f"{name}.yaml").exists()


def test_a_status_of_no_route_is_no_status_of_the_document() -> None:
    assert GATEWAY.statuses("GET", "/nowhere") == {400, 403, 404, 405, 413, 417}
    assert 422 not in GATEWAY.statuses("GET", "/api/messages")
    assert 405 in CONSOLE.statuses("GET", "/live/take")  # which is no conversation by that name
    assert CONSOLE.statuses("GET", "/accounts/") == CONSOLE.statuses("GET", "/accounts")
    assert 409 in CONSOLE.statuses("POST", "/tickets/abc/moves/sign")
