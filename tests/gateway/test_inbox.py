from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import Engine

from bot.gateway.inbox import DONE, NEEDS_HUMAN, NEW, Inbox, InboxRow, Incoming
from desk import conversation
from desk.database import open_database
from desk.errors import Conflict
from desk.inbox import ANSWERED, REFUSED, Understood
from desk.sealing import Keys
from desk.vault import Vault
from tests.desk.databases import KINDS, database, migrated

ID_NUMBER = "00000019850101001X"
SAID = Incoming("web:web-a:1", "web", "web-a", "怎么申领")


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with database(request.param, tmp_path) as url:
        migrated(url)
        made = open_database(url)
        yield made
        made.dispose()


@pytest.fixture
def inbox(engine: Engine) -> Inbox:
    return Inbox(engine, Vault(engine, Keys.of(bytes(range(32)))), Keys.of(b"k" * 32))


def rows(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(select(func.count()).select_from(InboxRow)))


def said(engine: Engine, sender_id: str = "web-a") -> list[tuple[str, str]]:
    return [(m.author, m.body["text"]) for m in conversation.since(engine, sender_id)]


def test_a_message_is_kept_and_stands_in_the_conversation(inbox: Inbox, engine: Engine) -> None:
    kept, new = inbox.accept(SAID)
    assert new
    assert (kept.key, kept.sender_id, kept.text, kept.state, kept.attempts) == (
        "web:web-a:1",
        "web-a",
        "怎么申领",
        NEW,
        0,
    )
    assert kept.received_at.tzinfo is not None
    assert said(engine) == [("citizen", "怎么申领")]


def test_the_same_message_again_is_known_and_changes_nothing(inbox: Inbox, engine: Engine) -> None:
    first, _ = inbox.accept(SAID)
    assert inbox.accept(SAID) == (first, False)
    assert rows(engine) == len(said(engine)) == 1


@pytest.mark.parametrize(
    "other",
    [
        replace(SAID, shown="在哪里办"),
        replace(SAID, payload="/process"),
        replace(SAID, sender_id="web-b"),
        replace(SAID, shown="怎么申", payload="领"),
    ],
)
def test_anything_else_under_a_used_key_is_a_conflict(inbox: Inbox, engine: Engine, other: Incoming) -> None:
    inbox.accept(SAID)
    with pytest.raises(Conflict):
        inbox.accept(other)
    assert rows(engine) == len(said(engine)) == 1


def test_two_messages_that_differ_only_in_a_hidden_number_differ(inbox: Inbox) -> None:
    inbox.accept(replace(SAID, shown=f"我是{ID_NUMBER}"))
    with pytest.raises(Conflict):
        inbox.accept(replace(SAID, shown="我是000000197906120028"))


def test_numbers_are_kept_as_placeholders_only(inbox: Inbox, engine: Engine, tmp_path: Path) -> None:
    kept, _ = inbox.accept(replace(SAID, shown=f"我是{ID_NUMBER} control-75310"))
    assert kept.text == "我是〔身份证#1〕 control-75310"
    assert said(engine) == [("citizen", kept.text)]
    if engine.dialect.name == "sqlite":
        files = [path.read_bytes() for path in tmp_path.iterdir()]
        assert any(b"control-75310" in data for data in files)
        assert not any(ID_NUMBER.encode() in data for data in files)


def test_twenty_threads_with_one_key_keep_one_message(inbox: Inbox, engine: Engine) -> None:
    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(lambda _: inbox.accept(SAID), range(20)))
    assert sum(new for _, new in results) == 1
    assert len({kept for kept, _ in results}) == 1
    assert rows(engine) == len(said(engine)) == 1


def test_twenty_threads_finish_one_message_once(inbox: Inbox, engine: Engine) -> None:
    inbox.accept(SAID)

    def finish(number: int) -> bool:
        return inbox.finish(SAID.key, DONE, [{"text": f"答复{number}"}])

    with ThreadPoolExecutor(20) as pool:
        won = list(pool.map(finish, range(20)))
    assert won.count(True) == 1
    assert [text for _, text in said(engine)] == ["怎么申领", f"答复{won.index(True)}"]


def test_a_reply_and_its_state_come_together_or_not_at_all(inbox: Inbox, engine: Engine) -> None:
    inbox.accept(SAID)
    broken: list[dict[str, Any]] = [{"text": "好"}, {"text": object()}]
    with pytest.raises(Exception, match="serializable"):
        inbox.finish(SAID.key, DONE, broken)
    assert inbox.get(SAID.key).state == NEW
    assert said(engine) == [("citizen", "怎么申领")]
    assert inbox.finish(SAID.key, NEEDS_HUMAN, [{"text": "稍后答复"}])
    assert inbox.get(SAID.key).state == NEEDS_HUMAN


def test_the_reply_to_a_message_is_found_by_its_key(inbox: Inbox, engine: Engine) -> None:
    for number in "12":
        inbox.accept(replace(SAID, key=f"web:web-a:{number}"))
        inbox.finish(f"web:web-a:{number}", DONE, [{"text": f"甲{number}"}, {"text": f"乙{number}"}])
    assert [m.body["text"] for m in conversation.reply_to(engine, "web:web-a:1")] == ["甲1", "乙1"]


def test_unfinished_messages_come_oldest_first_and_finished_ones_no_more(inbox: Inbox) -> None:
    keys = [f"web:web-a:{number}" for number in (3, 1, 2)]
    for key in keys:
        inbox.accept(replace(SAID, key=key))
    inbox.finish(keys[1], DONE, [])
    assert [kept.key for kept in inbox.unfinished()] == [keys[0], keys[2]]


def test_tries_are_counted_for_each_message(inbox: Inbox) -> None:
    other = replace(SAID, key="web:web-a:2")
    for message in (SAID, other):
        inbox.accept(message)
    assert [inbox.attempt(SAID.key) for _ in range(3)] == [1, 2, 3]
    assert inbox.get(SAID.key).attempts == 3
    assert inbox.get(other.key).attempts == 0


def test_a_key_of_the_greatest_length_the_web_gives_fits(inbox: Inbox) -> None:
    sender_id = "web-" + "f" * 32
    kept, _ = inbox.accept(replace(SAID, key=f"web:{sender_id}:{'x' * 48}", sender_id=sender_id))
    assert inbox.get(kept.key) == kept


def test_what_was_understood_is_stored_with_the_reply(inbox: Inbox, engine: Engine) -> None:
    inbox.accept(SAID)
    wanted = select(InboxRow.label, InboxRow.confidence, InboxRow.label2, InboxRow.outcome)
    with engine.connect() as connection:
        assert connection.execute(wanted).one() == (None, None, None, None)
    assert inbox.finish(SAID.key, DONE, [{"text": "好"}], Understood("process", 0.91, "office", ANSWERED))
    assert not inbox.finish(SAID.key, DONE, [{"text": "好"}], Understood("office", 0.2, None, REFUSED))
    with engine.connect() as connection:
        assert connection.execute(wanted).one() == ("process", 0.91, "office", "answered")
