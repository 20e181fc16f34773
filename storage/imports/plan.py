"""What an import is going to do, before anything is written: counts, problems, remarks, and the writing itself."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from sqlmodel import Session, SQLModel, col, select

from storage.base.text import closest, fold, same_name, spelling
from storage.courses.courses import CourseClass
from storage.people.people import Centre, Organisation, OrganisationName, Person
from storage.spreadsheets.sheet import Problem, Row, Sheet

T = TypeVar("T")
Write = Callable[[Session], None]

_STAGES: Final = 3  # units, then people, then what refers to both
_CHUNK: Final = 500
_SUGGESTIONS: Final = 3
_NEAR: Final = 60.0


@dataclass(frozen=True)
class Remark:
    """Something to tell that does not stop the import; typed, without wording, like `sheets.Problem`."""

    code: str
    row: int | None = None
    extra: dict[str, str] = field(default_factory=dict)
    sheet: str = ""


@dataclass(frozen=True)
class Where:
    """What a file is imported into. `today` is the centre's date; `moves`: staff have confirmed that
    learners whose unit differs from the file's did change unit.
    """

    centre: Centre
    course: CourseClass | None
    zone: ZoneInfo
    today: date
    moves: bool = False

    @property
    def the_class(self) -> CourseClass:
        assert self.course is not None, "only units are imported without a class"
        return self.course


Changes = Mapping[str, tuple[Any, Any]]
"""What becomes of a field: what it was and what it will be."""


@dataclass(frozen=True)
class Outcome:
    """How a row will stand once it is imported; typed, without wording."""

    row: Row
    facts: Mapping[str, Any]
    new: bool
    changed: bool
    changes: Changes


@dataclass
class Plan:
    """The outcome of a file, known before it is written: `new`, `changed` and `same` count units, learners,
    sessions or marks, and `outcomes` has each of them. Nothing may be written while there are problems. `sheet` is
    what was read, without the rows of other classes.

    `session_changes` are for the conversation that tells of changed sessions: (session id, its new values).
    """

    sheet: Sheet
    problems: list[Problem] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    new: int = 0
    changed: int = 0
    same: int = 0
    session_changes: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    _stages: list[list[Write]] = field(default_factory=lambda: [[] for _stage in range(_STAGES)])

    @property
    def kind(self) -> str:
        return self.sheet.kind

    @property
    def changes_nothing(self) -> bool:
        return not self.new and not self.changed

    def later(self, stage: int, write: Write) -> None:
        """Keep a piece of writing; stages run in order, so that a later one finds the ids of an earlier."""
        self._stages[stage].append(write)

    def count(
        self, row: Row, facts: Mapping[str, Any], *, new: bool, changed: bool, changes: Changes | None = None
    ) -> None:
        """Count what a row comes to: `facts` as they will stand, and what of them was otherwise before."""
        self.outcomes.append(Outcome(row, facts, new=new, changed=changed and not new, changes=changes or {}))
        self.new += new
        self.changed += changed and not new
        self.same += not new and not changed

    def write(self, session: Session) -> None:
        """Do it, in the caller's transaction. ValueError while there are problems: nothing is half-imported."""
        if self.problems:
            raise ValueError("a file with problems is not imported")
        for stage in self._stages:
            for write in stage:
                write(session)
            session.flush()


class Marker:
    """Makes problems that point at a cell of one sheet."""

    def __init__(self, sheet: Sheet, plan: Plan) -> None:
        self.sheet, self.plan = sheet, plan

    def problem(self, row: Row, code: str, column: str, value: str | None = None, /, **extra: str) -> None:
        letter, header = self.sheet.tables[row.block].columns.get(column, (None, None))
        place = (row.number, letter, header)
        self.plan.problems.append(Problem(code, *place, value, extra, row.sheet, row.block))

    def remark(self, row: Row | None, code: str, **extra: str) -> None:
        sheet = row.sheet if row else ""
        self.plan.remarks.append(Remark(code, row.number if row else None, extra, sheet))


def text_of(row: Row, name: str) -> str:
    """A text of the row; "" for a blank cell, a column that is not there, or one with a problem."""
    value = row.values.get(name)
    return value if isinstance(value, str) else ""


def value_of(row: Row, name: str, kind: type[T]) -> T | None:
    """A value of this type, None for anything else."""
    value = row.values.get(name)
    return value if isinstance(value, kind) else None


def differing(row: SQLModel, told: Mapping[str, Any]) -> dict[str, Any]:
    """What a file says that the row does not yet: blank cells say nothing, so nothing is ever emptied."""
    return {
        name: value for name, value in told.items() if value not in (None, "") and getattr(row, name) != value
    }


def setting(row: SQLModel, values: Mapping[str, Any]) -> Write:
    """The writing of these values into a row."""

    def write(session: Session) -> None:
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)

    return write


def adding(row: SQLModel) -> Write:
    """The writing of a new row."""
    return lambda session: session.add(row)


# --- who and what is known ---


def people_named(session: Session, centre_id: int, folded: Collection[str]) -> dict[str, list[Person]]:
    """The centre's people with these names, folded; by id."""
    found: dict[str, list[Person]] = {}
    for part in _chunks(sorted(folded)):
        query = select(Person).where(Person.centre_id == centre_id, col(Person.folded).in_(part))
        for person in session.exec(query.order_by(col(Person.id))):
            found.setdefault(person.folded, []).append(person)
    return found


def spelt(name: str, people: Sequence[Person]) -> list[Person]:
    """Those of people of one folded name who are spelt so, else those who may be: typed without diacritics."""
    exact = [person for person in people if spelling(person.name) == spelling(name)]
    return exact or [person for person in people if same_name(person.name, name)]


def _chunks(names: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), _CHUNK):
        yield names[start : start + _CHUNK]


class Units:
    """The centre's organisations, found by present and former names; a name is unique within its parent only."""

    def __init__(self, session: Session, centre_id: int) -> None:
        query = select(Organisation).where(Organisation.centre_id == centre_id).order_by(col(Organisation.id))
        self.rows = {unit.id: unit for unit in session.exec(query)}
        self._named: dict[str, list[tuple[str, Organisation]]] = {}
        for unit in self.rows.values():
            self._name(unit.name, unit)
        self._full = {fold(self.full_name(unit)): unit for unit in self.rows.values()}
        for former in session.exec(select(OrganisationName).order_by(col(OrganisationName.id))):
            if former.organisation_id in self.rows:
                self._name(former.name, self.rows[former.organisation_id])
        self._near: dict[str, str] = {}

    def _name(self, name: str, unit: Organisation) -> None:
        self._named.setdefault(fold(name), []).append((name, unit))

    def called(self, name: str) -> list[Organisation]:
        """All that may be meant, present names before former ones; where both sides have diacritics, they count."""
        named = [(known, unit) for known, unit in self._named.get(fold(name), []) if same_name(name, known)]
        present = [unit for known, unit in named if known == unit.name]
        return list({unit.id: unit for unit in present or [unit for _known, unit in named]}.values())

    def find(self, name: str) -> Organisation | None:
        """The one that is meant, by its name or by its name and its parent's; None where none is, or several are."""
        found = self.called(name)
        if not found and (full := self._full.get(fold(name))) and same_name(name, self.full_name(full)):
            return full
        return found[0] if len(found) == 1 else None

    def full_name(self, unit: Organisation) -> str:
        """The name with that of the parent, where there is one."""
        parent = self.name(unit.parent_id)
        return f"{unit.name}, {parent}" if parent else unit.name

    def name(self, unit_id: int | None) -> str:
        unit = self.rows.get(unit_id) if unit_id is not None else None
        return unit.name if unit else ""

    def near(self, name: str) -> str:
        """The names most like this one, best first, between "; "; those of one name with their parents; "" when none is."""
        if name not in self._near:
            same = [self.full_name(unit) for unit in self.called(name)]
            self._near[name] = "; ".join(same or nearest(name, [unit.name for unit in self.rows.values()]))
        return self._near[name]


def nearest(query: str, names: Collection[str]) -> list[str]:
    """Up to three names like this one, the one that is surely meant first."""
    listed = list(dict.fromkeys(names))
    surely = closest(query, listed)
    folded = {name: fold(name) for name in listed}
    from rapidfuzz import fuzz, process  # only a guess needs it

    near = process.extract(fold(query), folded, scorer=fuzz.token_sort_ratio, limit=3, score_cutoff=_NEAR)
    found = [name for _folded, _score, name in near]
    return list(dict.fromkeys([*([surely] if surely else []), *found]))[:_SUGGESTIONS]
