"""Find the replies and pushes that did not surely arrive without reading all of them every second.

Revision ID: 0016
Revises: 0015
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    op.create_index("ix_wechat_reply_state", "wechat_reply", ["state"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_wechat_reply_state", "wechat_reply")
