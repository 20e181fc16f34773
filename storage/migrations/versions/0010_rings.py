"""The web chat rings: what browsers gave to push to."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "push_subscription",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("account_id", sa.BigInteger(), sa.ForeignKey("channel_account.id"), nullable=False),
        sa.Column("chat", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("endpoint", sa.LargeBinary(), nullable=False),
        sa.Column("p256dh", sa.LargeBinary(), nullable=False),
        sa.Column("auth", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("line", sa.Integer()),
        sa.Column("ring_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.UniqueConstraint("account_id", "chat", "mark"),
    )
    waits = sa.text("line IS NOT NULL")
    op.create_index(
        "ix_push_subscription_line", "push_subscription", ["ring_at"],
        sqlite_where=waits, postgresql_where=waits,
    )  # fmt: skip
