"""A roster into a class: people recognised by name and date of birth, enrolled under the unit that sends them."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session

from storage.base.text import fold, nfc, same_name, sort_text
from storage.courses.courses import Enrolment
from storage.courses.roster import roster
from storage.imports.plan import (
    Marker,
    Plan,
    Units,
    Where,
    adding,
    differing,
    people_named,
    setting,
    spelt,
    text_of,
    value_of,
)
from storage.people.people import Organisation, Person
from storage.spreadsheets.sheet import Row, Sheet

Identity = tuple[str, date]
_TOLD = ("gender", "position", "phone", "party_status")


@dataclass(frozen=True)
class _Line:
    """A row that has what a learner is recognised by."""

    row: Row
    name: str
    born: date
    unit: str

    @property
    def identity(self) -> Identity:
        return fold(self.name), self.born

    def facts(self, unit: Organisation) -> dict[str, Any]:
        return {"name": self.name, "birth_date": self.born, "unit": unit.name}


class Roster:
    """Plans one roster. A person is never made twice for one name and date of birth: a file that would need it is
    asked to tell the two apart behind the name, "An (A)" and "An (B)". Hoa and Hòa are two names.
    """

    def __init__(self, session: Session, sheet: Sheet, where: Where, plan: Plan) -> None:
        self.where, self.plan = where, plan
        self.mark = Marker(sheet, plan)
        self.units = Units(session, where.centre.id)
        names = {fold(text_of(row, "name")) for row in sheet.rows}
        self.known = people_named(session, where.centre.id, names - {""})
        self.enrolments: dict[int, Enrolment] = {}
        self.enrolled: dict[int, Person] = {}
        for enrolment, person in roster(session, where.the_class.id):
            self.enrolled[person.id] = person
            earlier = self.enrolments.get(person.id)
            if earlier is None or earlier.from_date < enrolment.from_date:
                self.enrolments[person.id] = enrolment
        self.seen: dict[Identity, list[_Line]] = {}
        self.taken: set[int] = set()

    def add(self, row: Row) -> None:
        born = value_of(row, "birth_date", date)
        line = _Line(row, text_of(row, "name"), born or date.min, text_of(row, "unit"))
        unit = self.units.find(line.unit) if line.unit else None
        if line.unit and unit is None:
            self._ask_unit(line)
        if not line.name or born is None or unit is None:
            return  # the sheet's own problems say what is missing
        if self._is_alone(line):
            self._place(line, unit)

    def _ask_unit(self, line: _Line) -> None:
        several = self.units.called(line.unit)
        code = "several_units" if several else "unknown_unit"
        self.mark.problem(line.row, code, "unit", line.unit, near=self.units.near(line.unit))

    def finish(self) -> None:
        """What only shows at the end: learners of the class who are not in the file; they stay."""
        if self.plan.problems or self.mark.sheet.problems:
            return
        for person_id, person in self.enrolled.items():
            enrolment = self.enrolments[person_id]
            if person_id not in self.taken and not self._has_left(enrolment):
                unit = self.units.name(enrolment.organisation_id)
                self.mark.remark(None, "not_in_file", name=person.name, unit=unit)

    def _is_alone(self, line: _Line) -> bool:
        before = self.seen.setdefault(line.identity, [])
        first = next((one for one in before if same_name(one.name, line.name)), None)
        before.append(line)
        if first is None:
            return True
        told = {"first_row": first.row.place, "unit": line.unit, "other_unit": first.unit}
        self.mark.problem(line.row, "homonym_in_file", "name", line.name, **told)
        return False

    # -- who it is

    def _place(self, line: _Line, unit: Organisation) -> None:
        namesakes = self.known.get(line.identity[0], [])
        born = [person for person in namesakes if person.birth_date == line.born]
        found = spelt(line.name, born)
        if born and not found:
            self.mark.remark(line.row, "like_named", told=line.name, name=born[0].name)
        if len(found) > 1:
            here = [person for person in found if self._unit_id(person) == unit.id]
            if len(here) != 1:
                units = "; ".join(self.units.name(self._unit_id(person)) or "–" for person in found)
                self.mark.problem(line.row, "homonym", "name", line.name, units=units)
                return
            found = here
        phone = text_of(line.row, "phone")
        found = found or [one for one in namesakes if one.birth_date is None and phone and one.phone == phone]
        if found and found[0].id not in self.taken:
            self.taken.add(found[0].id)
            self._known(line, unit, found[0])
        else:
            self._stranger(line, unit)

    def _unit_id(self, person: Person) -> int | None:
        enrolment = self.enrolments.get(person.id)
        return enrolment.organisation_id if enrolment else person.organisation_id

    def _has_left(self, enrolment: Enrolment) -> bool:
        return enrolment.to_date is not None and enrolment.to_date < self.where.today

    # -- what is written

    def _stranger(self, line: _Line, unit: Organisation) -> None:
        person = Person(
            centre_id=self.where.centre.id,
            name=line.name,
            folded=fold(line.name),
            sort_text=sort_text(line.name),
            birth_date=line.born,
            organisation_id=unit.id,
            gender=text_of(line.row, "gender"),
            position=text_of(line.row, "position"),
            phone=text_of(line.row, "phone"),
            party_status=text_of(line.row, "party_status") or None,
        )
        self.plan.later(1, adding(person))
        self._enrol(line, unit, person)
        self.plan.count(line.row, line.facts(unit), new=True, changed=False)

    def _enrol(self, line: _Line, unit: Organisation, person: Person) -> None:
        course = self.where.the_class

        def write(session: Session) -> None:
            row = Enrolment(
                class_id=course.id,
                person_id=person.id,
                organisation_id=unit.id,
                from_date=course.from_date,
                note=text_of(line.row, "note"),
            )
            session.add(row)

        self.plan.later(2, write)

    def _known(self, line: _Line, unit: Organisation, person: Person) -> None:
        enrolment = self.enrolments.get(person.id)
        if enrolment is not None and self._has_left(enrolment):
            self.mark.remark(line.row, "has_left", name=person.name)
            self.plan.count(line.row, line.facts(unit), new=False, changed=False)
            return
        moved = self._unit_id(person) not in {None, unit.id}
        if moved and not self.where.moves:
            old = self.units.name(self._unit_id(person))
            self.mark.problem(
                line.row, "unit_differs", "unit", line.unit, name=person.name, old=old, new=unit.name
            )
            return
        changes = self._update(line, unit, person, moved=moved)
        if enrolment is None:
            self._enrol(line, unit, person)
        else:
            changes |= self._update_enrolment(line, unit, enrolment)
        new, facts = enrolment is None, line.facts(unit)
        self.plan.count(line.row, facts, new=new, changed=bool(changes), changes=changes)

    def _update(
        self, line: _Line, unit: Organisation, person: Person, *, moved: bool
    ) -> dict[str, tuple[Any, Any]]:
        told = {name: text_of(line.row, name) for name in _TOLD}
        changes = differing(person, {**told, "birth_date": line.born})
        if moved or person.organisation_id is None:
            changes["organisation_id"] = unit.id
        if "phone" in changes and person.phone:
            phones = {"old": person.phone, "new": told["phone"]}
            self.mark.remark(line.row, "phone_changed", name=person.name, **phones)
        if nfc(person.name).casefold() != nfc(line.name).casefold():
            self.mark.remark(line.row, "name_differs", name=person.name, told=line.name)
        if changes:
            self.plan.later(1, setting(person, changes))
        was = {name: (getattr(person, name), value) for name, value in changes.items()}
        if was.pop("organisation_id", None):
            was["unit"] = (self.units.name(self._unit_id(person)), unit.name)
        return was

    def _update_enrolment(
        self, line: _Line, unit: Organisation, enrolment: Enrolment
    ) -> dict[str, tuple[Any, Any]]:
        note = differing(enrolment, {"note": text_of(line.row, "note")})
        if enrolment.organisation_id == unit.id:
            if note:
                self.plan.later(2, setting(enrolment, note))
            return {name: (enrolment.note, value) for name, value in note.items()}
        today = self.where.today
        change = {"unit": (self.units.name(enrolment.organisation_id), unit.name)}
        if enrolment.from_date >= today:
            self.plan.later(2, setting(enrolment, {**note, "organisation_id": unit.id}))
            return change
        row = Enrolment(
            class_id=enrolment.class_id,
            person_id=enrolment.person_id,
            organisation_id=unit.id,
            from_date=today,
            note=text_of(line.row, "note") or enrolment.note,
        )
        self.plan.later(2, setting(enrolment, {"to_date": today - timedelta(days=1)}))
        self.plan.later(2, adding(row))
        return change
