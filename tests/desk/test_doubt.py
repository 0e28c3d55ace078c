from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.doubt import OUTSIDE, TALK, Guess, Verdict, judge

A, B, C, D = "materials", "process", "office", "status"
SOCIAL, OTHER = sorted(OUTSIDE, reverse=True)


def verdict(**chances: float) -> Verdict:
    """The verdict on labels and their chances, in the order in which they are given."""
    return judge([Guess(label, chance) for label, chance in chances.items()])


@pytest.mark.parametrize("chance", [0.8, 0.95, 1.0])
def test_a_likely_topic_is_answered_whatever_comes_second(chance: float) -> None:
    assert verdict(materials=chance, process=1 - chance) == Verdict("sure", (A,))


def test_just_below_the_border_two_are_asked_about() -> None:
    assert verdict(materials=0.79, process=0.2) == Verdict("between", (A, B))


@pytest.mark.parametrize(("second", "kind"), [(0.099, "sure"), (0.1, "near")])
def test_a_topic_with_nothing_beside_it_needs_less(second: float, kind: str) -> None:
    assert verdict(materials=0.6, process=second, office=0.05).kind == kind


def test_alone_but_unlikely_is_only_near() -> None:
    assert verdict(materials=0.59, process=0.05) == Verdict("near", (A,))


@pytest.mark.parametrize(("chance", "kind"), [(0.6, "sure"), (0.59, "near")])
def test_small_talk_is_believed_sooner_because_nobody_is_refused_by_it(chance: float, kind: str) -> None:
    assert judge([Guess(TALK, chance), Guess(A, 0.3)]).kind == kind


def test_small_talk_is_never_offered_as_a_choice() -> None:
    assert judge([Guess(TALK, 0.5), Guess(A, 0.4)]) == Verdict("near", (A,))
    assert judge([Guess(A, 0.5), Guess(TALK, 0.4)]) == Verdict("near", (A,))
    assert judge([Guess(TALK, 0.5), Guess(A, 0.1)]) == Verdict("far", ())


def test_what_is_surely_not_ours_is_not_ours_whichever_of_the_two_it_is() -> None:
    assert judge([Guess(SOCIAL, 0.5), Guess(OTHER, 0.31)]) == Verdict("sure", (SOCIAL,))
    assert judge([Guess(SOCIAL, 0.5), Guess(OTHER, 0.27)]) == Verdict("between", (SOCIAL, OTHER))
    assert judge([Guess(SOCIAL, 0.5), Guess(A, 0.31)]).kind == "between"
    assert judge([Guess(A, 0.44), Guess(SOCIAL, 0.43), Guess(OTHER, 0.13)]).kind == "between"


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [(0.5, 0.25, "between"), (0.5, 0.24, "near"), (0.75, 0.15, "between"), (0.75, 0.14, "near")],
)
def test_two_are_asked_about_when_they_leave_no_room_for_a_third(
    first: float, second: float, kind: str
) -> None:
    assert verdict(materials=first, process=second, office=0.0).kind == kind


def test_at_most_three_are_near_and_none_without_weight() -> None:
    assert verdict(materials=0.3, process=0.25, office=0.2, status=0.15) == Verdict("near", (A, B, C))
    assert verdict(materials=0.4, process=0.125, office=0.12) == Verdict("near", (A, B))


@pytest.mark.parametrize(("chance", "kind"), [(0.25, "near"), (0.249, "far")])
def test_below_a_quarter_nothing_of_ours_was_meant(chance: float, kind: str) -> None:
    assert verdict(materials=chance, process=0.2, office=0.2).kind == kind


@pytest.mark.parametrize(
    ("label", "chance", "kind"),
    [
        (A, 1.0, "sure"),
        (A, 0.6, "sure"),
        (A, 0.5, "near"),
        (A, 0.2, "far"),
        (TALK, 0.6, "sure"),
        (TALK, 0.3, "far"),
    ],
)
def test_one_guess_alone_is_judged_too(label: str, chance: float, kind: str) -> None:
    assert judge([Guess(label, chance)]).kind == kind


LABELS = (A, B, C, D, TALK, SOCIAL, OTHER)


@given(st.lists(st.integers(0, 100), min_size=1, max_size=7).filter(any))
def test_a_verdict_names_as_many_guessed_labels_as_its_kind_promises(weights: list[int]) -> None:
    chances = sorted((weight / sum(weights) for weight in weights), reverse=True)
    found = judge([Guess(label, chance) for label, chance in zip(LABELS, chances, strict=False)])
    assert len(found.labels) in {"sure": {1}, "between": {2}, "near": {1, 2, 3}, "far": {0}}[found.kind]
    assert set(found.labels) <= set(LABELS[: len(chances)])
    assert found.kind == "sure" or TALK not in found.labels
