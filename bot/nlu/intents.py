"""Decides what a message is about: its letters first, and where they leave doubt, its meaning too.

Two linear heads: one over character n-grams, one over the vector of a sentence encoder. One component
instead of Rasa's tokenizer, featurizer and classifier, because those took minutes to train (DECISIONS.md).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, METADATA
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from bot.nlu.encoder import ENCODERS, Encoder, kept_vectors
from bot.nlu.heads import Chances, Heads, Numbers, counted, rarity, weighed
from bot.nlu.reader import READING
from desk.asks import asks, the_ask
from desk.place_sounds import syllable
from desk.settings import Settings

_FILE = "intents.npz"
_REMEMBERED = 4096
# In characters. The head of the encoder gains nothing from letters, which would take a third of the training.
_LONGEST_LEARNT = 60
# Nor does it gain from more than one sentence in six, each of which costs 12 ms; of a small intent it
# learns from this many at least.
_ONE_IN = 6
_LEAST_LEARNT = 20
# Each sound is written as one character of the private use area.
_FIRST_SOUND = 0xE000


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(GraphComponent):
    """Sets `intent`, `intent_ranking` and `label_ranking`, each with confidences that add up to 1.

    A label is what a topic file names in its metadata: several intents may share one. A message with
    several asks, or a long one, gets `asks`: for each the label, the intent, the confidence in the label.
    """

    def __init__(
        self, config: dict[str, Any], storage: ModelStorage, resource: Resource, heads: Heads | None = None
    ) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._heads = heads
        self._encoder: Encoder | None = ENCODERS[config["encoder"]]() if config["encoder"] else None
        self._chances = lru_cache(maxsize=_REMEMBERED)(self._weigh)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the settings.

        `sounds`: whether the letters are read by their sound too, so that another character of the same
        sound costs little; `longest_ngram` in characters; `least_sentences` an n-gram must stand in; `C`,
        the inverse of the regularisation's strength; `encoder`, a name from `bot.nlu.encoder` or "" for
        letters alone, with its own `encoder_C` and its `encoder_share` of the opinion; `sure_by_letters`,
        the chance of a label from which the encoder is not asked; `sharpness`, the power that turns chances
        into confidences that hold (a label of 0.9 is right nine times in ten; linear heads are too modest);
        `ranking_length`, how many intents the ranking names.
        """
        return {
            "sounds": True,
            "longest_ngram": 4,
            "least_sentences": 3,
            "C": 20.0,
            "encoder": "",
            "encoder_C": 10.0,
            "encoder_share": 0.4,
            "sure_by_letters": 0.5,
            "sharpness": 1.6,
            "ranking_length": 10,
        }

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
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, _read(Path(folder), config))

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from every sentence with an intent."""
        examples = [e for e in training_data.intent_examples if e.get(READING) and e.get(INTENT)]
        unique = list({(e.get(READING), e.get(INTENT)): e for e in examples}.values())
        texts, intents = [e.get(READING) for e in unique], [e.get(INTENT) for e in unique]
        sounds = _sounds(texts) if self._config["sounds"] else []
        ngrams, idf, letters = self._learn_letters(_spoken(texts, sounds), intents)
        label_of = {e.get(INTENT): _label(e) for e in unique}
        labels = [label_of[name] for name in letters.classes_]
        learnt = self._learn_meaning(self._encoder, texts, intents) if self._encoder else ()
        with self._storage.write_to(self._resource) as folder:
            Heads(ngrams, idf, letters, labels, sounds, *learnt).write(Path(folder) / _FILE)
            self._heads = _read(Path(folder), self._config)
        return self._resource

    def _learn_letters(
        self, texts: Sequence[str], intents: Sequence[str]
    ) -> tuple[CountVectorizer, Numbers, LogisticRegression]:
        ngrams, head = _ngrams(self._config), _letters(self._config)
        counts = counted(ngrams.fit(texts), texts)
        idf = rarity(counts)
        head.fit(weighed(counts, idf), intents)
        # The kind and the order of numbers that the product with one sentence needs: else all of them
        # are converted and copied for every message, 15 ms instead of less than one.
        head.coef_ = np.asfortranarray(head.coef_, dtype=np.float32)
        return ngrams, idf, head

    def _learn_meaning(
        self, encoder: Encoder, texts: Sequence[str], intents: Sequence[str]
    ) -> tuple[LogisticRegression, npt.NDArray[np.float32]]:
        some = _some(texts, intents)
        vectors = kept_vectors(encoder, [texts[i] for i in some], Settings.from_env().var / "encodings")
        centre = vectors.mean(axis=0)
        # Stopped early on purpose: a mixture of the two heads gains nothing from the last digits.
        head = LogisticRegression(C=self._config["encoder_C"], max_iter=80, tol=1e-3)
        head.fit(_directions(vectors, centre), [intents[i] for i in some])
        return head, centre

    def process(self, messages: list[Message]) -> list[Message]:
        """Rank the intents and the labels of each message that has no intent yet."""
        for message in messages:
            if self._heads is not None and message.get(READING) and not message.get(INTENT):
                self._rank(self._heads, message)
        return messages

    def _rank(self, heads: Heads, message: Message) -> None:
        chances = self._chances(message.get(READING))
        by_label = _by_label(heads, chances)
        best = _best(heads, chances, by_label)
        order = [best, *(int(i) for i in chances.argsort()[::-1] if i != best)]
        names = heads.letters.classes_
        ranking = [{"name": str(names[i]), "confidence": float(chances[i])} for i in order]
        labels = [{"name": name, "confidence": by_label[name]} for name in by_label]
        found = asks(message.get(READING)) or list(filter(None, [the_ask(message.get(READING))]))
        if found:
            message.set("asks", [self._ask(heads, ask) for ask in found], add_to_output=True)
        message.set("intent", ranking[0], add_to_output=True)
        message.set("intent_ranking", ranking[: self._config["ranking_length"]], add_to_output=True)
        message.set("label_ranking", labels[: self._config["ranking_length"]], add_to_output=True)

    def _ask(self, heads: Heads, text: str) -> dict[str, Any]:
        chances = self._chances(text)
        by_label = _by_label(heads, chances)
        best = _best(heads, chances, by_label)
        label = heads.labels[best]
        return {"label": label, "intent": str(heads.letters.classes_[best]), "confidence": by_label[label]}

    def _weigh(self, text: str) -> Chances:
        """The confidence in each intent; together they make 1."""
        assert self._heads is not None  # noqa: S101  `process` has looked
        sharpened = self._opinion(self._heads, text) ** self._config["sharpness"]
        return np.asarray(sharpened / sharpened.sum())

    def _opinion(self, heads: Heads, text: str) -> Chances:
        """The chance of each intent by the letters, and where they leave doubt by the meaning too."""
        letters = heads.by_letters(_spoken([text], heads.sounds)[0])
        sure = max(_by_label(heads, letters).values()) >= self._config["sure_by_letters"]
        if sure or self._encoder is None or heads.meaning is None or heads.centre is None:
            return letters
        vectors = _directions(self._encoder.vectors([text]), heads.centre)
        share = self._config["encoder_share"]
        return np.asarray((1 - share) * letters + share * heads.meaning.predict_proba(vectors)[0])


def _read(folder: Path, config: dict[str, Any]) -> Heads:
    return Heads.read(folder / _FILE, _ngrams(config), _letters(config))


def _ngrams(config: dict[str, Any]) -> CountVectorizer:
    return CountVectorizer(
        analyzer="char",
        ngram_range=(1, config["longest_ngram"]),
        min_df=config["least_sentences"],
        # As the weights of the head: else each message first turns all of them into doubles (8 ms).
        dtype=np.float32,
    )


def _letters(config: dict[str, Any]) -> LogisticRegression:
    # liblinear: one small problem for each intent, many times faster here than one big one. Its dual,
    # stopped at 0.1, understands the same as the default does in three times the time.
    return LogisticRegression(C=config["C"], solver="liblinear", dual=True, tol=0.1, random_state=0)


def _some(texts: Sequence[str], intents: Sequence[str]) -> list[int]:
    """Which sentences the encoder's head learns from: of each intent the short ones at even distances.

    What is alike mostly stands together in the files, so little of what there is to learn is left out.
    """
    short: dict[str, list[int]] = defaultdict(list)
    for i, (text, intent) in enumerate(zip(texts, intents, strict=True)):
        if len(text) <= _LONGEST_LEARNT:
            short[intent].append(i)
    steps = {intent: min(_ONE_IN, max(1, len(own) // _LEAST_LEARNT)) for intent, own in short.items()}
    return sorted(i for intent, step in steps.items() for i in short[intent][step // 2 :: step])


def _sounds(texts: Sequence[str]) -> list[str]:
    """The syllables of the texts, as `desk.place_sounds` folds what the south-west mixes up."""
    return sorted({syllable(char) for char in set().union(*texts)} - {""})


def _spoken(texts: Sequence[str], sounds: Sequence[str]) -> list[str]:
    """Each text and, behind a line break, the same text with a sign of its sound for each character."""
    if not sounds:
        return list(texts)
    signs = {sound: chr(_FIRST_SOUND + at) for at, sound in enumerate(sounds)}
    return [f"{text}\n{''.join(_sign(char, signs) for char in text)}" for text in texts]


def _sign(char: str, signs: Mapping[str, str]) -> str:
    return signs.get(syllable(char), char)


def _by_label(heads: Heads, chances: Chances) -> dict[str, float]:
    """The chance of each label, the likeliest first."""
    found: dict[str, float] = {}
    for label, chance in zip(heads.labels, chances, strict=True):
        found[label] = found.get(label, 0.0) + float(chance)
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _best(heads: Heads, chances: Chances, by_label: dict[str, float]) -> int:
    """The best intent of the best label: 下一步 and 第几步 share what speaks for the steps."""
    return max(range(len(chances)), key=lambda i: (by_label[heads.labels[i]], chances[i]))


def _label(example: Message) -> str:
    return str(((example.get(METADATA) or {}).get("intent") or {}).get("label") or example.get(INTENT))


def _directions(vectors: npt.NDArray[np.float32], centre: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The vectors seen from their middle, of length 1: all sentences of one field point the same way else."""
    moved = vectors - centre
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), dtype=np.float32)
