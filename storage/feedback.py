"""Back to the unit (001-07, 002-12): its learners' attendance, published marks and conduct as the centre has them."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import SQLModel

from storage.columns import encrypted, instant, key, ref


class UnitFeedback(SQLModel, table=True):
    """What a unit was told of its learners after a period, or at closing (`period_id` empty); never changed.

    `content` is JSON: what was recorded when it was made, whatever is corrected later.
    """

    __tablename__ = "unit_feedback"
    __table_args__ = (UniqueConstraint("class_id", "organisation_id", "period_id"),)
    id: int = key()
    class_id: int = ref("course_class.id", index=False)
    organisation_id: int = ref("organisation.id")
    period_id: int | None = ref("report_period.id", optional=True)
    content: str | None = encrypted()
    made_at: datetime = instant()
    acknowledged_by: int | None = ref("person.id", optional=True, index=False)
    acknowledged_at: datetime | None = instant(optional=True)
