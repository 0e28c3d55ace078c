"""Judges how far to trust what was understood: answer, ask which of two, offer what is near, or say no.

The figures were set on questions of our own that nothing was trained on (`make understanding`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["sure", "between", "near", "far"]

OUTSIDE = frozenset({"oos_social", "oos_other"})
TALK = "chitchat"

# From here on a wrong answer is rarer than one in fifty.
SURE = 0.8
# To bring small talk back to the matter does no harm, and nobody is refused by it.
_SURE_OF_TALK = 0.6
# Not ours is not ours, whichever of the two outside topics it is.
_SURE_OUTSIDE = 0.8
# For words that move within the talk: a step back costs a word.
SURE_ENOUGH_TO_WALK = 0.5
# What has less weight than this is not meant.
POSSIBLE = 0.1
# Sure enough where nothing else comes near.
_ALONE = 0.6
# Two that together leave little room for a third.
_BOTH, _SECOND = 0.75, 0.15
# Below this nothing of ours was meant with any weight.
_ANY = 0.25


@dataclass(frozen=True)
class Guess:
    """A label and the confidence in it, 0 to 1."""

    label: str
    confidence: float


@dataclass(frozen=True)
class Verdict:
    """What to do. `labels`: the one to act on, the two to choose from, or those that are near."""

    kind: Kind
    labels: tuple[str, ...]


def judge(guesses: Sequence[Guess]) -> Verdict:
    """Judge the guesses about one message, the likeliest first."""
    best = guesses[0]
    if best.confidence >= (_SURE_OF_TALK if best.label == TALK else SURE):
        return Verdict("sure", (best.label,))
    if best.label != TALK and best.confidence >= _ALONE and all(g.confidence < POSSIBLE for g in guesses[1:]):
        return Verdict("sure", (best.label,))
    outside = [guess for guess in guesses if guess.label in OUTSIDE]
    if best.label in OUTSIDE and sum(guess.confidence for guess in outside) >= _SURE_OUTSIDE:
        return Verdict("sure", (best.label,))
    ours = [g for g in guesses if g.label != TALK and g.confidence >= _ANY / 2]
    if best.confidence < _ANY or not ours:
        return Verdict("far", ())
    if len(ours) > 1 and ours[0].confidence + ours[1].confidence >= _BOTH and ours[1].confidence >= _SECOND:
        return Verdict("between", (ours[0].label, ours[1].label))
    return Verdict("near", tuple(guess.label for guess in ours[:3]))
