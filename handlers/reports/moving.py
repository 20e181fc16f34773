"""Whose report it is may change: handed over, somebody away or back, a new head. The card follows at once, once."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from markupsafe import Markup

from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Message, lines
from handlers.engine.telling import tell_registrars
from handlers.reports import words
from handlers.reports.actions import open_board
from handlers.reports.cards.card import card
from handlers.requests.asking import answering, ask_now, opening, tell
from locales import Language
from storage.people import offices
from storage.people.people import Person
from storage.reports import ladder, signing
from storage.reports.entries import TakenBack
from storage.reports.reports import ConductReport, ReportView
from storage.requests import prompts


def prompt_now(desk: Desk, report: ConductReport) -> datetime:
    """Send the card of an open report to whom it is to be asked of now, and to nobody else; when it goes out."""
    return ask_now(desk, ladder.request_of(report), "now")


def tell_in_hours(desk: Desk, person: Person, build: Callable[[Language], Message], key: str) -> bool:
    """Tell somebody what can wait for the centre's hours, once a key and instant. False where nothing reaches him."""
    due = desk.calendar(desk.centre(person.centre_id)).next_sending_time(desk.now)
    told = desk.tell(person, build, due=due, key=f"{key}:{person.id}:{desk.now.isoformat()}")
    return told is not None


# --- prepared, sent ---


def show_prepared(desk: Desk, view: ReportView) -> list[Person]:
    """Give whoever is to send it what was prepared, so that one tap sends it. Who is reached."""
    row = ladder.request_of(view.report)
    prompts.take_back(desk.session, row.id)
    name = f"prepared-{desk.now.isoformat()}"
    return tell(desk, row, opening(row), answering(desk, row), by_clock=False, late=True, as_step=name)


def tell_of_sending(desk: Desk, view: ReportView, sender: Person, preparer: int | None) -> None:
    """Somebody else than the head has sent: the heads are told, with the receipt; and whoever prepared it, too."""
    heads = heading(desk, view)
    readers = [] if sender.id in {head.id for head in heads[0]} else heads[0] or heads[1]
    acting, view.acting = view.acting, ""  # the card is the reader's own
    said, key = partial(_sent_for_you, acting, sender.name), f"conduct-sent:{view.report.id}"
    for reader in readers:
        if reader.id != sender.id:
            show_in_hours(desk, view, reader, said, key)
    view.acting = acting
    helper = desk.session.get(Person, preparer) if preparer not in {None, sender.id} else None
    if helper is not None:
        tell_in_hours(desk, helper, partial(_thanks, view, sender.name), key)


def tell_of_change(desk: Desk, view: ReportView, sender: Person, changes: Sequence[TakenBack]) -> None:
    """The centre may have acted on what is not reported any more: its registrars hear of a sending's changes, once."""

    def changed(language: Language) -> Message:
        _ = language.text
        told = _(
            "Comrade {name}, {unit}, has corrected what was sent:", name=sender.name, unit=view.unit.name
        )
        text = lines(words.heading(language, view), told, *(_change(language, view, one) for one in changes))
        return Message(text, [[Button(_("Report status"), open_board)]], private=True)

    centre = desk.centre(view.course.centre_id)
    tell_registrars(desk, centre, changed, key=f"conduct-changed:{view.report.id}:{view.report.revision}")


def _change(language: Language, view: ReportView, one: TakenBack) -> Markup:
    """Such as "- đồng chí Trần Văn An, vắng không phép 2 buổi → không nêu nữa"."""
    before = words.mention(language, words.full_name(view.learners, one.person), one.before, None)
    now = words.said_words(language, one.now) if one.now else language.text("not mentioned any more")
    return Markup("- {} → {}").format(before, now)


def heading(desk: Desk, view: ReportView) -> offices.Heads:
    """Who heads the unit of a report today, and their deputies."""
    centre = desk.centre(view.course.centre_id)
    return offices.heads_of(desk.session, centre.id, view.unit.id, desk.today(centre))


def show_in_hours(
    desk: Desk, view: ReportView, reader: Person, said: Callable[[Language], Markup], key: str
) -> None:
    """Tell somebody what became of a report, with its card."""
    tell_in_hours(desk, reader, lambda language: card(desk, language, view, reader, said=said(language)), key)


def _sent_for_you(acting: str, name: str, language: Language) -> Markup:
    if acting in signing.SIGNING:
        return language.text("Comrade {name} has sent your unit's report.", name=name)
    return language.text("The centre has entered your unit's report as it was received.")


def _thanks(view: ReportView, name: str, language: Language) -> Message:
    text = language.text("Comrade {name} has sent the report you prepared. Thank you.", name=name)
    return Message(lines(words.heading(language, view), text))
