"""What the classifier has learnt, and the one file that keeps it: arrays, never anything that could run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.special import expit
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize

Arrays = Mapping[str, npt.NDArray[np.generic]]
Numbers = npt.NDArray[np.float32]
Chances = npt.NDArray[np.float64]

# What a pair around a gap counts: no more, or what stands in a question gives way to what might.
_GAP = 0.5


@dataclass(frozen=True)
class Heads:
    """Two linear heads: `letters` over what `counted` counts, `meaning` over the encoder's vectors.

    `idf`: what an n-gram weighs, more where it is rarer, shape (n-grams,). `labels[i]` is the label of the
    intent in column i of either head. `sounds`: the syllables that the head of the letters reads, in the
    order of their signs; empty where it reads characters alone. `centre`: the middle of the encoder's
    vectors, shape (size of a vector,).
    """

    ngrams: CountVectorizer
    idf: Numbers
    letters: LogisticRegression
    labels: list[str]
    sounds: list[str]
    meaning: LogisticRegression | None = None
    centre: Numbers | None = None

    def by_letters(self, text: str) -> Chances:
        """Return the chance of each intent by the n-grams of `text`, shape (intents,).

        What `letters.predict_proba` says of more than two intents, without sklearn's checks of a matrix with
        one row, which took most of the time.
        """
        column = self.ngrams.vocabulary_.get
        counts: dict[int | None, float] = dict(Counter(map(column, self._split(text))))
        for pair in map(column, around_gaps(text)):
            counts[pair] = counts.get(pair, 0) + _GAP
        counts.pop(None, None)
        columns = np.fromiter(counts, dtype=np.intp)
        weights = _damped(np.fromiter(counts.values(), dtype=np.float32)) * self.idf[columns]
        weights /= np.linalg.norm(weights) or 1
        scores = weights @ self.letters.coef_.T[columns] + self.letters.intercept_
        chances: Chances = expit(scores, dtype=np.float64)
        chances /= chances.sum()
        return chances

    @cached_property
    def _split(self) -> Callable[[str], list[str]]:
        split: Callable[[str], list[str]] = self.ngrams.build_analyzer()
        return split

    def write(self, path: Path) -> None:
        """Keep everything at `path`; the n-grams stand in the order of their columns."""
        columns = self.ngrams.vocabulary_
        arrays = {
            "ngrams": np.array(sorted(columns, key=columns.__getitem__)),
            "idf": self.idf,
            "labels": np.array(self.labels),
            "sounds": np.array(self.sounds, dtype=str),
            **_weights("letters", self.letters),
        }
        if self.meaning is not None and self.centre is not None:
            arrays |= {"centre": self.centre, **_weights("meaning", self.meaning)}
        with path.open("wb") as file:
            np.savez(file, **arrays)

    @classmethod
    def read(cls, path: Path, ngrams: CountVectorizer, letters: LogisticRegression) -> Heads:
        """Return what `write` has kept, in an untrained vectorizer and head of the same settings.

        Raise `ValueError` for arrays of objects, which could run something, `KeyError` for a missing one.
        """
        with np.load(path, allow_pickle=False) as arrays:
            names = arrays["ngrams"].tolist()
            ngrams.vocabulary_ = dict(zip(names, range(len(names)), strict=True))
            meant = "centre" in arrays
            return cls(
                ngrams=ngrams,
                idf=arrays["idf"],
                letters=_learnt(letters, "letters", arrays),
                labels=arrays["labels"].tolist(),
                sounds=arrays["sounds"].tolist(),
                meaning=_learnt(LogisticRegression(), "meaning", arrays) if meant else None,
                centre=arrays["centre"] if meant else None,
            )


def around_gaps(text: str) -> list[str]:
    """Return each pair of characters with one between them, written as if that one were not there.

    Who drops a character, or puts one in, leaves the pairs around it, which so are known from the sentences
    that were learnt.
    """
    lowered = text.lower()
    return list(map("".join, zip(lowered, lowered[2:], strict=False)))


def counted(ngrams: CountVectorizer, texts: Sequence[str]) -> csr_matrix:
    """Return how often each n-gram stands in each text; each pair around a gap counts as half a pair."""
    pairs = CountVectorizer(analyzer=around_gaps, vocabulary=ngrams.vocabulary_, dtype=ngrams.dtype)
    return ngrams.transform(texts) + _GAP * pairs.transform(texts)


def rarity(counts: csr_matrix) -> Numbers:
    """Return the IDF of each column of `counts`, as sklearn's TfidfTransformer has it."""
    found_in = np.bincount(counts.indices, minlength=counts.shape[1])
    return np.asarray(np.log((1 + counts.shape[0]) / (1 + found_in)) + 1, dtype=np.float32)


def weighed(counts: csr_matrix, idf: Numbers) -> csr_matrix:
    """Turn counts into TF-IDF in place: the damped count, times the IDF, each row of length 1.

    sklearn's own adds up the IDF of all columns to see whether it was fitted, a millisecond for each message.
    """
    counts.data = _damped(counts.data) * idf[counts.indices]
    return normalize(counts, copy=False)


def _damped(counts: Numbers) -> Numbers:
    """As sklearn's `sublinear_tf`, 1 + log of a count, which would make less than nothing of half a pair."""
    return np.asarray(np.log(np.maximum(counts, 1)) + np.minimum(counts, 1))


def _weights(name: str, head: LogisticRegression) -> dict[str, npt.NDArray[np.generic]]:
    return {
        f"{name}_classes": head.classes_,
        f"{name}_coef": head.coef_,
        f"{name}_intercept": head.intercept_,
    }


def _learnt(head: LogisticRegression, name: str, arrays: Arrays) -> LogisticRegression:
    """Give an untrained head its weights."""
    head.classes_ = arrays[f"{name}_classes"]
    head.coef_ = arrays[f"{name}_coef"]
    head.intercept_ = arrays[f"{name}_intercept"]
    return head
