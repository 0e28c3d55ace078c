"""The message for which a one-time code was judged last, so that asking again changes nothing.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("one_time_code", sa.Column("judged_for", sa.String(96)))


def downgrade() -> None:
    """Drop it."""
    with op.batch_alter_table("one_time_code") as table:
        table.drop_column("judged_for")
