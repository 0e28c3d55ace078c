"""Whatever Rasa's tracker holds, every action answers, and nothing that it asks Rasa for is nonsense."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from prometheus_client import Counter as Count
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.__main__ import _runner
from actions.talk import Talk
from desk.counter import Counter
from desk.tickets import Complaint, Kind
from tests.actions.dialogue import ACTIONS, DOMAIN, message_of, tracker_of

SLOT_NAMES = {*DOMAIN["slots"], "requested_slot"}
NEXT = {*DOMAIN["actions"], *DOMAIN["forms"]}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)
SAID = st.sampled_from(
    [
        "",
        "五华区",
        "不是五华，是西山",
        "第五步",
        "第九十九步呢",
        "123456",
        "〔身份证#1〕",
        "打〔手机号#1〕，上周三，匿名",
        "JS-20260302-000001-7",
        "我要投诉五华区的窗口，昨天态度很差",
        "取消",
        "不想活了",
        "/affirm",
        '/office{"row": 2}',
        "嗯",
        "？",
        "长" * 600,
    ]
) | st.text(max_size=60)
INTENTS = st.sampled_from([*DOMAIN["intents"], "", "nonesuch"])
# What our own turns leave in the slots, as far as another turn reads it.
SLOTS: dict[str, st.SearchStrategy[Any]] = {
    "topic": st.sampled_from([None, "materials", "process", "office", "complaint_followup", "status"]),
    "aspect": st.sampled_from([None, "overview", "step1", "step9", "photo"]),
    "region": st.sampled_from([None, "kunming", "neimenggu"]),
    "office_row": st.sampled_from([None, 1, 2, 17]),
    "misses": st.sampled_from([None, 0, 1, 5]),
    "offer": st.sampled_from([None, "action_complaint_start"]),
    "form_turn": st.sampled_from([None, 0, 3]),
    "claim_id_number": st.sampled_from([None, "〔身份证#1〕"]),
    "claim_name": st.sampled_from([None, "演示甲"]),
    "claim_code": st.sampled_from([None, "verified"]),
    "complaint_story": st.sampled_from([None, "窗口态度很差，材料交了三次"]),
    "complaint_office": st.sampled_from([None, "2", "不清楚"]),
    "complaint_when": st.sampled_from([None, "上周三"]),
    "complaint_reply_by": st.sampled_from([None, "here", "〔手机号#1〕"]),
    "complaint_anonymous": st.sampled_from([None, True, False]),
    "complaint_confirmed": st.sampled_from([None, True]),
    "ticket_facts": st.sampled_from([None, "又去了一次"]),
}
ENTITIES = st.sampled_from(
    [
        ("place", "五华区"),
        ("aspect", "photo"),
        ("step", 3),
        ("row", 2),
        ("field", "office"),
        ("value", "resend"),
        ("value", "yes"),
        ("value", "late_claim"),
    ]
)
QUICK = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
Run = Callable[..., tuple[list[Any], list[Any]]]


@pytest.fixture(scope="module")
def number(counter: Counter) -> str:
    """The number of a ticket that the conversation of these tests has filed."""
    complaint = Complaint(Kind.COMPLAINT, "11月2日申请的，到今天还没有结果。", category="overdue")
    return counter.tickets.open(complaint, "fuzz", "web-fuzz", "web").public_no


@pytest.fixture(scope="module")
def run(counter: Counter) -> Run:
    """Run a turn bare; what fails is not caught."""

    def run(action: str, tracker: Tracker) -> tuple[list[Any], list[Any]]:
        dispatcher = CollectingDispatcher()
        events = ACTIONS[action](Talk(dispatcher, tracker), counter)
        return json.loads(json.dumps(events)), json.loads(json.dumps(dispatcher.messages))

    return run


@pytest.fixture(scope="module")
def run_wrapped(counter: Counter) -> Run:
    """Run a turn as the server does."""
    outcomes = Count("outcomes", "Outcomes", ["action", "outcome"], registry=CollectorRegistry())

    def run(action: str, tracker: Tracker) -> tuple[list[Any], list[Any]]:
        dispatcher = CollectingDispatcher()
        wrapped = _runner(action, ACTIONS[action], counter, outcomes)
        return asyncio.run(wrapped(dispatcher, tracker, {})), dispatcher.messages

    return run


@pytest.mark.parametrize("action", sorted(ACTIONS))
@given(data=st.data())
@QUICK
def test_no_turn_fails_on_what_our_own_turns_leave_behind(
    action: str, run: Run, number: str, data: st.DataObject
) -> None:
    entities = data.draw(st.lists(ENTITIES | st.just(("number", number)), max_size=3))
    sure = data.draw(st.sampled_from([0.0, 0.3, 0.9, 1.0]))
    key = f"web:fuzz:{data.draw(st.integers(0, 10**9))}"
    message = message_of(data.draw(SAID), data.draw(INTENTS), sure, entities, key)
    slots = {name: data.draw(values) for name, values in SLOTS.items()}
    slots["ticket_number"] = data.draw(st.sampled_from([None, number]))
    loop = action.removeprefix("validate_") if action.startswith("validate_") else None
    if loop:
        asked = [None, *DOMAIN["forms"][loop]["required_slots"]]
        slots["requested_slot"] = data.draw(st.sampled_from(asked))
    events, _ = run(action, tracker_of("web-fuzz", message, slots, loop))
    assert {event["event"] for event in events} <= {"slot", "followup"}
    assert {event["name"] for event in events if event["event"] == "slot"} <= SLOT_NAMES
    assert {event["name"] for event in events if event["event"] == "followup"} <= NEXT


@pytest.mark.parametrize("action", sorted(ACTIONS))
@given(data=st.data())
@QUICK
def test_the_wrapper_answers_whatever_the_tracker_holds(
    action: str, run_wrapped: Run, data: st.DataObject
) -> None:
    parts = ("text", "intent", "intent_ranking", "entities", "message_id", "metadata")
    message = data.draw(st.none() | st.fixed_dictionaries({}, optional=dict.fromkeys(parts, ANYTHING)))
    slots = data.draw(st.dictionaries(st.sampled_from(sorted(DOMAIN["slots"])), ANYTHING, max_size=8))
    events, said = run_wrapped(action, Tracker("web-fuzz", slots, message, [], False, None, {}, "x"))
    assert isinstance(events, list)
    failed = [one for one in said if (one.get("custom") or {}).get("failed")]
    assert not failed or said[0]["text"].startswith("这一步没有办成")
