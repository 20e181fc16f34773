"""The letter to a superior about a report that never came (002-16). It names no learner."""

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import lines
from handlers.reports import words
from locales import Language
from storage.courses.courses import CourseClass
from storage.people.people import Centre, Organisation, Person, Role, Viewer
from storage.reports.escalations import superiors
from storage.reports.reports import ConductReport, ReportPeriod, ReportView

conversation = Conversation("conduct_letter")


def text(language: Language, centre: Centre, view: ReportView, addressee: Markup) -> Markup:
    """The letter as its reader has it."""
    _ = language.text
    return lines(
        _("To: {addressee}.", addressee=addressee),
        _(
            "The centre has not received the {report}, of {unit} (deadline {due}).",
            report=words.report_name(language, view.period, view.course),
            unit=view.unit.name,
            due=language.short_day(language.local(view.due_at).date()),
        ),
        _("We respectfully ask for your attention and direction."),
        _("Contact: {centre}, {phone}.", centre=centre.name, phone=centre.phone) if centre.phone else "",
        _("Respectfully."),
    )


def addressee(language: Language, desk: Desk, unit: Organisation, person: Person | None) -> Markup:
    """Whom the letter is to: a person, or the leaders of the body the unit belongs to."""
    _ = language.text
    if person is not None:
        post = f", {person.position}" if person.position else ""
        return _("comrade {name}{post}", name=person.name, post=post)
    parent = desk.session.get(Organisation, unit.parent_id) if unit.parent_id else None
    if parent is not None:
        return _("the leaders of {body}", body=parent.name)
    return _("the leaders of the body above {unit}", unit=unit.name)


@conversation.paper("superior_letter")
def letter_file(desk: Desk, language: Language, report: int) -> bytes:
    """The letter to print and sign, as plain text; the mark at its beginning lets every editor read it."""
    _ = language.text
    view = _view(desk, report)
    centre = desk.centre(view.course.centre_id)
    day = desk.today(centre)
    office = Viewer(0, centre.id, frozenset({Role.DIRECTOR}), (), day)
    person = next(iter(superiors(desk.session, office, view.unit)), None)
    dated = _("{place}, {day}", place=centre.place or "…", day=f"{day:%d/%m/%Y}")
    body = text(language, centre, view, addressee(language, desk, view.unit, person)).unescape()
    parts = [centre.parent_body, centre.name.upper(), dated.unescape(), *body.split("\n"), _("DIRECTOR")]
    return "\r\n\r\n".join(part for part in parts if part).encode("utf-8-sig")


def _view(desk: Desk, report_id: int) -> ReportView:
    report = desk.session.get(ConductReport, report_id)
    assert report is not None, "a report that was asked for is never deleted"
    period = desk.session.get(ReportPeriod, report.period_id)
    unit = desk.session.get(Organisation, report.organisation_id)
    assert period is not None
    assert unit is not None
    course = desk.session.get(CourseClass, period.class_id)
    assert course is not None
    return ReportView(report, period, course, unit)
