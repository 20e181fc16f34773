"""A report that was sent and is locked: a unit asks to open it again, the registrar decides."""

from datetime import datetime

from sqlmodel import SQLModel

from storage.columns import instant, key, ref


class ReopenRequest(SQLModel, table=True):
    """One asking; undecided while `decided_at` is empty."""

    __tablename__ = "reopen_request"
    id: int = key()
    report_id: int = ref("conduct_report.id")
    asked_by: int = ref("person.id", index=False)
    asked_at: datetime = instant()
    decided_by: int | None = ref("person.id", optional=True, index=False)
    decided_at: datetime | None = instant(optional=True)
    granted: bool = False
