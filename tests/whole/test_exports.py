"""Every workbook the program writes, as it prints: each kind with 3 rows and with 60, looked at in the file and by LibreOffice."""

import itertools
import math
import re
import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from sqlalchemy import select, update

from bot.cli.import_examples import example
from handlers import table
from locales import Language
from storage.courses.notices import Notice
from storage.messaging import outbox
from storage.people.people import Centre
from storage.spreadsheets import layout, writing
from tests.whole.test_hostile import announces, is_told_and_tells, looks_at_the_board, reports_with_a_note

EXAMPLES = ("units", "roster", "timetable", "marks")
TO_SIGN = {
    "lx",
    "gate_list",
    "notice_list",
    "conduct_board",
    "conduct_class",
    "conduct_centre",
    "conduct_unit",
    "unit_feedback",
}
KINDS = [*sorted(TO_SIGN | {"mydata", "conduct_sent"}), *EXAMPLES]
PARENT, CENTRE = "Đảng ủy phường An Hòa", "Trung tâm Chính trị phường An Hòa"
SIGNED = ["\nNGƯỜI LẬP BIỂU", "An Hòa, ngày 16 tháng 11 năm 2026\nGIÁM ĐỐC"]
LONG = "Nghỉ học không báo trước, đã được nhắc nhở một lần; hứa không để xảy ra nữa và sẽ học bù vào tuần sau"


def promised(stage) -> dict[str, dict]:
    """The workbooks that conversations promise, by kind, each of them with something in it."""
    with stage.database.transaction() as session:
        session.execute(update(Centre).values(parent_body=PARENT))
    reports_with_a_note(stage, LONG)
    announces(stage)
    is_told_and_tells(stage, LONG)
    looks_at_the_board(stage)
    stage.learner.presses(table().actions["lx"].data({"course": stage.cast.running, "first": 0}))
    with stage.database.reading() as session:
        messages = session.execute(select(outbox.outbox.c.message)).scalars()
        found = {one["document"]["key"]: one["document"]["ids"] for one in messages if one["document"]}
        notice = session.execute(select(Notice.id)).scalars().first()
    sent = {"report": stage.cast.report}
    mine = {"person": stage.cast.learners[0]}
    return {**found, "notice_list": {"notice": notice}, "mydata": mine, "conduct_sent": sent}


@pytest.fixture
def exported(stage, monkeypatch):
    """Each kind of workbook with so many rows: those there are, again and again, one of them with a long text."""
    ids, plain, made = promised(stage), writing.write, {}

    def write(titles, headers, rows, **page):
        there = list(rows)
        assert there, f"no row for {titles}"
        again = list(itertools.islice(itertools.cycle(there), made["rows"]))
        texts = [place for place, value in enumerate(again[-1]) if isinstance(value, str)]
        again[-1] = [LONG if place == texts[-1] else value for place, value in enumerate(again[-1])]
        return plain(titles, headers, again, **page)

    def export(kind: str, rows: int) -> bytes:
        monkeypatch.setattr(writing, "write", write)
        made["rows"] = rows
        if kind in EXAMPLES:
            monkeypatch.setattr("storage.spreadsheets.writing.write", write)
            return example(kind)
        with stage.database.reading() as session:
            return stage.table.papers[kind].run(stage.desk(session), Language("vi"), **ids[kind])

    return export


def test_every_workbook_is_looked_at_here(stage):
    """A new kind of workbook has to stand in KINDS."""
    pictures = {"receipt_qr", "superior_letter", "ics"}
    drawn = {key for key in table().papers if key.endswith("_picture")}
    assert set(KINDS) - set(EXAMPLES) == set(table().papers) - pictures - drawn


# --- in the file


def heading_of(sheet) -> int:
    return int(re.fullmatch(r"\$(\d+):\$\1", sheet.print_title_rows)[1])


@pytest.mark.parametrize("rows", [3, 60])
def test_every_workbook_prints_well(exported, rows):
    for kind in KINDS:
        sheet = load_workbook(BytesIO(exported(kind, rows))).active
        page = sheet.page_setup
        assert (int(page.paperSize), page.fitToWidth, page.fitToHeight) == (9, 1, 0), kind
        assert sheet.sheet_properties.pageSetUpPr.fitToPage, kind
        assert sheet.oddFooter.center.text == "&P/&N"
        header = heading_of(sheet)
        table_rows = [list(row) for row in sheet.iter_rows(min_row=header, max_row=header + rows)]
        assert all(cell.border.left.style == "thin" for row in table_rows for cell in row), kind
        every_text_has_room(kind, sheet, table_rows)
        widths = [
            sheet.column_dimensions[get_column_letter(place)].width
            for place in range(1, len(table_rows[0]) + 1)
        ]
        page_width = 140 if page.orientation == "landscape" else 95
        assert 0.5 * page_width < sum(widths) < 1.4 * page_width, (kind, sum(widths))  # neither lost nor tiny
        texts = [cell.value for [cell] in sheet.iter_rows(max_row=header - 1, max_col=1)]
        below = [cell for row in sheet.iter_rows(min_row=header + rows + 1) for cell in row if cell.value]
        if kind not in EXAMPLES:
            assert texts[:2] == [PARENT, CENTRE], kind
            assert len(texts) > 2, kind
        if kind in TO_SIGN:
            assert [cell.value for cell in below] == SIGNED
            assert sheet.row_dimensions[below[-1].row].height >= 80, kind  # for a hand and a stamp
        else:
            assert below == [], kind


def every_text_has_room(kind, sheet, rows) -> None:
    for row in rows:
        for cell in row:
            width = sheet.column_dimensions[get_column_letter(cell.column)].width
            day = cell.number_format == "dd/mm/yyyy"
            text = layout.shown(cell.value.date() if day else cell.value)
            bold = 1.1 if cell.font.bold else 1.0
            needed = layout.width_of(text, scale=bold)
            assert width >= max((layout.width_of(word, scale=bold) for word in text.split()), default=0), (
                kind,
                text,
            )
            if layout.is_figure(cell.value):
                assert needed <= width, (kind, text)
            else:
                assert cell.alignment.wrap_text
                height = sheet.row_dimensions[cell.row].height
                assert height >= 15 * math.ceil(needed / width), (kind, text)


# --- the widths and heights themselves


def test_a_moment_is_as_wide_as_it_is_shown():
    """Former outcome: as wide as Python writes it, with seconds and a zone: half of the page."""
    from datetime import UTC, datetime

    sheet = load_workbook(
        BytesIO(
            writing.write(
                ["T"], ["a"], [[datetime(2026, 11, 16, 9, tzinfo=UTC)]] * 3, sheet_name="x", landscape=True
            )
        )
    ).active
    assert sheet.column_dimensions["A"].width < 42
    assert sheet["A3"].alignment.horizontal == "center"


def test_a_title_longer_than_the_table_goes_on_below():
    sheet = load_workbook(BytesIO(writing.write([LONG * 2], ["a", "b"], [["c", "d"]], sheet_name="x"))).active
    header = heading_of(sheet)
    assert header > 2
    titles = [sheet.cell(row, 1).value for row in range(1, header)]
    assert " ".join(titles) == LONG * 2
    width = sum(sheet.column_dimensions[letter].width for letter in "AB")
    assert all(layout.width_of(title, scale=1.2) <= width for title in titles)


def test_no_row_is_higher_than_excel_knows():
    sheet = load_workbook(BytesIO(writing.write([], ["a"], [["từ " * 9000]], sheet_name="x"))).active
    assert sheet.row_dimensions[2].height == 409


# --- as LibreOffice prints it


needs_libreoffice = pytest.mark.skipif(
    not (shutil.which("soffice") and shutil.which("pdftotext")), reason="needs LibreOffice and poppler-utils"
)


@needs_libreoffice
@pytest.mark.slow
def test_libreoffice_repeats_the_head_on_every_page(exported, tmp_path):
    files = {(kind, rows): tmp_path / f"{kind}-{rows}.xlsx" for kind in KINDS for rows in (3, 60)}
    for (kind, rows), file in files.items():
        file.write_bytes(exported(kind, rows))
    printed(tmp_path, files.values())
    for (kind, rows), file in files.items():
        pages = pages_of(file.with_suffix(".pdf"))
        few, many = (1, 2) if kind == "gate_list" else (1, 1)  # whose remarks are long in several columns
        assert few <= len(pages) <= many if rows == 3 else 1 < len(pages) <= 20, (kind, rows, len(pages))
        sheet = load_workbook(file).active
        words = [str(cell.value).split()[0] for cell in sheet[heading_of(sheet)] if cell.value]
        for number, page in enumerate(pages, 1):
            told = "".join(page.split())  # some faces put a gap behind Đ
            assert told.endswith(f"{number}/{len(pages)}"), (kind, rows)
            assert [word for word in words if word not in told] == [], (kind, rows, number)
        last = "".join(pages[-1].split())
        assert kind not in TO_SIGN or re.search(r"ngày16tháng11năm2026.*GIÁMĐỐC", last), (kind, rows)


def printed(folder: Path, files) -> None:
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = ["soffice", "--headless", profile, "--convert-to", "pdf", "--outdir", folder, *files]
    subprocess.run(command, capture_output=True, check=True, timeout=300)


def pages_of(file: Path) -> list[str]:
    done = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, check=True, timeout=60)
    return done.stdout.decode().removesuffix("\f").split("\f")
