"""Every accepted message is settled within ten minutes; here three seconds stand for nine minutes of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bot.gateway.inbox import DONE, NEEDS_HUMAN
from desk import conversation
from desk.conversation import MessageRow
from desk.inbox import InboxRow
from tests.gateway.door import Door, until

_HURRIED = (
    "from datetime import timedelta; from bot.gateway import brain, turns, web; web._PATIENCE_SECONDS = 0.2; "
    "turns._LONGEST_WAIT = timedelta(seconds=3); turns._REST_SECONDS = 0.3; brain._TURN_SECONDS = 1; "
)
_MESSAGES = 8


@pytest.fixture
def hurried(tmp_path: Path) -> Iterator[Door]:
    door = Door(tmp_path, changed=_HURRIED)
    door.start()
    yield door
    door.kill()
    door.rasa.go_on()
    door.rasa.stop()


def states(door: Door) -> list[str]:
    with door.engine.connect() as connection:
        return list(connection.scalars(select(InboxRow.state).order_by(InboxRow.received_at)))


def told(door: Door) -> list[str]:
    """What was said for good, whatever came meanwhile."""
    said = select(MessageRow.body).where(MessageRow.author == conversation.BOT)
    with door.engine.connect() as connection:
        return [body["text"] for body in connection.scalars(said)]


def test_a_message_that_rasa_never_comes_for_is_left_to_a_person(hurried: Door) -> None:
    citizens = [hurried.citizen() for _ in range(3)]
    for citizen in citizens:
        assert citizen.post(text="领失业金要带什么材料").status_code == 202
    until(lambda: states(hurried) == [NEEDS_HUMAN] * 3)
    assert [each[:6] for each in told(hurried)] == ["系统暂时繁忙"] * 3
    hurried.rasa.start()
    hurried.wait_for_rasa()
    citizens[0].post(id="next", text="下一句")
    until(lambda: states(hurried)[-1] == DONE)
    assert hurried.rasa.texts() == ["下一句"]


def test_messages_that_wait_for_each_other_before_a_rasa_that_hangs_all_end_in_time(hurried: Door) -> None:
    hurried.rasa.start()
    hurried.wait_for_rasa()
    hurried.rasa.hold()
    citizen = hurried.citizen()
    for number in range(_MESSAGES):
        citizen.post(text=f"第{number}句话")
    until(lambda: states(hurried) == [NEEDS_HUMAN] * _MESSAGES)
    assert len(told(hurried)) == _MESSAGES
    asked = set(hurried.rasa.texts())
    assert len(asked) < _MESSAGES, "every one had its turn of waiting, however late it was"


def test_what_waited_while_the_machine_was_off_is_answered_and_not_given_up(tmp_path: Path) -> None:
    door = Door(tmp_path)
    door.start()
    assert door.citizen().post(text="昨晚问的").status_code == 202
    door.kill()
    with door.engine.begin() as connection:
        connection.execute(text("UPDATE inbox SET received_at = '2026-01-01 03:00:00'"))
    door.start()
    until(lambda: door.health())
    assert door.citizen().post(text="今早问的").status_code == 202
    door.rasa.start()
    until(lambda: states(door) == [DONE, DONE])
    assert sorted(door.rasa.texts()) == ["今早问的", "昨晚问的"]
    door.kill()
    door.rasa.stop()
