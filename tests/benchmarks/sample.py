"""A smaller set of the training sentences, the same for both sides of a comparison.

Stock's networks need hours for all of them on two cores; every n-th sentence of each intent keeps the
variety and lets both configurations learn from the same thing.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

DATA = ("data/topics", "data/talk")
_LEAST = 12  # sentences an intent keeps, where it has so many
_HEAD, _SENTENCE = re.compile(r"^- intent: "), re.compile(r"^    - ")


def sample(folder: Path, sentences: int, data: Sequence[str] = DATA) -> tuple[str, ...]:
    """Write about `sentences` of the training sentences of `data` to `folder`; return the folders made."""
    files = [path for name in data for path in sorted(Path(name).glob("*.yml"))]
    total = sum(bool(_SENTENCE.match(line)) for path in files for line in path.read_text().splitlines())
    share = min(1.0, sentences / total)
    shutil.rmtree(folder, ignore_errors=True)
    for path in files:
        target = folder / path.parent.name / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_thinned(path.read_text(), share))
    return tuple(str(folder / Path(name).name) for name in data)


def _thinned(text: str, share: float) -> str:
    """`text` with every n-th sentence of each intent."""
    lines = text.splitlines(keepends=True)
    heads = [number for number, line in enumerate(lines) if _HEAD.match(line)]
    kept: list[str] = lines[: heads[0]] if heads else lines
    for start, end in zip(heads, [*heads[1:], len(lines)], strict=True):
        part = lines[start:end]
        count = sum(bool(_SENTENCE.match(line)) for line in part)
        wanted = max(share, min(1.0, _LEAST / count)) if count else 1.0
        seen = 0
        for line in part:
            if _SENTENCE.match(line):
                seen += 1
                if int(seen * wanted) == int((seen - 1) * wanted):
                    continue
            kept.append(line)
    return "".join(kept)
