from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qsl

import pytest

from desk.tickets.query import Query, from_params
from desk.tickets.terms import Role
from tests.console.door import StaffDoor, StaffMember
from tests.console.ticket_desk import filed

_LINK = re.compile(r'<a[^>]* href="/tickets\?([^"]*)" data-count="(\d+)">')
_FOUND = re.compile(r"共 <b>(\d+)</b> 张")


@pytest.fixture(scope="module")
def supervisor(busy: StaffDoor) -> StaffMember:
    return busy.signed_in(Role.SUPERVISOR)


def links_of(page: str) -> dict[str, int]:
    """What each link leads to (the part behind `?`), and how many tickets it says are there."""
    found: dict[str, int] = {}
    for params, count in _LINK.findall(page):
        assert found.setdefault(unescape(params), int(count)) == int(count), params
    return found


def query_of(params: str) -> Query:
    return from_params(dict(parse_qsl(params)))


@pytest.mark.parametrize("period", ["week", "month", "last_month", "days90"])
def test_every_number_is_a_link_to_as_many_tickets_as_it_says(
    busy: StaffDoor, supervisor: StaffMember, period: str
) -> None:
    links = links_of(supervisor.get(f"/overview?period={period}").text)
    assert len(links) > 60
    for params, count in links.items():
        assert busy.counter.search.count(supervisor.staff.actor, query_of(params)) == count > 0, params


def test_the_page_of_the_queue_finds_as_many_and_says_which(supervisor: StaffMember) -> None:
    links = links_of(supervisor.get("/overview?period=days90").text)
    # One link of each sort: the queue reads every condition that a figure may carry.
    sorts = {tuple((name, value == "1") for name, value in parse_qsl(params)): params for params in links}
    sorts |= {(query_of(params).measure,): params for params in links}
    assert len(sorts) > 20
    for params in set(sorts.values()):
        page = supervisor.get(f"/tickets?{params}").text
        (found,) = _FOUND.findall(page)
        assert int(found) == links[params], params
        if query_of(params).measure:
            assert "<b>统计数字</b>" in page, params


def test_a_number_that_counts_nothing_leads_nowhere(supervisor: StaffMember) -> None:
    page = supervisor.get("/overview?period=week").text
    assert '<span data-count="0">0</span>' in page and 'data-count="0">' in page
    assert 0 not in links_of(page).values()


def test_a_warning_names_the_place_the_number_and_the_usual(busy: StaffDoor, supervisor: StaffMember) -> None:
    assert "<b>区县：富民县</b>" not in supervisor.get("/overview").text
    for _ in range(25):
        filed(busy, district="富民县", category="unpaid.card")
    page = supervisor.get("/overview").text
    (warning,) = re.findall(r"<li><span class=\"chip late\">.*?<b>区县：富民县</b>.*?</li>", page)
    assert "前 8 周同一个星期几平均" in warning and "什么算增多：当天不少于5件" in page
    ((params, count),) = links_of(warning).items()
    assert count >= 25
    assert busy.counter.search.count(supervisor.staff.actor, query_of(params)) == count
