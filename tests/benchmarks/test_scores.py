from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.listening import Heard
from tests.benchmarks.scores import Pair, Question, figures, report, right
from tests.benchmarks.understanding import read_questions, side_by_side, write


def pair(
    topic: str, label: str, kind: str = "answered", second: str = "", confidence: float = 0.9, **more: Any
) -> Pair:
    """A question about `topic` that was heard as `label`; `wanted` and `heard_place`: of its place."""
    question = Question("1", "一句话", topic, second, more.get("wanted", ""))
    place, took = more.get("heard_place", ""), more.get("took", 10.0)
    return question, Heard(label, confidence, "office", 0.05, kind, place, took)


PAIRS = [
    pair("materials", "materials", confidence=0.95),
    pair("materials", "process", second="process", confidence=0.65),
    pair("materials", "process", confidence=0.85),
    pair("process", "process", confidence=1.0),
    pair("process", "office", "asked_back", confidence=0.4),
    pair("process", "oos_social", "refused", confidence=0.8),
    pair("oos_social", "oos_other", "refused", confidence=0.8),
    pair("oos_other", "materials", "asked_back", confidence=0.3),
    pair("oos_other", "status", "answered", confidence=0.7),
    pair("chitchat", "chitchat", "refused", confidence=0.9),
]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("questions", 10),
        ("main", 3 / 10),
        ("main_or_second", 4 / 10),
        # Six are about our matters; small talk and what is not ours are not among them.
        ("main_or_second_in_scope", 3 / 6),
        # materials 1/3, process 1/3, oos_social 0, oos_other 0, chitchat 1.
        ("macro_recall", (1 / 3 + 1 / 3 + 0 + 0 + 1) / 5),
        # Which of the two it is does not matter to who is told that it is not ours.
        ("out_of_scope_recall", 1 / 3),
        ("out_of_scope_not_answered", 2 / 3),
        ("false_refusals", 1 / 6),
        ("confidently_wrong", 2 / 10),
        ("asked_back", 2 / 10),
        ("place", None),
        ("milliseconds_median", 10.0),
        ("kinds", {"answered": 5, "asked_back": 2, "refused": 3}),
    ],
)
def test_each_figure_is_what_its_name_says(name: str, value: object) -> None:
    found = figures(PAIRS)[name]
    assert found == (pytest.approx(value) if isinstance(value, float) else value)


def test_every_label_has_its_own_share() -> None:
    found = figures(PAIRS)["labels"]
    assert list(found) == ["chitchat", "materials", "oos_other", "oos_social", "process"]
    assert found["materials"] == {
        "n": 3,
        "main": pytest.approx(1 / 3),
        "main_or_second": pytest.approx(2 / 3),
    }


def test_the_commonest_confusion_stands_first_and_a_second_ask_is_none() -> None:
    confusions = figures([*PAIRS, pair("process", "office")])["confusions"]
    assert confusions[0] == {"asked": "process", "heard": "office", "times": 2}
    assert {"asked": "materials", "heard": "process", "times": 1} in confusions


@pytest.mark.parametrize(
    ("confidences", "error"),
    [
        ([(1.0, True)], 0.0),
        ([(1.0, False)], 1.0),
        ([(0.5, True), (0.5, False)], 0.0),
        ([(0.75, True), (0.75, False)], 0.25),
        # Two bins, each weighed by its size: 0.1 of one in three, 0.2 of two in three.
        ([(0.9, True), (0.2, False), (0.2, False)], 0.1 / 3 + 0.2 * 2 / 3),
    ],
)
def test_confidences_that_hold_have_no_calibration_error(
    confidences: list[tuple[float, bool]], error: float
) -> None:
    pairs = [pair("status", "status" if true else "office", confidence=c) for c, true in confidences]
    assert figures(pairs)["calibration_error"] == pytest.approx(error)


@pytest.mark.parametrize(
    ("wanted", "heard", "same"),
    [
        ("2", "2", 1.0),
        ("2|5", "5|2", 1.0),
        ("2", "2|5", 0.0),
        ("none", "none", 1.0),
        ("2", "", 0.0),
        ("ask", "2", 0.0),
    ],
)
def test_a_place_is_right_when_the_same_offices_are_meant_in_any_order(
    wanted: str, heard: str, same: float
) -> None:
    found = figures([pair("office", "office", wanted=wanted, heard_place=heard), pair("office", "office")])
    assert found["place"] == same


def test_the_median_is_of_the_time_a_message_took() -> None:
    assert (
        figures([pair("status", "status", took=took) for took in (1.0, 2.0, 90.0)])["milliseconds_median"]
        == 2.0
    )


def test_the_second_ask_counts_and_no_second_ask_is_not_the_empty_label() -> None:
    assert right(*pair("materials", "process", second="process"))
    assert right(*pair("materials", "materials", second="process"))
    assert not right(*pair("materials", ""))


def test_the_report_shows_only_wrong_answers_and_the_surest_first() -> None:
    text = report(figures(PAIRS), PAIRS)
    wrong = text.partition("## Answered wrongly")[2].strip().splitlines()
    assert [line.split(": ")[0] for line in wrong] == [
        "- 1 materials -> process 0.85",
        "- 1 oos_other -> status 0.70",
    ]
    assert "- main: 0.300" in text
    assert "- place: None" in text
    assert "| materials | 3 | 0.333 | 0.667 |" in text


def test_the_three_files_are_written_and_the_predictions_have_a_line_for_each_question(
    tmp_path: Path,
) -> None:
    found = write(tmp_path / "new" / "out", PAIRS)
    lines = (tmp_path / "new" / "out" / "predictions.tsv").read_text().splitlines()
    assert lines[0].split("\t") == ["id", "label", "confidence", "label2", "confidence2", "kind", "place"]
    assert lines[1].split("\t") == ["1", "materials", "0.9500", "office", "0.0500", "answered", ""]
    assert len(lines) == 11
    assert json.loads((tmp_path / "new" / "out" / "report.json").read_text())["main"] == found["main"]
    assert (tmp_path / "new" / "out" / "report.md").read_text().startswith("# Understanding")


def test_two_reports_are_shown_side_by_side(tmp_path: Path) -> None:
    shown = side_by_side({"config.yml": figures(PAIRS), "other.yml": figures(PAIRS[:1])}).splitlines()
    assert shown[0].split() == ["config.yml", "other.yml"]
    assert next(line for line in shown if line.startswith("main ")).split() == ["main", "0.300", "1.000"]


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("", "id、text、topic"),
        ("id,text,topic\n1,怎么领,process\n", "id、text、topic"),
        ("id\ttext\n1\t怎么领\n", "topic"),
    ],
)
def test_a_file_without_the_columns_stops_with_a_sentence(tmp_path: Path, text: str, missing: str) -> None:
    path = tmp_path / "questions.tsv"
    path.write_text(text)
    with pytest.raises(SystemExit) as raised:
        read_questions(path)
    assert str(raised.value).startswith(f"{path}: 缺少列 {missing}（")


def test_a_file_without_questions_stops_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "questions.tsv"
    path.write_text("id\ttext\ttopic\n")
    with pytest.raises(SystemExit, match="没有问题"):
        read_questions(path)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_questions_are_read_with_their_quotes_and_without_the_columns_that_are_missing(
    tmp_path: Path, mark: str
) -> None:
    path = tmp_path / "questions.tsv"
    path.write_text(f'{mark}id\ttext\ttopic\tplace\n7\t"怎么领\tprocess\t2|5\n8\t去哪\toffice\n')
    assert read_questions(path) == [
        Question("7", '"怎么领', "process", "", "2|5"),
        Question("8", "去哪", "office"),
    ]
