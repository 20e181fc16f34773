"""A file is read once, before the turn that looks at it; what it holds is kept with it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stored_file", sa.Column("reading", sa.JSON(), nullable=False, server_default="{}"))
