"""Sealed receipts: every revision of a conduct report has a code and a keyed hash by which it is checked."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final

from sqlalchemy import LargeBinary, and_, literal, or_, type_coerce
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from storage.base.keyring import CODE_ALPHABET, Keyring, tidy_code
from storage.courses.courses import CourseClass
from storage.people.people import Organisation, Viewer
from storage.reports.reports import WITH_ALL, ConductReport, ConductRevision, ReportPeriod

LETTERS: Final = 6
SEAL: Final = "conduct revision"  # what a seal is signed for


@dataclass(frozen=True)
class Receipt:
    """A revision found by its code. `content` is what is stored of it now (never read the revision's own, which may be
    undecipherable); `is_intact` says whether that still is what was sealed, None where it was sent before there were
    seals.
    """

    report: ConductReport
    period: ReportPeriod
    course: CourseClass
    unit: Organisation
    revision: ConductRevision
    content: Mapping[str, Any]
    is_intact: bool | None

    @property
    def is_newest(self) -> bool:
        return self.revision.number == self.report.revision

    @property
    def code(self) -> str:
        return self.report.receipt if self.is_newest else str(self.content.get("receipt", ""))


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
    return keyring.sign(SEAL, _sealed(revision, revision.content or ""))


def _sealed(row: ConductRevision, content: str) -> str:
    """What is sealed, the same before and after it was stored."""
    received = row.received_on and row.received_on.isoformat()
    told = [
        row.report_id, row.number, row.sent_at.astimezone(UTC).isoformat(), row.sent_by, row.source, received,
        row.entered_by, row.capacity, content,
    ]  # fmt: skip
    return json.dumps(told, ensure_ascii=False)


def find(session: Session, keyring: Keyring, viewer: Viewer, code: str) -> Receipt | None:
    """The revision with this code, for those it concerns: heads of the unit, whoever sent or entered it, staff of the
    class's centre. None for anyone else, and where there is none. What was tampered with raises nothing.
    """
    wanted = tidy_code(code)
    found = (_receipt(keyring, row) for row in session.execute(_concerning(viewer, wanted)))
    return next((one for one in found if one.code == wanted), None)


def _concerning(viewer: Viewer, code: str) -> Any:
    """The report whose newest receipt has this code, and all revisions that another took the place of: the codes of
    those stand in their sealed contents only, and there are few.
    """
    number, newest = col(ConductRevision.number), col(ConductReport.revision)
    stored = type_coerce(col(ConductRevision.content), LargeBinary)
    concerns = [
        col(ConductReport.organisation_id).in_(viewer.units),
        col(ConductRevision.sent_by) == viewer.person_id,
        col(ConductRevision.entered_by) == viewer.person_id,
        and_(literal(viewer.is_staff), col(CourseClass.centre_id) == viewer.centre_id),
    ]
    return (
        WITH_ALL.join(ConductRevision, col(ConductRevision.report_id) == col(ConductReport.id))
        .add_columns(ConductRevision, stored)
        .options(defer(ConductRevision.content, raiseload=True))  # type: ignore[arg-type]  # an attribute to SQLAlchemy
        .where(or_(*concerns))
        .where(or_(and_(number == newest, col(ConductReport.receipt) == code), number < newest))
        .order_by(col(ConductRevision.id).desc())
    )


def _receipt(keyring: Keyring, row: Any) -> Receipt:
    report, period, course, unit, revision, stored = row
    content, is_intact = _opened(keyring, stored), None
    if revision.seal:
        is_intact = content is not None and keyring.verify(SEAL, _sealed(revision, content), revision.seal)
    return Receipt(report, period, course, unit, revision, _read(content), is_intact)


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
