"""Who was told what of a request, each step once a person: a row a message, never read out of a key."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import Index, UniqueConstraint, and_, delete, or_, update
from sqlmodel import Field, Session, SQLModel, col, select

from storage.base.columns import BigKey, instant, is_state, key, ref
from storage.messaging.outbox import HELD, WAITING, outbox
from storage.people.people import Contact


class Prompt(SQLModel, table=True):
    """A message about a request to one person: the step it was, the centre's day on which it goes out, its outbox row.

    What is taken back before it went out has no row. `outbox_id` follows a message that another contact took over,
    and may point to a row that is not kept any more: that one was sent.
    """

    __tablename__ = "prompt"
    __table_args__ = (
        UniqueConstraint("request_id", "person_id", "step"),
        Index("ix_prompt_person_day", "person_id", "day"),
    )
    id: int = key()
    request_id: int = ref("request.id", index=False)
    person_id: int = ref("person.id", index=False)
    step: str
    day: date
    made_at: datetime = instant()
    outbox_id: int = Field(sa_type=BigKey, index=True)


_ROW = outbox.c.id == col(Prompt.outbox_id)
GONE = is_state(outbox.c.state, "failed", "dropped")


def put(
    session: Session, request_id: int, person_id: int, step: str, day: date, now: datetime, outbox_id: int
) -> None:
    """Note that a message was made for somebody, to go out on this day."""
    row = Prompt(
        request_id=request_id, person_id=person_id, step=step, day=day, made_at=now, outbox_id=outbox_id
    )
    session.add(row)
    session.flush()


def was_told(session: Session, request_id: int, person_id: int, step: str) -> bool:
    query = select(Prompt.id).where(Prompt.request_id == request_id, Prompt.person_id == person_id)
    return session.exec(query.where(Prompt.step == step)).first() is not None


def is_here(session: Session, request_id: int, contact: Contact) -> bool:
    """Whether a message about the request came, or is to come, to this chat."""
    query = select(Prompt.id).join(outbox, _ROW).where(Prompt.request_id == request_id)
    here = and_(outbox.c.account_id == contact.account_id, outbox.c.chat == contact.chat)
    return session.exec(query.where(here, ~GONE).limit(1)).first() is not None


def is_told_on(session: Session, person_id: int, day: date) -> bool:
    """Whether a person is told of any request on a day (the centre's date), or one of an earlier day is held up."""
    of_day = select(Prompt.id).join(outbox, _ROW, isouter=True)
    of_day = of_day.where(
        Prompt.person_id == person_id, col(Prompt.day) == day, or_(outbox.c.id.is_(None), ~GONE)
    )
    if session.exec(of_day.limit(1)).first() is not None:
        return True
    held = select(Prompt.id).join(outbox, _ROW).where(outbox.c.person_id == person_id, WAITING)
    held = held.where(outbox.c.last_error.startswith(HELD), col(Prompt.day) < day)
    return session.exec(held.limit(1)).first() is not None


def is_told_between(session: Session, person_id: int, after: datetime, until: datetime) -> bool:
    """Whether a person was told of any request after one instant and up to the other."""
    days = col(Prompt.day) >= after.date() - timedelta(days=1)  # whatever the centre's zone
    query = select(Prompt.id).join(outbox, _ROW).where(Prompt.person_id == person_id, days)
    there = and_(outbox.c.due_at > after, outbox.c.due_at <= until, ~GONE)
    return session.exec(query.where(there).limit(1)).first() is not None


def cards(session: Session, request_id: int) -> list[tuple[Contact, int]]:
    """What was sent about a request alone: where it is, and its outbox row."""
    here = and_(col(Contact.account_id) == outbox.c.account_id, col(Contact.chat) == outbox.c.chat)
    query = select(Contact, Prompt.outbox_id).join(outbox, here).join(Prompt, _ROW)
    query = query.where(Prompt.request_id == request_id, Contact.state == "active", ~GONE)
    return [(contact, row) for contact, row in session.exec(query.order_by(col(Prompt.id)))]


def take_back(
    session: Session, request_id: int, *, keep: Collection[int] = (), made_by: datetime | None = None
) -> None:
    """What has not gone out about a request goes out no more, but to the people in `keep`, and what was made after
    `made_by`. A message about other requests as well still goes.
    """
    query = select(Prompt.id, Prompt.outbox_id).join(outbox, _ROW)
    query = query.where(Prompt.request_id == request_id, WAITING)
    if made_by is not None:
        query = query.where(Prompt.made_at <= made_by)
    found = session.exec(query.where(col(Prompt.person_id).not_in(list(keep)))).all()
    if found:
        rows = [row for _prompt, row in found]
        session.execute(delete(Prompt).where(col(Prompt.id).in_([prompt for prompt, _row in found])))
        needed = select(Prompt.outbox_id).where(col(Prompt.outbox_id).in_(rows))
        gone = outbox.c.id.in_(rows) & outbox.c.id.not_in(needed)
        session.execute(update(outbox).where(gone).values(state="dropped"))


def file_away(session: Session, request_id: int, step: str, now: datetime) -> None:
    """A step may be told once more: what was told of it so far is kept under its instant."""
    here = (col(Prompt.request_id) == request_id) & (col(Prompt.step) == step)
    session.execute(update(Prompt).where(here).values(step=f"{step}-told-{now:%y%m%d%H%M%S}"))


def forget(session: Session, request_id: int) -> None:
    """Nothing of it is to be said or was said."""
    take_back(session, request_id)
    session.execute(delete(Prompt).where(col(Prompt.request_id) == request_id))


def follow(session: Session, row_id: int, taken_over_by: int) -> None:
    """Another contact's message stands for this one."""
    session.execute(update(Prompt).where(col(Prompt.outbox_id) == row_id).values(outbox_id=taken_over_by))
