"""What each night's purge has removed, and which worker is at it.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "retention_run",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("claimed_until", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime()),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("retention_run")
