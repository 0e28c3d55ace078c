"""What the channel keeps: who follows, what each was told, the token, and what could not be read."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, String

from desk.database import Base, UtcDateTime


class FollowerRow(Base):
    """One person who follows the account, under a conversation id that says nothing about the openid.

    `openid_hash` finds the row, `openid_sealed` is opened only to send. `sends_left` customer-service
    messages may go out until `sends_until`; `next_try_at` is when a failed sending is tried again,
    `claimed_until` how long one gateway has the sending to itself, `nudged_seq` the newest message that
    a template message has told of.
    """

    __tablename__ = "wechat_follower"
    sender_id = Column(String(64), primary_key=True)
    openid_hash = Column(String(64), nullable=False, unique=True)
    openid_sealed = Column(LargeBinary, nullable=False)
    account = Column(String(64), nullable=False)
    following = Column(Boolean, nullable=False)
    heard_at = Column(UtcDateTime, nullable=False)
    sends_left = Column(Integer, nullable=False)
    sends_until = Column(UtcDateTime, nullable=False)
    attempts = Column(Integer, nullable=False)
    next_try_at = Column(UtcDateTime, index=True)
    claimed_until = Column(UtcDateTime, index=True)
    nudged_seq = Column(Integer, nullable=False)


class GoneRow(Base):
    """Somebody who stopped following at `left_at` (seconds, as WeChat says): older deliveries are ignored.

    `forgetting` is the conversation until everything about it is deleted.
    """

    __tablename__ = "wechat_gone"
    openid_hash = Column(String(64), primary_key=True)
    left_at = Column(Integer, nullable=False)
    forgetting = Column(String(64))
    seen_at = Column(UtcDateTime, nullable=False, index=True)


class DeliveryRow(Base):
    """One message of the conversation log that was given to its person, with the reply that held it."""

    __tablename__ = "wechat_delivery"
    seq = Column(Integer, primary_key=True, autoincrement=False)
    sender_id = Column(String(64), nullable=False, index=True)
    reply_key = Column(String(96), nullable=False, index=True)


class ReplyRow(Base):
    """One text that was given: part `part` (from 0) of what the messages of `reply_key` say.

    `key` is the inbox key of the message it answered, so that a second delivery of it gets the same text;
    `state` says whether it was given in answer, too late perhaps, or is being sent, or was sent.
    """

    __tablename__ = "wechat_reply"
    key = Column(String(96), primary_key=True)
    sender_id = Column(String(64), nullable=False)
    reply_key = Column(String(96), nullable=False)
    part = Column(Integer, nullable=False)
    state = Column(String(16), nullable=False)
    created_at = Column(UtcDateTime, nullable=False)
    __table_args__ = (
        Index("ix_wechat_reply_sender_id_created_at", "sender_id", "created_at"),
        Index("ix_wechat_reply_state", "state"),
    )


class TokenRow(Base):
    """The access token of an account, sealed; `claimed_until` is how long one process may fetch a new one."""

    __tablename__ = "wechat_token"
    app_id = Column(String(32), primary_key=True)
    sealed = Column(LargeBinary)
    expires_at = Column(UtcDateTime)
    claimed_until = Column(UtcDateTime)


class NonceRow(Base):
    """A signature that came, with a hash of its body: it must not come back with another body."""

    __tablename__ = "wechat_nonce"
    signature = Column(String(64), primary_key=True)
    body_hash = Column(String(64), nullable=False)
    seen_at = Column(UtcDateTime, nullable=False, index=True)


class UnprocessableRow(Base):
    """A signed message that could not be used; of its content only the kind, as far as it has one."""

    __tablename__ = "wechat_unprocessable"
    id = Column(Integer, primary_key=True)
    reason = Column(String(32), nullable=False)
    kind = Column(String(64), nullable=False)
    size = Column(Integer, nullable=False)
    received_at = Column(UtcDateTime, nullable=False, index=True)
