"""Accounts, sessions and the audit log of the staff door.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Whoever changes the log has to take these away first, and the chain of hashes still tells.
_SQLITE = """
CREATE TRIGGER audit_event_no_{name} BEFORE {verb} ON audit_event
BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END
"""
_POSTGRES_FUNCTION = """
CREATE FUNCTION audit_event_append_only() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION 'audit_event is append-only'; END
$$ LANGUAGE plpgsql
"""
_POSTGRES = """
CREATE TRIGGER audit_event_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
FOR EACH STATEMENT EXECUTE FUNCTION audit_event_append_only()
"""


def upgrade() -> None:
    """Create the six tables and the triggers that let nobody change the log."""
    _create_accounts()
    _create_sessions()
    _create_audit()
    _forbid_changes()


def _create_accounts() -> None:
    op.create_table(
        "staff_account",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("login", sa.String(32), nullable=False, unique=True),
        sa.Column("shown_name", sa.String(20), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("unit", sa.String(80), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("password_at", sa.DateTime(), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("totp_sealed", sa.LargeBinary()),
        sa.Column("totp_step", sa.Integer(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
    )
    op.create_table(
        "staff_former_password",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("staff_id", sa.String(16), sa.ForeignKey("staff_account.id"), nullable=False, index=True),
        sa.Column("password_hash", sa.String(200), nullable=False),
    )


def _create_sessions() -> None:
    op.create_table(
        "staff_session",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("staff_id", sa.String(16), sa.ForeignKey("staff_account.id"), nullable=False, index=True),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("proved", sa.Boolean(), nullable=False),
        sa.Column("pending_sealed", sa.LargeBinary()),
        sa.Column("began_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime()),
        sa.Column("ended_reason", sa.String(16), nullable=False),
    )
    op.create_table(
        "staff_failure",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Index("ix_staff_failure_subject_at", "subject", "at"),
    )


def _create_audit() -> None:
    op.create_table(
        "audit_event",
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(), nullable=False, index=True),
        sa.Column("actor_id", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("object_kind", sa.String(40), nullable=False),
        sa.Column("object_id", sa.String(200), nullable=False),
        sa.Column("result", sa.String(40), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Index("ix_audit_event_actor_id_seq", "actor_id", "seq"),
        sa.Index("ix_audit_event_action_seq", "action", "seq"),
        sa.Index("ix_audit_event_object_id_seq", "object_id", "seq"),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("mac", sa.String(64), nullable=False),
    )


def _forbid_changes() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_POSTGRES_FUNCTION)
        op.execute(_POSTGRES)
    else:
        for verb in ("UPDATE", "DELETE"):
            op.execute(_SQLITE.format(name=verb.lower(), verb=verb))


def downgrade() -> None:
    """Drop the six tables."""
    for table in (
        "audit_head",
        "audit_event",
        "staff_failure",
        "staff_session",
        "staff_former_password",
        "staff_account",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_event_append_only")
