"""Who has a notice (000-02): the counts, the names, the call list, the reminder."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from markupsafe import Markup

from handlers.accounts.limits import REASONS, reason_words
from handlers.engine.conversation import Conversation
from handlers.engine.messages import Button, Document, Message, file_called, lines
from handlers.engine.picking import LONG, MOST_PAGES, PAGE, SHORT, page_at, pick, turning
from handlers.engine.turn import Turn
from handlers.menu.actions import open_menu
from handlers.notices import actions
from handlers.notices.actions import open_own
from handlers.notices.papers import call_list
from handlers.notices.receipt import reason_seen
from handlers.notices.sending import reminded_on, start_reminder
from handlers.notices.texts import KINDS, NOT_REACHED, STATES, heading, label, next_time, shortened
from locales import Language
from storage.base.engine import lock
from storage.courses import notices
from storage.courses.courses import CourseClass
from storage.courses.notices import Delivery, Notice
from storage.people.people import STAFF, Person, Role

LONGEST_LINE: Final = 170  # a page of names stays under 4,000 characters

conversation = Conversation("notice_board")


# -- what was sent, and who has it


@conversation.does(actions.open_sent)
def open_sent(turn: Turn, page: int) -> None:
    """The notices of the centre, newest first."""
    _ = turn.language.text
    found = notices.sent_notices(turn.session, turn.viewer, LONG)
    choices = [Button(label(turn.language, n, course), open_board, notice=n.id) for n, course in found]
    own = notices.own_deliveries(turn.session, turn.speaker.id, turn.now, limit=1)
    below = [[Button(_("My notices"), open_own)]] if own else []
    head = _("<b>Notices sent</b>, the newest first.") if found else _("The centre has sent no notice yet.")
    pick(turn, head, choices, page, open_sent, *below, [Button(_("Back"), open_menu)], size=SHORT)


@conversation.does(actions.open_board)
def open_board(turn: Turn, notice: int) -> None:
    """How many have it, how many do not, and what can be done about them."""
    _ = turn.language.text
    found = _sent(turn, notice)
    counts = notices.counts(turn.session, notice)
    told = summary(turn.language, counts)
    rows = [
        [Button(told[state], open_names, notice=notice, state=place, page=0)]
        for place, state in enumerate(STATES)
        if state in told
    ]
    if n := _remindable(turn, found[0]):
        rows.append(
            [Button(turn.language.count("Remind {n} person", "Remind {n} people", n), remind, notice=notice)]
        )
    rows.append([Button(_("Excel file"), send_list, notice=notice), Button(_("Back"), open_sent, page=0)])
    ways = _("Only a tap on Received shows that somebody has read it. Press a line to see the names.")
    why = _why(turn, notice)
    turn.show(lines(heading(turn.language, *found), *told.values(), *why, ways), *rows)


@conversation.button("nbn", may=STAFF)
def open_names(turn: Turn, notice: int, state: int, page: int) -> None:
    """The people in one state, by given name; with phone numbers where no channel reached them."""
    _, n_ = turn.language.text, turn.language.count
    found = _sent(turn, notice)
    name = list(STATES)[state] if 0 <= state < len(STATES) else "sent"
    people = notices.recipients(turn.session, notice, [name])
    listed = people[: PAGE * MOST_PAGES]
    page = page_at(page, PAGE, len(listed))
    shown = list(enumerate(listed, 1))[page * PAGE : (page + 1) * PAGE]
    names = [_person(turn, n, *row) for n, row in shown]
    more = len(people) - len(listed)
    left = n_("{n} more: see the Excel file.", "{n} more: see the Excel file.", more) if more else ""
    head = _("{state}: {n}", state=_(STATES[name]), n=len(people))
    rows = turning(turn.language, len(listed), page, PAGE, open_names, notice=notice, state=state)
    rows.append(
        [Button(_("Excel file"), send_list, notice=notice), Button(_("Back"), open_board, notice=notice)]
    )
    private = any(row[0].said for _n, row in shown) and _reads_reasons(turn)
    turn.show(Message(lines(heading(turn.language, *found), head, *names, left), rows, private=private))


def _reads_reasons(turn: Turn) -> bool:
    """Reasons that people typed are for the registrar alone: they may be about health."""
    return Role.REGISTRAR in turn.roles


def _person(turn: Turn, number: int, delivery: Delivery, person: Person, unit: str) -> str:
    parts = [person.name, unit]
    if delivery.state in NOT_REACHED:
        parts.append(person.phone or str(turn.language.text("no phone number recorded")))
    parts.append(reason_seen(turn.language, delivery, in_full=_reads_reasons(turn)))
    return shortened(f"{number}. " + ", ".join(part for part in parts if part), LONGEST_LINE)


@conversation.button("nbh", may=STAFF)
def send_list(turn: Turn, notice: int) -> None:
    """Everybody with phone number and state, those to be called first."""
    _ = turn.language.text
    found = _sent(turn, notice)
    turn.log("call_list_exported", subject=found[0])
    ids = {"notice": notice, "reasons": int(_reads_reasons(turn))}
    name = file_called(_("Call list, {notice}", notice=label(turn.language, *found)), "xlsx")
    document = Document(call_list, name, ids)
    told = _("The list with phone numbers: those to be called come first. For staff only.")
    turn.say(Message(told, document=document))


# -- the reminder


@conversation.does(actions.remind)
def remind(turn: Turn, notice: int) -> None:
    """Whom a reminder would reach, and when; nothing is sent yet."""
    _ = turn.language.text
    found = _sent(turn, notice)
    back = Button(_("Back"), open_board, notice=notice)
    due = next_time(turn, found[1])
    if why := _why_none(turn, found[0], due):
        turn.show(why, [back])
        return
    told = turn.language.count(
        "{n} person was reached and has not confirmed.",
        "{n} people were reached and have not confirmed.",
        _remindable(turn, found[0]),
    )
    when = _("The reminder goes at once.") if due <= turn.now else _waits(turn, due)
    turn.show(
        lines(heading(turn.language, *found), told, when),
        [Button(_("Send reminder"), send_reminder, notice=notice), back],
    )


@conversation.button("nbg", may=STAFF)
def send_reminder(turn: Turn, notice: int) -> None:
    """Once a day, however often it is pressed and by whom."""
    _ = turn.language.text
    found = _sent(turn, notice)
    row = turn.need(lock(turn.session, Notice, notice), _not_there)
    due = next_time(turn, found[1])
    told = _why_none(turn, row, due)
    if not told:
        start_reminder(turn, row, due)
        told = _("The reminder is on its way.") if due <= turn.now else _waits(turn, due)
    turn.show(
        lines(heading(turn.language, *found), told), [Button(_("Who has it"), open_board, notice=notice)]
    )


def _why_none(turn: Turn, notice: Notice, due: datetime) -> Markup:
    """That it was done for that day already, or that nobody is left; else ""."""
    _, day = turn.language.text, reminded_on(notice)
    if day is not None and day >= turn.language.local(due).date():
        told = turn.language.day(day)
        return _(
            "A reminder of {day} has been sent or planned already: at most one a day goes out.", day=told
        )
    return Markup() if _remindable(turn, notice) else _("There is nobody left to remind.")


def _waits(turn: Turn, due: datetime) -> Markup:
    return turn.language.text(
        "The reminder waits for working hours: {moment}.", moment=turn.language.moment(due)
    )


def _remindable(turn: Turn, notice: Notice) -> int:
    return notices.count_to_remind(turn.session, notice.id) if notice.kind in KINDS else 0


def newest_to_remind(turn: Turn) -> tuple[Notice, CourseClass, int] | None:
    """The newest notice that went out, when somebody has not confirmed it."""
    for notice, course in notices.sent_notices(turn.session, turn.viewer, 1, kinds=KINDS):
        n = _remindable(turn, notice)
        return (notice, course, n) if n else None
    return None


# -- parts of the cards


def _sent(turn: Turn, notice: int) -> tuple[Notice, CourseClass]:
    """A notice of the centre that was sent; else the speaker is told, with a way on."""
    found = notices.notice_seen(turn.session, turn.viewer, notice)
    return turn.need(found if found is not None and found[0].state in notices.GOING else None, _not_there)


def _not_there(turn: Turn) -> None:
    _ = turn.language.text
    buttons = [[Button(_("Notices sent"), open_sent, page=0)], [Button(_("Back"), open_menu)]]
    turn.show(_("That notice is not there, or it is not yours."), *buttons)


def summary(language: Language, counts: Mapping[str, int]) -> dict[str, Markup]:
    """How many are in each state somebody is in."""
    _ = language.text
    return {
        state: _("{state}: {n}", state=_(name), n=counts[state])
        for state, name in STATES.items()
        if counts.get(state)
    }


def _why(turn: Turn, notice: int) -> list[Markup]:
    """What those who wait are waiting for, and how many were sent as a template."""
    _ = turn.language.text
    found = notices.reasons(turn.session, notice, ["waiting", "sent", "acknowledged"])
    known = [(reason, n) for reason, n in found.items() if reason in REASONS]
    return [_("{n}: {why}.", n=n, why=reason_words(turn.language, reason)) for reason, n in known]
