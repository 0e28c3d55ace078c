"""Conversations of another year, in every table, here and in Rasa's memory."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import insert, text
from sqlalchemy.engine import Engine

from bot.gateway.wechat.tables import DeliveryRow, FollowerRow, ReplyRow
from desk import conversation
from desk.conversation import MessageRow
from desk.live.tables import LiveEventRow
from desk.retention import Retention, load_rules
from tests.desk.busy_house import kept
from tests.desk.forgotten import words_of
from tests.desk.ticket_room import DATA

RULES = load_rules(DATA / "retention.yml")
OLD, FRESH = timedelta(days=181), timedelta(days=179)


def retention_in(engine: Engine, tracker: Engine) -> Retention:
    return Retention(engine, tracker, RULES, rest=0)


def talked(engine: Engine, tracker: Engine, sender: str, at: datetime, turns: int = 2) -> None:
    """Let `sender` have talked and been served in every way, at `at`."""
    for number in range(turns):
        kept(engine, f"{sender}:{number}", at, f"关于{sender}", sender=sender, text=words_of(sender))
        _remembered(tracker, sender, at)
    _served(engine, sender, at)
    dated(engine, sender, at)


def dated(engine: Engine, sender: str, at: datetime) -> None:
    """Move all that was said in a conversation to `at`."""
    table = MessageRow.__table__
    with engine.begin() as connection:
        connection.execute(table.update().where(table.c.sender_id == sender).values(created_at=at))


def _served(engine: Engine, sender: str, at: datetime) -> None:
    follower = {"openid_hash": f"h-{sender}", "openid_sealed": b"o", "account": "gh", "following": True}
    counts = {"sends_left": 5, "attempts": 0, "nudged_seq": 0, "heard_at": at, "sends_until": at}
    key = {"sender_id": sender, "reply_key": f"{sender}:0"}
    with engine.begin() as connection:
        connection.execute(insert(FollowerRow).values(sender_id=sender, **follower, **counts))
        seq = conversation.say(connection, sender, conversation.NOTICE, {"text": "座席07来了"})
        connection.execute(insert(DeliveryRow).values(seq=seq, **key))
        given = {"key": f"{sender}:0", "part": 0, "state": "given", "created_at": at}
        connection.execute(insert(ReplyRow).values(**key, **given))
        taken = {"what": "take", "staff_id": "a7", "at": at, "waited": 3, "seq": seq}
        connection.execute(insert(LiveEventRow).values(sender_id=sender, **taken))


def _remembered(tracker: Engine, sender: str, at: datetime) -> None:
    row = {"sender": sender, "at": at.timestamp(), "data": words_of(sender)}
    with tracker.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO events (id, sender_id, type_name, timestamp, data) SELECT "
                "COALESCE(MAX(id), 0) + 1, :sender, 'user', :at, :data FROM events"
            ),
            row,
        )
