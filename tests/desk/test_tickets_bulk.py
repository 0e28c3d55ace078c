from __future__ import annotations

from dataclasses import replace

import pytest

from desk.tickets import Actor, Catalogue, Kind, Role, Ticket, Tickets
from desk.tickets.bulk import Bulk
from tests.desk.ticket_room import AGENT, DATA, OVERDUE, filed, moved

CATALOGUE = Catalogue.load(DATA / "dispatch.yml")


@pytest.fixture
def bulk(tickets: Tickets) -> Bulk:
    return Bulk(tickets, CATALOGUE)


def accepted(tickets: Tickets, key: str, unit: str = "五华区", **more: str) -> Ticket:
    ticket = filed(tickets, key, key, replace(OVERDUE, **more))
    return moved(tickets, ticket, "accept", AGENT, category="overdue", district="五华区", unit_main=unit)


def refused(bulk: Bulk, *tickets: Ticket) -> list[str]:
    return [row.refused for row in bulk.plan(AGENT, [ticket.id for ticket in tickets])]


def test_a_plan_says_where_each_goes_and_changes_nothing(tickets: Tickets, bulk: Bulk) -> None:
    ticket = accepted(tickets, "m1")
    (row,) = bulk.plan(AGENT, [ticket.id, ticket.id])
    assert (row.unit, row.version, row.refused) == ("五华区", ticket.version, "")
    assert "派单目录" in row.why
    assert tickets.get(ticket.id).version == ticket.version


def test_what_is_not_accepted_or_was_given_to_another_unit_is_left_to_people(
    tickets: Tickets, bulk: Bulk
) -> None:
    early, chosen = filed(tickets, "m1", "c1"), accepted(tickets, "m2", "盘龙区")
    assert refused(bulk, early, chosen) == ["wrong_state", "other_choice"]


def test_what_one_may_not_see_is_not_there(tickets: Tickets, bulk: Bulk) -> None:
    report = filed(tickets, "m1", "c1", replace(OVERDUE, kind=Kind.REPORT))
    (row, none) = bulk.plan(AGENT, [report.id, "nobody"])
    assert (row.refused, row.ticket) == (none.refused, none.ticket) == ("not_found", None)


def test_a_row_that_fails_does_not_stop_the_others(tickets: Tickets, bulk: Bulk) -> None:
    stale, early, good = accepted(tickets, "m1"), filed(tickets, "m2", "c2"), accepted(tickets, "m3")
    versions = {stale.id: stale.version - 1, early.id: early.version, good.id: good.version, "nobody": 1}
    rows = bulk.send(AGENT, versions, "request")
    assert [row.refused for row in rows] == ["conflict", "wrong_state", "", "not_found"]
    assert tickets.get(good.id).state.value == "dispatched"


def test_the_same_request_again_gives_the_same_result(tickets: Tickets, bulk: Bulk) -> None:
    ticket = accepted(tickets, "m1")
    for _ in range(2):
        (row,) = bulk.send(AGENT, {ticket.id: ticket.version}, "request")
        assert (row.refused, row.unit) == ("", "五华区")
    assert tickets.get(ticket.id).version == ticket.version + 1


def test_who_may_not_dispatch_sends_nothing(tickets: Tickets, bulk: Bulk) -> None:
    ticket = accepted(tickets, "m1")
    handler = Actor(Role.HANDLER, "h1", "五华区")
    (row,) = bulk.send(handler, {ticket.id: ticket.version}, "request")
    assert row.refused == "wrong_role"
    assert tickets.get(ticket.id).state.value == "accepted"
