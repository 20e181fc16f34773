"""What each person is asked to consent to, in which wording, and how it stands.

Everybody is asked only for what is kept of him: a learner for what reaches him (`basic`) and for what is sensitive, a
unit's head for his reports (`unit`), who works or teaches at the centre for his work (`staff`), a director for what he
decides. A wording has a number, raised with what it asks for: who agreed to a former one has agreed to that alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlmodel import Session, col, select

from storage.courses.courses import Enrolment
from storage.people.people import Consent, Role, latest_consent, record_consent

VERSIONS: Final = {"basic": 2, "sensitive": 2, "unit": 1, "staff": 1, "director": 1}
SENSITIVE: Final = "sensitive"
REACHED: Final = tuple(
    purpose for purpose in VERSIONS if purpose != SENSITIVE
)  # one of them lets a chat be linked
OF_ROLE: Final[Mapping[str, str]] = {
    Role.UNIT_HEAD: "unit",
    Role.LIAISON_OFFICER: "unit",
    Role.LECTURER: "staff",
    Role.CLASS_SUPERVISOR: "staff",
    Role.REGISTRAR: "staff",
    Role.DIRECTOR: "director",
}


class Said(StrEnum):
    """How a consent stands. Who refuses never agreed to that wording; who withdraws did."""

    NEVER = "never"
    AGREED = "agreed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Standing:
    """What somebody last said of a purpose: the row, and the one before it."""

    purpose: str
    last: Consent | None = None
    before: Consent | None = None

    @property
    def said(self) -> Said:
        if self.last is None:
            return Said.NEVER
        if self.last.given:
            return Said.AGREED
        had = self.before is not None and self.before.given and self.before.version == self.last.version
        return Said.WITHDRAWN if had else Said.REFUSED

    @property
    def is_open(self) -> bool:
        """Whether he is to be asked: never asked, or what is asked has grown since he agreed. A no is left alone."""
        return self.last is None or (self.last.given and self.last.version < VERSIONS[self.purpose])


def purposes_of(session: Session, person_id: int, roles: Iterable[str]) -> list[str]:
    """What somebody with these roles is asked for, in the order of VERSIONS."""
    found = {OF_ROLE[role] for role in roles if role in OF_ROLE}
    if is_learner(session, person_id):
        found |= {"basic", SENSITIVE}
    return [purpose for purpose in VERSIONS if purpose in (found or {"basic"})]


def is_learner(session: Session, person_id: int) -> bool:
    """Whether there is, or was, a class whose records name him."""
    return session.exec(select(Enrolment.id).where(Enrolment.person_id == person_id)).first() is not None


def history(session: Session, person_id: int) -> list[Standing]:
    """Every answer the person gave, oldest first."""
    query = select(Consent).where(Consent.person_id == person_id).order_by(col(Consent.id))
    last: dict[str, Consent] = {}
    found = []
    for row in session.exec(query):
        found.append(Standing(row.purpose, row, last.get(row.purpose)))
        last[row.purpose] = row
    return found


def standings(session: Session, person_id: int, asked: Iterable[str] = ()) -> dict[str, Standing]:
    """How every purpose stands that the person was ever `asked` for, or is now, in the order of VERSIONS."""
    said = {one.purpose: one for one in history(session, person_id)}
    return {
        purpose: said.get(purpose, Standing(purpose))
        for purpose in VERSIONS
        if purpose in said or purpose in asked
    }


def open_purposes(session: Session, person_id: int, roles: Iterable[str]) -> list[str]:
    """What the person is still to be asked for."""
    asked = purposes_of(session, person_id, roles)
    found = standings(session, person_id, asked)
    return [purpose for purpose in asked if found[purpose].is_open]


def agree(session: Session, person_id: int, purpose: str, now: datetime) -> None:
    """He has read today's wording and agrees to it."""
    record_consent(session, person_id, purpose, now, given=True, version=VERSIONS[purpose])


def refuse(session: Session, person_id: int, purpose: str, now: datetime) -> bool:
    """He has read today's wording and does not agree. Whether he had agreed till now."""
    latest = latest_consent(session, person_id, purpose)
    record_consent(session, person_id, purpose, now, given=False, version=VERSIONS[purpose])
    return latest is not None and latest.given


def withdraw(session: Session, person_id: int, purpose: str, now: datetime) -> bool:
    """He takes back what he agreed to, in the wording he agreed to. False: there is nothing to take back."""
    latest = latest_consent(session, person_id, purpose)
    if latest is None or not latest.given:
        return False
    record_consent(session, person_id, purpose, now, given=False, version=latest.version)
    return True
