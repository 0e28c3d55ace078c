"""Conversations that a person has taken over.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "live",
        sa.Column("sender_id", sa.String(64), primary_key=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("front", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("staff_id", sa.String(64), nullable=False),
        sa.Column("shown_name", sa.String(40), nullable=False),
        sa.Column("taken_at", sa.DateTime()),
        sa.Column("touched_at", sa.DateTime(), nullable=False),
    )
    op.create_table(
        "live_event",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("sender_id", sa.String(64), nullable=False, index=True),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("staff_id", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False, index=True),
        sa.Column("waited", sa.Integer()),
        sa.Column("seq", sa.Integer()),
        sa.Column("request_id", sa.String(96)),
        sa.UniqueConstraint("sender_id", "request_id", name="uq_live_event_sender_id_request_id"),
    )
    op.create_table(
        "live_presence",
        sa.Column("staff_id", sa.String(64), primary_key=True),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
    )


def downgrade() -> None:
    """Drop the three tables."""
    for table in ("live_presence", "live_event", "live"):
        op.drop_table(table)
