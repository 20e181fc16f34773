"""What somebody has to do with a report (000-19): its head, his deputy, whoever it was handed to, who prepares it."""

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from handlers.engine.desk import Desk
from handlers.engine.messages import Button, lines
from handlers.engine.turn import Turn
from handlers.reports import actions, words
from locales import Language
from storage.people.people import Organisation, Person
from storage.reports import ladder, signing
from storage.reports.reports import ConductReport, ReportView
from storage.reports.signing import HEADING, Acting
from storage.requests import posts


@dataclass(frozen=True)
class Part:
    """What a reader has to do with a report. `mate` fills it in instead of him; `giver` handed it to him; `preparer`
    filled it in for him to send.
    """

    reader: Person
    acting: str
    mate: Person | None = None
    giver: Person | None = None
    preparer: Person | None = None

    @property
    def hands_off(self) -> bool:
        return self.mate is not None


def part_of(desk: Desk, view: ReportView, reader: Person) -> Part:
    report, day = view.report, desk.today(desk.centre(view.course.centre_id))
    acting = view.acting or signing.acting(desk.session, reader, report, day) or ""
    if report.revision:
        return Part(reader, acting)
    instead = posts.delegate(desk.session, ladder.request_of(report), day)
    if instead is not None and instead.id != reader.id:
        return Part(reader, acting, mate=instead if acting in HEADING else None)
    giver = signing.giver(desk.session, report) if instead is not None else None
    preparer = report.prepared_by if acting in signing.SIGNING else None
    return Part(reader, acting, giver=_person(desk, giver), preparer=_person(desk, preparer))


def _person(desk: Desk, person_id: int | None) -> Person | None:
    return desk.session.get(Person, person_id) if person_id is not None else None


# --- on the card ---


def dear(language: Language, part: Part) -> Markup:
    """The first line of a card to whoever fills in or heads; the centre's own people are not greeted."""
    if part.acting == Acting.ENTERS:
        return Markup()
    return language.text("Dear comrade {name},", name=part.reader.name)


def asked(language: Language, view: ReportView, part: Part) -> Iterator[Markup]:
    """What a report that was not sent yet asks of its reader."""
    _ = language.text
    named = {"period": words.period_name(language, view.period), "course": view.course.name}
    learners = words.learners(language, len(view.learners))
    if part.acting == Acting.ENTERS:
        yield words.heading(language, view)
        yield _(
            "You enter what {unit} has reported otherwise, {learners}.",
            unit=view.unit.name,
            learners=learners,
        )
        return
    if part.mate is not None:
        yield _("The conduct report of {period}, class {course}, is with comrade {name} now.",
                **named, name=part.mate.name)  # fmt: skip
        return
    yield _(
        "Please send the conduct report of {period}, class {course}, {learners}.", **named, learners=learners
    )
    yield _entrusted(language, part)


def _entrusted(language: Language, part: Part) -> Markup:
    """How it came to the reader, where he is not simply the head of the unit."""
    _ = language.text
    signs = words.capacity_line(language, part.acting)
    if part.giver is not None:
        return lines(_("Comrade {name} has handed it to you.", name=part.giver.name), signs)
    if part.preparer is not None:
        return lines(_("Comrade {name} has prepared it.", name=part.preparer.name), signs)
    return signs


def rows(language: Language, view: ReportView, part: Part) -> list[list[Button]]:
    """The buttons of a report not sent yet that decide who fills it in."""
    _, report = language.text, view.report.id
    if part.mate is not None:
        return [[Button(_("Take it back"), actions.take_back, report=report)]]
    if part.giver is not None:
        return [[Button(_("Give it back"), actions.give_back, report=report)]]
    if part.acting in HEADING and ladder.request_of(view.report).rules.hands_over:
        return [[Button(_("Hand to someone else"), actions.choose_person, report=report, page=0)]]
    return []


def hands_off(turn: Turn, view: ReportView) -> Markup:
    """Why the speaker, who may open this report, may change nothing in it; empty where he may."""
    _ = turn.language.text
    if view.report.revision:
        done = view.acting == Acting.PREPARES
        return _("The report has been sent; the head of the unit can still correct it.") if done else Markup()
    part = part_of(turn, view, turn.speaker)
    return _("Take it back first if you want to fill it in yourself.") if part.mate else Markup()


def no_longer(turn: Turn, report_id: int) -> Markup:
    """That a report was the speaker's to fill in and is not any more; empty where it never was."""
    _ = turn.language.text
    report = turn.session.get(ConductReport, report_id)
    why = signing.has_left(turn.session, turn.speaker.id, report, turn.day) if report is not None else ""
    if report is None or not why:
        return Markup()
    unit = turn.session.get_one(Organisation, report.organisation_id).name
    if why == "headed":
        return _("You no longer head {unit}. What was filled in is kept for whoever does.", unit=unit)
    return _("This report of {unit} is not in your hands any more. What was filled in is kept.", unit=unit)
