"""Towards the gate (002-13): who has the unit's confirmation, who not and why, and the verdict a person signs."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.messages import ROOM, Button, Document, Message, file_called, fit, lines
from handlers.engine.picking import pick
from handlers.engine.turn import Turn
from handlers.gates import actions, words
from handlers.gates.confirmation_words import gate_name
from handlers.gates.papers import gate_list
from handlers.gates.words import Board, read_board
from handlers.menu.actions import open_menu
from handlers.reports.words import more_in_file
from locales import Language, later
from storage.courses.courses import CourseClass
from storage.gates import gates
from storage.gates.confirmations import ELIGIBLE, GATES, NOT_ELIGIBLE
from storage.gates.gates import Standing
from storage.messaging import outbox
from storage.people.people import STAFF, Role, holders

conversation = Conversation("gates")

DIRECTOR: Final = frozenset({Role.DIRECTOR})
VERDICTS: Final = (ELIGIBLE, NOT_ELIGIBLE)
MOST: Final = 60
SHOWN: Final = 20  # learners on the card; the file has all of them


# --- which gate


@conversation.does(actions.open_gates)
@conversation.command(
    "dieukien",
    words=later("eligibility, gates"),
    about=later("Eligibility for exams and graduation"),
    may=STAFF,
)
def open_gates(turn: Turn) -> None:
    _ = turn.language.text
    found = gates.gates_seen(turn.session, turn.viewer)[:MOST]
    choices = [
        [Button(_label(turn.language, *one), open_board, course=one[0].id, gate=GATES.index(one[1]))]
        for one in found
    ]
    none = _("No class has the day of an exam or review yet.")
    to_do = _("Whoever looks after the computer sets it (caunoi gates).")
    text = _("Which class, before which gate?") if found else lines(none, to_do)
    turn.show(text, *choices, [Button(_("Back"), open_menu)])


def _label(language: Language, course: CourseClass, gate: str, day: date) -> str:
    _ = language.text
    told = {"course": course.code, "gate": gate_name(language, gate), "day": language.year_day(day)}
    return _("{course}, {gate} {day}", **told).unescape()


def _found(turn: Turn, course: int, gate: int) -> Board:
    _ = turn.language.text
    text = _("That gate is not there, or it is another centre's.")
    none = Message(text, [[Button(_("Eligibility"), open_gates)]])
    return read_board(turn, *turn.need(gates.gate_seen(turn.session, turn.viewer, course, gate), none))


# --- the list


@conversation.button("gc", may=STAFF)
def open_board(turn: Turn, course: int, gate: int) -> None:
    _show(turn, _found(turn, course, gate))


def _show(turn: Turn, board: Board, said: Markup | str = "") -> None:
    turn.show(_card(turn.language, board, said, is_director=Role.DIRECTOR in turn.roles, room=turn.room))


def _card(
    language: Language, board: Board, said: Markup | str = "", *, is_director: bool, room: int = ROOM
) -> Message:
    _ = language.text
    ids, clean = board.ids, board.clean
    ways = []
    if clean and is_director:
        label = language.count("Sign {n} eligible", "Sign {n} eligible", len(clean))
        ways.append([Button(label, sign_clean, **ids, content=gates.fingerprint(clean))])
    elif clean:
        ways.append([Button(_("Submit to director"), submit, **ids)])
    if is_director:
        ways.append([Button(_("One by one"), choose_learner, **ids, page=0)])
    ways.append([Button(_("Excel file"), make_file, **ids)])
    return Message(_text(language, board, said, room), [*ways, [Button(_("Back"), open_gates)]], private=True)


def _text(language: Language, board: Board, said: Markup | str, room: int) -> Markup:
    """The counts, then whoever is not simply eligible, by what stands against it."""
    _ = language.text
    others = sorted((one for one in board.found if one.state not in {"clean", ELIGIBLE}), key=_rank)
    told = [
        Markup("- {} ({}): {}").format(one.person.name, one.unit, words.status(language, one))
        for one in others
    ]
    return lines(
        said,
        _("<b>Eligibility: {gate} ({day})</b>", gate=gate_name(language, board.gate), day=language.year_day(board.day)),
        _("Class {course}, {n} learners.", course=board.course.name, n=len(board.found)),
        _counts(language, board),
        fit(told, room, lambda n: more_in_file(language, n), most=SHOWN),
        _("By the regulations as the centre has configured them, version {version}. A person signs.",
          version=board.version),
    )  # fmt: skip


def _counts(language: Language, board: Board) -> Markup:
    """How many learners stand where; nobody is not counted."""
    n_ = language.count
    signed, clean = len(board.of(ELIGIBLE)), len(board.clean)
    waiting, undecided = len(board.of("waiting")), len(board.undecided)
    told = (
        n_("{n} learner signed as eligible", "{n} learners signed as eligible", signed) if signed else "",
        n_("{n} learner complete, to be signed", "{n} learners complete, to be signed", clean)
        if clean
        else "",
        n_("{n} learner without the unit's remarks", "{n} learners without the unit's remarks", waiting)
        if waiting
        else "",
        n_("{n} learner to be decided", "{n} learners to be decided", undecided) if undecided else "",
    )
    return Markup("{}.").format(Markup("; ").join(filter(None, told))) if any(told) else Markup()


def _rank(one: Standing) -> int:
    return words.ORDER.index(one.state)


# --- preparing and signing


@conversation.button("gh", may=STAFF)
def submit(turn: Turn, course: int, gate: int) -> None:
    """The registrar has prepared the list: the director gets it, with the button to sign. Once for each state of it."""
    board = _found(turn, course, gate)
    _ = turn.language.text
    due = turn.calendar(turn.home).next_sending_time(turn.now)
    key = f"gate:{course}:{board.gate}:{gates.fingerprint(board.found)}"
    directors = holders(turn.session, DIRECTOR, board.course.centre_id, turn.day)
    for director in directors:
        turn.tell(
            director,
            lambda language: _card(language, board, _submitted(turn, language), is_director=True),
            due=due,
            key=f"{key}:{director.id}",
        )
    _show(turn, board, _("Submitted to the director.") if directors else _("No director is known yet."))


def _submitted(turn: Turn, language: Language) -> Markup:
    return language.text("{name} submits this list for your signature.", name=turn.speaker.name)


@conversation.button("gd", may=DIRECTOR)
def sign_clean(turn: Turn, course: int, gate: int, content: int) -> None:
    """*Sign*: everyone on the list against whom nothing stands; what has changed since is shown again."""
    board = _found(turn, course, gate)
    _ = turn.language.text
    clean = board.clean
    if not clean:
        _show(turn, board, _("Nobody is waiting for a signature."))
    elif gates.fingerprint(clean) != content:
        _show(turn, board, _("This has changed meanwhile. Please look it over again:"))
    else:
        _sign(turn, board, clean, ELIGIBLE)


def _sign(turn: Turn, board: Board, whom: Sequence[Standing], verdict: str) -> None:
    gates.sign_verdicts(turn.session, board.course, board.gate, whom, verdict, turn.speaker.id, turn.now)
    for one in whom:
        subject = f"course_class:{board.course.id}:{board.gate}"
        turn.log("verdict_signed", subject=subject, about=one.person)
    outbox.drop(turn.session, f"gate:{board.course.id}:{board.gate}:")
    said = turn.language.count("Signed: {n} learner.", "Signed: {n} learners.", len(whom))
    _show(turn, read_board(turn, board.course, board.gate, board.day), said)


@conversation.button("gv", may=DIRECTOR)
def choose_learner(turn: Turn, course: int, gate: int, page: int) -> None:
    board = _found(turn, course, gate)
    _ = turn.language.text
    choices = []
    for one in sorted(board.found, key=_rank):
        label = _("{name}: {status}", name=one.person.name, status=words.status(turn.language, one))
        choices.append(Button(label, open_learner, **board.ids, person=one.person.id))
    back = [Button(_("Back"), open_board, **board.ids)]
    pick(turn, _("Which learner?"), choices, page, choose_learner, back, private=True, **board.ids)


@conversation.button("gw", may=DIRECTOR)
def open_learner(turn: Turn, course: int, gate: int, person: int) -> None:
    """What the verdict would rest on, and only those verdicts that have something to rest on."""
    board = _found(turn, course, gate)
    _show_learner(turn, board, _standing(turn, board, person))


def _standing(turn: Turn, board: Board, person: int) -> Standing:
    """Where a learner of the list stands; the list is shown where he is not on it."""
    one = next((one for one in board.found if one.person.id == person), None)
    return turn.need(one, lambda turn: _show(turn, board))


def _show_learner(turn: Turn, board: Board, one: Standing, said: Markup | str = "") -> None:
    _, language = turn.language.text, turn.language
    text = lines(
        said,
        _("<b>{name}</b>, {unit}", name=one.person.name, unit=one.unit),
        _("{gate} ({day})", gate=gate_name(language, board.gate), day=language.year_day(board.day)),
        _("The unit's remarks: {remarks}", remarks=words.remarks(language, one)),
        _("Attendance: {attendance}", attendance=words.absence(language, one)) if one.result else "",
        _("Status: {status}", status=words.status(language, one, in_brief=True)),
    )
    ids = {**board.ids, "person": one.person.id, "content": gates.fingerprint([one])}
    labels = {ELIGIBLE: _("Sign: eligible"), NOT_ELIGIBLE: _("Sign: not eligible")}
    ways = [
        [Button(labels[verdict], sign_one, **ids, verdict=number)]
        for number, verdict in enumerate(VERDICTS)
        if gates.may_be(one, verdict) and one.state != verdict
    ]
    back = [Button(_("Back"), choose_learner, **board.ids, page=0)]
    turn.log("results_seen", about=one.person)
    turn.show(Message(text, [*ways, back], private=True))


@conversation.button("gy", may=DIRECTOR)
def sign_one(turn: Turn, course: int, gate: int, person: int, verdict: int, content: int) -> None:
    board = _found(turn, course, gate)
    one = _standing(turn, board, person)
    if not 0 <= verdict < len(VERDICTS):
        _show(turn, board)
    elif not gates.may_be(one, VERDICTS[verdict]) or gates.fingerprint([one]) != content:
        said = turn.language.text("This has changed meanwhile. Please look it over again:")
        _show_learner(turn, board, one, said)
    elif one.state != VERDICTS[verdict]:
        _sign(turn, board, [one], VERDICTS[verdict])
    else:
        _show_learner(turn, board, one)


# --- as a file


@conversation.button("gz", may=STAFF)
def make_file(turn: Turn, course: int, gate: int) -> None:
    board = _found(turn, course, gate)
    for one in board.found:
        turn.log("results_seen", about=one.person)
    name = _label(turn.language, board.course, board.gate, board.day)
    text = turn.language.text("Eligibility: {gate}.", gate=name)
    file = Document(gate_list, file_called(text, "xlsx"), board.ids)
    turn.say(Message(text, document=file, private=True))
