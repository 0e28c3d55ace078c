"""Row 21 of what stock Rasa does: a long conversation grows dear. Ours stays short, and whole on disk."""

from __future__ import annotations

import pytest
import requests

from tests.assistant import Citizen, words
from tests.faults.house import House, unheard

pytestmark = pytest.mark.model

_ASIDES = ("领失业金要带什么材料", "五华区在哪里办", "审核要多久", "失业金能领几个月", "钱打到哪张卡")


def test_a_form_begun_forty_turns_ago_is_finished_after_a_restart_of_rasa(house: House) -> None:
    story = unheard()
    citizen = Citizen(house.url)
    citizen.press("投诉和建议")
    citizen.say(story)
    for number in range(40):
        if number == 20:
            house.assistant.kill("rasa")
            house.mend()
        heard = words(citizen.say(_ASIDES[number % len(_ASIDES)]))
        assert "取消" in heard, f"the form is gone after {number} asides: {heard}"
    for answer in ("不清楚", "记不清了", "在这里答复", "匿名", "确认提交"):
        heard = words(citizen.press(answer))
    assert len(house.numbers(story)) == 1
    assert house.numbers(story)[0] in heard
    with house.tracker() as tracker:
        count = "SELECT count(*) FROM events WHERE type_name = 'user' AND sender_id = "
        newest = "(SELECT sender_id FROM events ORDER BY id DESC LIMIT 1)"
        assert tracker.execute(count + newest).fetchone()[0] >= 46


def test_the_turn_that_warms_rasa_up_reaches_the_actions_and_leaves_nothing_in_the_table(
    house: House,
) -> None:
    assert "warm-up" not in house.log("rasa")
    counted = requests.get(house.private("actions", "/metrics"), timeout=10).text
    assert 'desk_actions_total{action="action_guide",outcome="done"}' in counted
    with house.tracker() as tracker:
        found = tracker.execute("SELECT count(*) FROM events WHERE sender_id = 'warm-up'").fetchone()
    assert found == (0,)
