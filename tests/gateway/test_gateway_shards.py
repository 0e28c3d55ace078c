"""Several Rasa processes behind one gateway: each conversation is at home in one, and goes on without it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.assistant import Citizen, free_port
from tests.fakes.rasa import FakeRasa
from tests.gateway.door import Door, until


class Shards:
    """A gateway and the two Rasas it may ask."""

    def __init__(self, var: Path) -> None:
        ports = free_port(), free_port()
        urls = ",".join(f"http://127.0.0.1:{port}" for port in ports)
        self.door = Door(var, DESK_RASA_URLS=urls)
        self.both = tuple(FakeRasa(self.door.counter.settings.loopback_token, port) for port in ports)

    def mend(self) -> None:
        for rasa in self.both:
            rasa.reset()
            rasa.start()
        until(lambda: self.door.health()["rasas"] == [True, True])

    def at_home_in(self, rasa: FakeRasa) -> Citizen:
        """Somebody whose first message goes to this one."""

        def asked() -> Citizen | None:
            citizen = self.door.citizen()
            citizen.say("在吗")
            return (
                citizen
                if self.door.sender_id(citizen) in {turn["sender"] for turn in rasa.received}
                else None
            )

        return until(asked)


@pytest.fixture(scope="module")
def _shards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shards]:
    made = Shards(tmp_path_factory.mktemp("shards"))
    made.door.start()
    yield made
    made.door.kill()
    for rasa in made.both:
        rasa.stop()


@pytest.fixture
def shards(_shards: Shards) -> Shards:
    _shards.mend()
    return _shards


def test_conversations_spread_and_each_stays_where_it_is_at_home(shards: Shards) -> None:
    for rasa in shards.both:
        citizen = shards.at_home_in(rasa)
        for text in ("甲", "乙", "丙"):
            citizen.say(text)
        assert rasa.texts(shards.door.sender_id(citizen)) == ["在吗", "甲", "乙", "丙"]


@pytest.mark.parametrize("number", [0, 1])
def test_without_its_rasa_a_conversation_goes_on_at_the_other_in_the_same_turn(
    shards: Shards, number: int
) -> None:
    home, other = shards.both[number], shards.both[1 - number]
    citizen = shards.at_home_in(home)
    home.stop()
    assert [m["text"] for m in citizen.say("还在吗")] == ["收到：还在吗"]
    (asked,) = [turn for turn in other.received if turn["text"] == "还在吗"]
    assert asked["again"]  # the first may have carried it out before it went
    until(lambda: shards.door.health()["rasas"][number] is False)
    assert shards.door.health()["rasa"]
    home.start()
    until(lambda: shards.door.health()["rasas"][number])
    citizen.say("回来了")
    assert home.texts(shards.door.sender_id(citizen))[-1] == "回来了"


def test_a_rasa_that_dies_in_the_middle_of_a_turn_has_it_answered_once_by_the_other(shards: Shards) -> None:
    home, other = shards.both
    citizen = shards.at_home_in(home)
    home.crashes_on = "毒"
    assert [m["text"] for m in citizen.say("毒")] == ["收到：毒"]
    assert [m["from"] for m in citizen.history() if "毒" in m["text"]] == ["citizen", "bot"]
    assert [rasa.texts().count("毒") for rasa in (home, other)] == [1, 1]


def test_words_that_kill_every_rasa_are_left_to_a_person_after_three_tries(shards: Shards) -> None:
    for rasa in shards.both:
        rasa.crashes_on = "毒"
    citizen = shards.door.citizen()
    citizen.post(id="poison", text="毒")
    until(shards.door.nothing_waits)
    assert sum(rasa.texts().count("毒") for rasa in shards.both) == 3
    assert "系统暂时繁忙" in citizen.history()[-1]["text"]


def test_a_rasa_whose_model_did_not_load_gets_no_turn(shards: Shards) -> None:
    home, other = shards.both
    citizen = shards.at_home_in(home)
    home.stop()
    home.loaded = False
    home.start()  # before the gateway looks again
    before = len(home.received)
    assert [m["text"] for m in citizen.say("新模型坏了")] == ["收到：新模型坏了"]
    assert (len(home.received), other.texts()[-1]) == (before, "新模型坏了")
    until(lambda: shards.door.health()["rasas"] == [False, True])
