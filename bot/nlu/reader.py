"""Reads a message before anything is learnt from it: one script and spelling, places behind one word.

A place name teaches the classifier nothing about what is asked, so every place becomes the same
placeholder, in training as in use. That is why a new place, or a new city, needs no retraining.
"""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from desk.particulars import Particular, particulars
from desk.places import Gazetteer, Mention
from desk.settings import Settings
from desk.spelling import Spelling
from desk.workdays import today

# The attributes of a message that hold its words as the classifier reads them, and in the right spelling
# for whoever compares words; TEXT stays as typed.
READING, HEARD = "reading", "heard"
PLACE = "某地"
_NUMBERED = re.compile(r"〔([^\d〔〕#]+)#\d+〕")
_TICKET = re.compile(r"JS[-\s]*\d{8}[-\s]*\d{6}[-\s]*\d", re.IGNORECASE)


# A featurizer to Rasa, because only tokenizers and featurizers also see the training sentences.
@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class Reader(GraphComponent):
    """Sets entities (`place` with the canonical name, and the particulars of `desk.particulars`) and
    READING, the words to be classified."""

    def __init__(self, gazetteer: Gazetteer, spelling: Spelling) -> None:
        self._gazetteer = gazetteer
        self._spelling = spelling

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Reader:
        """Make the component; the places come from data/regions as they are now, not as trained."""
        settings = Settings.from_env()
        return cls(Gazetteer(settings.data, settings.region), Spelling(settings.data))

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Read the training sentences in the same way as messages."""
        for example in training_data.intent_examples:
            if example.get(TEXT):
                example.set(
                    READING, self._readable(example.get(TEXT), self._gazetteer.find(example.get(TEXT)))
                )
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Find the places of each message and put its words into one script."""
        for message in messages:
            text = message.get(TEXT)
            if text:
                mentions = self._gazetteer.find(text)
                told = [_told(particular) for particular in particulars(text, today())]
                found = [*message.get(ENTITIES, []), *map(_entity, mentions), *told]
                message.set(ENTITIES, found, add_to_output=True)
                message.set(READING, self._readable(text, mentions))
                message.set(HEARD, self._spelling.corrected(text), add_to_output=True)
        return messages

    def _readable(self, text: str, mentions: list[Mention]) -> str:
        for mention in sorted(mentions, key=lambda mention: mention.start, reverse=True):
            text = text[: mention.start] + PLACE + text[mention.end :]
        text = _TICKET.sub("〔编号〕", _NUMBERED.sub(r"〔\1〕", text))
        return self._spelling.canonical(text) or PLACE


def _entity(mention: Mention) -> dict[str, Any]:
    return {
        "entity": "place",
        "value": mention.name,
        "start": mention.start,
        "end": mention.end,
        "confidence_entity": mention.score,
        "extractor": "Reader",
    }


def _told(particular: Particular) -> dict[str, Any]:
    return {
        "entity": particular.kind,
        "value": str(particular.value),
        "start": particular.start,
        "end": particular.end,
        "extractor": "Reader",
    }
