"""Marks into a class, always as drafts: what is published stays as it is until somebody corrects it openly."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from sqlmodel import Session, select

from storage.base.engine import lock
from storage.base.text import fold
from storage.courses.courses import CourseClass, Enrolment, Mark
from storage.courses.visibility import enrolled
from storage.imports.plan import Marker, Plan, Where, adding, nearest, setting, text_of, value_of
from storage.people.people import Person
from storage.results.result_facts import PUBLISHED
from storage.spreadsheets.reading import Problem, Row, Sheet


class MarkSheet:
    """Plans one sheet of marks; counts marks, not rows. A blank cell says nothing: no mark is ever taken away."""

    def __init__(self, session: Session, sheet: Sheet, where: Where, plan: Plan) -> None:
        self.where, self.plan = where, plan
        self.mark = Marker(sheet, plan)
        self.learners: dict[str, list[Person]] = {}
        pairs: list[tuple[Enrolment, Person]] = list(enrolled(session, where.the_class.id))
        for person in {person.id: person for _enrolment, person in pairs}.values():
            self.learners.setdefault(person.folded, []).append(person)
        self.names = [person.name for people in self.learners.values() for person in people]
        lock(session, CourseClass, where.the_class.id)  # nobody publishes between our look and our writing
        rows = session.exec(select(Mark).where(Mark.class_id == where.the_class.id)).all()
        self.marks = {(row.person_id, fold(row.component)): row for row in rows}
        # The class's own spelling of a component stands, so that "bài 1" is not a second one.
        self.components = {fold(row.component): row.component for row in rows}
        self.taken: dict[tuple[int, int], Row] = {}
        self.told: dict[tuple[int, str], tuple[Row, Decimal]] = {}
        if not sheet.components and sheet.rows:
            plan.problems.append(Problem("no_marks"))

    def add(self, row: Row) -> None:
        name, born = text_of(row, "name"), value_of(row, "birth_date", date)
        if not name or born is None:
            return
        person = self._learner(row, name, born)
        marks = row.values.get("marks")
        if person is None or not isinstance(marks, Mapping):
            return
        first = self.taken.setdefault((person.id, row.block), row)
        if first is not row:
            self.mark.problem(row, "duplicate_row", "name", name, first_row=first.place)
            return
        for component, value in marks.items():
            if isinstance(value, Decimal) and self._is_news(row, person, str(component), value):
                self._take(row, person, str(component), value)

    def finish(self) -> None:
        """Nothing: learners without a mark in the file are no news."""

    def _is_news(self, row: Row, person: Person, component: str, value: Decimal) -> bool:
        """Not where another table of the file has this mark already, which must then be the same."""
        first, told = self.told.setdefault((person.id, fold(component)), (row, value))
        if told != value:
            facts = {"name": person.name, "first_row": first.place, "first": str(told)}
            self.mark.problem(row, "mark_twice", component, str(value), **facts)
        return first is row

    def _learner(self, row: Row, name: str, born: date) -> Person | None:
        namesakes = self.learners.get(fold(name), [])
        found = [person for person in namesakes if person.birth_date == born]
        if len(found) == 1:
            return found[0]
        course = self.where.the_class.name
        if found:
            self.mark.problem(row, "homonym_in_class", "name", name, course=course)
        elif namesakes and namesakes[0].birth_date:
            known = "; ".join(f"{one.birth_date:%d/%m/%Y}" for one in namesakes if one.birth_date)
            told = f"{born:%d/%m/%Y}"
            self.mark.problem(row, "birth_differs", "birth_date", told, name=name, known=known, course=course)
        else:
            near = "; ".join(nearest(name, self.names))
            self.mark.problem(row, "not_enrolled", "name", name, near=near, course=course)
        return None

    def _take(self, row: Row, person: Person, component: str, value: Decimal) -> None:
        known = self.marks.get((person.id, fold(component)))
        facts = {"name": person.name, "component": component, "value": value}
        if known is None:
            self._new(person, self.components.get(fold(component), component), value)
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
