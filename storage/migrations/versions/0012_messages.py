"""A ticket may be one person's message to the registrar: of no unit, perhaps about a session."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("ticket") as ticket:
        ticket.alter_column("organisation_id", existing_type=KEY, nullable=True)
        ticket.add_column(sa.Column("session_id", KEY, nullable=True))
        ticket.create_foreign_key("ticket_session_id_fkey", "course_session", ["session_id"], ["id"])
