"""Find the people whose sending a dead gateway still claims without reading all of them every second.

Revision ID: 0017
Revises: 0016
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    op.create_index("ix_wechat_follower_claimed_until", "wechat_follower", ["claimed_until"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_wechat_follower_claimed_until", "wechat_follower")
