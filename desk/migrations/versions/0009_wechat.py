"""The WeChat channel: followers, deliveries, replies, the token, seen signatures, unusable messages.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TABLES = ("follower", "gone", "delivery", "reply", "token", "nonce", "unprocessable")


def upgrade() -> None:
    """Create the tables."""
    _create_follower()
    _create_gone()
    _create_replies()
    _create_token_and_doors()


def _create_follower() -> None:
    op.create_table(
        "wechat_follower",
        sa.Column("sender_id", sa.String(64), primary_key=True),
        sa.Column("openid_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("openid_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("following", sa.Boolean(), nullable=False),
        sa.Column("heard_at", sa.DateTime(), nullable=False),
        sa.Column("sends_left", sa.Integer(), nullable=False),
        sa.Column("sends_until", sa.DateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(), index=True),
        sa.Column("claimed_until", sa.DateTime()),
        sa.Column("nudged_seq", sa.Integer(), nullable=False),
    )


def _create_gone() -> None:
    op.create_table(
        "wechat_gone",
        sa.Column("openid_hash", sa.String(64), primary_key=True),
        sa.Column("left_at", sa.Integer(), nullable=False),
        sa.Column("forgetting", sa.String(64)),
        sa.Column("seen_at", sa.DateTime(), nullable=False, index=True),
    )


def _create_replies() -> None:
    op.create_table(
        "wechat_delivery",
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("sender_id", sa.String(64), nullable=False, index=True),
        sa.Column("reply_key", sa.String(96), nullable=False, index=True),
    )
    op.create_table(
        "wechat_reply",
        sa.Column("key", sa.String(96), primary_key=True),
        sa.Column("sender_id", sa.String(64), nullable=False),
        sa.Column("reply_key", sa.String(96), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Index("ix_wechat_reply_sender_id_created_at", "sender_id", "created_at"),
    )


def _create_token_and_doors() -> None:
    op.create_table(
        "wechat_token",
        sa.Column("app_id", sa.String(32), primary_key=True),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("expires_at", sa.DateTime()),
        sa.Column("claimed_until", sa.DateTime()),
    )
    op.create_table(
        "wechat_nonce",
        sa.Column("signature", sa.String(64), primary_key=True),
        sa.Column("body_hash", sa.String(64), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False, index=True),
    )
    op.create_table(
        "wechat_unprocessable",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False, index=True),
    )


def downgrade() -> None:
    """Drop them."""
    for name in _TABLES:
        op.drop_table(f"wechat_{name}")
