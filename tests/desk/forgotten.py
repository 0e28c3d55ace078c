"""A person who has used everything, and a look into every table and file, for the tests of forgetting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import insert, inspect, text
from sqlalchemy.engine import Engine

from bot.gateway.wechat.tables import DeliveryRow, FollowerRow, ReplyRow
from desk import conversation
from desk.database import reading
from desk.identity import Codes
from desk.learning import Feedback, Labels, ledger
from desk.sealing import Keys
from desk.tickets import Complaint, Kind, Ticket, Tickets
from desk.vault import Vault
from tests.desk.learning_room import NAMES, said
from tests.desk.live_room import staffed
from tests.desk.ticket_room import AGENT, PLANTED_PHONE, Moment, moved
from tests.fakes.people import KNOWN, NAME, People
from tests.fakes.sms import FakeSms

AGENT_ID = "a7"
MATTER = Complaint(
    Kind.COMPLAINT, "申请以后一直没有结果。", category="overdue", reply_by="phone", phone=PLANTED_PHONE
)
_EVENTS = (
    "CREATE TABLE events (id INTEGER, sender_id VARCHAR(255) NOT NULL, "
    "type_name VARCHAR(255), timestamp FLOAT, data TEXT)"
)


def words_of(sender: str) -> str:
    """What nobody but `sender` has said."""
    return f"孔雀羽毛{sender}能不能抵押"


def make_rasa_table(tracker: Engine) -> None:
    """Make the table of Rasa's memory that ours reads and deletes from."""
    with tracker.begin() as connection:
        connection.execute(text(_EVENTS))


def codes_in(engine: Engine, now: Moment) -> Codes:
    return Codes(engine, Keys.of(bytes(32)), FakeSms(), People(), now, spawn=lambda send: send())


def lives(engine: Engine, tracker: Engine, tickets: Tickets, now: Moment, sender: str) -> Ticket:
    """Let `sender` leave a trace in every table; he is held by an agent at the end. Returns his ticket."""
    words = words_of(sender)
    item = said(engine, words, sender=sender)
    Labels(engine, NAMES).label(item, "materials", "运维01")
    Vault(engine, Keys.of(bytes(32))).redact(sender, f"打{PLANTED_PHONE}")
    codes_in(engine, now).begin(sender, KNOWN, NAME)
    room = staffed(engine, now)
    room.ask(sender, "wechat", f"wechat:{sender}:1")
    room.take(sender, AGENT_ID, "座席07")
    room.say(sender, AGENT_ID, f"您说的是{words}", request_id="r1")
    mark = Feedback(engine, now).wrong(words, "kunming.materials.overview", "materials", AGENT_ID)
    _proposed(engine, item, words, now)
    _proposed(engine, f"w{mark}", words, now)
    _follows(engine, sender, now)
    _remembered(tracker, sender, words)
    ticket = tickets.open(MATTER, f"wechat:{sender}:2", sender, "wechat")
    tickets.add_facts(ticket.public_no, sender, "又等了一周。", f"wechat:{sender}:3")
    return moved(tickets, tickets.read(ticket.public_no), "ask", AGENT, question="哪一天交的？")


def contents(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    with reading(engine) as connection:
        names = inspect(connection).get_table_names()
        found = {name: connection.execute(text(f'SELECT * FROM "{name}"')).mappings() for name in names}
        return {name: [_shown(row) for row in rows] for name, rows in found.items()}


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    # PostgreSQL hands out bytes as a view, which shows its address instead of them.
    return {name: bytes(value) if isinstance(value, memoryview) else value for name, value in row.items()}


def traces(engine: Engine, sender: str) -> set[str]:
    """The tables in which `sender`, or the words of `sender`, still stand."""
    return {name for name, rows in contents(engine).items() if sender in str(rows)}


def files_with(folder: Path, sender: str) -> set[str]:
    return {path.name for path in folder.iterdir() if sender.encode() in path.read_bytes()}


@contextmanager
def other_process(engine: Engine) -> Iterator[None]:
    """A connection that somebody keeps open; SQLite clears up by itself when the last one closes."""
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT 1")
        cursor.fetchall()
        yield


def _proposed(engine: Engine, item: str, words: str, now: Moment) -> None:
    values = {"kind": ledger.EXAMPLE, "topic": "materials", "text": words, "story": None, "item": item}
    with engine.begin() as connection:
        ledger.add(connection, values, "运维01", now())


def _follows(engine: Engine, sender: str, now: Moment) -> None:
    follower = {"openid_hash": f"h-{sender}", "openid_sealed": b"o", "account": "gh", "following": True}
    counts = {"sends_left": 5, "attempts": 0, "nudged_seq": 0}
    with engine.begin() as connection:
        seq = conversation.say(connection, sender, conversation.BOT, {"text": "好的"}, f"wechat:{sender}:1")
        connection.execute(
            insert(FollowerRow).values(
                sender_id=sender, **follower, **counts, heard_at=now(), sends_until=now()
            )
        )
        key = {"sender_id": sender, "reply_key": f"wechat:{sender}:1"}
        connection.execute(insert(DeliveryRow).values(seq=seq, **key))
        connection.execute(
            insert(ReplyRow).values(key=f"wechat:{sender}:1", part=0, state="given", created_at=now(), **key)
        )


def _remembered(tracker: Engine, sender: str, words: str) -> None:
    row = {"sender_id": sender, "data": words}
    with tracker.begin() as connection:
        connection.execute(text("INSERT INTO events (sender_id, data) VALUES (:sender_id, :data)"), row)
