"""Marks into a class, always as drafts: what is published stays as it is until somebody corrects it openly."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from sqlmodel import Session, select

from storage.base.engine import lock
from storage.base.text import fold
from storage.courses.courses import CourseClass, Mark
from storage.courses.roster import roster
from storage.imports.plan import Marker, Plan, Where, adding, nearest, setting, spelt, text_of, value_of
from storage.people.people import Person
from storage.results.result_facts import PUBLISHED, Component
from storage.results.results import marks_part, rule_set_of, rules_of
from storage.spreadsheets.sheet import Problem, Row, Sheet

_ROUNDING: Final = Decimal("0.05")  # a total told to one place


def answer(session: Session, course: CourseClass, header: str, *, is_mark: bool) -> None:
    """Remember for the class whether the column of this header holds marks."""
    course.mark_columns = {**course.mark_columns, fold(header): is_mark}
    session.add(course)


class MarkSheet:
    """Plans one sheet of marks; counts marks, not rows. A blank cell says nothing: no mark is ever taken away.

    A column that does not say that it holds marks is asked about, unless the class has the answer. Totals are
    compared with what the marks come to, and not stored.
    """

    def __init__(self, session: Session, sheet: Sheet, where: Where, plan: Plan) -> None:
        self.where, self.plan = where, plan
        self.mark = Marker(sheet, plan)
        self.learners: dict[str, list[Person]] = {}
        enrolled = roster(session, where.the_class.id)
        for person in {person.id: person for _enrolment, person in enrolled}.values():
            self.learners.setdefault(person.folded, []).append(person)
        self.names = [person.name for people in self.learners.values() for person in people]
        lock(session, CourseClass, where.the_class.id)  # nobody publishes between our look and our writing
        rows = session.exec(select(Mark).where(Mark.class_id == where.the_class.id)).all()
        self.marks = {(row.person_id, fold(row.component)): row for row in rows}
        # The class's own spelling of a component stands, so that "bài 1" is not a second one.
        self.components = {fold(row.component): row.component for row in rows}
        self.rules = rules_of(rule_set_of(session, where.the_class))
        self.taken: dict[tuple[int, str], tuple[Row, Decimal]] = {}
        self.told: dict[int, dict[str, Decimal]] = {}
        self.totals: list[tuple[Row, Person, str, Decimal]] = []
        self.asked: dict[str, None] = {}
        if not sheet.components and sheet.rows and not any("asked" in row.values for row in sheet.rows):
            plan.problems.append(Problem("no_marks"))

    def add(self, row: Row) -> None:
        marks = {**_mapping(row, "marks"), **self._answered(_mapping(row, "asked"))}
        name, born = text_of(row, "name"), value_of(row, "birth_date", date)
        person = self._learner(row, name, born) if name and born is not None else None
        if person is None:
            return
        for component, value in marks.items():
            if isinstance(value, Decimal) and self._is_first(row, person, component, value):
                self._take(row, person, component, value)
        for header, total in _mapping(row, "totals").items():
            if isinstance(total, Decimal):
                self.totals.append((row, person, header, total))

    def finish(self) -> None:
        """What is asked about, and totals that are not what the marks come to. Learners without a mark are no news."""
        answers = self.where.the_class.mark_columns
        for header in self.asked:
            letter, _told = self.mark.sheet.columns.get(header, ("", ""))
            if fold(header) in answers:
                self.mark.remark(None, "no_marks_in", header=header)
            else:
                self.plan.problems.append(
                    Problem("unknown_marks", header=header, extra={"letter": letter, "header": header})
                )
        for row, person, header, total in self.totals:
            self._compare(row, person, header, total)

    def _answered(self, asked: Mapping[str, object]) -> dict[str, object]:
        """What stands in columns that are known to hold marks; the others are to be asked about."""
        found: dict[str, object] = {}
        for header, value in asked.items():
            if not self.where.the_class.mark_columns.get(fold(header)):
                self.asked[header] = None
            elif isinstance(value, Problem):
                self.plan.problems.append(value)
            else:
                found[header] = value
        return found

    def _is_first(self, row: Row, person: Person, component: str, value: Decimal) -> bool:
        """Whether no other row has this mark of the person. Another table may have it too, if it is the same one."""
        first, told = self.taken.setdefault((person.id, fold(component)), (row, value))
        facts = {"name": person.name, "first_row": first.place, "first": str(told)}
        if told != value:
            self.mark.problem(row, "mark_twice", component, str(value), **facts)
        elif first is not row and first.block == row.block:
            self.mark.problem(row, "duplicate_row", "name", person.name, first_row=first.place)
        return first is row

    def _learner(self, row: Row, name: str, born: date) -> Person | None:
        namesakes = self.learners.get(fold(name), [])
        found = spelt(name, [person for person in namesakes if person.birth_date == born])
        if len(found) == 1:
            return found[0]
        course = self.where.the_class.name
        others = [one for one in spelt(name, namesakes) if one.birth_date]
        if found:
            self.mark.problem(row, "homonym_in_class", "name", name, course=course)
        elif others:
            known = "; ".join(f"{one.birth_date:%d/%m/%Y}" for one in others)
            told = f"{born:%d/%m/%Y}"
            self.mark.problem(row, "birth_differs", "birth_date", told, name=name, known=known, course=course)
        else:
            near = "; ".join(nearest(name, self.names))
            self.mark.problem(row, "not_enrolled", "name", name, near=near, course=course)
        return None

    def _take(self, row: Row, person: Person, component: str, value: Decimal) -> None:
        self.told.setdefault(person.id, {})[fold(component)] = value
        known = self.marks.get((person.id, fold(component)))
        facts = {"name": person.name, "component": component, "value": value}
        if known is None:
            self._new(person, self.components.setdefault(fold(component), component), value)
            self.plan.count(row, facts, new=True, changed=False)
        elif known.value == value:
            self.plan.count(row, facts, new=False, changed=False)
        elif known.state in PUBLISHED:
            old = str(known.value) if known.value is not None else ""
            self.mark.problem(
                row, "published_differs", component, str(value), name=person.name, old=old, new=str(value)
            )
        else:
            self.plan.later(2, setting(known, {"value": value}))
            self.plan.count(row, facts, new=False, changed=True, changes={"value": (known.value, value)})

    def _new(self, person: Person, component: str, value: Decimal) -> None:
        row = Mark(
            class_id=self.where.the_class.id,
            person_id=person.id,
            component=component,
            value=value,
            state="draft",
        )
        self.plan.later(2, adding(row))

    # -- totals

    def _compare(self, row: Row, person: Person, header: str, told: Decimal) -> None:
        """A mean by the weights of the class, or a plain sum; marks of 4 come from a table that nobody gave us."""
        components = self._components(person.id)
        ours = marks_part(self.rules, components)
        if ours is None or " 4" in fold(header):
            return
        total = sum((one.value for one in components if one.value is not None), Decimal(0))
        figures = [ours, total] if fold(header).startswith(("tong diem", "tong cong")) else [ours]
        if all(abs(figure - told) > _ROUNDING for figure in figures):
            facts = {"header": header, "told": f"{told.normalize():f}", "ours": f"{ours.normalize():f}"}
            self.mark.remark(row, "total_differs", name=person.name, **facts)

    def _components(self, person_id: int) -> list[Component]:
        told = self.told.get(person_id, {})
        names = {fold(name): name for name in self.rules.components} | self.components
        return [Component(name, told.get(key, self._recorded(person_id, key))) for key, name in names.items()]

    def _recorded(self, person_id: int, component: str) -> Decimal | None:
        row = self.marks.get((person_id, component))
        return row.value if row else None


def _mapping(row: Row, name: str) -> Mapping[str, object]:
    found = row.values.get(name)
    return found if isinstance(found, Mapping) else {}
