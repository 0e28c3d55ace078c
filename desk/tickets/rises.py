"""Early warning: a category or a district of which far more came in than on the same weekday before.

The rule is `RULE`, and nothing else: a person looks at the tickets before anything is done about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, pstdev

from desk.tickets.rates import Figure

WEEKS = 8
_LEAST, _FEWEST_WEEKS, _TIMES = 5, 4, 3
RULE = (
    f"当天不少于{_LEAST}件，并且多于前{WEEKS}周同一个星期几的平均数加{_TIMES}倍标准差"
    f"（标准差不小于平均数的平方根；可比的不足{_FEWEST_WEEKS}周时不提示）。"
)


@dataclass(frozen=True)
class Rise:
    """A day's count beside the `mean` and the `spread` (standard deviation) of `n` same weekdays before."""

    figure: Figure
    mean: float
    spread: float
    n: int

    @property
    def text(self) -> str:
        """The comparison in words."""
        return f"{self.figure.value}件，前{self.n}周同日平均{self.mean:.1f}件"


def rise(figure: Figure, before: Sequence[int]) -> Rise | None:
    """Return the rise when `figure` stands out from the same weekdays `before`; None when it does not."""
    if len(before) < _FEWEST_WEEKS or figure.value < _LEAST:
        return None
    mean = fmean(before)
    spread = max(pstdev(before), sqrt(mean))
    return Rise(figure, mean, spread, len(before)) if figure.value > mean + _TIMES * spread else None
