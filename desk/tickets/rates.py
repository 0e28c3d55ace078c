"""三率, honestly: a rate is told with its formula, how many it rests on, and how many of those due that is.

No text of law gives a formula; these are the ones of this service. The bands are ours as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from desk.tickets.query import Query

FEW = 30  # below this a rate is told as a band: one more citizen would move it by several per cent
_BANDS = ((0.9, "高"), (0.7, "中"), (0.0, "低"))
BANDS = (
    f"不足{FEW}件的不算百分比，只分档："
    + "，".join(f"{name}（{least:.0%}及以上）" for least, name in _BANDS[:-1])
    + "，低。"
)


@dataclass(frozen=True)
class Figure:
    """A number of tickets, and the query that finds exactly those."""

    label: str
    value: int
    query: Query


@dataclass(frozen=True)
class Formula:
    """How a rate is made, as names of measures and in words: `hit` as a share of `base`."""

    name: str
    words: str
    hit: str
    answered: str
    due: str
    base: str


@dataclass(frozen=True)
class Rate:
    """A rate with what stands beside it: how many answered, of how many that were due."""

    formula: Formula
    hit: Figure
    answered: Figure
    due: Figure

    @property
    def n(self) -> int:
        """How many the rate rests on."""
        return self.base.value

    @property
    def base(self) -> Figure:
        """What the rate is a share of."""
        return self.due if self.formula.base == self.formula.due else self.answered

    @property
    def share(self) -> float | None:
        """From 0 to 1; None when there is nothing to count."""
        return _share(self.hit.value, self.n)

    @property
    def coverage(self) -> float | None:
        """The answered ones of those due, from 0 to 1; None when none is due."""
        return _share(self.answered.value, self.due.value)

    @property
    def exact(self) -> bool:
        """Whether it rests on enough to be told, and compared, as a percentage."""
        return self.n >= FEW

    @property
    def band(self) -> str:
        """高 from 90 %, 中 from 70 %, else 低; empty when there is nothing to count."""
        share = self.share
        return "" if share is None else next(name for least, name in _BANDS if share >= least)

    @property
    def text(self) -> str:
        """The rate as it may be told: 92.3%, or its band when it rests on too few."""
        if self.share is None:
            return "没有数据"
        return f"{self.share:.1%}" if self.exact else f"{self.band}（不足{FEW}件，只分档）"


_SENT_BACK = "退回重办中的按没有解决、不满意计；没有回答的不算满意。政策不支持的另列，不计入。"
RATES = (
    Formula(
        "响应率",
        "期限内联系上市民的 ÷ 应首次联系的（限期在这段时间里）。覆盖率 = 已联系上的 ÷ 应首次联系的。",
        "contacted_in_time",
        "contacted",
        "contact_due",
        base="contact_due",
    ),
    Formula(
        "解决率",
        "市民说解决了的 ÷ 回访有回答的（答复在这段时间里）。覆盖率 = 有回答的 ÷ 应回访的。" + _SENT_BACK,
        "solved",
        "answered",
        "replied",
        base="answered",
    ),
    Formula(
        "满意率",
        "满意和基本满意的 ÷ 评价了满意度的（答复在这段时间里）。覆盖率 = 有评价的 ÷ 应回访的。" + _SENT_BACK,
        "pleased",
        "rated",
        "replied",
        base="rated",
    ),
)
EXPLAINED = Formula(
    "政策不支持：满意率",
    "已解释、现行政策不支持的，单独计：满意和基本满意的 ÷ 评价了满意度的。覆盖率 = 有评价的 ÷ 已解释的。",
    "explained_pleased",
    "explained_rated",
    "explained",
    base="explained_rated",
)


def rate(formula: Formula, figure: Callable[[str], Figure]) -> Rate:
    """Return the rate of `formula`; `figure` gives the count of a measure with its query."""
    return Rate(formula, figure(formula.hit), figure(formula.answered), figure(formula.due))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
