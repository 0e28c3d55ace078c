from __future__ import annotations

import pytest
from sqlalchemy.engine import Engine

from desk.errors import NotAllowed
from desk.tickets import Complaint, Kind, Ticket, Tickets
from tests.desk.ticket_room import AGENT, LIMITS, SEAL, SUPERVISOR, WORKDAYS, Moment, filed, moved, replied

RUDE = Complaint(Kind.COMPLAINT, "我去问个事，半天没有人搭理我。", category="other", district="西山区")
OWN = {"category": "service", "district": "西山区", "unit_main": "西山区"}


@pytest.fixture
def tickets(engine: Engine, now: Moment) -> Tickets:
    return Tickets(engine, WORKDAYS, LIMITS, SEAL, now, accusing=frozenset({"service"}))


@pytest.fixture
def rude(tickets: Tickets) -> Ticket:
    return filed(tickets, complaint=RUDE)


def test_a_matter_found_to_be_about_an_office_does_not_go_to_it(tickets: Tickets, rude: Ticket) -> None:
    with pytest.raises(NotAllowed) as refused:
        moved(tickets, rude, "accept", AGENT, **OWN)
    assert refused.value.reason == "accused"
    taken = moved(tickets, rude, "accept", AGENT, **{**OWN, "unit_main": "昆明市本级"})
    assert taken.accused_unit == "西山区"
    assert tickets.replay(tickets.history(taken)) == taken


def test_a_corrected_matter_keeps_the_office_away_from_it_later(tickets: Tickets, rude: Ticket) -> None:
    found = moved(tickets, rude, "classify", AGENT, category="service", reason="说的是窗口")
    assert found.accused_unit == "西山区"
    with pytest.raises(NotAllowed, match="accused"):
        moved(tickets, found, "accept", AGENT, **OWN)


def test_staff_may_name_the_office_that_is_complained_about(tickets: Tickets, rude: Ticket) -> None:
    given = {"category": "overdue", "district": "西山区", "unit_main": "昆明市本级", "accused_unit": "西山区"}
    taken = moved(tickets, rude, "accept", AGENT, **given)
    with pytest.raises(NotAllowed, match="accused"):
        moved(tickets, taken, "dispatch", AGENT, unit_main="西山区")


def test_a_matter_of_another_kind_accuses_nobody(tickets: Tickets, rude: Ticket) -> None:
    taken = moved(tickets, rude, "accept", AGENT, **{**OWN, "category": "overdue"})
    assert (taken.accused_unit, taken.unit_main) == ("", "西山区")


def test_an_unknown_word_of_satisfaction_is_refused(tickets: Tickets) -> None:
    answered = replied(tickets, filed(tickets))
    with pytest.raises(NotAllowed, match="unknown_satisfaction"):
        moved(tickets, answered, "close", SUPERVISOR, solved="yes", satisfied="yes", reason="电话里说的")
    assert moved(tickets, answered, "close", SUPERVISOR, solved="yes", satisfied="good").satisfied == "good"
