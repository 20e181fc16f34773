"""Results (000-21): marks, attendance and conduct together, with the band the class's rules make of them."""

from typing import Final

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.messages import Button, Message, join, lines
from handlers.engine.picking import LONG, SHORT, pick
from handlers.engine.turn import Turn
from handlers.gates.actions import open_gates
from handlers.gates.words import own_status
from handlers.menu import sections
from handlers.menu.actions import back
from handlers.reports.words import full_name
from handlers.results import actions
from handlers.results.actions import CARERS
from handlers.results.words import result_text
from locales import later
from storage.base.text import fold, matches, nfc
from storage.people.people import Role, may_process
from storage.results import results
from storage.results.results import Result

conversation = Conversation("results")

WHO: Final = CARERS | {Role.LEARNER}
FOUND: Final = 30  # learners of a name that are offered


# -- ways in


@conversation.command(
    "ketqua",
    words=later("results, result, marks, study results, attendance record, kq"),
    about=later("Results: marks, attendance, conduct"),
    may=WHO,
)
def look_up(turn: Turn) -> None:
    """`/ketqua`; a name or class typed after it is looked for among those the person looks after."""
    if Role.LEARNER not in turn.roles:
        _search(turn) if fold(turn.rest) else open_learners_results(turn)
    elif fold(turn.rest) and CARERS & turn.roles:
        _search(turn)
    else:
        open_own(turn)


@conversation.button(
    "kq", menu=later("My results"), section=sections.CLASSES, rank=12, on_keyboard=True, may={Role.LEARNER}
)
def open_own(turn: Turn) -> None:
    """The only class at once, several to choose from."""
    mine = results.own_classes(turn.session, turn.viewer)
    if len(mine) == 1:
        open_own_class(turn, course=mine[0].id)
        return
    _ = turn.language.text
    rows = [[Button(f"{row.code} {row.name}", open_own_class, course=row.id)] for row in mine]
    text = _("Which class?") if rows else _("You are in no class yet, so there are no results.")
    turn.show(text, *rows, *_ways(turn))


@conversation.button("kh", menu=later("Learners' results"), rank=13, on_keyboard=True, may=CARERS)
@conversation.command("", words=later("list of learners, class list"), may=CARERS)
def open_learners_results(turn: Turn) -> None:
    open_classes(turn, page=0)


# -- choosing


@conversation.button("kc", may=CARERS)
def open_classes(turn: Turn, page: int) -> None:
    """Classes with learners the person looks after; a single one opens at once."""
    _ = turn.language.text
    found = results.classes_with_learners(turn.session, turn.viewer)
    if len(found) == 1:
        open_learners(turn, course=found[0].id, page=0)
        return
    if found:
        advice = _("To find a learner, type for example: kết quả Hạnh.")
        text = lines(_("Which class?"), advice if len(found) > LONG else "")
    else:
        text = _("No learner you look after is in a class yet, so there are no results.")
    choices = [Button(f"{row.code} {row.name}", open_learners, course=row.id, page=0) for row in found]
    pick(turn, text, choices, page, open_classes, *_office(turn), back(turn.language), size=SHORT)


@conversation.does(actions.open_learners)
def open_learners(turn: Turn, course: int, page: int) -> None:
    """The learners of one class the person looks after, one a line, at most three pages."""
    found = results.classes_with_learners(turn.session, turn.viewer)
    row = turn.need(next((row for row in found if row.id == course), None), _not_there)
    people = results.learners_of(turn.session, turn.viewer, row)
    choices = [Button(full_name(people, one), open_result, course=row.id, person=one.id) for one in people]
    text = turn.language.count(
        "Class {name}: {n} learner. Whose results?",
        "Class {name}: {n} learners. Whose results?",
        len(people),
        name=row.name,
    )
    below = [*_office(turn), back(turn.language)]
    pick(turn, text, choices, page, open_learners, *below, size=SHORT, course=row.id)


def _office(turn: Turn) -> list[list[Button]]:
    """Results lead on to who may sit the exam."""
    return [[Button(turn.language.text("Eligibility"), open_gates)]] if turn.is_staff else []


def _search(turn: Turn) -> None:
    """Learners by name, in all classes the person looks after; or a class by its code."""
    _ = turn.language.text
    classes = results.classes_with_learners(turn.session, turn.viewer)
    by_code = next((row for row in classes if fold(row.code) == fold(turn.rest)), None)
    if by_code is not None:
        open_learners(turn, course=by_code.id, page=0)
        return
    found = [(row, one) for row in classes for one in results.learners_of(turn.session, turn.viewer, row)]
    found = [(row, one) for row, one in found if matches(turn.rest, one.name)][:FOUND]
    if len(found) == 1:
        open_result(turn, course=found[0][0].id, person=found[0][1].id)
        return
    people = list({person.id: person for _row, person in found}.values())
    rows = [
        [Button(f"{full_name(people, one)}, {row.code}", open_result, course=row.id, person=one.id)]
        for row, one in found
    ]
    nobody = _("No learner you look after is called “{name}”.", name=nfc(turn.rest)[:60])
    rows = rows or [[Button(_("Choose a class"), open_classes, page=0)]]
    turn.show(_("Whose results?") if found else nobody, *rows, back(turn.language))


# -- looking


@conversation.does(actions.open_own_class)
def open_own_class(turn: Turn, course: int) -> None:
    _ = turn.language.text
    me = turn.speaker
    found = results.result_seen(turn.session, turn.viewer, course, me.id, turn.language.zone, turn.now)
    if found is None or course not in {row.id for row in results.own_classes(turn.session, turn.viewer)}:
        _not_there(turn)
    elif not may_process(turn.session, me, "sensitive"):
        text = _(
            "Without your consent marks, diligence and conduct are not handled here: the centre gives them to you in writing."
        )
        turn.show(text, *_ways(turn))
    else:
        several = len(results.own_classes(turn.session, turn.viewer)) > 1
        other = [[Button(_("Other class"), open_own)]] if several else []
        turn.show(Message(_text(turn, found), [*other, *_ways(turn)], private=True))


@conversation.button("kv", may=CARERS)
def open_result(turn: Turn, course: int, person: int) -> None:
    """Somebody else's result, for staff and the head of his unit; the look is noted."""
    _ = turn.language.text
    seen = results.result_seen(turn.session, turn.viewer, course, person, turn.language.zone, turn.now)
    found = turn.need(seen, _not_there)
    ways = [[Button(_("Other learner"), open_learners, course=course, page=0)], back(turn.language)]
    if not may_process(turn.session, found.person, "sensitive"):
        name = found.person.name
        text = _("Without the consent of comrade {name} the results are handled in writing.", name=name)
        turn.show(text, *ways)
        return
    if person != turn.speaker.id:
        turn.log("results_seen", subject=found.course, about=person)
    turn.show(Message(_text(turn, found), ways, private=True))


def _text(turn: Turn, found: Result) -> Markup:
    """The result, and where the learner stands before the class's gates."""
    conditions = own_status(turn, turn.language, found.course, found.person.id)
    return join([result_text(turn.language, found, turn.day), conditions])


# -- pieces of cards


def _ways(turn: Turn) -> list[list[Button]]:
    _ = turn.language.text
    others = [[Button(_("Learners' results"), open_learners_results)]] if CARERS & turn.roles else []
    return [*others, back(turn.language)]


def _not_there(turn: Turn) -> None:
    _ = turn.language.text
    text = _("Those results are not there, or they are not for you to see.")
    turn.show(text, *_ways(turn))
