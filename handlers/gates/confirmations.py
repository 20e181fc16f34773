"""Discipline confirmations (phiếu nhận xét, 002-13): the unit's card before a gate, its list, looking over, signing."""

from typing import Final

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Message, lines
from handlers.engine.picking import pick
from handlers.engine.turn import Answered, Turn
from handlers.gates import actions
from handlers.gates import confirmation_words as words
from handlers.menu import sections
from handlers.menu.actions import open_menu
from locales import Language, later
from storage.gates import confirmations
from storage.gates.confirmations import GATES, Sheet
from storage.people.people import UNIT, Person
from storage.reports.signing import capacity
from storage.requests import requests

conversation = Conversation("confirmations")

MOST: Final = 30  # sheets in the list of all


# --- which sheet


@conversation.button("ga", may=UNIT, menu=later("Remarks on learners"), section=sections.UNIT, rank=16)
@conversation.command(
    "nhanxet", words=later("remarks, confirmation"), about=later("The unit's remarks before exams"), may=UNIT
)
def open_sheets(turn: Turn) -> None:
    """The only one at once, several to choose from."""
    _ = turn.language.text
    found = confirmations.sheets_headed(turn.session, turn.viewer)[:MOST]
    if len(found) == 1:
        course, unit, gate = found[0]
        open_card(turn, course=course.id, unit=unit.id, gate=GATES.index(gate))
        return
    choices = []
    for course, unit, gate in found:
        label = _("{gate}, {course}", gate=words.gate_name(turn.language, gate), course=course.name)
        ids = {"course": course.id, "unit": unit.id, "gate": GATES.index(gate)}
        choices.append([Button(label, open_card, **ids)])
    text = _("Remarks before which gate?") if found else _("No remarks are asked of your unit now.")
    turn.show(text, *choices, [Button(_("Back"), open_menu)])


def found(turn: Turn, course: int, unit: int, gate: int, *, changing: bool = False) -> Sheet:
    """The sheet a button means, if the speaker heads its unit; else it is said why not (Answered)."""
    _ = turn.language.text
    sheet = None
    if 0 <= gate < len(GATES):
        calendar = turn.calendar(turn.home)
        sheet = confirmations.sheet_headed(
            turn.session, calendar, turn.viewer, course, unit, GATES[gate], turn.now
        )
    if sheet is None or not sheet.learners:
        text = _("No such remarks are asked of your unit.")
        turn.show(text, [Button(_("Remarks on learners"), open_sheets)], [Button(_("Menu"), open_menu)])
        raise Answered
    if changing and sheet.is_locked:
        show_card(turn, sheet, _("The day of the gate has come: nothing can be changed here any more."))
        raise Answered
    return sheet


def ids_of(sheet: Sheet) -> dict[str, int]:
    return {"course": sheet.course.id, "unit": sheet.unit.id, "gate": GATES.index(sheet.gate)}


# --- the card


@conversation.does(actions.open_card)
def open_card(turn: Turn, course: int, unit: int, gate: int) -> None:
    show_card(turn, found(turn, course, unit, gate))


def show_card(turn: Turn, sheet: Sheet, said: Markup | str = "") -> None:
    turn.show(card(turn, turn.language, sheet, turn.speaker, said, greets=not said))


def card(
    desk: Desk,
    language: Language,
    sheet: Sheet,
    reader: Person,
    said: Markup | str = "",
    *,
    greets: bool = True,
) -> Message:
    """What is asked, or what was signed. A card that answers a press with something `said` does not greet again."""
    _ = language.text
    text = lines(
        _("Dear comrade {name},", name=reader.name) if sheet.unsigned and greets else "",
        said,
        words.heading(language, sheet),
        _signed(desk, language, sheet),
        _open(language, sheet),
    )
    return Message(text, [*_ways(language, sheet), [Button(_("Back"), open_menu)]], private=True)


def _signed(desk: Desk, language: Language, sheet: Sheet) -> Markup:
    _ = language.text
    done = [one for one in sheet.learners if sheet.rows[one.id].revision]
    if not done:
        return Markup()
    last = max(done, key=lambda one: sheet.rows[one.id].signed_at or sheet.rows[one.id].asked_at)
    signer = desk.session.get(Person, sheet.rows[last.id].signed_by)
    told = _(
        "The centre has the remarks on {done}/{total} learners.", done=len(done), total=len(sheet.learners)
    )
    return lines(told, words.signature(language, sheet, done, signer.name if signer else ""))


def _open(language: Language, sheet: Sheet) -> Markup:
    """What is still to be done, and until when."""
    _ = language.text
    if sheet.is_locked:
        return Markup()
    if not sheet.unsigned:
        until = _("You can correct it until the day before.")
        return lines(_("There are corrections that have NOT been signed.") if sheet.ready else "", until)
    return lines(
        _(
            "Still without your unit's signed remarks: {n} learners. Please send them by {day}.",
            n=len(sheet.unsigned),
            day=language.day(sheet.due_on),
        ),
        _("Without them a learner cannot be considered; that is no finding against him."),
    )


def _ways(language: Language, sheet: Sheet) -> list[list[Button]]:
    _, ids = language.text, ids_of(sheet)
    if sheet.is_locked:
        return []
    rows = []
    total, left = len(sheet.learners), len(sheet.pending)
    if sheet.ready and not left:
        rows.append([Button(_("Look over and sign"), look_over, **ids)])
    elif left < total:
        rows.append(
            [Button(_("Continue {done}/{total}", done=total - left, total=total), actions.carry_on, **ids)]
        )
    rows.append([Button(_("See the list"), open_list, **ids, page=0)])
    if left == total:
        rows.append([Button(_("One after the other"), actions.carry_on, **ids)])
    return rows


# --- the list


@conversation.does(actions.open_list)
def open_list(turn: Turn, course: int, unit: int, gate: int, page: int) -> None:
    show_list(turn, found(turn, course, unit, gate, changing=True), page)


def show_list(turn: Turn, sheet: Sheet, page: int = 0, said: Markup | str = "") -> None:
    """The learners, one name a row; only under it can all be said to be eligible."""
    _, ids = turn.language.text, ids_of(sheet)
    text = lines(
        said,
        words.heading(turn.language, sheet),
        _("Choose a learner who needs remarks of his own; then all the others together."),
    )
    choices = [
        Button(
            words.label(turn.language, sheet, one),
            actions.open_learner,
            confirmation=sheet.rows[one.id].id,
        )
        for one in sheet.learners
    ]
    finish = Button(_("All others eligible"), actions.all_eligible, **ids)
    if not sheet.pending:
        finish = Button(_("Look over and sign"), look_over, **ids)
    back = Button(_("Back"), open_card, **ids)
    pick(turn, text, choices, page, open_list, [finish], [back], private=True, **ids)


# --- looking over and signing


@conversation.button("go", may=UNIT)
def look_over(turn: Turn, course: int, unit: int, gate: int) -> None:
    show_check(turn, found(turn, course, unit, gate, changing=True))


def show_check(turn: Turn, sheet: Sheet, said: Markup | str = "") -> None:
    """Everything that would be signed, before it is."""
    _, ids = turn.language.text, ids_of(sheet)
    if not sheet.ready:
        show_card(turn, sheet, said)
        return
    left = len(sheet.pending)
    text = lines(
        said,
        words.heading(turn.language, sheet),
        _("<b>NOT signed yet.</b>"),
        words.overview(turn.language, sheet, sheet.ready, turn.room),
        _("Still without remarks: {n} learners.", n=left) if left else "",
        _("You sign as: {capacity}.", capacity=_(words.CAPACITIES[_capacity(turn, sheet)])),
    )
    sign_now = Button(_("Sign and send"), sign, **ids, content=sheet.fingerprint)
    ways = [[sign_now], [Button(_("See the list"), open_list, **ids, page=0)]]
    turn.show(Message(text, [*ways, [Button(_("Back"), open_card, **ids)]], private=True))


def _capacity(turn: Turn, sheet: Sheet) -> str:
    return capacity(turn.session, turn.speaker.id, sheet.course.centre_id, sheet.unit.id, turn.day)


@conversation.button("gs", may=UNIT)
def sign(turn: Turn, course: int, unit: int, gate: int, content: int) -> None:
    """Sign what was shown, once; what has changed since is shown again."""
    sheet = found(turn, course, unit, gate, changing=True)
    _ = turn.language.text
    if not sheet.ready:
        show_card(turn, sheet)
        return
    if sheet.fingerprint != content:
        show_check(turn, sheet, _("This has changed meanwhile. Please look it over again:"))
        return
    signed = words.overview(turn.language, sheet, sheet.ready, turn.room // 2)
    _sign(turn, sheet)
    show_card(turn, sheet, lines(_("The centre has received the remarks. Thank you."), signed))


def _sign(turn: Turn, sheet: Sheet) -> None:
    role = _capacity(turn, sheet)
    for person in sheet.ready:
        confirmations.sign(turn.session, sheet.rows[person.id], turn.speaker.id, role, turn.now)
        turn.log("confirmation_signed", subject=sheet.rows[person.id], about=person)
    if not sheet.unsigned:
        requests.settle_about(turn.session, confirmations.KIND, sheet.course.id, sheet.part, turn.now)
