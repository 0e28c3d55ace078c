"""Rasa is starting, gone, slow or comes back: what is said meanwhile, and that nothing is lost or doubled."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.gateway.inbox import InboxRow
from tests.assistant import Citizen, words
from tests.fakes.rasa import FakeRasa
from tests.gateway.door import Door, until


@pytest.fixture
def down(door: Door) -> Iterator[Door]:
    """The gateway without Rasa, and knowing it."""
    door.rasa.stop()
    door.citizen().post(id="first", text="有人吗")
    until(lambda: not door.health()["rasa"])
    yield door


def state(door: Door, client_id: str) -> str | None:
    wanted = select(InboxRow.state).where(InboxRow.key.endswith(f":{client_id}"))
    with door.engine.connect() as connection:
        found: str | None = connection.scalar(wanted)
    return found


def replies(citizen: Citizen, start: str) -> list[str]:
    return [m["text"] for m in citizen.history() if m["from"] == "bot" and m["text"].startswith(start)]


def test_without_rasa_an_office_is_answered_at_once_and_for_good(down: Door) -> None:
    citizen = down.citizen()
    answer = citizen.post(id="office", text="五华区在哪里办")
    assert answer.status_code == 200
    assert "五华区就业局失业保险科" in words(answer.json()["messages"])
    assert state(down, "office") == "done"


@pytest.mark.parametrize("said", ["我要投诉五华区的工作人员", "五华区领失业金要带什么材料"])
def test_without_rasa_a_place_in_another_matter_settles_nothing(down: Door, said: str) -> None:
    citizen = down.citizen()
    assert citizen.post(text=said).status_code == 202
    down.rasa.start()
    assert until(lambda: replies(citizen, "收到：")) == [f"收到：{said}"]


def test_without_rasa_the_titles_of_fitting_cards_are_offered_and_can_be_opened(down: Door) -> None:
    citizen = down.citizen()
    assert citizen.post(text="审核要多久").status_code == 202
    notice = citizen.history()[-1]
    assert notice["from"] == "notice"
    assert "正在启动" in notice["text"]
    for button in notice["buttons"]:
        card = citizen.post(button=button["token"])
        assert card.status_code == 200
        assert card.json()["messages"][0]["card"]["title"] == button["title"]


def test_without_rasa_the_first_buttons_answer_what_the_desk_knows(down: Door) -> None:
    citizen = down.citizen()
    assert "身份证" in words(citizen.press("要带什么材料"))
    for title in ("投诉和建议", "查我的进度", "转人工"):
        asker = down.citizen()
        assert asker.post(button=asker.buttons[next(t for t in asker.buttons if t.startswith(title))]).ok
        assert "正在启动" in words(asker.history()[-1:]), title


def test_symbols_and_danger_are_answered_without_rasa(down: Door) -> None:
    assert "120" in words(down.citizen().say("我不想活了"))
    assert "请用文字" in words(down.citizen().say("😀"))


def test_the_notice_of_a_message_comes_once_however_often_it_is_sent(down: Door) -> None:
    citizen = down.citizen()
    for _ in range(4):
        assert citizen.post(id="same", text="你好").status_code == 202
    assert [m["from"] for m in citizen.history()] == ["bot", "citizen", "notice"]


def test_what_waited_is_answered_in_order_when_rasa_comes_back(down: Door) -> None:
    citizen, other = down.citizen(), down.citizen()
    said = [f"第{number}句话" for number in range(1, 6)]
    for text in said:
        assert citizen.post(text=text).status_code == 202
        assert other.post(text=f"别人的{text}").status_code == 202
    down.rasa.start()
    until(lambda: len(replies(citizen, "收到：")) == len(replies(other, "收到：")) == 5)
    assert replies(citizen, "收到：") == [f"收到：{text}" for text in said]
    assert down.rasa.texts(down.sender_id(citizen)) == said


def test_the_message_that_finds_rasa_gone_is_told_so_and_answered_later(door: Door) -> None:
    citizen = door.citizen()
    door.rasa.stop()
    assert citizen.post(id="gone", text="你好").status_code == 202
    assert "正在启动" in words(citizen.history()[-1:])
    assert "五华区" in words(citizen.say("五华区在哪里办"))
    door.rasa.start()
    assert until(lambda: replies(citizen, "收到：")) == ["收到：你好"]
    assert citizen.post(id="gone", text="你好").json()["messages"][0]["text"] == "收到：你好"


def test_a_message_that_never_gets_an_answer_is_left_to_a_person(door: Door, rasa: FakeRasa) -> None:
    """Rasa says it is loaded, and dies of this message each time."""
    citizen = door.citizen()
    rasa.crashes_on = "毒"
    citizen.post(id="poison", text="毒")
    until(lambda: state(door, "poison") == "needs_human")
    assert rasa.texts() == ["毒"] * 3
    assert len(replies(citizen, "系统暂时繁忙")) == 1
    assert "收到：好" in words(citizen.say("好"))


def test_a_slow_turn_is_pending_and_its_answer_comes_later_once(impatient: Door) -> None:
    door, rasa = impatient, impatient.rasa
    citizen = door.citizen()
    rasa.hold()
    answer = citizen.post(id="slow", text="慢慢想")
    assert answer.status_code == 202
    assert answer.json() == {"id": "slow", "state": "pending", "messages": []}
    assert citizen.post(id="slow", text="慢慢想").status_code == 202
    rasa.go_on()
    assert until(lambda: replies(citizen, "收到：")) == ["收到：慢慢想"]
    assert citizen.post(id="slow", text="慢慢想").json()["state"] == "done"
    assert rasa.texts() == ["慢慢想"]


def test_the_health_tells_of_a_rasa_whose_turns_wait_for_its_database(door: Door, rasa: FakeRasa) -> None:
    rasa.memory = "spooling"
    until(lambda: door.health()["memories"] == ["spooling"])
    assert door.health()["status"] == "degraded"
    rasa.memory = "ok"
    until(lambda: door.health()["memories"] == ["ok"])
    assert door.health()["status"] == "ok"


def test_a_slow_conversation_holds_up_no_other(impatient: Door) -> None:
    door, rasa = impatient, impatient.rasa
    slow = door.citizen()
    rasa.hold()
    slow.post(text="慢慢想")
    assert "请用文字" in words(door.citizen().say("😀"))
    assert door.health()["status"] == "ok"


def test_a_conversation_is_answered_one_message_after_another(impatient: Door) -> None:
    door, rasa = impatient, impatient.rasa
    citizen = door.citizen()
    rasa.hold()
    for text in ("先", "后", "再后"):
        citizen.post(text=text)
    assert rasa.texts() == ["先"]
    rasa.go_on()
    until(lambda: len(replies(citizen, "收到：")) == 3)
    assert rasa.texts() == ["先", "后", "再后"]


def test_twenty_deliveries_of_one_message_at_once_have_one_effect(door: Door, rasa: FakeRasa) -> None:
    citizen = door.citizen()
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: citizen.post(id="race", text="只一次"), range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert rasa.texts() == ["只一次"]
    assert [m["from"] for m in citizen.history()] == ["bot", "citizen", "bot"]


def test_what_was_kept_before_a_restart_is_answered_after_it(tmp_path: Path) -> None:
    door = Door(tmp_path)
    door.start()
    citizen = door.citizen()
    assert citizen.post(id="kept", text="记得我吗").status_code == 202
    door.kill()
    door.rasa.start()
    door.start()
    assert until(lambda: replies(citizen, "收到：")) == ["收到：记得我吗"]
    door.kill()
    door.rasa.stop()
