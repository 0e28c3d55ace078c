"""Which rows are old: of a conversation in the order in which they go, of what was learnt, of the demo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, and_, cast, column, delete, func, select, table, update
from sqlalchemy.engine import Connection

from desk.conversation import NOTICE, MessageRow
from desk.database import UtcDateTime
from desk.inbox import InboxRow
from desk.learning.ledger import REJECTED, WITHDRAWN
from desk.learning.tables import CardFeedbackRow, ProposalEventRow, ProposalRow
from desk.live.tables import LiveEventRow

BATCH = 500  # rows of one transaction: no citizen has to wait for more
_HALF = BATCH // 2
_STEPS = 6  # of a proposal and its history; nobody can make more

_INBOX, _MESSAGE, _LIVE = InboxRow.__table__.c, MessageRow.__table__.c, LiveEventRow.__table__.c
_FEEDBACK, _PROPOSAL = CardFeedbackRow.__table__.c, ProposalRow.__table__.c
# Tables of a door and of Rasa, which the desk does not import.
_REPLY = table("wechat_reply", column("key"), column("sender_id"), column("created_at", UtcDateTime)).c
_DELIVERY = table("wechat_delivery", column("seq")).c
RASA = table("events", column("id"), column("sender_id"), column("timestamp"))


@dataclass(frozen=True)
class Rows:
    """Rows of one table that are named by `key` and were there before a moment (`old`).

    `statements` let some of them go, at most `most` at once; `sender` is whose they are.
    """

    key: Any
    old: Callable[[datetime], Any]
    statements: tuple[Callable[[list[Any]], Any], ...]
    sender: Any = None
    most: int = BATCH

    def count(self, connection: Connection, cutoff: datetime, senders: Sequence[str] = ()) -> int:
        """Return how many are older than `cutoff`, of some senders where they have one."""
        found = self._keys(cutoff, senders).subquery()
        return int(connection.scalar(select(func.count()).select_from(found)) or 0)

    def clear(self, connection: Connection, cutoff: datetime, senders: Sequence[str] = ()) -> int:
        """Let some of them go, with what hangs on them, and return how many those were."""
        # In no order: with one, PostgreSQL would walk through the whole table along its key.
        keys = list(connection.scalars(self._keys(cutoff, senders).limit(self.most)))
        for statement in self.statements if keys else ():
            connection.execute(statement(keys))
        return len(keys)

    def _keys(self, cutoff: datetime, senders: Sequence[str]) -> Any:
        wanted = select(self.key).where(self.old(cutoff))
        return wanted if self.sender is None else wanted.where(self.sender.in_(senders))


def _delete(named: Any) -> Callable[[list[Any]], Any]:
    return lambda keys: delete(named.table).where(named.in_(keys))


def _before(moment: Any) -> Callable[[datetime], Any]:
    return lambda cutoff: moment < cutoff


def _unworded(keys: list[Any]) -> Any:
    """The mark stays, it is counted; the words go."""
    return update(CardFeedbackRow).where(_FEEDBACK.id.in_(keys)).values(words="")


# Together with its mark of delivery: without it a message would be sent once more.
_SAID = (_delete(_DELIVERY.seq), _delete(_MESSAGE.seq))
RASA_ROWS = Rows(
    RASA.c.id, lambda cutoff: RASA.c.timestamp < cutoff.timestamp(), (_delete(RASA.c.id),), RASA.c.sender_id
)
# The messages last: they tell whose conversation is over, whoever died in the middle.
CONVERSATION_ROWS = (
    Rows(_INBOX.key, _before(_INBOX.received_at), (_delete(_INBOX.key),), _INBOX.sender_id),
    Rows(_LIVE.id, _before(_LIVE.at), (_delete(_LIVE.id),), _LIVE.sender_id),
    Rows(_REPLY.key, _before(_REPLY.created_at), (_delete(_REPLY.key),), _REPLY.sender_id),
    Rows(_MESSAGE.seq, _before(_MESSAGE.created_at), _SAID, _MESSAGE.sender_id, _HALF),
)
LEARNING_ROWS = (
    Rows(_FEEDBACK.id, lambda cutoff: and_(_FEEDBACK.at < cutoff, _FEEDBACK.words != ""), (_unworded,)),
    Rows(
        _PROPOSAL.id,
        lambda cutoff: and_(_PROPOSAL.state.in_((REJECTED, WITHDRAWN)), _PROPOSAL.decided_at < cutoff),
        (_delete(ProposalEventRow.__table__.c.proposal_id), _delete(_PROPOSAL.id)),
        most=BATCH // _STEPS,
    ),
)
DEMO_SMS_ROWS = (
    Rows(
        _MESSAGE.seq,
        lambda cutoff: and_(
            _MESSAGE.created_at < cutoff,
            _MESSAGE.author == NOTICE,
            cast(_MESSAGE.body, Text).like('%"kind": "demo_sms"%'),
        ),
        _SAID,
        most=_HALF,
    ),
)
