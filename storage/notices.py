"""Notices of a class and who has them (000-02): sent is what a platform took, read is only what was tapped."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import SQLModel

from storage.columns import document, instant, key, ref


class Notice(SQLModel, table=True):
    """Kind: opening, closing, change. State: draft, sending, sent, cancelled. `fields` is the template's data."""

    __tablename__ = "notice"
    id: int = key()
    class_id: int = ref("course_class.id")
    kind: str
    number: int | None = None
    state: str = "draft"
    fields: dict[str, Any] = document()
    author_id: int | None = ref("person.id", optional=True)
    created_at: datetime = instant()
    sent_at: datetime | None = instant(optional=True)


class Delivery(SQLModel, table=True):
    """One notice to one person. State: waiting, sent (the platform took it), acknowledged, declined
    (cannot attend), failed, unreachable, not_bound.
    """

    __tablename__ = "delivery"
    __table_args__ = (UniqueConstraint("notice_id", "person_id"),)
    id: int = key()
    notice_id: int = ref("notice.id", index=False)
    person_id: int = ref("person.id")
    state: str = "waiting"
    reason: str = ""
    queued: bool = False  # an outbox row stands for it
    changed_at: datetime = instant()
