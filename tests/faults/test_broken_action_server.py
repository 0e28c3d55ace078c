"""Rows 1, 2, 3 and 15 of what stock Rasa does: silence, a leaked tracker, one citizen holding up all."""

from __future__ import annotations

import time
import uuid
from functools import partial

import pytest
import requests

from tests.assistant import Citizen, words
from tests.fakes.action_server import NONSENSE
from tests.faults.house import BUSY, House, answers_to, ready_to_confirm, unheard, until
from tests.faults.rounds import rounds

pytestmark = pytest.mark.model

_MARK = "青柠海盐"  # words that may stand in no log


def test_with_the_action_server_down_a_sentence_comes_and_the_words_stay_for_a_person(house: House) -> None:
    for chance in rounds():
        citizen, lost = Citizen(house.url), uuid.uuid4().hex
        citizen.say(chance.choice(["失业金能领几个月", "五华区在哪里办", "你好"]))
        house.assistant.kill("actions")
        house.line.stop()
        # A restart is waited for; what takes longer is told.
        citizen.post(text="领失业金要带什么材料", id=lost)
        until(lambda citizen=citizen: BUSY in answers_to(citizen, "领失业金要带什么材料"))
        assert house.state(lost) == "needs_human"
        house.mend()
        assert "身份证" in words(citizen.say("领失业金要带什么材料"))


def test_a_form_goes_on_where_it_was_when_the_action_server_is_well_again(house: House) -> None:
    for chance in rounds():
        story, fault = unheard(), chance.choice(["down", *NONSENSE])
        print(fault)
        citizen = ready_to_confirm(house.url, story)
        if fault == "down":
            house.line.stop()
        else:
            house.line.mode = fault
        for _ in range(chance.randrange(1, 3)):
            assert BUSY in words(citizen.press("确认提交"))
        assert house.numbers(story) == []
        house.mend()
        heard = words(citizen.press("确认提交"))
        assert len(house.numbers(story)) == 1
        assert house.numbers(story)[0] in heard


def test_an_action_that_fails_answers_a_sentence_and_leaks_nothing_into_a_log(house: House) -> None:
    citizen = Citizen(house.url)
    citizen.say(f"我在{_MARK}公司上班，领失业金要带什么材料")
    with house.database() as database:
        database.execute("alter table ticket rename to ticket_away")
    try:
        answer = citizen.post(text=f"我的投诉办得怎么样了，{_MARK}", id="failing")
    finally:
        with house.database() as database:
            database.execute("alter table ticket_away rename to ticket")
    assert "这一步没有办成" in words(answer.json()["messages"])
    assert house.state("failing") == "needs_human"
    assert '"action failed"' in house.log("actions")
    for name in ("gateway", "actions", "rasa"):
        assert _MARK not in house.log(name)
    assert "没有登记过" in words(citizen.say("我的投诉办得怎么样了"))


def test_a_complaint_that_could_not_be_stored_is_never_called_filed(house: House) -> None:
    story = unheard()
    citizen = ready_to_confirm(house.url, story)
    with house.database() as database:
        database.execute("create trigger full before insert on ticket begin select raise(fail, 'full'); end")
    try:
        heard = words(citizen.press("确认提交"))
    finally:
        with house.database() as database:
            database.execute("drop trigger full")
    assert "已经提交" not in heard
    assert "JS-" not in heard
    assert house.numbers(story) == []
    assert "已经提交" in words(citizen.press("确认提交"))
    assert len(house.numbers(story)) == 1


@pytest.mark.parametrize("mode", sorted(NONSENSE))
def test_whatever_nonsense_the_action_server_answers_the_citizen_reads_a_sentence(
    house: House, mode: str
) -> None:
    for chance in rounds():
        citizen, message_id = Citizen(house.url), uuid.uuid4().hex
        for _ in range(chance.randrange(3)):
            citizen.say(chance.choice(["失业金能领几个月", "五华区在哪里办", "你好"]))
        house.line.mode = mode
        answer = citizen.post(text=f"领失业金要带什么材料，{_MARK}", id=message_id)
        house.line.mode = ""
        assert answer.status_code == 200
        assert words(answer.json()["messages"]).startswith(BUSY)
        assert house.state(message_id) == "needs_human"
        assert _MARK not in house.log("rasa")
        assert "身份证" in words(citizen.say("领失业金要带什么材料"))


def test_a_slow_action_is_waited_for_and_one_that_hangs_is_given_up(house: House) -> None:
    """A call has twelve seconds; what hangs would hold its conversation for as long as it lasts."""
    for chance in rounds():
        slow, hanging = Citizen(house.url), Citizen(house.url)
        ids = uuid.uuid4().hex, uuid.uuid4().hex
        with house.line.holding("能领几个月") as late, house.line.holding("要带什么材料") as never:
            house.pool.submit(slow.post, text="失业金能领几个月", id=ids[0])
            house.pool.submit(hanging.post, text="领失业金要带什么材料", id=ids[1])
            assert late.arrived.wait(30) and never.arrived.wait(30)
            time.sleep(chance.uniform(1, 9))
            late.release()
            until(partial(_settled, house, ids[1]))
        assert [house.state(each) for each in ids] == ["done", "needs_human"]
        assert BUSY in words(hanging.history()[-1:])
        assert "身份证" in words(hanging.say("领失业金要带什么材料"))


def _settled(house: House, message_id: str) -> bool:
    return house.state(message_id) != "new"


def test_a_slow_action_of_one_citizen_holds_up_nobody_else(house: House) -> None:
    slow, other = Citizen(house.url), Citizen(house.url)
    with house.line.holding("能领几个月") as hold:
        first = house.pool.submit(slow.say, "失业金能领几个月")
        assert hold.arrived.wait(30)
        assert "身份证" in words(other.say("领失业金要带什么材料"))
        assert not first.done()
        hold.release()
        assert "个月" in words(first.result(30))


def test_two_messages_of_one_citizen_are_answered_in_their_order(house: House) -> None:
    citizen = Citizen(house.url)
    with house.line.holding("能领几个月") as hold:
        first = house.pool.submit(citizen.say, "失业金能领几个月")
        assert hold.arrived.wait(30)
        second = house.pool.submit(citizen.say, "领失业金要带什么材料")
        hold.release()
        first.result(30), second.result(30)
    said = [message for message in citizen.history() if message["from"] == "bot"][1:]
    assert ["个月" in words([said[0]]), "身份证" in words([said[-1]])] == [True, True]


def test_an_action_that_waits_for_the_database_does_not_hold_up_the_other_actions(house: House) -> None:
    story = unheard()
    waiting = _call(house, "action_complaint_file", complaint_story=story, complaint_confirmed=True)
    with house.database() as database:
        database.execute("begin immediate")
        filing = house.pool.submit(waiting)
        found = _call(house, "action_office", text="五华区")()
        assert "五华" in str(found["responses"])
        assert not filing.done()
        database.execute("rollback")
    assert "已经提交" in str(filing.result(30)["responses"])
    assert len(house.numbers(story)) == 1


def _call(house: House, action: str, text: str = "", **slots: object):  # noqa: ANN202
    """One call as Rasa makes it, to be sent to the real action server."""
    latest = {"text": text, "message_id": uuid.uuid4().hex, "intent": {"name": "office", "confidence": 1.0}}
    tracker = {"sender_id": "web-test", "slots": slots, "latest_message": latest, "events": []}
    body = {"next_action": action, "sender_id": "web-test", "tracker": tracker, "domain": {}}
    token = {"X-Desk-Token": house.settings.loopback_token}
    address = house.private("actions", "/webhook")
    return lambda: requests.post(address, json=body, headers=token, timeout=30).json()
