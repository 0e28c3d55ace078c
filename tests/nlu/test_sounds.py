from __future__ import annotations

from pathlib import Path

import pytest
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.intents import LinearIntentClassifier
from bot.nlu.reader import READING

_SENTENCES = {
    "materials": ["申请要带什么材料", "材料要准备哪些", "要带哪些材料来", "什么材料要复印"],
    "payment": ["银行卡换了怎么办", "失业金打到哪张银行卡", "银行卡丢了要改", "可以换别的银行卡吗"],
    "office": ["窗口在哪里", "去哪里的窗口", "几点钟开门", "周六开门没有"],
}


def classifier(folder: Path, sounds: bool) -> LinearIntentClassifier:
    """A component that has learnt the sentences, as Rasa loads it."""
    config = {**LinearIntentClassifier.get_default_config(), "sounds": sounds, "least_sentences": 1}
    storage, resource = LocalModelStorage.create(folder), Resource("intents")
    examples = [
        Message(data={"text": text, READING: text, "intent": intent})
        for intent, texts in _SENTENCES.items()
        for text in texts
    ]
    trained = LinearIntentClassifier(config, storage, resource)
    trained.train(TrainingData(examples))
    return LinearIntentClassifier.load(config, storage, resource, None)  # type: ignore[arg-type]


def confidence(component: LinearIntentClassifier, text: str, intent: str) -> float:
    (message,) = component.process([Message(data={"text": text, READING: text})])
    return next(float(one["confidence"]) for one in message.get("intent_ranking") if one["name"] == intent)


@pytest.mark.parametrize(("text", "intent"), [("才廖", "materials"), ("引航咖", "payment")])
def test_other_characters_of_the_same_sound_are_understood(tmp_path: Path, text: str, intent: str) -> None:
    (tmp_path / "with").mkdir()
    (tmp_path / "without").mkdir()
    by_sound = confidence(classifier(tmp_path / "with", True), text, intent)
    assert by_sound > 0.6
    assert by_sound > confidence(classifier(tmp_path / "without", False), text, intent)


def test_a_sound_that_was_never_learnt_is_no_error(tmp_path: Path) -> None:
    assert confidence(classifier(tmp_path, True), "嗷", "materials") > 0
