"""Several things are mentioned of one learner in a conduct report."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conduct_entry", sa.Column("more", sa.JSON(), nullable=False, server_default="{}"))
