"""Who may see which class and which learner. Every query that shows people's data starts here."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from storage.courses.courses import CourseClass, CourseSession, Enrolment
from storage.courses.roster import ROSTER
from storage.people.people import Person, Viewer


def classes_of(session: Session, viewer: Viewer) -> Sequence[CourseClass]:
    """Classes the viewer has to do with: enrolled, sent learners to, teaches, supervises, or staff; newest first."""
    query = _classes(viewer).order_by(col(CourseClass.from_date).desc(), col(CourseClass.id))
    return session.exec(query).all()


def class_seen(session: Session, viewer: Viewer, class_id: int) -> CourseClass | None:
    """The class, None when there is none or it is no business of the viewer's."""
    return session.exec(_classes(viewer).where(CourseClass.id == class_id)).first()


def _classes(viewer: Viewer) -> SelectOfScalar[CourseClass]:
    query = select(CourseClass).where(CourseClass.centre_id == viewer.centre_id)
    if not viewer.is_staff:
        learns = select(Enrolment.class_id).where(Enrolment.person_id == viewer.person_id)
        sends = select(Enrolment.class_id).where(col(Enrolment.organisation_id).in_(viewer.units))
        teaches = select(CourseSession.class_id).where(CourseSession.lecturer_id == viewer.person_id)
        mine = [col(CourseClass.id).in_(found) for found in (learns, sends, teaches)]
        query = query.where(or_(*mine, col(CourseClass.supervisor_id) == viewer.person_id))
    return query


def enrolments_seen(session: Session, viewer: Viewer, class_id: int) -> Sequence[tuple[Enrolment, Person]]:
    """Enrolments whose marks and conduct the viewer may see, by given name.

    Staff of the class's centre see all, a unit head those his unit sends, a learner himself. Lecturers and
    classmates see nobody's.
    """
    query = ROSTER.join(CourseClass, col(CourseClass.id) == col(Enrolment.class_id))
    query = query.where(CourseClass.centre_id == viewer.centre_id)
    if not viewer.is_staff:
        own = col(Enrolment.person_id) == viewer.person_id
        query = query.where(or_(own, col(Enrolment.organisation_id).in_(viewer.units)))
    rows = session.execute(query, {"class_id": class_id, "first": date.min, "last": date.max})
    return [(enrolment, person) for enrolment, person in rows]
