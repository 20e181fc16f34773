"""The office's digest, in the morning of a working day and only where there is something: what is overdue, what comes
due, which units nobody was reached in, what could not be sent.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Message, lines
from handlers.home.waiting import turn_page
from handlers.reports.actions import open_board
from handlers.requests.asking import is_asked_for
from handlers.requests.board import turn_page as open_asked
from handlers.requests.presenting import capital, presenter_of
from locales import Language
from storage.messaging import outbox
from storage.people.people import STAFF, Centre, Organisation, holders, wants
from storage.requests import requests
from storage.requests.digests import DIGEST, plan_digest
from storage.requests.requests import Request

MOST: Final = 5  # lines of a kind, and units on a line

conversation = Conversation("digest")


@dataclass(frozen=True)
class Found:
    """How things stand in a centre this morning."""

    overdue: Sequence[Request]
    due: Sequence[Request]  # today or on the next working day
    silent: Sequence[str]  # units
    unsent: int  # messages


@conversation.timer(DIGEST.name, passes=True)
def morning_digest(desk: Desk, centre: int) -> None:
    """Tell the registrars and directors who want it, and come back on the next working day. One that an outage has
    held up past the hours of its day is left out: the next one says it anew.
    """
    home, day = desk.centre(centre), desk.today(desk.centre(centre))
    calendar = desk.calendar(home)
    plan_digest(desk.session, calendar, centre, desk.now)
    due = calendar.next_sending_time(desk.now)
    found = _found(desk, home)
    if due.astimezone(calendar.zone).date() != day or not any((found.overdue, found.due, found.unsent)):
        return
    for reader in holders(desk.session, STAFF, centre, day):
        if wants(reader, "digest"):
            key = f"digest:{centre}:{day}:{reader.id}"
            desk.tell(
                reader,
                lambda language: _card(desk, language, found),
                lane=outbox.BROADCAST,
                due=due,
                key=key,
                sense_until=datetime.combine(day + timedelta(days=1), time.min, calendar.zone),
            )


def _found(desk: Desk, home: Centre) -> Found:
    calendar, day = desk.calendar(home), desk.today(home)
    soon = calendar.deadline(calendar.add_working_days(day, 1))
    rows = [
        row for row in requests.open_of_centre(desk.session, home.id, desk.now) if is_asked_for(desk, row)
    ]
    before = datetime.combine(calendar.add_working_days(day, -1), time.min, calendar.zone)
    pressing = [row for row in rows if row.deadline is not None and row.deadline <= soon]
    return Found(
        overdue=[row for row in pressing if row.is_late(desk.now)],
        due=[row for row in pressing if not row.is_late(desk.now)],
        silent=sorted(
            {_unit(desk, row) for row in pressing if not requests.told_at(desk.session, row)} - {""}
        ),
        unsent=outbox.failed_since(desk.session, home.id, before),
    )


def _unit(desk: Desk, row: Request) -> str:
    unit = desk.session.get(Organisation, row.organisation_id) if row.organisation_id is not None else None
    return unit.name if unit is not None else ""


def _card(desk: Desk, language: Language, found: Found) -> Message:
    _, n_ = language.text, language.count
    text = lines(
        _("<b>This morning</b>"),
        *_part(desk, language, _("Overdue: {n}", n=len(found.overdue)), found.overdue),
        *_part(desk, language, _("Due by the next working day: {n}", n=len(found.due)), found.due),
        _("Nobody could be reached yet in: {units}", units=_names(language, found.silent))
        if found.silent
        else "",
        n_("{n} message could not be delivered.", "{n} messages could not be delivered.", found.unsent)
        if found.unsent
        else "",
    )
    ways = [
        [Button(_("My tasks"), turn_page, page=0)],
        [Button(_("Who has not answered"), open_asked, page=0)],
        [Button(_("Report status"), open_board)],
    ]
    return Message(text, ways)


def _part(desk: Desk, language: Language, head: Markup, rows: Sequence[Request]) -> list[Markup]:
    """What is asked for, a line each with the units it is asked of."""
    if not rows:
        return []
    units: dict[Markup, list[str]] = {}
    for row in rows:
        what = capital(presenter_of(row).line(desk, language, row)[0])
        units.setdefault(what, []).append(_unit(desk, row))
    told = [
        language.text("{what}: {units}", what=what, units=_names(language, sorted(filter(None, names))))
        if any(names)
        else what
        for what, names in units.items()
    ]
    left = len(told) - MOST
    more = [language.count("and {n} more", "and {n} more", left)] if left > 0 else []
    return [Markup("<b>{}</b>").format(head), *told[:MOST], *more]


def _names(language: Language, names: Iterable[str]) -> str:
    """The first names, and how many more there are."""
    known = list(names)
    left = len(known) - MOST
    more = [language.count("{n} more unit", "{n} more units", left)] if left > 0 else []
    return ", ".join([*known[:MOST], *more])
