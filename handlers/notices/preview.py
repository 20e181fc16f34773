"""A draft as its recipients will read it: the facts it is made of, whom it reaches, what is still missing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from markupsafe import Markup

from handlers.engine.messages import lines
from handlers.engine.turn import Turn
from handlers.notices.receipt import answers
from handlers.notices.texts import Letter, day_of, next_time, number_of, numbered, shortened
from locales import Language
from storage.base.engine import lock
from storage.courses import notices
from storage.courses.courses import CourseClass
from storage.courses.notices import Audience, Notice
from storage.people.people import Organisation, Person

TYPED = (
    "place",
    "bring",
    "extra",
    "contact",
    "number",
)  # what the registrar may type; buttons carry the position
LONGEST_FIELD: Final = 500
LONGEST_NAME: Final = 200  # of a class, in a notice


@dataclass(frozen=True)
class Draft:
    """A locked draft with what stands in it now."""

    notice: Notice
    course: CourseClass
    audience: Audience

    @property
    def edition(self) -> int:
        """Counts the changes of its contents, so that nobody sends what he has not read."""
        return int(self.notice.fields["edition"])

    @property
    def people(self) -> int:
        return len(self.audience.people)


def draft_now(turn: Turn, notice_id: int, course: CourseClass) -> Draft:
    """The draft with the class's own data as they are now; a change of them is a new edition."""
    notice = lock(turn.session, Notice, notice_id)
    assert notice is not None
    audience = notices.audience(turn.session, course, turn.day)
    before = notice.fields
    facts = _facts(turn, notice, course, audience)
    if facts != {name: value for name, value in before.items() if name != "edition"}:
        notice.fields = {**facts, "edition": before.get("edition", 0) + 1}
    return Draft(notice, course, audience)


def _facts(turn: Turn, notice: Notice, course: CourseClass, audience: Audience) -> dict[str, Any]:
    """What the text needs, as JSON keeps it."""
    own = notice.fields.get("own", {})
    meeting = notices.ceremony(turn.session, course.id, notice.kind)
    day = course.from_date if notice.kind == "opening" else course.to_date
    return {
        "course": shortened(course.name, LONGEST_NAME),
        "cohort": shortened(course.cohort, LONGEST_NAME),
        "starts_at": meeting.starts_at.isoformat() if meeting else "",
        "day": (turn.language.local(meeting.starts_at).date() if meeting else day).isoformat(),
        "from": course.from_date.isoformat(),
        "to": course.to_date.isoformat(),
        "place": own.get("place", (course.place or (meeting.room if meeting else ""))[:LONGEST_FIELD]),
        "bring": own.get("bring", course.bring[:LONGEST_FIELD] if notice.kind == "opening" else ""),
        "extra": own.get("extra", ""),
        "contact": own.get("contact", turn.home.phone),
        "lists_due": course.lists_due.isoformat() if course.lists_due else "",
        "learners": len(audience.learners),
        "heads": {str(person_id): n for person_id, n in audience.heads.items()},
        "only_heads": audience.only_heads,
        "own": own,
    }


def preview(turn: Turn, draft: Draft, *, changed: bool) -> Markup:
    """The card before sending: what a real person will read, who gets it, what to add."""
    _ = turn.language.text
    reached = notices.reach(turn.session, draft.audience.people)
    told = _("The contents or the recipients have changed: please look again.") if changed else ""
    return lines(
        told,
        *_sample(turn, draft, reached),
        "—",
        *_figures(turn, draft, reached),
        *_missing(turn.language, draft, turn.day),
    )


def _sample(turn: Turn, draft: Draft, reached: dict[int, str]) -> Sequence[Markup]:
    """The words of one real recipient, in his language, with his buttons."""
    person, unit = _reader(turn, draft.audience, reached)
    day = day_of(draft.notice) or turn.day
    letter = Letter(draft.notice.kind, draft.notice.fields, number_of(draft.notice), day)
    language = turn.language_of(person)
    rows = answers(language, 0, kind=letter.kind, attends=letter.attends(person.id))
    labels = " ".join(f"[{button.label}]" for row in rows for button in row)
    named = f"{person.name} ({unit})" if unit else person.name
    return [
        turn.language.text("<b>Comrade {name} will read:</b>", name=named),
        letter.text(language, person.name, person.id),
        Markup.escape(labels),
    ]


def _reader(turn: Turn, audience: Audience, reached: dict[int, str]) -> tuple[Person, str]:
    """A learner who is reached, else the first one; a class without learners has no preview."""
    person, unit_id = min(audience.learners, key=lambda row: reached[row[0].id] != "active")
    unit = turn.session.get(Organisation, unit_id)
    return person, unit.name if unit else ""


def _figures(turn: Turn, draft: Draft, reached: dict[int, str]) -> Sequence[Markup | str]:
    _, language = turn.language.text, turn.language
    learners, heads = len(draft.audience.learners), len(draft.audience.only_heads)
    states = Counter(reached.values())
    number = number_of(draft.notice)
    told = {"number": numbered(language, number), "day": language.year_day(day_of(draft.notice) or turn.day)}
    return [
        _(
            "<b>Recipients: {n}</b> ({learners} learners, {heads} heads of units).",
            n=draft.people,
            learners=learners,
            heads=heads,
        ),
        _("Reachable now: {n}.", n=states["active"]) if states["active"] else Markup(),
        _("Not bound: {n}.", n=states["not_bound"]) if states["not_bound"] else Markup(),
        _("Unreachable: {n}.", n=states["unreachable"]) if states["unreachable"] else Markup(),
        _("Heads of units also read how many learners they send.") if draft.audience.heads else Markup(),
        _("Number and day: {number}, {day}.", **told),
        "" if number else _("The number is the office's to give: press Edit to type it."),
    ]


def _missing(language: Language, draft: Draft, today: date) -> Sequence[Markup]:
    """What the class does not say yet, and what to do about it."""
    _, fields = language.text, draft.notice.fields
    opening = draft.notice.kind == "opening"
    found = []
    if not fields["place"]:
        found.append(_("No place is recorded: press Edit to type it."))
    if not fields["starts_at"] and opening:
        found.append(_("The timetable has no first session, so only the day is told: import the timetable."))
    if not fields["starts_at"] and not opening:
        found.append(
            _("The timetable has no closing session, so only the day is told: add it if it is known.")
        )
    if not fields["contact"]:
        found.append(_("No contact is recorded: press Edit to type it."))
    if not fields["bring"] and opening:
        found.append(_("What to bring is not recorded: press Edit to type it."))
    if date.fromisoformat(fields["day"]) < today:
        found.append(_("Attention: that day is past."))
    return found


def field_name(language: Language, field: str) -> Markup:
    _ = language.text
    names = {
        "place": _("Place"),
        "bring": _("What to bring"),
        "extra": _("Further sentence"),
        "contact": _("Contact"),
        "number": _("Number, day"),
    }
    return names[field]


def quiet_until(turn: Turn, course: CourseClass) -> datetime | None:
    """When the centre may be heard again, None while it may: the class's teaching days are sending days."""
    due = next_time(turn, course)
    return due if due > turn.now else None


def later_label(turn: Turn, due: datetime) -> str:
    """Such as "Gửi lúc 7 giờ 30", with the day when it is not today."""
    _, time = turn.language.text, turn.language.time(due)
    day = turn.language.local(due).date()
    if day == turn.day:
        return _("Send at {time}", time=time)
    return shortened(_("Send {time}, {day}", time=time, day=turn.language.short_day(day)))
