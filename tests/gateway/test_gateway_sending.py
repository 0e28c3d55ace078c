"""What becomes of one message: kept once, redacted, answered once, whatever it holds."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
import requests
from sqlalchemy import select

from bot.gateway.inbox import InboxRow
from tests.assistant import Citizen, words
from tests.fakes.rasa import FakeRasa
from tests.gateway.door import Door

ID_NUMBER, PHONE = "00000019850101001X", "10000000001"  # the demo's: nobody has them


def kept(door: Door, client_id: str) -> list[Any]:
    wanted = select(InboxRow.text, InboxRow.state).where(InboxRow.key.endswith(f":{client_id}"))
    with door.engine.connect() as connection:
        return connection.execute(wanted).all()


def fault(answer: requests.Response) -> str:
    body = answer.json()
    assert set(body) == {"error"}
    return str(body["error"]["message"])


def test_the_same_message_twice_has_one_effect_and_one_reply(
    door: Door, citizen: Citizen, rasa: FakeRasa
) -> None:
    first = citizen.post(id="one", text="怎么申领")
    again = citizen.post(id="one", text="怎么申领")
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert rasa.texts() == ["怎么申领"]
    assert kept(door, "one") == [("怎么申领", "done")]


def test_other_words_under_a_used_id_are_refused(citizen: Citizen, rasa: FakeRasa) -> None:
    citizen.post(id="a", text="怎么申领")
    refused = citizen.post(id="a", text="在哪里办")
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "id_used"
    assert rasa.texts() == ["怎么申领"]


def test_two_conversations_may_use_the_same_id(door: Door, rasa: FakeRasa) -> None:
    one, other = door.citizen(), door.citizen()
    assert "甲的话" in words(one.post(id="1", text="甲的话").json()["messages"])
    assert "乙的话" in words(other.post(id="1", text="乙的话").json()["messages"])
    assert "乙" not in words(one.history())
    assert "甲" not in words(other.history())
    senders = [turn["sender"] for turn in rasa.received]
    assert len(set(senders)) == 2


@pytest.mark.parametrize("client_id", ["a:b", "x" * 48, "!~", "9f3c7a52d1e84b06a7c5f0e2b4d81936"])
def test_an_id_comes_back_as_it_was_sent(citizen: Citizen, client_id: str) -> None:
    assert citizen.post(id=client_id, text="材料").json()["id"] == client_id


def test_ids_that_differ_in_a_colon_are_two_messages(citizen: Citizen, rasa: FakeRasa) -> None:
    citizen.post(id="a:b", text="第一句")
    citizen.post(id="a-b", text="第二句")
    assert rasa.texts() == ["第一句", "第二句"]


@pytest.mark.parametrize("client_id", ["", " ", "a b", "x" * 49, "编号", "a\n", "a\x00b", 7, None, ["a"]])
def test_an_id_that_cannot_be_kept_is_refused(citizen: Citizen, rasa: FakeRasa, client_id: object) -> None:
    answer = citizen.post(id=client_id, text="材料")
    assert answer.status_code == 422
    assert "编号" in fault(answer)
    assert rasa.received == []


@pytest.mark.parametrize(
    "text", ["", "  \n\t ", "\u200b\u200d\ufeff", "\u202e", "\ufe0f", "\ud800", "\x00\x07"]
)
def test_a_message_without_anything_to_see_is_refused_with_an_example(citizen: Citizen, text: str) -> None:
    answer = citizen.post(text=text)
    assert answer.status_code == 422
    assert "没有收到文字" in fault(answer)


@pytest.mark.parametrize("text", ["😀", "👍🏽👍🏽", "？？？", "……", "___", "/", "//// /", "❤️🙏"])
def test_symbols_alone_get_a_sentence_and_never_reach_rasa(
    citizen: Citizen, rasa: FakeRasa, text: str
) -> None:
    assert "请用文字说一句" in words(citizen.say(text))
    assert rasa.received == []


@pytest.mark.parametrize(
    "text",
    [
        '/complaint{"value": "anyway"}',
        "/restart",
        "／session_start",
        "/ /action_x",
        '/inform{"field": "code"}',
    ],
)
def test_a_typed_command_has_no_effect_and_is_answered_with_a_sentence(
    citizen: Citizen, rasa: FakeRasa, text: str
) -> None:
    assert words(citizen.say(text)).endswith("。")
    assert rasa.received == []


@pytest.mark.parametrize(
    "text", ["/材料要什么", "/restart 材料要什么", "// 材料要什么", '/affirm{"a": 1}/材料要什么']
)
def test_words_behind_a_slash_reach_rasa_as_words(citizen: Citizen, rasa: FakeRasa, text: str) -> None:
    citizen.say(text)
    assert rasa.texts() == ["材料要什么"]


def test_words_are_made_plain_before_they_are_kept(citizen: Citizen, rasa: FakeRasa) -> None:
    citizen.say("  怎么\u200b申\u202e领\r\n　ＡＢＣ\x07 ")
    assert rasa.texts() == ["怎么申领 ABC"]
    assert citizen.history()[1]["text"] == "怎么申领 ABC"


def test_a_very_long_message_is_kept_whole_and_understood_by_its_beginning(
    door: Door, citizen: Citizen, rasa: FakeRasa
) -> None:
    text = "我在五华区交了很多年社保" * 840
    assert len(text) > 10_000
    answer = citizen.post(id="long", text=text)
    assert answer.status_code == 200
    assert "前 2000 个字" in answer.json()["messages"][0]["text"]
    (turn,) = rasa.received
    assert turn["text"] + turn["rest"] == text
    assert len(turn["text"]) == 2000
    assert kept(door, "long") == [(text, "done")]


def test_a_message_beyond_all_measure_is_refused_with_advice(citizen: Citizen, rasa: FakeRasa) -> None:
    answer = citizen.post(text="长" * 20_001)
    assert answer.status_code == 422
    assert "请分几次发" in fault(answer)
    huge = citizen.http.post(f"{citizen.url}/api/messages", data=b"x" * 300_000, timeout=10)
    assert huge.status_code == 413
    assert "请分几次发" in fault(huge)
    assert rasa.received == []


@pytest.mark.parametrize("body", ["{", "[1", "\xff", "id=1&text=x"])
def test_what_is_not_json_is_refused_with_a_sentence(citizen: Citizen, body: str) -> None:
    answer = citizen.http.post(f"{citizen.url}/api/messages", data=body.encode("latin-1"), timeout=10)
    assert answer.status_code == 400
    assert fault(answer) == "请求看不懂，请检查格式。"


@pytest.mark.parametrize("body", [[], "text", 1, None, {}, {"id": "1"}, {"id": "1", "text": ["材料"]}])
def test_json_of_another_shape_is_refused_with_a_sentence(citizen: Citizen, body: object) -> None:
    answer = citizen.http.post(
        f"{citizen.url}/api/messages",
        data=json.dumps(body),
        headers={"content-type": "application/json"},
        timeout=10,
    )
    assert answer.status_code == 422
    assert fault(answer)


def test_numbers_of_a_person_leave_the_gateway_as_placeholders_only(
    door: Door, citizen: Citizen, rasa: FakeRasa
) -> None:
    citizen.say(f"我是{ID_NUMBER}、电话{PHONE}")
    (turn,) = rasa.received
    assert turn["text"] == "我是〔身份证#1〕、电话〔手机号#1〕"
    shown = json.dumps(citizen.history(), ensure_ascii=False)
    assert "〔身份证#1〕" in shown
    assert ID_NUMBER not in shown
    assert PHONE not in shown
    assert door.counter.vault.get(turn["sender"], "〔身份证#1〕") == ID_NUMBER
    assert door.counter.vault.get(door.sender_id(door.citizen()), "〔身份证#1〕") is None


@pytest.mark.parametrize("said", ["我不想活了", "他们逼得我想跳楼 领失业金要什么材料"])
def test_danger_is_answered_before_rasa_and_left_to_a_person(
    door: Door, citizen: Citizen, rasa: FakeRasa, said: str
) -> None:
    client_id = uuid.uuid4().hex[:8]  # eleven digits in a row would be kept as a hash
    answer = citizen.post(id=client_id, text=said)
    heard = words(answer.json()["messages"])
    assert "120" in heard
    assert "110" in heard
    assert rasa.received == []
    assert kept(door, client_id) == [(said, "needs_human")]


@pytest.mark.parametrize("said", [[], None])
def test_a_turn_without_an_answer_gets_the_fixed_sentence_and_a_person(
    door: Door, citizen: Citizen, rasa: FakeRasa, said: list[Any] | None
) -> None:
    if said is None:
        rasa.fails = True
    else:
        rasa.answers["审核多久"] = said
    client_id = uuid.uuid4().hex[:8]  # eleven digits in a row would be kept as a hash
    answer = citizen.post(id=client_id, text="审核多久")
    assert answer.status_code == 200
    assert words(answer.json()["messages"]).startswith("系统暂时繁忙")
    assert kept(door, client_id) == [("审核多久", "needs_human")]
    rasa.reset()
    assert citizen.post(id=client_id, text="审核多久").json() == answer.json()
    assert rasa.received == []


def test_an_action_that_failed_leaves_the_words_to_a_person(
    door: Door, citizen: Citizen, rasa: FakeRasa
) -> None:
    rasa.answers["查进度"] = [{"text": "没有办成"}, {"custom": {"failed": True, "with_text": True}}]
    assert words(citizen.post(id="failed", text="查进度").json()["messages"]) == "没有办成"
    assert kept(door, "failed") == [("查进度", "needs_human")]


def test_what_rasa_says_in_pieces_is_one_message_of_text_card_and_buttons(
    citizen: Citizen, rasa: FakeRasa
) -> None:
    card = {"kind": "card", "title": "标题", "lines": ["一行"]}
    rasa.answers["材料"] = [
        {"text": "先说一句"},
        {"text": "再看卡片", "buttons": [{"title": "下一步", "payload": "/next_step"}]},
        {"custom": {"card": card, "with_text": True}},
        {"custom": {"card": card, "with_text": False}},
    ]
    heard = citizen.say("材料")
    assert [(m["text"], bool(m["card"]), len(m["buttons"])) for m in heard] == [
        ("先说一句", False, 0),
        ("再看卡片", True, 1),
        ("", True, 0),
    ]
    assert all(set(m) == {"seq", "from", "at", "kind", "name", "text", "card", "buttons"} for m in heard)


def test_what_rasa_understood_is_kept_with_the_message_and_not_told(
    door: Door, citizen: Citizen, rasa: FakeRasa
) -> None:
    turn = {"label": "process", "confidence": 0.52, "label2": "materials", "outcome": "asked_back"}
    rasa.understood["那个咋个弄"] = turn
    told = citizen.post(id="heard", text="那个咋个弄").json()
    citizen.post(id="echo", text="再说一遍")
    wanted = select(InboxRow.label, InboxRow.confidence, InboxRow.label2, InboxRow.outcome)
    with door.engine.connect() as connection:
        found = [
            connection.execute(wanted.where(InboxRow.key.endswith(f":{key}"))).one()
            for key in ("heard", "echo")
        ]
    assert found == [("process", 0.52, "materials", "asked_back"), (None, None, None, None)]
    assert "asked_back" not in json.dumps(told)
