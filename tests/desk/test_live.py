"""A conversation in the hands of a person: the line, who takes it, what is said, and how it ends."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from desk import conversation
from desk.errors import Conflict, DeskError, InvalidInput, NotAllowed, NotFound
from desk.live import Closed, Live, Standing, Waiting
from tests.desk.live_room import HOURS, PUBLIC, live_in, monday_noon, staffed
from tests.desk.ticket_room import PLANTED_PHONE, Moment


@pytest.fixture
def now() -> Moment:
    return monday_noon()


@pytest.fixture
def live(engine: Engine, now: Moment) -> Live:
    return staffed(engine, now)


def asked(live: Live, sender: str = "c1") -> Waiting:
    place = live.ask(sender, "web", f"web:{sender}:1")
    assert isinstance(place, Waiting)
    return place


def held(live: Live, sender: str = "c1", staff: str = "a7") -> None:
    asked(live, sender)
    live.take(sender, staff, "座席07")


def said(engine: Engine, sender: str = "c1") -> list[dict[str, Any]]:
    return [{**m.body, "from": m.author} for m in conversation.since(engine, sender) if m.author != "citizen"]


def citizen_says(engine: Engine, sender: str, text: str) -> None:
    with engine.begin() as connection:
        conversation.say(connection, sender, conversation.CITIZEN, {"text": text})


def test_who_asks_waits_in_line_and_asking_again_changes_nothing(live: Live, now: Moment) -> None:
    assert asked(live).position == 1
    now.later(seconds=5)
    assert asked(live, "c2").position == 2
    now.later(seconds=5)
    assert asked(live).position == 1
    assert [each.sender_id for each in live.waiting()] == ["c1", "c2"]
    assert [event.what for event in live.history("c1")] == ["ask"]


def test_outside_of_the_hours_nobody_is_put_in_line(live: Live, now: Moment) -> None:
    now.later(hours=6)
    assert live.ask("c1", "web") == Closed("hours", HOURS.text)
    assert live.waiting() == []


def test_without_an_agent_nobody_is_put_in_line(live: Live, now: Moment) -> None:
    now.later(minutes=4)
    assert not live.anybody()
    assert live.ask("c1", "web") == Closed("nobody", HOURS.text)
    live.present("a8")
    assert isinstance(live.ask("c1", "web"), Waiting)


def test_an_agent_who_logs_out_is_no_longer_there(live: Live) -> None:
    live.absent("a7")
    assert not live.anybody()


def test_who_leaves_the_line_lets_the_next_one_up_and_the_old_message_does_not_bring_him_back(
    live: Live, now: Moment
) -> None:
    asked(live)
    now.later(seconds=1)
    asked(live, "c2")
    assert live.leave("c1")
    assert not live.leave("c1")
    assert live.standings() == {"c2": Standing("waiting", 1)}
    live.ask("c1", "web", "web:c1:1")
    assert [each.sender_id for each in live.waiting()] == ["c2"]
    now.later(seconds=1)
    live.ask("c1", "web", "web:c1:2")
    assert live.standings()["c1"].position == 2


def test_the_line_tells_what_each_one_said_last_that_says_something(live: Live, engine: Engine) -> None:
    for text in ("我的钱三个月没到账", "转人工", "12333"):
        citizen_says(engine, "c1", text)
    citizen_says(engine, "c2", "转人工")
    for sender in ("c1", "c2", "c3"):
        asked(live, sender)
    assert [each.words for each in live.waiting()] == ["我的钱三个月没到账", "转人工", ""]


def test_taking_a_conversation_tells_the_citizen_who_speaks_and_keeps_how_long_he_waited(
    live: Live, engine: Engine, now: Moment
) -> None:
    asked(live)
    now.later(seconds=90)
    taken = live.take("c1", "a7", "座席07")
    assert (taken.sender_id, taken.staff_id, taken.shown_name) == ("c1", "a7", "座席07")
    assert live.holder("c1") == taken
    assert live.held_by("a7") == [taken]
    assert live.held_by("a8") == []
    assert live.standings() == {"c1": Standing("held", name="座席07")}
    assert "座席07" in said(engine)[-1]["text"]
    assert live.history("c1")[-1].waited == 90
    assert live.waiting() == []


def test_taking_twice_is_one_taking_and_another_agent_is_refused(live: Live, engine: Engine) -> None:
    held(live)
    live.take("c1", "a7", "座席07")
    with pytest.raises(Conflict):
        live.take("c1", "a8", "座席08")
    with pytest.raises(NotFound):
        live.take("c9", "a8", "座席08")
    assert len(said(engine)) == 1


def test_of_many_agents_at_once_one_takes_the_conversation(engine: Engine, now: Moment, live: Live) -> None:
    asked(live)
    rooms = [live_in(engine, now) for _ in range(20)]

    def take(number: int) -> str:
        try:
            return rooms[number].take("c1", f"a{number}", f"座席{number:02}").staff_id
        except DeskError as error:
            return type(error).__name__

    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(take, range(20)))
    assert outcomes.count("Conflict") == 19
    (winner,) = set(outcomes) - {"Conflict"}
    holder = live.holder("c1")
    assert holder is not None
    assert holder.staff_id == winner
    assert len(said(engine)) == 1


def test_many_asking_at_once_wait_once(live: Live) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: live.ask("c1", "web", f"web:c1:{number}"), range(8)))
    assert len(live.waiting()) == 1
    assert [event.what for event in live.history("c1")] == ["ask"]


def test_only_the_holder_speaks_and_the_citizen_sees_the_name(live: Live, engine: Engine) -> None:
    held(live)
    live.say("c1", "a7", "您好，我来看一下。")
    message = said(engine)[-1]
    assert (message["from"], message["name"], message["text"]) == ("agent", "座席07", "您好，我来看一下。")
    with pytest.raises(NotAllowed):
        live.say("c1", "a8", "我也来")
    with pytest.raises(NotAllowed):
        live.say("c2", "a7", "没有人")


def test_the_same_request_is_said_once_also_at_once(live: Live, engine: Engine) -> None:
    held(live)
    with ThreadPoolExecutor(6) as pool:
        seqs = set(pool.map(lambda _: live.say("c1", "a7", "您好", request_id="r1"), range(6)))
    assert len(seqs) == 1
    assert [m["text"] for m in said(engine)][1:] == ["您好"]
    assert live.say("c1", "a7", "您好", request_id="r2") not in seqs


def test_personal_numbers_in_an_agents_words_are_not_kept_and_an_offices_number_is(
    live: Live, engine: Engine
) -> None:
    held(live)
    live.say("c1", "a7", f"您的手机{PLANTED_PHONE}对吗？请打{PUBLIC['087163362528']}")
    text = said(engine)[-1]["text"]
    assert PLANTED_PHONE not in text
    assert "〔手机号#1〕" in text
    assert "0871-63362528" in text


def test_a_card_of_the_desk_is_said_as_it_is(live: Live, engine: Engine) -> None:
    held(live)
    card = {"kind": "card", "title": "材料"}
    live.say("c1", "a7", body={"text": "", "card": card, "buttons": []})
    assert (said(engine)[-1]["card"], said(engine)[-1]["name"]) == (card, "座席07")


@pytest.mark.parametrize(("text", "reason"), [(" ", "empty"), ("长" * 2001, "too_long")])
def test_what_cannot_be_said_is_refused_with_a_reason(live: Live, text: str, reason: str) -> None:
    held(live)
    with pytest.raises(InvalidInput, match=reason):
        live.say("c1", "a7", text)


def test_giving_back_lets_the_bot_go_on_and_offers_the_usual_choices(live: Live, engine: Engine) -> None:
    held(live)
    with pytest.raises(NotAllowed):
        live.give_back("c1", "a8")
    live.give_back("c1", "a7")
    assert "机器人继续为您服务" in said(engine)[-1]["text"]
    assert said(engine)[-1]["buttons"]
    assert live.holder("c1") is None
    assert live.standings() == {}
    with pytest.raises(NotAllowed):
        live.give_back("c1", "a7")
    assert [event.what for event in live.history("c1")] == ["ask", "take", "give_back"]


def test_the_citizen_can_end_what_an_agent_holds(live: Live) -> None:
    held(live)
    assert live.leave("c1")
    with pytest.raises(NotAllowed):
        live.say("c1", "a7", "还在吗")


def test_a_conversation_whose_agent_vanished_goes_first_to_the_others(
    live: Live, engine: Engine, now: Moment
) -> None:
    held(live)
    now.later(minutes=2)
    live.present("a8")
    asked(live, "c2")
    live.settle()
    assert live.holder("c1") is not None
    now.later(minutes=2)
    live.settle()
    assert [each.sender_id for each in live.waiting()] == ["c1", "c2"]
    assert "连接断了" in said(engine)[-1]["text"]
    live.settle()
    assert len(said(engine)) == 2
    assert live.take("c1", "a8", "座席08").shown_name == "座席08"


def test_who_waits_is_told_when_no_agent_is_left(live: Live, engine: Engine, now: Moment) -> None:
    asked(live)
    held(live, "c2")
    now.later(minutes=4)
    live.settle()
    assert live.waiting() == []
    assert live.holder("c2") is None
    for sender in ("c1", "c2"):
        assert "12333" in said(engine, sender)[-1]["text"]
        assert "登记下来" in said(engine, sender)[-1]["buttons"][0]["title"]
        assert live.history(sender)[-1].what == "nobody"


def test_who_waits_at_closing_time_is_still_served_while_an_agent_is_there(live: Live, now: Moment) -> None:
    asked(live)
    now.later(hours=6)
    live.present("a7")
    live.settle()
    assert len(live.waiting()) == 1


def test_after_long_silence_the_bot_goes_on(live: Live, engine: Engine, now: Moment) -> None:
    held(live)
    now.later(minutes=25)
    assert live.heard("c1")
    now.later(minutes=25)
    live.present("a7")
    live.settle()
    assert live.holder("c1") is not None
    now.later(minutes=6)
    live.present("a7")
    live.settle()
    assert live.holder("c1") is None
    assert "机器人继续" in said(engine)[-1]["text"]
    assert not live.heard("c1")


def test_many_settling_at_once_tell_the_citizen_once(live: Live, engine: Engine, now: Moment) -> None:
    held(live)
    now.at += timedelta(minutes=10)
    rooms = [live_in(engine, now) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(Live.settle, rooms))
    assert [m["from"] for m in said(engine)] == ["notice", "notice"]
