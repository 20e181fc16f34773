"""The kinds of workbook an office sends, as data: their columns, the many names of each, and its parser.

The names are what headers say in real files, not words shown by the program; they are compared folded,
with their words in any order, and a typing error forgiven in the longer ones.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from functools import cache
from typing import Final

from storage.base.text import fold, nfc
from storage.spreadsheets import cells
from storage.spreadsheets.cells import Parser

Values = dict[str, object]
Complain = Callable[..., None]
"""complain(field, code, **extra): a problem that only shows when several cells are read together."""

NAME_LIMIT: Final = 120
TEXT_LIMIT: Final = 300
NOTE_LIMIT: Final = 2_000


@dataclass(frozen=True)
class Column:
    """One field of a kind. `via`: groups of other columns that together can stand for a required one."""

    field: str
    names: tuple[str, ...]
    parse: Parser = cells.text
    required: bool = False
    limit: int = TEXT_LIMIT
    via: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Kind:
    """`anchor` is the field a data row has and a signature or section row has not; `identity`, the
    fields that make two rows the same; `finish` turns helper columns into fields.
    """

    name: str
    columns: tuple[Column, ...]
    anchor: str
    main: str
    identity: tuple[str, ...]
    finish: Callable[[Values, Complain], None]
    has_marks: bool = False


# --- joining helper columns ---


def _join_name(values: Values, complain: Complain) -> None:
    halves = {part: values.pop(part) for part in ("family_name", "given_name") if part in values}
    family, given = halves.get("family_name"), halves.get("given_name")
    if "name" not in values and (family or given):
        for part, value in halves.items():
            if not value:
                complain(part, "missing_value")
    whole = " ".join(str(part) for part in (values.get("name") or family, given) if part)
    if given and str(values.get("name") or "").endswith(f" {given}"):
        whole = str(values["name"])
    values["name"] = whole or None


def _join_birth(values: Values) -> None:
    """Old forms give the date of birth in a column "Nam" or in a column "Nữ"."""
    for sex in ("male", "female"):
        born, crossed = values.pop(f"birth_{sex}", None), values.pop(f"{sex}_mark", None)
        if born:
            values["birth_date"] = values.get("birth_date") or born
        if born or crossed:
            values["gender"] = values.get("gender") or sex


def _finish_person(values: Values, complain: Complain) -> None:
    _join_name(values, complain)
    _join_birth(values)


def _finish_nothing(_values: Values, _complain: Complain) -> None:
    pass


def _finish_session(values: Values, complain: Complain) -> None:
    day, beside = _pair(values.get("date"))
    part, span = _pair(values.get("part"))
    values["date"] = day
    if "part" in values:
        values["part"] = part
    start, end = _pair(values.pop("hours", None) or span)
    for field, told in (("start", start), ("end", end)):
        if told and not values.get(field):
            values[field] = told
    weekday = values.pop("weekday", None)
    for said in (weekday, beside):
        if isinstance(day, date) and isinstance(said, int) and said != day.weekday():
            field = "weekday" if said is weekday else "date"
            complain(field, "weekday_mismatch", date=day.isoformat(), weekday=str(day.weekday()))
            break
    begins, ends = values.get("start"), values.get("end")
    if isinstance(begins, time) and isinstance(ends, time) and ends <= begins:
        complain("end", "bad_time", start=f"{begins:%H:%M}", end=f"{ends:%H:%M}")


def _pair(value: object) -> tuple[object, object]:
    return value if isinstance(value, tuple) else (value, None)


# --- the columns ---

_ORDINAL: Final = Column("ordinal", ("TT", "STT", "Số TT", "Số thứ tự", "Thứ tự"))
_NAME: Final = Column(
    "name",
    ("Họ và tên", "Họ tên", "Họ tên học viên", "Họ và tên học viên", "Tên học viên", "Học viên",
     "Họ, chữ đệm và tên", "Họ, tên đệm và tên", "Họ và tên khai sinh", "Họ và tên đảng viên"),
    cells.person_name, required=True, limit=NAME_LIMIT, via=(("family_name", "given_name"),),
)  # fmt: skip
_FAMILY: Final = Column(
    "family_name",
    ("Họ và tên đệm", "Họ đệm", "Họ và đệm", "Họ tên đệm", "Họ và chữ đệm", "Họ và tên lót", "Họ lót", "Họ"),
    cells.person_name,
    limit=NAME_LIMIT,
)
_GIVEN: Final = Column("given_name", ("Tên", "Tên gọi"), cells.person_name, limit=NAME_LIMIT)
_BIRTH: Final = Column(
    "birth_date",
    ("Ngày sinh", "Ngày tháng năm sinh", "Ngày, tháng, năm sinh", "Năm sinh", "Sinh ngày", "Sinh ngày tháng năm",
     "Ngày sinh học viên", "NTNS", "NS"),
    cells.birth_date, required=True, via=(("birth_male",), ("birth_female",)),
)  # fmt: skip


def _birth_of(sex: str, word: str) -> Column:
    return Column(f"birth_{sex}", tuple(f"{name} {word}" for name in _BIRTH.names[:4]), cells.birth_date)


_BIRTH_MALE: Final = _birth_of("male", "Nam")
_BIRTH_FEMALE: Final = _birth_of("female", "Nữ")
_CLASS: Final = Column(
    "class", ("Lớp", "Lớp học", "Mã lớp", "Tên lớp", "Lớp, khóa", "Khóa, lớp", "Lớp bồi dưỡng")
)
_NOTE: Final = Column("note", ("Ghi chú", "Chú thích", "Lưu ý"), limit=NOTE_LIMIT)
_PHONES: Final = ("Điện thoại", "SĐT", "Số ĐT", "ĐT", "Số điện thoại", "Điện thoại liên hệ", "Số điện thoại liên hệ",
                  "Di động", "Số di động", "Điện thoại di động", "ĐTDĐ", "Liên hệ")  # fmt: skip


def _of(names: tuple[str, ...], owners: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{name} {owner}" for owner in owners for name in names)


_HEADS: Final = ("thủ trưởng", "thủ trưởng đơn vị", "lãnh đạo", "người đứng đầu")
_LIAISONS: Final = ("đầu mối", "cán bộ đầu mối", "người liên hệ", "cán bộ phụ trách")
_PERSON: Final = ("Họ tên", "Họ và tên", "Tên")
_NUMBERS: Final = ("Điện thoại", "SĐT", "Số ĐT", "Số điện thoại", "ĐT", "Di động")

UNITS: Final = Kind(
    "units",
    (
        _ORDINAL,
        Column(
            "name",
            ("Tên đơn vị", "Đơn vị", "Tên cơ quan", "Cơ quan", "Cơ quan, đơn vị", "Tên cơ quan, đơn vị",
             "Đơn vị cử đi học", "Đơn vị cử", "Tên tổ chức", "Tổ chức", "Tên chi bộ", "Đơn vị trực thuộc"),
            required=True, limit=NAME_LIMIT * 2,
        ),
        Column("kind", ("Loại hình", "Loại hình đơn vị", "Loại đơn vị", "Loại", "Loại hình tổ chức", "Khối")),
        Column("parent", ("Cơ quan chủ quản", "Đơn vị chủ quản", "Cấp trên", "Cơ quan cấp trên", "Chủ quản",
                          "Đơn vị cấp trên", "Trực thuộc", "Thuộc")),
        Column("head", ("Thủ trưởng", "Thủ trưởng đơn vị", "Người đứng đầu", "Lãnh đạo đơn vị", *_of(_PERSON, _HEADS)),
               cells.person_name, limit=NAME_LIMIT),
        Column("head_position", ("Chức vụ thủ trưởng", "Chức vụ", "Chức danh", *_of(("Chức vụ", "Chức danh"), _HEADS))),
        Column("head_phone", ("Điện thoại thủ trưởng", *_of(_NUMBERS, _HEADS), "Điện thoại", "Số điện thoại", "SĐT"),
               cells.phone_number),
        Column("liaison", ("Cán bộ đầu mối", "Đầu mối", "Người liên hệ", "Cán bộ phụ trách",
                           "Đầu mối liên hệ", *_of(_PERSON, _LIAISONS)),
               cells.person_name, limit=NAME_LIMIT),
        Column("liaison_phone", ("Điện thoại đầu mối", *_of(_NUMBERS, _LIAISONS), "Điện thoại liên hệ",
                                 "Số điện thoại liên hệ"), cells.phone_number),
        Column("address", ("Địa chỉ", "Địa chỉ trụ sở", "Địa chỉ đơn vị", "Trụ sở")),
        _NOTE,
    ),
    anchor="name", main="name", identity=("name", "parent"), finish=_finish_nothing,
)  # fmt: skip

ROSTER: Final = Kind(
    "roster",
    (
        _ORDINAL, _NAME, _FAMILY, _GIVEN, _BIRTH, _BIRTH_MALE, _BIRTH_FEMALE, _CLASS,
        Column("gender", ("Giới tính", "Giới", "Nam/nữ", "Nam, nữ", "Phái"), cells.gender),
        Column("male_mark", ("Nam", "Giới tính Nam", "Giới Nam"), cells.crossed),
        Column("female_mark", ("Nữ", "Giới tính Nữ", "Giới Nữ"), cells.crossed),
        Column("position", ("Chức vụ", "Chức vụ, đơn vị công tác", "Chức danh", "Chức vụ, chức danh",
                            "Chức vụ công tác", "Chức vụ hiện nay", "Chức vụ đảng, chính quyền", "Nghề nghiệp",
                            "Chức vụ, nghề nghiệp", "Chức danh, nghề nghiệp", "Chức danh, vị trí việc làm")),
        Column(
            "unit",
            ("Đơn vị", "Đơn vị công tác", "Cơ quan", "Cơ quan, đơn vị", "Cơ quan công tác", "Nơi công tác",
             "Cơ quan, đơn vị công tác", "Đơn vị cử đi học", "Đơn vị cử", "Tên đơn vị", "Đơn vị, địa phương",
             "Đảng bộ", "Chi bộ", "Tổ chức đảng", "Đảng bộ, chi bộ", "Chi bộ, đảng bộ", "Địa phương"),
            required=True, limit=NAME_LIMIT * 2,
        ),
        Column("party_status", ("Đảng viên", "Đảng viên/dự bị/quần chúng", "Tình trạng đảng viên", "Đảng viên, quần chúng",
                                "Là đảng viên", "Đối tượng", "Đảng viên chính thức, dự bị, quần chúng"),
               cells.party_status),
        Column("phone", _PHONES, cells.phone_number),
        Column("succession_plan", ("Nguồn quy hoạch", "Quy hoạch", "Chức danh quy hoạch", "Diện quy hoạch"),
               limit=NOTE_LIMIT),
        _NOTE,
    ),
    anchor="birth_date", main="name", identity=("name", "birth_date"), finish=_finish_person,
)  # fmt: skip

TIMETABLE: Final = Kind(
    "timetable",
    (
        _ORDINAL, _CLASS,
        Column("date", ("Ngày", "Ngày học", "Ngày tháng", "Ngày, tháng", "Ngày tháng năm", "Ngày dạy", "Ngày giảng",
                        "Thứ, ngày", "Thứ, ngày, tháng", "Thứ ngày tháng năm", "Thời gian ngày"),
               cells.session_day, required=True),
        Column("weekday", ("Thứ", "Thứ trong tuần"), cells.weekday),
        Column("part", ("Buổi", "Buổi học", "Buổi dạy", "Sáng/chiều", "Sáng/chiều/tối", "Thời gian buổi"), cells.part),
        Column("hours", ("Giờ", "Giờ học", "Thời gian", "Thời gian học", "Khung giờ", "Thời gian giờ"), cells.hours),
        Column("start", ("Từ", "Từ giờ", "Bắt đầu", "Giờ bắt đầu", "Giờ vào", "Thời gian từ", "Giờ từ",
                         "Thời gian bắt đầu"), cells.clock),
        Column("end", ("Đến", "Đến giờ", "Kết thúc", "Giờ kết thúc", "Giờ ra", "Thời gian đến", "Giờ đến",
                       "Thời gian kết thúc"), cells.clock),
        Column("periods", ("Số tiết", "Tiết", "Tiết học", "Số tiết học", "Thời lượng"), cells.periods),
        Column(
            "topic",
            ("Chuyên đề", "Nội dung", "Bài", "Tên chuyên đề", "Nội dung bài giảng", "Bài giảng", "Tên bài", "Bài học",
             "Tên bài giảng", "Nội dung giảng dạy", "Nội dung học tập", "Nội dung, chuyên đề", "Chuyên đề, nội dung",
             "Nội dung chương trình", "Môn học", "Nội dung học", "Bài, chuyên đề"),
            required=True, limit=NOTE_LIMIT,
        ),
        Column("kind", ("Loại buổi", "Hình thức", "Loại hình", "Hình thức giảng dạy", "Hình thức tổ chức", "Loại buổi học")),
        Column("lecturer", ("Giảng viên", "Giảng viên, báo cáo viên", "Báo cáo viên", "Người giảng", "Người dạy",
                            "Giảng viên phụ trách", "Người thực hiện", "Họ tên giảng viên", "GV", "Người trình bày")),
        Column("room", ("Phòng", "Địa điểm", "Phòng học", "Hội trường", "Nơi học", "Địa điểm học", "Phòng, địa điểm")),
        _NOTE,
    ),
    anchor="date", main="topic",
    identity=("date", "part", "start", "end", "topic", "lecturer", "room"), finish=_finish_session,
)  # fmt: skip

MARKS: Final = Kind(
    "marks",
    (
        _ORDINAL, _NAME, _FAMILY, _GIVEN, _BIRTH, _BIRTH_MALE, _BIRTH_FEMALE, _CLASS,
        Column("comment", ("Nhận xét", "Ghi chú", "Nhận xét, ghi chú", "Nhận xét của giảng viên"), limit=NOTE_LIMIT),
    ),
    anchor="birth_date", main="name", identity=("name", "birth_date"), finish=_finish_person, has_marks=True,
)  # fmt: skip

KINDS: Final = {kind.name: kind for kind in (UNITS, ROSTER, TIMETABLE, MARKS)}

# --- matching a header ---

_LONGEST_HEADER: Final = 200
_FUZZY_LENGTH: Final = 7
_FUZZY_CUTOFF: Final = 88.0
_FUZZY_RANK: Final = 99
_ASIDE_RANK: Final = 50


def _key(header: str) -> tuple[str, ...]:
    return tuple(sorted(fold(header).split()))


@cache
def _index(kind_name: str) -> dict[tuple[str, ...], tuple[str, int]]:
    """Folded sorted words -> (field, rank of the name within the field); the first column to claim wins."""
    found: dict[tuple[str, ...], tuple[str, int]] = {}
    for column in KINDS[kind_name].columns:
        for rank, name in enumerate(column.names):
            found.setdefault(_key(name), (column.field, rank))
    return found


def named(kind: Kind, header: str) -> str | None:
    """The field that a header names as it is written, no typing error forgiven."""
    found = _index(kind.name).get(_key(header)) if len(header) <= _LONGEST_HEADER else None
    return found[0] if found else None


def match(kind: Kind, header: str) -> tuple[str, int] | None:
    """The field a header names and how well (0 is the best name); None when it names none."""
    if len(header) > _LONGEST_HEADER:
        return None
    if fold(header) == "nam" and nfc(header).casefold() != "nam":
        return None  # "Năm" (year) is not "Nam" (men)
    index = _index(kind.name)
    if found := index.get(_key(header)):
        return found
    if found := index.get(_key(re.sub(r"\(.*?\)", " ", nfc(header)))):
        return found[0], found[1] + _ASIDE_RANK  # "Họ và tên (in hoa)" beside "Họ và tên" is the lesser one
    return _match_mistyped(kind.name, fold(header))


@cache
def _folded_names(kind_name: str) -> dict[str, str]:
    return {fold(name): column.field for column in KINDS[kind_name].columns for name in column.names}


def _match_mistyped(kind_name: str, folded: str) -> tuple[str, int] | None:
    if len(folded) < _FUZZY_LENGTH:
        return None
    names = [name for name in _folded_names(kind_name) if len(name) >= _FUZZY_LENGTH]
    from rapidfuzz import fuzz, process  # only a guess needs it

    best = process.extractOne(folded, names, scorer=fuzz.ratio, score_cutoff=_FUZZY_CUTOFF)
    return (_folded_names(kind_name)[best[0]], _FUZZY_RANK) if best else None


# --- mark components ---

_ASIDE: Final = re.compile(
    r"^(?:so|ma|tt|stt|he so|tong|tb|dtb|dtbc|xep|hang|sbd|vang|nghi|di muon|phach|tin chi|tuoi|dien thoai|sdt|chu)\b"
    r"|\b(?:trung binh|bang chu|xep loai|vang mat)\b"
)
_COMPONENT: Final = re.compile(
    r"^(?:diem|thu hoach|bai|thi|kiem tra|tieu luan|khoa luan|thao luan|van dap|chuyen can|ren luyen|trac nghiem"
    r"|tu luan|thuc hanh|hoc phan|chuyen de|phan|mon|lan|giua khoa|cuoi khoa|qua trinh)\b"
)


def component_hint(header: str) -> bool | None:
    """True for a header that names a mark, False for one that never does, None when its cells must tell."""
    folded = fold(header)
    if not folded or _ASIDE.search(folded):
        return False
    return True if _COMPONENT.search(folded) else None
