"""Opening and closing notices as their recipients read them (000-02), in the form of Party papers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from markupsafe import Markup

from handlers.engine.desk import Desk
from handlers.engine.messages import lines, plain
from locales import Language, later
from storage.courses.courses import CourseClass
from storage.courses.notices import Notice, teaching_days

KINDS: Final = (
    "opening",
    "closing",
)  # those with a template here; buttons carry the position, so only append
NAMES: Final = {
    "opening": later("opening"),
    "closing": later("closing"),
    "change": later("change of timetable"),
}
# Buttons carry the position, so only append.
STATES: Final = {
    "acknowledged": later("Received"),
    "sent": later("Sent, not confirmed"),
    "declined": later("Cannot attend"),
    "not_bound": later("Not bound"),
    "unreachable": later("Unreachable"),
    "failed": later("Failed"),
    "waiting": later("Waiting to be sent"),
}
NOT_REACHED: Final = ("not_bound", "unreachable", "failed")
LONGEST_LABEL: Final = 60
BLANK: Final = "…"  # where a draft will have its number


@dataclass(frozen=True)
class Letter:
    """A notice ready to be read: `fields` is the frozen snapshot; `number`, such as 12-TB/TTCT, is "" while the office
    has given none; `day` is the one it gave, else the centre's date of sending.
    """

    kind: str
    fields: Mapping[str, Any]
    number: str
    day: date

    def text(self, language: Language, name: str, person_id: int, *, said: Markup | str = "") -> Markup:
        """What the person of this name reads, with what is `said` below the salutation."""
        _ = language.text
        return lines(
            self._title(language),
            _("To: comrade {name}.", name=name),
            said,
            self._event(language),
            *(self._opening(language) if self.kind == "opening" else self._closing(language)),
            self._head(language, person_id),
            Markup.escape(self.fields["extra"]),
            _("Contact: {contact}.", contact=_end(self.fields["contact"])) if self.fields["contact"] else "",
            _("Please confirm that you have received this."),
        )

    def brief(self, language: Language, name: str) -> dict[str, str]:
        """What an approved template may say of it: nothing that is anybody's alone but the name."""
        kind = language.text("opening") if self.kind == "opening" else language.text("closing")
        when = _when(language, self.fields)
        return {
            "kind": "notice",
            "name": name,
            "notice": str(kind),
            "number": self.number or BLANK,
            "class": course_name(self.fields),
            "when": str(when),
            "place": _end(self.fields["place"]),
        }

    def attends(self, person_id: int) -> bool:
        """Whether the reader is a learner; heads of units are only told."""
        return person_id not in self.fields["only_heads"]

    def _title(self, language: Language) -> Markup:
        _ = language.text
        kind = _("OPENING NOTICE") if self.kind == "opening" else _("CLOSING NOTICE")
        told = {"kind": kind, "number": self.number, "day": language.year_day(self.day)}
        if self.number:
            return _("<b>{kind}</b> (No. {number}, {day})", **told)
        return _("<b>{kind}</b> ({day})", **told)

    def _event(self, language: Language) -> Markup:
        _, fields = language.text, self.fields
        told = {
            "course": course_name(fields),
            "when": _when(language, fields),
            "place": _end(fields["place"]),
        }
        if self.kind == "opening":
            if fields["place"]:
                return _("Class {course} opens {when}, at {place}.", **told)
            return _("Class {course} opens {when}.", course=told["course"], when=told["when"])
        if fields["place"]:
            return _("Class {course} closes {when}, at {place}.", **told)
        return _("Class {course} closes {when}.", course=told["course"], when=told["when"])

    def _opening(self, language: Language) -> list[Markup]:
        _, fields = language.text, self.fields
        first, last = (language.year_day(date.fromisoformat(fields[name])) for name in ("from", "to"))
        bring = _("Bring: {things}.", things=_end(fields["bring"])) if fields["bring"] else Markup()
        return [_("The class runs from {first} to {last}.", first=first, last=last), bring]

    def _closing(self, language: Language) -> list[Markup]:
        _, fields = language.text, self.fields
        learners = language.count(
            "The class has {n} learner.", "The class has {n} learners.", fields["learners"]
        )
        bring = _("Bring: {things}.", things=_end(fields["bring"])) if fields["bring"] else Markup()
        return [learners, _("Published results can be seen with /ketqua."), bring]

    def _head(self, language: Language, person_id: int) -> Markup:
        """What only the head of a sending unit reads."""
        learners = self.fields["heads"].get(str(person_id))
        if not learners:
            return Markup()
        told = language.count(
            "Learners of your unit in this class: {n}.", "Learners of your unit in this class: {n}.", learners
        )
        due = self.fields["lists_due"]
        if self.kind != "opening" or not due or date.fromisoformat(due) < self.day:
            return told
        day = language.full_day(date.fromisoformat(due))
        return lines(told, language.text("Lists of learners are due by {day}.", day=day))


def course_name(fields: Mapping[str, Any]) -> str:
    """Such as "Nhận thức về Đảng khóa II (2026)"."""
    return f"{fields['course']} ({fields['cohort']})" if fields["cohort"] else str(fields["course"])


def _end(text: str) -> str:
    """Without the full stop its author may have typed: the sentence brings its own."""
    return text.rstrip(" .")


def _when(language: Language, fields: Mapping[str, Any]) -> Markup:
    _, day = language.text, language.full_day(date.fromisoformat(fields["day"]))
    if not fields["starts_at"]:
        return _("on {day}", day=day)
    return _("at {time}, {day}", time=language.time(datetime.fromisoformat(fields["starts_at"])), day=day)


def letter_of(desk: Desk, notice: Notice) -> Letter | None:
    """The letter of a notice that was sent; None for one whose words are not made here (a change)."""
    if notice.kind not in KINDS or notice.sent_at is None:
        return None
    course = desk.session.get_one(CourseClass, notice.class_id)  # one with notices is never deleted
    day = notice.sent_at.astimezone(ZoneInfo(desk.centre(course.centre_id).zone)).date()
    return Letter(notice.kind, notice.fields, number_of(notice), day_of(notice) or day)


def next_time(desk: Desk, course: CourseClass) -> datetime:
    """When the class may next hear of what is not urgent: its teaching days are sending days."""
    calendar = desk.calendar(desk.centre(course.centre_id))
    days = teaching_days(desk.session, course.id, calendar.zone)
    return calendar.next_sending_time(desk.now, teaching_days=days)


def number_of(notice: Notice) -> str:
    """The document's number as the office gave it, such as 12-TB/TTCT; "" where it has given none."""
    if notice.number is not None:
        return f"{notice.number:02d}-TB/TTCT"  # formerly counted here, and sent so
    return str(notice.fields.get("own", {}).get("number", ""))


def day_of(notice: Notice) -> date | None:
    """The document's day as the office gave it; None where it has given none."""
    day = notice.fields.get("own", {}).get("dated", "")
    return date.fromisoformat(day) if day else None


def numbered(language: Language, number: str) -> Markup:
    """Such as "Số 12-TB/TTCT", and "Số …" while there is none."""
    return language.text("No. {number}", number=number or BLANK)


def label(language: Language, notice: Notice, course: CourseClass) -> str:
    """A notice in a list to pick from, such as "Số 13-TB/TTCT, khai giảng BD-02, 16/11"."""
    _ = language.text
    told = {
        "kind": _(NAMES.get(notice.kind, NAMES["change"])),
        "code": course.code,
        "day": language.short_day(language.local(notice.sent_at or notice.created_at).date()),
    }
    number = number_of(notice)
    if not number:
        told_plainly = _("{kind} {code}, {day}", **told)
        return shortened(told_plainly[:1].upper() + told_plainly[1:])
    return shortened(_("No. {number}, {kind} {code}, {day}", number=number, **told))


def shortened(text: str, limit: int = LONGEST_LABEL) -> str:
    """Plain text cut to what fits: a label that a list can show on one line of a phone turned sideways."""
    told = plain(text)
    return told if len(told) <= limit else told[: limit - 1] + "…"


def kind_at(position: int) -> str:
    """The kind a button means by its position, which may be anything."""
    return KINDS[position] if 0 <= position < len(KINDS) else KINDS[0]


def by_day(courses: Sequence[CourseClass], kind: str, today: date) -> list[CourseClass]:
    """Coming days first, the nearest before the farther; then the past ones, the latest before the earlier."""
    ahead = [course for course in courses if _day_of(course, kind) >= today]
    past = [course for course in courses if _day_of(course, kind) < today]
    ahead.sort(key=lambda course: (_day_of(course, kind), course.id))
    past.sort(key=lambda course: (_day_of(course, kind), course.id), reverse=True)
    return ahead + past


def _day_of(course: CourseClass, kind: str) -> date:
    return course.from_date if kind == "opening" else course.to_date


def class_label(language: Language, course: CourseClass, kind: str) -> str:
    """A class in a list to pick from, such as "23/11 BD-02 Nhận thức về Đảng"."""
    return shortened(f"{language.short_day(_day_of(course, kind))} {course.code} {course.name}")


def heading(language: Language, notice: Notice, course: CourseClass) -> Markup:
    """The first line of every card about a notice."""
    _ = language.text
    told = {
        "kind": _(NAMES.get(notice.kind, NAMES["change"])),
        "course": course_name({"course": course.name, "cohort": course.cohort}),
    }
    if not (number := number_of(notice)):
        return _("<b>Notice of {kind}, class {course}</b>", **told)
    return _("<b>Notice of {kind} no. {number}, class {course}</b>", number=number, **told)
