"""An action was carried out, and nobody heard of it: Rasa or the connection died behind the commit."""

from __future__ import annotations

import csv
import time
from functools import partial
from pathlib import Path

import pytest

from tests.assistant import Citizen, words
from tests.faults.house import BUSY, House, answers_to, ready_to_confirm, unheard, until
from tests.faults.rounds import rounds

pytestmark = pytest.mark.model


def test_a_complaint_whose_answer_got_lost_is_confirmed_again_and_stays_one_ticket(house: House) -> None:
    for chance in rounds():
        story = unheard()
        citizen = ready_to_confirm(house.url, story)
        with house.line.holding("action_complaint_file", done=True) as hold:
            asked = house.pool.submit(citizen.press, "确认提交")
            assert hold.arrived.wait(30)
            (number,) = house.numbers(story)
            time.sleep(chance.uniform(0, 1))
            hold.lose()
            assert BUSY in words(asked.result(60))
        assert number in words(citizen.press("确认提交"))
        assert house.numbers(story) == [number]


def test_a_right_code_is_still_right_when_rasa_dies_before_it_can_say_so(house: House) -> None:
    for place, chance in enumerate(rounds()):
        citizen = Citizen(house.url)
        code = _ready_for_the_code(citizen, _claims()[place % len(_claims())])
        with house.line.holding(code, done=True) as hold:
            asked = house.pool.submit(citizen.post, text=code)
            assert hold.arrived.wait(30)
            time.sleep(chance.uniform(0, 1))
            house.assistant.kill("rasa")
            assert asked.result(60).status_code == 202
        house.mend()
        heard = until(partial(answers_to, citizen, code), 180)
        assert "没有可以用的验证码" not in heard
        assert "演示数据" in heard


def _claims() -> list[dict[str, str]]:
    with Path("data/demo/claims.csv").open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def _ready_for_the_code(citizen: Citizen, claim: dict[str, str]) -> str:
    """Go through the form up to its last question; return the code that was sent."""
    citizen.press("查我的进度")
    citizen.say(claim["身份证号"])
    citizen.say(claim["姓名"])
    sms = until(lambda: [m["text"] for m in citizen.history() if m["kind"] == "demo_sms"])
    return str(sms[-1].split("验证码是 ")[1][:6])
