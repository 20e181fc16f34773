"""What is stored about a person, its export, and who has looked at it."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Final

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.messages import Button, Document, Link, Message, file_called, lines
from handlers.engine.turn import Turn
from handlers.menu.actions import open_menu
from handlers.menu.menu import role_names
from handlers.own_data import actions
from handlers.own_data.actions import open_consents, open_requests
from handlers.own_data.papers import PARTY_STATUS, word, workbook
from handlers.own_data.rights import consent_lines
from handlers.own_data.settings import channel_names
from locales import later
from storage.joining import invites, mydata
from storage.people.people import Organisation

conversation = Conversation("mydata")

CLASSES_SHOWN: Final = 5
LOOKS_SHOWN: Final = 15


@conversation.does(actions.open_my_data)
@conversation.command(
    "dulieu", words=later("my data, personal data"), about=later("My data: what is stored, consents")
)
def open_my_data(turn: Turn) -> None:
    """Party status stands on it only where this chat may carry it; elsewhere a link opens it."""
    _ = turn.language.text
    assert turn.contact is not None, "whoever speaks is bound here"
    may_carry = turn.may_carry_private(turn.contact)
    url = "" if may_carry else turn.device_link(turn.speaker)
    buttons: list[list[Button | Link]] = [
        [Link(_("Open my page"), url) if url else Button(_("Export to Excel"), export)],
        [Button(_("Who has looked"), open_looks)],
        [Button(_("Consents"), open_consents)],
        [Button(_("Correct or delete"), open_requests)],
        [Button(_("Back"), open_menu)],
    ]
    text = lines(_("<b>What the centre stores about you</b>"), *_facts(turn), _party_status(turn, may_carry))
    turn.show(Message(text, buttons, private=may_carry))


def _facts(turn: Turn) -> Iterator[Markup]:
    _, person = turn.language.text, turn.speaker
    none = _("not recorded")
    unit = turn.session.get(Organisation, person.organisation_id) if person.organisation_id else None
    born = turn.language.year_day(person.birth_date) if person.birth_date else none
    yield _("Name: {name}", name=person.name)
    yield _("Date of birth: {day}", day=born)
    yield _("Unit: {unit}", unit=unit.name if unit else none)
    yield _("Position: {position}", position=person.position or none)
    yield _("Phone: {phone}", phone=person.phone or none)
    courses = [course.code for _row, course, _unit in mydata.enrolments(turn.session, person.id)]
    told = ", ".join(courses[-CLASSES_SHOWN:]) + (", …" if len(courses) > CLASSES_SHOWN else "")
    yield _("Classes: {classes}", classes=told or none)
    yield from consent_lines(turn)
    names = channel_names(mydata.contacts(turn.session, person.id))
    yield _("Linked accounts: {channels}", channels=", ".join(names.values()))
    codes = len(invites.open_invites(turn.session, person.id, turn.now))
    if codes:
        yield _("Codes not yet used: {n}", n=codes)


def _party_status(turn: Turn, may_carry: bool) -> Markup:
    _, stored = turn.language.text, turn.speaker.party_status
    if not stored:
        return _("Party status: {status}", status=_("not recorded"))
    if not may_carry:
        return _("Party status: recorded; it is shown on your own page only.")
    return _("Party status: {status}", status=word(turn.language, PARTY_STATUS, stored))


# -- the export, and who has looked


my_data_paper = conversation.paper("mydata")(workbook)


@conversation.button("mx")
def export(turn: Turn) -> None:
    _, person = turn.language.text, turn.speaker
    turn.log("data_exported", about=person)
    name = file_called(_("My data at the centre"), "xlsx")
    file = Document(my_data_paper, name, {"person": person.id})
    text = _("Everything the centre stores about you is in this file.")
    turn.say(Message(text, [[Button(_("Back"), open_my_data)]], document=file, private=True))


@conversation.button("ml")
@conversation.command("", words=later("who has looked at my data, who has looked"))
def open_looks(turn: Turn) -> None:
    """By role and day; names only where the centre decides so."""
    _, n_ = turn.language.text, turn.language.count
    with_names = bool(turn.home.options.get("show_names_in_access_log"))
    counted: Counter[tuple[date, str]] = Counter()
    for look, name in mydata.looks(turn.session, turn.speaker.id):
        who = role_names(turn.language, look.actor_role.split(",")) or str(_("the program"))
        who = f"{who}: {name}" if with_names and name else who
        counted[turn.language.local(look.at).date(), who] += 1
    told = [
        _("{day}: {who} ({times})", day=turn.language.day(day), who=who, times=n_("{n} time", "{n} times", n))
        for (day, who), n in list(counted.items())[:LOOKS_SHOWN]
    ]
    if not told:
        told = [_("Nobody but you has looked at your personal results.")]
    elif len(counted) > LOOKS_SHOWN:
        told.append(_("Earlier ones are in the Excel file."))
    text = lines(_("<b>Who has looked at your data</b>"), *told)
    turn.show(text, [Button(_("Back"), open_my_data)])
