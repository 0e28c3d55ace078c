"""What the complete queue keeps with and beside the ticket.

Rows of before are filled in from their events by the worker: `contact_due` is empty in them alone.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_INDEXED = ("created_at", "closed_at", "contact_due", "merged_into", "claim_ref")
_BY_DAY = ("category", "district")


def _columns():
    lengths = {"title": 60, "std_code": 20, "filed_kind": 16, "first_unit": 80, "comment": 500}
    for name, length in {**lengths, "extension_state": 16}.items():
        yield sa.Column(name, sa.String(length), nullable=False, server_default="")
    yield sa.Column("extension_reason", sa.Text(), nullable=False, server_default="")
    yield sa.Column("tags", sa.JSON(), nullable=False, server_default="[]")
    for name in ("priority", "contact_tries", "extension_days", "escalation", "verdict_tries", "reopened"):
        yield sa.Column(name, sa.Integer(), nullable=False, server_default="0")
    for name in ("consent_at", "contacted_at", "verdict_asked_at", "verdict_at", "stuck_at", "ended_at"):
        yield sa.Column(name, sa.DateTime())
    for name in ("due_unit", "contact_due", "extension_to", "extended_to", "retention_until"):
        yield sa.Column(name, sa.Date())


def upgrade() -> None:
    """Add the columns and the indexes that a queue of 100,000 rows needs."""
    for column in _columns():
        op.add_column("ticket", column)
    op.execute("UPDATE ticket SET title = substr(narrative, 1, 60), filed_kind = kind")
    op.execute("UPDATE ticket SET first_unit = unit_main WHERE state IN ('in_progress','replied','redo','closed')")
    op.drop_index("ix_ticket_unit_main", "ticket")
    op.create_index("ix_ticket_unit_main_state", "ticket", ["unit_main", "state"])
    for name in _INDEXED:
        op.create_index(f"ix_ticket_{name}", "ticket", [name])
    for name in _BY_DAY:
        op.create_index(f"ix_ticket_{name}_created_at", "ticket", [name, "created_at"])
    op.create_table(
        "ticket_note",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("ticket_id", sa.String(32), sa.ForeignKey("ticket.id"), nullable=False, index=True),
        sa.Column("author", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("request_id", sa.String(96), unique=True),
    )
    op.create_table(
        "limit_change",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("step", sa.String(40), nullable=False, index=True),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("changed_by", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("limit_change")
    op.drop_table("ticket_note")
    for name in _BY_DAY:
        op.drop_index(f"ix_ticket_{name}_created_at", "ticket")
    for name in _INDEXED:
        op.drop_index(f"ix_ticket_{name}", "ticket")
    op.drop_index("ix_ticket_unit_main_state", "ticket")
    op.create_index("ix_ticket_unit_main", "ticket", ["unit_main"])
    with op.batch_alter_table("ticket") as batch:
        for column in _columns():
            batch.drop_column(column.name)
