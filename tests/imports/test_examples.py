"""The example rows of a template are imported by nobody: not as they came, not filled in around, not copied elsewhere."""

from datetime import date, datetime, time
from io import BytesIO

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select

from bot.cli.import_examples import example
from bot.cli.importing import import_command
from storage.courses.courses import CourseSession, Enrolment, Mark
from storage.imports.imports import KIND_NAMES
from storage.people.people import Organisation, Person
from storage.spreadsheets.leftover import EXAMPLE, is_example
from storage.spreadsheets.reading import read
from tests.casts.workbooks import book
from tests.houses.web.pages import page_house
from tests.imports.test_importing import office  # noqa: F401  a fixture

TODAY = date(2026, 11, 16)
UNIT = "Trường THCS Lê Lợi"
HANH = ("Nguyễn Thị Minh Hạnh", date(1985, 1, 1))  # of the running class
# A row of one's own by the header it stands under.
OWN = {
    "units": {"Tên đơn vị": "Trường THPT Bến Tre", "Loại hình": "Trường học"},
    "roster": {"Họ và tên": "Nguyễn Thị Sáu", "Ngày sinh": date(1990, 5, 12), "Đơn vị": UNIT},
    "timetable": {
        "Ngày": date(2026, 12, 8), "Buổi": "Sáng", "Từ giờ": time(7, 30), "Đến giờ": time(11), "Chuyên đề": "Bài 2",
        "Số tiết": 4,
    },
    "marks": {"Họ và tên": HANH[0], "Ngày sinh": HANH[1], "Điểm kiểm tra": 8},
}  # fmt: skip
MADE = {"units": Organisation, "roster": Person, "timetable": CourseSession, "marks": Mark}


def rows_of(kind: str) -> list[list[object]]:
    """The template's rows, titles and header included, as Excel has them."""
    sheet = openpyxl.load_workbook(BytesIO(example(kind))).active
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def header_of(rows: list[list[object]]) -> int:
    return next(place for place, row in enumerate(rows) if row[0] == "TT")


def own_row(kind: str, header: list[object], **more: object) -> list[object]:
    told = {**OWN[kind], **more}
    missing = told.keys() - set(header)
    assert not missing, f"{missing} is not among {header}"
    return [told.get(str(name)) for name in header]


def with_own(kind: str, *, above: int = 0) -> bytes:
    """The template as somebody fills it in who leaves the examples where they are."""
    rows = rows_of(kind)
    head = header_of(rows)
    place = head + 1 + above
    return book([*rows[:place], own_row(kind, rows[head]), *rows[place:]])


def made(stage, kind: str) -> set[str]:
    """What there is of a kind, by its name."""
    with stage.database.reading() as session:
        found = session.exec(select(MADE[kind])).all()
        return {str(getattr(one, "name", "") or getattr(one, "topic", "") or one.id) for one in found}


# --- what is read


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_a_template_as_it_came_has_nothing_to_import(kind):
    sheet = read(kind, example(kind), today=TODAY)
    assert sheet.rows == []
    assert [problem.code for problem in sheet.problems] == ["only_examples"]
    assert [left.reason for left in sheet.left_out].count("example") == 2


@pytest.mark.parametrize("kind", KIND_NAMES)
@given(places=st.lists(st.integers(0, 4), min_size=1, max_size=6), swaps=st.randoms())
@settings(max_examples=25, deadline=None)
def test_wherever_examples_are_copied_only_the_own_rows_are_read(kind, places, swaps):
    """Into a list of one's own, several times, in any case, with the columns in another order."""
    rows = rows_of(kind)
    head = header_of(rows)
    header, examples = rows[head], rows[head + 1 : head + 3]
    lines = [own_row(kind, header)]
    for place in places:
        copied = swaps.choice(examples)
        lines.insert(
            place, [one.upper() if isinstance(one, str) and swaps.random() < 0.3 else one for one in copied]
        )
    order = list(range(len(header)))
    swaps.shuffle(order)
    sheet = read(kind, book([[row[place] for place in order] for row in (header, *lines)]), today=TODAY)
    assert [row for row in sheet.rows if any(map(is_example, row.values.values()))] == []
    assert len(sheet.rows) == 1, sheet.problems
    assert sheet.problems == []
    left = [one for one in sheet.left_out if one.reason == "example"]
    assert sum(one.count for one in left) == len(places)


@pytest.mark.parametrize(
    ("kind", "header"),
    [
        ("units", "Thủ trưởng"),
        ("units", "Cơ quan chủ quản"),
        ("roster", "Đơn vị"),
        ("timetable", "Giảng viên"),
    ],
)
def test_an_own_row_that_still_names_an_example_is_refused_at_its_cell(kind, header):
    rows = rows_of(kind)
    head = header_of(rows)
    place = next(n for n, name in enumerate(rows[head]) if name == header)
    told = next(row[place] for row in rows[head + 1 :] if row[place])
    sheet = read(kind, book([rows[head], own_row(kind, rows[head], **{header: told})]), today=TODAY)
    assert [(problem.code, problem.header) for problem in sheet.problems] == [("example_value", header)]


@pytest.mark.parametrize(
    "words", ["Bài 3: phân tích ví dụ", "Các hoạt động (ví dụ)", "Trường THCS Ví Dụ", "Đồng Vị Du"]
)
def test_words_that_only_sound_like_it_are_no_example(words):
    assert not is_example(words)
    assert is_example(f"{words} {EXAMPLE}")
    assert is_example(f"{words} ( DONG VI DU )")
    assert not is_example(datetime(2026, 1, 1))


# --- the three ways in


@pytest.mark.parametrize("above", [0, 2])
@pytest.mark.parametrize("kind", KIND_NAMES)
def test_the_command_line_leaves_them_out_by_name(office, tmp_path, capsys, kind, above):  # noqa: F811
    before = made(office, kind)
    file = tmp_path / "mau.xlsx"
    file.write_bytes(example(kind))
    code = None if kind == "units" else "BD-01"
    assert import_command(kind, file, code, dry_run=False) == 1
    assert "Tệp chỉ có các dòng ví dụ" in capsys.readouterr().err
    assert made(office, kind) == before
    file.write_bytes(with_own(kind, above=above))
    assert import_command(kind, file, code, dry_run=False) == 0, capsys.readouterr().err
    told = capsys.readouterr().out
    assert told.count("dòng ví dụ, không nhập:") == 2
    assert len(made(office, kind) - before) == 1
    assert not any(map(is_example, made(office, kind)))


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_the_chat_leaves_them_out_by_name(stage, kind):
    before, registrar = made(stage, kind), stage.registrar
    registrar.sends_file("mau.xlsx", with_own(kind))
    if kind != "units":
        registrar.taps("BD-01" if "BD-01" in "".join(registrar.last.labels) else registrar.last.labels[0])
    registrar.sees("dòng ví dụ, không nhập:").taps("Nhập").sees("Đã nhập.")
    assert len(made(stage, kind) - before) == 1
    assert not any(map(is_example, made(stage, kind)))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", ["units", "roster"])
def test_the_page_leaves_them_out_by_name(database, kind):
    with page_house(database) as house:
        registrar = house.stage.registrar
        link, browser = house.upload_of(registrar), house.browser()
        where = {"id": "file-0001", "name": "mau.xlsx"}
        browser.put(link, params=where, content=with_own(kind), headers={"Accept": "*/*"})
        house.runs()
        if kind == "roster":
            registrar.taps("BD-01")
        registrar.sees("dòng ví dụ, không nhập:")
        with house.database.reading() as session:
            assert (
                session.exec(select(Enrolment).join(Person).where(Person.name.contains("ví dụ"))).all() == []
            )
