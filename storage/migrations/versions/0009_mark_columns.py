"""What columns of mark sheets were said to be is kept with the class."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("course_class", sa.Column("mark_columns", sa.JSON(), nullable=False, server_default="{}"))
