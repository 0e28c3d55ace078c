"""Messages with what became of them, as the gateway leaves them, for the tests of learning."""

from __future__ import annotations

import itertools
from datetime import datetime, timezone
from pathlib import Path

from sqlalchemy import insert
from sqlalchemy.engine import Engine

from desk import conversation
from desk.inbox import DONE, NOT_UNDERSTOOD, InboxRow
from desk.regions import load_atlas
from desk.topics import read_topic_names

ROOT = Path(__file__).parents[2]
DATA = ROOT / "data"
NAMES = read_topic_names(DATA / "topic_names.yml")
ATLAS = load_atlas(DATA)
NOON = datetime(2026, 11, 25, 4, tzinfo=timezone.utc)  # a Wednesday, noon in Kunming
PLANTED_PHONE = "13" + "800138000"
_numbers = itertools.count(1)


def said(
    engine: Engine,
    text: str,
    outcome: str | None = NOT_UNDERSTOOD,
    *,
    label: str | None = None,
    sender: str = "",
    at: datetime = NOON,
    state: str = DONE,
    payload: str | None = None,
) -> str:
    """Keep one message with what became of it; return its item's id."""
    number = next(_numbers)
    sender = sender or f"web-{number}"
    row = {"key": f"web:{sender}:{number}", "channel": "web", "sender_id": sender, "fingerprint": "f"}
    row |= {"text": text, "payload": payload, "state": state, "label": label, "outcome": outcome}
    moments = {"received_at": at, "finished_at": at}
    with engine.begin() as connection:
        connection.execute(insert(InboxRow).values(**row, **moments, attempts=0, confidence=0.4))
        seq = conversation.say(connection, sender, conversation.CITIZEN, {"text": text}, row["key"])
        conversation.say(connection, sender, conversation.BOT, {"text": "我没有听懂"}, row["key"])
    return f"m{seq}"
