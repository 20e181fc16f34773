"""A timetable into a class: sessions are matched by their day and their part of it, or the hour they begin."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlmodel import Session, col, select

from storage.base.columns import on_day
from storage.base.text import fold, nfc, without_titles
from storage.courses.courses import CourseSession
from storage.courses.timetable import CANCELLED
from storage.imports.plan import Marker, Plan, Where, adding, differing, people_named, text_of, value_of
from storage.people.people import Grant, Person, Role
from storage.spreadsheets.sheet import Row, Sheet

_HOURS: Final = {
    "morning": (time(7, 30), time(11)),
    "afternoon": (time(13, 30), time(17)),
    "evening": (time(18), time(21)),
    "day": (time(7, 30), time(17)),
}
_LONGEST: Final = timedelta(hours=3, minutes=30)  # of a session of which only the beginning is told
_KINDS: Final = (  # folded words of a file -> what is stored
    ("khai giang", "opening"), ("be giang", "closing"), ("thao luan", "discussion"), ("toa dam", "discussion"),
    ("di thuc te", "field_trip"), ("nghien cuu thuc te", "field_trip"), ("tham quan", "field_trip"),
    ("thi", "exam"), ("kiem tra", "exam"),
)  # fmt: skip
_TEXTS: Final = ("topic", "room", "note")


@dataclass(frozen=True)
class _Slot:
    """A row that has a day and a topic. `start` None: the file only names the part of the day."""

    row: Row
    day: date
    part: str
    start: time | None
    end: time | None
    topic: str


def _part_of(clock: time) -> str:
    if clock < time(12):
        return "morning"
    return "afternoon" if clock < time(18) else "evening"


class Timetable:
    """Plans one timetable. Sessions that are not in the file stay and are reported; a cancelled one stays cancelled.

    Differences of case alone are none, so that nobody is told of them. A lecturer becomes a person when
    exactly one with a role of the centre has that name, lecturers first; a learner never does by his name.
    """

    def __init__(self, session: Session, sheet: Sheet, where: Where, plan: Plan) -> None:
        self.where, self.plan = where, plan
        self.mark = Marker(sheet, plan)
        query = select(CourseSession).where(CourseSession.class_id == where.the_class.id)
        self.left = list(session.exec(query.order_by(col(CourseSession.starts_at), col(CourseSession.id))))
        names = {_bare_name(text_of(row, "lecturer")) for row in sheet.rows}
        self.lecturers = _lecturers(session, where, names - {""})
        self.wrong = {(problem.block, problem.row) for problem in sheet.problems}
        self.slots: list[_Slot] = []

    def add(self, row: Row) -> None:
        day, topic = value_of(row, "date", date), text_of(row, "topic")
        if day is None or not topic:
            return
        start, part = value_of(row, "start", time), text_of(row, "part")
        if start is None and not part:
            if row.key not in self.wrong:
                self.mark.problem(row, "no_time", "start" if "start" in self.mark.sheet.columns else "part")
            return
        part = part or (_part_of(start) if start else "")
        self.slots.append(_Slot(row, day, part, start, value_of(row, "end", time), topic))

    def finish(self) -> None:
        """Match the whole file at once: the surest pairs first, so that a changed session does not take another's."""
        matched = self._matched()
        for slot in self.slots:
            known = matched.get(slot.row.key)
            if known is None:
                self._new(slot)
            else:
                self._update(slot, known)
            course = self.where.the_class
            if not course.from_date <= slot.day <= course.to_date:
                days = {"first": f"{course.from_date:%d/%m/%Y}", "last": f"{course.to_date:%d/%m/%Y}"}
                self.mark.remark(slot.row, "outside_class", day=f"{slot.day:%d/%m/%Y}", **days)
        if not self.plan.problems and not self.wrong:
            for row in self.left:
                if row.state != CANCELLED:
                    self.mark.remark(
                        None, "session_not_in_file", when=row.starts_at.isoformat(), topic=row.topic
                    )

    def _matched(self) -> dict[tuple[int, int], CourseSession]:
        found: dict[tuple[int, int], CourseSession] = {}
        for fits in (self._is_same, self._begins_alike, self._same_part_and_topic, self._same_part):
            for slot in self.slots:
                if slot.row.key not in found and (row := self._first(slot, fits)):
                    found[slot.row.key] = row
                    self.left.remove(row)
        return found

    def _first(self, slot: _Slot, fits: Callable[[_Slot, CourseSession], bool]) -> CourseSession | None:
        there = (row for row in self.left if self._local(row).date() == slot.day)
        return next((row for row in there if fits(slot, row)), None)

    def _local(self, row: CourseSession) -> datetime:
        return row.starts_at.astimezone(self.where.zone)

    def _begins_alike(self, slot: _Slot, row: CourseSession) -> bool:
        return slot.start is not None and self._local(row).time() == slot.start

    def _is_same(self, slot: _Slot, row: CourseSession) -> bool:
        return self._begins_alike(slot, row) and _is_like(slot.topic, row.topic)

    def _same_part(self, slot: _Slot, row: CourseSession) -> bool:
        return slot.part in {"day", _part_of(self._local(row).time())}

    def _same_part_and_topic(self, slot: _Slot, row: CourseSession) -> bool:
        return self._same_part(slot, row) and _is_like(slot.topic, row.topic)

    # -- what is written

    def _new(self, slot: _Slot) -> None:
        start = slot.start or _HOURS[slot.part][0]
        begins = datetime.combine(slot.day, start, self.where.zone)
        usual = datetime.combine(slot.day, _HOURS[slot.part][1], self.where.zone)
        ends = datetime.combine(slot.day, slot.end, self.where.zone) if slot.end else usual
        row = CourseSession(
            class_id=self.where.the_class.id,
            starts_at=begins,
            ends_at=ends if ends > begins else begins + _LONGEST,
            topic=slot.topic,
            kind=_kind(text_of(slot.row, "kind")) or _ceremony(slot.topic) or "lecture",
            room=text_of(slot.row, "room"),
            lecturer_name=text_of(slot.row, "lecturer"),
            note=text_of(slot.row, "note"),
        )
        if periods := value_of(slot.row, "periods", int):
            row.periods = periods
        if lecturer := self.lecturers.get(_bare_name(row.lecturer_name)):
            row.lecturer_id, row.lecturer_name = lecturer.id, row.lecturer_name or lecturer.name
        self.plan.later(2, adding(row))
        self.plan.count(slot.row, _facts(row, {}), new=True, changed=False)

    def _update(self, slot: _Slot, row: CourseSession) -> None:
        if row.state == CANCELLED:
            self.mark.remark(slot.row, "session_cancelled", when=row.starts_at.isoformat(), topic=row.topic)
        changes: dict[str, Any] = self._hours(slot, row) | self._lecturer(slot, row)
        for name in _TEXTS:
            told = text_of(slot.row, name)
            if told and not _is_like(told, getattr(row, name)):
                changes[name] = told
        numbers = {"periods": value_of(slot.row, "periods", int), "kind": _kind(text_of(slot.row, "kind"))}
        changes |= differing(row, numbers)
        if changes:
            self.plan.session_changes.append((row.id, changes))
        was = {name: (getattr(row, name), value) for name, value in changes.items()}
        self.plan.count(slot.row, _facts(row, changes), new=False, changed=bool(changes), changes=was)

    def _hours(self, slot: _Slot, row: CourseSession) -> dict[str, Any]:
        if slot.start is None:
            return {}
        begins = datetime.combine(slot.day, slot.start, self.where.zone)
        ends = begins + (row.ends_at - row.starts_at)  # a moved beginning moves the end along
        if slot.end:
            ends = datetime.combine(slot.day, slot.end, self.where.zone)
        told = {"starts_at": begins, "ends_at": ends}
        return {name: value for name, value in told.items() if getattr(row, name) != value}

    def _lecturer(self, slot: _Slot, row: CourseSession) -> dict[str, Any]:
        told = text_of(slot.row, "lecturer")
        if not told:
            return {}
        person = self.lecturers.get(_bare_name(told))
        if _bare_name(told) == _bare_name(row.lecturer_name):
            return {"lecturer_id": person.id} if person and row.lecturer_id is None else {}
        return {"lecturer_id": person.id if person else None, "lecturer_name": told}


def _facts(row: CourseSession, changes: dict[str, Any]) -> dict[str, Any]:
    """When a session will be, and of what."""
    return {name: changes.get(name, getattr(row, name)) for name in ("starts_at", "ends_at", "topic")}


def _is_like(told: str, known: str) -> bool:
    return nfc(told).casefold() == nfc(known).casefold()


def _kind(told: str) -> str:
    words = f" {fold(told)} "
    return next((kind for name, kind in _KINDS if f" {name} " in words), "lecture" if told else "")


def _ceremony(topic: str) -> str:
    """Opening and closing have no column of their own in most files."""
    return next((kind for name, kind in _KINDS[:2] if re.match(rf"(?:le )?{name}\b", fold(topic))), "")


def _bare_name(told: str) -> str:
    """A lecturer's name folded, without the titles before it."""
    return fold(without_titles(told))


def _lecturers(session: Session, where: Where, names: set[str]) -> dict[str, Person]:
    known = people_named(session, where.centre.id, names)
    ids = [person.id for people in known.values() for person in people]
    roles: dict[int, set[str]] = {}
    for grant in session.exec(select(Grant).where(col(Grant.person_id).in_(ids))):
        if on_day(where.today, grant.from_date, grant.to_date):
            roles.setdefault(grant.person_id, set()).add(grant.role)
    found = {}
    for name, people in known.items():
        granted = [person for person in people if person.id in roles]
        teaching = [person for person in granted if Role.LECTURER in roles[person.id]]
        if len(chosen := teaching or granted) == 1:
            found[name] = chosen[0]
    return found
