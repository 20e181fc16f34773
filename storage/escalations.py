"""A report that never came (002-16): the director is asked what to do; nothing goes to a superior by itself."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from storage.columns import BigKey, instant, key, ref


class Escalation(SQLModel, table=True):
    """The question to the director about one report, and his decision: superior, call, extend; empty while open."""

    __tablename__ = "escalation"
    id: int = key()
    report_id: int = Field(foreign_key="conduct_report.id", sa_type=BigKey, unique=True)
    asked_at: datetime = instant()
    decision: str = ""
    decided_by: int | None = ref("person.id", optional=True, index=False)
    decided_at: datetime | None = instant(optional=True)
