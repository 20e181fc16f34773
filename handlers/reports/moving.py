"""Whose report it is may change: handed over, somebody away or back, a new head. The card follows at once, once."""

from collections.abc import Callable, Sequence
from datetime import datetime

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import Message, lines
from handlers.reports import opening, sending, telling, words
from locales import Language
from storage.messaging import outbox
from storage.people.people import Organisation, Person
from storage.reports import signing
from storage.reports.reports import ConductReport, ReportView, report_view

conversation = Conversation("conduct_moving")


def _key(report_id: int) -> str:
    """What the keys of everything said about an unsent report begin with (storage.reports.ladder.told_key)."""
    return f"report:{report_id}:"


# --- asking whoever it is to be asked of now ---


def prompt_now(desk: Desk, report_id: int) -> datetime:
    """Send the card of an open report to whom it is to be asked of now, and to nobody else; when it goes out."""
    view = report_view(desk.session, report_id)
    assert view is not None, "whoever calls has the report open"
    readers = telling.askable(desk, view)
    outbox.drop(desk.session, _key(report_id))
    _tell(desk, view, readers)
    view.report.snoozed_until = None  # it was somebody else who chose that time
    due = telling.next_hour(desk, view)
    view.report.prompted_at = view.report.prompted_at or due
    return due


def take_back_prompts(desk: Desk, view: ReportView) -> None:
    """What is still to be said about the report is not said any more: its head is at it."""
    outbox.drop(desk.session, _key(view.report.id))


def _tell(desk: Desk, view: ReportView, readers: Sequence[Person]) -> None:
    what = f"now-{desk.now.isoformat()}"
    telling.tell(desk, view, readers, what, telling.nothing, always=True, overdue=True)


def tell_in_hours(desk: Desk, person: Person, build: Callable[[Language], Message], key: str) -> bool:
    """Tell somebody what can wait for the centre's hours, once a key and instant. False where nothing reaches him."""
    due = desk.calendar(desk.centre(person.centre_id)).next_sending_time(desk.now)
    told = desk.tell(person, build, due=due, key=f"{key}:{person.id}:{desk.now.isoformat()}")
    return told is not None


# --- somebody else heads the unit, is away, or is back ---


@conversation.timer("unit_people")
def look_again(desk: Desk, unit: int) -> None:
    """Each open report of the unit goes to whom it is to be asked of now, one at a time, unless he has it already."""
    from handlers.reports import prompting  # it imports the card, which leads here

    row = desk.session.get(Organisation, unit)
    assert row is not None, "a unit with roles is never deleted"
    today = desk.today(desk.centre(row.centre_id))
    asked: set[int] = set()
    for report in signing.unsent_reports(desk.session, [unit], desk.now):
        if report.handed_to is not None and signing.delegate(desk.session, report, today) is None:
            signing.hand_back(desk.session, report, None, desk.now)  # he no longer belongs to the unit
        if report.prompted_at is not None:
            _follow(desk, report, asked)
    heads, deputies = signing.heads_of(desk.session, row.centre_id, unit, today)
    prompting.prompt_waiting(desk, heads or deputies)


def _follow(desk: Desk, report: ConductReport, asked: set[int]) -> None:
    """Give the report to whom it is to be asked of and who lacks it. Whoever was `asked` for another one gets it when
    that is sent, as if it had never been asked for.
    """
    view = report_view(desk.session, report.id)
    if view is None or not view.learners:
        return
    readers = telling.askable(desk, view)
    outbox.drop(desk.session, _key(report.id), keep=[reader.id for reader in readers])
    told, ids = outbox.told_at(desk.session, _key(report.id)), {reader.id for reader in readers}
    newest = max((at for person, at in told.items() if person not in ids), default=None)
    lacking = [one for one in readers if one.id not in told or (newest is not None and newest > told[one.id])]
    free = [one for one in lacking if one.id not in asked]
    if lacking and not free and not ids & told.keys():
        view.report.prompted_at = None
    _tell(desk, view, free)
    asked |= ids


# --- prepared, sent ---


def show_prepared(desk: Desk, view: ReportView, preparer: Person) -> list[Person]:
    """Give whoever is to send it what was prepared, so that one tap sends it. Who is reached."""
    outbox.drop(desk.session, _key(view.report.id))
    due = desk.calendar(desk.centre(view.course.centre_id)).next_sending_time(desk.now)
    told = []
    for reader in telling.askable(desk, view):

        def build(language: Language, reader: Person = reader) -> Message:
            said = language.text("Comrade {name} has prepared it. Please look it over.", name=preparer.name)
            day = desk.today(desk.centre(view.course.centre_id))
            view.acting = signing.acting(desk.session, reader, view.report, day) or ""
            return sending.check_card(desk, language, view, said)

        key = f"{_key(view.report.id)}prepared:{reader.id}:{desk.now.isoformat()}"
        if desk.tell(reader, build, due=due, key=key) is not None:
            told.append(reader)
    return told


def tell_of_sending(desk: Desk, view: ReportView, sender: Person, preparer: int | None) -> None:
    """Somebody else than the head has sent: the heads are told, with the receipt; and whoever prepared it, too."""
    centre = desk.centre(view.course.centre_id)
    heads, deputies = signing.heads_of(desk.session, centre.id, view.unit.id, desk.today(centre))
    readers = [] if sender.id in {head.id for head in heads} else heads or deputies
    said = _sent_for_you if view.acting in signing.SIGNING else _entered_for_you
    for reader in readers:
        if reader.id != sender.id:
            _tell_receipt(desk, view, reader, lambda language: said(language, sender))
    helper = desk.session.get(Person, preparer) if preparer not in {None, sender.id} else None
    if helper is not None:
        name = sender.name

        def thanks(language: Language) -> Message:
            text = language.text("Comrade {name} has sent the report you prepared. Thank you.", name=name)
            return Message(lines(words.heading(language, view), text))

        tell_in_hours(desk, helper, thanks, f"conduct-sent:{view.report.id}")


def _sent_for_you(language: Language, sender: Person) -> Markup:
    return language.text("Comrade {name} has sent your unit's report.", name=sender.name)


def _entered_for_you(language: Language, sender: Person) -> Markup:
    return language.text("The centre has entered your unit's report as it was received.", name=sender.name)


def _tell_receipt(desk: Desk, view: ReportView, reader: Person, said: Callable[[Language], Markup]) -> None:
    acting, view.acting = view.acting, ""  # the card is the reader's own
    tell_in_hours(
        desk, reader, lambda language: opening.card(desk, language, view, reader, said=said(language)),
        f"conduct-sent:{view.report.id}",
    )  # fmt: skip
    view.acting = acting
