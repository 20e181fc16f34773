"""What is stored about one person, for that person: its parts, who looked at it, and its withdrawal."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlmodel import Session, col
from sqlmodel import select as choose

from storage.courses.courses import Attendance, CourseClass, CourseSession, Enrolment, Mark
from storage.courses.notices import Delivery
from storage.messaging import rings
from storage.messaging.accounts import ChannelAccount
from storage.messaging.outbox import WAITING, outbox, settle
from storage.people.audit import Audit
from storage.people.people import Contact, Invite, Organisation, Person
from storage.reports.reports import ConductEntry, ConductReport, ReportPeriod

MOST_LOOKS = 1000  # lines of the access log that are told


def enrolments(session: Session, person_id: int) -> Sequence[tuple[Enrolment, CourseClass, Organisation]]:
    query = choose(Enrolment, CourseClass, Organisation).join(CourseClass).join(Organisation)
    query = query.where(Enrolment.person_id == person_id)
    return session.exec(query.order_by(col(Enrolment.from_date), col(Enrolment.id))).all()


def contacts(session: Session, person_id: int) -> Sequence[tuple[Contact, ChannelAccount]]:
    """Every chat that is not closed, those the platform no longer reaches included."""
    query = choose(Contact, ChannelAccount).join(ChannelAccount)
    query = query.where(Contact.person_id == person_id, Contact.state != "closed")
    return session.exec(query.order_by(col(Contact.id))).all()


def attendance(session: Session, person_id: int) -> Sequence[tuple[CourseClass, CourseSession, str]]:
    query = choose(CourseClass, CourseSession, Attendance.state).select_from(CourseClass)
    query = query.join(CourseSession).join(Attendance).where(Attendance.person_id == person_id)
    return session.exec(query.order_by(col(CourseSession.starts_at))).all()


def published_marks(session: Session, person_id: int) -> Sequence[tuple[CourseClass, Mark]]:
    """Drafts leave the office for nobody."""
    query = choose(CourseClass, Mark).join(Mark)
    query = query.where(Mark.person_id == person_id, Mark.state != "draft")
    return session.exec(query.order_by(col(CourseClass.id), col(Mark.id))).all()


def conduct(
    session: Session, person_id: int
) -> Sequence[tuple[CourseClass, ReportPeriod, ConductReport, ConductEntry]]:
    """What units have reported about the person; a report not yet sent says nothing."""
    query = choose(CourseClass, ReportPeriod, ConductReport, ConductEntry).select_from(CourseClass)
    query = query.join(ReportPeriod).join(ConductReport).join(ConductEntry)
    query = query.where(
        ConductEntry.person_id == person_id, ConductReport.revision > 0, ConductEntry.source != "cleared"
    )
    return session.exec(query.order_by(col(ReportPeriod.from_date))).all()


def looks(session: Session, person_id: int) -> Sequence[tuple[Audit, str | None]]:
    """Who else saw or changed the person's data, with his name, the latest first."""
    query = choose(Audit, Person.name).join(Person, col(Person.id) == col(Audit.actor_id), isouter=True)
    query = query.where(Audit.about_id == person_id, col(Audit.actor_id).is_distinct_from(person_id))
    return session.exec(query.order_by(col(Audit.id).desc()).limit(MOST_LOOKS)).all()


def last_request(session: Session, person_id: int, action: str) -> datetime | None:
    """When the person last asked for this (correction_asked, deletion_asked)."""
    query = choose(Audit.at).where(Audit.actor_id == person_id, Audit.about_id == person_id)
    return session.exec(query.where(Audit.action == action).order_by(col(Audit.id).desc())).first()


def take_back_messages(
    session: Session, person_id: int, account_id: int | None = None, chat: str = ""
) -> Sequence[Row[Any]]:
    """Drop what still waits to be sent to the person, in one chat or in all. The rows as they were."""
    query = select(outbox).where(outbox.c.person_id == person_id, WAITING)
    if account_id is not None:
        query = query.where(outbox.c.account_id == account_id, outbox.c.chat == chat)
    rows = session.execute(query.order_by(outbox.c.id)).all()
    settle(session, [row.id for row in rows], {"state": "dropped", "key": None})
    return rows


def withdraw(session: Session, person: Person, now: datetime) -> None:
    """Cut every chat from the person: nothing waits for him any more, no link of his opens one again.

    Slips on paper stay valid: they ask for the consent anew.
    """
    for contact, _account in contacts(session, person.id):
        contact.state, contact.chosen = "closed", False
        rings.forget(session, contact.account_id, contact.chat)
    take_back_messages(session, person.id)
    waiting = (col(Delivery.person_id) == person.id) & (col(Delivery.state) == "waiting")
    session.execute(update(Delivery).where(waiting).values(state="not_bound", changed_at=now))
    links = (col(Invite.person_id) == person.id) & (col(Invite.purpose) == "device")
    session.execute(update(Invite).where(links, col(Invite.used_at).is_(None)).values(expires_at=now))
