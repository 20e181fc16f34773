"""A notice in its reader's hands: received, cannot attend, and reading it again."""

from datetime import datetime, timedelta
from typing import Final

from markupsafe import Markup

from handlers.accounts.limits import reason_words
from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Message, lines, plain
from handlers.engine.telling import tell_registrars
from handlers.engine.turn import Turn
from handlers.feedback.feedback import acknowledge_shown
from handlers.menu.actions import open_menu
from handlers.notices import actions
from handlers.notices.texts import course_name, label, letter_of
from locales import Language, later
from storage.base.text import nfc
from storage.courses import notices
from storage.courses.courses import CourseClass
from storage.courses.notices import Delivery, Notice
from storage.messaging import outbox, timers
from storage.people.people import Person

LONGEST_REASON: Final = 200
TIME_FOR_A_REASON: Final = timedelta(minutes=10)  # then the registrars are told without one

conversation = Conversation("notice_receipt")


@conversation.does(actions.acknowledge)
def acknowledge(turn: Turn, delivery: int) -> None:
    """*Received*: once is enough, on any of the person's chats, and it may follow "I cannot attend"."""
    found = _own(turn, delivery)
    _answer(turn, *found, "acknowledged")
    turn.show(_card(turn, *found))


def _answer(turn: Turn, delivery: Delivery, notice: Notice, state: str) -> bool:
    """Record it and remind no more; False where it was said before."""
    if delivery.state == state:
        return False
    notices.answer(delivery, state, turn.now)
    outbox.drop(turn.session, f"remind:{notice.id}:{delivery.person_id}:")
    return True


@conversation.button("nd")
def decline(turn: Turn, delivery: int) -> None:
    """*I cannot attend*: recorded at once, then a reason is asked for that may be skipped."""
    _ = turn.language.text
    found = _own(turn, delivery)
    if _answer(turn, *found, "declined"):
        _tell_at(turn, found[0], _once(found[0]), turn.now + TIME_FOR_A_REASON)
    turn.show(_card(turn, *found))
    if not found[0].said:
        buttons = [[Button(_("No reason"), skip_reason, delivery=found[0].id)]]
        turn.say(_("Please type the reason in one line; of an illness no details are needed."), *buttons)
        turn.ask(reason_typed, delivery=found[0].id)


@conversation.step("notice_reason")
def reason_typed(turn: Turn, text: str, delivery: int) -> None:
    """The reason, in one line; whatever came of the delivery since, a reason goes with a refusal only."""
    _ = turn.language.text
    found = _own(turn, delivery)
    reason = nfc(text)
    if not reason or len(reason) > LONGEST_REASON:
        turn.say(_("Please type the reason in one line of at most {limit} characters.", limit=LONGEST_REASON))
        turn.ask(reason_typed, delivery=delivery)
        return
    if found[0].state != "declined":
        turn.say(_card(turn, *found))
        return
    found[0].said = reason
    _tell_now(turn, found[0], f"{_once(found[0])}:reason")
    turn.say(_("Thank you, comrade. The registrar is told."))


@conversation.button("ndx")
def skip_reason(turn: Turn, delivery: int) -> None:
    """*No reason*: the registrars are told at once."""
    _ = turn.language.text
    found = _own(turn, delivery)
    if found[0].state != "declined":
        turn.show(_card(turn, *found))
        return
    _tell_now(turn, found[0], _once(found[0]))
    turn.show(_("Thank you, comrade. The registrar is told."))


def _once(delivery: Delivery) -> str:
    """One key a refusal: who refuses again after acknowledging is told of again."""
    return f"{delivery.id}:{delivery.changed_at.timestamp():.0f}"


def _tell_now(turn: Turn, delivery: Delivery, key: str) -> None:
    timers.cancel(turn.session, "notice_declined", _once(delivery))
    _tell_at(turn, delivery, key, turn.now)


def _tell_at(turn: Turn, delivery: Delivery, key: str, due: datetime) -> None:
    timers.plan(turn.session, "notice_declined", key, due, delivery=delivery.id)


@conversation.timer("notice_declined", passes=True)
def tell_refusal(desk: Desk, delivery: int) -> None:
    """Tell the class's registrars who cannot come, in their hours; nobody, when he can after all."""
    row = desk.session.get(Delivery, delivery)
    if row is None or row.state != "declined":
        return
    person = desk.session.get_one(Person, row.person_id)
    course = desk.session.get_one(CourseClass, desk.session.get_one(Notice, row.notice_id).class_id)
    tell_registrars(
        desk,
        desk.centre(course.centre_id),
        lambda language: _refusal(language, person, course, reason_seen(language, row, in_full=True)),
        to_director=lambda language: _refusal(language, person, course, reason_seen(language, row)),
        key=f"declined:{_once(row)}:{bool(row.said):d}",
    )


def _refusal(language: Language, person: Person, course: CourseClass, reason: str) -> Message:
    _, told = language.text, {"name": person.name, "course": f"{course.code} {course.name}"}
    if reason:
        text = _("Comrade {name} cannot attend class {course}: {reason}", reason=reason, **told)
        return Message(text, private=True)
    return Message(_("Comrade {name} cannot attend class {course}. No reason was given.", **told))


def reason_seen(language: Language, delivery: Delivery, *, in_full: bool = False) -> str:
    """Why it is as it is. What a person typed may be about health: only registrars read it `in_full`."""
    if not delivery.said:
        return reason_words(language, delivery.reason)
    return delivery.said if in_full else plain(language.text("a reason was given"))


# -- reading again


@conversation.does(actions.open_own)
def open_own(turn: Turn) -> None:
    """The person's own notices, newest first, each with what he answered."""
    _ = turn.language.text
    found = notices.own_deliveries(turn.session, turn.speaker.id, turn.now)
    if not found:
        turn.show(_("The centre has sent you no notice yet."), [Button(_("Back"), open_menu)])
        return
    told, rows = [], []
    for delivery, notice in found:
        name = label(turn.language, notice, turn.session.get_one(CourseClass, notice.class_id))
        told.append(_("{notice}: {state}.", notice=name, state=_state(turn, delivery)))
        rows.append([Button(name, read_again, delivery=delivery.id)])
    head = _("<b>Your notices</b>, the newest first. Press one to read it again.")
    turn.show(lines(head, *told), *rows, [Button(_("Back"), open_menu)])


@conversation.button("nbm")
def read_again(turn: Turn, delivery: int) -> None:
    """One's own notice in full, with the buttons it still has."""
    found = _own(turn, delivery)
    message = _card(turn, *found)
    back = [Button(turn.language.text("Back"), open_own)]
    turn.show(message.text, *message.buttons, back)


@conversation.command("", words=later("received"))
def received(turn: Turn) -> None:
    """The typed word acknowledges the newest notice that waits for it, or what the centre reports to a unit."""
    if acknowledge_shown(turn):
        return
    found = notices.own_deliveries(turn.session, turn.speaker.id, turn.now)
    waiting = [delivery.id for delivery, _notice in found if delivery.state not in notices.ANSWERED]
    if waiting:
        acknowledge(turn, delivery=waiting[0])
    else:
        open_own(turn)


def answers(language: Language, delivery: int, *, kind: str, attends: bool) -> list[list[Button]]:
    """The buttons under a notice."""
    _ = language.text
    row = [Button(_("Received"), acknowledge, delivery=delivery)]
    if kind == "opening" and attends:
        row.append(Button(_("I cannot attend"), decline, delivery=delivery))
    return [row]


def _card(turn: Turn, delivery: Delivery, notice: Notice) -> Message:
    """The notice as its reader has it, with his answer below."""
    _, moment = turn.language.text, turn.language.moment(delivery.changed_at)
    words = _words(turn, delivery, notice)
    if delivery.state == "acknowledged":
        return Message(lines(words, _("<i>Received at {moment}.</i>", moment=moment)))
    if delivery.state == "declined":
        told = _("<i>At {moment} you said that you cannot attend.</i>", moment=moment)
        reason = _("<i>Reason: {reason}</i>", reason=delivery.said) if delivery.said else ""
        buttons = [[Button(_("I can attend"), acknowledge, delivery=delivery.id)]]
        return Message(lines(words, told, reason), buttons)
    letter = letter_of(turn, notice)
    attends = letter is not None and letter.attends(delivery.person_id)
    return Message(words, answers(turn.language, delivery.id, kind=notice.kind, attends=attends))


def _words(turn: Turn, delivery: Delivery, notice: Notice) -> Markup:
    """As it was sent; made anew for one nothing could be sent to then."""
    sent = notices.words_sent(turn.session, delivery.id)
    if sent:
        return Markup(sent)  # noqa: S704  escaped when it was said
    letter = letter_of(turn, notice)
    if letter is not None:
        return letter.text(turn.language, turn.speaker.name, turn.speaker.id)
    course = turn.session.get_one(CourseClass, notice.class_id)
    name = course_name({"course": course.name, "cohort": course.cohort})
    return turn.language.text("The timetable of class {course} has changed: see /lich.", course=name)


def _state(turn: Turn, delivery: Delivery) -> Markup:
    _ = turn.language.text
    if delivery.state == "acknowledged":
        return _("received at {moment}", moment=turn.language.moment(delivery.changed_at))
    return _("you cannot attend") if delivery.state == "declined" else _("not confirmed yet")


def _own(turn: Turn, delivery: int) -> tuple[Delivery, Notice]:
    """The speaker's own delivery; else he is told, with a way on."""
    return turn.need(notices.own_delivery(turn.session, turn.speaker.id, delivery), _not_there)


def _not_there(turn: Turn) -> None:
    _ = turn.language.text
    buttons = [[Button(_("My notices"), open_own)], [Button(_("Back"), open_menu)]]
    turn.say(_("That notice is not there, or it is not yours."), *buttons)
