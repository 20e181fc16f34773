"""Sealed receipts: every revision of a conduct report has a code and a keyed hash by which it is checked."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import LargeBinary, Row, Select, and_, or_, type_coerce
from sqlalchemy import select as choose
from sqlmodel import Session, col, select

from storage.base.keyring import CODE_ALPHABET, Keyring, tidy_code
from storage.courses.courses import CourseClass
from storage.people.people import Organisation, Viewer
from storage.reports.reports import ConductReport, ConductRevision, ReportPeriod

LETTERS: Final = 6
SEAL: Final = "conduct revision"  # what a seal is signed for


@dataclass(frozen=True)
class Receipt:
    """A revision found by its code. `content` is what is stored of it now; `is_intact` says whether that still is what
    was sealed, None where it was sent before there were seals.
    """

    report: ConductReport
    period: ReportPeriod
    course: CourseClass
    unit: Organisation
    number: int
    sent_at: datetime
    sent_by: int
    content: Mapping[str, Any]
    is_intact: bool | None

    @property
    def is_newest(self) -> bool:
        return self.number == self.report.revision


def new_code(session: Session) -> str:
    """A code no report's newest receipt has."""
    while True:
        code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(LETTERS))
        taken = select(ConductReport.id).where(ConductReport.receipt == code)
        if session.exec(taken.limit(1)).first() is None:
            return code


def looks_like_receipt(text: str) -> bool:
    """Whether a text, however it is written, can be a receipt's code."""
    tidy = tidy_code(text)
    return len(tidy) == LETTERS and all(letter in CODE_ALPHABET for letter in tidy)


def seal(keyring: Keyring, revision: ConductRevision) -> str:
    """The keyed hash over a revision: report, number, time, who and how, content."""
    return keyring.sign(SEAL, _sealed(_columns(revision), revision.content or ""))


def _columns(row: Any) -> list[Any]:
    """What is sealed beside the content, the same before and after it was stored."""
    received: date | None = row.received_on
    return [
        row.report_id, row.number, row.sent_at.astimezone(UTC).isoformat(), row.sent_by, row.source,
        received and received.isoformat(), row.entered_by, row.capacity,
    ]  # fmt: skip


def _sealed(columns: list[Any], content: str) -> str:
    return json.dumps([*columns, content], ensure_ascii=False)


def find(session: Session, keyring: Keyring, viewer: Viewer, code: str) -> Receipt | None:
    """The revision with this code, for those it concerns: heads of the unit, whoever sent or entered it, staff of the
    class's centre. None for anyone else, and where there is none. What was tampered with raises nothing.
    """
    wanted = tidy_code(code)
    for row in session.execute(_concerning(viewer, wanted)):
        content = _opened(keyring, row.stored)
        is_newest = row.number == row.ConductReport.revision
        if wanted == (row.ConductReport.receipt if is_newest else _code_in(content)):
            return _receipt(session, keyring, row, content)
    return None


def _concerning(viewer: Viewer, code: str) -> Select[Any]:
    """The report whose newest receipt has this code, and all revisions that another took the place of: the codes of
    those stand in their sealed contents only, and there are few.
    """
    revision, report = ConductRevision.__table__.c, ConductReport  # type: ignore[attr-defined]  # SQLModel's table
    names = (
        "report_id",
        "number",
        "sent_at",
        "sent_by",
        "source",
        "received_on",
        "entered_by",
        "capacity",
        "seal",
    )
    query = choose(
        *(revision[name] for name in names), type_coerce(revision.content, LargeBinary).label("stored"),
        report, ReportPeriod, CourseClass,
    )  # fmt: skip
    query = query.join(ConductReport, col(ConductReport.id) == revision.report_id)
    query = query.join(ReportPeriod, col(ReportPeriod.id) == col(ConductReport.period_id))
    query = query.join(CourseClass, col(CourseClass.id) == col(ReportPeriod.class_id))
    concerns = [
        col(ConductReport.organisation_id).in_(viewer.units),
        revision.sent_by == viewer.person_id,
        revision.entered_by == viewer.person_id,
        *([col(CourseClass.centre_id) == viewer.centre_id] if viewer.is_staff else []),
    ]
    newest = and_(revision.number == col(ConductReport.revision), col(ConductReport.receipt) == code)
    superseded = revision.number < col(ConductReport.revision)
    return query.where(or_(*concerns), or_(newest, superseded)).order_by(revision.id.desc())


def _receipt(session: Session, keyring: Keyring, row: Row[Any], content: str | None) -> Receipt:
    unit = session.get(Organisation, row.ConductReport.organisation_id)
    assert unit is not None, "a unit with reports is never deleted"
    is_intact = None
    if row.seal:
        is_intact = content is not None and keyring.verify(SEAL, _sealed(_columns(row), content), row.seal)
    return Receipt(
        row.ConductReport, row.ReportPeriod, row.CourseClass, unit, row.number, row.sent_at, row.sent_by,
        _read(content), is_intact,
    )  # fmt: skip


def _opened(keyring: Keyring, stored: bytes | None) -> str | None:
    """The stored content; None where it cannot even be decrypted."""
    from cryptography.fernet import InvalidToken

    try:
        return keyring.cipher.decrypt(bytes(stored or b"")).decode()
    except InvalidToken:
        return None


def _read(content: str | None) -> dict[str, Any]:
    try:
        found = json.loads(content or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _code_in(content: str | None) -> str:
    return str(_read(content).get("receipt", ""))
