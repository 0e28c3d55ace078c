"""A complaint is confirmed while nothing can be written, somewhere or anywhere: no untrue number is told."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import requests

from tests.assistant import Citizen, words
from tests.fakes.disk import full, locked
from tests.faults.house import House, ready_to_confirm, unheard, until
from tests.faults.rounds import rounds

pytestmark = pytest.mark.model

_NUMBER = re.compile(r"JS-\d{8}-\d{6}-\d")


def _pids(house: House, *names: str) -> list[int]:
    return [house.assistant.processes[name].pid for name in names]


_FAULTS: dict[str, Callable[[House], AbstractContextManager[None]]] = {
    "database locked": lambda house: locked(house.assistant.var / "desk.db"),
    "no room for tickets": lambda house: full(house.assistant.var, *_pids(house, "actions")),
    "no room for messages": lambda house: full(house.assistant.var, *_pids(house, "gateway")),
    "no room for anything": lambda house: full(
        house.assistant.var, *_pids(house, "gateway", "actions", "rasa")
    ),
}


@pytest.mark.parametrize("fault", _FAULTS)
def test_a_number_is_told_only_with_its_ticket_and_confirming_again_files_once(
    house: House, fault: str
) -> None:
    for chance in rounds():
        story = unheard()
        citizen = ready_to_confirm(house.url, story)
        seconds = 6.0 if fault == "database locked" else chance.uniform(0.2, 1)
        confirming = house.pool.submit(_insists, citizen, citizen.buttons["确认提交"])
        time.sleep(chance.uniform(0, 0.3))
        with _FAULTS[fault](house):
            time.sleep(seconds)
        confirming.result(120)
        until(lambda: not house.rows("select key from inbox where state = 'new'"))
        _only_true_numbers(house, citizen, story)
        _confirm_until_told(house, citizen, story)
        assert len(house.numbers(story)) == 1


def _insists(citizen: Citizen, token: str) -> None:
    """Press a button, and again under the same id until it was taken."""
    message_id = uuid.uuid4().hex
    end = time.monotonic() + 90
    while time.monotonic() < end:
        try:
            answer = citizen.post(id=message_id, button=token)
        except requests.ReadTimeout:
            continue
        if answer.status_code in {200, 202}:
            return
        assert answer.status_code == 503, answer.text
        time.sleep(0.3)


def _only_true_numbers(house: House, citizen: Citizen, story: str) -> None:
    filed, told = house.numbers(story), set(_NUMBER.findall(words(citizen.history())))
    assert len(filed) <= 1
    assert told <= set(filed), f"told {told}, filed {filed}"


def _confirm_until_told(house: House, citizen: Citizen, story: str) -> None:
    """Somebody who has heard no number does as he was told: he confirms again, or asks for his complaints."""
    for _ in range(3):
        told = words(citizen.history())
        if _NUMBER.search(told):
            break
        again = words(citizen.say("确认提交"))
        if not _NUMBER.search(again):
            citizen.say("我的投诉")
    _only_true_numbers(house, citizen, story)
    assert set(_NUMBER.findall(words(citizen.history()))) == set(house.numbers(story)) != set()
