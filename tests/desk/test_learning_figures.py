"""The figures of each topic by week, counted by hand; and the cards that somebody should look at."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy.engine import Engine

from desk.inbox import ANSWERED, ASKED_BACK, FORM, HANDED_OVER, NEW, NOT_UNDERSTOOD, REFUSED
from desk.learning import Figure, expiring, figures, totals
from desk.regions import Atlas
from tests.desk.learning_room import ATLAS, NOON, said

MONDAY = date(2026, 11, 23)
LATER = NOON + timedelta(hours=3)


def test_messages_are_counted_by_topic_and_week(engine: Engine) -> None:
    last_week = NOON - timedelta(days=7)
    said(engine, "要带什么", ANSWERED, label="materials")
    said(engine, "带什么证", ANSWERED, label="materials", payload="/materials")
    said(engine, "公积金", REFUSED, label="oos_other")
    said(engine, "要带什么", ANSWERED, label="materials", at=last_week)
    said(engine, "五华区", FORM)
    said(engine, "早先的", ANSWERED, label="materials", at=NOON - timedelta(days=60))
    assert figures(engine, weeks=2, now=LATER) == [
        Figure(MONDAY, "materials", used=2),
        Figure(MONDAY, "oos_other", used=1, refused=1),
        Figure(MONDAY - timedelta(days=7), "materials", used=1),
    ]


def test_a_week_begins_on_monday_in_kunming(engine: Engine) -> None:
    # Sunday evening in UTC is Monday morning in Kunming.
    said(engine, "要带什么", ANSWERED, label="materials", at=NOON.replace(day=22, hour=17))
    said(engine, "要带什么", ANSWERED, label="materials", at=NOON.replace(day=22, hour=15))
    assert [one.week for one in figures(engine, now=LATER)] == [MONDAY, MONDAY - timedelta(days=7)]


@pytest.mark.parametrize("outcome", [ASKED_BACK, NOT_UNDERSTOOD])
def test_who_says_nothing_more_after_no_answer_gave_up(engine: Engine, outcome: str) -> None:
    said(engine, "那个", outcome, label="process", sender="web-a")
    (found,) = figures(engine, now=LATER)
    assert (found.used, found.gave_up) == (1, 1)
    (too_early,) = figures(engine, now=NOON + timedelta(minutes=10))
    assert too_early.gave_up == 0


def test_who_goes_on_did_not_give_up(engine: Engine) -> None:
    said(engine, "那个", ASKED_BACK, label="process", sender="web-a")
    said(engine, "第三步", ANSWERED, label="process", sender="web-a", at=NOON + timedelta(minutes=5))
    said(engine, "嗯", ASKED_BACK, label="office", sender="web-b")
    said(engine, "还没答", None, sender="web-b", state=NEW, at=NOON + timedelta(minutes=1))
    assert [one.gave_up for one in figures(engine, now=LATER)] == [0, 0]


def test_who_comes_back_the_next_hour_had_given_up(engine: Engine) -> None:
    said(engine, "那个", NOT_UNDERSTOOD, label="process", sender="web-a")
    said(engine, "要带什么", ANSWERED, label="materials", sender="web-a", at=NOON + timedelta(hours=1))
    assert {one.label: one.gave_up for one in figures(engine, now=LATER)} == {"process": 1, "materials": 0}


def test_a_hand_over_counts_for_the_topic_before_it(engine: Engine) -> None:
    said(engine, "钱没到", ANSWERED, label="payment_bank", sender="web-a")
    said(engine, "转人工", HANDED_OVER, label="human", sender="web-a", at=NOON + timedelta(minutes=1))
    said(engine, "转人工", HANDED_OVER, label="human", sender="web-b")
    found = {one.label: (one.used, one.handed_over) for one in figures(engine, now=LATER)}
    assert found == {"payment_bank": (1, 1), "human": (2, 1)}


def test_the_weeks_of_a_topic_add_up(engine: Engine) -> None:
    for days in (0, 7, 8):
        said(engine, "那个", ASKED_BACK, label="process", at=NOON - timedelta(days=days))
    found = totals(figures(engine, now=LATER))
    assert found == {"process": Figure(MONDAY, "process", used=3, asked_back=3, gave_up=3)}


def test_nothing_said_is_no_figure(engine: Engine) -> None:
    assert figures(engine) == []


def test_cards_that_end_and_cards_that_nobody_checked_are_found() -> None:
    day = date(2026, 11, 28)
    card = replace(next(iter(ATLAS.all_cards())), checked=day, until=None)
    cards = (
        replace(card, id="fresh"),
        replace(card, id="ends later", until=day + timedelta(days=61)),
        replace(card, id="ends soon", until=day + timedelta(days=60)),
        replace(card, id="ends today", until=day),
        replace(card, id="ended", until=day - timedelta(days=1)),
        replace(card, id="unchecked", checked=day - timedelta(days=181)),
        replace(card, id="just checked", checked=day - timedelta(days=180)),
        replace(card, id="both", until=day, checked=day - timedelta(days=400)),
    )
    atlas = Atlas(ATLAS.regions, {"kunming": {card.topic: cards}}, ATLAS.places)
    assert [(due.card.id, due.reason) for due in expiring(atlas, day)] == [
        ("ended", "expired"),
        ("both", "expiring"),
        ("ends today", "expiring"),
        ("ends soon", "expiring"),
        ("unchecked", "unchecked"),
    ]


def test_every_card_of_ours_is_due_some_day() -> None:
    assert len(expiring(ATLAS, date(2036, 1, 1))) == len(list(ATLAS.all_cards()))
