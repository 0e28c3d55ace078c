from __future__ import annotations

from typing import Any

import pytest
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.doubt import Doubt

FIRST = {"name": "next_step", "confidence": 0.4}


def ranking(**chances: float) -> list[dict[str, Any]]:
    return [{"name": label, "confidence": chance} for label, chance in chances.items()]


def judged(labels: list[dict[str, Any]] | None, asks: list[dict[str, Any]] | None = None) -> Message:
    data = {"text": "那个嘛", INTENT: FIRST, "label_ranking": labels, "asks": asks}
    (message,) = Doubt().process(
        [Message(data={key: value for key, value in data.items() if value is not None})]
    )
    return message


def ask(label: str, intent: str, confidence: float) -> dict[str, Any]:
    return {"label": label, "intent": intent, "confidence": confidence}


def test_a_word_that_only_moves_within_the_talk_needs_less_to_be_taken() -> None:
    walk = {"name": "next_step", "confidence": 0.5}
    topic = {"name": "process", "confidence": 0.5}
    labels = ranking(process=0.55, office=0.4)
    messages = [Message(data={INTENT: intent, "label_ranking": labels}) for intent in (walk, topic)]
    Doubt().process(messages)
    assert [message.get(INTENT)["name"] for message in messages] == ["next_step", "nlu_fallback"]


def test_what_is_sure_stays_as_it_was_classified() -> None:
    assert judged(ranking(process=0.9, office=0.1)).get(INTENT) == FIRST


@pytest.mark.parametrize(
    "labels",
    [
        ranking(process=0.5, office=0.4),
        ranking(process=0.4, office=0.2, materials=0.2),
        ranking(process=0.2, office=0.2, materials=0.2),
        ranking(process=0.79, chitchat=0.2),
    ],
)
def test_where_there_is_doubt_the_fallback_takes_the_place_of_the_intent(
    labels: list[dict[str, Any]],
) -> None:
    found = judged(labels)
    assert found.get(INTENT) == {"name": "nlu_fallback", "confidence": 1.0}
    # What was guessed stays, for the action that asks back.
    assert found.get("label_ranking") == labels
    assert INTENT in found.as_dict(only_output_properties=True)


@pytest.mark.parametrize(("confidence", "name"), [(0.8, "office_phone"), (0.79, "nlu_fallback")])
def test_the_first_of_several_asks_is_answered_where_it_is_sure(confidence: float, name: str) -> None:
    asks = [ask("office", "office_phone", confidence), ask("process", "process", 0.99)]
    assert judged(ranking(process=0.5, office=0.4), asks).get(INTENT)["name"] == name


def test_a_later_ask_is_not_answered_before_the_first() -> None:
    asks = [ask("office", "office", 0.3), ask("process", "process", 0.99)]
    assert judged(ranking(process=0.5, office=0.4), asks).get(INTENT)["name"] == "nlu_fallback"


def test_an_ask_that_means_another_thing_out_of_its_story_is_not_answered() -> None:
    # 医保断了一个月，那中间这个月咋个算
    asks = [ask("amount_duration", "amount_duration", 0.93)]
    labels = ranking(medical_insurance=0.6, oos_social=0.3, amount_duration=0.01)
    assert judged(labels, asks).get(INTENT)["name"] == "nlu_fallback"


def test_asks_change_nothing_where_the_whole_is_sure() -> None:
    assert judged(ranking(process=0.9), [ask("office", "office", 0.99)]).get(INTENT) == FIRST


@pytest.mark.parametrize("labels", [None, []])
def test_a_button_has_no_guesses_and_is_not_doubted(labels: list[dict[str, Any]] | None) -> None:
    assert judged(labels).get(INTENT) == FIRST


def test_several_messages_are_judged_each_for_itself() -> None:
    sure = Message(data={INTENT: FIRST, "label_ranking": ranking(process=0.9)})
    unsure = Message(data={INTENT: FIRST, "label_ranking": ranking(process=0.3)})
    Doubt().process([sure, unsure])
    assert [m.get(INTENT)["name"] for m in (sure, unsure)] == ["next_step", "nlu_fallback"]
