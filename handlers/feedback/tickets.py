"""Tickets (002-11): a unit asks the centre to look again, or somebody writes to it; one person owns it and answers."""

from datetime import date

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Message, lines
from handlers.engine.picking import pick
from handlers.engine.turn import Turn
from handlers.feedback import actions
from handlers.feedback import feedback as reports
from handlers.menu import sections
from handlers.menu.actions import cancel, open_menu
from handlers.menu.menu import phone_line
from handlers.requests.asking import ask, ask_next
from locales import Language, later
from storage.courses.courses import CourseClass, CourseSession
from storage.feedback import feedback as feedback_rows
from storage.feedback import tickets
from storage.feedback.tickets import Seen, Ticket
from storage.people.people import STAFF, UNIT, Person, Role, holders

conversation = Conversation("tickets")

# --- asking


@conversation.does(actions.ask_review)
def ask_review(turn: Turn, feedback: int) -> None:
    """*Ask to look again*: what is to be looked at is asked for, in words."""
    seen = _own(turn, feedback)
    before = tickets.open_about(turn.session, feedback)
    if before is not None:
        show(turn, (before, seen[2]), turn.language.text("The centre is looking at it already."))
        return
    _ = turn.language.text
    asked = _("Please type in one message what the centre is to look at again, and why.")
    turn.show(lines(turn.wrong, asked), [Button(_("Cancel"), cancel)])
    turn.ask(review_typed, feedback=feedback)


def _own(turn: Turn, feedback: int) -> feedback_rows.Seen:
    """A report to the speaker's own unit; of another it is said that this is its head's to do."""
    _, seen = turn.language.text, reports.found(turn, feedback)
    others = Message(_("This is for the head of the unit to do."), [[Button(_("Menu"), open_menu)]])
    return turn.need(seen if seen[0].organisation_id in turn.units() else None, others)


@conversation.question("ticket_review", longest=tickets.LONGEST, lines=True, again=ask_review, may=UNIT)
def review_typed(turn: Turn, words: str, feedback: int) -> None:
    seen = _own(turn, feedback)
    row = tickets.open_ticket(turn.session, turn.calendar(turn.home), seen[0], turn.speaker, words, turn.now)
    if row is None:
        told = turn.language.text("The centre has named nobody yet who answers this. Please call it.")
        turn.show(lines(told, phone_line(turn)), [Button(turn.language.text("Menu"), open_menu)])
        return
    reports.receive(turn, seen)
    turn.log("ticket_opened", subject=row)
    ask(turn, tickets.request_of(turn.session, row), by_clock=False)
    show(turn, (row, seen[2]), turn.language.text("The centre has received your request."))
    ask_next(turn, turn.speaker)


# --- the card


def text_of(desk: Desk, language: Language, seen: Seen, said: Markup | str = "") -> Markup:
    """Number, who asks for what, whose it is and until when, and the answer."""
    _ = language.text
    row, _unit = seen
    return lines(
        said,
        _("<b>Request no. {n}</b> of {unit}", n=row.id, unit=sender(desk, language, seen)),
        _about(desk, language, row),
        _("“{words}”", words=row.text or ""),
        _(
            "Asked by {name}, {moment}.",
            name=_name(desk, row.opened_by),
            moment=language.moment(row.opened_at),
        ),
        _state(desk, language, row),
    )


def sender(desk: Desk, language: Language, seen: Seen) -> Markup:
    """The unit it comes from, or whoever wrote it."""
    row, unit = seen
    return (
        Markup.escape(unit.name)
        if unit is not None
        else language.text("comrade {name}", name=_name(desk, row.opened_by))
    )


def _about(desk: Desk, language: Language, row: Ticket) -> Markup:
    session = desk.session.get(CourseSession, row.session_id) if row.session_id else None
    if session is not None:
        return about_session(desk, language, session)
    course = desk.session.get(CourseClass, row.class_id) if row.class_id else None
    return language.text("About class {course}", course=course.name) if course is not None else Markup()


def about_session(desk: Desk, language: Language, session: CourseSession) -> Markup:
    """Such as "Về buổi học 7 giờ 30, thứ Ba, 17/11, lớp Trung cấp A1"."""
    course = desk.session.get_one(CourseClass, session.class_id)
    when = language.moment(session.starts_at)
    return language.text("Session: {when}, class {course}", when=when, course=course.name)


def _state(desk: Desk, language: Language, row: Ticket) -> Markup:
    _ = language.text
    if row.answered_at is not None:
        told = {"name": _name(desk, row.answered_by), "moment": language.moment(row.answered_at)}
        return lines(_("Answer of {name}, {moment}:", **told), _("“{words}”", words=row.answer or ""))
    told = {"name": _name(desk, row.owner_id), "moment": language.moment(row.due_at)}
    if desk.now > row.due_at:
        return _("In charge: {name}. The deadline ({moment}) has passed.", **told)
    return _("In charge: {name}. Answered by {moment}.", **told)


def _name(desk: Desk, person_id: int | None) -> str:
    person = desk.session.get(Person, person_id) if person_id else None
    return person.name if person is not None else ""


def show(turn: Turn, seen: Seen, said: Markup | str = "") -> None:
    _ = turn.language.text
    ways = ways_of(turn, turn.language, seen[0], turn.speaker.id)
    report = []
    if seen[0].feedback_id:
        report = [[Button(_("See the report"), actions.open_feedback, feedback=seen[0].feedback_id)]]
    back = [Button(_("Back"), turn_page, page=0)]
    turn.show(Message(text_of(turn, turn.language, seen, said), [*ways, *report, back], private=True))


def ways_of(desk: Desk, language: Language, row: Ticket, reader: int) -> list[list[Button]]:
    """Its owner answers; he or a director passes it on."""
    _ = language.text
    if row.state != "open":
        return []
    ways = [[Button(_("Answer"), actions.ask_answer, ticket=row.id)]] if row.owner_id == reader else []
    if may_pass_on(desk, row, reader):
        ways.append([Button(_("Pass on"), actions.choose_owner, ticket=row.id)])
    return ways


def may_pass_on(desk: Desk, row: Ticket, reader: int) -> bool:
    directors = holders(desk.session, {Role.DIRECTOR}, row.centre_id, today(desk, row))
    return reader in {row.owner_id, *(one.id for one in directors)}


def today(desk: Desk, row: Ticket) -> date:
    return desk.today(desk.centre(row.centre_id))


def found(turn: Turn, ticket_id: int, *, to_change: bool = False) -> Seen:
    _ = turn.language.text
    text = _("That request is not there, or it is another unit's.")
    seen = tickets.ticket_seen(turn.session, turn.viewer, ticket_id, to_change=to_change)
    return turn.need(seen, Message(text, [[Button(_("Menu"), open_menu)]]))


@conversation.does(actions.open_ticket)
def open_ticket(turn: Turn, ticket: int) -> None:
    show(turn, found(turn, ticket))


# --- lists


@conversation.button("ft", may=UNIT | STAFF, menu=later("Review requests"), section=sections.CENTRE, rank=15)
@conversation.command(
    "phieu",
    words=later("requests, tickets"),
    about=later("Requests of units to look again"),
    may=UNIT | STAFF,
)
def open_list(turn: Turn) -> None:
    turn_page(turn, page=0)


@conversation.does(actions.turn_page)
def turn_page(turn: Turn, page: int) -> None:
    """Open ones by deadline; a unit also sees its answered ones."""
    _, n_ = turn.language.text, turn.language.count
    rows = tickets.tickets_listed(turn.session, turn.viewer)
    choices = [Button(_label(turn, seen), open_ticket, ticket=seen[0].id) for seen in rows]
    n = sum(seen[0].state == "open" for seen in rows)
    text = n_("{n} request is open. Which one?", "{n} requests are open. Which one?", n)
    if not rows:
        text = _("There is no request to look again.")
    told = [[Button(_("Reports to units"), actions.open_board_first)]] if turn.is_staff else []
    pick(turn, text, choices, page, turn_page, *told, [Button(_("Back"), open_menu)])


def _label(turn: Turn, seen: Seen) -> str:
    _ = turn.language.text
    row, unit = seen
    day = turn.language.short_day(turn.language.local(row.due_at).date())
    told = {"n": row.id, "unit": unit.name if unit is not None else _name(turn, row.opened_by), "day": day}
    if row.state != "open":
        return _("No. {n}, {unit}: answered", **told).unescape()
    if turn.now > row.due_at:
        return _("No. {n}, {unit}: OVERDUE since {day}", **told).unescape()
    return _("No. {n}, {unit}: due {day}", **told).unescape()
