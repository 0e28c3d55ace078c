"""Rasa's memory and our tables tell the same: what it filed is there, and what was filed it remembers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import column, inspect, select, table
from sqlalchemy.engine import Engine

from desk.inbox import DONE, InboxRow
from desk.invariants.messages import told_numbers, unknown
from desk.invariants.record import Breach, batches, moment
from desk.tickets.tables import TicketRow

# Rasa's own table, as its tracker store makes it.
_EVENTS = table("events", *map(column, ("id", "sender_id", "type_name", "data")))
_RECOVERY = timedelta(minutes=10)
# Of the event itself: within a text the quotes are escaped.
_MESSAGE_ID = re.compile(r'"message_id": "([^"\\]*)"')


def told_of_nothing(engine: Engine, tracker: Engine) -> Iterator[Breach]:
    """Yield where Rasa has told a ticket's number, as at each complaint's end, and there is no such one."""
    if not _begun(tracker):
        return
    columns = (_EVENTS.c.id, _EVENTS.c.data)
    told = select(*columns).where(_EVENTS.c.type_name == "bot", _EVENTS.c.data.like("%JS-%"))
    with moment(tracker) as remembered:
        for batch in batches(remembered, told.order_by(_EVENTS.c.id)):
            with moment(engine) as connection:
                for event, number in unknown(connection, {row.id: _numbers(row.data) for row in batch}):
                    yield Breach("rasa_number", f"events {event}，{number}", "Rasa 说过的工单编号不存在")


def unknown_to_rasa(engine: Engine, tracker: Engine) -> Iterator[Breach]:
    """Yield tickets whose confirming message was answered but is not in Rasa's memory of the conversation.

    A conversation of which Rasa remembers nothing is left out: its memory was purged.
    """
    if not _begun(tracker):
        return
    columns = (TicketRow.public_no, TicketRow.sender_id, TicketRow.source_msg_id)
    confirmed = (
        select(*columns)
        .join(InboxRow, InboxRow.key == TicketRow.source_msg_id)
        .where(InboxRow.state == DONE)
        .order_by(TicketRow.id)
    )
    with moment(engine) as connection:
        for batch in batches(connection, confirmed):
            heard = _heard(tracker, [row.sender_id for row in batch])
            for row in batch:
                if row.source_msg_id not in heard.get(row.sender_id, {row.source_msg_id}):
                    yield Breach("rasa_forgot", row.public_no, "登记这张工单的消息，Rasa 没有记下")


def left_in_spool(spool: Path, now: datetime) -> Iterator[Breach]:
    """Yield files of turns that should be in Rasa's memory: they wait for its database, and no longer."""
    for path in sorted(spool.glob("*.jsonl")):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < (now - _RECOVERY).timestamp():
                yield Breach("rasa_spooled", path.name, "Rasa 的记忆里少了还没有存进数据库的几轮对话")


def _begun(tracker: Engine) -> bool:
    """Whether Rasa has made its table."""
    with moment(tracker) as connection:
        return bool(inspect(connection).has_table(_EVENTS.name))


def _numbers(data: str) -> list[str]:
    event = json.loads(data)
    custom = (event.get("data") or {}).get("custom") or {}
    return told_numbers(event.get("text"), custom.get("card"))


def _heard(tracker: Engine, senders: Sequence[str]) -> dict[str, set[str]]:
    """The ids of the messages that Rasa remembers, by conversation."""
    columns = (_EVENTS.c.sender_id, _EVENTS.c.data)
    said = select(*columns).where(_EVENTS.c.sender_id.in_(senders), _EVENTS.c.type_name == "user")
    heard: dict[str, set[str]] = {}
    with moment(tracker) as connection:
        for batch in batches(connection, said):
            for sender_id, data in batch:
                heard.setdefault(sender_id, set()).update(_MESSAGE_ID.findall(data))
    return heard
