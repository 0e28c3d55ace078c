"""Saved views of the queue, and the indexes that its lists and figures need.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


_ASSISTED = sa.text("assisting > 0")
_INDEXED = ("replied_at", "updated_at")


def upgrade() -> None:
    """Create the table and the indexes."""
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.UniqueConstraint("owner", "name", name="uq_saved_view_owner_name"),
    )
    op.add_column("ticket", sa.Column("assisting", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE ticket SET assisting = json_array_length(units_assist)")
    op.create_index(
        "ix_ticket_assisted", "ticket", ["assisting"], sqlite_where=_ASSISTED, postgresql_where=_ASSISTED
    )
    op.create_index("ix_ticket_ended_at_due", "ticket", ["ended_at", "due", "public_no", "state"])
    # A ticket is open when it has no end: the rows of before must have one until they are filled in exactly.
    op.execute(
        "UPDATE ticket SET ended_at = updated_at WHERE ended_at IS NULL"
        " AND state IN ('closed', 'rejected', 'merged', 'withdrawn', 'referred')"
    )
    for name in _INDEXED:
        op.create_index(f"ix_ticket_{name}", "ticket", [name])


def downgrade() -> None:
    """Drop them."""
    for name in ("assisted", "ended_at_due", *_INDEXED):
        op.drop_index(f"ix_ticket_{name}", "ticket")
    with op.batch_alter_table("ticket") as batch:
        batch.drop_column("assisting")
    op.drop_table("saved_view")
