"""What is stored about a person as rows of a workbook: everything the card only sums up."""

from collections.abc import Iterator, Mapping

from handlers import papers
from handlers.engine.desk import Desk
from handlers.engine.messages import plain
from handlers.joining.consents import NAMES
from handlers.menu.menu import role_names
from handlers.own_data.settings import channel_names
from handlers.reports.words import LABELS
from locales import Language, later
from storage.joining import consents, invites, mydata
from storage.joining.consents import Said
from storage.messaging import rings
from storage.people.people import Centre, Organisation, Person, grants_of
from storage.reports.reports import Category
from storage.spreadsheets.tables import in_order

Line = tuple[str, object, object, object]  # part, item, content, day
PARTY_STATUS = {
    "member": later("Party member"),
    "probationary": later("probationary Party member"),
    "non_member": later("not a Party member"),
}
GENDERS = {"male": later("male"), "female": later("female")}
SAID = {
    Said.AGREED: later("agreed, wording {n}"),
    Said.REFUSED: later("did not agree, wording {n}"),
    Said.WITHDRAWN: later("withdrawn, wording {n}"),
}
ATTENDANCE = {
    "present": later("present"),
    "late": later("late"),
    "excused": later("absent with leave"),
    "unexcused": later("absent without leave"),
    "recalled": later("called back by the unit"),
}


def workbook(desk: Desk, language: Language, person: int) -> bytes:
    """Everything stored about one person, as an Excel file."""
    _ = language.text
    row = desk.session.get_one(Person, person)  # people are made nameless, never deleted
    centre = desk.centre(row.centre_id)
    day = language.year_day(desk.today(centre))
    titles = [_("What is stored about {name}", name=row.name), _("As of {day}", day=day)]
    headers = [_("Part"), _("Item"), _("Content"), _("Day")]
    rows = _lines(desk, language, row, centre)
    name = _("My data")
    return papers.workbook(
        desk, language, centre, titles, in_order(headers), rows, sheet_name=name, signed=False
    )


def _lines(desk: Desk, language: Language, person: Person, centre: Centre) -> Iterator[Line]:
    yield from _fields(desk, language, person)
    yield from _ties(desk, language, person, centre)
    yield from _results(desk, language, person)
    yield from _answers(desk, language, person)
    yield from _log(desk, language, person, centre)


def _fields(desk: Desk, language: Language, person: Person) -> Iterator[Line]:
    _ = language.text
    part = _("Personal details")
    unit = desk.session.get(Organisation, person.organisation_id) if person.organisation_id else None
    yield part, _("Name"), person.name, None
    yield part, _("Date of birth"), person.birth_date, None
    yield part, _("Gender"), word(language, GENDERS, person.gender), None
    yield part, _("Position"), person.position, None
    yield part, _("Phone number"), person.phone, None
    yield part, _("Unit"), unit.name if unit else None, None
    yield part, _("Party status"), word(language, PARTY_STATUS, person.party_status), None


def _ties(desk: Desk, language: Language, person: Person, centre: Centre) -> Iterator[Line]:
    _ = language.text
    for enrolment, course, unit in mydata.enrolments(desk.session, person.id):
        yield _("Classes"), f"{course.code} {course.name}", unit.name, enrolment.from_date
    for grant in grants_of(desk.session, person.id, desk.today(centre)):
        yield _("Roles"), role_names(language, [grant.role]), None, grant.from_date
    contacts = mydata.contacts(desk.session, person.id)
    names = channel_names(contacts)
    for contact, _account in contacts:
        yield _("Linked accounts"), names[contact.id], _("last used"), language.local(contact.used_at)
        if rung_since := rings.since(desk.session, contact.account_id, contact.chat):
            yield _("Linked accounts"), names[contact.id], _("notifications on"), language.local(rung_since)
    for invite in invites.open_invites(desk.session, person.id, desk.now):
        yield _("Open codes"), _("valid until"), None, language.local(invite.expires_at)


def _results(desk: Desk, language: Language, person: Person) -> Iterator[Line]:
    """Only what was published or sent; drafts are nobody's yet."""
    _ = language.text
    for course, held, state in mydata.attendance(desk.session, person.id):
        words = word(language, ATTENDANCE, state)
        yield _("Attendance"), f"{course.code} {held.topic}", words, language.local(held.starts_at)
    for course, mark in mydata.published_marks(desk.session, person.id):
        day = language.local(mark.published_at) if mark.published_at else None
        yield _("Marks"), f"{course.code} {mark.component}", mark.value, day
    for course, _period, report, entry in mydata.conduct(desk.session, person.id):
        said = [f"{plain(_(LABELS[Category(kind)]))} {times or ''}".strip() for kind, times in entry.said]
        told = [*said, entry.note or ""]
        day = language.local(report.sent_at) if report.sent_at else None
        yield _("Conduct"), course.code, ", ".join(filter(None, told)), day


def _answers(desk: Desk, language: Language, person: Person) -> Iterator[Line]:
    _ = language.text
    for standing in consents.history(desk.session, person.id):
        purpose = word(language, NAMES, standing.purpose)
        assert standing.last is not None, "what was said is here"
        said = _(SAID[standing.said], n=standing.last.version)
        yield _("Consents"), purpose, said, language.local(standing.last.at)


def _log(desk: Desk, language: Language, person: Person, centre: Centre) -> Iterator[Line]:
    _ = language.text
    for look, name in mydata.looks(desk.session, person.id):
        who = role_names(language, look.actor_role.split(",")) or _("the program")
        shown = name if centre.options.get("show_names_in_access_log") else None
        yield _("Who looked at it"), who, shown, language.local(look.at)


def word(language: Language, words: Mapping[str, str], stored: str | None) -> str:
    """A stored word as people say it; one that is not known stays as it is."""
    known = words.get(stored or "")
    return language.text(known) if known else (stored or "")
