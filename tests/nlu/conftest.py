"""A tiny classifier: the real component over a storage of its own, trained on a few dozen sentences."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.encoder import ENCODERS
from bot.nlu.intents import LinearIntentClassifier
from bot.nlu.reader import READING
from tests.fakes.encoder import FakeEncoder

# Intent -> its label and its sentences. Two intents share a label.
SENTENCES = {
    "materials": (
        "materials",
        "要带什么材料|带哪些证件|材料有哪些|要不要带身份证|需要什么材料|证件带齐了吗|材料清单",
    ),
    "process": (
        "process",
        "怎么申领|申领流程是什么|怎么办理申领|流程怎么走|网上怎么申领|申领怎么弄|办理流程",
    ),
    "next_step": ("process", "下一步|下一步怎么弄|然后下一步呢|接着下一步|下一步是什么|接着怎么弄|然后呢"),
    "office": ("office", "去哪里办|窗口在哪里|地址在哪里|哪里有窗口|在哪里办理|窗口地址|哪里办"),
    "chitchat": ("chitchat", "今天天气好|你吃饭了吗|唱首歌|天气怎么样|吃什么饭|会唱歌吗|天气冷"),
}


def message(text: str, **more: Any) -> Message:
    return Message(data={TEXT: text, READING: text, **more})


def training_data() -> TrainingData:
    return TrainingData(
        training_examples=[
            message(text, **{INTENT: intent, METADATA: {"intent": {"label": label}}})
            for intent, (label, texts) in SENTENCES.items()
            for text in texts.split("|")
        ]
    )


@dataclass
class Workshop:
    """Makes, trains and loads classifiers in one folder."""

    storage: LocalModelStorage
    resource: Resource
    encoder: FakeEncoder

    def settings(self, **settings: Any) -> dict[str, Any]:
        return {**LinearIntentClassifier.get_default_config(), **settings}

    def made(self, **settings: Any) -> LinearIntentClassifier:
        context = ExecutionContext(GraphSchema({}))
        return LinearIntentClassifier.create(self.settings(**settings), self.storage, self.resource, context)

    def trained(self, **settings: Any) -> LinearIntentClassifier:
        made = self.made(**settings)
        assert made.train(training_data()) == self.resource
        return made

    def loaded(self, **settings: Any) -> LinearIntentClassifier:
        context = ExecutionContext(GraphSchema({}))
        return LinearIntentClassifier.load(self.settings(**settings), self.storage, self.resource, context)


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    encoder = FakeEncoder()
    monkeypatch.setenv("DESK_VAR", str(tmp_path / "var"))
    monkeypatch.setitem(ENCODERS, "fake", lambda: encoder)
    (tmp_path / "model").mkdir()
    return Workshop(LocalModelStorage.create(tmp_path / "model"), Resource("intents"), encoder)
