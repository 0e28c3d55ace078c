"""The operator's inbox: what comes into it, what never does, and who labelled what."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Engine

from desk.errors import InvalidInput, NotFound
from desk.inbox import ANSWERED, ASKED_BACK, FORM, NEEDS_HUMAN, NOT_UNDERSTOOD, REFUSED
from desk.learning import KINDS, NOTHING, Clash, Feedback, Forbidden, Labels, Missed, Unfit
from desk.learning.tables import CardFeedbackRow, LabelEventRow
from tests.desk.learning_room import NAMES, NOON, PLANTED_PHONE, said
from tests.desk.ticket_room import Moment


@pytest.fixture
def missed(engine: Engine) -> Missed:
    return Missed(engine)


@pytest.fixture
def labels(engine: Engine, now: Moment) -> Labels:
    return Labels(engine, NAMES, now)


def test_what_went_wrong_comes_in_and_what_went_well_does_not(missed: Missed, engine: Engine) -> None:
    said(engine, "那个咋整", NOT_UNDERSTOOD, at=NOON)
    said(engine, "卡的事", ASKED_BACK, label="payment_bank", at=NOON + timedelta(minutes=1))
    said(engine, "公积金", REFUSED, label="oos_other", at=NOON + timedelta(minutes=2))
    said(engine, "断了", None, state=NEEDS_HUMAN, at=NOON + timedelta(minutes=3))
    said(engine, "要带什么", ANSWERED, label="materials")
    said(engine, "五华区", FORM)
    said(engine, "要带什么材料", ASKED_BACK, payload="/materials")
    found = [(item.kind, item.text, item.guess) for item in missed.items()]
    assert found == [
        ("needs_human", "断了", None),
        ("refused", "公积金", "oos_other"),
        ("asked_back", "卡的事", "payment_bank"),
        ("not_understood", "那个咋整", None),
    ]
    assert [item.text for item in missed.items(kinds=["refused", "needs_human"])] == ["断了", "公积金"]
    assert [item.text for item in missed.items(limit=1)] == ["断了"]


@pytest.mark.parametrize("name", ["card", "topic"])
def test_a_number_does_not_pass_for_a_card(engine: Engine, now: Moment, name: str) -> None:
    given = {"card": "kunming.materials.overview", "topic": "materials", name: PLANTED_PHONE}
    with pytest.raises(InvalidInput, match=name):
        Feedback(engine, now).wrong("钱没到", staff_id="s", **given)


def test_what_an_agent_marks_as_wrong_comes_in_redacted(missed: Missed, engine: Engine, now: Moment) -> None:
    feedback = Feedback(engine, now)
    feedback.wrong(f"我电话{PLANTED_PHONE}，钱没到", "kunming.materials.overview", "materials", "座席07")
    feedback.used("要带什么", "kunming.materials.overview", "materials", "座席07")
    (item,) = missed.items()
    assert (item.kind, item.text, item.guess) == ("marked_wrong", "我电话〔手机号#1〕，钱没到", "materials")
    with engine.connect() as connection:
        rows = connection.execute(select(CardFeedbackRow.verdict, CardFeedbackRow.words)).all()
    assert rows == [("wrong", "我电话〔手机号#1〕，钱没到"), ("used", "要带什么")]


@pytest.mark.parametrize(
    ("card", "topic", "staff", "reason"),
    [("", "materials", "s", "card"), ("c", "x" * 41, "s", "topic"), ("c", "materials", "", "staff_id")],
)
def test_a_mark_without_its_card_or_its_agent_is_refused(
    engine: Engine, card: str, topic: str, staff: str, reason: str
) -> None:
    with pytest.raises(InvalidInput) as raised:
        Feedback(engine).wrong("钱没到", card, topic, staff)
    assert raised.value.reason == reason


def test_a_mark_is_taken_back_by_its_agent_within_half_an_hour(
    missed: Missed, engine: Engine, now: Moment
) -> None:
    feedback = Feedback(engine, now)
    entry = feedback.wrong("钱没到", "c", "materials", "s")
    with pytest.raises(NotFound):
        feedback.take_back(entry, "another")
    feedback.take_back(entry, "s")
    assert missed.items() == []
    late = feedback.wrong("钱没到", "c", "materials", "s")
    now.later(minutes=31)
    with pytest.raises(NotFound):
        feedback.take_back(late, "s")


def test_no_half_of_a_number_stays_where_long_words_are_cut(missed: Missed, engine: Engine) -> None:
    Feedback(engine).wrong("钱" * 495 + PLANTED_PHONE, "c", "materials", "s")
    (item,) = missed.items()
    assert PLANTED_PHONE[:3] not in item.text
    assert len(item.text) == 500


def test_a_number_that_slipped_through_the_door_is_not_shown(missed: Missed, engine: Engine) -> None:
    item_id = said(engine, f"打我{PLANTED_PHONE}")
    assert missed.item(item_id).text == "打我〔手机号#1〕"
    assert [item.text for item in missed.items()] == ["打我〔手机号#1〕"]


def test_an_item_does_not_tell_who_said_it(missed: Missed, engine: Engine) -> None:
    said(engine, "那个咋整", sender="web-secret")
    assert "secret" not in repr(missed.items())


@pytest.mark.parametrize("item_id", ["", "m", "m0", "m999", "w1", "x1", "m-1", "m1;", "m²", "m" + "9" * 30])
def test_an_unknown_item_is_not_found(missed: Missed, item_id: str) -> None:
    with pytest.raises(NotFound):
        missed.item(item_id)


def test_a_message_that_went_well_is_no_item(missed: Missed, engine: Engine) -> None:
    with pytest.raises(NotFound):
        missed.item(said(engine, "要带什么", ANSWERED))


def test_a_labelled_item_leaves_the_inbox_and_comes_back_when_undone(
    missed: Missed, labels: Labels, engine: Engine
) -> None:
    item = said(engine, "那个证要不要")
    labels.label(item, "materials", "运维01")
    assert missed.items() == []
    assert missed.item(item).label == "materials"
    assert [one.label for one in missed.items(unlabelled=False)] == ["materials"]
    assert labels.undo(item, "运维01") is None
    assert [one.id for one in missed.items()] == [item]


def test_undoing_goes_back_one_label_at_a_time(labels: Labels, missed: Missed, engine: Engine) -> None:
    item = said(engine, "那个证要不要")
    for label in ("materials", "registration", NOTHING):
        labels.label(item, label, "运维01")
    assert labels.undo(item, "运维02") == "registration"
    labels.label(item, "process", "运维02")
    assert labels.undo(item, "运维02") == "registration"
    assert labels.undo(item, "运维02") == "materials"
    assert missed.item(item).label == "materials"
    assert labels.undo(item, "运维02") is None
    with pytest.raises(Forbidden) as raised:
        labels.undo(item, "运维02")
    assert "没有可以撤销" in raised.value.sentence


def test_who_labelled_what_stays_in_the_history(labels: Labels, engine: Engine, now: Moment) -> None:
    item = said(engine, "那个证要不要")
    labels.label(item, NOTHING, "运维01")
    now.later(hours=1)
    labels.undo(item, "运维02")
    found = [(step.move, step.label, step.staff_id) for step in labels.history(item)]
    assert found == [("label", "nothing", "运维01"), ("undo", None, "运维02")]
    assert labels.history(item)[1].at - labels.history(item)[0].at == timedelta(hours=1)


def test_a_mark_of_an_agent_is_labelled_like_a_message(
    labels: Labels, missed: Missed, engine: Engine
) -> None:
    Feedback(engine).wrong("钱没到", "c", "materials", "座席07")
    (item,) = missed.items()
    labels.label(item.id, "payment_bank", "运维01")
    assert missed.items() == []
    assert missed.item(item.id).label == "payment_bank"


def test_only_a_known_topic_labels_and_only_a_known_item_is_labelled(labels: Labels, engine: Engine) -> None:
    item = said(engine, "那个证要不要")
    for label in ("", "materials ", "greet", "无需处理"):
        with pytest.raises(Unfit):
            labels.label(item, label, "运维01")
    with pytest.raises(NotFound):
        labels.label("m999", "materials", "运维01")
    assert labels.history(item) == []


def test_two_who_label_at_once_do_not_both_win(
    labels: Labels, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = said(engine, "那个证要不要")
    labels.label(item, "materials", "运维01")
    # The other one has read the history a moment earlier.
    monkeypatch.setattr("desk.learning.labels._history", lambda *_: [])
    with pytest.raises(Clash) as raised:
        labels.label(item, "process", "运维02")
    assert "请刷新" in raised.value.sentences[0]
    with engine.connect() as connection:
        assert connection.execute(select(LabelEventRow.label)).scalars().all() == ["materials"]


def test_what_waits_is_counted_by_kind(missed: Missed, labels: Labels, engine: Engine, now: Moment) -> None:
    items = [said(engine, text, REFUSED) for text in ("公积金", "医保卡")]
    Feedback(engine, now).wrong("不是问这个", "kunming.materials.all", "materials", "s1")
    labels.label(items[0], "materials", "s1")
    waiting = {"refused": 1, "marked_wrong": 1}
    assert missed.counts() == {**dict.fromkeys(KINDS, 0), **waiting}


def test_several_items_come_in_the_order_that_was_asked_for(
    missed: Missed, engine: Engine, now: Moment
) -> None:
    items = [said(engine, text) for text in ("一个", "两个")]
    Feedback(engine, now).wrong("不是问这个", "kunming.materials.all", "materials", "s1")
    (marked,) = [item.id for item in missed.items(["marked_wrong"])]
    asked = [items[1], marked, items[0]]
    assert [item.id for item in missed.some(asked)] == asked
    assert missed.known([items[0], "m99999999", "x"]).keys() == {items[0]}
    with pytest.raises(NotFound):
        missed.some([items[0], "m99999999"])


def test_several_are_labelled_but_for_those_that_have_a_label(
    labels: Labels, missed: Missed, engine: Engine
) -> None:
    items = [said(engine, text) for text in ("一个", "两个", "三个")]
    labels.label(items[1], NOTHING, "s1")
    assert labels.label_all(items, "materials", "s2") == [items[0], items[2]]
    assert [item.label for item in missed.some(items)] == ["materials", NOTHING, "materials"]
    with pytest.raises(Clash):
        labels.label_all(items, "materials", "s2")


def test_several_labels_are_taken_back_together_or_not_at_all(
    labels: Labels, missed: Missed, engine: Engine
) -> None:
    items = [said(engine, text) for text in ("一个", "两个")]
    labels.label(items[0], "materials", "s1")
    with pytest.raises(Forbidden):
        labels.undo_all(items, "s1")
    assert [item.label for item in missed.some(items)] == ["materials", None]
    labels.label(items[1], "office", "s1")
    labels.undo_all(items, "s1")
    assert [item.label for item in missed.some(items)] == [None, None]
    with pytest.raises(Unfit):
        labels.undo_all([], "s1")
