"""Who saw or changed what: append-only, without the content itself."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, Session, SQLModel

from storage.base.columns import instant, key, ref


class Audit(SQLModel, table=True):
    """`action` is a short verb such as results_seen; `about_id` the person whose data it was."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_about_action", "about_id", "action"),)
    id: int = key()
    at: datetime = instant()
    actor_id: int | None = ref("person.id", optional=True)
    actor_role: str = ""
    about_id: int | None = ref("person.id", index=False, optional=True)
    action: str
    subject: str = Field(default="")  # table:id of what it was done to


def note(session: Session, at: datetime, action: str, **columns: Any) -> None:
    """Add a line to the log (columns of `Audit`), in the transaction that does what it tells of."""
    session.add(Audit(at=at, action=action, **columns))
