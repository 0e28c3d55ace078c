"""The purge takes what is old and over, nothing else, and can be stopped anywhere."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, inspect, text
from sqlalchemy.engine import Engine

from desk import conversation
from desk.audit import Audit
from desk.database import open_database
from desk.inbox import NEW
from desk.invariants import Invariants
from desk.retention import Retention
from desk.sealing import Keys
from desk.tickets import Ticket, Tickets
from tests.desk.busy_house import kept
from tests.desk.databases import migrated
from tests.desk.forgotten import contents, files_with, other_process, traces
from tests.desk.live_room import live_in, monday_noon, staffed
from tests.desk.old_talk import FRESH, OLD, dated, retention_in, talked
from tests.desk.ticket_room import SUPERVISOR, Moment, filed, moved, replied

GONE, STAYS = "wx5c0fabe1gone", "wx77e0d1f3stays"


@pytest.fixture
def now() -> Moment:
    return monday_noon()


@pytest.fixture
def retention(engine: Engine, tracker: Engine) -> Retention:
    return retention_in(engine, tracker)


@pytest.fixture
def talks(engine: Engine, tracker: Engine, now: Moment) -> None:
    """One who has been silent for 181 days and one who has for 179."""
    talked(engine, tracker, GONE, now() - OLD)
    talked(engine, tracker, STAYS, now() - FRESH)


def everything(*engines: Engine) -> list[str]:
    return sorted(
        str((name, row)) for each in engines for name, rows in contents(each).items() for row in rows
    )


def test_a_conversation_silent_for_half_a_year_goes_from_every_table_and_file(
    engine: Engine, tracker: Engine, retention: Retention, talks: None, now: Moment, tmp_path: Path
) -> None:
    due = retention.due(now())
    kept_before = [row for row in everything(engine, tracker) if GONE not in row]
    with other_process(engine), other_process(tracker):
        assert retention.purge(now()) == due == {"conversation": 11, "learning": 0, "demo_sms": 0}
        files = files_with(tmp_path, f"孔雀羽毛{GONE}")
    assert traces(engine, GONE) == {"wechat_follower"}, "who follows is known until he leaves"
    assert "events" not in traces(tracker, GONE)
    assert [row for row in everything(engine, tracker) if GONE not in row] == kept_before
    assert files == set()


def test_doing_it_again_removes_nothing(retention: Retention, talks: None, now: Moment) -> None:
    assert retention.purge(now())["conversation"] > 0
    assert retention.due(now()) == retention.purge(now()) == dict.fromkeys(retention.rules, 0)


def _speaks_again(engine: Engine, tickets: Tickets, now: Moment) -> None:
    kept(engine, "again", now() - FRESH, "在的", sender=GONE)


def _hears_news(engine: Engine, tickets: Tickets, now: Moment) -> None:
    with engine.begin() as connection:
        conversation.say(connection, GONE, conversation.NOTICE, {"text": "有新进展"})


def _has_no_answer(engine: Engine, tickets: Tickets, now: Moment) -> None:
    kept(engine, "unanswered", now() - OLD, sender=GONE, state=NEW)
    dated(engine, GONE, now() - OLD)


def _waits_for_an_agent(engine: Engine, tickets: Tickets, now: Moment) -> None:
    staffed(engine, now).ask(GONE, "wechat")


def _talks_to_an_agent(engine: Engine, tickets: Tickets, now: Moment) -> None:
    _waits_for_an_agent(engine, tickets, now)
    live_in(engine, now).take(GONE, "a7", "座席07")
    dated(engine, GONE, now() - OLD)


def _has_an_open_ticket(engine: Engine, tickets: Tickets, now: Moment) -> None:
    replied(tickets, filed(tickets, "open", GONE))
    dated(engine, GONE, now() - OLD)


def _is_merged_into_an_open_one(engine: Engine, tickets: Tickets, now: Moment) -> None:
    main, child = filed(tickets, "main", STAYS), filed(tickets, "child", GONE)
    moved(tickets, child, "merge", SUPERVISOR, merged_into=main.public_no, reason="同一件事")
    dated(engine, GONE, now() - OLD)


@pytest.mark.parametrize(
    "happens",
    [
        _speaks_again,
        _hears_news,
        _has_no_answer,
        _waits_for_an_agent,
        _talks_to_an_agent,
        _has_an_open_ticket,
        _is_merged_into_an_open_one,
    ],
)
def test_a_conversation_in_which_something_is_still_to_come_is_not_touched(
    engine: Engine,
    tracker: Engine,
    retention: Retention,
    tickets: Tickets,
    talks: None,
    now: Moment,
    happens: Callable[[Engine, Tickets, Moment], None],
) -> None:
    happens(engine, tickets, now)
    before = everything(engine, tracker)
    assert retention.due(now()) == retention.purge(now()) == dict.fromkeys(retention.rules, 0)
    assert everything(engine, tracker) == before


def _closed(engine: Engine, tickets: Tickets, now: Moment) -> Ticket:
    """A ticket of `GONE` that was over long ago, with one merged into it."""
    main, child = filed(tickets, "main", GONE), filed(tickets, "child", GONE)
    moved(tickets, child, "merge", SUPERVISOR, merged_into=main.public_no, reason="同一件事")
    main = replied(tickets, tickets.read(main.public_no))
    over = moved(tickets, main, "close", SUPERVISOR, solved="yes")
    dated(engine, GONE, now() - OLD)
    return over


def test_a_ticket_that_is_over_outlives_its_conversation_and_can_still_be_asked_for(
    engine: Engine, retention: Retention, tickets: Tickets, talks: None, now: Moment
) -> None:
    over = _closed(engine, tickets, now)
    assert retention.purge(now())["conversation"] > 11
    assert tickets.find(over.public_no, GONE) == over
    assert len(tickets.mine(GONE)) == 2
    assert traces(engine, GONE) == {"wechat_follower", "ticket", "ticket_event"}


@pytest.mark.parametrize("batches", range(7))
def test_a_purge_that_dies_between_two_batches_leaves_no_breach_and_is_gone_on_with(
    engine: Engine,
    tracker: Engine,
    retention: Retention,
    tickets: Tickets,
    talks: None,
    now: Moment,
    batches: int,
) -> None:
    _closed(engine, tickets, now)
    due = retention.due(now())["conversation"]
    with closing(retention.batches(now())) as purge:
        done = [next(purge, ("", 0)) for _ in range(batches)]
    checker = Invariants(engine, _empty(tracker), Audit(engine, Keys.of(bytes(32))), tickets.clock, now)
    assert list(checker.breaches()) == []
    assert retention.purge(now())["conversation"] == due - sum(gone for _, gone in done)
    assert traces(engine, GONE) == {"wechat_follower", "ticket", "ticket_event"}


def _empty(tracker: Engine) -> Engine:
    """A tracker store that Rasa has not used: the events of these tests are none of Rasa's."""
    return open_database("sqlite://")


def test_no_transaction_has_more_than_five_hundred_rows(
    engine: Engine, tracker: Engine, retention: Retention, now: Moment
) -> None:
    talked(engine, tracker, GONE, now() - OLD, turns=2)
    rows = (
        "INSERT INTO message (sender_id, author, body, created_at) SELECT m.sender_id, m.author, m.body, "
        "m.created_at FROM message m CROSS JOIN message o CROSS JOIN message p CROSS JOIN message q"
    )
    with engine.begin() as connection:
        connection.execute(text(rows))
        connection.execute(
            text("INSERT INTO wechat_delivery SELECT seq, sender_id, 'k' FROM message WHERE seq > 9")
        )
    sizes = [0]
    event.listen(engine, "begin", lambda connection: sizes.append(0))
    event.listen(engine, "after_cursor_execute", partial(_count_removed, sizes))
    retention.purge(now())
    assert sum(sizes) > 1200
    assert max(sizes) == 500
    assert traces(engine, GONE) == {"wechat_follower"}


def _count_removed(sizes: list[int], connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
    if statement.startswith("DELETE"):
        sizes[-1] += cursor.rowcount


def test_who_comes_back_in_the_middle_keeps_what_is_left(
    engine: Engine, retention: Retention, talks: None, now: Moment
) -> None:
    purge = retention.batches(now())
    next(purge)  # Rasa's memory
    kept(engine, "back", now(), "您好", sender=GONE)
    assert list(purge) == []
    assert {"inbox", "message", "live_event", "wechat_reply"} <= traces(engine, GONE)


def test_where_rasa_has_not_begun_yet_the_rest_is_purged(
    engine: Engine, tracker: Engine, talks: None, now: Moment
) -> None:
    assert retention_in(engine, _empty(tracker)).purge(now())["conversation"] == 9


def test_every_table_that_knows_a_conversation_is_purged_or_has_its_reason(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    migrated(url)
    purged = {"inbox", "message", "live_event", "wechat_reply", "wechat_delivery"}
    reasons = {
        "ticket": "kept as data/limits.yml says",
        "live": "who waits or is held is not over",
        "vault": "wiped after minutes by the gateway",
        "one_time_code": "dropped after two days by the gateway",
        "ended_session": "dropped by the gateway when no cookie of it can be good",
        "wechat_follower": "goes when the person leaves",
    }
    found = inspect(open_database(url))
    with_sender = {
        name
        for name in found.get_table_names()
        if any(column["name"] == "sender_id" for column in found.get_columns(name))
    }
    assert with_sender == purged | reasons.keys()
