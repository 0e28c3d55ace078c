"""The table of a run: ours, stock, how they compare, and whether that is what we want."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.benchmarks.measure import LONG, Figures


@dataclass(frozen=True)
class Row:
    """One line: a name, a unit, and the least factor by which ours has to be better."""

    name: str
    unit: str
    factor: float | None = None
    more_is_better: bool = False


_ROWS = (
    Row("training", "s", 4),
    Row("start", "s", 4),
    Row("memory", "MB", 2),
    Row("first turn", "ms"),
    *(Row(f"{kind} p50 @{n}", "ms", 4) for kind in ("plain", "action") for n in (1, 8)),
    *(Row(f"{kind} p95 @{n}", "ms") for kind in ("plain", "action") for n in (1, 8)),
    *(
        Row(f"{kind} per s @{n}", "/s", 8 if n == 8 else None, True)
        for kind in ("plain", "action")
        for n in (1, 8)
    ),
)
_GROWTH = 1.3
_PAGE_SECONDS = 2.0


def lines(figures: Figures, epochs: int, sentences: int) -> list[str]:
    """The report, line by line; stock was trained for `epochs` on `sentences`, 0 for all."""
    found = [f"{'':22}{'ours':>10}{'stock':>10}{'floor':>10}{'better by':>11}  target"]
    found += [_line(figures, row) for row in _ROWS]
    found += [line for n in LONG for line in _growth(figures, n)]
    page = figures.middle("ours", "page up") or 0.0
    found.append(
        f"{'page up, s':22}{page:10.1f}{'':31}  <= {_PAGE_SECONDS:.0f} s{_met(page <= _PAGE_SECONDS)}"
    )
    return [*found, "", *_notes(figures, epochs, sentences)]


def as_data(figures: Figures) -> dict[str, Any]:
    """Everything that was measured, for a file."""
    values: dict[str, dict[str, list[float]]] = {}
    for (system, name), numbers in figures.values.items():
        values.setdefault(system, {})[name] = [round(number, 3) for number in numbers]
    return {"values": values, "as meant": _as_meant(figures), "repeats": figures.repeats}


def _line(figures: Figures, row: Row) -> str:
    ours, stock, floor = (figures.middle(system, row.name) for system in ("ours", "stock", "floor"))
    text = f"{f'{row.name}, {row.unit}':22}{_number(ours)}{_number(stock)}{_number(floor)}"
    if not ours or not stock:
        return text
    better = ours / stock if row.more_is_better else stock / ours
    text += f"{better:10.1f}x"
    return text + (f"  >= {row.factor:g}x{_met(better >= row.factor)}" if row.factor else "")


def _growth(figures: Figures, turn: int) -> list[str]:
    """Turn N of one conversation against the first turns that were timed beside it."""
    pair = [
        (figures.middle(s, f"turn {turn}"), figures.middle(s, f"turn 1 beside {turn}"))
        for s in ("ours", "stock")
    ]
    (ours, ours_first), (stock, stock_first) = pair
    if not (ours and ours_first and stock and stock_first):
        return []
    text = f"{f'turn {turn}, ms':22}{ours:10.1f}{stock:10.1f}{'':10}{stock / ours:10.1f}x"
    growth = f"{'  of turn 1':22}{ours / ours_first:9.2f}x{stock / stock_first:9.2f}x{'':21}"
    return [text, growth + f"  <= {_GROWTH}x{_met(ours / ours_first <= _GROWTH)}"]


def _notes(figures: Figures, epochs: int, sentences: int) -> list[str]:
    on = f"about {sentences}" if sentences else "all"
    shares = ", ".join(f"{name} {share:.0%}" for name, share in _as_meant(figures).items())
    return [
        "Medians over the rounds; ours, stock and floor in turn. @8: eight in flight, each another citizen.",
        "plain: answered by a response that the benchmark adds to both models (plain.yml), as every intent",
        "of the product goes to the action server. action: the same action server for both. A conversation",
        "has five turns, but for the long ones. turn N: median round N, beside first turns of others.",
        "floor: an echo and one SQLite commit. training: when each model was made, on this machine;",
        f"stock on {on} of the sentences for {epochs} of its 100 epochs. That changes its training, which",
        "takes hours otherwise, and its memory, not what a turn costs it.",
        f"Answered as meant: {shares}. Sentences said twice in a round: {figures.repeats}.",
    ]


def _as_meant(figures: Figures) -> dict[str, float]:
    return {f"{system} {kind}": sum(found) / len(found) for (system, kind), found in figures.answered.items()}


def _number(value: float | None) -> str:
    return f"{value:10.1f}" if value is not None else f"{'-':>10}"


def _met(met: bool) -> str:
    return "" if met else "  NOT MET"
