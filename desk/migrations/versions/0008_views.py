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


_ASSISTED = sa.text("CAST(units_assist AS TEXT) != '[]'")
_INDEXED = ("replied_at", "ended_at", "updated_at")


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
    op.create_index(
        "ix_ticket_assisted", "ticket", ["id"], sqlite_where=_ASSISTED, postgresql_where=_ASSISTED
    )
    for name in _INDEXED:
        op.create_index(f"ix_ticket_{name}", "ticket", [name])


def downgrade() -> None:
    """Drop them."""
    for name in ("assisted", *_INDEXED):
        op.drop_index(f"ix_ticket_{name}", "ticket")
    op.drop_table("saved_view")
