"""How often a fault is put in, and by what chance: `make faults` sets ROUNDS to 20, the short form is one.

SEED repeats a run; without it one is drawn. It is printed either way, and pytest shows it with a failure.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

ROUNDS = int(os.environ.get("ROUNDS", "1"))
_FIRST = int(os.environ.get("SEED", random.SystemRandom().randrange(10**6)))


def rounds(short: int = 1) -> Iterator[random.Random]:
    """Yield the chance of each round: `short` of them, or ROUNDS where that is more.

    Each round has a seed of its own, so that the one that failed can be run alone: SEED=… ROUNDS=1.
    """
    yield from map(chance_of, range(max(short, ROUNDS)))


def chance_of(place: int) -> random.Random:
    """Return the chance of one round, counted from 0: for a fixture with `params=range(ROUNDS)`."""
    print(f"SEED={_FIRST + place} (round {place + 1})")
    return random.Random(_FIRST + place)
