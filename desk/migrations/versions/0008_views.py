"""The searches that staff have saved.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "ticket_view",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("staff_id", sa.String(16), nullable=False),
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.UniqueConstraint("staff_id", "name", name="uq_ticket_view_staff_id_name"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("ticket_view")
