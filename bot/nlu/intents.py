"""Decides what a message is about: character n-grams, weighted, into a linear head.

One component instead of Rasa's tokenizer, featurizer and classifier, because those three took 184 s to
train on this data and this one takes a second with the same accuracy (DECISIONS.md, Rasa).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import skops.io
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from bot.nlu.reader import READING

_FILE = "intents.skops"
_TRUSTED = ["scipy.sparse._csr.csr_matrix"]  # the weights of the n-grams; everything else skops knows itself


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(GraphComponent):
    """Sets `intent` and `intent_ranking` with confidences that add up to 1."""

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._model: Pipeline | None = None

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the settings: longest n-gram in characters, least sentences an n-gram must stand in,
        inverse of the regularisation's strength, and how many intents the ranking names."""
        return {"longest_ngram": 4, "least_sentences": 2, "C": 20.0, "ranking_length": 10}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LinearIntentClassifier:
        """Make an untrained component."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_kwargs: Any,
    ) -> LinearIntentClassifier:
        """Load the trained component; a file with anything else in it is refused."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._model = skops.io.load(Path(folder) / _FILE, trusted=_TRUSTED)
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from every sentence with an intent."""
        examples = [e for e in training_data.intent_examples if e.get(READING) and e.get(INTENT)]
        vectorizer = TfidfVectorizer(
            analyzer="char",
            ngram_range=(1, self._config["longest_ngram"]),
            min_df=self._config["least_sentences"],
            sublinear_tf=True,
        )
        # liblinear: one small problem for each intent, many times faster here than one big one.
        head = LogisticRegression(
            C=self._config["C"], solver="liblinear", class_weight="balanced", random_state=0
        )
        self._model = make_pipeline(vectorizer, head)
        self._model.fit([e.get(READING) for e in examples], [e.get(INTENT) for e in examples])
        # The n-grams that stood in one sentence only: nobody reads them, and they are most of the file.
        del vectorizer.stop_words_
        with self._storage.write_to(self._resource) as folder:
            skops.io.dump(self._model, Path(folder) / _FILE)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Rank the intents of each message that has none yet."""
        for message in messages:
            if self._model is not None and message.get(READING) and not message.get(INTENT):
                self._rank(message)
        return messages

    def _rank(self, message: Message) -> None:
        assert self._model is not None  # noqa: S101  `process` has looked
        chances = self._model.predict_proba([message.get(READING)])[0]
        order = chances.argsort()[::-1][: self._config["ranking_length"]]
        names = self._model.classes_
        ranking = [{"name": str(names[i]), "confidence": float(chances[i])} for i in order]
        message.set("intent", ranking[0], add_to_output=True)
        message.set("intent_ranking", ranking, add_to_output=True)
