"""A report that was sent and is locked (000-20): its unit asks to open it again, the registrar decides, once."""

from datetime import datetime
from functools import partial

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Message, lines
from handlers.engine.telling import tell_registrars
from handlers.engine.turn import Answered, Turn
from handlers.menu.actions import open_menu
from handlers.menu.menu import phone_line
from handlers.reports import actions, moving, opening, words
from handlers.reports.actions import FILLERS
from handlers.requests.asking import ask, show_settled
from handlers.requests.presenting import Presenter, present
from locales import Language
from storage.people.people import STAFF, Person
from storage.reports import reopening, signing
from storage.reports.reopening import ReopenRequest
from storage.reports.reports import WITH_ALL, ConductReport, ReportView, report_view
from storage.requests import requests
from storage.requests.requests import Request

conversation = Conversation("conduct_reopen")


# --- asking ---


def _locked(turn: Turn, report: int) -> ReportView:
    """The report if the speaker may ask for it now; else he is shown how it stands."""
    view = opening.headed(turn, report)
    is_asked = reopening.waiting(turn.session, report) is not None
    if is_asked or not view.is_locked(turn.now) or view.acting not in signing.SIGNING:
        opening.show_card(turn, view)
        raise Answered
    return view


@conversation.does(actions.ask_to_reopen)
def ask_to_reopen(turn: Turn, report: int) -> None:
    """Look before asking."""
    view = _locked(turn, report)
    _ = turn.language.text
    text = _("Ask the centre to reopen this report, so that you can correct it and send it once more?")
    ways = [
        [Button(_("Send the request"), ask_now, report=report)],
        [Button(_("Back"), actions.open_card, report=report)],
    ]
    turn.show(Message(lines(words.heading(turn.language, view), text), ways))


@conversation.button("hp", may=FILLERS)
def ask_now(turn: Turn, report: int) -> None:
    """One request while it is undecided, however often it is pressed."""
    view = _locked(turn, report)
    centre = turn.centre(view.course.centre_id)
    request, row = reopening.ask(turn.session, turn.calendar(centre), view.report, turn.speaker, turn.now)
    turn.log("reopening_asked", subject=request, role=opening.role_of(view))
    card = partial(_request_card, turn, request)
    told = ask(turn, row, by_clock=False) or tell_registrars(turn, centre, card, key=f"reopen:{request.id}")
    _ = turn.language.text
    sent = _("The centre has been asked. You are told what it decides.")
    opening.show_card(
        turn, view, sent if told else lines(_("Please call the centre about it."), phone_line(turn))
    )


def _until(desk: Desk, view: ReportView) -> datetime:
    """The end of the next working day."""
    centre = desk.centre(view.course.centre_id)
    calendar = desk.calendar(centre)
    return calendar.deadline(calendar.add_working_days(desk.today(centre), 1))


def _request_card(desk: Desk, request: ReopenRequest, language: Language) -> Message:
    _, view = language.text, report_view(desk.session, request.report_id)
    assert view is not None, "a report that was sent is never deleted"
    asker = desk.session.get_one(Person, request.asked_by)
    text = lines(
        words.heading(language, view),
        _("Comrade {name}, {unit}, asks for this report to be reopened.", name=asker.name, unit=view.unit.name),
        _("If you agree, the unit can correct it until {moment}; then it is locked again.",
          moment=language.moment(_until(desk, view))),
    )  # fmt: skip
    ways = [
        [Button(_("Reopen it"), grant, request=request.id)],
        [Button(_("Do not agree"), refuse, request=request.id)],
    ]
    return Message(text, ways)


@present
class Reopening(Presenter):
    """The request to the registrars to decide."""

    kind = reopening.KIND

    def card(self, desk: Desk, language: Language, row: Request, reader: Person, step: str) -> Message:  # noqa: ARG002
        return _request_card(desk, desk.session.get_one(ReopenRequest, row.subject_id), language)

    def line(self, desk: Desk, language: Language, row: Request) -> tuple[Markup, Button]:
        request = desk.session.get_one(ReopenRequest, row.subject_id)
        found = desk.session.exec(WITH_ALL.where(ConductReport.id == request.report_id)).one()
        name = words.report_name(language, found[1], found[2])
        text = language.text("request of {unit} to reopen the {report}", unit=found[3].name, report=name)
        return text, opening_button(language, request)

    def is_settled(self, desk: Desk, row: Request) -> bool:
        return desk.session.get_one(ReopenRequest, row.subject_id).decided_at is not None


def opening_button(language: Language, request: ReopenRequest) -> Button:
    return Button(language.text("Request to reopen"), actions.open_reopening, request=request.id)


# --- deciding ---


@conversation.does(actions.open_reopening)
def open_reopening(turn: Turn, request: int) -> None:
    """What is to be decided, or how it was."""
    row = reopening.request_seen(turn.session, turn.viewer, request)
    if row is None or row.decided_at is not None:
        _show_decided(turn, row)
    else:
        turn.show(_request_card(turn, row, turn.language))


@conversation.button("hq", may=STAFF)
def grant(turn: Turn, request: int) -> None:
    """One tap: open until the end of the next working day."""
    _decide(turn, request, is_granted=True)


@conversation.button("hr", may=STAFF)
def refuse(turn: Turn, request: int) -> None:
    _decide(turn, request, is_granted=False)


def _decide(turn: Turn, request_id: int, *, is_granted: bool) -> None:
    request = reopening.request_seen(turn.session, turn.viewer, request_id)
    view = report_view(turn.session, request.report_id) if request is not None else None
    if request is not None and view is not None and request.decided_at is None:
        until = _until(turn, view) if is_granted else None
        reopening.decide(turn.session, request, view.report, turn.speaker.id, turn.now, until)
        turn.log("reopening_granted" if is_granted else "reopening_refused", subject=request)
        _tell_unit(turn, view, request)
        row = requests.request_about(turn.session, reopening.KIND, request.id)
        if row is not None:
            show_settled(turn, row, partial(_decided, turn, view, request), turn.speaker)
    _show_decided(turn, request)


def _show_decided(turn: Turn, request: ReopenRequest | None) -> None:
    view = report_view(turn.session, request.report_id) if request is not None else None
    menu = [[Button(turn.language.text("Menu"), open_menu)]]
    if request is None or view is None:
        turn.show(Message(turn.language.text("That request is not there."), menu))
    else:
        turn.show(_decided(turn, view, request, turn.language))


def _decided(desk: Desk, view: ReportView, request: ReopenRequest, language: Language) -> Message:
    """How it was decided, to whoever decides, comes second, or was asked as well."""
    _ = language.text
    by = desk.session.get(Person, request.decided_by)
    told = {"unit": view.unit.name, "name": by.name if by else ""}
    if request.granted and view.report.reopened_until is not None:
        until = language.moment(view.report.reopened_until)
        text = _(
            "{unit} can correct the report until {moment} (decided by comrade {name}).", **told, moment=until
        )
    else:
        text = _("The report of {unit} stays locked (decided by comrade {name}).", **told)
    text = lines(words.heading(language, view), text)
    return Message(text, [[Button(_("Menu"), open_menu)]])


def _tell_unit(desk: Desk, view: ReportView, request: ReopenRequest) -> None:
    """Whoever asked gets the report; the heads do where he has nothing to do with it any more."""
    asker = desk.session.get_one(Person, request.asked_by)
    today = desk.today(desk.centre(view.course.centre_id))
    is_his = signing.acting(desk.session, asker, view.report, today) is not None
    heads, deputies = moving.heading(desk, view)
    verdict = partial(_verdict, view=view, request=request)
    for reader in [asker] if is_his else heads or deputies:
        moving.show_in_hours(desk, view, reader, verdict, f"reopened:{request.id}")


def _verdict(language: Language, view: ReportView, request: ReopenRequest) -> Markup:
    if request.granted and view.report.reopened_until is not None:
        until = language.moment(view.report.reopened_until)
        return language.text("The centre has reopened this report until {moment}.", moment=until)
    return language.text("The centre does not agree to reopen this report.")
