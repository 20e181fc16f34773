"""Writing an opening or closing notice of a class (000-02): kind, class, preview, send.

Its neighbours: texts (the words), preview (before sending), sending (batches), progress and board (who has it),
receipt (the reader's side).
"""

from typing import Final

from handlers.engine.conversation import Conversation
from handlers.engine.messages import Button, Message, lines
from handlers.engine.picking import LONG, SHORT, pick
from handlers.engine.turn import Answered, Turn
from handlers.menu import sections
from handlers.menu.actions import open_menu
from handlers.notices.actions import open_board, open_own, open_sent, remind
from handlers.notices.board import newest_to_remind
from handlers.notices.preview import (
    LONGEST_FIELD,
    TYPED,
    Draft,
    draft_now,
    field_name,
    later_label,
    preview,
    quiet_until,
)
from handlers.notices.progress import progress, watch
from handlers.notices.sending import start
from handlers.notices.texts import (
    KINDS,
    NAMES,
    by_day,
    class_label,
    day_of,
    heading,
    kind_at,
    number_of,
    numbered,
)
from locales import every_wording, later
from storage.base.document_numbers import NoNumber, read_number
from storage.base.engine import lock
from storage.base.text import fold
from storage.courses import notices
from storage.courses.courses import CourseClass
from storage.courses.notices import Notice
from storage.courses.visibility import class_seen, classes_of
from storage.people.people import STAFF

NOTHING: Final = "-"  # typed to leave a field empty

WRONG_NUMBER: Final = {
    "number": later("The number and its symbol could not be read."),
    "day": later("The day after the number could not be read."),
    "far_day": later("The day is more than a year away. Please check it."),
}

conversation = Conversation("notices")


@conversation.button("tb", menu=later("Notices"), section=sections.CLASSES, rank=7, on_keyboard=True)
@conversation.command("thongbao", words=later("is there any notice, new notices"), about=later("Notices"))
def open_notices(turn: Turn) -> None:
    """Staff write and look up notices; everybody else reads his own."""
    if not turn.is_staff:
        open_own(turn)
    elif turn.rest:
        _open_named(turn, fold(turn.rest))
    else:
        turn.show(_desk_card(turn))


def _desk_card(turn: Turn) -> Message:
    _ = turn.language.text
    told = [_("<b>Notices of classes.</b> Which one would you like to write?")]
    rows = [
        [Button(_("Opening"), pick_class, kind=0, page=0), Button(_("Closing"), pick_class, kind=1, page=0)],
        [Button(_("Sent"), open_sent, page=0)],
    ]
    newest = newest_to_remind(turn)
    if newest is not None:
        sent, course, n = newest
        many = turn.language.count("{n} has not confirmed yet.", "{n} have not confirmed yet.", n)
        told += [heading(turn.language, sent, course), many]
        label = turn.language.count("Remind {n} person", "Remind {n} people", n)
        rows[1].append(Button(label, remind, notice=sent.id))
    return Message(lines(*told), [*rows, [Button(_("Back"), open_menu)]])


def _open_named(turn: Turn, wanted: str) -> None:
    """A kind, or a class by its code or a part of its name, in words after the command."""
    _ = turn.language.text
    for place, kind in enumerate(KINDS):
        if wanted in {fold(word) for word in every_wording(NAMES[kind])}:
            pick_class(turn, kind=place, page=0)
            return
    found = [
        course
        for course in classes_of(turn.session, turn.viewer)
        if wanted in f" {fold(course.code)} {fold(course.name)} "
    ]
    exact = [course for course in found if fold(course.code) == wanted] or found
    if len(exact) != 1:
        head = _("Not exactly one class is called that: type its code after the command, or choose here.")
        card = _desk_card(turn)
        turn.show(lines(head, card.text), *(card.buttons))
        return
    row = [
        Button(_("Opening"), open_preview, kind=0, course=exact[0].id),
        Button(_("Closing"), open_preview, kind=1, course=exact[0].id),
    ]
    head = _("Class {course}: which notice?", course=f"{exact[0].code} {exact[0].name}")
    turn.show(head, row, [Button(_("Back"), open_notices)])


@conversation.button("nbk", may=STAFF)
def pick_class(turn: Turn, kind: int, page: int) -> None:
    """The classes, those first whose day is nearest ahead."""
    _ = turn.language.text
    name = kind_at(kind)
    ordered = by_day(classes_of(turn.session, turn.viewer), name, turn.day)
    place = KINDS.index(name)
    choices = [
        Button(class_label(turn.language, course, name), open_preview, kind=place, course=course.id)
        for course in ordered
    ]
    head = _("Which class opens?") if name == "opening" else _("Which class closes?")
    more = _("For another class type /thongbao and its code.") if len(ordered) > LONG else ""
    none = "" if ordered else _("There is no class yet: send its list as an Excel file.")
    back = [Button(_("Back"), open_notices)]
    pick(turn, lines(head, none, more), choices, page, pick_class, back, size=SHORT, kind=place)


# -- the preview


@conversation.button("nbp", may=STAFF)
def open_preview(turn: Turn, kind: int, course: int) -> None:
    """The draft of a class; where such a notice was sent before, only after asking."""
    _ = turn.language.text
    found, name = _class(turn, course), kind_at(kind)
    sent = notices.last_sent(turn.session, course, name)
    if sent is None or sent.sent_at is None:
        _open_draft(turn, found, name)
        return
    number, moment = number_of(sent), turn.language.moment(sent.sent_at)
    told = _("This was sent before: {moment}. Send another one?", moment=moment)
    if number:
        told = _(
            "This was sent before: {number}, {moment}. Send another one?",
            number=numbered(turn.language, number),
            moment=moment,
        )
    rows = [
        [Button(_("Write another"), open_another, kind=KINDS.index(name), course=course)],
        [Button(_("Who has it"), open_board, notice=sent.id)],
        [Button(_("Back"), pick_class, kind=KINDS.index(name), page=0)],
    ]
    turn.show(lines(heading(turn.language, sent, found), told), *rows)


@conversation.button("nba", may=STAFF)
def open_another(turn: Turn, kind: int, course: int) -> None:
    """Yes, once more."""
    _open_draft(turn, _class(turn, course), kind_at(kind))


def _class(turn: Turn, course: int) -> CourseClass:
    _ = turn.language.text
    none = Message(_("That class is not there, or it is not yours."), [[Button(_("Notices"), open_notices)]])
    return turn.need(class_seen(turn.session, turn.viewer, course), none)


def _open_draft(turn: Turn, course: CourseClass, kind: str) -> None:
    row = notices.draft(turn.session, course.id, kind, turn.speaker.id, turn.now)
    turn.show(_preview_card(turn, draft_now(turn, row.id, course)))


def _preview_card(turn: Turn, draft: Draft, *, changed: bool = False) -> Message:
    _ = turn.language.text
    back = Button(_("Back"), pick_class, kind=KINDS.index(draft.notice.kind), page=0)
    if not draft.audience.learners:
        told = _(
            "Nobody is enrolled in class {course} yet: send its list as an Excel file, then come back.",
            course=f"{draft.course.code} {draft.course.name}",
        )
        return Message(told, [[back]])
    edit_or_back = [Button(_("Edit"), edit, notice=draft.notice.id), back]
    return Message(preview(turn, draft, changed=changed), [_send_row(turn, draft), edit_or_back])


def _send_row(turn: Turn, draft: Draft) -> list[Button]:
    """One button; in quiet hours two, so that sending at night is somebody's decision."""
    seen = {"notice": draft.notice.id, "edition": draft.edition, "people": draft.people}
    due, n_ = quiet_until(turn, draft.course), turn.language.count
    if due is None:
        label = n_("Send to {n} person", "Send to {n} people", draft.people)
        return [Button(label, send, **seen, waits=0)]
    now = n_("Send to {n} now", "Send to {n} now", draft.people)
    return [Button(now, send, **seen, waits=0), Button(later_label(turn, due), send, **seen, waits=1)]


def _draft(turn: Turn, notice: int) -> Draft:
    """A draft of the centre, locked. One that went out meanwhile shows how far it is."""
    _ = turn.language.text
    found = notices.notice_seen(turn.session, turn.viewer, notice)
    row = lock(turn.session, Notice, notice) if found else None
    if found is None or row is None or row.kind not in KINDS or row.state == "cancelled":
        told = _("That notice is not there, or it is not yours.")
        turn.show(told, [Button(_("Notices"), open_notices)])
        raise Answered
    if row.state != "draft":
        turn.show(progress(turn.language, row, found[1], notices.counts(turn.session, notice)))
        raise Answered
    return draft_now(turn, notice, found[1])


@conversation.button("nbs", may=STAFF)
def send(turn: Turn, notice: int, edition: int, people: int, waits: int) -> None:
    """Send what was previewed, once, however often and by whomever this is pressed."""
    draft = _draft(turn, notice)
    if (draft.edition, draft.people) != (edition, people) or not draft.audience.learners:
        turn.show(_preview_card(turn, draft, changed=True))
        return
    due = quiet_until(turn, draft.course) if waits else None
    start(turn, draft.notice, draft.audience, due or turn.now)
    watch(turn, draft.notice, draft.course)


# -- editing


@conversation.button("nbe", may=STAFF)
def edit(turn: Turn, notice: int) -> None:
    """Which part to type anew."""
    _ = turn.language.text
    _draft(turn, notice)
    buttons = [
        Button(field_name(turn.language, name), edit_field, notice=notice, field=place)
        for place, name in enumerate(TYPED)
    ]
    told = _("What would you like to change? It changes this notice only, not the class.")
    turn.show(told, buttons[:2], buttons[2:4], buttons[4:], [Button(_("Back"), open_draft, notice=notice)])


@conversation.button("nbd", may=STAFF)
def open_draft(turn: Turn, notice: int) -> None:
    """Back to the preview."""
    turn.show(_preview_card(turn, _draft(turn, notice)))


@conversation.button("nbf", may=STAFF)
def edit_field(turn: Turn, notice: int, field: int) -> None:
    """Ask for the new text."""
    _ask(turn, notice, TYPED[field] if 0 <= field < len(TYPED) else TYPED[0])


def _ask(turn: Turn, notice: int, field: str) -> None:
    _ = turn.language.text
    now = _now(turn, _draft(turn, notice).notice, field) or _("nothing yet")
    asked = _("Please type: {field}. Now: {now}", field=field_name(turn.language, field), now=now)
    form = _("Such as: 12-TB/TTCT, {day}.", day=turn.language.year_day(turn.day)) if field == "number" else ""
    text = lines(turn.wrong, asked, form, _("Type - to leave it empty."))
    turn.show(text, [Button(_("Leave it as it is"), open_draft, notice=notice)])
    turn.ask(field_typed, notice=notice, field=field)


def _now(turn: Turn, notice: Notice, field: str) -> str:
    if field != "number":
        return str(notice.fields[field])
    day = day_of(notice)
    return ", ".join(filter(None, (number_of(notice), turn.language.year_day(day) if day else "")))


def _numbered(turn: Turn, words: str, notice: int) -> dict[str, str]:
    """The number, and the day where one is given; what is neither is asked for again (Answered)."""
    if words == NOTHING:
        return {"number": "", "dated": ""}
    try:
        found = read_number(words, today=turn.day)
    except NoNumber as wrong:
        turn.wrong = turn.language.text(WRONG_NUMBER[str(wrong)])
        _ask(turn, notice, "number")
        raise Answered from wrong
    return {"number": found.number, "dated": found.day.isoformat() if found.day else ""}


@conversation.question("notice_field", longest=LONGEST_FIELD, again=_ask, may=STAFF)
def field_typed(turn: Turn, words: str, notice: int, field: str) -> None:
    """Keep it in the draft and show the preview again."""
    draft = _draft(turn, notice)
    said = {field: "" if words == NOTHING else words}
    if field == "number":
        said = _numbered(turn, words, notice)
    own = {**draft.notice.fields["own"], **said}
    draft.notice.fields = {**draft.notice.fields, "own": own}
    turn.say(_preview_card(turn, draft_now(turn, notice, draft.course)))
