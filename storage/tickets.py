"""Tickets (002-11): something a unit asks the centre to settle, with one accountable owner and a deadline."""

from datetime import datetime

from sqlmodel import SQLModel

from storage.columns import encrypted, instant, key, ref


class Ticket(SQLModel, table=True):
    """State: open, answered. `kind`: review (“đề nghị xem lại” of what was fed back). `due_at` is business time."""

    __tablename__ = "ticket"
    id: int = key()
    centre_id: int = ref("centre.id")
    kind: str
    organisation_id: int = ref("organisation.id")
    class_id: int | None = ref("course_class.id", optional=True)
    feedback_id: int | None = ref("unit_feedback.id", optional=True)
    text: str | None = encrypted()
    opened_by: int = ref("person.id", index=False)
    opened_at: datetime = instant()
    owner_id: int = ref("person.id")
    due_at: datetime = instant()
    state: str = "open"
    answer: str | None = encrypted()
    answered_by: int | None = ref("person.id", optional=True, index=False)
    answered_at: datetime | None = instant(optional=True)
