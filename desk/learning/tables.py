"""The tables of learning: what agents said of cards, who labelled what, every proposal and its history."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Integer, String, Text, UniqueConstraint

from desk.database import Base, UtcDateTime


class CardFeedbackRow(Base):
    """An agent's word on one card: it was used, or it was not what the caller's (redacted) words asked.

    `verdict` is used, wrong, or undone where the agent took the word back.
    """

    __tablename__ = "card_feedback"
    id = Column(Integer, primary_key=True)
    verdict = Column(String(8), nullable=False)
    words = Column(Text, nullable=False)
    card = Column(String(120), nullable=False)
    topic = Column(String(40), nullable=False)
    staff_id = Column(String(64), nullable=False)
    at = Column(UtcDateTime, nullable=False, index=True)


class LabelEventRow(Base):
    """One labelling or its undoing; `label` is what holds afterwards, empty for none. Only ever added."""

    __tablename__ = "label_event"
    id = Column(Integer, primary_key=True)
    item = Column(String(24), nullable=False)
    seq = Column(Integer, nullable=False)
    move = Column(String(8), nullable=False)
    label = Column(String(40))
    staff_id = Column(String(64), nullable=False)
    at = Column(UtcDateTime, nullable=False)
    __table_args__ = (UniqueConstraint("item", "seq", name="uq_label_event_item_seq"),)


class ProposalRow(Base):
    """One line of training or one conversation test, and where it stands; `story` is the rest of a test."""

    __tablename__ = "proposal"
    id = Column(Integer, primary_key=True)
    kind = Column(String(8), nullable=False)
    topic = Column(String(40), nullable=False)
    text = Column(Text, nullable=False)
    story = Column(JSON(none_as_null=True))
    item = Column(String(24), nullable=False, index=True)
    author = Column(String(64), nullable=False)
    state = Column(String(16), nullable=False, index=True)
    decided_by = Column(String(64))
    reason = Column(String(200), nullable=False)
    batch = Column(Integer, index=True)
    created_at = Column(UtcDateTime, nullable=False)
    decided_at = Column(UtcDateTime)


class ProposalEventRow(Base):
    """One move of a proposal: who, when, why. Only ever added; `seq` makes two movers collide."""

    __tablename__ = "proposal_event"
    id = Column(Integer, primary_key=True)
    proposal_id = Column(Integer, ForeignKey("proposal.id"), nullable=False)
    seq = Column(Integer, nullable=False)
    move = Column(String(16), nullable=False)
    to_state = Column(String(16), nullable=False)
    staff_id = Column(String(64), nullable=False)
    reason = Column(String(200), nullable=False)
    at = Column(UtcDateTime, nullable=False)
    __table_args__ = (UniqueConstraint("proposal_id", "seq", name="uq_proposal_event_proposal_id_seq"),)
