"""What the tests of notices do again and again: write one, send it, let the platform take it, look at who has it."""

from datetime import date

from sqlalchemy import select, update
from sqlmodel import Session
from sqlmodel import select as choose

from storage.base.text import fold, sort_text
from storage.courses import notices
from storage.courses.courses import Enrolment
from storage.courses.notices import Delivery, Notice
from storage.messaging import timers
from storage.messaging.outbox import outbox
from storage.people.people import Contact, Person, bind


def rows(stage, table, *where):
    with stage.database.reading() as session:
        found = session.exec(choose(table).where(*where).order_by(table.id)).all()
        session.expunge_all()
        return found


def delivery(stage, person_id):
    return next(row for row in rows(stage, Delivery) if row.person_id == person_id)


def change(stage, table, row_id, **values):
    with stage.database.transaction() as session:
        session.execute(update(table).where(table.id == row_id).values(**values))


def cuts(stage, player):
    """The platform brings nothing to this person any more."""
    with stage.database.transaction() as session:
        session.execute(update(Contact).where(Contact.chat == player.chat).values(state="unreachable"))


def brings(stage, state="sent", reason="", people=None):
    """The sender's part: settle what is due, as a platform that takes (or refuses) everything."""
    with stage.database.transaction() as session:
        query = select(outbox).where(outbox.c.delivery_id.is_not(None), outbox.c.state == "due")
        for row in session.execute(query.where(outbox.c.due_at <= stage.time)).all():
            if people is None or row.person_id in people:
                session.execute(update(outbox).where(outbox.c.id == row.id).values(state="sent"))
                notices.settled(session, row.delivery_id, state, reason, stage.time)


def opens(stage, code="23/11", kind="Khai giảng", who=None):
    """The registrar opens the preview of a class."""
    registrar = who or stage.registrar
    return registrar.says("/thongbao").taps(kind).taps(code)


def sends(stage, code="23/11", kind="Khai giảng"):
    registrar = opens(stage, code, kind).taps("Gửi")
    stage.ticks()
    return registrar


def crowd(stage, n, class_id=None, *, bound=True, name="Nguyễn Văn Đông"):
    """Enrol n more learners in the opening class."""
    ids = []
    with stage.database.transaction() as session:
        for number in range(n):
            full = f"{name} {number}"
            person = Person(
                centre_id=stage.cast.centre, name=full, folded=fold(full), sort_text=sort_text(full),
                organisation_id=stage.cast.unit, phone=f"0977{number:06d}",
            )  # fmt: skip
            session.add(person)
            session.flush()
            ids.append(person.id)
            session.add(
                Enrolment(
                    class_id=class_id or stage.cast.opening, person_id=person.id,
                    organisation_id=stage.cast.unit, from_date=date(2026, 11, 2),
                )
            )  # fmt: skip
            if bound:
                bind(session, person, stage.account.id, f"crowd-{person.id}", stage.time)
    return ids


def run_one_timer(stage, *, killed=False):
    """One timer in a transaction of its own; a kill before the commit leaves nothing of it."""
    with Session(stage.database.writer, expire_on_commit=False) as session:
        row = timers.claim(session, stage.time, stage.time)
        if row is not None:
            stage.table.tick(stage.desk(session), row.kind, dict(row.args))
            timers.finish(session, row.id)
        if not killed:
            session.commit()
        return row and row.kind


def board(stage, who=None):
    return (who or stage.registrar).says("/thongbao").taps("Đã gửi").taps("Khai giảng BD-02")


def notice_id(stage):
    return rows(stage, Notice)[0].id
