"""What the loopback channel answers: the messages of a turn, and beside them what the actions marked."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from rasa.core.actions.action import RemoteAction
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa_sdk.executor import CollectingDispatcher
from structlog.contextvars import get_contextvars

from actions.talk import Talk
from bot.nlu.channel import LoopbackInput, _said, answer_of
from bot.nlu.stores import QueueingLockStore
from desk.logs import request_id
from tests.actions.dialogue import tracker_of

MARK = {"label": "materials", "confidence": 0.9, "label2": None, "outcome": "answered"}
BODY = {"sender": "web-a", "text": "要带什么", "message_id": "k1"}


async def turn(*responses: dict[str, Any]) -> dict[str, Any]:
    """Hold one turn in which the actions gave `responses`, as Rasa hands them to the channel."""

    async def handle(message: UserMessage) -> None:
        for response in responses:
            await message.output_channel.send_response(message.sender_id, dict(response))

    answer = await LoopbackInput("token")._turn(BODY, handle)
    assert answer.status == 200
    found: dict[str, Any] = json.loads(answer.body or b"")
    return found


async def test_words_with_a_mark_stay_one_message() -> None:
    assert await turn({"text": "七样材料", "custom": {"turn": MARK}}) == {
        "messages": [{"recipient_id": "web-a", "text": "七样材料"}],
        "turn": MARK,
    }


async def test_a_card_keeps_everything_but_the_mark() -> None:
    card = {"card": {"title": "卡"}, "with_text": True}
    found = await turn({"text": "看这里"}, {"custom": {**card, "turn": MARK}})
    assert [message.get("custom") for message in found["messages"]] == [None, card]
    assert found["turn"] == MARK


async def test_the_action_that_speaks_first_is_the_one_that_acted() -> None:
    question = {"text": "请写下经过", "custom": {"turn": {"outcome": "form"}}}
    found = await turn({"text": "七样材料", "custom": {"turn": MARK}}, question)
    assert found["turn"] == MARK
    assert [message["text"] for message in found["messages"]] == ["七样材料", "请写下经过"]


@pytest.mark.parametrize("responses", [[], [{"text": "出错了", "custom": {"failed": True}}]])
async def test_a_turn_without_a_mark_is_answered_all_the_same(responses: list[dict[str, Any]]) -> None:
    found = await turn(*responses)
    assert found["turn"] == {}
    assert len(found["messages"]) == 2 * len(responses)


async def test_a_turn_that_fails_tells_nothing() -> None:
    async def fail(_message: UserMessage) -> None:
        raise RuntimeError("planted")

    answer = await LoopbackInput("token")._turn(BODY, fail)
    assert (answer.status, answer.body) == (500, b"")


async def test_a_mark_travels_from_an_action_through_rasa_without_another_message() -> None:
    dispatcher = CollectingDispatcher()
    talk = Talk(dispatcher, tracker_of("web-a", {"text": "要带什么"}, {}))
    talk.say("看这里", {"title": "卡"}, [{"title": "下一步", "payload": "/next_step"}])
    talk.say("还有别的吗")
    talk.mark(MARK)
    collector = CollectingOutputChannel()
    tracker = DialogueStateTracker.from_events("web-a", [])
    uttered = await RemoteAction._utter_responses(dispatcher.messages, collector, None, tracker)
    assert len(uttered) == 3
    for one in uttered:
        await collector.send_response("web-a", one.message())
    found = answer_of(collector.messages)
    assert found["turn"] == MARK
    assert [message.get("text") for message in found["messages"]] == ["看这里", None, "还有别的吗"]
    assert found["messages"][1]["custom"] == {"card": {"title": "卡"}, "with_text": True}


class _Store:
    """A tracker store of one conversation."""

    def __init__(self, *events: Any) -> None:
        self.tracker = DialogueStateTracker.from_events("web-a", list(events))

    async def retrieve(self, _sender_id: str) -> DialogueStateTracker:
        return self.tracker


class _Agent:
    def __init__(self, *events: Any) -> None:
        self.tracker_store = _Store(*events)
        self.lock_store = QueueingLockStore()


async def test_a_turn_that_is_asked_for_again_is_told_with_its_mark() -> None:
    events = [
        UserUttered("要带什么", message_id="k1"),
        BotUttered("七样材料", data={"custom": {"turn": MARK}}),
    ]
    said = await _said(_Agent(*events), BODY)
    collector = CollectingOutputChannel()
    await collector.send_response("web-a", {"text": "七样材料", "custom": {"turn": MARK}})
    assert said is not None
    assert answer_of(said) == answer_of(collector.messages)
    assert answer_of(said)["turn"] == MARK


async def test_a_turn_that_is_asked_for_again_while_it_is_under_way_is_waited_for() -> None:
    agent = _Agent()
    async with agent.lock_store.lock("web-a"):
        asked = asyncio.create_task(_said(agent, BODY))
        await asyncio.sleep(0.05)
        assert not asked.done()
        for event in (UserUttered("要带什么", message_id="k1"), BotUttered("七样材料")):
            agent.tracker_store.tracker.update(event)
    assert [message["text"] for message in await asked or []] == ["七样材料"]


async def test_everything_logged_in_a_turn_stands_under_the_id_of_its_message() -> None:
    seen = []

    async def handle(_message: UserMessage) -> None:
        seen.append(get_contextvars().get("request"))

    await LoopbackInput("token")._turn(BODY, handle)
    assert seen == [request_id("k1")]
    assert "request" not in get_contextvars()
