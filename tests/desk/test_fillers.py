from __future__ import annotations

from pathlib import Path

import pytest

from desk.spelling import Spelling, check

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    return Spelling(DATA)


@pytest.mark.parametrize(
    "said", ["嗯我想问一下材料怎么交", "我想问一下那个材料怎么交", "就是说我想问一下嗯嗯材料怎么交"]
)
def test_fillers_are_no_reason_for_a_topic(spelling: Spelling, said: str) -> None:
    assert spelling.canonical(said) == spelling.canonical("我想问一下材料怎么交")


@pytest.mark.parametrize("said", ["嗯", "嗯嗯，好的", "那个", "嗯，那个，对"])
def test_a_filler_that_is_all_or_nearly_all_stays(spelling: Spelling, said: str) -> None:
    assert spelling.canonical(said) == said


@pytest.mark.parametrize("said", ["离职那个月的社保谁来交", "上次接电话那个人态度很差"])
def test_a_word_that_points_at_something_is_no_filler(spelling: Spelling, said: str) -> None:
    assert spelling.canonical(said) == said


def test_what_was_heard_keeps_its_fillers(spelling: Spelling) -> None:
    assert spelling.corrected("嗯我想问一下材料怎么交") == "嗯我想问一下材料怎么交"


def test_a_filler_that_is_no_pattern_is_a_fault(tmp_path: Path) -> None:
    text = (DATA / "vocabulary.yml").read_text().replace("fillers: ['嗯+'", "fillers: ['嗯+('")
    (tmp_path / "vocabulary.yml").write_text(text)
    assert any("fillers" in fault and "no pattern" in fault for fault in check(tmp_path))
