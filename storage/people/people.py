"""Who there is: centres, organisations, people, what they may do and where they are reached."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import UniqueConstraint, bindparam
from sqlmodel import Field, Session, SQLModel, col, select

from storage.base.columns import document, encrypted, instant, key, on_day, ref
from storage.base.keyring import Keyring, new_code


class Role(StrEnum):
    """What a person may do, always within one centre and, where the grant says so, one unit or class."""

    LEARNER = "learner"  # never granted: whoever is enrolled is one
    # never granted either: whoever fills in a unit's report without heading it (storage.reports.signing)
    DELEGATE = "delegate"
    UNIT_HEAD = "unit_head"
    LIAISON_OFFICER = "liaison_officer"
    LECTURER = "lecturer"
    CLASS_SUPERVISOR = "class_supervisor"
    REGISTRAR = "registrar"
    DIRECTOR = "director"


GRANTED = tuple(role for role in Role if role not in {Role.LEARNER, Role.DELEGATE})
# In which order somebody's roles count: what follows from something else comes after what was granted.
ACTING = (*GRANTED, Role.DELEGATE, Role.LEARNER)
STAFF = frozenset({Role.REGISTRAR, Role.DIRECTOR})
UNIT = frozenset({Role.UNIT_HEAD})


def acting_role(may: Collection[str], roles: Collection[str]) -> str:
    """Under which of his `roles` somebody does what is open to `may`: the first of both; "" where there is none."""
    return next((role for role in ACTING if role in may and role in roles), "")


@dataclass(frozen=True)
class Viewer:
    """Who looks: queries take one and return only what that person may see on that day."""

    person_id: int
    centre_id: int
    roles: frozenset[str]
    units: tuple[int, ...]  # those the person heads
    day: date

    @property
    def is_staff(self) -> bool:
        return bool(self.roles & STAFF)


class Centre(SQLModel, table=True):
    """A political training centre: the tenant. `options` holds what its director may switch:
    windows and rest_days of the sending calendar, personal_abroad (marks and conduct through servers
    abroad), push_first_line (how a message begins, in the web chat's notifications), culture_day; sample marks an
    invented centre.
    """

    __tablename__ = "centre"
    id: int = key()
    name: str
    parent_body: str = ""
    place: str = ""  # where its documents are signed
    address: str = ""
    phone: str = ""
    zone: str = "Asia/Ho_Chi_Minh"
    notice_number: int = 0  # the last one counted here formerly; the office gives them
    options: dict[str, Any] = document()


class Organisation(SQLModel, table=True):
    """A unit or body; its kind is data (bodies are renamed and merged more often than software)."""

    __tablename__ = "organisation"
    __table_args__ = (UniqueConstraint("centre_id", "folded"),)
    id: int = key()
    centre_id: int = ref("centre.id", index=False)
    kind: str = ""
    name: str
    folded: str
    parent_id: int | None = ref("organisation.id", optional=True)
    address: str = ""
    options: dict[str, Any] = (
        document()
    )  # liaison_prepares: its liaison officer fills reports in, the head sends


class OrganisationName(SQLModel, table=True):
    """A name an organisation had (requirement 004-05): old names stay understood."""

    __tablename__ = "organisation_name"
    id: int = key()
    organisation_id: int = ref("organisation.id")
    name: str
    folded: str = Field(index=True)
    to_date: date | None = None


class Person(SQLModel, table=True):
    __tablename__ = "person"
    id: int = key()
    centre_id: int = ref("centre.id")
    name: str
    folded: str = Field(index=True)
    sort_text: str
    birth_date: date | None = None
    gender: str = ""
    position: str = ""
    phone: str = Field(default="", index=True)
    organisation_id: int | None = ref("organisation.id", optional=True)
    party_status: str | None = encrypted()
    language: str = "vi"
    muted: dict[str, Any] = document()  # kinds of message switched off: {"reminders": true}


class Grant(SQLModel, table=True):
    """Role × centre × unit or class, from–to. An empty unit or class means all of the centre's."""

    __tablename__ = "grant_"
    id: int = key()
    person_id: int = ref("person.id")
    role: str
    centre_id: int = ref("centre.id")
    organisation_id: int | None = ref("organisation.id", optional=True)
    class_id: int | None = ref("course_class.id", optional=True)
    from_date: date | None = None
    to_date: date | None = None
    deputy_of: int | None = ref("grant_.id", optional=True, index=False)


class Contact(SQLModel, table=True):
    """A person on a channel account. State: active, unreachable (the platform refused for good), closed."""

    __tablename__ = "contact"
    __table_args__ = (UniqueConstraint("account_id", "chat"),)
    id: int = key()
    person_id: int = ref("person.id")
    account_id: int = ref("channel_account.id", index=False)
    chat: str
    state: str = "active"
    chosen: bool = False
    used_at: datetime = instant()  # business time of the last word from there


class Invite(SQLModel, table=True):
    """A one-time code, kept as a keyed hash. Purpose: `bind` (a slip) or `device` (a link one asked for)."""

    __tablename__ = "invite"
    id: int = key()
    person_id: int = ref("person.id")
    class_id: int | None = ref("course_class.id", optional=True)
    code_hash: str = Field(unique=True)
    purpose: str = "bind"
    created_at: datetime = instant()
    expires_at: datetime = instant()
    used_at: datetime | None = instant(optional=True)


class WrongTry(SQLModel, table=True):
    """A code that did not fit, so that guessing can be locked out. `chat` is whose try it is: a chat's, or, counted
    beside it, that of the link or the address it came from (`link:…`, `address:…`; marks, nothing to be read).
    """

    __tablename__ = "wrong_try"
    id: int = key()
    account_id: int = ref("channel_account.id", index=False)
    chat: str = Field(index=True)
    at: datetime = instant()


class Consent(SQLModel, table=True):
    """The latest row of a person and purpose (`basic`, `sensitive`) stands; earlier ones are the proof."""

    __tablename__ = "consent"
    id: int = key()
    person_id: int = ref("person.id")
    purpose: str
    given: bool
    version: int = 1
    at: datetime = instant()


class LegalBasis(SQLModel, table=True):
    """The centre's recorded ground for processing without consent, a purpose each (Law 91/2025)."""

    __tablename__ = "legal_basis"
    id: int = key()
    centre_id: int = ref("centre.id")
    purpose: str
    basis: str
    recorded_at: datetime = instant()


# Put together once, as storage.messaging.inbox does.
GRANTS = select(Grant).where(col(Grant.person_id) == bindparam("person_id")).order_by(col(Grant.id))


def grants_of(session: Session, person_id: int, day: date) -> list[Grant]:
    """The grants that count on `day` (the centre's date)."""
    rows = session.execute(GRANTS, {"person_id": person_id}).scalars()
    return [grant for grant in rows if on_day(day, grant.from_date, grant.to_date)]


def holders(
    session: Session, roles: Collection[str], centre_id: int, day: date, *, organisation_id: int | None = None
) -> list[Person]:
    """The people holding one of `roles` on `day`, of one unit where that is asked, principals before deputies."""
    query = select(Person, Grant).join(Grant, col(Grant.person_id) == col(Person.id))
    query = query.where(col(Grant.role).in_([str(role) for role in roles]), Grant.centre_id == centre_id)
    if organisation_id is not None:
        query = query.where(Grant.organisation_id == organisation_id)
    found: dict[int, Person] = {}
    for person, grant in sorted(session.exec(query), key=lambda row: (row[1].deputy_of or 0, row[1].id)):
        if on_day(day, grant.from_date, grant.to_date):
            found.setdefault(person.id, person)
    return list(found.values())


def contact_at(session: Session, account_id: int, chat: str) -> Contact | None:
    query = select(Contact).where(Contact.account_id == account_id, Contact.chat == chat)
    return session.exec(query.where(Contact.state != "closed")).first()


def contacts_of(session: Session, person_id: int) -> Sequence[Contact]:
    """Where a person is reached: the chosen one first, then the one used last."""
    return session.execute(CONTACTS, {"person_id": person_id}).scalars().all()


CONTACTS = (
    select(Contact)
    .where(col(Contact.person_id) == bindparam("person_id"), col(Contact.state) == "active")
    .order_by(col(Contact.chosen).desc(), col(Contact.used_at).desc())
)


def bind(session: Session, person: Person, account_id: int, chat: str, now: datetime) -> Contact:
    """Attach a chat to a person; a chat has one person, a person may have several chats."""
    query = select(Contact).where(Contact.account_id == account_id, Contact.chat == chat)
    contact = session.exec(query).first() or Contact(
        person_id=person.id, account_id=account_id, chat=chat, used_at=now
    )
    contact.person_id, contact.state, contact.used_at = person.id, "active", now
    session.add(contact)
    session.flush()
    return contact


def new_invite(
    session: Session, keyring: Keyring, person_id: int, now: datetime, lives: timedelta, **columns: Any
) -> tuple[Invite, str]:
    """A new invite with its code, which is told once and kept as a hash; earlier ones stay valid."""
    code = new_code()
    invite = Invite(person_id=person_id, code_hash=keyring.hash_code(code), created_at=now, **columns)
    invite.expires_at = now + lives
    session.add(invite)
    session.flush()
    return invite, code


def has_consented(session: Session, person_id: int, purpose: str) -> bool | None:
    """True or False as the person last said, None when never asked."""
    latest = latest_consent(session, person_id, purpose)
    return None if latest is None else latest.given


def may_process(session: Session, person: Person, purpose: str) -> bool:
    """Whether a purpose stands on the person's consent or on the centre's recorded legal basis."""
    if has_consented(session, person.id, purpose):
        return True
    return legal_basis(session, person.centre_id, purpose) is not None


def legal_basis(session: Session, centre_id: int, purpose: str) -> str | None:
    """The centre's recorded ground for a purpose; None where it rests on consent alone."""
    query = select(LegalBasis.basis).where(LegalBasis.centre_id == centre_id, LegalBasis.purpose == purpose)
    return session.exec(query.order_by(col(LegalBasis.id).desc())).first()


def record_consent(
    session: Session, person_id: int, purpose: str, now: datetime, *, given: bool, version: int
) -> None:
    """Keep what the person said; the same answer to the same version of the question is kept once."""
    latest = latest_consent(session, person_id, purpose)
    if latest is None or (latest.given, latest.version) != (given, version):
        row = Consent(person_id=person_id, purpose=purpose, given=given, version=version, at=now)
        session.add(row)


def latest_consent(session: Session, person_id: int, purpose: str) -> Consent | None:
    """What the person last said about a purpose."""
    query = select(Consent).where(Consent.person_id == person_id, Consent.purpose == purpose)
    return session.exec(query.order_by(col(Consent.id).desc())).first()


MUTABLE = frozenset({"reminders", "digest"})  # notices and reports reach everyone they concern


def wants(person: Person, kind: str) -> bool:
    """Whether a person takes messages of this kind; only kinds in MUTABLE can be switched off."""
    return kind not in MUTABLE or not person.muted.get(kind)
