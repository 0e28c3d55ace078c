"""The clock of the machine is put back two minutes, or is an hour ahead: order and conversations stay."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from sqlalchemy import update
from sqlalchemy.engine import Engine

from bot.gateway.inbox import Inbox, InboxRow, Incoming
from bot.gateway.web import Tokens
from bot.gateway.wechat.replies import Replies
from desk import conversation
from desk.database import open_database, upgrade
from desk.sealing import Keys, derive
from desk.vault import Vault
from tests.fakes.clock import Clock
from tests.faults.rounds import rounds

KEYS = Keys.of(b"k" * 32)
_STEPS = (timedelta(seconds=-120), timedelta(hours=1), timedelta(hours=-1), timedelta(days=-400))


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    upgrade(url)
    return open_database(url)


def test_messages_are_answered_as_they_came_whatever_the_clock_said_meanwhile(engine: Engine) -> None:
    inbox = Inbox(engine, Vault(engine, KEYS), KEYS)
    for number, chance in enumerate(rounds(short=4)):
        sender = f"web-{number}"
        keys = [f"web:{sender}:{chance.random()}" for _ in range(6)]
        for key in keys:
            kept, _ = inbox.accept(Incoming(key, "web", sender, key))
            moved = kept.received_at + chance.choice(_STEPS)
            with engine.begin() as connection:
                connection.execute(update(InboxRow).where(InboxRow.key == key).values(received_at=moved))
        assert [each.key for each in inbox.up_to(inbox.get(keys[-1]))] == keys
        assert [each.key for each in inbox.unfinished() if each.sender_id == sender] == keys


def test_more_and_the_choices_belong_to_what_was_said_last_whatever_the_clock_says(engine: Engine) -> None:
    clock = Clock()
    replies = Replies(engine, False, clock)
    for number, chance in enumerate(rounds(short=4)):
        sender = f"wx-{number}"
        for turn in range(4):
            clock.now += chance.choice(_STEPS)
            with engine.begin() as connection:
                text = f"第{turn}次，" + "很长的话。" * 300
                conversation.say(connection, sender, conversation.NOTICE, {"text": text})
            given = replies.give(f"{sender}-{turn}", sender)
            assert given and given.startswith(f"第{turn}次")
        clock.now += chance.choice(_STEPS)
        assert [message.body["text"][:3] for message in replies.told(sender)] == [
            f"第{turn}次" for turn in range(4)
        ]
        more = replies.more(f"{sender}-more", sender)
        assert more and more != replies.given(f"{sender}-3")
        last = replies.more(f"{sender}-more-2", sender)
        assert last != more


@pytest.mark.parametrize(
    ("signed", "kept"),
    [
        (timedelta(0), True),
        (timedelta(seconds=120), True),  # signed before the clock was put back
        (timedelta(hours=1), True),
        (timedelta(days=-29), True),
        (timedelta(days=-31), False),
    ],
)
def test_a_clock_that_is_put_back_ends_nobodys_conversation(signed: timedelta, kept: bool) -> None:
    class Elsewhen(TimestampSigner):
        def get_timestamp(self) -> int:
            return super().get_timestamp() + int(signed.total_seconds())

    key = derive(KEYS, "session").signing()
    cookie = URLSafeTimedSerializer(key, salt="session", signer=Elsewhen).dumps("web-a")
    assert Tokens(KEYS).sender_id(str(cookie)) == ("web-a" if kept else None)
