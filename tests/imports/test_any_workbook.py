"""Whatever shape a workbook has, importing it finds exactly whom and what was put into it, or says what was left out.

Workbooks are built from known people, sessions and marks: several sheets, tables below and beside each other, headings,
letterheads, closing lines, merged cells, hidden rows, columns and sheets, several classes.
"""

import random
import shutil
from datetime import date, timedelta
from decimal import Decimal
from itertools import count as counting

from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from sqlmodel import col, select

from handlers.imports.understood import REASONS
from locales import ZONE
from storage.base.engine import Database
from storage.base.keyring import Keyring
from storage.courses.courses import CourseClass, CourseSession, Enrolment, Mark
from storage.people.people import Person
from tests.casts import workbooks as w
from tests.conftest import SECRET
from tests.houses.dialogue import Stage
from tests.imports.test_imports import OTHER, UNIT, planned

CODES = ("BD-01", "BD-02", "BD-03")
ASKED = "BD-03"
SURNAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Đặng", "Võ", "Hồ", "Ngô")
MIDDLES = ("Văn", "Thị", "Minh", "Thu", "Quốc", "Ngọc")
GIVEN = ("Sơn", "Hương", "Đạt", "Yến", "Khôi", "Lệ", "Tâm", "Ước", "Bách", "Giang")
FORMS = ("plain", "column", "sections", "sheets", "stacked", "beside", "halves", "hidden")


class Sketch:
    """A workbook in the making, and what of it is for the class asked for."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.book = Workbook()
        self.book.remove(self.book.worksheets[0])
        self.names = counting(1)

    def sheet(self, title: str = "") -> Worksheet:
        return self.book.create_sheet(title or f"Trang {next(self.names)}")

    def perhaps(self) -> bool:
        return self.chance.random() < 0.5

    def letterhead(self, sheet: Worksheet, width: int) -> None:
        if self.perhaps():
            sheet.append(["TRUNG TÂM CHÍNH TRỊ", *[None] * (width - 2), "ĐẢNG CỘNG SẢN VIỆT NAM"])
            sheet.append([])
        if self.perhaps():
            sheet.append(["DANH SÁCH"])
            sheet.merge_cells(
                start_row=sheet.max_row, end_row=sheet.max_row, start_column=1, end_column=width
            )

    def closing(self, sheet: Worksheet) -> None:
        if self.perhaps():
            sheet.append([None, f"Danh sách gồm {sheet.max_row} người"])
        if self.perhaps():
            sheet.append([])
            sheet.append([None, "NGƯỜI LẬP", None, "GIÁM ĐỐC"])

    def saved(self) -> bytes:
        return w.saved(self.book)


# --- rosters ---

Learner = tuple[str, date, str]
HEADER = ("STT", "Họ và tên", "Ngày sinh", "Đơn vị")


def learners(sketch: Sketch, n: int) -> list[Learner]:
    found: dict[str, Learner] = {}
    while len(found) < n:
        name = " ".join(map(sketch.chance.choice, (SURNAMES, MIDDLES, GIVEN)))
        born = date(1970, 1, 1) + timedelta(days=sketch.chance.randrange(10_000))
        found.setdefault(name, (name, born, sketch.chance.choice((UNIT, OTHER))))
    return list(found.values())


def table(sketch: Sketch, sheet: Worksheet, people: list[Learner], header: tuple[str, ...] = HEADER) -> None:
    order = list(header)
    if sketch.perhaps():
        order[1:] = sketch.chance.sample(order[1:], len(order) - 1)
    sheet.append(order)
    for number, (name, born, unit) in enumerate(people, 1):
        told = {"STT": number, "Họ và tên": name, "Ngày sinh": f"{born:%d/%m/%Y}", "Đơn vị": unit}
        if sketch.perhaps() and sketch.perhaps():
            sheet.append([None, "I. Khối trường học"])
        sheet.append([told[one] for one in order])


def plain(sketch: Sketch, people: list[Learner]) -> list[Learner]:
    sheet = sketch.sheet()
    sketch.letterhead(sheet, 4)
    table(sketch, sheet, people)
    sketch.closing(sheet)
    return people


def column(sketch: Sketch, people: list[Learner]) -> list[Learner]:
    sheet = sketch.sheet()
    sheet.append([*HEADER, "Lớp"])
    whose = [(one, sketch.chance.choice(CODES)) for one in people]
    for number, ((name, born, unit), code) in enumerate(whose, 1):
        sheet.append([number, name, born, unit, sketch.chance.choice((code, f"Lớp {code}"))])
    sketch.closing(sheet)
    return [one for one, code in whose if code == ASKED]


def sections(sketch: Sketch, people: list[Learner]) -> list[Learner]:
    sheet, mine = sketch.sheet(), []
    sheet.append(HEADER)
    for code, part in zip(CODES, parts(sketch, people), strict=True):
        sheet.append([f"LỚP {code}"])
        if sketch.perhaps():
            sheet.merge_cells(start_row=sheet.max_row, end_row=sheet.max_row, start_column=1, end_column=4)
        for number, person in enumerate(part, 1):
            sheet.append([number, *person])
        mine += part if code == ASKED else []
    return mine


def sheets(sketch: Sketch, people: list[Learner]) -> list[Learner]:
    by_class, mine = sketch.perhaps(), []
    for code, part in zip(CODES, parts(sketch, people), strict=True):
        sheet = sketch.sheet(code if by_class else "")
        sketch.letterhead(sheet, 4)
        table(sketch, sheet, part)
        sketch.closing(sheet)
        mine += part if code == ASKED or not by_class else []
    if sketch.perhaps():
        sketch.sheet("Ghi nhớ").append(["Gọi lại cho các đơn vị"])
    return mine


def stacked(sketch: Sketch, people: list[Learner]) -> list[Learner]:
    sheet, by_class, mine = sketch.sheet(), sketch.perhaps(), []
    for code, part in zip(CODES, parts(sketch, people), strict=True):
        if by_class:
            sheet.append([f"LỚP {code}"])
        table(sketch, sheet, part)
        sketch.closing(sheet)
        sheet.append([])
        mine += part if code == ASKED or not by_class else []
    return mine


def beside(sketch: Sketch, people: list[Learner]) -> list[Learner]:
    """Two classes under headings merged over their columns."""
    sheet, half = sketch.sheet(), len(people) // 2
    gap = [None] if sketch.perhaps() else []
    sheet.append(["LỚP BD-03", *[None] * 3, *gap, "LỚP BD-01"])
    sheet.append([*HEADER, *gap, *HEADER])
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=4)
    sheet.merge_cells(start_row=1, end_row=1, start_column=5 + len(gap), end_column=8 + len(gap))
    for number in range(max(half, len(people) - half)):
        left = [number, *people[number]] if number < half else [None] * 4
        right = [number, *people[half + number]] if number < len(people) - half else []
        sheet.append([*left, *gap, *right])
    return people[:half]


def halves(sketch: Sketch, people: list[Learner]) -> list[Learner]:
    """One list in two halves beside each other, and perhaps sums beside both."""
    sheet, half = sketch.sheet(), (len(people) + 1) // 2
    sums = [None, "STT", "Đơn vị", "Số lượng"] if sketch.perhaps() else []
    sheet.append([*HEADER, None, *HEADER, *sums])
    for number in range(half):
        right = [number, *people[half + number]] if half + number < len(people) else [None] * 4
        sheet.append([number, *people[number], None, *right, *([None, 1, "Phường khác", 7] if sums else [])])
    return people


def hidden(sketch: Sketch, people: list[Learner]) -> list[Learner]:
    sheet = sketch.sheet()
    sheet.append([*HEADER, "Chức vụ"])
    mine = []
    for number, person in enumerate(people, 1):
        sheet.append([number, *person, "Giáo viên"])
        is_hidden = sketch.perhaps()
        sheet.row_dimensions[sheet.max_row].hidden = is_hidden
        mine += [] if is_hidden else [person]
    sheet.column_dimensions["E"].hidden = sketch.perhaps()
    if sketch.perhaps():
        old = sketch.sheet("cũ")
        table(sketch, old, learners(sketch, 3))
        old.sheet_state = "hidden"
    return mine


def parts(sketch: Sketch, people: list[Learner]) -> list[list[Learner]]:
    first, second = sorted(sketch.chance.choices(range(len(people) + 1), k=2))
    return [people[:first], people[first:second], people[second:]]


def stage_of(template: str, folder: object) -> Stage:
    path = folder.mktemp("book") / "caunoi.db"
    shutil.copy(template, path)
    return Stage(Database(f"sqlite:///{path}", Keyring(SECRET)))


def enrolled(stage: Stage) -> set[tuple[str, date, str]]:
    with stage.database.transaction() as session:
        query = select(Person.name, Person.birth_date, CourseClass.code).join(
            Enrolment, col(Enrolment.person_id) == Person.id
        )
        query = query.join(CourseClass, col(CourseClass.id) == Enrolment.class_id)
        return {tuple(row) for row in session.exec(query)}


@given(form=st.sampled_from(FORMS), seed=st.integers(0, 10**6), n=st.integers(1, 8))
@settings(max_examples=60, deadline=None)
def test_a_roster_of_any_shape_enrols_exactly_its_people(sqlite_template, tmp_path_factory, form, seed, n):
    sketch = Sketch(seed)
    people = learners(sketch, n)
    mine = globals()[form](sketch, people)
    stage = stage_of(sqlite_template, tmp_path_factory)
    before, data = enrolled(stage), sketch.saved()
    plan = planned(stage, "roster", data)
    assert {left.reason for left in plan.sheet.left_out} <= REASONS.keys()
    if not plan.problems:
        planned(stage, "roster", data, write=True)
    told = {(name, born) for name, born, _code in enrolled(stage) - before}
    if plan.problems:
        assert not told
        assert not mine or {problem.code for problem in plan.problems} <= {"dates_swapped"}
        assert all(problem.row and problem.value for problem in plan.problems if mine)
    else:
        assert told == {(name, born) for name, born, _unit in mine}
        assert {code for _name, _born, code in enrolled(stage) - before} <= {ASKED}
    named = sum(left.count for left in plan.sheet.left_out if left.reason in {"other_class", "hidden_rows"})
    assert named >= n - len(mine)  # whoever is left out is told
    stage.database.close()


# --- timetables ---

Lesson = tuple[date, str, str]
BEGINS = {"Sáng": "7h30", "Chiều": "13h30"}


def lessons(sketch: Sketch, n: int) -> list[Lesson]:
    days = [date(2026, 11, 9) + timedelta(days=number) for number in range(n)]
    return [(day, part, f"Bài riêng {number}{part[0]}") for number, day in enumerate(days) for part in BEGINS
            if sketch.perhaps()]  # fmt: skip


def by_rows(sketch: Sketch, told: list[Lesson]) -> None:
    """A day and a part to each row, the day merged over its rows, the parts written or left to the hours."""
    sheet, hours = sketch.sheet(), sketch.perhaps()
    sketch.letterhead(sheet, 4)
    sheet.append(["Ngày", "Buổi", "Giờ", "Nội dung"])
    for place, (day, part, topic) in enumerate(told):
        again = place > 0 and told[place - 1][0] == day
        sheet.append([None if again else f"{day:%d/%m/%Y}", part, BEGINS[part] if hours else None, topic])
        if again:
            sheet.merge_cells(
                start_row=sheet.max_row - 1, end_row=sheet.max_row, start_column=1, end_column=1
            )


def by_weeks(sketch: Sketch, told: list[Lesson]) -> None:
    """Weeks beside each other."""
    sheet, half = sketch.sheet(), (len(told) + 1) // 2
    header, gap = ["Ngày", "Buổi", "Nội dung"], [None] if sketch.perhaps() else []
    sheet.append([*header, *gap, *header])
    for number in range(half):
        left = told[number]
        right = told[half + number] if half + number < len(told) else ()
        sheet.append(
            [f"{left[0]:%d/%m/%Y}", *left[1:], *gap, *(right and (f"{right[0]:%d/%m/%Y}", *right[1:]))]
        )


def by_parts(sketch: Sketch, told: list[Lesson]) -> None:
    """The morning's and the afternoon's topic beside each other, under a heading or without one."""
    sheet, headed = sketch.sheet(), sketch.perhaps()
    topics = {(day, part): topic for day, part, topic in told}
    sheet.append(["Thứ", "Ngày", *(("Nội dung", None) if headed else ("Sáng", "Chiều"))])
    if headed:
        sheet.append([None, None, "Sáng", "Chiều"])
        for area in ("A1:A2", "B1:B2", "C1:D1"):
            sheet.merge_cells(area)
    for day in sorted({day for day, _part, _topic in told}):
        sheet.append([f"Thứ {day.isoweekday() + 1}" if day.isoweekday() < 7 else "CN", f"{day:%d/%m/%Y}",
                      topics.get((day, "Sáng")), topics.get((day, "Chiều"))])  # fmt: skip


def by_class(sketch: Sketch, told: list[Lesson]) -> None:
    """Two classes that share the days, the other one with topics of its own."""
    sheet = sketch.sheet()
    sheet.append(["Ngày", "Buổi", "Nội dung", None])
    sheet.append([None, None, *(f"Lớp {code}" for code in ("BD-01", ASKED))])
    for area in ("A1:A2", "B1:B2", "C1:D1"):
        sheet.merge_cells(area)
    for day, part, topic in told:
        sheet.append([f"{day:%d/%m/%Y}", part, "Bài khác" if sketch.perhaps() else None, topic])


def kept_sessions(stage: Stage) -> set[Lesson]:
    query = select(CourseSession.starts_at, CourseSession.topic, CourseClass.code)
    query = query.join(CourseClass, col(CourseClass.id) == CourseSession.class_id)
    with stage.database.transaction() as session:
        rows = session.exec(query.where(col(CourseSession.topic).like("Bài %"))).all()
    local = [(moment.astimezone(ZONE), topic) for moment, topic, code in rows if code == ASKED]
    return {(moment.date(), "Sáng" if moment.hour < 12 else "Chiều", topic) for moment, topic in local}


@given(
    form=st.sampled_from((by_rows, by_weeks, by_parts, by_class)),
    seed=st.integers(0, 10**6),
    n=st.integers(1, 6),
)
@settings(max_examples=40, deadline=None)
def test_a_timetable_of_any_shape_has_exactly_its_sessions(sqlite_template, tmp_path_factory, form, seed, n):
    sketch = Sketch(seed)
    told = lessons(sketch, n)
    form(sketch, told)
    stage = stage_of(sqlite_template, tmp_path_factory)
    data = sketch.saved()
    plan = planned(stage, "timetable", data)
    if told:
        assert plan.problems == []
        planned(stage, "timetable", data, write=True)
    assert kept_sessions(stage) == {(day, part, topic) for day, part, topic in told}
    stage.database.close()


# --- marks ---

MARKED = ("TT", "Họ và tên", "Ngày sinh")
KNOWN = (("Nguyễn Thị Minh Hạnh", date(1985, 1, 1)), ("Trần Văn An", date(1985, 2, 10)))


def by_columns(sketch: Sketch, told: dict[tuple[int, str], Decimal], papers: list[str]) -> None:
    sheet = sketch.sheet()
    sheet.append([*MARKED, *papers, "Xếp loại"])
    for number, person in enumerate(KNOWN):
        sheet.append([number + 1, *person, *(told.get((number, paper)) for paper in papers), "Giỏi"])


def by_papers(sketch: Sketch, told: dict[tuple[int, str], Decimal], papers: list[str]) -> None:
    for paper in papers:
        sheet = sketch.sheet(paper)
        sheet.append([*MARKED, "Điểm"])
        for number, person in enumerate(KNOWN):
            if (number, paper) in told or sketch.perhaps():
                sheet.append([number + 1, *person, told.get((number, paper))])


def by_hidden(sketch: Sketch, told: dict[tuple[int, str], Decimal], papers: list[str]) -> None:
    sheet = sketch.sheet()
    sheet.append([*MARKED, "Điểm bỏ", *papers])
    for number, person in enumerate(KNOWN):
        sheet.append([number + 1, *person, 3, *(told.get((number, paper)) for paper in papers)])
    sheet.column_dimensions["D"].hidden = True


@given(
    form=st.sampled_from((by_columns, by_papers, by_hidden)), seed=st.integers(0, 10**6), n=st.integers(1, 4)
)
@settings(max_examples=30, deadline=None)
def test_marks_of_any_shape_are_exactly_kept(sqlite_template, tmp_path_factory, form, seed, n):
    sketch = Sketch(seed)
    papers = [f"Điểm bài riêng {number}" for number in range(1, n + 1)]
    told = {(number, paper): Decimal(sketch.chance.randrange(0, 41)) / 4 for paper in papers
            for number in range(len(KNOWN)) if sketch.perhaps()}  # fmt: skip
    form(sketch, told, papers)
    stage = stage_of(sqlite_template, tmp_path_factory)
    data = sketch.saved()
    plan = planned(stage, "marks", data, "running")
    if told:
        assert plan.problems == []
        planned(stage, "marks", data, "running", write=True)
    query = select(Person.name, Mark.component, Mark.value).join(Mark, col(Mark.person_id) == Person.id)
    with stage.database.transaction() as session:
        rows = session.exec(query.where(col(Mark.component).like("Điểm b%"))).all()
    assert {tuple(row) for row in rows} == {
        (KNOWN[number][0], paper, value) for (number, paper), value in told.items()
    }
    stage.database.close()
