"""What a load showed, beside what is asked for."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

from tests.benchmarks.crowding import Watched
from tests.benchmarks.visitor import Told

_WARM_MINUTES = 2.0
# Seconds, and the growth of memory from the second minute on.
P95, P99, GROWTH, SIGN, DRAINED = 1.5, 4.0, 0.05, 5.0, 60.0


@dataclass(frozen=True)
class Report:
    """Both loads, the breaches found in the tables, and the lines of the logs that tell of errors."""

    given: argparse.Namespace
    talks: Watched
    crowd: Watched
    breaches: list[str]
    log_errors: list[str]

    @property
    def rows(self) -> list[tuple[str, str, str, bool]]:
        """What was measured: name, value, what is asked for, whether that is met."""
        return [*_talking(self), *_bursting(self), _row("breaches of the tables", len(self.breaches), 0, "")]

    @property
    def held(self) -> bool:
        """Whether everything is met."""
        return all(met for _, _, _, met in self.rows)


def lines(report: Report) -> list[str]:
    """The report as Markdown, line by line."""
    given, talks = report.given, report.talks
    found = [
        f"# {given.citizens} citizens for {given.minutes:g} min, then {given.burst} people at once",
        "",
        f"{'PostgreSQL' if given.postgresql else 'SQLite'}, {os.cpu_count()} cores; load average "
        f"{' '.join(f'{load:.1f}' for _, _, load in talks.samples[::6])}; of the burst "
        f"{report.crowd.samples[-1][2]:.1f}. The citizens and WeChat run on the same cores.",
        "",
        "| | measured | asked for | |",
        "|---|---:|---:|---|",
        *(
            f"| {name} | {value} | {asked} | {'' if met else 'NOT MET'} |"
            for name, value, asked, met in report.rows
        ),
        "",
        "| process | MB at the mark | MB at the end | growth | CPU ms a message | CPU |",
        "|---|---:|---:|---:|---:|---:|",
        *_processes(talks),
        "",
        *(f"- {kind}: {count}" for kind, count in _faults(talks, report.crowd).most_common()),
        *(f"- breach {breach}" for breach in report.breaches[:20]),
        *(f"- log {line[:200]}" for line in report.log_errors[:20]),
    ]
    return found


def as_data(report: Report) -> dict[str, Any]:
    """Everything that was measured, for a file."""
    return {
        "given": vars(report.given),
        "rows": [dict(zip(("name", "value", "asked", "met"), row, strict=True)) for row in report.rows],
        "samples": [
            {
                "second": round(at),
                "load": load,
                "MB": {name: round(t.megabytes, 1) for name, t in taken.items()},
            }
            for at, taken, load in report.talks.samples
        ],
        "talks": [_told(told) for told in report.talks.told],
        "burst": [_told(told) for told in report.crowd.told],
        "breaches": report.breaches,
        "log errors": report.log_errors,
    }


def _talking(report: Report) -> list[tuple[str, str, str, bool]]:
    talks = report.talks
    told = [each for each in talks.told if each.channel != "page"]
    cuts = quantiles([each.answered for each in told if each.answered is not None], n=100, method="inclusive")
    pages = quantiles(talks.pages, n=20, method="inclusive")
    return [
        _row("messages", len(told)),
        _row("messages a second", len(told) / talks.samples[-1][0]),
        _row("answer p50, s", cuts[49]),
        _row("answer p95, s", cuts[94], P95),
        _row("answer p99, s", cuts[98], P99),
        _row("page with its files p95, s", pages[18]),
        _row("errors", sum(bool(each.fault) for each in talks.told), 0, ""),
        _row("without an answer", sum(each.answered is None for each in told), 0, ""),
        _row("answers missing in the stream", talks.unstreamed, 0, ""),
        *(
            _row(f"memory of {name}, growth %", 100 * grown, 100 * GROWTH)
            for name, grown in growth(talks).items()
        ),
    ]


def _bursting(report: Report) -> list[tuple[str, str, str, bool]]:
    told = report.crowd.told
    web, wechat = ([t for t in told if t.channel == channel] for channel in ("web", "wechat"))
    drained = max(each.at + (each.answered or 0) for each in told) - min(each.at for each in told)
    first = max(each.sign for each in told if each.sign is not None)
    found = [
        _row(f"burst: {len(web)} on the web, answer p95, s", _p95(web)),
        _row(f"burst: {len(wechat)} with WeChat, answer p95, s", _p95(wechat)),
        _row("burst: the last sign to anybody after, s", first, SIGN),
        _row("burst: drained after, s", drained, DRAINED),
        _row("burst: errors", sum(bool(each.fault) for each in told), 0, ""),
        _row("burst: silent", sum(each.answered is None for each in told), 0, ""),
        _row("burst: answers missing in the stream", report.crowd.unstreamed, 0, ""),
    ]
    return found


def growth(watched: Watched) -> dict[str, float]:
    """How much each process grew from the second minute (of a short run, the middle) to the end."""
    mark, end = _mark(watched), watched.samples[-1][1]
    return {name: end[name].megabytes / mark[name].megabytes - 1 for name in end}


def _mark(watched: Watched) -> Any:
    at = min(_WARM_MINUTES * 60, watched.samples[-1][0] / 2)
    return min(watched.samples, key=lambda sample: abs(sample[0] - at))[1]


def _processes(watched: Watched) -> list[str]:
    mark, (wall, end, _), first = _mark(watched), watched.samples[-1], watched.samples[0][1]
    grown = growth(watched)
    found = []
    for name, taken in end.items():
        spent = taken.seconds - first[name].seconds
        found.append(
            f"| {name} | {mark[name].megabytes:.0f} | {taken.megabytes:.0f} | {grown[name]:.1%} | "
            f"{1000 * spent / len(watched.told):.1f} | {spent / wall:.0%} |"
        )
    return found


def _faults(*loads: Watched) -> Counter[str]:
    return Counter(f"{told.channel} {told.fault}" for load in loads for told in load.told if told.fault)


def _p95(told: list[Told]) -> float:
    spans = [each.answered for each in told if each.answered is not None]
    return quantiles(spans, n=20, method="inclusive")[18] if len(spans) > 1 else 0.0


def _row(name: str, value: float, most: float | None = None, sign: str = "≤ ") -> tuple[str, str, str, bool]:
    shown = f"{value}" if isinstance(value, int) else f"{value:.2f}"
    return name, shown, "" if most is None else f"{sign}{most:g}", most is None or value <= most


def _told(told: Told) -> list[Any]:
    spans = (told.answered, told.sign)
    return [
        told.channel,
        *(None if span is None else round(span, 3) for span in spans),
        told.fault,
        told.late,
    ]
