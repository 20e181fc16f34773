"""Discipline confirmations (phiếu nhận xét, 002-13): three gates; what is absent blocks, but finds nothing."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import SQLModel

from storage.columns import document, encrypted, instant, key, ref


class DisciplineConfirmation(SQLModel, table=True):
    """What the sending unit says of a learner before a gate: exam, thesis or graduation. Fields as in the forms.

    `conclusion`: eligible or not_eligible; empty while the unit has not signed. A new signing raises `revision`.
    """

    __tablename__ = "discipline_confirmation"
    __table_args__ = (UniqueConstraint("class_id", "person_id", "gate"),)
    id: int = key()
    class_id: int = ref("course_class.id", index=False)
    person_id: int = ref("person.id")
    organisation_id: int = ref("organisation.id")
    gate: str
    asked_at: datetime = instant()
    due_on: date
    qualities: str | None = encrypted()  # phẩm chất
    discipline: str | None = encrypted()  # ý thức tổ chức kỷ luật
    duties: str | None = encrypted()  # hoàn thành nhiệm vụ (002-14)
    sanction: str | None = encrypted()  # kỷ luật (nếu có)
    conclusion: str = ""
    signed_by: int | None = ref("person.id", optional=True, index=False)
    capacity: str = ""
    signed_at: datetime | None = instant(optional=True)
    revision: int = 0


class GateVerdict(SQLModel, table=True):
    """What a person of the centre signed about one learner and gate: eligible or not_eligible. None: chưa đủ.

    `reasons` is what the verdict rested on when it was signed, by the rule set's `rule_version`.
    """

    __tablename__ = "gate_verdict"
    __table_args__ = (UniqueConstraint("class_id", "person_id", "gate"),)
    id: int = key()
    class_id: int = ref("course_class.id", index=False)
    person_id: int = ref("person.id")
    gate: str
    verdict: str
    reasons: dict[str, Any] = document()
    rule_version: int
    signed_by: int = ref("person.id", index=False)
    signed_at: datetime = instant()
    revision: int = 1
