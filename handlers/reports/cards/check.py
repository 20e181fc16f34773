"""Everything that would be sent of a report, before it is."""

from datetime import date

from markupsafe import Markup

from handlers.engine.desk import Desk
from handlers.engine.messages import Action, Button, Message, lines
from handlers.reports import actions, words
from locales import Language
from storage.reports.reports import ReportView
from storage.reports.signing import Acting


def check_card(
    desk: Desk, language: Language, view: ReportView, said: Markup | str = "", *, day: date | None = None
) -> Message:
    """Everything that would be sent, before it is sent. `day` is when it was received, where the centre enters it."""
    _ = language.text
    ids = {"report": view.report.id}
    more = [Button(_("Note"), actions.choose_note, **ids, page=0)]
    more += [Button(_("More, sessions"), actions.choose_details, **ids, page=0)]
    buttons = [
        *_ways_out(desk, language, view, day),
        *clearing(language, view, actions.clear_marked, **ids, revision=view.report.revision),
        [Button(_("Correct"), actions.correct, **ids, page=0)],
        *([more] if view.entries else []),
        *([] if view.aside else [[Button(_("Back"), actions.open_card, **ids)]]),
    ]
    received = _day_line(desk, language, view, day) if view.acting == Acting.ENTERS else ""
    return Message(lines(said, check_words(desk, language, view), received), buttons, private=True)


def _ways_out(desk: Desk, language: Language, view: ReportView, day: date | None) -> list[list[Button]]:
    """Send it; or, where that is not the reader's to do, pass it to the head, or enter it as received: with its source
    and the day.
    """
    _, report = language.text, view.report
    if view.acting == Acting.PREPARES:
        label = _("Submit to the head")
        return [[Button(label, actions.submit, report=report.id, content=view.fingerprint)]]
    ids = {"report": report.id, "revision": report.revision, "content": view.fingerprint}
    if view.acting != Acting.ENTERS:
        return [[Button(_("Send"), actions.send, **ids)]]
    ids["day"] = (day or desk.today(desk.centre(view.course.centre_id))).toordinal()
    labels = (_("Enter: by phone"), _("Enter: on paper"))
    told = [[Button(label, actions.record, **ids, source=number)] for number, label in enumerate(labels)]
    return [*told, [Button(_("Received another day"), actions.other_day, report=report.id)]]


def clearing(language: Language, view: ReportView, action: Action, **ids: int) -> list[list[Button]]:
    """Leave out all that was marked before; once that is done, the way back."""
    _ = language.text
    if view.aside:
        return [[Button(_("Back"), action, **ids, on=0)]]
    return [[Button(_("Clear what is marked"), action, **ids, on=1)]] if view.marked else []


def check_words(desk: Desk, language: Language, view: ReportView, *, says_well: bool = False) -> Markup:
    """Everything that would be sent, in words; `says_well`: the head has just said so of all."""
    counts = words.counts(language, len(view.learners), len(view.mentioned))
    named = words.mentions(language, view)
    told = Markup("{}: {}").format(counts, words.listed(language, named)) if named else counts + "."
    return lines(
        words.heading(language, view),
        Markup("<b>{}</b> {}").format(_not_sent(language, view), told),
        *words.marked_before(language, view),
        words.on_paper(language, view.on_paper),
        words.contradiction(language, view, says_well=says_well or view.report.state == "well"),
        words.deadline(language, view, desk.now) if _will_be_late(desk, view) else "",
        words.capacity_line(language, view.acting),
    )


def _not_sent(language: Language, view: ReportView) -> Markup:
    _ = language.text
    if view.acting == Acting.ENTERS:
        return _("This is NOT entered yet.")
    return (
        _("The corrections are NOT sent yet.") if view.report.revision else _("The report is NOT sent yet.")
    )


def _will_be_late(desk: Desk, view: ReportView) -> bool:
    """Whether it is marked as late when it is sent: a correction is not, nor what the centre has received."""
    return view.is_late(desk.now) and not view.report.revision and view.acting != Acting.ENTERS


def _day_line(desk: Desk, language: Language, view: ReportView, day: date | None) -> Markup:
    """On which day it was received: today unless another day is told."""
    today = desk.today(desk.centre(view.course.centre_id))
    told = language.text("today") if (day or today) == today else ""
    return language.text("Received: {day}.", day=told or language.day(day or today))
