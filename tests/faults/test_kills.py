"""Rows 6 and 7 of what stock Rasa does: a process that dies in the middle of a turn loses or doubles it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.assistant import Citizen, words
from tests.faults.house import House, answers_to, ready_to_confirm, streamed, unheard, until
from tests.faults.hunger import starve
from tests.faults.rounds import ROUNDS, chance_of

pytestmark = pytest.mark.model

_QUESTION = "失业金能领几个月"


@dataclass
class Night:
    """What citizens met while Rasa was dead."""

    house: House
    asking: Citizen
    complaining: Citizen
    story: str
    arriving: Citizen = field(init=False)
    office: str = ""
    other: str = ""


@pytest.fixture(scope="module", params=range(ROUNDS))
def night(request: pytest.FixtureRequest, _house: House) -> Iterator[Night]:
    """Let Rasa die in the middle of two turns, of hunger or by a kill, let somebody arrive meanwhile,
    and start it again as its supervisor does.
    """
    chance = chance_of(request.param)
    _house.mend()
    story = unheard()
    passed = Night(_house, Citizen(_house.url), ready_to_confirm(_house.url, story), story)
    with _house.line.holding(_QUESTION) as hold, _house.line.holding("/affirm") as other:
        waiting = [
            _house.pool.submit(passed.asking.post, text=_QUESTION),
            _house.pool.submit(passed.complaining.post, button=passed.complaining.buttons["确认提交"]),
        ]
        assert hold.arrived.wait(30)
        assert other.arrived.wait(30)
        time.sleep(chance.uniform(0, 1))
        if ROUNDS == 1 or chance.random() < 0.5:
            starve(_house.assistant.processes["rasa"])
        else:
            _house.assistant.kill("rasa")
        assert [asked.result(30).status_code for asked in waiting] == [202, 202]
    passed.arriving = Citizen(_house.url)
    passed.office = words(passed.arriving.post(text="五华区在哪里办").json()["messages"])
    assert passed.arriving.post(text="领失业金要带什么材料").status_code == 202
    passed.other = words(passed.arriving.history())
    _house.mend()
    yield passed


def test_a_message_whose_turn_was_killed_is_answered_by_itself(night: Night) -> None:
    assert "个月" in until(lambda: answers_to(night.asking, _QUESTION))
    assert night.house.states(_QUESTION)[-1] == "done"


def test_a_confirmed_complaint_whose_turn_was_killed_is_exactly_one_ticket(night: Night) -> None:
    heard = until(lambda: answers_to(night.complaining, "确认提交"))
    (number,) = night.house.numbers(night.story)
    assert number in heard
    assert number in words(night.complaining.say("我的投诉"))


def test_while_rasa_is_not_there_an_office_is_found_at_once(night: Night) -> None:
    assert "五华区" in night.office
    assert "电话" in night.office


def test_while_rasa_is_not_there_the_rest_is_said_to_come_and_comes_by_itself(night: Night) -> None:
    assert "助手正在启动" in night.other
    assert "身份证" in until(lambda: answers_to(night.arriving, "领失业金要带什么材料"))


def test_a_killed_gateway_answers_what_it_had_taken_when_it_is_back(house: House) -> None:
    citizen, message_id = Citizen(house.url), uuid.uuid4().hex
    with house.line.holding(_QUESTION) as hold:
        house.pool.submit(citizen.post, text=_QUESTION, id=message_id)
        assert hold.arrived.wait(30)
        assert house.state(message_id) == "new"
        house.assistant.kill("gateway")
    house.mend()
    assert "个月" in until(lambda: answers_to(citizen, _QUESTION))
    assert house.state(message_id) == "done"
    again = citizen.post(text=_QUESTION, id=message_id)
    assert again.status_code == 200
    assert "个月" in words(again.json()["messages"])


def test_a_gateway_killed_while_a_complaint_is_confirmed_files_it_once_and_tells_the_number(
    house: House,
) -> None:
    story = unheard()
    citizen = ready_to_confirm(house.url, story)
    with house.line.holding("/affirm") as hold:
        house.pool.submit(citizen.press, "确认提交")
        assert hold.arrived.wait(30)
        house.assistant.kill("gateway")
    house.mend()
    heard = until(lambda: answers_to(citizen, "确认提交"))
    (number,) = house.numbers(story)
    assert number in heard


def test_killed_actions_file_a_confirmed_complaint_at_most_once(house: House) -> None:
    story, message_id = unheard(), uuid.uuid4().hex
    citizen = ready_to_confirm(house.url, story)
    confirm = citizen.buttons["确认提交"]
    with house.line.holding("/affirm") as hold:
        asked = house.pool.submit(citizen.post, button=confirm, id=message_id)
        assert hold.arrived.wait(30)
        house.assistant.kill("actions")
        hold.release()
        assert words(asked.result(30).json()["messages"])
    assert house.state(message_id) == "needs_human"
    house.mend()
    assert house.numbers(story) == []
    assert "已经提交" in words(citizen.post(button=confirm).json()["messages"])
    assert len(house.numbers(story)) == 1


def test_a_restarted_gateway_still_knows_the_conversation(house: House) -> None:
    citizen = Citizen(house.url)
    citizen.say("领失业金要带什么材料")
    before = citizen.history()
    house.assistant.kill("gateway")
    house.mend()
    assert citizen.history()[1:] == before[1:]
    assert words(citizen.say("那第二种呢"))


def test_what_comes_late_comes_through_the_stream(house: House) -> None:
    citizen = Citizen(house.url)
    with house.line.holding(_QUESTION) as hold:
        house.pool.submit(citizen.post, text=_QUESTION)
        assert hold.arrived.wait(30)
        house.assistant.kill("gateway")
    house.start("gateway")
    until(house.assistant.health)
    assert any("个月" in line for line in streamed(citizen) if '"from": "bot"' in line)
