"""How any service outside of the desk is doing, with a reason in words.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rename the table and let the reason be a sentence."""
    op.rename_table("source_health", "health")
    with op.batch_alter_table("health") as table:
        table.alter_column("reason", type_=sa.Text(), existing_nullable=False)


def downgrade() -> None:
    """Back to the name and the short reason; what is noted is noted again with the next calls."""
    op.execute("DELETE FROM health")
    with op.batch_alter_table("health") as table:
        table.alter_column("reason", type_=sa.String(32), existing_nullable=False)
    op.rename_table("health", "source_health")
