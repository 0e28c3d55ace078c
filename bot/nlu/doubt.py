"""Puts the fallback in place of an intent that nobody should act on; `desk.doubt` says when."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.training_data.message import Message

from desk.doubt import OUTSIDE, POSSIBLE, SURE, SURE_ENOUGH_TO_WALK, Guess, judge


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class Doubt(GraphComponent):
    """Sets `intent` to `nlu_fallback` where the label ranking leaves doubt; the rankings stay as they are."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Doubt:
        """Make the component."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Judge each message that was classified."""
        for message in messages:
            labels = message.get("label_ranking") or []
            guesses = [Guess(label["name"], label["confidence"]) for label in labels]
            if guesses and judge(guesses).kind != "sure" and not _walks(message, guesses[0]):
                message.set("intent", _instead(message), add_to_output=True)
        return messages


def _walks(message: Message, best: Guess) -> bool:
    """Whether it is a word that only moves within the talk (下一步, 我卡住了): to take it so does no harm."""
    intent = message.get("intent")
    return bool(intent["name"] != best.label and intent["confidence"] >= SURE_ENOUGH_TO_WALK)


def _instead(message: Message) -> dict[str, Any]:
    """The first of several asks, or the ask of a long message, if it is sure and ours; else the fallback.

    Out of its story an ask may mean another thing (那中间这个月咋个算): the whole must speak for it too.
    """
    first = next(iter(message.get("asks") or []), None)
    whole = {label["name"]: label["confidence"] for label in message.get("label_ranking")}
    if (
        first
        and first["confidence"] >= SURE
        and first["label"] not in OUTSIDE
        and whole.get(first["label"], 0) >= POSSIBLE
    ):
        return {"name": first["intent"], "confidence": first["confidence"]}
    return {"name": DEFAULT_NLU_FALLBACK_INTENT_NAME, "confidence": 1.0}
