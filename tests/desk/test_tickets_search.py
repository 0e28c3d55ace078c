from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from desk.tickets import Actor, Categories, Kind, Role, State, Ticket, Tickets
from desk.tickets.measures import MEASURES
from desk.tickets.number import make_number
from desk.tickets.order import Order
from desk.tickets.query import NOTHING, Query, from_params, to_params
from desk.tickets.search import Row, Search
from desk.tickets.terms import Tag
from desk.tickets.visible import sees
from desk.workdays import china_day
from tests.benchmarks.many_tickets import fill, lives
from tests.desk.ticket_room import (
    DATA,
    HANDLER,
    OVERDUE,
    PLANTED_PHONE,
    STRAIGHT,
    SUPERVISOR,
    WORKDAYS,
    Moment,
    filed,
    moved,
    replied,
)

CATEGORIES = Categories.load(DATA / "categories.yml")
HOW_MANY, SEED, DAYS = 300, 11, 60


@pytest.fixture
def search(engine: Engine, now: Moment) -> Search:
    return Search(engine, CATEGORIES, WORKDAYS, now)


@pytest.fixture
def many(engine: Engine, now: Moment) -> list[Ticket]:
    fill([engine], HOW_MANY, SEED, now(), DAYS)
    return [ticket for ticket, _ in lives(HOW_MANY, SEED, now(), DAYS)]


def walked(search: Search, actor: Actor, query: Query, order: Order, limit: int) -> Iterator[Row]:
    after = ""
    while True:
        page = search.find(actor, query, order, after, limit)
        assert len(page.rows) == limit or not page.next
        yield from page.rows
        after = page.next
        if not after:
            return


def test_reading_in_batches_skips_and_doubles_nothing(search: Search, many: list[Ticket]) -> None:
    numbers = [row.public_no for row in search.every(SUPERVISOR, Query(), batch=29)]
    assert sorted(numbers) == sorted(ticket.public_no for ticket in many)


def by_due(ticket: Ticket) -> tuple[object, ...]:
    if ticket.state is State.REPLIED:
        return 1, str(ticket.replied_at), ticket.public_no
    return 0 if ticket.state.open else 2, str(ticket.due), ticket.public_no


def test_what_is_due_first_comes_first_and_what_has_ended_last(search: Search, many: list[Ticket]) -> None:
    rows = list(walked(search, SUPERVISOR, Query(), Order.DUE, 7))
    waiting = sorted((ticket for ticket in many if ticket.state.open), key=by_due)
    ended = sorted(
        (t for t in many if not t.state.open), key=lambda t: (t.updated_at, t.public_no), reverse=True
    )
    assert [row.public_no for row in rows] == [ticket.public_no for ticket in (*waiting, *ended)]
    assert {row.state for row in rows} > {State.REPLIED, State.CLOSED, State.IN_PROGRESS}


@pytest.mark.parametrize("order", [Order.NEWEST, Order.CHANGED])
def test_pages_hold_every_ticket_once_whatever_the_order(
    search: Search, many: list[Ticket], order: Order
) -> None:
    rows = list(walked(search, SUPERVISOR, Query(), order, 13))
    keys = [row.created_at if order is Order.NEWEST else row.updated_at for row in rows]
    assert keys == sorted(keys, reverse=True)
    assert sorted(row.public_no for row in rows) == sorted(ticket.public_no for ticket in many)


def test_every_filter_finds_what_the_tickets_themselves_say(
    search: Search, many: list[Ticket], now: Moment
) -> None:
    today = china_day(now())
    soon = WORKDAYS.add(today, 1).day

    def waits(ticket: Ticket) -> bool:
        return ticket.state.open and ticket.state is not State.REPLIED

    def day(ticket: Ticket) -> date:
        assert ticket.created_at
        return china_day(ticket.created_at)

    fortnight = today - timedelta(days=14)
    expected = {
        Query(district="五华区"): lambda t: t.district == "五华区",
        Query(district=NOTHING): lambda t: not t.district,
        Query(unit=NOTHING): lambda t: not t.unit_main,
        Query(category="online"): lambda t: t.category.split(".")[0] == "online",
        Query(category="online.face"): lambda t: t.category == "online.face",
        Query(kinds=(Kind.HELP, Kind.ADVICE)): lambda t: t.kind in (Kind.HELP, Kind.ADVICE),
        Query(states=(State.REDO, State.REPLIED)): lambda t: t.state in (State.REDO, State.REPLIED),
        Query(open=True): lambda t: t.state.open,
        Query(tags=(Tag.STUCK,)): lambda t: "stuck" in t.tags,
        Query(overdue=True): lambda t: waits(t) and t.due < today,
        Query(due_soon=True): lambda t: waits(t) and today <= t.due <= soon,
        Query(urged=True, open=True): lambda t: t.urged and t.state.open,
        Query(assignee="handler3"): lambda t: t.assignee == "handler3",
        Query(created_from=fortnight): lambda t: day(t) >= fortnight,
        Query(created_to=fortnight): lambda t: day(t) <= fortnight,
        Query(closed_from=fortnight, closed_to=fortnight): lambda t: (
            t.ended_at and china_day(t.ended_at) == fortnight
        ),
        Query(text="人脸识别"): lambda t: "人脸识别" in t.narrative,
        Query(text="人脸 谢谢"): lambda t: "人脸" in t.narrative and "谢谢" in t.narrative,
    }
    for actor in (SUPERVISOR, Actor(Role.AGENT, "a7"), HANDLER):
        for query, holds in expected.items():
            page = search.find(actor, query, limit=HOW_MANY)
            wanted = {t.public_no for t in many if sees(actor, t) and holds(t)}
            assert {row.public_no for row in page.rows} == wanted, query
            assert page.counts.found == search.count(actor, query) == len(wanted)
            assert search.find(actor, query, limit=1).counts == page.counts
            assert actor is not SUPERVISOR or wanted, query


def test_a_ticket_becomes_overdue_without_any_worker(search: Search, tickets: Tickets, now: Moment) -> None:
    ticket = filed(tickets)
    assert search.find(SUPERVISOR, Query(overdue=True)).rows == ()
    assert ticket.due is not None
    now.later(days=(ticket.due - china_day(now())).days)
    (row,) = search.find(SUPERVISOR, Query(due_soon=True)).rows
    assert row.due_soon and not row.overdue
    now.later(days=1)
    page = search.find(SUPERVISOR, Query(overdue=True))
    assert page.rows[0].overdue and not page.rows[0].due_soon
    assert page.counts.overdue == page.counts.open == 1 and page.counts.due_soon == 0


def test_an_answered_ticket_is_late_no_more(search: Search, tickets: Tickets, now: Moment) -> None:
    replied(tickets, filed(tickets))
    now.later(days=60)
    assert search.find(SUPERVISOR, Query(overdue=True)).rows == ()
    assert search.find(SUPERVISOR, Query()).rows[0].state is State.REPLIED


def test_a_list_shows_no_phone_and_no_narrative(search: Search, tickets: Tickets) -> None:
    told = replace(OVERDUE, narrative="没有到账。别的话。", reply_by="phone", phone=PLANTED_PHONE)
    filed(tickets, complaint=told)
    (row,) = search.find(SUPERVISOR, Query()).rows
    assert row.title == "没有到账。"
    assert "别的话" not in str(row) and PLANTED_PHONE not in str(row)
    assert row.phone_masked


def test_a_number_in_any_spelling_finds_its_ticket(search: Search, tickets: Tickets) -> None:
    ticket = filed(tickets)
    filed(tickets, "m2")
    for text in (ticket.public_no, ticket.public_no.lower().replace("-", ""), f" {ticket.public_no} "):
        assert [row.public_no for row in search.find(SUPERVISOR, Query(text=text)).rows] == [ticket.public_no]
    assert search.find(SUPERVISOR, Query(text=ticket.public_no[11:18])).rows


def test_signs_of_a_pattern_are_searched_as_they_stand(search: Search, tickets: Tickets) -> None:
    filed(tickets, complaint=replace(OVERDUE, narrative="扣了100%的钱，App_端/网页都说Wrong。"))
    for text, found in (("100%", 1), ("0%的", 1), ("%钱", 0), ("p_端/网", 1), ("p_网", 0), ("wrong", 1)):
        assert search.find(SUPERVISOR, Query(text=text)).counts.found == found, text


def test_the_other_tickets_of_a_reporter_are_found_but_not_anonymous_ones(
    search: Search, tickets: Tickets
) -> None:
    first, second = filed(tickets), filed(tickets, "m2")
    hidden = filed(tickets, "m3", complaint=replace(OVERDUE, anonymous=True))
    filed(tickets, "m4", sender="c2")
    assert _numbers(search, SUPERVISOR, first) == {second.public_no}
    assert _numbers(search, SUPERVISOR, hidden) == set()
    # Nor does one learn it from a ticket that one may not see.
    assert _numbers(search, HANDLER, first) == set()


def _numbers(search: Search, actor: Actor, ticket: Ticket) -> set[str]:
    return {row.public_no for row in search.find(actor, Query(reporter_of=ticket.public_no)).rows}


def test_a_mark_that_was_not_made_by_a_page_starts_from_the_top(search: Search, tickets: Tickets) -> None:
    ticket = filed(tickets)
    for after in (
        "junk",
        "due~",
        "due~x~y",
        "due~2026-01-01~",
        "ended~2026-01-01~n",
        "~~",
        "\0",
        "due~2026-01-01~n\0",
    ):
        rows = search.find(SUPERVISOR, Query(), after=after).rows
        assert [row.public_no for row in rows] in ([ticket.public_no], []), after


def test_a_row_that_moves_on_does_not_hide_another(search: Search, tickets: Tickets) -> None:
    three = [filed(tickets, f"m{n}") for n in range(3)]
    page = search.find(SUPERVISOR, Query(), limit=1)
    moved(tickets, three[0], "withdraw", Actor(Role.CITIZEN, "c1"))
    rest = walked_from(search, page.next)
    assert [row.public_no for row in rest][:2] == [ticket.public_no for ticket in three[1:]]


def walked_from(search: Search, after: str) -> list[Row]:
    return list(search.find(SUPERVISOR, Query(), after=after).rows)


DAYS_GIVEN = st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1))
TEXTS = st.sampled_from(["", "五华区", "人脸 识别", "online.face", NOTHING, "a&b=c", "，"])
FLAGS = st.booleans()
QUERIES = st.builds(
    Query,
    text=TEXTS,
    district=TEXTS,
    category=TEXTS,
    kinds=st.sets(st.sampled_from(Kind)).map(lambda chosen: tuple(k for k in Kind if k in chosen)),
    states=st.sets(st.sampled_from(State)).map(lambda chosen: tuple(s for s in State if s in chosen)),
    open=FLAGS,
    unit=TEXTS,
    tags=st.sets(st.sampled_from(Tag)).map(lambda chosen: tuple(t for t in Tag if t in chosen)),
    overdue=FLAGS,
    due_soon=FLAGS,
    urged=FLAGS,
    assignee=TEXTS,
    created_from=DAYS_GIVEN,
    created_to=DAYS_GIVEN,
    closed_from=DAYS_GIVEN,
    closed_to=DAYS_GIVEN,
    reporter_of=st.sampled_from(["", make_number(date(2026, 11, 21), 123)]),
    measure=st.sampled_from(["", *MEASURES]),
    since=DAYS_GIVEN,
    until=DAYS_GIVEN,
)


@given(query=QUERIES)
def test_a_query_survives_the_way_through_a_url(query: Query) -> None:
    assert from_params(to_params(query)) == query


@given(params=st.dictionaries(st.sampled_from([*Query.__dataclass_fields__, "x"]), st.text()))
def test_junk_in_a_url_is_left_out(params: dict[str, str]) -> None:
    query = from_params(params)
    assert from_params(to_params(query)) == query


def test_a_phone_number_in_a_url_is_not_kept() -> None:
    assert PLANTED_PHONE not in str(from_params({"text": f"找 {PLANTED_PHONE}", "assignee": PLANTED_PHONE}))


def test_a_day_far_away_is_a_slip_of_the_keyboard() -> None:
    assert from_params({"created_from": "0001-01-01", "until": "9999-12-31"}) == Query()


def test_many_counts_at_once_are_those_of_the_lists(search: Search, many: list[Ticket]) -> None:
    queries = [
        *(Query(open=True), Query(overdue=True), Query(due_soon=True), Query(states=(State.CLOSED,))),
        *(Query(urged=True, open=True), Query(extension_asked=True), Query(objected=True)),
    ]
    for actor in (SUPERVISOR, HANDLER, Actor(Role.AGENT, "a1")):
        for asked in (queries, [query for query in queries if not query.states]):
            assert search.counts(actor, asked) == [search.count(actor, query) for query in asked]


def test_what_waits_for_a_supervisor_is_found(search: Search, tickets: Tickets) -> None:
    asked = filed(tickets)
    for name, actor, given_ in STRAIGHT[:3]:
        asked = moved(tickets, asked, name, actor, **given_)
    moved(tickets, asked, "ask_extension", HANDLER, reason="等银行回函", days=3)
    again = replied(tickets, filed(tickets, "m2", "c2"))
    again = moved(tickets, again, "redo", Actor(Role.CITIZEN, "c2"), reason="没有解决")
    for name, actor, given_ in STRAIGHT[6:]:
        again = moved(tickets, again, name, actor, **given_)
    moved(tickets, again, "object", Actor(Role.CITIZEN, "c2"), reason="还是没有解决")
    for query, ticket in ((Query(extension_asked=True), asked), (Query(objected=True), again)):
        assert [row.id for row in search.find(SUPERVISOR, query).rows] == [ticket.id]
