"""Builders of workbooks as offices write them: letterheads, merged cells, signature blocks, and worse."""

import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook

from storage.spreadsheets.leftover import EXAMPLE, is_example

Line = Sequence[Any]

LETTERHEAD: list[Line] = [
    ("ĐẢNG BỘ PHƯỜNG A", None, None, None, "ĐẢNG CỘNG SẢN VIỆT NAM"),
    ("TRUNG TÂM CHÍNH TRỊ", None, None, None, "Phường A, ngày 05 tháng 01 năm 2026"),
    (),
    ("DANH SÁCH HỌC VIÊN",),
    ("Lớp bồi dưỡng nhận thức về Đảng khóa I năm 2026",),
    (),
]
SIGNATURES: list[Line] = [
    (),
    ("Danh sách có 03 học viên",),
    (None, None, None, None, "Phường A, ngày 20 tháng 11 năm 2026"),
    (None, "NGƯỜI LẬP BIỂU", None, None, "GIÁM ĐỐC"),
    (None, "(Ký, ghi rõ họ tên)"),
    (None, "Trần Văn Lập", None, None, "Lê Thị Giám"),
]
ROSTER_HEADER: Line = ("TT", "Họ và tên", "Ngày sinh", "Chức vụ", "Đơn vị", "Điện thoại", "Ghi chú")
ROSTER_ROWS: list[Line] = [
    (1, "Nguyễn Thị Minh Hạnh", date(1990, 5, 12), "Giáo viên", "Trường THCS Lê Lợi", 912345678, None),
    (2, "Trần Văn Bình", "03/02/1988", "Giám đốc", "Đảng ủy phường A", "0987 654 321", "Lớp trưởng"),
    (3, "Lê Thị Ánh", "7-9-1995", "Chuyên viên", "Trường THCS Lê Lợi", "+84 905 111 222", None),
]


def write_over_examples(path: Path) -> None:
    """A template as somebody fills it in: its rows are nobody's examples any more."""
    workbook = load_workbook(path)
    for cell in (
        cell for row in workbook.worksheets[0].iter_rows() for cell in row if is_example(cell.value)
    ):
        cell.value = cell.value.replace(EXAMPLE, "").strip()
    workbook.save(path)


def book(*sheets: Iterable[Line], merges: Iterable[str] = (), titles: Sequence[str] = ()) -> bytes:
    """A workbook of these sheets; `merges` belong to the first."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for index, lines in enumerate(sheets):
        sheet = workbook.create_sheet(titles[index] if index < len(titles) else f"Sheet{index + 1}")
        for line in lines:
            sheet.append(list(line))
    for area in merges:
        workbook.worksheets[0].merge_cells(area)
    return saved(workbook)


def saved(workbook: Workbook) -> bytes:
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def roster(rows: Iterable[Line] = ROSTER_ROWS, header: Line = ROSTER_HEADER) -> bytes:
    """A roster as a centre receives it, letterhead, signatures and all."""
    return book([*LETTERHEAD, header, *rows, *SIGNATURES], merges=("A4:G4", "A5:G5"))


def edited(data: bytes, change: Callable[[Workbook], object]) -> bytes:
    workbook = load_workbook(io.BytesIO(data))
    change(workbook)
    return saved(workbook)


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(content: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, part in content.items():
            archive.writestr(name, part)
    return file.getvalue()


def with_part(data: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """The same workbook with one part's bytes changed, to say what openpyxl would never write."""
    content = parts(data)
    assert old in content[name], f"{old!r} is not in {name}"
    return zipped(content | {name: content[name].replace(old, new)})


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET_1 = "xl/worksheets/sheet1.xml"


def ole(stream: str) -> bytes:
    """The beginnings of an old compound file with one named stream."""
    return bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 504 + stream.encode("utf-16-le") + b"\0" * 512
