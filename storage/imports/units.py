"""A list of units: organisations by their names, and the people who lead them or are their liaison."""

from dataclasses import dataclass
from datetime import datetime, time

from sqlmodel import Session, col, select

from storage.base.columns import on_day
from storage.base.text import fold, sort_text
from storage.imports.plan import Marker, Plan, Units, Where, differing, people_named, setting, text_of
from storage.people.people import Grant, Organisation, Person, Role
from storage.requests import turnover
from storage.spreadsheets.reading import Row, Sheet

_OFFICERS = ((Role.UNIT_HEAD, "head"), (Role.LIAISON_OFFICER, "liaison"))


@dataclass(frozen=True)
class _Officer:
    """Whom a row names for a role of its unit."""

    role: Role
    column: str
    name: str
    phone: str
    position: str


class UnitList:
    """Plans one list of units. Whoever already leads a unit stays: a file naming somebody else is only reported,
    for a grant is given and taken by name, never on the side.
    """

    def __init__(self, session: Session, sheet: Sheet, where: Where, plan: Plan) -> None:
        self.where, self.plan = where, plan
        self.mark = Marker(sheet, plan)
        self.units = Units(session, where.centre.id)
        self.rows: dict[str, tuple[Row, Organisation]] = {}
        self.parents: dict[str, str] = {
            unit.folded: self._parent_of(unit) for unit in self.units.rows.values()
        }
        names = {fold(text_of(row, column)) for row in sheet.rows for _role, column in _OFFICERS}
        self.known = people_named(session, where.centre.id, names - {""})
        self.holders = self._holders(session)
        self.made: dict[tuple[str, str], Person] = {}

    def _parent_of(self, unit: Organisation) -> str:
        parent = self.units.rows.get(unit.parent_id) if unit.parent_id is not None else None
        return parent.folded if parent else ""

    def _holders(self, session: Session) -> dict[tuple[int, str], list[Person]]:
        """Who holds a role of a unit today, principals before deputies."""
        query = select(Grant, Person).join(Person, col(Person.id) == col(Grant.person_id))
        query = query.where(Grant.centre_id == self.where.centre.id)
        query = query.where(col(Grant.role).in_([str(role) for role, _column in _OFFICERS]))
        found: dict[tuple[int, str], list[Person]] = {}
        for grant, person in sorted(
            session.exec(query), key=lambda pair: (pair[0].deputy_of or 0, pair[0].id)
        ):
            if on_day(self.where.today, grant.from_date, grant.to_date) and grant.organisation_id is not None:
                found.setdefault((grant.organisation_id, grant.role), []).append(person)
        return found

    def add(self, row: Row) -> None:
        name = text_of(row, "name")
        folded = fold(name)
        if not folded:
            return
        found = self.units.find(name)
        unit = found or Organisation(centre_id=self.where.centre.id, name=name, folded=folded)
        if unit.folded in self.rows:
            first = self.rows[unit.folded][0].place
            self.mark.problem(row, "unit_twice", "name", name, first_row=first)
            return
        self.rows[unit.folded] = (row, unit)
        if found and found.folded != folded:
            self.mark.remark(row, "former_name", told=name, name=found.name)

    def finish(self) -> None:
        """Parents may stand further down in the file, so everything is planned once all rows are known."""
        for row, unit in self.rows.values():
            parent = self._parent(row, unit)
            told = {name: text_of(row, name) for name in ("kind", "address")}
            changes = differing(unit, told)
            is_new = unit.id is None
            self.plan.later(0, setting(unit, changes))
            moved = parent is not None and (unit.parent_id is None or unit.parent_id != parent.id)
            if parent is not None and moved:
                self._hang(unit, parent)
            officers = [self._appoint(row, unit, officer) for officer in _officers(row)]
            was = {name: (getattr(unit, name), value) for name, value in changes.items()}
            facts = {"name": unit.name, "parent": parent.name if parent else "", "head": text_of(row, "head")}
            changed = bool(changes) or moved or any(officers)
            self.plan.count(row, facts, new=is_new, changed=changed, changes=was)

    def _parent(self, row: Row, unit: Organisation) -> Organisation | None:
        told = text_of(row, "parent")
        if not fold(told):
            return None
        own = self.rows.get(fold(told))
        parent = own[1] if own else self.units.find(told)
        if parent is None:
            self.mark.problem(row, "unknown_parent", "parent", told, near=self.units.near(told))
            return None
        self.parents[unit.folded] = parent.folded
        if self._goes_round(unit.folded):
            self.mark.problem(row, "parent_of_itself", "parent", told, name=unit.name)
            return None
        return parent

    def _goes_round(self, folded: str) -> bool:
        above, passed = self.parents.get(folded, ""), set[str]()
        while above and above not in passed:
            if above == folded:
                return True
            passed.add(above)
            above = self.parents.get(above, "")
        return False

    def _hang(self, unit: Organisation, parent: Organisation) -> None:
        def write(session: Session) -> None:
            unit.parent_id = parent.id
            session.add(unit)

        self.plan.later(1, write)

    # -- people

    def _appoint(self, row: Row, unit: Organisation, officer: _Officer) -> bool:
        """Plan what a row says of one role; whether it changes anything."""
        holders = self.holders.get((unit.id, officer.role), []) if unit.id is not None else []
        same = [person for person in holders if person.folded == fold(officer.name)]
        if same:
            return self._update(row, same[0], officer)
        if holders:
            names = {"name": unit.name, "old": holders[0].name, "new": officer.name}
            self.mark.remark(row, "officer_differs", role=str(officer.role), **names)
            return False
        person = self._person(row, unit, officer)
        if person is not None:
            self._grant(person, unit, officer.role)
        return person is not None

    def _person(self, row: Row, unit: Organisation, officer: _Officer) -> Person | None:
        """The known person meant, a new one, or None where two are as likely."""
        folded = fold(officer.name)
        key = (folded, officer.phone or unit.folded)
        if key in self.made:
            return self.made[key]
        found = self._candidates(unit, folded, officer.phone)
        if len(found) > 1:
            units = "; ".join(self.units.name(person.organisation_id) or "–" for person in found)
            self.mark.problem(row, "homonym", officer.column, officer.name, units=units)
            return None
        if found:
            self._update(row, found[0], officer)
            self.made[key] = found[0]
        else:
            self.made[key] = self._new(unit, officer)
        return self.made[key]

    def _candidates(self, unit: Organisation, folded: str, phone: str) -> list[Person]:
        """By name and phone; else by name within the unit, unless the phones say otherwise."""
        namesakes = self.known.get(folded, [])
        by_phone = [person for person in namesakes if phone and person.phone == phone]
        if by_phone or unit.id is None:
            return by_phone
        here = [person for person in namesakes if person.organisation_id == unit.id]
        return [person for person in here if not phone or not person.phone]

    def _new(self, unit: Organisation, officer: _Officer) -> Person:
        person = Person(
            centre_id=self.where.centre.id,
            name=officer.name,
            folded=fold(officer.name),
            sort_text=sort_text(officer.name),
            phone=officer.phone,
            position=officer.position,
        )

        def write(session: Session) -> None:
            person.organisation_id = unit.id
            session.add(person)

        self.plan.later(1, write)
        return person

    def _update(self, row: Row, person: Person, officer: _Officer) -> bool:
        changes = differing(person, {"phone": officer.phone, "position": officer.position})
        if "phone" in changes and person.phone:
            phones = {"old": person.phone, "new": officer.phone}
            self.mark.remark(row, "phone_changed", name=person.name, **phones)
        if changes:
            self.plan.later(1, setting(person, changes))
        return bool(changes)

    def _grant(self, person: Person, unit: Organisation, role: Role) -> None:
        centre_id, today, zone = self.where.centre.id, self.where.today, self.where.zone

        def write(session: Session) -> None:
            row = Grant(
                person_id=person.id,
                role=role,
                centre_id=centre_id,
                organisation_id=unit.id,
                from_date=today,
            )
            session.add(row)
            session.flush()
            turnover.note_grant(session, row, zone, datetime.combine(today, time.min, zone))

        self.plan.later(2, write)


def _officers(row: Row) -> list[_Officer]:
    found = []
    for role, column in _OFFICERS:
        name = text_of(row, column)
        if fold(name):
            phone, position = text_of(row, f"{column}_phone"), text_of(row, f"{column}_position")
            found.append(_Officer(role, column, name, phone, position))
    return found
