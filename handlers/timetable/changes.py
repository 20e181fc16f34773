"""A changed session is told as a difference to all it affects (000-27): "phòng A2 → B1", old and new times."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypedDict, Unpack

from markupsafe import Markup
from sqlmodel import Session

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.jobs import Page
from handlers.engine.messages import Button, Message, lines, sentence
from handlers.notices.actions import acknowledge
from handlers.notices.texts import next_time
from handlers.timetable.actions import open_day
from handlers.timetable.reminders import plan_reminders
from handlers.timetable.words import half_day, hours, place
from locales import Language
from storage.base.engine import lock
from storage.courses import timetable
from storage.courses.courses import CourseClass, CourseSession
from storage.courses.notices import Delivery, Notice, reach
from storage.messaging import outbox
from storage.people.people import Person

URGENT: Final = timedelta(hours=48)
TOLD: Final = ("starts_at", "ends_at", "room", "state", "lecturer_id", "lecturer_name", "topic")
SHOWN: Final = tuple(name for name in TOLD if name != "lecturer_id")

conversation = Conversation("changes")
State = dict[str, Any]  # the TOLD of a session, instants in ISO form


class Changes(TypedDict, total=False):
    """What of a session may change. `periods`, `kind` and `note` are written without telling anybody."""

    starts_at: datetime
    ends_at: datetime
    room: str
    state: str  # planned or cancelled
    lecturer_id: int | None
    lecturer_name: str
    topic: str
    periods: int
    kind: str
    note: str


def change_session(
    session: Session, desk: Desk, session_id: int, *, author_id: int | None = None, **changes: Unpack[Changes]
) -> Notice | None:
    """Write what is new of a session, move its reminders, and tell everybody it affects the difference.

    Told are learners enrolled on its old or new day and its lecturers, at once when it begins within 48
    hours, else at the next sending time. Of two changes before the first was sent, one difference goes out.
    None when nobody is told: nothing they would notice has changed, or the session is over.
    KeyError for a session that is not there.
    """
    row = lock(session, CourseSession, session_id)
    if row is None:
        raise KeyError(session_id)
    before = _state(row)
    for name, value in changes.items():
        setattr(row, name, value)
    session.flush()
    after = _state(row)
    course = session.get_one(CourseClass, row.class_id)
    plan_reminders(session, desk.calendar(desk.centre(course.centre_id)), course.id, now=desk.now)
    over = max(_moment(before, "ends_at"), _moment(after, "ends_at")) <= desk.now
    if before == after or over:
        return None
    return _announce(desk, course, session_id, before, after, author_id)


def _state(row: CourseSession) -> dict[str, Any]:
    """What people are told of, as a notice keeps it."""
    found: dict[str, Any] = {name: getattr(row, name) for name in TOLD}
    return {**found, "starts_at": row.starts_at.isoformat(), "ends_at": row.ends_at.isoformat()}


def _moment(state: State, name: str) -> datetime:
    return datetime.fromisoformat(state[name])


def _announce(
    desk: Desk, course: CourseClass, session_id: int, before: State, after: State, author_id: int | None
) -> Notice:
    """The notice of this change, which takes the place of those not yet sent."""
    earliest = before
    for earlier in reversed(timetable.changes_of(desk.session, course.id, session_id)):
        if not timetable.is_going(desk.session, earlier):
            break
        timetable.take_back(desk.session, earlier)
        tell_page.cancel(desk.session, notice=earlier.id)
        earliest = earlier.fields["before"]
    notice = Notice(
        class_id=course.id,
        kind=timetable.CHANGE,
        state="sending",
        fields={"session": session_id, "before": before, "after": after},
        author_id=author_id,
        created_at=desk.now,
        sent_at=_due(desk, course, earliest, before, after),
    )
    desk.session.add(notice)
    desk.session.flush()
    tell_page.start(desk.session, notice.sent_at or desk.now, notice=notice.id)
    return notice


def _due(desk: Desk, course: CourseClass, *states: State) -> datetime:
    """When to tell: at the next sending time, but never later than 48 hours before any of the sessions."""
    coming = [start for state in states if (start := _moment(state, "starts_at")) > desk.now]
    return max(desk.now, min([next_time(desk, course), *(start - URGENT for start in coming)]))


@conversation.job("session_change")
def tell_page(desk: Desk, page: Page, notice: int) -> list[int]:
    """Tell the next ones, each the difference to what was last sent to him."""
    row = lock(desk.session, Notice, notice)
    if row is None or row.state != "sending":
        return []
    course = desk.session.get_one(CourseClass, row.class_id)
    people = _affected(desk, course, row, page)
    known = _known(desk, row, [person.id for person in people])
    for person in people:
        if _shown(known[person.id]) != _shown(row.fields["after"]):
            _tell(desk, person, course, row, known[person.id])
    if len(people) < page.size:
        row.state = "sent"
    return [person.id for person in people]


def _affected(desk: Desk, course: CourseClass, notice: Notice, page: Page) -> Sequence[Person]:
    """Learners of the old and the new day, the old and the new lecturer; also those of changes taken back."""
    chain = _chain(desk, notice)
    states = [row.fields[name] for row in chain for name in ("before", "after")]
    zone = desk.calendar(desk.centre(course.centre_id)).zone
    days = {timetable.day_of(_moment(state, "starts_at"), zone) for state in states}
    lecturers = {state["lecturer_id"] for state in states if state["lecturer_id"] is not None}
    return timetable.attendees(desk.session, course.id, days, lecturers, after=page.after, limit=page.size)


def _chain(desk: Desk, notice: Notice) -> list[Notice]:
    """The notice and the changes before it that it takes the place of, the newest first."""
    rows = timetable.changes_of(desk.session, notice.class_id, notice.fields["session"])
    chain = [notice]
    for row in reversed([row for row in rows if row.id < notice.id]):
        if not row.fields.get("superseded"):
            break
        chain.append(row)
    return chain


def _known(desk: Desk, notice: Notice, people: Sequence[int]) -> dict[int, State]:
    """The session as each person was last told it."""
    chain = _chain(desk, notice)
    told = timetable.told(desk.session, [row.id for row in chain], people)
    known = {}
    for person_id in people:
        known[person_id] = notice.fields["before"]
        for row in chain[1:]:
            if (row.id, person_id) in told:
                break
            known[person_id] = row.fields["before"]
    return known


def _shown(state: State) -> State:
    """What of a session its difference shows: nothing but its state while it is cancelled."""
    return {"state": state["state"]} if _is_off(state) else {name: state[name] for name in SHOWN}


def _is_off(state: State) -> bool:
    return bool(state["state"] == timetable.CANCELLED)


def _tell(desk: Desk, person: Person, course: CourseClass, notice: Notice, known: State) -> None:
    delivery = Delivery(notice_id=notice.id, person_id=person.id, changed_at=desk.now)
    desk.session.add(delivery)
    desk.session.flush()

    key = f"change:{notice.id}:{person.id}"
    delivery.queued = tell_change(desk, person, course, delivery, known, notice.fields["after"], key=key)
    if not delivery.queued:
        delivery.state = reach(desk.session, [person.id])[person.id]


def tell_change(
    desk: Desk, person: Person, course: CourseClass, delivery: Delivery, known: State, now: State, *, key: str
) -> bool:
    """Queue the difference to one person, once a key. False when it reaches nobody, or the key was told before."""

    def build(language: Language) -> Message:
        _ = language.text
        day = language.local(_moment(now, "starts_at")).date().toordinal()
        received = Button(_("Received"), acknowledge, delivery=delivery.id)
        ways = [[received], [Button(_("See the timetable"), open_day, day=day)]]
        text = difference(language, course.name, known, now)
        brief = {"kind": "change", "name": person.name, "class": course.name, "change": text.striptags()}
        return Message(text, ways, brief=brief)

    told = desk.tell(person, build, lane=outbox.BROADCAST, key=key, delivery_id=delivery.id)
    return told is not None


# -- the words


def difference(language: Language, name: str, before: State, after: State) -> Markup:
    """What a class is told of one of its sessions: only what differs, the old beside the new (000-27)."""
    _ = language.text
    told = _differences(language, before, after)
    when = sentence(half_day(language, _moment(before, "starts_at")))
    return lines(
        _("<b>TIMETABLE CHANGE</b>, class {name}.", name=name),
        _("{when}: {what}", when=when, what=told[0]),
        *(sentence(what) for what in told[1:]),
        _("Topic: {topic}.", topic=after["topic"].rstrip(" .")) if before["topic"] == after["topic"] else "",
        _("Please confirm that you have received this."),
    )


def _differences(language: Language, before: State, after: State) -> list[Markup]:
    """A sentence for everything that differs, in the order of its weight."""
    _ = language.text
    if _is_off(after):
        return [_("<b>CANCELLED</b>, there is no class in this session.")]
    told = []
    if _is_off(before):
        told.append(_("class is held after all, at {time}, {place}.", **_where(language, before, after)))
    told += [*_times(language, before, after)]
    same_hours = not told
    if before["room"] != after["room"] and not _is_off(before):
        told.append(_rooms(language, before["room"], after["room"]))
    if before["lecturer_name"] != after["lecturer_name"]:
        told.append(_lecturer(language, before, after))
    if before["topic"] != after["topic"]:
        topics = {"old": before["topic"].rstrip(" ."), "new": after["topic"].rstrip(" .")}
        told.append(_("topic changed from “{old}” to “{new}”.", **topics))
    return [*told, _("the hours stay the same.")] if same_hours else told


def _rooms(language: Language, old: str, new: str) -> Markup:
    _ = language.text
    if not new:
        return _("it is not in {old}; the new room is announced later.", old=place(language, old))
    if not old:
        return _("the session is in {place}.", place=place(language, new))
    return _("moved from {old} to {new}.", old=place(language, old), new=place(language, new))


def _where(language: Language, before: State, after: State) -> dict[str, object]:
    """When and where it is now; the day only where it is not the one that was told."""
    was, moment = _moment(before, "starts_at"), _moment(after, "starts_at")
    same_day = language.local(was).date() == language.local(moment).date()
    time = language.time(moment) if same_day else language.moment(moment)
    return {"time": time, "place": place(language, after["room"])}


def _times(language: Language, before: State, after: State) -> list[Markup]:
    _ = language.text
    old, new = ((_moment(state, "starts_at"), _moment(state, "ends_at")) for state in (before, after))
    if old == new:
        return []
    day = language.local(new[0]).date()
    if language.local(old[0]).date() == day:
        return [_("hours changed from {old} to {new}.", old=hours(language, *old), new=hours(language, *new))]
    return [_("moved to {hours}, {day}.", hours=hours(language, *new), day=language.day(day))]


def _lecturer(language: Language, before: State, after: State) -> Markup:
    _, old, new = language.text, before["lecturer_name"], after["lecturer_name"]
    if old and new:
        return _("the lecturer changed from {old} to {new}.", old=old, new=new)
    return _("the lecturer is {new}.", new=new) if new else _("the lecturer will be announced later.")
