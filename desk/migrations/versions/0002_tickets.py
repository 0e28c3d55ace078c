"""Tickets, their history, and the numbers given per day.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the three tables."""
    _create_tickets()
    _create_events()
    op.create_table(
        "ticket_day",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("last", sa.Integer(), nullable=False),
    )


def _create_tickets() -> None:
    op.create_table(
        "ticket",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("public_no", sa.String(32), nullable=False, unique=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("source_msg_id", sa.String(96), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("sender_id", sa.String(64), nullable=False, index=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("category", sa.String(40), nullable=False),
        sa.Column("district", sa.String(40), nullable=False),
        sa.Column("narrative", sa.Text(), nullable=False),
        sa.Column("happened", sa.String(200), nullable=False),
        sa.Column("happened_on", sa.Date()),
        sa.Column("reply_by", sa.String(8), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary()),
        sa.Column("phone_masked", sa.String(24), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("accused_unit", sa.String(80), nullable=False),
        sa.Column("accused_person", sa.String(80), nullable=False),
        sa.Column("claim_ref", sa.String(64), nullable=False),
        sa.Column("claim_snapshot", sa.JSON()),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("urged", sa.Integer(), nullable=False),
        sa.Column("urged_at", sa.DateTime()),
        sa.Column("disputes", sa.Integer(), nullable=False),
        sa.Column("final_assign", sa.Boolean(), nullable=False),
        sa.Column("asked_from", sa.String(16)),
        sa.Column("unit_main", sa.String(80), nullable=False, index=True),
        sa.Column("units_assist", sa.JSON(), nullable=False),
        sa.Column("assignee", sa.String(80), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("channel_text", sa.Text(), nullable=False),
        sa.Column("reply_text", sa.Text(), nullable=False),
        sa.Column("reply_basis", sa.String(200), nullable=False),
        sa.Column("resolution", sa.String(16), nullable=False),
        sa.Column("solved", sa.String(16), nullable=False),
        sa.Column("satisfied", sa.String(16), nullable=False),
        sa.Column("merged_into", sa.String(32), nullable=False),
        sa.Column("referred_to", sa.String(80), nullable=False),
        sa.Column("receipt", sa.String(80), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("dispatched_at", sa.DateTime()),
        sa.Column("asked_at", sa.DateTime()),
        sa.Column("replied_at", sa.DateTime()),
        sa.Column("redo_at", sa.DateTime()),
        sa.Column("closed_at", sa.DateTime()),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("due_estimated", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("channel", "source_msg_id", name="uq_ticket_channel_source_msg_id"),
        sa.Index("ix_ticket_state_due", "state", "due"),
    )


def _create_events() -> None:
    op.create_table(
        "ticket_event",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("ticket_id", sa.String(32), sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("move", sa.String(24), nullable=False),
        sa.Column("from_state", sa.String(16)),
        sa.Column("to_state", sa.String(16), nullable=False),
        sa.Column("actor_role", sa.String(16), nullable=False),
        sa.Column("actor_id", sa.String(64), nullable=False),
        sa.Column("given", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("request_id", sa.String(96)),
        sa.UniqueConstraint("ticket_id", "seq", name="uq_ticket_event_ticket_id_seq"),
        sa.UniqueConstraint("ticket_id", "request_id", name="uq_ticket_event_ticket_id_request_id"),
    )


def downgrade() -> None:
    """Drop the three tables, events first."""
    for table in ("ticket_day", "ticket_event", "ticket"):
        op.drop_table(table)
