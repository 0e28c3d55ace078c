"""Rows 4, 5 and 8 of what stock Rasa does: three deliveries of one message are three tickets, or none."""

from __future__ import annotations

import threading
import uuid

import pytest
import requests

from bot.gateway.web import kept_id
from tests.assistant import words
from tests.faults.house import House, ready_to_confirm, unheard, until

pytestmark = pytest.mark.model

_IMPATIENCE = 1  # seconds, as a platform that sends again what was not answered in time


def test_a_client_that_gives_up_and_sends_again_gets_one_ticket_and_the_stored_reply(house: House) -> None:
    story, message_id = unheard(), uuid.uuid4().hex
    citizen = ready_to_confirm(house.url, story)
    confirm = citizen.buttons["确认提交"]
    with house.line.holding("/affirm") as hold:
        for _ in range(3):
            with pytest.raises(requests.Timeout):
                citizen.http.post(
                    f"{house.url}/api/messages",
                    json={"id": message_id, "button": confirm},
                    timeout=_IMPATIENCE,
                )
        assert hold.arrived.is_set()
        hold.release()
        until(lambda: house.state(message_id) == "done")
    (number,) = house.numbers(story)
    replies = [citizen.post(id=message_id, button=confirm).json()["messages"] for _ in range(2)]
    assert number in words(replies[0])
    assert replies[0] == replies[1]
    assert len(house.numbers(story)) == 1
    assert len([m for m in citizen.history() if m["from"] == "citizen" and m["text"] == "确认提交"]) == 1


def test_the_same_message_twice_is_one_row_one_effect_and_one_reply(house: House) -> None:
    story, message_id = unheard(), uuid.uuid4().hex
    citizen = ready_to_confirm(house.url, story)
    confirm = citizen.buttons["确认提交"]
    first, again = (citizen.post(id=message_id, button=confirm) for _ in range(2))
    assert first.json() == again.json()
    assert house.state(message_id) == "done"
    assert len(house.numbers(story)) == 1


def test_one_message_delivered_twenty_times_at_once_is_one_ticket(house: House) -> None:
    story, message_id = unheard(), uuid.uuid4().hex
    citizen = ready_to_confirm(house.url, story)
    body = {"id": message_id, "button": citizen.buttons["确认提交"]}
    cookies, gate = citizen.http.cookies.get_dict(), threading.Barrier(20)

    def deliver() -> requests.Response:
        gate.wait()
        return requests.post(f"{house.url}/api/messages", json=body, cookies=cookies, timeout=30)

    answers = [delivery.result(60) for delivery in [house.pool.submit(deliver) for _ in range(20)]]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    (number,) = house.numbers(story)
    assert number in words(answers[0].json()["messages"])
    assert house.state(message_id) == "done"
    said = house.rows("select count(*) from message where inbox_key like ?", f"%:{kept_id(message_id)}")
    assert said == [(2,)]


def test_complaints_filed_at_once_are_tickets_with_numbers_of_their_own(house: House) -> None:
    citizens = [(ready_to_confirm(house.url, story), story) for story in (unheard() for _ in range(8))]
    asked = [house.pool.submit(citizen.press, "确认提交") for citizen, _ in citizens]
    told = [words(answer.result(60)) for answer in asked]
    numbers = [house.numbers(story) for _, story in citizens]
    assert [len(found) for found in numbers] == [1] * 8
    assert len({found[0] for found in numbers}) == 8
    assert all(found[0] in heard for found, heard in zip(numbers, told, strict=True))


def test_other_words_under_a_used_id_are_refused_and_change_nothing(house: House) -> None:
    story, message_id = unheard(), uuid.uuid4().hex
    citizen = ready_to_confirm(house.url, story)
    citizen.post(id=message_id, button=citizen.buttons["确认提交"])
    before = citizen.history()
    answer = citizen.post(id=message_id, text="撤回我的投诉")
    assert answer.status_code == 409
    assert "编号已经用过" in answer.json()["error"]["message"]
    assert citizen.history() == before
    assert len(house.numbers(story)) == 1


def test_a_message_that_rasa_has_answered_already_is_answered_the_same_again(house: House) -> None:
    """The gateway may die between Rasa's answer and its own storing of it; it then asks once more."""
    story = unheard()
    citizen = ready_to_confirm(house.url, story)
    sender = house.rows("select sender_id from inbox where text = ?", story)[0][0]
    body = {"sender": sender, "text": "/affirm", "message_id": uuid.uuid4().hex, "again": True}
    first, again = (_ask_rasa(house, body) for _ in range(2))
    assert "已经提交" in str(first)
    assert first == again
    assert len(house.numbers(story)) == 1
    assert "JS-" in words(citizen.say("我的投诉"))


def _ask_rasa(house: House, body: dict[str, object]) -> object:
    token = {"X-Desk-Token": house.settings.loopback_token}
    address = house.private("rasa", "/webhooks/loopback/message")
    return requests.post(address, json=body, headers=token, timeout=30).json()
