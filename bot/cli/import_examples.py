"""The example workbooks of `caunoi template`: invented people and units, headers as offices write them.

They are Vietnamese in every language, since these are the headers that an import understands; the list of
units names the units of the class list, so that the examples fit together.
"""

from collections.abc import Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any, Final

from locales import Language, later
from storage.spreadsheets.leftover import EXAMPLE
from storage.spreadsheets.writing import template

_LABELS: Final[dict[str, dict[str, str]]] = {
    "units": {
        "ordinal": later("No."), "name": later("Unit name"), "kind": later("Kind of unit"),
        "parent": later("Parent body"), "head": later("Head of unit"), "head_position": later("Position of the head"),
        "head_phone": later("Telephone of the head"), "liaison": later("Liaison officer"),
        "liaison_phone": later("Telephone of the liaison officer"), "address": later("Address"),
    },
    "roster": {
        "ordinal": later("No."), "name": later("Full name"), "birth_date": later("Date of birth"),
        "gender": later("Gender"), "gender.male": later("Male"), "gender.female": later("Female"),
        "position": later("Position"), "unit": later("Unit"), "party_status": later("Party membership"),
        "party_status.member": later("Full member"), "party_status.probationary": later("Probationary member"),
        "party_status.non_member": later("Not a member"), "phone": later("Telephone"), "note": later("Note"),
    },
    "timetable": {
        "ordinal": later("No."), "date": later("Date"), "part": later("Part of the day"),
        "part.morning": later("Morning"), "part.afternoon": later("Afternoon"),
        "start": later("From"), "end": later("To"), "periods": later("Periods"), "topic": later("Topic"),
        "kind": later("Kind of session"), "kind.lecture": later("Lecture"), "kind.discussion": later("Discussion"),
        "lecturer": later("Lecturer"), "room": later("Room"), "note": later("Note"),
    },
    "marks": {"ordinal": later("No."), "name": later("Full name"), "birth_date": later("Date of birth")},
}  # fmt: skip
_TITLES: Final = {
    "units": later("LIST OF UNITS (EXAMPLE)"), "roster": later("CLASS LIST (EXAMPLE)"),
    "timetable": later("TIMETABLE (EXAMPLE)"), "marks": later("MARKS (EXAMPLE)"),
}  # fmt: skip


def _ours(name: str) -> str:
    """A name as nobody has it: an import leaves its row out, wherever it was copied to."""
    return f"{name} {EXAMPLE}"


_ROWS: Final[dict[str, Sequence[Mapping[str, Any]]]] = {
    "units": (
        {"name": _ours("Đảng ủy phường Ví Dụ"), "kind": "Đảng ủy", "address": "Số 1, phường Ví Dụ"},
        {"name": _ours("Trường THCS Ví Dụ"), "kind": "Trường học", "parent": _ours("Đảng ủy phường Ví Dụ"),
         "head": _ours("Trần Thị Mẫu"), "head_position": "Hiệu trưởng", "head_phone": "0900000001",
         "liaison": _ours("Lê Văn Thử"), "liaison_phone": "0900000002", "address": "Số 2, phường Ví Dụ"},
    ),
    "roster": (
        {"name": _ours("Nguyễn Văn Mẫu"), "birth_date": date(1990, 5, 12), "gender": "male", "position": "Giáo viên",
         "unit": _ours("Trường THCS Ví Dụ"), "party_status": "probationary", "phone": "0900000003"},
        {"name": _ours("Phạm Thị Thử"), "birth_date": date(1988, 2, 3), "gender": "female", "position": "Chuyên viên",
         "unit": _ours("Đảng ủy phường Ví Dụ"), "party_status": "member", "phone": "0900000004", "note": "Lớp trưởng"},
    ),
    "timetable": (
        {"date": date(2026, 12, 7), "part": "morning", "start": time(7, 30), "end": time(11), "periods": 4,
         "topic": _ours("Chuyên đề 1"), "kind": "lecture", "lecturer": _ours("Đỗ Văn Mẫu"), "room": "Hội trường A"},
        {"date": date(2026, 12, 7), "part": "afternoon", "start": time(13, 30), "end": time(17), "periods": 4,
         "topic": _ours("Thảo luận chuyên đề 1"), "kind": "discussion", "lecturer": _ours("Đỗ Văn Mẫu"), "room": "Phòng A2"},
    ),
    "marks": (
        {"name": _ours("Nguyễn Văn Mẫu"), "birth_date": date(1990, 5, 12),
         "marks": {"Điểm kiểm tra": Decimal("7.5"), "Điểm thu hoạch": Decimal(8)}},
        {"name": _ours("Phạm Thị Thử"), "birth_date": date(1988, 2, 3),
         "marks": {"Điểm kiểm tra": Decimal("8.25"), "Điểm thu hoạch": Decimal(9)}},
    ),
}  # fmt: skip


def example(kind: str) -> bytes:
    """An example workbook of a kind. Its rows show how to fill it in, and are never imported."""
    _ = Language("vi").text
    labels = {name: _(label).unescape() for name, label in _LABELS[kind].items()}
    told = _("Rows marked {mark} are never imported: please write your own below or over them.", mark=EXAMPLE)
    return template(kind, _ROWS[kind], labels, [_(_TITLES[kind]).unescape(), told.unescape()])
