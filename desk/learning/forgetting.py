"""Takes the words of a person who is forgotten out of what was learnt from them.

Labels stay: they hold a topic and a number of a message, which is given to no other.
"""

from __future__ import annotations

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.engine import Connection

from desk.conversation import CITIZEN, MessageRow
from desk.learning.feedback import as_kept
from desk.learning.missed import MARKED, said_by
from desk.learning.tables import CardFeedbackRow, ProposalEventRow, ProposalRow
from desk.live.tables import LiveEventRow


def forget_words(connection: Connection, sender_id: str) -> None:
    """Remove every proposal made from a conversation and the words that agents kept beside a card.

    To be called while the conversation is still there. What was downloaded is in the training files: a line
    without a name or a number, which two people have read.
    """
    marks = _marks(connection, sender_id)
    unworded = update(CardFeedbackRow).where(CardFeedbackRow.id.in_(marks))
    connection.execute(unworded.values(words=""))
    of_marks = [f"{MARKED}{mark}" for mark in marks]
    made = or_(ProposalRow.item.in_(said_by(sender_id)), ProposalRow.item.in_(of_marks))
    ids = list(connection.scalars(select(ProposalRow.id).where(made).with_for_update()))
    connection.execute(delete(ProposalEventRow).where(ProposalEventRow.proposal_id.in_(ids)))
    connection.execute(delete(ProposalRow).where(ProposalRow.id.in_(ids)))


def _marks(connection: Connection, sender_id: str) -> list[int]:
    """The entries that hold a text of this conversation, by an agent who had it in hands, since then."""
    taken = select(LiveEventRow.staff_id, func.min(LiveEventRow.at)).where(
        LiveEventRow.sender_id == sender_id, LiveEventRow.what == "take"
    )
    said = select(MessageRow.body).where(MessageRow.sender_id == sender_id, MessageRow.author == CITIZEN)
    texts = {as_kept(str(body.get("text") or "")) for body in connection.scalars(said)}
    row, found = CardFeedbackRow, []
    for staff_id, since in connection.execute(taken.group_by(LiveEventRow.staff_id)).all():
        wanted = select(row.id, row.words).where(row.staff_id == staff_id, row.at >= since, row.words != "")
        found += [number for number, words in connection.execute(wanted) if words in texts]
    return found
