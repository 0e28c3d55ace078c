from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Engine

from desk.tickets import Actor, Kind, Role, Ticket
from desk.tickets.tables import TicketRow, to_row
from desk.tickets.visible import condition, hears, sees
from tests.benchmarks.many_tickets import lives

PLAIN = next(lives(1, 1, datetime(2026, 11, 21, 4, tzinfo=timezone.utc), 30))[0]
PLAIN = replace(PLAIN, kind=Kind.COMPLAINT, tags=(), accused_unit="", accused_person="", units_assist=())
PLAIN = replace(PLAIN, unit_main="五华区", assignee="h1")
HANDLER = Actor(Role.HANDLER, "h1", "五华区")
# Names that are part of one another, differ in capitals alone, or hold what JSON and LIKE treat specially.
UNITS = st.sampled_from(["", "五华区", "五华", "A区", "a区", 'x"y', "y", "\\", "%", "_"])
PEOPLE = st.sampled_from(["", "h1", "H1", "h12", "张三", "张三丰", "%"])
TICKETS = st.lists(
    st.builds(
        dict,
        kind=st.sampled_from(Kind),
        tags=st.sampled_from([(), ("sensitive",), ("stuck", "sensitive"), ("stuck",)]),
        unit_main=UNITS,
        units_assist=st.lists(UNITS, max_size=3).map(tuple),
        accused_unit=UNITS,
        accused_person=PEOPLE,
        assignee=PEOPLE,
        sender_id=PEOPLE,
    ),
    min_size=1,
    max_size=12,
)
ACTORS = st.builds(Actor, st.sampled_from(Role), PEOPLE, UNITS, PEOPLE, st.booleans())


def test_the_end_of_another_unit_s_name_is_not_that_unit(engine: Engine) -> None:
    ticket = replace(PLAIN, unit_main="", units_assist=('x"y', "五华"))
    with engine.begin() as connection:
        connection.execute(delete(TicketRow))
        connection.execute(insert(TicketRow), [{**to_row(ticket), "fingerprint": ""}])
        found = {
            unit: len(
                connection.execute(select(TicketRow.id).where(condition(Actor(Role.HANDLER, "", unit)))).all()
            )
            for unit in ("y", "华", 'x"y', "五华")
        }
    assert found == {"y": 0, "华": 0, 'x"y': 1, "五华": 1}


@given(several=TICKETS, actor=ACTORS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_search_and_a_single_look_let_through_the_same_tickets(
    engine: Engine, several: list[dict[str, object]], actor: Actor
) -> None:
    tickets = [
        replace(PLAIN, **each, id=f"t{n}", public_no=f"n{n}", source_msg_id=f"m{n}")  # type: ignore[arg-type]
        for n, each in enumerate(several)
    ]
    with engine.begin() as connection:
        connection.execute(delete(TicketRow))
        connection.execute(insert(TicketRow), [{**to_row(each), "fingerprint": ""} for each in tickets])
        found = set(connection.scalars(select(TicketRow.id).where(condition(actor))))
    assert found == {ticket.id for ticket in tickets if sees(actor, ticket)}


def test_a_handler_sees_the_tickets_of_the_own_unit_and_those_it_helps_with() -> None:
    other = Actor(Role.HANDLER, "h2", "西山区")
    assert sees(HANDLER, PLAIN)
    assert not sees(other, PLAIN)
    assert sees(other, replace(PLAIN, units_assist=("盘龙区", "西山区")))


def test_nobody_of_a_unit_sees_a_complaint_about_that_unit_or_about_himself() -> None:
    assert not sees(HANDLER, replace(PLAIN, accused_unit="五华区"))
    assert not sees(HANDLER, replace(PLAIN, accused_unit="五华区就业局失业保险科"))
    assert not sees(HANDLER, replace(PLAIN, accused_person="h1"))
    assert not sees(replace(HANDLER, name="张三"), replace(PLAIN, accused_person="张三科长"))
    assert not sees(Actor(Role.AGENT, "a7"), replace(PLAIN, accused_person="a7"))


GUARDED = [replace(PLAIN, kind=Kind.REPORT), replace(PLAIN, tags=("sensitive",))]


@pytest.mark.parametrize("ticket", GUARDED, ids=["report", "sensitive"])
def test_a_report_is_seen_by_supervisors_the_assignee_and_those_who_are_named(ticket: Ticket) -> None:
    assert sees(Actor(Role.SUPERVISOR, "s1"), ticket)
    assert sees(HANDLER, ticket)
    assert not sees(replace(HANDLER, id="h2"), ticket)
    assert sees(replace(HANDLER, id="h2", named=True), ticket)
    assert not sees(Actor(Role.AGENT, "a7"), ticket)
    assert sees(Actor(Role.AGENT, "a7", named=True), ticket)
    assert not sees(Actor(Role.HANDLER, "h1", "西山区", named=True), ticket)


def test_operators_see_no_ticket_auditors_all_and_a_citizen_his_own() -> None:
    assert not sees(Actor(Role.OPERATOR, "o1", "五华区", named=True), PLAIN)
    assert all(sees(Actor(Role.AUDITOR, "u1"), ticket) for ticket in (PLAIN, *GUARDED))
    assert sees(Actor(Role.CITIZEN, PLAIN.sender_id), PLAIN)
    assert not sees(Actor(Role.CITIZEN, "somebody"), PLAIN)


@pytest.mark.parametrize(
    ("role", "anonymous", "may"),
    [
        (Role.SUPERVISOR, True, True),
        (Role.AGENT, False, True),
        (Role.AGENT, True, False),
        (Role.HANDLER, False, False),
        (Role.AUDITOR, False, False),
    ],
)
def test_the_conversation_is_read_by_fewer_people_than_the_ticket(
    role: Role, anonymous: bool, may: bool
) -> None:
    assert hears(Actor(role, "x", "五华区"), replace(PLAIN, anonymous=anonymous)) is may
