"""Whose files are kept: a chat has a quota of them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("stored_file", sa.Column("dialogue_id", KEY, nullable=True))
    op.create_index("ix_stored_file_dialogue_id", "stored_file", ["dialogue_id"], unique=False)
