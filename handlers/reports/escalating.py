"""After the deadline (002-16): the deputies, then the director, who decides; nothing goes to a superior by itself."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from functools import partial
from typing import Final

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Message, lines
from handlers.engine.picking import listing
from handlers.engine.telling import tell_registrars
from handlers.engine.turn import Answered, Turn
from handlers.menu import sections
from handlers.menu.actions import open_menu
from handlers.reports import actions, words
from locales import Language, later
from storage.courses.courses import CourseClass
from storage.messaging import timers
from storage.messaging.outbox import BROADCAST
from storage.people.people import Centre, Viewer, contacts_of, holders
from storage.reports import escalations, ladder
from storage.reports.escalations import Question
from storage.reports.reports import ConductReport, ReportPeriod, ReportView

conversation = Conversation("conduct_ladder")
MOST: Final = 8  # reports on one card; more are in the list
FOR_DEPUTIES: Final = timedelta(hours=4)  # a deputy's morning, before the director is asked


# --- timers ---


def ask_later(desk: Desk, view: ReportView) -> None:
    """The report is waited for no longer: its deputies have heard of it, and in the afternoon the director does."""
    calendar = desk.calendar(desk.centre(view.course.centre_id))
    asked_at = calendar.next_sending_time(calendar.next_sending_time(desk.now) + FOR_DEPUTIES)
    plan_question(desk, view.period.id, asked_at)


def plan_question(desk: Desk, period: int, moment: datetime) -> None:
    timers.plan(desk.session, "conduct_ask", f"{period}:{moment:%y%m%d%H%M}", moment, period=period)


@conversation.timer("conduct_ask")
def ask_director(desk: Desk, period: int) -> None:
    """One card about all reports of a class and period that nobody waits for any longer."""
    row = desk.session.get(ReportPeriod, period)
    course = desk.session.get(CourseClass, row.class_id) if row is not None else None
    if row is None or course is None:
        return
    centre = desk.centre(course.centre_id)
    moment = desk.calendar(centre).next_sending_time(desk.now)
    if moment > desk.now:
        plan_question(desk, period, moment)  # what comes until then is not asked about
    elif asked := _newly_asked(desk, row, course, centre):
        _ask(desk, row, centre, asked)


def _newly_asked(
    desk: Desk, period: ReportPeriod, course: CourseClass, centre: Centre
) -> list[ConductReport]:
    today = datetime.combine(desk.today(centre), time.min, desk.calendar(centre).zone)
    return [
        one
        for one in escalations.missing(desk.session, period, course)
        if not _is_waited_for(desk, one) and escalations.ask(desk.session, one.id, desk.now, today)
    ]


def _is_waited_for(desk: Desk, report: ConductReport) -> bool:
    grace_at = ladder.request_of(report).grace_at
    return grace_at is not None and desk.now < grace_at


def _ask(desk: Desk, period: ReportPeriod, centre: Centre, asked: Iterable[ConductReport]) -> None:
    """Tell all directors, deputies included; where none can be reached, the registrars."""
    key, reached = f"escalation:{period.id}:{desk.now:%y%m%d%H%M}", False
    for person in holders(desk.session, actions.DIRECTOR, centre.id, desk.today(centre)):
        viewer = Viewer(person.id, centre.id, actions.DIRECTOR, (), desk.today(centre))
        open_ = escalations.open_questions(desk.session, viewer)
        mine = [one for one in open_ if one.view.period.id == period.id]
        if mine and contacts_of(desk.session, person.id):
            reached = True
            card = partial(_asking, questions=mine)
            desk.tell(person, card, lane=BROADCAST, key=f"{key}:{person.id}")
    if not reached:
        tell_registrars(desk, centre, _nobody_to_ask, key=key)
    for report in asked:
        desk.log("conduct_director_asked", subject=report)


def _nobody_to_ask(language: Language) -> Message:
    _ = language.text
    return Message(
        _("Conduct reports have not come, and the director is not connected: nobody can decide what to do.")
    )


# --- the director's cards ---


def _asking(language: Language, questions: Sequence[Question]) -> Message:
    """One report with its decisions, or several to choose from."""
    if len(questions) == 1:
        return _question_card(language, questions[0])
    _, rest = language.text, len(questions) - MOST
    more = language.count("and {n} more report", "and {n} more reports", rest) if rest > 0 else ""
    text = lines(
        Markup("<b>{}</b>").format(_("Conduct reports that have not come")),
        *(_line(language, one) for one in questions[:MOST]),
        more,
        _by_you(language),
    )
    if rest > 0:
        return Message(text, [[Button(_("Missing reports"), open_questions)]])
    choices = [Button(one.view.unit.name, open_question, report=one.view.report.id) for one in questions]
    return Message(text, [[choice.numbered(number)] for number, choice in enumerate(choices, 1)])


def _line(language: Language, question: Question) -> Markup:
    _, view = language.text, question.view
    name = words.report_name(language, view.period, view.course)
    due = language.moment(view.due_at)
    return _("{unit}: {report}, deadline {due}", unit=view.unit.name, report=name, due=due)


def _by_you(language: Language) -> Markup:
    return language.text("Nothing goes to a superior unless you decide so.")


def _question_card(language: Language, question: Question) -> Message:
    _, ids = language.text, {"report": question.view.report.id}
    text = lines(
        Markup("<b>{}</b>").format(_("A conduct report has not come")),
        _line(language, question),
        _by_you(language),
    )
    return Message(text, [
        [Button(_("Send to superior"), actions.letter_previewed, **ids)],
        [Button(_("Call first"), actions.call_first, **ids)],
        [Button(_("Extend"), actions.choose_extension, **ids)],
        [Button(_("Back"), open_questions)],
    ])  # fmt: skip


@conversation.button(
    "ru", may=actions.DIRECTOR, menu=later("Missing reports"), section=sections.CENTRE, rank=7
)
def open_questions(turn: Turn) -> None:
    """All that is still to be decided, the oldest first."""
    turn_page(turn, page=0)


@conversation.button("rv", may=actions.DIRECTOR)
def turn_page(turn: Turn, page: int) -> None:
    _ = turn.language.text
    found = escalations.open_questions(turn.session, turn.viewer)
    if not found:
        text = _("No conduct report waits for your decision.")
        turn.show(Message(text, [[Button(_("Menu"), open_menu)]]))
        return
    views = [one.view for one in found]
    labels = [_("{unit}, {course}", unit=view.unit.name, course=view.course.name) for view in views]
    names = [
        Button(label, open_question, report=view.report.id) for label, view in zip(labels, views, strict=True)
    ]
    rows = listing(turn, names, page, turn_page)
    turn.show(Message(_("Which report do you want to decide on?"), [*rows, [Button(_("Back"), open_menu)]]))


@conversation.does(actions.open_question)
def open_question(turn: Turn, report: int) -> None:
    turn.show(_question_card(turn.language, question(turn, report)))


def question(turn: Turn, report_id: int) -> Question:
    """The question about a report while it can be decided; else it is said how it stands (Answered)."""
    _ = turn.language.text
    found = escalations.question_of(turn.session, turn.viewer, report_id)
    if found is not None and found.is_open:
        return found
    if found is None:
        text = _("There is nothing to decide about that report.")
    elif found.view.report.revision:
        text = lines(_line(turn.language, found), _("The centre has received this report."))
    else:
        text = lines(_line(turn.language, found), _decided(turn.language, found))
    turn.show(Message(text, [[Button(_("Missing reports"), open_questions)], [Button(_("Menu"), open_menu)]]))
    raise Answered


def _decided(language: Language, found: Question) -> Markup:
    _ = language.text
    if found.row.decision == escalations.SUPERIOR:
        return _("It has been decided to turn to the superior.")
    return _("It has been extended to {due}.", due=language.moment(found.view.due_at))


def done(turn: Turn, found: Question, *told: Markup | str) -> None:
    """What was decided, and the way to what is left."""
    _ = turn.language.text
    left = [[Button(_("Missing reports"), open_questions)]]
    more = left if escalations.open_questions(turn.session, turn.viewer) else []
    text = lines(_line(turn.language, found), *told)
    turn.show(Message(text, [*more, [Button(_("Menu"), open_menu)]]))
