"""Conduct reports come by themselves: what the mechanism of requests is told of them (000-20)."""

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Message, lines
from handlers.engine.turn import Turn
from handlers.reports import actions, decisions, opening, words
from handlers.reports.actions import FILLERS
from handlers.reports.cards.card import centre_of, is_missing, remaining, told_card
from handlers.reports.cards.check import check_card
from handlers.requests import snoozing
from handlers.requests.asking import answering, ask_waiting, tell
from handlers.requests.presenting import Presenter, present, who
from locales import Language, later
from storage.courses.courses import CourseClass
from storage.joining.consents import SENSITIVE, is_learner
from storage.people.people import UNIT, Person, has_consented, holders
from storage.reports import ladder, periods, signing
from storage.reports.reports import (
    KIND,
    ConductReport,
    ReportPeriod,
    ReportView,
    enrolled_in,
    report_view,
    split_by_consent,
)
from storage.requests.policy import DUE, OPEN, Step
from storage.requests.requests import Request

conversation = Conversation("conduct_prompts")
ASKED = Step("asked", DUE)  # by the office, whenever it likes


@conversation.timer("conduct_period")
def period_opens(desk: Desk, period: int) -> None:
    """Units whose learners came after the period was planned get their report, too."""
    row = desk.session.get(ReportPeriod, period)
    course = desk.session.get(CourseClass, row.class_id) if row is not None else None
    if row is not None and course is not None:
        calendar = desk.calendar(desk.centre(course.centre_id))
        periods.plan_period(desk.session, calendar, row, desk.now)


@present
class Report(Presenter):
    """The request to fill a conduct report in and send it."""

    kind = KIND
    unanswered = later("Conduct reports that have not come")
    note = decisions.NOTE

    def card(self, desk: Desk, language: Language, row: Request, reader: Person, step: str) -> Message:
        if step == "director":
            return decisions.question_card(desk, language, row)
        view = _view(desk, row)
        if step == "prepared":
            return _prepared(desk, language, view, reader)
        return told_card(desk, language, view, reader, _said(language, view, step))

    def line(self, desk: Desk, language: Language, row: Request) -> tuple[Markup, Button]:
        _report, period, course = _about(desk, row)
        text = words.report_name(language, period, course)
        return text, Button(language.text("Open the report"), actions.open_card, report=row.subject_id)

    def is_settled(self, desk: Desk, row: Request) -> bool:
        return desk.session.get_one(ConductReport, row.subject_id).revision > 0

    def readers(self, desk: Desk, row: Request, step: Step) -> list[Person]:
        """Nobody where the unit has no learners to report on."""
        return super().readers(desk, row, step) if _has_learners(desk, row) else []

    def heading(self, turn: Turn, row: Request) -> Markup:
        return words.heading(turn.language, opening.headed(turn, row.subject_id, revision=0))

    def show(self, turn: Turn, row: Request, said: Markup) -> None:
        opening.show_card(turn, opening.headed(turn, row.subject_id), said)

    def missing(self, desk: Desk, language: Language, row: Request) -> str:
        course = _about(desk, row)[2]
        return language.text("{unit}, {course}", unit=who(desk, row), course=course.name).unescape()

    def log(self, turn: Turn, row: Request, what: str) -> None:
        role = None if turn.may else opening.role_of(opening.headed(turn, row.subject_id))
        turn.log(f"conduct_{what}", subject=f"conduct_report:{row.subject_id}", role=role)

    def told(self, desk: Desk, row: Request, step: str) -> None:
        # the program's own step, also in the turn of somebody whose press led to it
        what = "conduct_director_asked" if step == "director" else f"conduct_told_{step}"
        Desk.log(desk, what, subject=f"conduct_report:{row.subject_id}")


def _about(desk: Desk, row: Request) -> tuple[ConductReport, ReportPeriod, CourseClass]:
    """What a request is about, to be read only: lists of many requests lock no report."""
    report = desk.session.get_one(ConductReport, row.subject_id)
    period = desk.session.get_one(ReportPeriod, report.period_id)
    return report, period, desk.session.get_one(CourseClass, period.class_id)


def _has_learners(desk: Desk, row: Request) -> bool:
    """Whether it was not sent yet and there is anybody to report on."""
    report, period, course = _about(desk, row)
    if report.revision:
        return False
    enrolments = enrolled_in(desk.session, period, report.organisation_id)
    return bool(split_by_consent(desk.session, course.centre_id, enrolments)[0])


def _view(desk: Desk, row: Request) -> ReportView:
    view = report_view(desk.session, row.subject_id)
    assert view is not None, "a report is deleted together with its request"
    return view


def _said(language: Language, view: ReportView, what: str) -> Markup | str:
    _ = language.text
    if what in {OPEN, "now"}:
        return ""
    if what == "extended":
        return _("The centre has extended this report to {moment}.", moment=language.moment(view.due_at))
    if what == "deputy":
        return _("This report has not come. As the deputy head of unit, please see to it.")
    return remaining(language, view)


def _prepared(desk: Desk, language: Language, view: ReportView, reader: Person) -> Message:
    preparer = desk.session.get_one(Person, view.report.prepared_by)
    said = language.text("Comrade {name} has prepared it. Please look it over.", name=preparer.name)
    view.acting = signing.acting(desk.session, reader, view.report, desk.today(centre_of(desk, view))) or ""
    dear = language.text("Dear comrade {name},", name=reader.name)
    return check_card(desk, language, view, lines(dear, said))


# --- buttons sent before requests had their own ---


@conversation.button("rl", may=FILLERS)
def offer(turn: Turn, report: int) -> None:
    snoozing.offer(turn, request=ladder.request_of(opening.headed(turn, report, revision=0).report).id)


@conversation.button("rm", may=FILLERS)
def choose(turn: Turn, report: int, choice: int) -> None:
    view = opening.headed(turn, report, revision=0)
    snoozing.choose(turn, request=ladder.request_of(view.report).id, choice=choice)


# --- what somebody else brings about ---


def prompt_heads_of(desk: Desk, learner: Person) -> None:
    """A learner may have given his consent: an opened report that had nobody to report on is asked for now.

    Not of a head who is being asked for his own consent as a learner: the card would come between, and his "1"
    press it. He is asked once he has answered (handlers/joining/catching_up.py).
    """
    centre = desk.centre(learner.centre_id)
    for unit in periods.units_of_learner(desk.session, learner.id):
        heads = holders(desk.session, UNIT, centre.id, desk.today(centre), organisation_id=unit)
        ask_waiting(desk, [one for one in heads if not _is_being_asked(desk, one)])


def _is_being_asked(desk: Desk, head: Person) -> bool:
    return is_learner(desk.session, head.id) and has_consented(desk.session, head.id, SENSITIVE) is None


def remind_now(desk: Desk, report: int) -> bool:
    """Staff want a report reminded of; who was told of any request that day is left alone. False: nobody was told."""
    view = report_view(desk.session, report)
    if view is None or not is_missing(view) or view.period.opens_at > desk.now:
        return False
    row = ladder.request_of(view.report)
    as_step = f"asked-{desk.now:%y%m%d}"
    return bool(tell(desk, row, ASKED, answering(desk, row), by_clock=True, as_step=as_step))
