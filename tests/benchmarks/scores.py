"""What a file of predictions is worth: the figures of a report, and the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from desk.doubt import OUTSIDE, TALK
from tests.benchmarks.listening import Heard

_BINS = 10


@dataclass(frozen=True)
class Question:
    """A question of the file: `second_topic` and `place` may be empty."""

    id: str
    text: str
    topic: str
    second_topic: str = ""
    place: str = ""


Pair = tuple[Question, Heard]


def figures(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Return every figure of the report; a share is 0..1, None where nothing was there to be counted."""
    ours = [pair for pair in pairs if pair[0].topic not in OUTSIDE]
    asked = [pair for pair in ours if pair[0].topic != TALK]
    outside = [pair for pair in pairs if pair[0].topic in OUTSIDE]
    placed = [pair for pair in pairs if pair[0].place]
    return {
        "questions": len(pairs),
        "main": _share(pairs, _main),
        "main_or_second": _share(pairs, right),
        "main_or_second_in_scope": _share(asked, right),
        "macro_recall": _macro(pairs),
        "out_of_scope_recall": _share(outside, lambda _q, heard: heard.label in OUTSIDE),
        "out_of_scope_not_answered": _share(outside, lambda _q, heard: heard.kind != "answered"),
        "false_refusals": _share(asked, lambda _q, heard: heard.kind == "refused"),
        "confidently_wrong": _share(pairs, _confidently_wrong),
        "asked_back": _share(pairs, lambda _q, heard: heard.kind == "asked_back"),
        "calibration_error": _calibration_error(pairs),
        "place": _share(placed, lambda question, heard: _same_place(question.place, heard.place)),
        "milliseconds_median": median(heard.milliseconds for _, heard in pairs),
        "labels": {label: _of_label(pairs, label) for label in sorted({q.topic for q, _ in pairs})},
        "kinds": dict(Counter(heard.kind for _, heard in pairs)),
        "confusions": [
            {"asked": asked_, "heard": heard_, "times": times}
            for (asked_, heard_), times in Counter(
                (question.topic, heard.label) for question, heard in pairs if not right(question, heard)
            ).most_common(20)
        ],
    }


def right(question: Question, heard: Heard) -> bool:
    """Whether the label is the main or the second ask."""
    return heard.label in {question.topic, question.second_topic or question.topic}


def report(found: dict[str, Any], pairs: Sequence[Pair]) -> str:
    """Return the report in Markdown, with the confusions worth reading at its end."""
    shown = [
        f"- {name}: {_number(value)}" for name, value in found.items() if not isinstance(value, dict | list)
    ]
    table = ["| label | n | main | main or second |", "|---|---|---|---|"]
    for label, row in found["labels"].items():
        table.append(f"| {label} | {row['n']} | {_number(row['main'])} | {_number(row['main_or_second'])} |")
    wrong = [f"- {c['asked']} heard as {c['heard']}: {c['times']}" for c in found["confusions"]]
    sure = [
        f"- {question.id} {question.topic} -> {heard.label} {heard.confidence:.2f}: {question.text[:60]}"
        for question, heard in sorted(pairs, key=lambda pair: -pair[1].confidence)
        if _confidently_wrong(question, heard)
    ]
    parts = [
        "# Understanding",
        "",
        *shown,
        "",
        *table,
        "",
        "## Confusions",
        *wrong,
        "",
        "## Answered wrongly",
    ]
    return "\n".join([*parts, *sure[:60], ""])


def _main(question: Question, heard: Heard) -> bool:
    return question.topic == heard.label


def _confidently_wrong(question: Question, heard: Heard) -> bool:
    """An answer to another question; to show another door, or a person, is no wrong answer."""
    return heard.kind == "answered" and not right(question, heard)


def _share(pairs: Sequence[Pair], holds: Callable[[Question, Heard], bool]) -> float | None:
    return sum(holds(*pair) for pair in pairs) / len(pairs) if pairs else None


def _macro(pairs: Sequence[Pair]) -> float:
    names = {question.topic for question, _ in pairs}
    shares = [_share([p for p in pairs if p[0].topic == name], _main) or 0.0 for name in names]
    return sum(shares) / len(shares)


def _of_label(pairs: Sequence[Pair], label: str) -> dict[str, Any]:
    own = [pair for pair in pairs if pair[0].topic == label]
    return {"n": len(own), "main": _share(own, _main), "main_or_second": _share(own, right)}


def _calibration_error(pairs: Sequence[Pair]) -> float:
    """The mean distance of confidence and accuracy over ten bins of confidence, weighted by their size."""
    error = 0.0
    for low in range(_BINS):
        held = [p for p in pairs if min(int(p[1].confidence * _BINS), _BINS - 1) == low]
        if held:
            confidence = sum(heard.confidence for _, heard in held) / len(held)
            error += abs(confidence - (_share(held, right) or 0.0)) * len(held) / len(pairs)
    return error


def _same_place(wanted: str, heard: str) -> bool:
    return set(wanted.split("|")) == set(heard.split("|"))


def _number(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
