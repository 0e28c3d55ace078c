"""Each rule finds the one breach that is planted, and nothing in a database where all went well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Engine

from desk import conversation
from desk.database import open_database, upgrade
from desk.erasure import Erasure
from desk.inbox import NEW
from desk.invariants import Invariants, __main__, record
from desk.invariants import tickets as ticket_rules
from desk.tickets import Ticket, Tickets
from tests.desk.busy_house import AGENT_ID, CITIZEN, WORDS, house, kept, lived_in, tell
from tests.desk.databases import database
from tests.desk.live_room import live_in, monday_noon
from tests.desk.ticket_room import AGENT, HANDLER, SUPERVISOR, Moment, moved

LONG_AGO = "2026-11-01 00:00:00.000000"
NOTHING = "JS-20261121-000099-1"
Plant = Callable[[Engine, Ticket], list[str]]


@pytest.fixture
def now() -> Moment:
    return monday_noon()


@pytest.fixture
def checker(engine: Engine, tickets: Tickets, now: Moment, tmp_path: Path) -> Iterator[Invariants]:
    with house(engine, tickets, now, tmp_path) as made:
        yield made


@pytest.fixture
def ticket(engine: Engine, tickets: Tickets, now: Moment, checker: Invariants) -> Ticket:
    return lived_in(engine, tickets, now, checker.audit)


def found(checker: Invariants) -> list[str]:
    return [breach.rule for breach in checker.breaches()]


def run(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement.replace(":", "\\:")))


def test_where_all_went_well_nothing_is_found(checker: Invariants, ticket: Ticket) -> None:
    assert found(checker) == []


def test_who_was_forgotten_leaves_no_breach(checker: Invariants, ticket: Ticket, engine: Engine) -> None:
    Erasure(engine, checker.tracker).forget(CITIZEN)
    assert found(checker) == []


def _message(body: str) -> str:
    columns = "(sender_id, author, body, created_at)"
    return f"INSERT INTO message {columns} VALUES ('wx-1', 'notice', '{body}', '{LONG_AGO}')"


def _twice(engine: Engine, ticket: Ticket) -> list[str]:
    """Neither database takes it as long as the constraint stands; SQLite cannot drop one."""
    same = "UPDATE ticket SET source_msg_id = 'm3', channel = 'web'"
    first = (
        "UPDATE ticket_event SET given = CAST(replace(replace(CAST(given AS TEXT), 'wechat:confirm', 'm3'),"
    )
    events = [
        f"{first} '\"wechat\"', '\"web\"') AS JSON) WHERE seq = 1 AND ticket_id = '{ticket.id}'",
        f"{same} WHERE id = '{ticket.id}'",
    ]
    if engine.dialect.name == "postgresql":
        return ["ALTER TABLE ticket DROP CONSTRAINT uq_ticket_channel_source_msg_id", *events]
    return [
        "ALTER TABLE ticket RENAME TO ticket_with_constraint",
        "CREATE TABLE ticket AS SELECT * FROM ticket_with_constraint",
        events[0].replace("AS JSON", "AS TEXT"),
        events[1],
    ]


PLANTS: list[tuple[str, Plant]] = [
    (
        "waiting",
        lambda _, t: [f"UPDATE inbox SET state = 'new', received_at = '{LONG_AGO}' WHERE key = 'wechat:3'"],
    ),
    ("no_reply", lambda _, t: ["DELETE FROM message WHERE inbox_key = 'wechat:3' AND author = 'bot'"]),
    ("no_reply", lambda _, t: ["DELETE FROM live_event WHERE what = 'take'"]),
    (
        "no_reply",
        lambda _, t: [f"UPDATE live_event SET at = '{LONG_AGO}' WHERE what IN ('take', 'give_back')"],
    ),
    ("no_reply", lambda _, t: ["DELETE FROM wechat_reply WHERE part = 1"]),
    ("no_reply", lambda _, t: ["DELETE FROM wechat_delivery WHERE reply_key = 'wechat:owed'"]),
    ("no_reply", lambda _, t: [f"UPDATE inbox SET received_at = '{LONG_AGO}' WHERE key = 'wechat:owed'"]),
    ("number", lambda _, t: [_message(f'{{"text": "您的工单 {NOTHING} 有新进展"}}')]),
    ("number", lambda _, t: [_message(f'{{"text": "", "card": {{"title": "诉求 {NOTHING}"}}}}')]),
    (
        "number",
        lambda _, t: [_message(f'{{"text": "编号 {t.public_no[:-1]}{(int(t.public_no[-1]) + 1) % 10}"}}')],
    ),
    (
        "sending",
        lambda _, t: [f"UPDATE wechat_reply SET state = 'sending', created_at = '{LONG_AGO}' WHERE part = 1"],
    ),
    ("delivery", lambda _, t: ["INSERT INTO wechat_delivery VALUES (99999, 'wx-1', 'push:2')"]),
    ("delivery", lambda _, t: ["UPDATE wechat_delivery SET sender_id = 'wx-2' WHERE reply_key = 'push:1'"]),
    ("live", lambda _, t: ["UPDATE live SET sender_id = 'wx-never'"]),
    ("no_events", lambda _, t: [f"DELETE FROM ticket_event WHERE ticket_id = '{t.id}'"]),
    ("gap", lambda _, t: [f"DELETE FROM ticket_event WHERE seq = 3 AND ticket_id = '{t.id}'"]),
    ("fold", lambda _, t: [f"UPDATE ticket SET narrative = '别的事' WHERE id = '{t.id}'"]),
    (
        "fold",
        lambda _, t: [f"UPDATE ticket_event SET to_state = 'redo' WHERE seq = 5 AND ticket_id = '{t.id}'"],
    ),
    ("fold", lambda _, t: [f"UPDATE ticket_event SET given = '{{}}' WHERE seq = 1 AND ticket_id = '{t.id}'"]),
    ("days", lambda _, t: [f"UPDATE ticket SET due = '2030-01-01' WHERE id = '{t.id}'"]),
    ("twice", _twice),
    (
        "main",
        lambda _, t: [
            f"DELETE FROM ticket_event WHERE ticket_id = '{t.id}'",
            f"DELETE FROM ticket WHERE id = '{t.id}'",
            f"DELETE FROM message WHERE CAST(body AS TEXT) LIKE '%{t.public_no}%'",
        ],
    ),
    ("hands", lambda _, t: ["UPDATE staff_account SET unit = '盘龙区' WHERE id = 'h1'"]),
    ("audit", lambda _, t: ["UPDATE audit_event SET object_id = 'x' WHERE seq = 1"]),
]


@pytest.mark.parametrize(("rule", "plant"), PLANTS, ids=[f"{n}-{rule}" for n, (rule, _) in enumerate(PLANTS)])
def test_a_breach_is_found_and_nothing_beside_it(
    checker: Invariants, ticket: Ticket, engine: Engine, rule: str, plant: Plant
) -> None:
    run(engine, *plant(engine, ticket))
    assert found(checker) == [rule]


def test_what_is_still_on_its_way_is_no_breach(
    checker: Invariants, ticket: Ticket, engine: Engine, now: Moment
) -> None:
    kept(engine, "wechat:9", now(), state=NEW)
    run(engine, f"UPDATE wechat_reply SET state = 'sending', created_at = '{now().replace(tzinfo=None)}'")
    now.later(minutes=4)
    assert found(checker) == []
    now.later(minutes=7)
    assert set(found(checker)) == {"waiting", "sending"}


def test_a_message_of_the_moment_in_which_an_agent_came_or_went_may_be_his(
    checker: Invariants, ticket: Ticket, engine: Engine, now: Moment
) -> None:
    room = live_in(engine, now)
    kept(engine, "wechat:5", now())
    room.take(CITIZEN, AGENT_ID, "座席07")
    now.later(minutes=5)
    room.leave(CITIZEN)
    now.later(seconds=1)
    kept(engine, "wechat:6", now())
    assert found(checker) == []
    now.later(minutes=1)
    kept(engine, "wechat:7", now())
    assert [breach.row for breach in checker.breaches()] == ["wechat:7"]


def test_a_number_that_a_citizen_or_an_agent_wrote_is_not_told_by_us(
    checker: Invariants, ticket: Ticket, engine: Engine
) -> None:
    tell(engine, conversation.CITIZEN, text=f"我的是{NOTHING}")
    tell(engine, conversation.AGENT, text=f"没有{NOTHING}这个编号")
    fields = [{"name": "编号", "value": ticket.public_no}, {"name": "反映内容", "value": f"上次是{NOTHING}"}]
    tell(engine, conversation.BOT, text="", card={"title": "诉求", "fields": fields})
    assert found(checker) == []


def test_a_unit_that_assists_may_hold_a_ticket(
    checker: Invariants, ticket: Ticket, engine: Engine, tickets: Tickets
) -> None:
    other = moved(tickets, _restarted(tickets, ticket), "assist", AGENT, units_assist=["盘龙区"])
    run(engine, "UPDATE staff_account SET unit = '盘龙区' WHERE id = 'h1'")
    assert other.assignee == "h1"
    assert found(checker) == []


def _restarted(tickets: Tickets, ticket: Ticket) -> Ticket:
    again = moved(tickets, ticket, "redo", SUPERVISOR, reason="没有解决")
    return moved(tickets, again, "restart", HANDLER, assignee="h1")


def test_every_ticket_is_looked_at_however_many_are_read_at_a_time(
    checker: Invariants, ticket: Ticket, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (record, ticket_rules):
        monkeypatch.setattr(module, "BATCH", 1)
    assert found(checker) == []
    run(engine, "UPDATE ticket SET narrative = '别的事'", "DELETE FROM message WHERE author <> 'citizen'")
    assert found(checker).count("fold") == 3
    assert found(checker).count("no_reply") == 5, "to 1 and 3, late and owed, and to the complaint"


def test_the_command_says_so_in_one_line_or_names_each_row_without_anybodys_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], now: Moment
) -> None:
    with database("sqlite", tmp_path) as url:
        monkeypatch.setenv("DESK_VAR", str(tmp_path))
        monkeypatch.setenv("DESK_DATABASE_URL", url)
        assert __main__.main() == 2
        assert "make run" in capsys.readouterr().out
        upgrade(url)
        assert __main__.main() == 0
        assert len(capsys.readouterr().out.splitlines()) == 1
        kept(open_database(url), "web:c1:13" + "800138000", now())
        assert __main__.main() == 1
    said = capsys.readouterr().out
    assert "web:c1:" in said
    assert WORDS not in said
    assert "800138000" not in said
