"""What became of each message, feedback on cards, labels, and proposals made from them.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns of the inbox and create the four tables."""
    op.add_column("inbox", sa.Column("label", sa.String(40)))
    op.add_column("inbox", sa.Column("confidence", sa.Float()))
    op.add_column("inbox", sa.Column("label2", sa.String(40)))
    op.add_column("inbox", sa.Column("outcome", sa.String(16)))
    op.create_index("ix_inbox_outcome_received_at", "inbox", ["outcome", "received_at"])
    op.create_index("ix_inbox_received_at", "inbox", ["received_at"])
    op.create_table(
        "card_feedback",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("verdict", sa.String(8), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("card", sa.String(120), nullable=False),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("staff_id", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False, index=True),
    )
    op.create_table(
        "label_event",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("item", sa.String(24), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("move", sa.String(8), nullable=False),
        sa.Column("label", sa.String(40)),
        sa.Column("staff_id", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.UniqueConstraint("item", "seq", name="uq_label_event_item_seq"),
    )
    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("story", sa.JSON()),
        sa.Column("item", sa.String(24), nullable=False, index=True),
        sa.Column("author", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("decided_by", sa.String(64)),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("batch", sa.Integer(), index=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("decided_at", sa.DateTime()),
    )
    op.create_table(
        "proposal_event",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("proposal_id", sa.Integer(), sa.ForeignKey("proposal.id"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("move", sa.String(16), nullable=False),
        sa.Column("to_state", sa.String(16), nullable=False),
        sa.Column("staff_id", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.UniqueConstraint("proposal_id", "seq", name="uq_proposal_event_proposal_id_seq"),
    )


def downgrade() -> None:
    """Drop the tables and the columns of the inbox."""
    for table in ("proposal_event", "proposal", "label_event", "card_feedback"):
        op.drop_table(table)
    op.drop_index("ix_inbox_received_at", "inbox")
    op.drop_index("ix_inbox_outcome_received_at", "inbox")
    with op.batch_alter_table("inbox") as inbox:
        for column in ("outcome", "label2", "confidence", "label"):
            inbox.drop_column(column)
