"""Back to the unit (001-07, 002-12): after each period, and at closing, what the centre has recorded of its learners."""

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Document, Message, file_called, lines
from handlers.engine.picking import pick
from handlers.engine.turn import Turn
from handlers.feedback import actions, words
from handlers.menu import sections
from handlers.menu.actions import open_menu
from handlers.requests.asking import ask_next
from locales import Language, later
from storage.base.typed import says
from storage.courses.courses import CourseClass
from storage.feedback import feedback
from storage.feedback.feedback import Seen, UnitFeedback, content_shown
from storage.people.people import STAFF, UNIT, Organisation, Person
from storage.reports.reports import ReportPeriod

conversation = Conversation("feedback")


# --- the card


def text_of(desk: Desk, language: Language, seen: Seen, said: Markup | str = "") -> Markup:
    _ = language.text
    row, course, _unit = seen
    content = content_shown(desk.session, row, course.centre_id)
    reader = desk.session.get(Person, row.acknowledged_by) if row.acknowledged_by else None
    receipt = (
        _("Received at {moment} by {name}.", moment=language.moment(row.acknowledged_at), name=reader.name)
        if reader is not None and row.acknowledged_at is not None
        else ""
    )
    return lines(said, words.summary(language, seen, content, desk.room), receipt)


def ways_of(language: Language, row: UnitFeedback) -> list[list[Button]]:
    _ = language.text
    received = [] if row.acknowledged_at else [[Button(_("Received"), acknowledge, feedback=row.id)]]
    return [
        *received,
        [Button(_("Ask to look again"), actions.ask_review, feedback=row.id)],
        [Button(_("Excel file"), make_file, feedback=row.id)],
    ]


def show(turn: Turn, seen: Seen, said: Markup | str = "") -> None:
    """The card: with what its unit can do, or for staff to read."""
    _, row = turn.language.text, seen[0]
    is_own = row.organisation_id in turn.units()
    ways = ways_of(turn.language, row) if is_own else [[Button(_("Excel file"), make_file, feedback=row.id)]]
    back = Button(_("Back"), open_own if is_own else open_board, page=0)
    turn.show(Message(text_of(turn, turn.language, seen, said), [*ways, [back]], private=True))


def seen_of(desk: Desk, feedback_id: int) -> Seen:
    """What a unit was told, which is never deleted, for what the program itself does."""
    row = desk.session.get_one(UnitFeedback, feedback_id)
    course = desk.session.get_one(CourseClass, row.class_id)
    return row, course, desk.session.get_one(Organisation, row.organisation_id)


def found(turn: Turn, feedback_id: int) -> Seen:
    """What a button means, if the speaker may see it; else it is said that it is not there."""
    _ = turn.language.text
    text = _("That report of the centre is not there, or it is not your unit's.")
    none = Message(text, [[Button(_("Menu"), open_menu)]])
    return turn.need(feedback.feedback_seen(turn.session, turn.viewer, feedback_id), none)


@conversation.does(actions.open_feedback)
def open_feedback(turn: Turn, feedback: int) -> None:
    seen = found(turn, feedback)
    _note(turn, seen)
    show(turn, seen)


def _note(turn: Turn, seen: Seen) -> None:
    for one in content_shown(turn.session, seen[0], seen[1].centre_id)["learners"]:
        turn.log("results_seen", subject=seen[0], about=one["id"])


@conversation.button("fa", may=UNIT)
def acknowledge(turn: Turn, feedback: int) -> None:
    """*Received*: once; whoever of the unit was first stays noted, and the next one comes."""
    seen = found(turn, feedback)
    receive(turn, seen)
    show(turn, seen)
    ask_next(turn, turn.speaker)


def acknowledge_shown(turn: Turn) -> bool:
    """The typed word, where the newest card it can mean is one of these."""
    for shown in turn.cards:
        for button in shown.presses:
            if says(turn.incoming.text, button["label"]):
                key, *ids = button["data"].split(":")
                if key == acknowledge.key:
                    acknowledge(turn, **(acknowledge.ids(ids) or {}))
                return bool(key == acknowledge.key)
    return False


def receive(turn: Turn, seen: Seen) -> None:
    """Note the receipt; what waits to be sent about it to other heads is taken back."""
    row = seen[0]
    if row.organisation_id in turn.units():
        feedback.acknowledge(turn.session, row.id, turn.speaker.id, turn.now)


# --- as a file


@conversation.button("fx", may=UNIT | STAFF)
def make_file(turn: Turn, feedback: int) -> None:
    seen = found(turn, feedback)
    _ = turn.language.text
    _note(turn, seen)
    text = _(
        "Attendance, marks and conduct of {unit}, class {course}.", unit=seen[2].name, course=seen[1].name
    )
    file = Document(feedback_file, file_called(text, "xlsx"), {"feedback": feedback})
    turn.say(Message(text, document=file, private=True))


@conversation.paper("unit_feedback")
def feedback_file(desk: Desk, language: Language, feedback: int) -> bytes:
    seen = seen_of(desk, feedback)
    content = content_shown(desk.session, seen[0], seen[1].centre_id)
    return words.workbook(desk, language, seen, content)


# --- lists


@conversation.button("fl", may=UNIT)
def open_own(turn: Turn, page: int) -> None:
    """What the unit was told, the newest first."""
    _ = turn.language.text
    rows = feedback.feedback_to_unit(turn.session, turn.viewer)
    choices = [Button(_label(turn, seen), open_feedback, feedback=seen[0].id) for seen in rows]
    text = (
        _("Which report of the centre?") if rows else _("The centre has reported nothing to your unit yet.")
    )
    pick(turn, text, choices, page, open_own, [Button(_("Back"), open_menu)])


@conversation.button("fm", may=UNIT, menu=later("Centre's reports"), section=sections.UNIT, rank=14)
@conversation.command(
    "phanhoi", words=later("feedback, reports of the centre"), about=later("What the centre reports to units"),
    may=UNIT | STAFF,
)  # fmt: skip
def open_reports(turn: Turn) -> None:
    if turn.roles & UNIT:
        open_own(turn, page=0)
    else:
        open_board(turn, page=0)


@conversation.button("fs", may=STAFF)
def open_board(turn: Turn, page: int) -> None:
    """Staff: what units were told, and whether they have acknowledged it."""
    _ = turn.language.text
    rows = feedback.feedback_listed(turn.session, turn.viewer)
    choices = [Button(_board_label(turn, seen), open_feedback, feedback=seen[0].id) for seen in rows]
    received = sum(seen[0].acknowledged_at is not None for seen in rows)
    told = _("Reports to units: {received} of {all} received. Which one?", received=received, all=len(rows))
    text = told if rows else _("No unit has been reported to yet.")
    pick(turn, text, choices, page, open_board, [Button(_("Back"), open_menu)])


@conversation.does(actions.open_board_first)
def open_board_first(turn: Turn) -> None:
    open_board(turn, page=0)


def title_of(desk: Desk, language: Language, seen: Seen) -> Markup:
    """Which class's report it is, of which days."""
    row, course, _unit = seen
    period = desk.session.get(ReportPeriod, row.period_id) if row.period_id else None
    return language.text("{course}, {period}", course=course.name, period=words.row_span(language, period))


def _label(turn: Turn, seen: Seen) -> str:
    _, name = turn.language.text, title_of(turn, turn.language, seen)
    return (name if seen[0].acknowledged_at else _("{report}: not read yet", report=name)).unescape()


def _board_label(turn: Turn, seen: Seen) -> str:
    _ = turn.language.text
    row, course, unit = seen
    period = turn.session.get(ReportPeriod, row.period_id) if row.period_id else None
    told = {"unit": unit.name, "course": course.code, "period": words.row_span(turn.language, period)}
    if row.acknowledged_at:
        return _("{course}, {period}, {unit}: received", **told).unescape()
    return _("{course}, {period}, {unit}: not received", **told).unescape()
