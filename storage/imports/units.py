"""A list of units: organisations by their names, and the people who lead them or are their liaison."""

from dataclasses import dataclass
from datetime import datetime, time

from sqlmodel import Session, col, select

from storage.base.columns import on_day
from storage.base.text import fold, same_name, sort_text
from storage.imports.plan import (
    Marker,
    Plan,
    Units,
    Where,
    differing,
    people_named,
    setting,
    spelt,
    text_of,
    value_of,
)
from storage.people.people import Grant, Organisation, OrganisationName, Person, Role
from storage.requests import turnover
from storage.spreadsheets.kinds import PLAIN_LEVEL
from storage.spreadsheets.sheet import Row, Sheet

_OFFICERS = ((Role.UNIT_HEAD, "head"), (Role.LIAISON_OFFICER, "liaison"))


def also_called(session: Session, unit: Organisation, name: str) -> None:
    """Remember a name by which a unit is meant, as its former ones are."""
    session.add(OrganisationName(organisation_id=unit.id, name=name, folded=fold(name)))


@dataclass(frozen=True)
class _Officer:
    """Whom a row names for a role of its unit."""

    role: Role
    column: str
    name: str
    phone: str
    position: str


@dataclass
class _Listed:
    """A row, and the unit it is about once that is known. `above`: the row of its parent, by the numbers of the list
    or by name.
    """

    row: Row
    name: str
    above: "_Listed | None"
    parent: Organisation | None = None
    unit: Organisation | None = None

    @property
    def told_parent(self) -> str:
        told = text_of(self.row, "parent")
        return told if fold(told) else ""


class UnitList:
    """Plans one list of units. Whoever already leads a unit stays: a file naming somebody else is only reported,
    for a grant is given and taken by name, never on the side.

    A name is unique within its parent. Where the list has no column of parents, a row numbered I, II is the parent of
    those numbered 1, 2 below it.
    """

    def __init__(self, session: Session, sheet: Sheet, where: Where, plan: Plan) -> None:
        self.where, self.plan = where, plan
        self.mark = Marker(sheet, plan)
        self.units = Units(session, where.centre.id)
        self.rows: list[_Listed] = []
        self.by_name: dict[str, list[_Listed]] = {}
        self.open: list[
            tuple[int, _Listed]
        ] = []  # the rows that the next one may stand under, with their levels
        self.folded = {unit.folded for unit in self.units.rows.values()}
        names = {fold(text_of(row, column)) for row in sheet.rows for _role, column in _OFFICERS}
        self.known = people_named(session, where.centre.id, names - {""})
        self.holders = self._holders(session)
        self.made: dict[tuple[str, str], Person] = {}

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
        if not fold(name):
            return
        listed = _Listed(row, name, self._above(row))
        self.open.append((value_of(row, "level", int) or PLAIN_LEVEL, listed))
        self.rows.append(listed)
        self.by_name.setdefault(fold(name), []).append(listed)

    def _above(self, row: Row) -> _Listed | None:
        level = value_of(row, "level", int)
        level = PLAIN_LEVEL if level is None else level
        while self.open and self.open[-1][0] >= level:
            self.open.pop()
        by_numbers = self.open and "parent" not in self.mark.sheet.columns
        return self.open[-1][1] if by_numbers else None

    def finish(self) -> None:
        """Parents may stand further down in the file, so everything is planned once all rows are known."""
        numbered = [listed.above for listed in self.rows if listed.above is not None]
        for listed in self.rows:
            self._refer(listed)
        for listed in self.rows:
            self._settle(listed)
        for listed in self.rows:
            if listed.unit is not None:
                self._plan(listed, listed.unit)
        for listed in {id(one): one for one in numbered}.values():
            self.mark.remark(listed.row, "parent_by_number", name=listed.name)

    def _plan(self, listed: _Listed, unit: Organisation) -> None:
        row, parent = listed.row, listed.parent
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

    # -- which unit it is

    def _refer(self, listed: _Listed) -> None:
        """Find the parent that a row names, in the file or among the known units."""
        told = listed.told_parent
        own = [one for one in self.by_name.get(fold(told), []) if same_name(one.name, told)]
        if len(own) == 1:
            listed.above = own[0]
            if self._goes_round(listed):
                listed.above = None
                self.mark.problem(listed.row, "parent_of_itself", "parent", told, name=listed.name)
        elif told:
            listed.parent = self.units.find(told) if not own else None
            if listed.parent is None:
                code = "several_units" if own or self.units.called(told) else "unknown_parent"
                self.mark.problem(listed.row, code, "parent", told, near=self.units.near(told))

    def _goes_round(self, listed: _Listed) -> bool:
        above, passed = listed.above, set[int]()
        while above is not None and id(above) not in passed:
            if above is listed:
                return True
            passed.add(id(above))
            above = above.above
        return False

    def _settle(self, listed: _Listed) -> None:
        """Find the unit of a row, those above it first."""
        chain = [listed]
        while (above := chain[-1].above) is not None and above.unit is None:
            chain.append(above)
        for one in reversed(chain):
            if one.above is not None:
                one.parent = one.above.unit
            if one.unit is None and not self._is_twice(one):
                one.unit = self._unit(one)
                self._check_above(one)

    def _check_above(self, listed: _Listed) -> None:
        """A known unit may already stand over the one that is to be its parent."""
        above = listed.parent
        while above is not None and above.id is not None and listed.unit is not None:
            if above.id == listed.unit.id:
                told = {"name": listed.name}
                self.mark.problem(listed.row, "parent_of_itself", "parent", listed.told_parent, **told)
                listed.parent = None
                return
            above = self.units.rows.get(above.parent_id) if above.parent_id is not None else None

    def _is_twice(self, listed: _Listed) -> bool:
        """Whether a row before it has the name, unless both say under which parent and those differ."""
        for first in self.by_name[fold(listed.name)]:
            if first is listed:
                return False
            parents = [one.told_parent or (one.above.name if one.above else "") for one in (first, listed)]
            apart = all(parents) and not same_name(*parents)
            if same_name(first.name, listed.name) and not apart:
                told = {"first_row": first.row.place}
                self.mark.problem(listed.row, "unit_twice", "name", listed.name, **told)
                return True
        return False

    def _unit(self, listed: _Listed) -> Organisation | None:
        """The known unit of this name and parent, else a new one."""
        called, parent = self.units.called(listed.name), listed.parent
        known = called
        if parent is not None:
            here = [unit for unit in called if parent.id is not None and unit.parent_id == parent.id]
            known = here or [unit for unit in called if unit.parent_id is None]
        if len(known) > 1:
            told = {"near": self.units.near(listed.name)}
            self.mark.problem(listed.row, "several_units", "name", listed.name, **told)
            return None
        if not known:
            for other in called:
                full = self.units.full_name(other)
                self.mark.remark(listed.row, "same_name_elsewhere", name=listed.name, other=full)
            return self._new_unit(listed)
        if not same_name(known[0].name, listed.name):
            self.mark.remark(listed.row, "former_name", told=listed.name, name=known[0].name)
        return known[0]

    def _new_unit(self, listed: _Listed) -> Organisation:
        """Its folded name is unique in the centre: with its parent's name where its own is taken."""
        folded, number = fold(listed.name), 1
        if folded in self.folded and listed.parent is not None:
            folded = fold(f"{listed.name} {listed.parent.name}")
        plain = folded
        while folded in self.folded:
            number += 1
            folded = f"{plain} {number}"
        self.folded.add(folded)
        return Organisation(centre_id=self.where.centre.id, name=listed.name, folded=folded)

    def _hang(self, unit: Organisation, parent: Organisation) -> None:
        def write(session: Session) -> None:
            unit.parent_id = parent.id
            session.add(unit)

        self.plan.later(1, write)

    # -- people

    def _appoint(self, row: Row, unit: Organisation, officer: _Officer) -> bool:
        """Plan what a row says of one role; whether it changes anything."""
        holders = self.holders.get((unit.id, officer.role), []) if unit.id is not None else []
        same = spelt(officer.name, holders)
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
        key = (officer.name, officer.phone or unit.folded)
        if key in self.made:
            return self.made[key]
        found = spelt(officer.name, self._candidates(unit, folded, officer.phone))
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
