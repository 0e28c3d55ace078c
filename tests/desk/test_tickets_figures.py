from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from desk.database import Base
from desk.tickets import Actor, Categories, Kind, Role, Ticket, Tickets
from desk.tickets.figures import Figures, Overview, Rates
from desk.tickets.query import Query, from_params, to_params
from desk.tickets.rates import FEW, RATES, Figure, Rate, rate
from desk.tickets.rises import rise
from desk.tickets.search import Search
from desk.workdays import china_day
from tests.benchmarks.many_tickets import fill
from tests.desk.ticket_room import (
    DATA,
    HANDLER,
    OVERDUE,
    REPLY,
    SUPERVISOR,
    WORKDAYS,
    Moment,
    filed,
    moved,
    replied,
)

CATEGORIES = Categories.load(DATA / "categories.yml")
CITIZEN = Actor(Role.CITIZEN, "c1")
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def figures(engine: Engine, now: Moment) -> Figures:
    return Figures(engine, CATEGORIES, WORKDAYS, now)


@pytest.fixture
def search(engine: Engine, now: Moment) -> Search:
    return Search(engine, CATEGORIES, WORKDAYS, now)


def every_figure(part: Any) -> Iterator[Figure]:
    if isinstance(part, Figure):
        yield part
    elif isinstance(part, tuple):
        for each in part:
            yield from every_figure(each)
    elif is_dataclass(part):
        for each in fields(part):
            yield from every_figure(getattr(part, each.name))


ACTORS = st.sampled_from([SUPERVISOR, Actor(Role.AGENT, "a7"), HANDLER, Actor(Role.OPERATOR, "o1")])
ENDS = st.datetimes(datetime(2026, 2, 1), datetime(2026, 11, 30), timezones=st.just(timezone.utc))


@given(seed=st.integers(0, 9999), end=ENDS, actor=ACTORS, length=st.integers(0, 40))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_figure_is_the_number_of_tickets_that_its_query_finds(
    engine: Engine,
    figures: Figures,
    search: Search,
    now: Moment,
    seed: int,
    end: datetime,
    actor: Actor,
    length: int,
) -> None:
    now.at = end
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
    fill([engine], 120, seed, end, 50)
    today = china_day(end)
    overview = figures.overview(actor, today - timedelta(days=length), today)
    found = list(every_figure(overview))
    assert len(found) > 40
    for figure in found:
        query = from_params(to_params(figure.query))  # as the link of the page gives it back
        assert figure.value == len(list(search.every(actor, query))), figure


def test_a_ticket_of_every_sort_is_in_some_figure(engine: Engine, figures: Figures, now: Moment) -> None:
    """The test above says nothing of a figure that is always 0."""
    fill([engine], 900, 5, now(), 60)
    today = china_day(now())
    overview = figures.overview(SUPERVISOR, today - timedelta(days=30), today)
    empty = [each for each in every_figure((overview.total, overview.life, overview.ages)) if not each.value]
    assert empty == []
    assert overview.overdue.value and overview.due_soon.value
    assert sum(group.open.value for group in overview.districts) == overview.open.value
    assert sum(group.overdue.value for group in overview.categories) == overview.overdue.value
    assert sum(figure.value for figure in overview.ages) == overview.open.value
    assert not any("." in group.code for group in overview.categories)


def rates_of(figures: Figures) -> dict[str, Rate]:
    overview = figures.overview(SUPERVISOR, *YEAR)
    return {each.formula.name: each for each in (*overview.total.rates, overview.total.explained)}


def closed(tickets: Tickets, key: str, **verdict: str) -> Ticket:
    return moved(tickets, replied(tickets, filed(tickets, key)), "close", CITIZEN, **verdict)


def test_silence_counts_neither_as_solved_nor_as_satisfied(figures: Figures, tickets: Tickets) -> None:
    closed(tickets, "m1", solved="yes", satisfied="fair")
    replied(tickets, filed(tickets, "m2"))
    solved, satisfied = rates_of(figures)["解决率"], rates_of(figures)["满意率"]
    assert (solved.hit.value, solved.n, solved.due.value) == (1, 1, 2)
    assert (satisfied.hit.value, satisfied.n, satisfied.due.value) == (1, 1, 2)
    assert solved.coverage == satisfied.coverage == 0.5


def test_a_reply_that_was_sent_back_counts_as_not_solved(figures: Figures, tickets: Tickets) -> None:
    moved(tickets, replied(tickets, filed(tickets)), "redo", CITIZEN, reason="没有解决")
    for name in ("解决率", "满意率"):
        assert (rates_of(figures)[name].hit.value, rates_of(figures)[name].n) == (0, 1)


def test_what_policy_does_not_allow_is_counted_apart(figures: Figures, tickets: Tickets) -> None:
    ticket = filed(tickets)
    for name, actor, given_ in (
        (
            "accept",
            Actor(Role.AGENT, "a7"),
            {"category": "amount", "district": "五华区", "unit_main": "五华区"},
        ),
        ("dispatch", Actor(Role.AGENT, "a7"), {"unit_main": "五华区"}),
        ("sign", HANDLER, {"assignee": "h1"}),
        ("reply", HANDLER, {**REPLY, "resolution": "explained"}),
        ("close", CITIZEN, {"solved": "yes", "satisfied": "bad"}),
    ):
        ticket = moved(tickets, ticket, name, actor, **given_)
    rates = rates_of(figures)
    assert rates["解决率"].due.value == rates["满意率"].due.value == 0
    apart = rates["政策不支持：满意率"]
    assert (apart.hit.value, apart.n, apart.due.value) == (0, 1, 1)


def test_first_contact_in_time_is_by_the_end_of_the_day_in_china(
    figures: Figures, tickets: Tickets, now: Moment
) -> None:
    now.at = datetime(
        2026, 11, 16, 2, tzinfo=timezone.utc
    )  # a Monday; the day for the first contact is Tuesday
    on_time, late = filed(tickets, "m1"), filed(tickets, "m2")
    replied_until_signed(tickets, on_time, late)
    now.at = datetime(2026, 11, 17, 15, 59, tzinfo=timezone.utc)
    moved(tickets, tickets.read(on_time.public_no), "reply", HANDLER, **REPLY)
    now.at = datetime(2026, 11, 17, 16, 1, tzinfo=timezone.utc)  # 00:01 on Wednesday
    moved(tickets, tickets.read(late.public_no), "reply", HANDLER, **REPLY)
    response = rates_of(figures)["响应率"]
    assert (response.hit.value, response.answered.value, response.due.value) == (1, 2, 2)


def replied_until_signed(tickets: Tickets, *several: Ticket) -> None:
    agent = Actor(Role.AGENT, "a7")
    for ticket in several:
        ticket = moved(
            tickets, ticket, "accept", agent, category="overdue", district="五华区", unit_main="五华区"
        )
        ticket = moved(tickets, ticket, "dispatch", agent, unit_main="五华区")
        moved(tickets, ticket, "sign", HANDLER, assignee="h1")


def test_who_withdrew_before_the_day_of_the_first_contact_was_not_missed(
    figures: Figures, tickets: Tickets, now: Moment
) -> None:
    moved(tickets, filed(tickets, "m1"), "withdraw", CITIZEN)
    filed(tickets, "m2")
    assert rates_of(figures)["响应率"].due.value == 0  # nobody is late yet
    now.later(days=10)
    response = rates_of(figures)["响应率"]
    assert (response.hit.value, response.due.value) == (0, 1)


def test_units_are_told_apart_and_add_up_to_the_whole(engine: Engine, figures: Figures, now: Moment) -> None:
    fill([engine], 400, 3, now(), 60)
    overview = figures.overview(SUPERVISOR, *YEAR)
    for number, whole in enumerate(overview.total.rates):
        assert sum(unit.rates[number].due.value for unit in overview.units) == whole.due.value
    assert len({unit.unit for unit in overview.units}) == len(overview.units) > 5


def made_rate(hit: int, answered: int, due: int) -> Rate:
    values = dict(zip(("solved", "answered", "replied"), (hit, answered, due), strict=True))
    return rate(RATES[1], lambda name: Figure(name, values[name], Query()))


def test_a_rate_that_rests_on_few_is_a_band_and_one_on_none_is_no_number() -> None:
    assert made_rate(28, 30, 40).text == "93.3%"
    few = made_rate(28, 29, 40)
    assert not few.exact and few.text == f"高（不足{FEW}件，只分档）"
    assert [made_rate(hit, 20, 20).band for hit in (20, 18, 17, 14, 13, 0)] == [
        "高",
        "高",
        "中",
        "中",
        "低",
        "低",
    ]
    none = made_rate(0, 0, 0)
    assert none.share is none.coverage is None and none.text == "没有数据"


def test_a_rise_needs_five_and_more_than_three_deviations_above_the_same_weekday() -> None:
    def stands_out(count: int, *before: int) -> bool:
        return rise(Figure("五华区", count, Query()), before) is not None

    assert stands_out(5, *[0] * 8) and not stands_out(4, *[0] * 8)
    assert not stands_out(10, *[4] * 8) and stands_out(11, *[4] * 8)
    assert not stands_out(18, 2, 10, 3, 12, 2, 9, 4, 11)  # restless anyway; 18 would stand out over calm 7s
    assert stands_out(18, *[7] * 8)
    assert not stands_out(50, 0, 0, 0)  # three weeks are too few to compare with


def test_a_sudden_rise_is_seen_by_district_and_by_category(
    figures: Figures, search: Search, tickets: Tickets, now: Moment
) -> None:
    end = now.at
    for week in range(6, 0, -1):
        now.at = end - timedelta(weeks=week)
        filed(tickets, f"w{week}")
    now.at = end
    for number in range(7):
        filed(tickets, f"m{number}", complaint=replace(OVERDUE, category="online.face", district="西山区"))
    filed(tickets, "m9", complaint=replace(OVERDUE, kind=Kind.HELP))
    found = figures.overview(SUPERVISOR, *YEAR).rises
    assert {each.figure.label for each in found} == {"西山区", "online"}
    for each in found:
        assert (each.figure.value, each.n, each.mean) == (7, 6, 0)
        assert search.count(SUPERVISOR, each.figure.query) == 7
    assert found[0].text == "7件，前6周同日平均0.0件"


def test_the_weeks_lead_up_to_the_end_of_the_period(figures: Figures, tickets: Tickets) -> None:
    closed(tickets, "m1", solved="yes")
    weeks = figures.overview(SUPERVISOR, *YEAR).weeks
    assert [week.monday.weekday() for week in weeks] == [0] * 12
    assert weeks[-1].monday == date(2026, 11, 16)
    assert (weeks[-1].filed.value, weeks[-1].ended.value, weeks[-2].filed.value) == (1, 1, 0)


def test_an_empty_queue_has_an_overview_too(figures: Figures) -> None:
    overview = figures.overview(SUPERVISOR, *YEAR)
    assert all(figure.value == 0 for figure in every_figure(overview))
    assert (overview.units, overview.districts, overview.rises) == ((), (), ())
    assert isinstance(overview, Overview) and isinstance(overview.total, Rates)
