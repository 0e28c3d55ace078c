"""The marks of the secrets that this database was written with, and the conversations that were ended.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "secret_mark",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("mac", sa.String(64), nullable=False, unique=True),
    )
    op.create_table(
        "ended_session",
        sa.Column("sender_id", sa.String(64), primary_key=True),
        sa.Column("ended_at", sa.DateTime(), nullable=False, index=True),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("ended_session")
    op.drop_table("secret_mark")
