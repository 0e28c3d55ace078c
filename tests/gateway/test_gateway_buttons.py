"""Buttons: a token stands for one button in one conversation; digits and titles stand for the last offer."""

from __future__ import annotations

import base64
import json

import pytest

from bot.gateway.web import Tokens
from desk.sealing import Keys
from tests.assistant import Citizen, words
from tests.fakes.rasa import FakeRasa
from tests.gateway.door import Door

TWO = [
    {
        "text": "选一个",
        "buttons": [
            {"title": "第一个", "payload": '/office{"row": 2}'},
            {"title": "第二个", "payload": "/materials"},
        ],
    }
]


@pytest.fixture
def offered(citizen: Citizen, rasa: FakeRasa) -> Citizen:
    """Somebody who was just offered two buttons."""
    rasa.answers["给我按钮"] = TWO
    citizen.say("给我按钮")
    rasa.received.clear()
    return citizen


def test_a_button_reaches_rasa_as_its_payload_and_the_log_as_its_title(
    offered: Citizen, rasa: FakeRasa
) -> None:
    offered.press("第二个")
    assert rasa.texts() == ["/materials"]
    said = [m["text"] for m in offered.history() if m["from"] == "citizen"]
    assert said == ["给我按钮", "第二个"]


def test_no_payload_is_ever_shown(offered: Citizen) -> None:
    assert "/materials" not in json.dumps(offered.history())
    assert "payload" not in json.dumps(offered.history())


def test_an_old_button_of_the_conversation_still_works(offered: Citizen, rasa: FakeRasa) -> None:
    token = offered.buttons["第一个"]
    for text in ("一句", "又一句", "再一句"):
        offered.say(text)
    offered.post(button=token)
    assert rasa.texts()[-1] == '/office{"row": 2}'


def test_the_buttons_of_the_opening_work(citizen: Citizen, rasa: FakeRasa) -> None:
    citizen.press("要带什么材料")
    assert rasa.texts() == ["/materials"]


def test_the_button_of_another_conversation_is_refused(offered: Citizen, door: Door, rasa: FakeRasa) -> None:
    answer = door.citizen().post(button=offered.buttons["第一个"])
    assert answer.status_code == 422
    assert "按钮已经失效" in answer.json()["error"]["message"]
    assert rasa.received == []


def test_a_forged_or_altered_token_is_refused(offered: Citizen, door: Door, rasa: FakeRasa) -> None:
    good, sender = offered.buttons["第一个"], door.sender_id(offered)
    body, _, signature = good.rpartition(".")
    meant = base64.urlsafe_b64encode(json.dumps([sender, "x", "/restart"]).encode()).decode().rstrip("=")
    forged = [
        "",
        "第一个",
        "/materials",
        '/complaint{"value": "anyway"}',
        good[:-1],
        good + "x",
        f"{meant}.{signature}",
        body,
        Tokens(Keys.of(b"x" * 32)).button(sender, "x", "/restart"),
        door.citizen().http.cookies["desk_session"],
    ]
    for token in forged:
        assert offered.post(button=token).status_code == 422, token
    assert rasa.received == []


def test_a_button_token_is_no_session(offered: Citizen, door: Door) -> None:
    stranger = door.citizen()
    stranger.http.cookies.clear()
    stranger.http.cookies.set("desk_session", offered.buttons["第一个"])
    assert len(stranger.history()) == 1


@pytest.mark.parametrize(
    ("said", "payload"),
    [
        ("1", '/office{"row": 2}'),
        ("2", "/materials"),
        ("２", "/materials"),
        ("②", "/materials"),
        ("二", "/materials"),
        ("第二个", "/materials"),
        (" 第一个 ", '/office{"row": 2}'),
    ],
)
def test_a_digit_or_a_title_chooses_the_last_offered_button(
    offered: Citizen, rasa: FakeRasa, said: str, payload: str
) -> None:
    offered.say(said)
    assert rasa.texts() == [payload]


@pytest.mark.parametrize("said", ["0", "3", "九", "12", "1个", "第三个", "-1"])
def test_what_fits_no_button_stays_words(offered: Citizen, rasa: FakeRasa, said: str) -> None:
    offered.say(said)
    assert rasa.texts() == [said]


def test_the_newest_offer_counts_and_an_answer_without_buttons_takes_none_away(
    offered: Citizen, rasa: FakeRasa
) -> None:
    rasa.answers["换一个"] = [{"text": "新的", "buttons": [{"title": "新按钮", "payload": "/status"}]}]
    offered.say("只是聊聊")
    offered.say("1")
    offered.say("换一个")
    offered.say("1")
    assert rasa.texts() == ["只是聊聊", '/office{"row": 2}', "换一个", "/status"]


def test_before_any_answer_a_digit_or_title_chooses_from_the_opening(
    citizen: Citizen, rasa: FakeRasa
) -> None:
    titles = [button["title"] for button in citizen.opening[0]["buttons"]]
    citizen.say("1")
    citizen.say(titles[4])
    assert rasa.texts() == ["/materials", "/office"]


def test_a_long_conversation_does_not_choose_a_button_out_of_sight(offered: Citizen, rasa: FakeRasa) -> None:
    for number in range(11):
        offered.say(f"闲话{number}")
    offered.say("第二个")
    assert rasa.texts()[-1] == "第二个"


def test_a_button_shows_its_title_and_not_its_meaning(offered: Citizen) -> None:
    assert "第一个" in words(offered.history()[-1:])
    assert all(set(b) == {"title", "token"} for m in offered.history() for b in m["buttons"])


@pytest.mark.parametrize(("said", "value"), [("还是没到账", "no"), ("解决了，谢谢", "yes")])
def test_a_verdict_in_words_right_after_the_question_is_its_button(
    citizen: Citizen, rasa: FakeRasa, said: str, value: str
) -> None:
    payloads = {v: f'/verdict{{"number": "JS-1", "value": "{v}"}}' for v in ("yes", "no")}
    asked = [{"title": v, "payload": payload} for v, payload in payloads.items()]
    rasa.answers["问"] = [{"text": "解决了吗？", "buttons": asked}]
    citizen.say("问")
    citizen.say("领失业金要带什么材料")
    citizen.say(said)
    assert rasa.texts()[1] == "领失业金要带什么材料"
    assert json.loads(rasa.texts()[2].removeprefix("/verdict")) == {
        "number": "JS-1",
        "value": value,
        "words": said,
    }
