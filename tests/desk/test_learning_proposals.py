"""Proposals: two people, a cap for each sender, and a history that keeps every step."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from desk.errors import NotFound
from desk.learning import NOTHING, Clash, Feedback, Forbidden, Labels, Missed, Proposals, Story, Unfit
from tests.desk.learning_room import (
    ATLAS,
    NAMES,
    NEW,
    PLANTED_PHONE,
    labelled,
    line,
    repository,
    said,
)
from tests.desk.ticket_room import Moment


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return repository(tmp_path / "repository")


@pytest.fixture
def proposals(engine: Engine, data: Path, now: Moment) -> Proposals:
    return Proposals(engine, data, NAMES, ATLAS, now)


@pytest.fixture
def labels(engine: Engine, now: Moment) -> Labels:
    return Labels(engine, NAMES, now)


def test_a_labelled_item_becomes_a_draft_of_its_topic(proposals: Proposals, engine: Engine) -> None:
    made = line(proposals, engine, NEW[0])
    assert (made.kind, made.topic, made.text) == ("example", "materials", NEW[0])
    assert (made.state, made.author) == ("draft", "运维01")
    assert proposals.all() == [made]


def test_better_words_may_be_proposed_than_those_that_were_said(proposals: Proposals, engine: Engine) -> None:
    item = labelled(engine, f"我{PLANTED_PHONE}想问{NEW[0]}")
    with pytest.raises(Unfit) as raised:
        proposals.propose_line(item, "运维01")
    assert raised.value.reason == "placeholder"
    with pytest.raises(Unfit) as raised:
        proposals.propose_line(item, "运维01", f"{NEW[0]} {PLANTED_PHONE}")
    assert raised.value.reason == "number"
    assert proposals.propose_line(item, "运维01", NEW[0]).text == NEW[0]


def test_an_item_without_a_topic_cannot_be_proposed(
    proposals: Proposals, engine: Engine, labels: Labels
) -> None:
    item = said(engine, NEW[0])
    for label in (None, NOTHING):
        if label:
            labels.label(item, label, "运维01")
        with pytest.raises(Unfit) as raised:
            proposals.propose_line(item, "运维01")
        assert raised.value.reason == "no_label"
    with pytest.raises(NotFound):
        proposals.propose_line("m999", "运维01")
    assert proposals.all() == []


def test_a_line_that_is_in_the_files_or_on_its_way_is_refused(proposals: Proposals, engine: Engine) -> None:
    with pytest.raises(Unfit) as raised:
        line(proposals, engine, "我要投诉")
    assert raised.value.reason == "other_topic"
    made = line(proposals, engine, NEW[0])
    with pytest.raises(Unfit) as raised:
        line(proposals, engine, NEW[0] + "呢")
    assert raised.value.reason == "near_duplicate"
    proposals.withdraw(made.id, "运维01")
    assert line(proposals, engine, NEW[0] + "呢").state == "draft"


def test_nobody_approves_or_rejects_what_they_proposed(proposals: Proposals, engine: Engine) -> None:
    made = line(proposals, engine, NEW[0])
    for decide in (
        lambda: proposals.approve(made.id, "运维01"),
        lambda: proposals.reject(made.id, "运维01", "不好"),
    ):
        with pytest.raises(Forbidden) as raised:
            decide()
        assert raised.value.reason == "own_proposal"
    assert [one.state for one in proposals.all()] == ["draft"]
    approved = proposals.approve(made.id, "运维02")
    assert (approved.state, approved.decided_by) == ("approved", "运维02")


def test_only_the_author_withdraws_and_only_a_draft(proposals: Proposals, engine: Engine) -> None:
    made = line(proposals, engine, NEW[0])
    with pytest.raises(Forbidden):
        proposals.withdraw(made.id, "运维02")
    proposals.approve(made.id, "运维02")
    with pytest.raises(Forbidden) as raised:
        proposals.withdraw(made.id, "运维01")
    assert "已批准" in raised.value.sentence


def test_a_rejection_has_a_reason_and_ends_the_matter(proposals: Proposals, engine: Engine) -> None:
    made = line(proposals, engine, NEW[0])
    with pytest.raises(Forbidden):
        proposals.reject(made.id, "运维02", "  ")
    with pytest.raises(Unfit):
        proposals.reject(made.id, "运维02", "长" * 201)
    assert proposals.reject(made.id, "运维02", "不像市民说的话").reason == "不像市民说的话"
    with pytest.raises(Forbidden):
        proposals.approve(made.id, "运维03")
    with pytest.raises(NotFound):
        proposals.approve(999, "运维02")


def test_every_step_stays_in_the_history(proposals: Proposals, engine: Engine, now: Moment) -> None:
    made = line(proposals, engine, NEW[0])
    now.later(days=1)
    proposals.approve(made.id, "运维02")
    proposals.download("运维03")
    proposals.reject(made.id, "运维02", "没有合并")
    steps = [(step.move, step.to_state, step.staff_id, step.reason) for step in proposals.history(made.id)]
    assert steps == [
        ("propose", "draft", "运维01", ""),
        ("approve", "approved", "运维02", ""),
        ("download", "downloaded", "运维03", ""),
        ("reject", "rejected", "运维02", "没有合并"),
    ]
    assert (proposals.history(made.id)[1].at - proposals.history(made.id)[0].at).days == 1


def test_one_sender_fills_no_more_than_three_lines_of_a_change(proposals: Proposals, engine: Engine) -> None:
    kept = [line(proposals, engine, text, sender="web-a") for text in NEW[:3]]
    with pytest.raises(Unfit) as raised:
        line(proposals, engine, NEW[3], sender="web-a")
    assert raised.value.reason == "sender"
    proposals.withdraw(kept[0].id, "运维01")
    assert line(proposals, engine, NEW[3], sender="web-a").state == "draft"
    assert line(proposals, engine, NEW[0], sender="web-b").state == "draft"


def test_nothing_of_a_proposal_tells_the_sender(proposals: Proposals, engine: Engine) -> None:
    made = line(proposals, engine, NEW[0], sender="web-secret")
    proposals.approve(made.id, "运维02")
    told = f"{proposals.all()}{proposals.history(made.id)}{proposals.changes().decode()}"
    assert "secret" not in told


def test_what_an_agent_marked_has_no_sender_and_no_cap(
    proposals: Proposals, engine: Engine, labels: Labels
) -> None:
    for text in NEW:
        Feedback(engine).wrong(text, "kunming.materials.overview", "office", "座席07")
    for item in Missed(engine).items():
        labels.label(item.id, "materials", "运维01")
        proposals.propose_line(item.id, "运维01")
    assert sorted(one.text for one in proposals.all()) == sorted(NEW)


def test_a_test_of_the_conversation_is_no_sentence_of_the_training(
    proposals: Proposals, engine: Engine
) -> None:
    item = labelled(engine, "我要投诉", "complaint")
    with pytest.raises(Unfit) as raised:
        proposals.propose_story(item, "运维01", Story("投诉", "我要投诉", ("经过",)))
    assert raised.value.reason == "duplicate"
    line(proposals, engine, NEW[0])
    with pytest.raises(Unfit):
        proposals.propose_story(labelled(engine, NEW[0]), "运维01", Story("锅", NEW[0], ("社会保障卡",)))


def test_of_two_who_decide_at_once_one_is_told(
    proposals: Proposals, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = line(proposals, engine, NEW[0])
    proposals.approve(made.id, "运维02")
    # The other one had read the draft a moment earlier.
    monkeypatch.setattr("desk.learning.ledger.one", lambda *_: made)
    with pytest.raises(Clash) as raised:
        proposals.reject(made.id, "运维03", "不好")
    assert "请刷新" in raised.value.sentences[0]
