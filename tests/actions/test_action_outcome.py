"""What each turn marks for whoever improves the assistant: what was understood, and what became of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from actions.__main__ import make_executor
from desk.counter import Counter
from tests.actions.dialogue import message_of, tracker_of

SURE = [("materials", 0.9), ("process", 0.05)]
TWO = [("office", 0.5), ("transfer", 0.45)]
UNCLEAR = [("rejection", 0.3), ("status", 0.2)]


def run(counter: Counter, action: str, text: str, intent: str, **more: Any) -> list[dict[str, Any]]:
    """Run one action as Rasa does and return what it says."""
    slots, loop = more.pop("slots", {}), more.pop("loop", None)
    chances = more.pop("chances", [])
    ranking = [{"name": label, "confidence": chance} for label, chance in chances]
    message = message_of(text, intent, 0.9, more.pop("entities", []), "web:a:1")
    message |= {"label_ranking": ranking} if ranking else {}
    tracker = tracker_of("web-outcome", message | more, slots, loop)
    call = {"next_action": action, "sender_id": "web-outcome", "tracker": tracker.current_state()}
    answered = asyncio.run(make_executor(counter, CollectorRegistry()).run(call))
    assert answered is not None
    return list(answered["responses"])


def mark(counter: Counter, action: str, text: str, intent: str, **more: Any) -> dict[str, Any]:
    found = [m["custom"]["turn"] for m in run(counter, action, text, intent, **more) if "turn" in m["custom"]]
    assert len(found) == 1
    return dict(found[0])


def test_an_answer_is_marked_with_its_topic_and_the_next_guess(counter: Counter) -> None:
    assert mark(counter, "action_guide", "要带什么材料", "materials", chances=SURE) == {
        "label": "materials",
        "confidence": 0.9,
        "label2": "process",
        "outcome": "answered",
    }


def test_the_other_ask_of_a_message_comes_before_the_next_guess(counter: Counter) -> None:
    asks = [{"label": name, "intent": name, "confidence": 0.4} for name in ("materials", "office")]
    found = mark(counter, "action_guide", "带什么材料，去哪里", "materials", chances=SURE, asks=asks)
    assert (found["label"], found["label2"]) == ("materials", "office")


def test_a_pressed_button_has_a_topic_and_no_confidence(counter: Counter) -> None:
    found = mark(counter, "action_guide", "/materials", "materials")
    assert found == {"label": "materials", "confidence": None, "label2": None, "outcome": "answered"}


@pytest.mark.parametrize(
    ("action", "text", "intent", "chances", "outcome"),
    [
        ("action_fallback", "那个弄不成要咋个", "nlu_fallback", TWO, "asked_back"),
        ("action_fallback", "唔西迪西", "nlu_fallback", [("chitchat", 0.2)], "not_understood"),
        ("action_guide", "公积金怎么提", "oos_other", [("oos_other", 0.95)], "refused"),
        ("action_office", "大理古城在哪里办", "office", [("office", 0.9)], "refused"),
        ("action_office", "在哪里办", "office", [("office", 0.9)], "asked_back"),
        ("action_office", "五华区在哪里办", "office", [("office", 0.9)], "answered"),
        ("action_handoff", "转人工", "human", [("human", 0.99)], "handed_over"),
        ("action_chitchat", "唱首歌", "chitchat", [("chitchat", 0.9)], "talk"),
        ("action_greet", "您好", "greet", [("chitchat", 0.9)], "talk"),
        ("action_follow_up", "那电话呢", "office_phone", [("office", 0.9)], "asked_back"),
        ("action_claim_start", "帮我查进度", "status", [("status", 0.9)], "form"),
    ],
)
def test_what_became_of_a_message_is_told(
    counter: Counter, action: str, text: str, intent: str, chances: list[tuple[str, float]], outcome: str
) -> None:
    assert mark(counter, action, text, intent, chances=chances)["outcome"] == outcome


def test_a_third_miss_is_still_not_understood(counter: Counter) -> None:
    found = mark(counter, "action_fallback", "唔", "nlu_fallback", chances=UNCLEAR, slots={"misses": 2})
    assert (found["label"], found["outcome"]) == ("rejection", "not_understood")


def test_what_a_form_asked_for_is_about_no_topic(counter: Counter) -> None:
    slots = {"requested_slot": "complaint_when", "complaint_story": "窗口不给办"}
    said = run(
        counter, "validate_complaint_form", "呃", "inform", chances=TWO, slots=slots, loop="complaint_form"
    )
    assert [m["custom"]["turn"] for m in said if "turn" in m["custom"]] == [{"outcome": "form"}]


def test_a_question_in_the_middle_of_a_form_is_an_answer(counter: Counter) -> None:
    slots = {"requested_slot": "complaint_anonymous", "complaint_story": "窗口不给办"}
    found = mark(
        counter,
        "validate_complaint_form",
        "对了，领金要带什么材料",
        "materials",
        chances=SURE,
        slots=slots,
        loop="complaint_form",
    )
    assert (found["label"], found["outcome"]) == ("materials", "answered")


def test_an_action_that_hands_on_leaves_no_mark(counter: Counter) -> None:
    assert run(counter, "action_fallback", "我要投诉窗口", "nlu_fallback", chances=UNCLEAR) == []
