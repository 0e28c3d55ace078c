"""What came in was answered, what was told exists, and what goes out has gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Text, and_, cast, column, exists, select, table
from sqlalchemy.engine import Connection, Engine

from desk.conversation import BOT, CITIZEN, NOTICE, MessageRow
from desk.database import UtcDateTime
from desk.inbox import NEW, InboxRow
from desk.invariants.record import Breach, batches, moment, rows
from desk.live.tables import LiveEventRow, LiveRow
from desk.tickets.number import numbers_in
from desk.tickets.tables import TicketRow

_LONGEST_WAIT = timedelta(minutes=10)
_LONGEST_SENDING = timedelta(minutes=5)
# A turn looks who holds the conversation, and that changes meanwhile; machines' clocks differ a little.
_ABOUT = timedelta(seconds=5)
_OVER = ("leave", "give_back", "returned", "silent", "nobody")
# The tables of a door, which the desk does not import.
_REPLY = table(
    "wechat_reply", column("key"), column("part"), column("state"), column("created_at", UtcDateTime)
)
_DELIVERY = table("wechat_delivery", column("seq"), column("sender_id"), column("reply_key"))
# The field of a ticket's card that holds its number; the others may quote the citizen.
_NUMBER_FIELD = "编号"


def left_waiting(engine: Engine, now: datetime) -> Iterator[Breach]:
    """Yield messages that were accepted long ago and are not settled."""
    late = select(InboxRow.key).where(InboxRow.state == NEW, InboxRow.received_at < now - _LONGEST_WAIT)
    for row in rows(engine, late):
        yield Breach("waiting", row.key, "收件超过 10 分钟没有办完")


def without_reply(engine: Engine) -> Iterator[Breach]:
    """Yield settled messages that nothing was said to.

    Only three need nothing: one that an agent read in the conversation; and on WeChat 更多, which was given
    the next part of what had been said, and a bare word, settled as it came with what was untold.
    """
    said = exists().where(and_(MessageRow.inbox_key == InboxRow.key, MessageRow.author != CITIZEN))
    went_on = exists().where(and_(_REPLY.c.key == InboxRow.key, _REPLY.c.part > 0))
    owed = exists().where(
        and_(
            _DELIVERY.c.reply_key == InboxRow.key,
            _DELIVERY.c.seq == MessageRow.seq,
            InboxRow.finished_at == InboxRow.received_at,
        )
    )
    settled = (
        select(InboxRow.key, InboxRow.sender_id, InboxRow.received_at, InboxRow.finished_at)
        .where(InboxRow.state != NEW, ~said, ~went_on, ~owed)
        .order_by(InboxRow.sender_id)
    )
    with moment(engine) as connection:
        for batch in batches(connection, settled):
            for sender_id, silent in groupby(batch, lambda row: row.sender_id):
                held = _held(connection, sender_id)
                for row in silent:
                    if not _read_by_an_agent(row, held):
                        yield Breach("no_reply", row.key, "收件已经办完，但没有任何答复")


def numbers_of_nothing(engine: Engine) -> Iterator[Breach]:
    """Yield what told a citizen a ticket number that does not exist. What agents type is their own word."""
    told = (
        select(MessageRow.seq, MessageRow.body)
        .where(MessageRow.author.in_((BOT, NOTICE)), cast(MessageRow.body, Text).like("%JS-%"))
        .order_by(MessageRow.seq)
    )
    with moment(engine) as connection:
        for batch in batches(connection, told):
            numbers = {row.seq: told_numbers(row.body.get("text"), row.body.get("card")) for row in batch}
            for seq, number in unknown(connection, numbers):
                yield Breach("number", f"消息 {seq}，{number}", "告诉市民的工单编号不存在")


def stuck_sending(engine: Engine, now: datetime) -> Iterator[Breach]:
    """Yield pushes to WeChat of which nobody knows whether they arrived."""
    lost = select(_REPLY.c.key).where(
        _REPLY.c.state.in_(("sending", "again")), _REPLY.c.created_at < now - _LONGEST_SENDING
    )
    for row in rows(engine, lost):
        yield Breach("sending", row.key, "公众号消息超过 5 分钟不知道有没有送到")


def deliveries_of_nothing(engine: Engine) -> Iterator[Breach]:
    """Yield marks of delivery for what was never said, or was said to somebody else."""
    same = and_(MessageRow.seq == _DELIVERY.c.seq, MessageRow.sender_id == _DELIVERY.c.sender_id)
    said = exists().where(same)
    for row in rows(engine, select(_DELIVERY.c.seq).where(~said)):
        yield Breach("delivery", str(row.seq), "公众号送达记录没有对应的消息")


def live_without_words(engine: Engine) -> Iterator[Breach]:
    """Yield who waits for an agent, or is held by one, without ever having said anything."""
    said = exists().where(MessageRow.sender_id == LiveRow.sender_id)
    for row in rows(engine, select(LiveRow.sender_id).where(~said)):
        yield Breach("live", row.sender_id, "在线人工的对话里没有任何消息")


def told_numbers(text: Any, card: Any) -> list[str]:
    """Return the ticket numbers that a text and a card tell; not those within what a citizen wrote."""
    card = card or {}
    fields = [each["value"] for each in card.get("fields") or () if each.get("name") == _NUMBER_FIELD]
    return numbers_in(" ".join(str(part or "") for part in (text, card.get("title"), *fields)))


def unknown(connection: Connection, numbers: dict[int, list[str]]) -> list[tuple[int, str]]:
    """Return which of the numbers that rows tell are those of no ticket, each with its row."""
    told = {number for each in numbers.values() for number in each}
    known = set(connection.scalars(select(TicketRow.public_no).where(TicketRow.public_no.in_(told))))
    return [(row, number) for row, each in numbers.items() for number in sorted(set(each) - known)]


def _held(connection: Connection, sender_id: str) -> list[tuple[datetime, datetime | None]]:
    """From when to when agents had a conversation."""
    mine = and_(LiveEventRow.sender_id == sender_id, LiveEventRow.what.in_(("take", *_OVER)))
    happened = select(LiveEventRow.what, LiveEventRow.at).where(mine).order_by(LiveEventRow.id)
    spans: list[tuple[datetime, datetime | None]] = []
    for what, at in connection.execute(happened):
        if what == "take":
            spans.append((at, None))
        elif spans and spans[-1][1] is None:
            spans[-1] = (spans[-1][0], at)
    return spans


def _read_by_an_agent(row: Any, held: Sequence[tuple[datetime, datetime | None]]) -> bool:
    return any(
        begun <= row.finished_at + _ABOUT and (over is None or over >= row.received_at - _ABOUT)
        for begun, over in held
    )
