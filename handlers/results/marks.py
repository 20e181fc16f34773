"""Publishing marks (001-07): imported ones are drafts until staff publish them; then learners and units are told."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.jobs import Page
from handlers.engine.messages import Button, Message, lines
from handlers.engine.picking import SHORT, pick
from handlers.engine.turn import Answered, Turn
from handlers.menu import sections
from handlers.menu.actions import back
from handlers.results import actions
from handlers.results.actions import open_learners, open_own_class
from locales import Language, later
from storage.courses.courses import CourseClass
from storage.messaging.outbox import BROADCAST
from storage.people.people import STAFF, may_process
from storage.results import marks
from storage.results.marks import Drafts, Waiting

conversation = Conversation("marks")

SHOWN: Final = 20  # components on a card


# -- choosing


@conversation.button("pm", menu=later("Publish marks"), section=sections.CLASSES, rank=30, may=STAFF)
@conversation.command(
    "diem", words=later("publish marks, publish results"), about=later("Publish marks"), may=STAFF
)
def open_waiting(turn: Turn) -> None:
    """`/diem`: the classes whose marks wait; a single one opens at once."""
    found = marks.waiting(turn.session, turn.viewer)
    if len(found) == 1:
        open_class(turn, course=found[0].course.id)
    else:
        turn_page(turn, page=0)


@conversation.button("pl", may=STAFF)
def turn_page(turn: Turn, page: int) -> None:
    _ = turn.language.text
    found = marks.waiting(turn.session, turn.viewer)
    choices = [Button(_label(turn.language, one), open_class, course=one.course.id) for one in found]
    if found:
        text = _("Marks of these classes wait to be published. Which class?")
    else:
        text = _("No marks wait to be published. To import marks, please send the workbook to this chat.")
    pick(turn, text, choices, page, turn_page, back(turn.language), size=SHORT)


def _label(language: Language, one: Waiting) -> Markup:
    _ = language.text
    counted = _counted(language, one.marks, one.learners)
    return _("{code} {name}: {counted}", code=one.course.code, name=one.course.name, counted=counted)


def _counted(language: Language, n: int, learners: int) -> Markup:
    n_ = language.count
    return n_(
        "{n} mark of {learners}",
        "{n} marks of {learners}",
        n,
        learners=n_("{n} learner", "{n} learners", learners),
    )


# -- the summary


@conversation.does(actions.open_class)
def open_class(turn: Turn, course: int) -> None:
    turn.show(_card(turn, _drafts(turn, course)))


def _drafts(turn: Turn, course: int, *, to_publish: bool = False) -> Drafts:
    """The drafts of a class, locked `to_publish`; that there are none is said (Answered)."""
    _ = turn.language.text
    drafts = marks.drafts_of(turn.session, turn.viewer, course, to_publish=to_publish)
    if drafts is not None and drafts.marks:
        return drafts
    if drafts is None:
        text = _("That class is not there, or it is not one of your centre's. Please choose again.")
    else:
        text = _("No marks of class {name} wait to be published.", name=drafts.course.name)
    turn.show(text, [Button(_("Publish marks"), open_waiting)], back(turn.language))
    raise Answered


def _card(turn: Turn, drafts: Drafts, said: Markup | str = "") -> Message:
    _, n_ = turn.language.text, turn.language.count
    n = len(drafts.marks)
    label = n_("Publish {n} mark", "Publish {n} marks", n)
    yes = Button(label, publish, course=drafts.course.id, count=n, seal=drafts.seal)
    several = len(marks.waiting(turn.session, turn.viewer)) > 1
    last = [Button(_("Back"), turn_page, page=0)] if several else back(turn.language)
    return Message(lines(said, _summary(turn.language, drafts)), [[yes], last])


def _summary(language: Language, drafts: Drafts) -> Markup:
    _, n_ = language.text, language.count
    names = list(drafts.components)
    rest = len(names) - SHOWN
    return lines(
        _("<b>Publish marks</b>"),
        _("Class {name} ({code})", name=drafts.course.name, code=drafts.course.code),
        *(_component(language, drafts, name) for name in names[:SHOWN]),
        n_("and {n} more column of marks", "and {n} more columns of marks", rest) if rest > 0 else "",
        _("In all: {counted}.", counted=_counted(language, len(drafts.marks), drafts.learners)),
        _("Once published, the learners and their units receive the results."),
    )


def _component(language: Language, drafts: Drafts, name: str) -> Markup:
    n_ = language.count
    marked = n_("{what}: {n} mark", "{what}: {n} marks", drafts.components[name], what=name)
    without = drafts.missing[name]
    if not without:
        return marked
    told = n_("{n} learner has no mark yet", "{n} learners have no mark yet", without)
    return Markup(", ").join((marked, told))


# -- publishing


@conversation.button("pd", may=STAFF)
def publish(turn: Turn, course: int, count: int, seal: int) -> None:
    """Publish what the card showed; what has changed since is shown again, what is published stays as it is."""
    _ = turn.language.text
    drafts = _drafts(turn, course, to_publish=True)
    if (len(drafts.marks), drafts.seal) != (count, seal):
        changed = _("<b>Not published yet:</b> the marks have changed meanwhile. Please look at them again.")
        turn.show(_card(turn, drafts, changed))
    else:
        _publish(turn, drafts)


def _publish(turn: Turn, drafts: Drafts) -> None:
    course = drafts.course
    run = marks.publish(turn.session, drafts, turn.now)
    due = turn.calendar(turn.home).next_sending_time(turn.now)
    tell_page.start(turn.session, due, course=course.id, run=run, at=turn.now.isoformat(), heads=0)
    turn.log("marks_published", subject=course)
    turn.show(_done(turn, drafts, due))


def _done(turn: Turn, drafts: Drafts, due: datetime) -> Message:
    _ = turn.language.text
    counted = _counted(turn.language, len(drafts.marks), drafts.learners)
    if due > turn.now:
        told = _("The learners and their units are told at {moment}.", moment=turn.language.moment(due))
    else:
        told = _("The learners and their units are being told.")
    text = lines(
        _("<b>Published:</b> {counted}, class {name}.", counted=counted, name=drafts.course.name), told
    )
    left = marks.waiting(turn.session, turn.viewer)
    others = [[Button(_("Other class"), open_waiting)]] if left else []
    results = [Button(_("Learners' results"), open_learners, course=drafts.course.id, page=0)]
    return Message(text, [*others, results, back(turn.language)])


# -- telling


@conversation.job("marks_published")
def tell_page(desk: Desk, page: Page, course: int, run: int, at: str, heads: int) -> list[int]:
    """Tell the next learners whose marks were published `at` that moment, after all of them the unit heads."""
    row = desk.session.get_one(CourseClass, course)  # one with marks is never deleted
    told = (_tell_heads if heads else _tell_learners)(desk, row, run, datetime.fromisoformat(at), page)
    if len(told) < page.size and not heads:
        tell_page.start(desk.session, desk.now, course=course, run=run, at=at, heads=1)
    return told


def _tell_learners(desk: Desk, course: CourseClass, run: int, at: datetime, page: Page) -> list[int]:
    people = marks.learners_to_tell(desk.session, course, at, after=page.after, limit=page.size)
    due = _next_hour(desk, course)
    for person in people:
        words: Callable[..., Message | Markup]
        words = _own_words if may_process(desk.session, person, "sensitive") else _words_in_writing
        key = f"marks:{course.id}:{run}:{person.id}"
        desk.tell(person, partial(words, course=course), lane=BROADCAST, due=due, key=key)
    return [person.id for person in people]


def _own_words(language: Language, course: CourseClass) -> Message:
    _ = language.text
    text = _("The centre has published the marks of class {name}.", name=course.name)
    return Message(text, [[Button(_("See my result"), open_own_class, course=course.id)]], private=True)


def _words_in_writing(language: Language, course: CourseClass) -> Markup:
    """For who has not agreed that his marks are handled here: what everybody in the class may know."""
    _ = language.text
    text = _("The centre has published the marks of class {name}.", name=course.name)
    return lines(text, _("You receive your own result in writing."))


def _tell_heads(desk: Desk, course: CourseClass, run: int, at: datetime, page: Page) -> list[int]:
    today = desk.today(desk.centre(course.centre_id))
    found = marks.heads_to_tell(desk.session, course, at, today, after=page.after, limit=page.size)
    due = _next_hour(desk, course)
    for head, learners in found:
        words = partial(_words_to_head, course=course, learners=learners)
        desk.tell(head, words, lane=BROADCAST, due=due, key=f"marks:{course.id}:{run}:head:{head.id}")
    return [head.id for head, _learners in found]


def _words_to_head(language: Language, course: CourseClass, learners: int) -> Message:
    text = language.count(
        "The centre has published the marks of {n} learner of your unit, class {name}.",
        "The centre has published the marks of {n} learners of your unit, class {name}.",
        learners,
        name=course.name,
    )
    results = Button(language.text("Learners' results"), open_learners, course=course.id, page=0)
    return Message(text, [[results]])


def _next_hour(desk: Desk, course: CourseClass) -> datetime:
    """Now, or where the timer is late (the power was away) the next hour at which the centre may be heard."""
    return desk.calendar(desk.centre(course.centre_id)).next_sending_time(desk.now)
