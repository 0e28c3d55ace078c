"""A database in which everything has happened once and nothing is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlalchemy.engine import Engine

from bot.gateway.wechat.tables import DeliveryRow, ReplyRow
from desk import conversation
from desk.audit import Audit
from desk.database import open_database
from desk.inbox import DONE, NEEDS_HUMAN, NEW, InboxRow
from desk.invariants import Invariants
from desk.sealing import Keys
from desk.staff.tables import AccountRow
from desk.tickets import Ticket, Tickets
from tests.desk.live_room import staffed
from tests.desk.ticket_room import OVERDUE, SUPERVISOR, Moment, filed, moved, replied

CITIZEN, AGENT_ID, HANDLER_ID = "wx-1", "a7", "h1"
WORDS = "孔雀羽毛能不能抵押"


def kept(
    engine: Engine,
    key: str,
    at: datetime,
    *replies: str,
    state: str = DONE,
    sender: str = CITIZEN,
    text: str = WORDS,
) -> int:
    """Keep a message as the gateway does, with its replies; return the seq of the last thing said."""
    row = {"key": key, "channel": "wechat", "sender_id": sender, "fingerprint": "f", "text": text}
    moments = {"received_at": at, "finished_at": None if state == NEW else at}
    with engine.begin() as connection:
        connection.execute(insert(InboxRow).values(**row, **moments, state=state, attempts=0))
        seq = conversation.say(connection, sender, conversation.CITIZEN, {"text": text}, key)
        for reply in replies:
            seq = conversation.say(connection, sender, conversation.BOT, {"text": reply}, key)
    return seq


def tell(engine: Engine, author: str, **body: Any) -> None:
    """Say something in the citizen's conversation."""
    with engine.begin() as connection:
        conversation.say(connection, CITIZEN, author, body)


def lived_in(engine: Engine, tickets: Tickets, now: Moment, audit: Audit) -> Ticket:
    """Let everything happen once; return the ticket that is still open, in the hands of `HANDLER_ID`."""
    _told(engine, now)
    _held(engine, now)
    with engine.begin() as connection:
        connection.execute(insert(AccountRow).values(_account(HANDLER_ID, "五华区", now)))
    kept(engine, "wechat:confirm", now(), "没有办成", state=NEEDS_HUMAN)
    main = tickets.open(OVERDUE, "wechat:confirm", CITIZEN, "wechat")
    child, closed = filed(tickets, "m2", "c2"), filed(tickets, "m3", "c3")
    moved(tickets, child, "merge", SUPERVISOR, merged_into=main.public_no, reason="同一件事")
    main = replied(tickets, tickets.read(main.public_no))
    moved(tickets, replied(tickets, closed), "close", SUPERVISOR, solved="yes")
    tell(engine, conversation.BOT, text=f"已经提交。编号 {main.public_no}，请记下来。", card=None)
    audit.record(actor_id="s1", role="supervisor", action="read", object_kind="ticket", object_id=main.id)
    audit.record(actor_id="s1", role="supervisor", action="read", object_kind="ticket", object_id=child.id)
    return main


@contextmanager
def house(engine: Engine, tickets: Tickets, now: Moment, folder: Path) -> Iterator[Invariants]:
    """Yield what checks the database, beside a tracker store that Rasa has not used yet."""
    tracker = open_database(f"sqlite:///{folder / 'tracker.db'}")
    yield Invariants(engine, tracker, Audit(engine, Keys.of(bytes(32)), now), tickets.clock, now)
    tracker.dispose()


def _told(engine: Engine, now: Moment) -> None:
    """On WeChat: an answer in two parts, the second got by 更多, a push, a word that gets what is owed."""
    seq = kept(engine, "wechat:1", now(), "很长的答复")
    kept(engine, "wechat:2", now(), text="更多")
    owed = kept(engine, "wechat:late", now(), "迟到的答复")
    kept(engine, "wechat:owed", now(), text="好了没")
    replies = [("wechat:1", "wechat:1", 0, "given"), ("wechat:2", "wechat:1", 1, "given")]
    replies.append(("wechat:owed", "wechat:owed", 0, "given"))
    names = ("key", "reply_key", "part", "state")
    with engine.begin() as connection:
        pushed = conversation.say(connection, CITIZEN, conversation.NOTICE, {"text": "有新进展"})
        for number, key in ((seq, "wechat:1"), (owed, "wechat:owed"), (pushed, "push:1")):
            row = {"seq": number, "sender_id": CITIZEN, "reply_key": key}
            connection.execute(insert(DeliveryRow).values(row))
        for reply in (*replies, ("push:1", "push:1", 0, "sent")):
            more = {"sender_id": CITIZEN, "created_at": now()}
            connection.execute(insert(ReplyRow).values({**dict(zip(names, reply, strict=True)), **more}))


def _held(engine: Engine, now: Moment) -> None:
    """Ask for a person, say something to the agent, and be given back."""
    room = staffed(engine, now)
    kept(engine, "wechat:3", now(), "请稍等")
    room.ask(CITIZEN, "wechat", "wechat:3")
    now.later(minutes=1)
    room.take(CITIZEN, AGENT_ID, "座席07")
    now.later(minutes=1)
    kept(engine, "wechat:4", now(), text="在吗")
    now.later(minutes=1)
    room.give_back(CITIZEN, AGENT_ID)
    room.present(AGENT_ID)
    now.later(minutes=1)
    room.ask(CITIZEN, "wechat", "wechat:3b")


def _account(staff_id: str, unit: str, now: Moment) -> dict[str, Any]:
    row = {"id": staff_id, "login": staff_id, "shown_name": staff_id, "role": "handler", "unit": unit}
    flags = dict.fromkeys(("must_change", "disabled", "demo", "named"), False)
    return {**row, **flags, "password_hash": "x", "password_at": now(), "totp_step": 0, "created_at": now()}
