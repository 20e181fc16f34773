"""Who has reported on conduct and who has not, and why: for the centre's staff, on a card and as Excel."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from markupsafe import Markup

from handlers import conduct_names, conduct_received
from handlers import conduct_words as words
from handlers.conversation import Conversation
from handlers.desk import Desk
from handlers.menu import open_menu
from handlers.messages import Button, Document, Message, lines
from handlers.turn import Turn
from locales import Language, later
from storage import audit, report_periods, workbooks
from storage.conduct import ReportPeriod, ReportView, sent_content
from storage.courses import CourseClass
from storage.people import STAFF, Person, Role
from storage.report_periods import Standing

conversation = Conversation("conduct_board")

REASONS = {
    "early": later("not open yet"),
    "no_head": later("no head of unit is known"),
    "not_bound": later("the head of unit is not connected"),
    "unreachable": later("the head of unit cannot be reached"),
    "failed": later("the message did not get through"),
    "waiting": later("not asked yet"),
}
HEADERS = (
    later("No."),
    later("Unit"),
    later("Status"),
    later("Sent at"),
    later("Version"),
    later("Learners"),
    later("To mention"),
    later("Head of unit"),
    later("Phone"),
)


# --- the list ---


@conversation.button("bs", may=STAFF, menu=later("Report status"), rank=6, on_keyboard=True)
def open_board(turn: Turn) -> None:
    """The period that opened last."""
    periods = report_periods.periods_seen(turn.session, turn.viewer, turn.now, limit=1)
    if periods:
        _show_period(turn, *periods[0])
        return
    _ = turn.language.text
    turn.show(Message(_("No conduct report is planned for any class yet."), [[Button(_("Back"), open_menu)]]))


@conversation.button("bz", may=STAFF)
def open_period(turn: Turn, period: int) -> None:
    found = _period(turn, period)
    if found is not None:
        _show_period(turn, *found)


@conversation.button("by", may=STAFF)
def choose_period(turn: Turn, page: int) -> None:
    _ = turn.language.text
    rows = report_periods.periods_seen(turn.session, turn.viewer, turn.now)
    choices = [Button(_period_label(turn, *row), open_period, period=row[0].id) for row in rows]
    back = [Button(_("Back"), open_board)]
    turn.show(Message(_("Which period?"), [*conduct_names.listing(turn, choices, page, choose_period), back]))


def _period_label(turn: Turn, period: ReportPeriod, course: CourseClass) -> str:
    _ = turn.language.text
    name = words.period_name(turn.language, period)
    return _("{course}, {period}", course=course.name, period=name).unescape()


def _period(turn: Turn, period_id: int) -> tuple[ReportPeriod, CourseClass] | None:
    """The period, or it is said that there is none."""
    found = report_periods.period_seen(turn.session, turn.viewer, period_id)
    if found is None:
        _not_there(turn)
    return found


def _not_there(turn: Turn) -> None:
    _ = turn.language.text
    turn.show(Message(_("That report is not there."), [[Button(_("Report status"), open_board)]]))


def _show_period(turn: Turn, period: ReportPeriod, course: CourseClass) -> None:
    _, language = turn.language.text, turn.language
    found = report_periods.standings(turn.session, period, course, turn.now, turn.day)
    asked = [one for one in found if one.report.revision or "no_learners" not in one.why]
    sent = [one for one in found if one.report.revision]
    name = words.report_name(language, period, course)
    text = lines(
        Markup("<b>{}</b>").format(name[:1].upper() + name[1:]),
        _("Sent: {sent} of {all} units. Deadline: {due}.", sent=len(sent), all=len(asked),
          due=language.moment(period.due_at)),
        _fitting(language, [_line(language, one, period) for one in _missing_first(found)]),
    )  # fmt: skip
    ids = {"period": period.id}
    buttons = [
        *([[Button(_("Read a report"), choose_report, **ids, page=0)]] if sent else []),
        *conduct_received.board_rows(turn, len(sent) < len(asked), **ids),
        [Button(_("Excel file"), make_file, **ids)],
        [Button(_("Another period"), choose_period, page=0)],
        [Button(_("Back"), open_menu)],
    ]
    turn.show(Message(text, buttons))


def _missing_first(found: Iterable[Standing]) -> list[Standing]:
    return sorted(found, key=lambda one: one.report.revision > 0)


def _fitting(language: Language, told: list[Markup]) -> Markup:
    """As many lines as one message holds; the rest is in the file."""
    kept: list[Markup] = []
    for line in told:
        if sum(len(one) + 1 for one in kept) + len(line) > words.MOST_LETTERS:
            break
        kept.append(line)
    rest = len(told) - len(kept)
    more = language.count(
        "{n} more unit is in the Excel file.", "{n} more units are in the Excel file.", rest
    )
    return lines(*kept, more if rest else "")


def _line(language: Language, one: Standing, period: ReportPeriod) -> Markup:
    _, report = language.text, one.report
    if not report.sent_at:
        return _("{unit}: NOT sent; {why}", unit=one.unit.name, why=_why(language, one))
    late = _(" (after the deadline)") if report.sent_at > period.due_at else ""
    named = words.counts_named(language, one.mentioned)
    return _(
        "{unit}: sent at {moment}{late}; version {revision}; {named}",
        unit=one.unit.name,
        moment=language.moment(report.sent_at),
        late=late,
        revision=report.revision,
        named=named,
    )


def _why(language: Language, one: Standing) -> Markup:
    return Markup("; ").join(_reason(language, one, reason) for reason in one.why)


def _reason(language: Language, one: Standing, reason: str) -> Markup:
    _ = language.text
    moment = language.moment(one.told_at) if one.told_at else ""
    if reason == "started":
        return _("{done}/{total} done", done=one.total - one.pending, total=one.total)
    if reason == "reminded":
        return _("reminded at {moment}", moment=moment)
    if reason == "prompted":
        return _("asked at {moment}, no answer", moment=moment)
    if reason == "no_learners":
        return words.on_paper(language, one.on_paper) or _("no learner in these days")
    return _(REASONS[reason])


# --- as a file ---


@conversation.button("be", may=STAFF)
def make_file(turn: Turn, period: int) -> None:
    found = _period(turn, period)
    if found is None:
        return
    _ = turn.language.text
    name = words.report_name(turn.language, *found)
    file = Document(board_file, f"bao-cao-{found[0].id}.xlsx", {"period": period})
    turn.say(Message(_("Who has sent the {report}.", report=name), document=file))


@conversation.paper("conduct_board")
def board_file(desk: Desk, language: Language, period: int) -> bytes:
    """The list with the phone numbers of the heads, so that the silent ones can be called."""
    row = desk.session.get(ReportPeriod, period)
    assert row is not None, "periods are never deleted"
    course = desk.session.get(CourseClass, row.class_id)
    assert course is not None
    _ = language.text
    centre = desk.centre(course.centre_id)
    found = report_periods.standings(desk.session, row, course, desk.now, desk.today(centre))
    name = words.report_name(language, row, course).unescape()
    titles = [
        centre.name,
        name[:1].upper() + name[1:],
        _("Printed at {moment}", moment=language.moment(desk.now)).unescape(),
    ]
    told = (_cells(language, number, one) for number, one in enumerate(_missing_first(found), 1))
    headers = [str(_(header).unescape()) for header in HEADERS]
    return workbooks.write(titles, headers, told, sheet_name=_("Conduct reports").unescape())


def _cells(language: Language, number: int, one: Standing) -> list[object]:
    sent = one.report.sent_at
    status = language.text("sent") if sent else _why(language, one)
    return [
        number,
        one.unit.name,
        status.unescape(),
        language.local(sent) if sent else "",
        one.report.revision or "",
        one.total,
        one.mentioned if sent else "",
        ", ".join(head.name for head in one.heads),
        ", ".join(head.phone for head in one.heads if head.phone),
    ]


# --- reading one ---


@conversation.button("bq", may=STAFF)
def choose_report(turn: Turn, period: int, page: int) -> None:
    found = _period(turn, period)
    if found is None:
        return
    _ = turn.language.text
    every = report_periods.standings(turn.session, *found, turn.now, turn.day)
    sent = [one for one in every if one.report.revision]
    choices = [Button(one.unit.name, read_report, report=one.report.id, page=0) for one in sent]
    rows = conduct_names.listing(turn, choices, page, choose_report, period=period)
    turn.show(Message(_("Which unit?"), [*rows, [Button(_("Back"), open_period, period=period)]]))


@conversation.button("bv", may=STAFF)
def read_report(turn: Turn, report: int, page: int) -> None:
    """What a unit sent, to read only; the log shows that it was read."""
    found = report_periods.report_seen(turn.session, turn.viewer, report)
    if found is None:
        _not_there(turn)
        return
    view = ReportView(*found)
    _ = turn.language.text
    content = sent_content(turn.session, view.report)
    pages = _pages(turn.language, content)
    page = min(max(page, 0), len(pages) - 1)
    _note_in_log(turn, content, report)
    sender = turn.session.get(Person, view.report.sent_by)
    text = lines(words.receipt(turn.language, view, content, sender), pages[page])
    around = ((_("Page before"), page - 1), (_("Page after"), page + 1))
    nav = [
        [Button(label, read_report, report=report, page=at)]
        for label, at in around
        if at in range(len(pages))
    ]
    back = [Button(_("Back"), open_period, period=view.period.id)]
    turn.show(Message(text, [*nav, back], private=True))


def _note_in_log(turn: Turn, content: dict[str, Any], report: int) -> None:
    role = Role.REGISTRAR if Role.REGISTRAR in turn.roles else Role.DIRECTOR
    for about in [entry["id"] for entry in content["entries"]] or [None]:
        audit.note(
            turn.session, turn.now, "conduct_seen", actor_id=turn.speaker.id, actor_role=role,
            about_id=about, subject=f"conduct_report:{report}",
        )  # fmt: skip


def _pages(language: Language, content: dict[str, Any]) -> list[Markup]:
    """A line for everyone who is mentioned, notes whole, in pages a message can hold."""
    names = {learner["id"]: _name(content, learner) for learner in content["learners"]}
    pages = [Markup()]
    for entry in content["entries"]:
        line = words.mention(language, names[entry["id"]], entry, excerpt=words.MOST_LETTERS)
        if pages[-1] and len(pages[-1]) + len(line) > words.MOST_LETTERS:
            pages.append(Markup())
        pages[-1] = lines(pages[-1], Markup("- {}").format(line))
    return pages


def _name(content: dict[str, Any], learner: dict[str, Any]) -> str:
    """The name, with the date of birth where two share it."""
    same = Counter(one["name"] for one in content["learners"])[learner["name"]] > 1
    born = f"{date.fromisoformat(learner['born']):%d/%m/%Y}" if learner["born"] else ""
    return f"{learner['name']} ({born})" if same and born else str(learner["name"])
