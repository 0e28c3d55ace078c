"""Single reads and writes of the live tables within somebody else's transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, insert, select, update
from sqlalchemy.engine import Connection

from desk.conversation import CITIZEN, MessageRow
from desk.live.record import WAITING, Event, Held, Waiting
from desk.live.tables import LiveEventRow, LiveRow

ROWS = select(*LiveRow.__table__.columns)
_LAST = 5  # of a citizen's messages are looked at for what it is about


def row(connection: Connection, sender_id: str, lock: bool = True) -> Any:
    """Return the row of a conversation, locked for the rest of the transaction, or None."""
    wanted = ROWS.where(LiveRow.sender_id == sender_id)
    return connection.execute(wanted.with_for_update() if lock else wanted).first()


def held(found: Any) -> Held:
    """Turn the row of a held conversation into what doors see."""
    return Held(
        found.sender_id,
        found.channel,
        found.staff_id,
        found.shown_name,
        found.since,
        found.taken_at,
        found.touched_at,
    )


def line(connection: Connection) -> list[Waiting]:
    """Return everybody who waits in order, each with the position, without words."""
    order = (LiveRow.front.desc(), LiveRow.since, LiveRow.sender_id)
    found = connection.execute(ROWS.where(LiveRow.state == WAITING).order_by(*order))
    return [Waiting(each.sender_id, each.channel, each.since, place) for place, each in enumerate(found, 1)]


def end(connection: Connection, before: Any) -> bool:
    """Take a conversation out; False when somebody changed it since `before` was read."""
    return bool(connection.execute(delete(LiveRow).where(*_as_it_was(before))).rowcount)


def to_front(connection: Connection, before: Any) -> bool:
    """Put a held conversation first in line; False when somebody changed it since `before` was read."""
    waits = {"state": WAITING, "front": True, "staff_id": "", "shown_name": "", "taken_at": None}
    return bool(connection.execute(update(LiveRow).where(*_as_it_was(before)).values(**waits)).rowcount)


def note(
    connection: Connection,
    sender_id: str,
    what: str,
    at: datetime,
    staff_id: str = "",
    waited: int | None = None,
    seq: int | None = None,
    request_id: str = "",
) -> None:
    """Add to the history."""
    given = {"staff_id": staff_id, "waited": waited, "seq": seq, "request_id": request_id or None}
    connection.execute(insert(LiveEventRow).values(sender_id=sender_id, what=what, at=at, **given))


def said_before(connection: Connection, sender_id: str, request_id: str) -> int | None:
    """Return the seq of what this request has already said, if anything."""
    wanted = select(LiveEventRow.seq).where(
        LiveEventRow.sender_id == sender_id, LiveEventRow.request_id == request_id
    )
    return connection.scalar(wanted) if request_id else None


def events(connection: Connection, sender_id: str) -> list[Event]:
    """Return the history of a conversation, oldest first."""
    columns = (
        getattr(LiveEventRow, name) for name in ("sender_id", "what", "staff_id", "at", "waited", "seq")
    )
    wanted = select(*columns).where(LiveEventRow.sender_id == sender_id).order_by(LiveEventRow.id)
    return [Event(*each) for each in connection.execute(wanted)]


def last_texts(connection: Connection, sender_ids: Sequence[str]) -> dict[str, list[str]]:
    """Return the last texts of each of some citizens, newest first, as they were kept."""
    recent = func.row_number().over(partition_by=MessageRow.sender_id, order_by=MessageRow.seq.desc())
    numbered = (
        select(MessageRow.sender_id, MessageRow.body, MessageRow.seq, recent.label("place"))
        .where(MessageRow.sender_id.in_(sender_ids), MessageRow.author == CITIZEN)
        .subquery()
    )
    wanted = select(numbered).where(numbered.c.place <= _LAST).order_by(numbered.c.seq.desc())
    texts: dict[str, list[str]] = defaultdict(list)
    for found in connection.execute(wanted):
        texts[found.sender_id].append(str(found.body.get("text") or ""))
    return texts


def unanswered(connection: Connection, staff_id: str) -> dict[str, int]:
    """Return how many messages of each citizen came after the last word of the agent who holds them."""
    mine = LiveEventRow.staff_id == staff_id, LiveEventRow.what.in_(("take", "say"))
    last = (
        select(LiveEventRow.sender_id, func.max(LiveEventRow.seq).label("seq"))
        .join(LiveRow, and_(LiveRow.sender_id == LiveEventRow.sender_id, LiveRow.staff_id == staff_id))
        .where(*mine)
        .group_by(LiveEventRow.sender_id)
        .subquery()
    )
    wanted = (
        select(MessageRow.sender_id, func.count())
        .join(last, and_(MessageRow.sender_id == last.c.sender_id, MessageRow.seq > last.c.seq))
        .where(MessageRow.author == CITIZEN)
        .group_by(MessageRow.sender_id)
    )
    return {sender_id: int(count) for sender_id, count in connection.execute(wanted)}


def _as_it_was(before: Any) -> tuple[Any, ...]:
    return (
        LiveRow.sender_id == before.sender_id,
        LiveRow.state == before.state,
        LiveRow.staff_id == before.staff_id,
    )
