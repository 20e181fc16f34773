"""Indexes by which what is open, and what is over, is found however much there has been."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

OVER = (
    "state <> 'due' AND delivery_id IS NULL AND (key IS NULL"
    " OR (key >= 'reminder:' AND key < 'reminder;') OR (key >= 'progress:' AND key < 'progress;'))"
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in ("outbox", "timer"):
            op.execute(f'ALTER TABLE {table} ALTER COLUMN key TYPE VARCHAR COLLATE "C"')
    _open()
    _over()
    op.drop_index("ix_outbox_delivery_id", "outbox")
    _partial("ix_outbox_delivery", "outbox", "delivery_id", where="delivery_id IS NOT NULL")
    op.drop_index("ix_outbox_sent", "outbox")
    op.create_index("ix_outbox_chat", "outbox", ["chat", "account_id", "id"])
    op.drop_index("ix_audit_about_id", "audit")
    op.create_index("ix_audit_about_action", "audit", ["about_id", "action"])


def _open() -> None:
    """What is to be worked on, or waits for a person to look at it."""
    _partial("ix_inbox_first", "inbox", "id", where="state IN ('waiting', 'fetching')")
    _partial("ix_inbox_aside", "inbox", "id", where="state = 'set_aside'")
    _partial("ix_timer_aside", "timer", "id", where="state = 'set_aside'")
    _partial("ix_outbox_person", "outbox", "person_id", where="state = 'due'")
    _partial("ix_outbox_failed", "outbox", "id", where="state = 'failed'")


def _over() -> None:
    """What is let go one day, and what holds it."""
    _partial("ix_inbox_done", "inbox", "stored_at", where="state = 'done'")
    _partial("ix_timer_done", "timer", "kind", "due_at", where="state = 'done'")
    _partial("ix_outbox_over", "outbox", "due_at", where=OVER)
    _partial("ix_outbox_edits_row", "outbox", "edits_row", where="edits_row IS NOT NULL")
    _partial("ix_outbox_passed_from", "outbox", "passed_from", where="passed_from IS NOT NULL")
    op.create_index("ix_transcript_said_at", "transcript", ["said_at"])
    _partial("ix_transcript_file", "transcript", "said_at", where="file IS NOT NULL")


def _partial(name: str, table: str, *columns: str, where: str) -> None:
    op.create_index(name, table, list(columns), sqlite_where=sa.text(where), postgresql_where=sa.text(where))
