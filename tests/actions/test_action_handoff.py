"""转人工: in line within the hours while an agent is there, honest words and other ways otherwise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desk.counter import Counter
from desk.live import Live
from tests.actions.dialogue import Dialogue
from tests.desk.live_room import live_in, monday_noon
from tests.desk.ticket_room import Moment

HANDOFF = "action_handoff"


@pytest.fixture
def now() -> Moment:
    return monday_noon()


@pytest.fixture
def live(counter: Counter, now: Moment) -> Live:
    room = live_in(counter.engine, now)
    room.absent("a7")
    for sender in room.standings():
        room.leave(sender)
    return room


@pytest.fixture
def talk(talk: Dialogue, live: Live) -> Dialogue:
    talk.counter = replace(talk.counter, live=live)
    return talk


def test_with_an_agent_there_the_citizen_is_told_the_place_and_how_to_stop_waiting(
    talk: Dialogue, live: Live, now: Moment
) -> None:
    live.present("a7")
    live.ask("web-other", "web")
    now.later(seconds=1)
    heard = talk.say("转人工", "human", to=HANDOFF)
    assert "前面还有 1 位" in heard
    assert talk.titles == ["不等了"]
    assert "前面还有 1 位" in talk.say("转人工", "human", to=HANDOFF)
    assert len(live.waiting()) == 2


def test_to_wait_no_more_takes_the_citizen_out_of_line(talk: Dialogue, live: Live) -> None:
    live.present("a7")
    talk.say("转人工", "human", to=HANDOFF)
    assert "已经取消" in talk.press("不等了", to=HANDOFF)
    assert live.waiting() == []
    assert "没有在等" in talk.send('/human{"value": "leave"}', to=HANDOFF)


def test_without_an_agent_nobody_is_promised_and_other_ways_are_offered(talk: Dialogue, live: Live) -> None:
    heard = talk.say("转人工", "human", to=HANDOFF)
    assert "都不在线" in heard
    assert "12333" in heard
    assert "本服务自己的安排" in heard
    assert talk.titles[0] == "登记下来，让工作人员答复"
    assert live.waiting() == []


def test_outside_of_the_hours_the_citizen_is_told_the_hours(talk: Dialogue, live: Live, now: Moment) -> None:
    now.later(hours=6)
    live.present("a7")
    heard = talk.say("转人工", "human", to=HANDOFF)
    assert "9:00—17:00" in heard
    assert "12333" in heard
    assert live.waiting() == []


def test_in_a_form_the_line_is_joined_and_the_form_stays(talk: Dialogue, live: Live) -> None:
    live.present("a7")
    talk.say("我要投诉", "complaint", to="action_complaint_start")
    assert "第 1 位" in talk.say("转人工", "human")
    assert talk.form == "complaint_form"


def test_whoever_is_served_is_told_so(talk: Dialogue, live: Live) -> None:
    live.present("a7")
    talk.say("转人工", "human", to=HANDOFF)
    live.take(talk.sender_id, "a7", "座席07")
    assert "正在为您服务" in talk.say("转人工", "human", to=HANDOFF)
