"""One-time codes and the wrong tries that lock a chat out of guessing. Times are business time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_
from sqlmodel import Session, col, select

from storage.base.columns import on_day
from storage.base.engine import lock
from storage.base.keyring import Keyring
from storage.courses.courses import CourseClass, Enrolment
from storage.messaging.accounts import ChannelAccount
from storage.people.people import Grant, Invite, Organisation, Person, WrongTry, new_invite

MOST_TRIES = 5  # in a chat
MOST_FROM = {
    "link": 10,
    "address": 30,
}  # of all chats of a link, of an address: a whole school may come by one
TRIES_COUNT_FOR = timedelta(hours=1)
LOCK_LASTS = timedelta(hours=1)


def invite_with(session: Session, code_hash: str) -> Invite | None:
    """The code's invite, used and expired ones too, locked so that only one device can use it up."""
    found = session.exec(select(Invite.id).where(Invite.code_hash == code_hash)).first()
    return None if found is None else lock(session, Invite, found)


def open_invites(session: Session, person_id: int, now: datetime) -> list[Invite]:
    """The person's codes that still open something."""
    query = select(Invite).where(Invite.person_id == person_id, col(Invite.used_at).is_(None))
    return list(session.exec(query.where(Invite.expires_at > now).order_by(col(Invite.id))))


def note_wrong_try(
    session: Session, account_id: int, chat: str, now: datetime, sources: Sequence[str] = ()
) -> int:
    """Count a wrong try, for the chat and for where it comes from (`link:…`, `address:…`). How many more there may be
    before the chat is locked; 0: it is locked now.
    """
    session.add_all(WrongTry(account_id=account_id, chat=whose, at=now) for whose in (chat, *sources))
    session.flush()
    return min(_left_over(session, account_id, whose, now) for whose in (chat, *sources))


def _left_over(session: Session, account_id: int, whose: str, now: datetime) -> int:
    if _locked_until(session, account_id, whose, now):
        return 0
    recent = [at for at in _last_tries(session, account_id, whose) if now - at < TRIES_COUNT_FOR]
    return _most(whose) - len(recent)


def locked_until(
    session: Session, account_id: int, chat: str, now: datetime, sources: Sequence[str] = ()
) -> datetime | None:
    """When codes are looked at again in this chat; None when they are looked at now."""
    found = (_locked_until(session, account_id, whose, now) for whose in (chat, *sources))
    return max((until for until in found if until is not None), default=None)


def _locked_until(session: Session, account_id: int, whose: str, now: datetime) -> datetime | None:
    tries = _last_tries(session, account_id, whose)
    if len(tries) < _most(whose) or tries[0] - tries[-1] >= TRIES_COUNT_FOR:
        return None
    until = tries[0] + LOCK_LASTS
    return until if until > now else None


def _most(whose: str) -> int:
    kind, colon, _mark = whose.partition(":")
    return MOST_FROM[kind] if colon else MOST_TRIES


def _last_tries(session: Session, account_id: int, whose: str) -> list[datetime]:
    """The latest tries of a chat, link or address, newest first, as many as lock."""
    query = select(WrongTry.at).where(WrongTry.account_id == account_id, WrongTry.chat == whose)
    return list(session.exec(query.order_by(col(WrongTry.id).desc()).limit(_most(whose))))


def people_with(session: Session, phone: str, birth_year: int) -> list[Person]:
    """Whose phone this is (storage.base.text.phone's form), born in that year."""
    found = session.exec(select(Person).where(Person.phone == phone).order_by(col(Person.id)))
    return [person for person in found if person.birth_date and person.birth_date.year == birth_year]


# --- slips


SLIPS_LIVE = timedelta(days=14)


@dataclass(frozen=True)
class Invitee:
    """Who gets a slip, once a class; `class_id` is None for roles without one. Units by their present name."""

    person: Person
    roles: tuple[str, ...]
    unit: str
    class_id: int | None = None
    class_code: str = ""


def invitees(
    session: Session, day: date, *, class_id: int | None = None, phone: str | None = None
) -> list[Invitee]:
    """Whom to invite on `day` (the centre's date), by unit and given name.

    All learners of classes not yet ended and everybody with a role; or those of one class, whether ended or
    not; or whose phone this is, with a role or not. Who is in a class has no row without one.
    """
    rows = _learners(session, day, class_id, phone)
    units = dict(session.exec(select(Organisation.id, Organisation.name)).all())
    roles = _roles(session, day)
    people = {person.id: person for _enrolment, _course, person in rows}
    found = [
        Invitee(
            person, ("learner", *roles.get(person.id, ())), units[row.organisation_id], course.id, course.code
        )
        for row, course, person in rows
    ]
    if class_id is None:
        query = select(Person).order_by(col(Person.id))
        query = query.where(Person.phone == phone) if phone else query
        found += [
            Invitee(person, tuple(roles.get(person.id, ())), units.get(person.organisation_id or 0, ""))
            for person in session.exec(query)
            if person.id not in people and (phone or person.id in roles)
        ]
    return sorted(found, key=lambda one: (one.unit, one.person.sort_text, one.person.id, one.class_code))


def _learners(
    session: Session, day: date, class_id: int | None, phone: str | None
) -> Sequence[tuple[Enrolment, CourseClass, Person]]:
    query = select(Enrolment, CourseClass, Person)
    query = query.join(CourseClass, col(CourseClass.id) == col(Enrolment.class_id))
    query = query.join(Person, col(Person.id) == col(Enrolment.person_id))
    if class_id is None:
        query = query.where(CourseClass.to_date >= day)
        query = query.where(or_(col(Enrolment.to_date).is_(None), col(Enrolment.to_date) >= day))
    else:
        query = query.where(Enrolment.class_id == class_id)
    if phone is not None:
        query = query.where(Person.phone == phone)
    rows = session.exec(query.order_by(col(Enrolment.from_date), col(Enrolment.id)))
    latest = {(person.id, course.id): (row, course, person) for row, course, person in rows}
    return list(latest.values())  # who changed unit has one slip, for where he is now


def _roles(session: Session, day: date) -> dict[int, list[str]]:
    """The roles granted on `day`, each once, by person."""
    found: dict[int, list[str]] = {}
    for grant in session.exec(select(Grant).order_by(col(Grant.id))):
        mine = found.setdefault(grant.person_id, [])
        if on_day(day, grant.from_date, grant.to_date) and grant.role not in mine:
            mine.append(grant.role)
    return {person_id: roles for person_id, roles in found.items() if roles}


def issue(session: Session, keyring: Keyring, wanted: Sequence[Invitee], now: datetime) -> list[str]:
    """A fresh code for each, told once and kept as a hash; earlier ones stay valid. `now` is business time."""
    return [
        new_invite(session, keyring, one.person.id, now, SLIPS_LIVE, class_id=one.class_id)[1]
        for one in wanted
    ]


def telegram_username(session: Session) -> str:
    """The Telegram bot's name for deep links; "" while none has said hello."""
    query = select(ChannelAccount.username).where(ChannelAccount.kind == "telegram")
    return next((name for name in session.exec(query) if name), "")


def deep_link(username: str, payload: str) -> str:
    """What opens the chat with the Telegram bot of this name and brings it a payload (A-Z, a-z, 0-9, _ and -)."""
    return f"https://t.me/{username}?start={payload}" if username else ""
