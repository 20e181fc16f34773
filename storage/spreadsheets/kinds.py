"""The kinds of workbook an office sends, as data: their columns, the many names of each, and its parser.

The names are what headers say in real files, not words shown by the program; they are compared folded,
with their words in any order, and a typing error forgiven in the longer ones.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

from storage.base.legacy import converted
from storage.base.text import fold, may_mean, nfc, without_titles
from storage.spreadsheets import cells, times
from storage.spreadsheets.cells import Complain, Parser, Values

NAME_LIMIT: Final = 120
TEXT_LIMIT: Final = 300
NOTE_LIMIT: Final = 2_000


@dataclass(frozen=True)
class Column:
    """One field of a kind. `via`: groups of other columns that together can stand for a required one. `own`: a ditto
    mark may not stand for it. `takes_dash`: a dash says something in it. `counts_days`: its numbers are days since the workbook's epoch.
    """

    field: str
    names: tuple[str, ...]
    parse: Parser = cells.text
    required: bool = False
    limit: int = TEXT_LIMIT
    via: tuple[tuple[str, ...], ...] = ()
    own: bool = False
    takes_dash: bool = False
    counts_days: bool = False


@dataclass(frozen=True)
class Kind:
    """`anchor` is the field a data row has and a signature or section row has not; `identity`, the
    fields that make two rows the same; `finish` turns helper columns into fields; `has_levels`: a row numbered I, II
    is a row too, above those numbered 1, 2 below it.
    """

    name: str
    columns: tuple[Column, ...]
    anchor: str
    main: str
    identity: tuple[str, ...]
    finish: Callable[[Values, Complain], None]
    has_marks: bool = False
    has_levels: bool = False


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
    values["name"] = without_titles(whole) or None


def _join_birth(values: Values, complain: Complain) -> None:
    """Old forms give the date of birth in a column "Nam" or in a column "Nữ", others the day, month and year apart."""
    _join_three(values, complain)
    for sex in ("male", "female"):
        born, crossed = values.pop(f"birth_{sex}", None), values.pop(f"{sex}_mark", None)
        if born:
            values["birth_date"] = values.get("birth_date") or born
        if born or crossed:
            values["gender"] = values.get("gender") or sex


_THREE: Final = ("birth_day", "birth_month", "birth_year")


def _join_three(values: Values, complain: Complain) -> None:
    told = {name: values.pop(name) for name in _THREE if name in values}
    if len(told) < len(_THREE) or not any(told.values()):
        return  # one of them cannot be read, or nothing is filled in
    day, month, year = told.values()
    if year and not day and not month:
        complain("birth_year", "year_only")
        return
    try:
        values["birth_date"] = values.get("birth_date") or date(
            *(int(str(one)) for one in (year, month, day))
        )
    except ValueError:
        complain(next((name for name, number in told.items() if not number), "birth_day"), "bad_date")


def _finish_person(values: Values, complain: Complain) -> None:
    _join_name(values, complain)
    _join_birth(values, complain)


# --- joining units ---

_NUMBERED: Final = re.compile(r"([IVXLC]{1,7}|[A-ZĐ]|\d{1,3}(?:\.\d{1,3})*)\s*[.):/–-]\s*(\S.*)", re.DOTALL)
_LEVELS: Final = (
    re.compile(r"[A-ZĐ]"), re.compile(r"[IVXLC]+"), re.compile(r"\d+"), re.compile(r"\d+\.\d+|[a-zđ]"),
    re.compile(r"\d+\.\d+\.\d+|[-–+•*]"),
)  # fmt: skip
PLAIN_LEVEL: Final = 2
"""Of a row numbered 1, or not at all."""
_ROMAN_LETTERS: Final = frozenset("IVX")


def _level(ordinal: str) -> int | None:
    """How deep a row stands by its number: A, then I, then 1, then 1.1 or a, then 1.1.1 or a dash."""
    told = ordinal.strip(" .)(/:")
    if told in _ROMAN_LETTERS:
        return 1
    return next((depth for depth, number in enumerate(_LEVELS) if number.fullmatch(told)), None)


def _take_number(values: Values) -> str:
    """The number of a row, from its own column or from before the name: "I. Đảng bộ phường A"."""
    ordinal, name = str(values.pop("ordinal", None) or ""), values.get("name")
    if (found := _NUMBERED.fullmatch(str(name) if name else ordinal)) and (not name or not ordinal):
        values["name"] = found[2]
        return found[1]
    return ordinal


_PARTY: Final = re.compile(r"(?:chi bo|dang bo|dang uy|chi uy)\b")


def _finish_unit(values: Values, _complain: Complain) -> None:
    """A Party cell is headed by its secretary; another body by its head, or by the secretary where no other is named."""
    level = _level(_take_number(values))
    if level not in {None, PLAIN_LEVEL}:
        values["level"] = level
    secretary = values.pop("secretary", None)
    is_party = any(_PARTY.match(fold(str(values.get(name) or ""))) for name in ("name", "kind"))
    if secretary and (is_party or not values.get("head")):
        values["head"] = secretary
        values["head_position"] = values.get("head_position") or "Bí thư"


# --- the columns ---

_ORDINAL: Final = Column("ordinal", ("TT", "STT", "Số TT", "Số thứ tự", "Thứ tự"))
_NAME: Final = Column(
    "name",
    ("Họ và tên", "Họ tên", "Họ tên học viên", "Họ và tên học viên", "Tên học viên", "Học viên",
     "Họ, chữ đệm và tên", "Họ, tên đệm và tên", "Họ và tên khai sinh", "Họ và tên đảng viên"),
    cells.person_name, required=True, limit=NAME_LIMIT, via=(("family_name", "given_name"),), own=True,
)  # fmt: skip
_FAMILY: Final = Column(
    "family_name",
    ("Họ và tên đệm", "Họ đệm", "Họ và đệm", "Họ tên đệm", "Họ và chữ đệm", "Họ và tên lót", "Họ lót", "Họ"),
    cells.name_part,
    limit=NAME_LIMIT,
    own=True,
)
_GIVEN: Final = Column("given_name", ("Tên", "Tên gọi"), cells.name_part, limit=NAME_LIMIT, own=True)
_BIRTH: Final = Column(
    "birth_date",
    ("Ngày sinh", "Ngày tháng năm sinh", "Ngày, tháng, năm sinh", "Năm sinh", "Sinh ngày", "Sinh ngày tháng năm",
     "Ngày sinh học viên", "NTNS", "NS"),
    cells.birth_date, required=True, via=(("birth_male",), ("birth_female",), ("birth_day", "birth_month", "birth_year")),
    own=True, counts_days=True,
)  # fmt: skip


def _birth_of(sex: str, word: str) -> Column:
    return Column(f"birth_{sex}", tuple(f"{name} {word}" for name in _BIRTH.names[:4]), cells.birth_date, own=True,
                  counts_days=True)  # fmt: skip


def _birth_part(field: str, word: str, parse: Parser) -> Column:
    names = (f"{name} {word}" for name in (*_BIRTH.names, "Ngày, tháng, năm") if name != "Năm sinh")
    return Column(field, tuple(names), parse, own=True)


_BIRTH_MALE: Final = _birth_of("male", "Nam")
_BIRTH_FEMALE: Final = _birth_of("female", "Nữ")
_CLASS: Final = Column(
    "class", ("Lớp", "Lớp học", "Mã lớp", "Tên lớp", "Lớp, khóa", "Khóa, lớp", "Lớp bồi dưỡng")
)
_BIRTH_PARTS: Final = (
    _birth_part("birth_day", "Ngày", cells.day_number), _birth_part("birth_month", "Tháng", cells.month_number),
    _birth_part("birth_year", "Năm", cells.year_number),
)  # fmt: skip
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
            required=True, limit=NAME_LIMIT * 2, own=True,
        ),
        Column("kind", ("Loại hình", "Loại hình đơn vị", "Loại đơn vị", "Loại", "Loại hình tổ chức", "Khối")),
        Column("parent", ("Cơ quan chủ quản", "Đơn vị chủ quản", "Cấp trên", "Cơ quan cấp trên", "Chủ quản",
                          "Đơn vị cấp trên", "Trực thuộc", "Thuộc")),
        Column("head", ("Thủ trưởng", "Thủ trưởng đơn vị", "Người đứng đầu", "Lãnh đạo đơn vị", *_of(_PERSON, _HEADS)),
               cells.person_name, limit=NAME_LIMIT),
        Column("head_position", ("Chức vụ thủ trưởng", "Chức vụ", "Chức danh", *_of(("Chức vụ", "Chức danh"), _HEADS))),
        Column("head_phone", ("Điện thoại thủ trưởng", *_of(_NUMBERS, _HEADS), "Điện thoại", "Số điện thoại", "SĐT"),
               cells.phone_number),
        Column("secretary", ("Bí thư", "Bí thư chi bộ", "Bí thư Đảng ủy", "Bí thư đảng bộ", "Bí thư cấp ủy",
                             *_of(_PERSON, ("bí thư", "bí thư chi bộ"))), cells.person_name, limit=NAME_LIMIT),
        Column("liaison", ("Cán bộ đầu mối", "Đầu mối", "Người liên hệ", "Cán bộ phụ trách",
                           "Đầu mối liên hệ", *_of(_PERSON, _LIAISONS)),
               cells.person_name, limit=NAME_LIMIT),
        Column("liaison_phone", ("Điện thoại đầu mối", *_of(_NUMBERS, _LIAISONS), "Điện thoại liên hệ",
                                 "Số điện thoại liên hệ"), cells.phone_number),
        Column("address", ("Địa chỉ", "Địa chỉ trụ sở", "Địa chỉ đơn vị", "Trụ sở")),
        _NOTE,
    ),
    anchor="name", main="name", identity=("name", "parent"), finish=_finish_unit, has_levels=True,
)  # fmt: skip

ROSTER: Final = Kind(
    "roster",
    (
        _ORDINAL, _NAME, _FAMILY, _GIVEN, _BIRTH, _BIRTH_MALE, _BIRTH_FEMALE, *_BIRTH_PARTS, _CLASS,
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
             "Đảng bộ", "Chi bộ", "Tổ chức đảng", "Đảng bộ, chi bộ", "Chi bộ, đảng bộ", "Địa phương", "Đơn vị mới",
             "Đơn vị hiện nay", "Đơn vị công tác hiện nay", "Đơn vị công tác mới", "Đơn vị sau sắp xếp"),
            required=True, limit=NAME_LIMIT * 2,
        ),
        Column("party_status", ("Đảng viên", "Đảng viên/dự bị/quần chúng", "Tình trạng đảng viên", "Đảng viên, quần chúng",
                                "Là đảng viên", "Đối tượng", "Đảng viên chính thức, dự bị, quần chúng"),
               cells.party_status),
        Column("phone", _PHONES, cells.phone_number, own=True),
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
               times.session_day, required=True, via=(("from_day", "to_day"),), counts_days=True),
        Column("from_day", ("Từ ngày", "Ngày bắt đầu", "Bắt đầu từ ngày", "Thời gian từ ngày"), times.day_of_range,
               counts_days=True),
        Column("to_day", ("Đến ngày", "Ngày kết thúc", "Đến hết ngày", "Thời gian đến ngày"), times.day_of_range,
               counts_days=True),
        Column("weekday", ("Thứ", "Thứ trong tuần"), times.weekday),
        Column("part", ("Buổi", "Buổi học", "Buổi dạy", "Sáng/chiều", "Sáng/chiều/tối", "Thời gian buổi"), times.part),
        Column("hours", ("Giờ", "Giờ học", "Thời gian", "Thời gian học", "Khung giờ", "Thời gian giờ"), times.hours),
        Column("start", ("Từ", "Từ giờ", "Bắt đầu", "Giờ bắt đầu", "Giờ vào", "Thời gian từ", "Giờ từ",
                         "Thời gian bắt đầu"), times.clock),
        Column("end", ("Đến", "Đến giờ", "Kết thúc", "Giờ kết thúc", "Giờ ra", "Thời gian đến", "Giờ đến",
                       "Thời gian kết thúc"), times.clock),
        Column("periods", ("Số tiết", "Tiết", "Tiết học", "Số tiết học", "Thời lượng"), times.periods),
        Column(
            "topic",
            ("Chuyên đề", "Nội dung", "Bài", "Tên chuyên đề", "Nội dung bài giảng", "Bài giảng", "Tên bài", "Bài học",
             "Tên bài giảng", "Nội dung giảng dạy", "Nội dung học tập", "Nội dung, chuyên đề", "Chuyên đề, nội dung",
             "Nội dung chương trình", "Môn học", "Nội dung học", "Bài, chuyên đề"),
            times.topic, required=True, limit=NOTE_LIMIT, takes_dash=True,
        ),
        Column("kind", ("Loại buổi", "Hình thức", "Loại hình", "Hình thức giảng dạy", "Hình thức tổ chức", "Loại buổi học")),
        Column("lecturer", ("Giảng viên", "Giảng viên, báo cáo viên", "Báo cáo viên", "Người giảng", "Người dạy",
                            "Giảng viên phụ trách", "Người thực hiện", "Họ tên giảng viên", "GV", "Người trình bày")),
        Column("room", ("Phòng", "Địa điểm", "Phòng học", "Hội trường", "Nơi học", "Địa điểm học", "Phòng, địa điểm")),
        _NOTE,
    ),
    anchor="date", main="topic",
    identity=("date", "part", "start", "end", "topic", "lecturer", "room"), finish=times.finish_session,
)  # fmt: skip

MARKS: Final = Kind(
    "marks",
    (
        _ORDINAL, _NAME, _FAMILY, _GIVEN, _BIRTH, _BIRTH_MALE, _BIRTH_FEMALE, *_BIRTH_PARTS, _CLASS,
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


_ASIDE_RANK: Final = 50  # of a header that only fits without what it says in brackets


def _key(header: str) -> tuple[str, ...]:
    return tuple(sorted(fold(header).split()))


@cache
def _index(kind_name: str) -> dict[tuple[str, ...], list[tuple[str, str, int]]]:
    """Folded sorted words -> the fields of that name, with the name and its rank within the field; the first claims first."""
    found: dict[tuple[str, ...], list[tuple[str, str, int]]] = {}
    for column in KINDS[kind_name].columns:
        for rank, name in enumerate(column.names):
            found.setdefault(_key(name), []).append((column.field, name, rank))
    return found


def named(kind: Kind, header: str) -> str | None:
    """The field that a header names as it is written, no typing error forgiven."""
    found = _index(kind.name).get(_key(header), ()) if len(header) <= _LONGEST_HEADER else ()
    return next((field for field, name, _rank in found if may_mean(header, name)), None)


def match(kind: Kind, header: str) -> tuple[str, int] | None:
    """The field a header names and how well (0 is the best name); None when it names none.

    Its diacritics count where it has them: "Năm" (year) is not "Nam" (men), "Đơn vị cũ" is no "Đơn vị cử".
    """
    if len(header) > _LONGEST_HEADER:
        return None
    header = converted(header) or header
    index = _index(kind.name)
    for told, worse in ((header, 0), (re.sub(r"\(.*?\)", " ", nfc(header)), _ASIDE_RANK)):
        for field, name, rank in index.get(_key(told), ()):
            if may_mean(told, name):
                return field, rank + worse
    return _match_mistyped(kind.name, header)


@cache
def _folded_names(kind_name: str) -> dict[str, tuple[str, str]]:
    return {fold(name): (column.field, name) for column in KINDS[kind_name].columns for name in column.names}


def _match_mistyped(kind_name: str, header: str) -> tuple[str, int] | None:
    folded = fold(header)
    if len(folded) < _FUZZY_LENGTH:
        return None
    names = [name for name in _folded_names(kind_name) if len(name) >= _FUZZY_LENGTH]
    from rapidfuzz import fuzz, process  # only a guess needs it

    best = process.extractOne(folded, names, scorer=fuzz.ratio, score_cutoff=_FUZZY_CUTOFF)
    field, name = _folded_names(kind_name)[best[0]] if best else ("", "")
    return (field, _FUZZY_RANK) if best and may_mean(header, name) else None


# --- mark components ---

_NO_MARK: Final = re.compile(
    r"^(?:so|ma|tt|stt|he so|xep|hang|sbd|vang|nghi|di muon|muon|phach|tin chi|tuoi|dien thoai|sdt|chu|nhom|to|lop|ban|ghe"
    r"|phong|lan|buoi|ca|ky nop|thu tu|diem danh|dia diem|chuc vu|don vi|gioi tinh|nam|nu)\b"
    r"|\b(?:bang chu|xep loai|xep hang|vang mat|hoc luc|so to|co mat|so buoi|so tiet|diem chu)\b"
)
_TOTAL: Final = re.compile(
    r"^(?:tb|dtb|dtbc|tbc|tbm|tong|ket qua|ky)\b|\b(?:trung binh|tong ket|tong diem|diem tong|tong cong|he 4|thang 4|he chu"
    r"|toan khoa|diem chung|diem tb|quy doi|ket qua chung|binh quan)\b"
)
_MARK_NAME: Final = re.compile(
    r"^(?:diem|thu hoach|bai|thi|kiem tra|tieu luan|khoa luan|thao luan|van dap|chuyen can|ren luyen|trac nghiem"
    r"|tu luan|thuc hanh|hoc phan|chuyen de|mon|giua khoa|cuoi khoa|qua trinh)\b"
)
_UNSURE: Final = re.compile(
    r"\b(?:cu|truoc|du kien|tam|cong|tru|thuong|uu tien|so sanh|lan truoc|nhap|goc)\b"
)
BARE_MARK: Final = frozenset({"diem", "diem so", "so diem", "diem bang so", "so", "bang so", "diem cham"})
"""Headers that say that a column holds marks and not of what: the name of the sheet may."""


def mark_kind(header: str) -> str:
    """What a column of a marks sheet is by its header: a "mark", a "total" computed from marks, "none", or "unknown"."""
    folded = fold(converted(header) or header)
    if not folded or _NO_MARK.search(folded):
        return "none"
    if _TOTAL.search(folded):
        return "total"
    return "mark" if _MARK_NAME.search(folded) and not _UNSURE.search(folded) else "unknown"
