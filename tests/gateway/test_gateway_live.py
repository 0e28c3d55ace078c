"""A conversation in the hands of a person, as the gateway keeps the bot out of it and shows who speaks."""

from __future__ import annotations

from datetime import datetime

import pytest

from desk.conversation import CITIZEN, since
from desk.live import LEAVE, Live, Waiting
from tests.assistant import Citizen, words
from tests.desk.live_room import live_in
from tests.desk.ticket_room import Moment
from tests.gateway.door import Door, until
from tests.gateway.test_gateway_stream import stream


class Ticking(Moment):
    """A clock within the hours, on which no two people ask at the same moment."""

    def __init__(self) -> None:
        super().__init__()
        self.later(days=2)

    def __call__(self) -> datetime:
        self.later(seconds=1)
        return self.at


@pytest.fixture
def live(door: Door) -> Live:
    """The line as the console sees it, within the hours; an agent is there also by the gateway's clock."""
    room = live_in(door.engine, Ticking())
    room.present("a7")
    door.counter.live.present("a7")
    return room


def ask(live: Live, door: Door, citizen: Citizen, key: str = "k") -> str:
    sender = door.sender_id(citizen)
    assert isinstance(live.ask(sender, "web", f"{sender}:{key}"), Waiting)
    return sender


def hold(live: Live, door: Door, citizen: Citizen) -> str:
    sender = ask(live, door, citizen)
    # By the door's own room: what time does to a held conversation, it does by the gateway's clock.
    door.counter.live.take(sender, "a7", "座席07")
    return sender


def test_while_an_agent_holds_it_the_bot_is_silent_and_the_words_are_kept(
    live: Live, door: Door, citizen: Citizen
) -> None:
    sender = hold(live, door, citizen)
    assert citizen.post(id="m1", text="我的钱没到账").json() == {"id": "m1", "state": "done", "messages": []}
    assert citizen.post(id="m1", text="我的钱没到账").json()["messages"] == []
    assert [m.body["text"] for m in since(door.engine, sender) if m.author == CITIZEN] == ["我的钱没到账"]
    assert door.rasa.texts(sender) == []
    live.give_back(sender, "a7")
    assert words(citizen.say("材料")) == "收到：材料"


def test_a_pressed_choice_is_for_the_agent_too(live: Live, door: Door, citizen: Citizen) -> None:
    sender = hold(live, door, citizen)
    assert citizen.press("要带什么材料") == []
    assert door.rasa.texts(sender) == []


def test_danger_is_answered_while_an_agent_holds_the_conversation(
    live: Live, door: Door, citizen: Citizen
) -> None:
    hold(live, door, citizen)
    (answer,) = citizen.say("我不想活了")
    assert answer["card"]["phones"]
    assert answer["buttons"] == []


def test_while_somebody_only_waits_the_bot_goes_on_answering(
    live: Live, door: Door, citizen: Citizen
) -> None:
    ask(live, door, citizen)
    assert words(citizen.say("材料")) == "收到：材料"


def test_what_an_agent_says_carries_the_name(live: Live, door: Door, citizen: Citizen) -> None:
    sender = hold(live, door, citizen)
    door.counter.live.say(sender, "a7", "您好，我来看一下。")
    assert [(m["from"], m["name"], m["text"]) for m in citizen.history()[-1:]] == [
        ("agent", "座席07", "您好，我来看一下。")
    ]


def test_the_stream_tells_the_place_in_line_and_who_speaks(live: Live, door: Door, citizen: Citizen) -> None:
    other = door.citizen()
    with stream(citizen, wanted="live") as events:
        assert next(events)[1]["state"] == "none"
        ask(live, door, other)
        until(lambda: other.http.get(f"{door.url}/api/messages").json()["live"]["state"] == "waiting")
        sender = ask(live, door, citizen)
        waiting = next(events)[1]
        place = waiting["position"]
        assert (waiting["state"], waiting["button"]["title"]) == ("waiting", "不等了")
        live.leave(door.sender_id(other))
        assert next(events)[1]["position"] == place - 1
        door.counter.live.take(sender, "a7", "座席07")
        held = next(events)[1]
        assert (held["state"], held["name"], held["position"]) == ("held", "座席07", 0)
        live.give_back(sender, "a7")
        assert next(events)[1] == {"state": "none", "position": 0, "name": "", "button": None}


@pytest.mark.parametrize("typed", [True, False])
def test_to_wait_no_more_reaches_the_assistant(live: Live, door: Door, citizen: Citizen, typed: bool) -> None:
    sender = ask(live, door, citizen)
    shown = until(lambda: citizen.http.get(f"{door.url}/api/messages").json()["live"]["button"])
    citizen.post(**({"text": "不等了"} if typed else {"button": shown["token"]}))
    assert door.rasa.texts(sender) == [LEAVE["payload"]]
    assert live.leave(sender)
    citizen.say("不等了")
    assert door.rasa.texts(sender)[-1] == "不等了"


def test_a_citizen_can_end_what_an_agent_holds(live: Live, door: Door, citizen: Citizen) -> None:
    sender = hold(live, door, citizen)
    shown = until(lambda: citizen.http.get(f"{door.url}/api/messages").json()["live"]["button"])
    assert shown["title"] == "结束人工服务"
    citizen.post(button=shown["token"])
    assert door.rasa.texts(sender) == [LEAVE["payload"]]


def test_clearing_the_conversation_leaves_the_line(live: Live, door: Door, citizen: Citizen) -> None:
    sender = ask(live, door, citizen)
    citizen.http.post(f"{citizen.url}/api/session/end", timeout=10)
    assert sender not in live.standings()
