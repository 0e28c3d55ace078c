"""What an agent's page asks of the live room: who is on line, what waits for an answer, what was told."""

from __future__ import annotations

import pytest
from sqlalchemy.engine import Engine

from desk.errors import NotAllowed
from desk.live import Live
from tests.desk.live_room import monday_noon, staffed
from tests.desk.test_live import citizen_says, held
from tests.desk.ticket_room import Moment


@pytest.fixture
def now() -> Moment:
    return monday_noon()


@pytest.fixture
def live(engine: Engine, now: Moment) -> Live:
    return staffed(engine, now)


def test_an_open_page_keeps_an_agent_there(live: Live, now: Moment) -> None:
    for _ in range(10):
        now.later(minutes=1)
        live.stay("a7")
    assert live.there("a7")


def test_an_open_page_brings_nobody_back(live: Live, now: Moment) -> None:
    live.stay("a8")
    assert not live.there("a8")
    live.absent("a7")
    live.stay("a7")
    assert not live.there("a7")
    live.present("a7")
    now.later(minutes=4)
    live.stay("a7")
    assert not live.there("a7")


def test_who_holds_a_conversation_does_not_step_out(live: Live) -> None:
    held(live)
    with pytest.raises(NotAllowed, match="still_holds"):
        live.step_out("a7")
    live.give_back("c1", "a7")
    live.step_out("a7")
    assert not live.there("a7")


def test_what_was_said_since_the_agents_last_word_is_counted(live: Live, engine: Engine) -> None:
    citizen_says(engine, "c1", "先前的话")
    held(live)
    held(live, "c2")
    held(live, "c3", staff="a8")
    assert live.unanswered("a7") == {}
    for sender in ("c1", "c1", "c3"):
        citizen_says(engine, sender, "在吗")
    assert live.unanswered("a7") == {"c1": 2}
    live.say("c1", "a7", "在的")
    assert live.unanswered("a7") == {}
    citizen_says(engine, "c1", "好")
    live.give_back("c1", "a7")
    assert live.unanswered("a7") == {}


def test_what_the_citizen_told_is_without_the_wish_for_a_person(live: Live, engine: Engine) -> None:
    for text in ("我的钱没到账", "转人工", "", "五华区的"):
        citizen_says(engine, "c1", text)
    assert live.told("c1") == ["我的钱没到账", "五华区的"]
    assert live.told("c2") == []
