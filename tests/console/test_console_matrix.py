"""Every route as every role, signed in or not, against the table in `matrix.py`."""

from __future__ import annotations

import re

import pytest
import requests

from console.access import COOKIE, PUBLIC
from console.app import make_app
from desk.staff import GRANTS, Permission
from desk.tickets.terms import Role
from tests.console.door import StaffDoor, StaffMember
from tests.console.matrix import MATRIX, NOBODY, PEOPLE
from tests.console.ticket_desk import PHONE, dispatched

_POSTS = {
    "agent": (Role.AGENT, ""),
    "handler": (Role.HANDLER, "五华区"),
    "other_handler": (Role.HANDLER, "盘龙区"),
    "supervisor": (Role.SUPERVISOR, ""),
    "operator": (Role.OPERATOR, ""),
    "auditor": (Role.AUDITOR, ""),
}
_PARAMETER = re.compile(r"<(\w+)(?::\w+)?>")


@pytest.fixture(scope="module")
def people(console: StaffDoor) -> dict[str, StaffMember]:
    return {name: console.signed_in(*post) for name, post in _POSTS.items()}


@pytest.fixture(scope="module")
def disabled(console: StaffDoor) -> StaffMember:
    gone = console.signed_in(Role.SUPERVISOR)
    console.accounts.disable(gone.staff.id, by="")
    return gone


@pytest.fixture(scope="module")
def samples(console: StaffDoor) -> dict[str, str]:
    """What stands for each parameter of a route."""
    ticket = dispatched(console, "五华区", reply_by="phone", phone=PHONE)
    return {
        "staff_id": console.signed_in(Role.AGENT).staff.id,
        "ticket_id": ticket.id,
        "name": "contact",
        "step": "help",
        "topic": "materials",
        "aspect": "photo",
        "entry": "1",
        "sender_id": "nobody",
        "item_id": "m999999999",
        "proposal_id": "999999999",
        "batch": "999999999",
    }


def routes_of(console: StaffDoor) -> dict[str, Permission | None]:
    """`GET /accounts/<staff_id>` and the like of the real application, with the permission of each."""
    found: dict[str, Permission | None] = {}
    for route in make_app(console.counter).router.routes:
        if not route.path.startswith("static"):
            path = "/" + _PARAMETER.sub(r"<\1>", route.path)
            found.update({f"{method} {path}": route.handler.permission for method in route.methods})
    return found


def test_every_route_is_in_the_table_and_the_table_has_no_other(console: StaffDoor) -> None:
    assert set(routes_of(console)) == set(MATRIX)


def test_the_table_agrees_with_the_grants_of_each_role(console: StaffDoor) -> None:
    """Who has the permission is not refused by it; a narrower answer (another unit's ticket) is 404."""
    for route, permission in routes_of(console).items():
        for name in PEOPLE if permission is not PUBLIC else ():
            granted = permission in GRANTS[_POSTS[name][0]]
            assert (MATRIX[route][name] != 403) == granted, (route, name)


@pytest.mark.parametrize("route", MATRIX)
def test_each_role_gets_what_the_table_says(
    console: StaffDoor, people: dict[str, StaffMember], samples: dict[str, str], route: str
) -> None:
    got = {name: answered(member, route, samples) for name, member in people.items()}
    console.forgive()
    for member in people.values():
        console.back_in(member)
    assert got == {name: MATRIX[route][name] for name in PEOPLE}


@pytest.mark.parametrize("route", MATRIX)
def test_who_has_no_session_goes_to_sign_in(
    console: StaffDoor, disabled: StaffMember, samples: dict[str, str], route: str
) -> None:
    anonymous = StaffMember(console.url, disabled.staff, "")
    for name, member in zip(NOBODY, (anonymous, disabled), strict=True):
        answer = sent(member, route, samples)
        if route in MATRIX and name in MATRIX[route]:
            assert answer.status_code == MATRIX[route][name]
        else:
            assert answer.status_code == 303
            assert answer.headers["location"].split("?")[0] == "/sign-in"
    console.forgive()


def sent(member: StaffMember, route: str, samples: dict[str, str]) -> requests.Response:
    method, path = route.split(" ")
    path = _PARAMETER.sub(lambda found: samples[found.group(1)], path)
    return member.get(path) if method == "GET" else member.post(path)


def answered(member: StaffMember, route: str, samples: dict[str, str]) -> int:
    return int(sent(member, route, samples).status_code)


def test_a_session_that_was_never_begun_is_worth_nothing(console: StaffDoor, disabled: StaffMember) -> None:
    made_up = StaffMember(console.url, disabled.staff, "A" * 43)
    assert made_up.http.cookies.get(COOKIE)
    assert made_up.get("/accounts").headers["location"] == "/sign-in"
