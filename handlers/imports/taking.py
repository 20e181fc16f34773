"""Whose files are taken at all: it is known before anything is fetched."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from storage.messaging import dialogues
from storage.people.people import STAFF, grants_of


def taken_on(session: Session, dialogue_id: int, now: datetime) -> date | None:
    """The day (the centre's date) a file sent in this chat `now` is read on; None for whoever imports nothing."""
    here = dialogues.whose(session, dialogue_id)
    if here.Person is None:
        return None
    day = now.astimezone(ZoneInfo(here.Centre.zone)).date()
    is_staff = any(grant.role in STAFF for grant in grants_of(session, here.Person.id, day))
    return day if is_staff else None
