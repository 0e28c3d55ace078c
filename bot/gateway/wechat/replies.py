"""Which text was given for which message: whatever a person has not been told yet, given once.

Everything said to anybody stands in the conversation log. A message is given by a row in `wechat_delivery`;
what has none yet goes out with the next reply or push, whoever said it and whenever.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.engine import Connection, Engine

from bot.gateway.choices import IN_SIGHT
from bot.gateway.wechat.followers import PREFIX
from bot.gateway.wechat.tables import DeliveryRow, ReplyRow
from bot.gateway.wechat.wording import parts, reply_text
from desk import conversation
from desk.conversation import CITIZEN, Message, MessageRow
from desk.database import one_at_a_time, reading, utc_now
from desk.inbox import NEW, InboxRow

# How a text left us. A reply is given, or late: WeChat had hung up before it came; a retry that is in time
# has fetched it. A push is not surely sent until WeChat has said so: without an answer it is unsure, and
# is sent again, once. Then it came twice, perhaps; or it is left to the next reply.
GIVEN, LATE, FETCHED, SENDING, SENT = "given", "late", "fetched", "sending", "sent"
UNSURE, AGAIN, TWICE, LEFT = "unsure", "again", "twice", "left"
_LOST = timedelta(minutes=2)
_RETRIES = timedelta(seconds=16)  # from the first delivery of a message to the end of the last


class Replies:
    """The tables of replies and deliveries. Blocking: call it from a thread."""

    def __init__(self, engine: Engine, links: bool, now: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._links = links
        self._now = now

    def given(self, key: str) -> str | None:
        """Return the text that a message was answered with before; None when it was not yet."""
        with reading(self._engine) as connection:
            row = connection.execute(select(ReplyRow).where(ReplyRow.key == key)).first()
            return self._text(connection, row.reply_key, row.part) if row else None

    def give(
        self, key: str, sender_id: str, state: str = GIVEN, otherwise: dict[str, Any] | None = None
    ) -> str | None:
        """Return all that the person has not been told yet, as the reply to `key`, or None.

        The same key again gets the same text. What may not have arrived is told again, but by no push.
        `otherwise`: what is said where there is nothing to tell.
        """
        with self._engine.begin() as connection:
            one_at_a_time(connection, sender_id)
            known = connection.execute(select(ReplyRow).where(ReplyRow.key == key)).first()
            if known is None:
                if state == GIVEN:
                    self._bring_back(connection, sender_id)
                untold = [row.seq for row in connection.execute(_untold(sender_id))]
                if not untold and otherwise:
                    untold = [conversation.say(connection, sender_id, conversation.NOTICE, otherwise)]
                if not untold:
                    return None
                rows = [{"seq": seq, "sender_id": sender_id, "reply_key": key} for seq in untold]
                connection.execute(insert(DeliveryRow), rows)
                self._note(connection, key, sender_id, key, 0, state)
                return self._text(connection, key, 0)
            return self._text(connection, known.reply_key, known.part)

    def more(self, key: str, sender_id: str) -> str | None:
        """Return the next part of the last reply, as the reply to `key`; None after the last part."""
        with self._engine.begin() as connection:
            one_at_a_time(connection, sender_id)
            known = connection.execute(select(ReplyRow).where(ReplyRow.key == key)).first()
            if known is not None:
                return self._text(connection, known.reply_key, known.part)
            following = self._next(connection, sender_id)
            if following is None:
                return None
            reply_key, part = following
            self._note(connection, key, sender_id, reply_key, part, GIVEN)
            return self._text(connection, reply_key, part)

    def _next(self, connection: Connection, sender_id: str) -> tuple[str, int] | None:
        # By what was told and not by the clock, which may be put back.
        newest = func.max(DeliveryRow.seq).desc(), ReplyRow.part.desc()
        wanted = (
            select(ReplyRow.reply_key, ReplyRow.part)
            .join(DeliveryRow, DeliveryRow.reply_key == ReplyRow.reply_key)
            .where(ReplyRow.sender_id == sender_id, ReplyRow.state != LEFT)
            .group_by(ReplyRow.key, ReplyRow.reply_key, ReplyRow.part)
        )
        last = connection.execute(wanted.order_by(*newest).limit(1)).first()
        if last is None or last.part + 1 >= len(self._parts(connection, last.reply_key)):
            return None
        return last.reply_key, last.part + 1

    def late(self, key: str) -> None:
        """Note that WeChat had hung up before it could read this reply; not where a retry has fetched it."""
        self._mark(key, ReplyRow.state == GIVEN, LATE)

    def fetched(self, key: str) -> None:
        """Note that a retry has fetched this reply: a delivery before it may still come to its end, late."""
        self._mark(key, ReplyRow.state.in_((GIVEN, LATE)), FETCHED)

    def take_back(self, key: str) -> None:
        """Undo a push that did not reach WeChat: its messages wait again."""
        with self._engine.begin() as connection:
            _undo(connection, [key])

    def take_back_late(self) -> list[str]:
        """Undo the replies that no retry has fetched in time; return their conversations."""
        late = ReplyRow.state == LATE, ReplyRow.created_at <= self._now() - _RETRIES
        wanted = select(ReplyRow.key, ReplyRow.sender_id).where(*late)
        with reading(self._engine) as connection:
            if not connection.execute(wanted.limit(1)).first():
                return []
        with self._engine.begin() as connection:
            rows = connection.execute(wanted).all()
            _undo(connection, [row.key for row in rows])
        return [row.sender_id for row in rows]

    def untold(self, sender_id: str) -> list[Message]:
        """Return what a person has not been told yet, oldest first."""
        with reading(self._engine) as connection:
            return [Message(*row[:4]) for row in connection.execute(_untold(sender_id))]

    def told(self, sender_id: str) -> list[Message]:
        """Return the newest messages that a person was given, in the order in which they were given."""
        mine = DeliveryRow.sender_id == sender_id
        newest = func.max(DeliveryRow.seq).label("newest")
        given = select(DeliveryRow.reply_key, newest).where(mine).group_by(DeliveryRow.reply_key).subquery()
        wanted = (
            _MESSAGES.join(DeliveryRow, DeliveryRow.seq == MessageRow.seq)
            .join(given, given.c.reply_key == DeliveryRow.reply_key)
            .where(mine)
            .order_by(given.c.newest.desc(), MessageRow.seq.desc())
            .limit(IN_SIGHT)
        )
        with reading(self._engine) as connection:
            return [Message(*row[:4]) for row in reversed(connection.execute(wanted).all())]

    def owed(self, sender_id: str) -> bool:
        """Tell whether an answer to an earlier message is ready and has not been given."""
        with reading(self._engine) as connection:
            return any(row.inbox_key for row in connection.execute(_untold(sender_id)))

    def waiting(self, after: int) -> list[str]:
        """Return the conversations with something untold among the messages past `after`."""
        wanted = _UNDELIVERED.where(MessageRow.seq > after, MessageRow.sender_id.startswith(PREFIX))
        senders = wanted.with_only_columns(MessageRow.sender_id).distinct()
        with reading(self._engine) as connection:
            return list(connection.scalars(senders))

    def not_fetched(self) -> tuple[set[str], set[str]]:
        """Return the conversations in which a delivery may still fetch the reply to its message, and those
        in which it did not while it could.

        A message that is being answered, or was, and whose reply was not given to a delivery, to any gateway.
        """
        now = self._now()
        given = select(ReplyRow.key).where(ReplyRow.key == InboxRow.key).exists()
        said = select(MessageRow.seq).where(
            MessageRow.inbox_key == InboxRow.key, MessageRow.author != CITIZEN
        )
        wanted = select(InboxRow.sender_id, InboxRow.received_at).where(
            InboxRow.sender_id.startswith(PREFIX),
            InboxRow.received_at > now - _LOST,
            or_(InboxRow.state == NEW, said.exists()),
            ~given,
        )
        with reading(self._engine) as connection:
            rows = connection.execute(wanted).all()
        may = {row.sender_id for row in rows if row.received_at > now - _RETRIES}
        return may, {row.sender_id for row in rows} - may

    def _bring_back(self, connection: Connection, sender_id: str) -> None:
        left = ReplyRow.sender_id == sender_id, ReplyRow.state == LEFT
        keys = list(connection.scalars(select(ReplyRow.key).where(*left)))
        connection.execute(delete(DeliveryRow).where(DeliveryRow.reply_key.in_(keys)))
        connection.execute(update(ReplyRow).where(*left).values(state=TWICE))
        late = select(ReplyRow.key).where(ReplyRow.sender_id == sender_id, ReplyRow.state == LATE)
        _undo(connection, list(connection.scalars(late)))

    def _mark(self, key: str, stands: Any, state: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(ReplyRow).where(ReplyRow.key == key, stands).values(state=state))

    def _note(
        self, connection: Connection, key: str, sender_id: str, reply_key: str, part: int, state: str
    ) -> None:
        connection.execute(
            insert(ReplyRow).values(
                key=key,
                sender_id=sender_id,
                reply_key=reply_key,
                part=part,
                state=state,
                created_at=self._now(),
            )
        )

    def _text(self, connection: Connection, reply_key: str, part: int) -> str:
        return self._parts(connection, reply_key)[part]

    def _parts(self, connection: Connection, reply_key: str) -> list[str]:
        """What the messages of one reply say: first what answers it, then what had been left untold."""
        told = select(DeliveryRow.seq).where(DeliveryRow.reply_key == reply_key)
        wanted = (
            _MESSAGES.add_columns(InboxRow.text)
            .outerjoin(InboxRow, InboxRow.key == MessageRow.inbox_key)
            .where(MessageRow.seq.in_(told))
            .order_by(MessageRow.seq)
        )
        rows = connection.execute(wanted).all()
        own, others = _messages(rows, reply_key, True), _messages(rows, reply_key, False)
        asked = {row.seq: row.text for row in rows if row.text and row.inbox_key != reply_key}
        return parts(reply_text(own, others, self._links, asked))


_MESSAGES = select(
    MessageRow.seq, MessageRow.author, MessageRow.body, MessageRow.created_at, MessageRow.inbox_key
)
_UNDELIVERED = _MESSAGES.outerjoin(DeliveryRow, DeliveryRow.seq == MessageRow.seq).where(
    MessageRow.author != CITIZEN, DeliveryRow.seq.is_(None)
)


def _undo(connection: Connection, keys: Sequence[str]) -> None:
    """Delete replies, with the later parts that were given of them: what they said is untold again."""
    connection.execute(delete(DeliveryRow).where(DeliveryRow.reply_key.in_(keys)))
    connection.execute(delete(ReplyRow).where(or_(ReplyRow.key.in_(keys), ReplyRow.reply_key.in_(keys))))


def _untold(sender_id: str) -> Any:
    return _UNDELIVERED.where(MessageRow.sender_id == sender_id).order_by(MessageRow.seq)


def _messages(rows: Sequence[Any], key: str, own: bool) -> list[Message]:
    return [Message(*row[:4]) for row in rows if (row.inbox_key == key) is own]
