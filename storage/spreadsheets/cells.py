"""What one cell of an office's workbook means: every parser gives a value or raises `Wrong` with a code.

No wording here: a code and its named facts are worded by the handlers.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from storage.base.legacy import converted
from storage.base.text import (
    clean_name,
    fold,
    foreign_letters,
    may_mean,
    name_case,
    nfc,
    parse_date,
    parse_time,
    phone,
    without_titles,
)
from storage.spreadsheets.leftover import Leave

Parser = Callable[[object, date], object]
"""A parser takes a filled cell's raw value and today's date in the centre's zone."""


class Wrong(Exception):  # noqa: N818 - said as a sentence: the cell is wrong
    """A cell that cannot be taken as it stands: a code of `sheets.PROBLEM_CODES`, and facts for its wording."""

    def __init__(self, code: str, **extra: str) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra


@dataclass(frozen=True)
class Doubt:
    """A value that was understood and is yet to be confirmed: a code of `reading.FINDING_CODES`, facts for its wording."""

    value: object
    code: str
    extra: dict[str, str] = field(default_factory=dict)


def shown(raw: object) -> str:
    """A raw cell as a person sees it: dates as dd/mm/yyyy, whole numbers without decimals, NFC, one line."""
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    if isinstance(raw, datetime | date):
        return f"{raw.day:02d}/{raw.month:02d}/{raw.year:04d}"
    if isinstance(raw, time):
        return f"{raw.hour}h{raw.minute:02d}"
    return "" if raw is None else nfc(str(raw))


_DITTO: Final = re.compile(
    r"[\W_]*(?:nt|n\.t|như trên|nhu tren)[\W_]*|[\"'“”″〃,]{2,}|[\"“”″〃]", re.IGNORECASE
)
_MARKS_OF_A_DITTO: Final = 12
_DASHES: Final = 40


def is_ditto(raw: object) -> bool:
    """Whether a cell only says that it is as the one above."""
    short = isinstance(raw, str) and len(raw) <= _MARKS_OF_A_DITTO
    return short and _DITTO.fullmatch(nfc(str(raw))) is not None


def is_dash(raw: object) -> bool:
    """Whether a cell was filled in to say that nothing stands there."""
    short = isinstance(raw, str) and len(raw) <= _DASHES
    return short and re.fullmatch(r"[\s\-‐-―−_.…]+", str(raw)) is not None


def text(raw: object, _today: date) -> object:
    old = converted(raw) if isinstance(raw, str) else None
    return (
        shown(raw) if old is None else Doubt(nfc(old), "legacy_font", {"told": shown(raw), "read": nfc(old)})
    )


def person_name(raw: object, _today: date) -> object:
    """A name as people write it: offices write class lists in capitals, with numbers and titles before the names."""
    return _named(raw, without_titles)


def name_part(raw: object, _today: date) -> object:
    """The family or the given name alone, as it is written."""
    return _named(raw, str)


_NO_NAME: Final = re.compile(r"[^\w\s\u0300-\u036f'’‘`´.,()/&–-]")  # such as half of an old font's letters


def _named(raw: object, strip: Callable[[str], str]) -> object:
    old = converted(raw) if isinstance(raw, str) else None
    name = name_case(strip(clean_name(shown(raw) if old is None else old)))
    if name.islower():
        name = name.title()
    if _NO_NAME.search(name) or not any(c.isalpha() for c in name):
        raise Wrong("bad_name")
    if old is not None:
        return Doubt(name, "legacy_font", {"told": shown(raw), "read": name})
    if letters := foreign_letters(name):
        return Doubt(name, "foreign_letters", {"name": name, "letters": letters})
    return name


def choice(words: Mapping[str, str]) -> Parser:
    """A closed list: folded words to stored values, a stored value standing for itself too."""
    known = {fold(word): (value, word) for word, value in words.items()}
    known |= {value.casefold(): (value, value) for value in words.values()}

    def parse(raw: object, _today: date) -> str:
        told = shown(raw)
        value, word = known.get(fold(told)) or known.get(told.casefold()) or (None, "")
        if value is None or not may_mean(told, word):
            raise Wrong("unknown_choice", accepted="; ".join(words))
        return value

    return parse


gender = choice({"Nam": "male", "Nữ": "female", "Ông": "male", "Bà": "female"})

party_status = choice({
    "Đảng viên": "member", "Đảng viên chính thức": "member", "Chính thức": "member", "ĐV": "member",
    "ĐVCT": "member", "x": "member", "Có": "member", "Đảng viên dự bị": "probationary",
    "Dự bị": "probationary", "ĐVDB": "probationary", "ĐV dự bị": "probationary", "DB": "probationary",
    "Quần chúng": "non_member", "Quần chúng ưu tú": "non_member", "QC": "non_member",
    "QCUT": "non_member", "Không": "non_member", "Chưa": "non_member", "Chưa vào Đảng": "non_member",
    "Chưa là đảng viên": "non_member", "Chưa đảng viên": "non_member", "Cảm tình Đảng": "non_member",
})  # fmt: skip


def crossed(raw: object, _today: date) -> bool:
    """A cross in a column such as "Nữ": anything but a plain no."""
    return fold(shown(raw)) not in {"0", "khong", "false", "no"} and shown(raw) not in {"-", "–"}


def phone_number(raw: object, _today: date) -> str:
    """The first phone of a cell that may hold two ("0912… / 0237…")."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise Wrong("bad_phone")
    parts = [raw, *re.split(r"[/;,]|\s[-–]\s|\n", raw)] if isinstance(raw, str) else [raw]
    found = next((number for part in parts if (number := phone(part))), None)
    if found is None:
        raise Wrong("bad_phone")
    return found


# --- dates ---

# A relative word ("mai", "thứ 2") is a date in a chat; in a list that stays on disk it is none.
_DAY_AND_MONTH: Final = re.compile(r"\d{1,2}\s*(?:[-/.‐-―]|thang)\s*\d{1,2}|\d{4}[-/.]\d")
_WITH_YEAR: Final = re.compile(r"\d{4}|\d\s*(?:[-/.‐-―]|thang)\s*\d{1,2}\s*(?:[-/.‐-―]|nam)\s*\d{2}\b")
_YEAR_ALONE: Final = re.compile(
    r"(?:nam |sinh )*(?:0+ ){0,2}(?:thang )?(?:\d{1,2} (?:nam )?)?((?:19|20)\d\d)"
)
_OLD_YEAR: Final = re.compile(r"\d{1,2}\D+\d{1,2}\D+1[0-8]\d\d")
_OLDEST: Final = 1900
_YEARS: Final = range(_OLDEST, 2101)
# A bare year typed into a cell formatted as a date becomes a day of 1905 (1985 -> 07/06/1905).
_YEAR_AS_SERIAL: Final = 1905


def _told_date(raw: object, today: date, pivot: int | None = None) -> date | None:
    if isinstance(raw, bool):
        return None
    if isinstance(raw, str) and not _DAY_AND_MONTH.search(_plain(raw)):
        return _serial(raw, today)
    return parse_date(raw, today=today, century_pivot=pivot)


def _serial(raw: str, today: date) -> date | None:
    """A date's serial number stored as text."""
    told = nfc(raw)
    return parse_date(int(told), today=today) if re.fullmatch(r"[1-9]\d{4}", told, re.ASCII) else None


def _plain(raw: str) -> str:
    """Lower case with a folded "thang" and "nam", its separators kept."""
    return nfc(raw).casefold().replace("tháng", "thang").replace("năm", "nam")


def birth_date(raw: object, today: date) -> date:
    """A full date of birth; a year alone, a coming day and a day before 1900 have codes of their own."""
    if _only_year(raw):
        raise Wrong("year_only")
    pivot = today.year % 100
    found = None
    if not isinstance(raw, str) or _WITH_YEAR.search(_plain(raw)) or _serial(raw, today):
        found = _told_date(raw, today, pivot)
    if found is None:
        old = isinstance(raw, str) and _OLD_YEAR.search(nfc(raw))
        raise Wrong("impossible_date", reason="too_old") if old else Wrong("bad_date")
    if found > today:
        raise Wrong("impossible_date", reason="future")
    if found.year < _OLDEST:
        raise Wrong("impossible_date", reason="too_old")
    return found


def _number_in(numbers: range) -> Parser:
    """A whole number of a column of days, months or years."""

    def parse(raw: object, _today: date) -> int:
        told = shown(raw)
        if not re.fullmatch(r"\d{1,4}", told, re.ASCII) or int(told) not in numbers:
            raise Wrong("bad_date")
        return int(told)

    return parse


day_number, month_number, year_number = _number_in(range(1, 32)), _number_in(range(1, 13)), _number_in(_YEARS)


def _only_year(raw: object) -> bool:
    if isinstance(raw, datetime | date):
        return raw.year == _YEAR_AS_SERIAL
    if isinstance(raw, int | float):
        return raw in _YEARS
    return isinstance(raw, str) and _YEAR_ALONE.fullmatch(fold(raw)) is not None


_LAST_MONTH: Final = 12
_DAY_TOLD: Final = re.compile(r"\s*(\d{1,2})\s*[-/.]\s*\d{1,2}\s*[-/.]\s*\d{2,4}\s*")


def dates_swapped(column: list[tuple[int, object]]) -> tuple[str, list[int]]:
    """A text that is a date, and the rows of the dates that Excel has probably read month first; none elsewhere."""
    days = {number: raw.day for number, raw in column if isinstance(raw, datetime | date)}
    texts = [
        (raw.strip(), int(found[1]))
        for _row, raw in column
        if isinstance(raw, str) and (found := _DAY_TOLD.fullmatch(raw[:40]))
    ]
    plain = not texts or any(day <= _LAST_MONTH for _text, day in texts)
    return ("", []) if plain or any(day > _LAST_MONTH for day in days.values()) else (texts[0][0], list(days))


_PAST_YEARS: Final = 10
_COMING_YEARS: Final = 5


# --- what a cell of a timetable says of the time ---


@dataclass(frozen=True)
class When:
    """What one cell says of the time of a session: a cell of days may name the weekday, the part and the hours too.

    `weekday`: Monday is 0. `part`: morning, afternoon, evening, or day for both halves. `label`: a number of a
    session ("Ca 3"), which says nothing of the time by itself.
    """

    day: date | None = None
    weekday: int | None = None
    part: str | None = None
    start: time | None = None
    end: time | None = None
    label: bool = False


_WEEKDAY_WORDS: Final = {"hai": 0, "ba": 1, "tu": 2, "nam": 3, "sau": 4, "bay": 5}
_WEEKDAY: Final = re.compile(r"\b(?:t ?([2-7])|thu ([2-7])|thu (hai|ba|tu|nam|sau|bay)|(cn|chu nhat))\b")
_BARE_WEEKDAY: Final = re.compile(r"([2-7])|(hai|ba|tu|nam|sau|bay)|(8)")
_MORE_WEEKDAYS: Final = re.compile(
    r"(?:(?:va|den|thu|t|[2-8]|hai|ba|tu|nam|sau|bay|cn|chu nhat|t[2-7])(?: |$))+"
)
_SUNDAY: Final = 6

_PART_WORDS: Final = (
    ("morning", "sáng|sang"), ("afternoon", "chiều|chieu"), ("evening", "tối|toi"), ("day", "cả ngày|ca ngay"),
)  # fmt: skip
_PART: Final = re.compile(r"\b(?:" + "|".join(f"({words})" for _part, words in _PART_WORDS) + r")\b")
_PART_NAMES: Final = {"s": "morning", "c": "afternoon", "t": "evening", "morning": "morning",
                      "afternoon": "afternoon", "evening": "evening", "day": "day"}  # fmt: skip
_BESIDE: Final = re.compile(r"\b(?:buổi|buoi|các|và|va)\b|[()\[\];,+&/|\n]|(?<!\d):|:(?!\d)")
_LABEL: Final = re.compile(
    r"(?:ca|kíp|kip|buổi|buoi|tiết|tiet|lớp|lop)?(?: học| hoc)?\s*(?:số|so)?\s*(?:\d{1,2}|[ivx]{1,4})"
)
_CLOCK: Final = r"\d{1,2}\s*(?:giờ|h|g|:)(?![^\W\d_])\s*(?:\d{2}(?!\d))?(?:\s*phút)?"
_TO: Final = r"(?:[-‐-―−~]|đến|tới|->|→)"
_SPAN: Final = re.compile(rf"(?:từ\s*|lúc\s*)?{_CLOCK}(?:\s*{_TO}\s*{_CLOCK})?")
_BETWEEN: Final = re.compile(rf"\s*{_TO}\s*")
_FROM: Final = re.compile(r"^(?:từ|lúc|bắt đầu)\s*:?\s*")
_MIDNIGHT: Final = re.compile(r"[ t]0?0:00(?::00)?(?:\.0+)?z?$")


def _weekday_in(folded: str) -> int | None:
    found = _WEEKDAY.search(folded)
    if not found:
        return None
    digit = found[1] or found[2]
    return int(digit) - 2 if digit else _WEEKDAY_WORDS.get(found[3] or "", _SUNDAY)


def _parts_in(told: str) -> tuple[str | None, str]:
    """The part of the day named, and the text without it; no part where several that make no day are named."""
    found = {_PART_WORDS[(match.lastindex or 1) - 1][0] for match in _PART.finditer(told)}
    if found == {"morning", "afternoon"}:
        found = {"day"}
    if len(found) != 1:
        return None, told
    return found.pop(), " ".join(_BESIDE.sub(" ", _PART.sub(" ", told)).split())


def session_day(raw: object, today: date) -> When:
    """A teaching day, with what stands beside it in the same cell: the weekday, the part of the day, the hours."""
    if isinstance(raw, datetime):
        begun = raw.time().replace(second=0, microsecond=0)
        return When(_near_day(raw.date(), today), start=begun if begun != time() else None)
    if not isinstance(raw, str):
        return When(_near_day(_told_date(raw, today), today))
    told = _MIDNIGHT.sub("", nfc(raw).casefold())
    hours_told = [found[0] for found in _SPAN.finditer(told)]
    if len(hours_told) > 1:
        raise Wrong("bad_time")
    part, _rest = _parts_in(_SPAN.sub(" ", told))
    if part is None and _PART.search(told):
        raise Wrong("bad_date")
    day = _near_day(_told_date(_SPAN.sub(" ", told).strip(" :;,-–()"), today), today)
    start, end = _span(hours_told[0], part, today) if hours_told else (None, None)
    return When(day, _weekday_in(fold(told)), part, start, end)


def _near_day(found: date | None, today: date) -> date:
    if found is None:
        raise Wrong("bad_date")
    if not -_PAST_YEARS <= found.year - today.year <= _COMING_YEARS:
        raise Wrong("impossible_date", reason="far_year")
    return found


def day_of_range(raw: object, today: date) -> date:
    """The first or the last day of a stretch."""
    return _near_day(_told_date(raw, today), today)


def weekday(raw: object, _today: date) -> When:
    """The weekday of a "Thứ" column (2 to 7, words or CN), and the part of the day beside it."""
    if isinstance(raw, datetime | date):
        return When(weekday=raw.weekday())
    part, rest = _parts_in(shown(raw).casefold())
    told = fold(rest)
    if bare := _BARE_WEEKDAY.fullmatch(told):
        return When(
            weekday=int(bare[1]) - 2 if bare[1] else _WEEKDAY_WORDS.get(bare[2] or "", _SUNDAY), part=part
        )
    found = _WEEKDAY.fullmatch(told)
    if not found:
        several = _MORE_WEEKDAYS.fullmatch(told[:_TELLING])
        raise Wrong("weekly_pattern") if several else Wrong("unknown_choice", accepted="2; 3; 4; 5; 6; 7; CN")
    return When(weekday=_weekday_in(told), part=part)


_TELLING: Final = 200


def part(raw: object, today: date) -> When:
    """Morning, afternoon, evening or the whole day, and the hours written beside it in the same cell, if any."""
    told = shown(raw).casefold()
    if name := _PART_NAMES.get(told):
        return When(part=name)
    found, rest = _parts_in(told)
    rest = rest.strip(" -–.")
    if found is None and _LABEL.fullmatch(rest):
        return When(label=True)
    if found is None and _PART.search(rest):
        raise _no_part()
    if found and (not rest or _WEEKDAY.fullmatch(fold(rest))):
        return When(weekday=_weekday_in(fold(rest)), part=found)
    try:
        start, end = _span(rest, found, today)
    except Wrong:
        raise (_no_part() if not _SPAN.search(rest) else Wrong("bad_time")) from None
    return When(part=found, start=start, end=end)


def _no_part() -> Wrong:
    return Wrong("unknown_choice", accepted="Sáng; Chiều; Tối; Cả ngày")


def clock(raw: object, _today: date) -> time:
    found = parse_time(raw) if not isinstance(raw, bool) else None
    if found is None and isinstance(raw, str):
        found = parse_time(_FROM.sub("", nfc(raw).casefold()))
    if found is None:
        raise Wrong("bad_time")
    return found.replace(second=0, microsecond=0)


def hours(raw: object, today: date) -> When:
    """From and to: 7h30-11h00, từ 7 giờ 30 đến 11 giờ, or the beginning alone; "Chiều 1h30" says the part too."""
    if not isinstance(raw, str):
        return When(start=clock(raw, today))
    told = nfc(raw).casefold()
    named, rest = _parts_in(told)
    start, end = _span(rest if named else told, named, today)
    return When(part=named, start=start, end=end)


def _span(told: str, named: str | None, today: date) -> tuple[time, time | None]:
    parts = _BETWEEN.split(_FROM.sub("", told))
    if len(parts) > len(("from", "to")):
        raise Wrong("bad_time")
    start = in_part(clock(parts[0], today), named)
    return start, in_part(clock(parts[1], today), named) if len(parts) > 1 else None


_HALF_A_DAY: Final = 12
_SPOKEN: Final = {
    "afternoon": range(1, 7),
    "evening": range(5, 12),
}  # hours of which only the part tells the half


def in_part(told: time, named: str | None) -> time:
    """An hour as it is said in a part of the day: 1h30 in the afternoon is 13h30."""
    return told.replace(hour=told.hour + _HALF_A_DAY) if told.hour in _SPOKEN.get(named or "", ()) else told


_WINDOWS: Final = {
    "morning": (time(5), time(11, 59), time(13)),
    "afternoon": (time(12), time(17, 59), time(19)),
    "evening": (time(17), time(22, 30), time(23, 59)),
}
_NOON: Final = time(12)
_EARLIEST, _LATEST = time(6), time(22)


def fits_part(named: str, start: time, end: time | None) -> bool:
    """Whether hours lie in a part of the day; a whole day begins before noon and ends after it."""
    if named == "day":
        return start < _NOON and (end is None or end > _NOON)
    first, last, latest = _WINDOWS[named]
    return first <= start <= last and (end is None or end <= latest)


def is_at_night(start: time, end: time | None) -> bool:
    """Hours in which classes are hardly held: more likely an afternoon told in hours of twelve."""
    return start < _EARLIEST or start >= _LATEST or (end is not None and end > _LATEST)


_DAY_OFF: Final = re.compile(
    r"nghỉ(?:\s*[-–:(,\d].*| (?:học|lễ|tết|bù|giỗ|giải lao|giữa giờ|trưa|cuối tuần|mưa|bão|do|theo|quốc khánh|\d)\b.*)?"
    r"|nghi(?: hoc| le| tet| bu)?|(?:không|ko|khong) (?:học|hoc|lên lớp|có lịch|bố trí)\b.*|.*\(\s*nghỉ[^)]*\)?"
)


def topic(raw: object, today: date) -> object:
    """What is taught. A dash and a day off are no session: the row is left out."""
    told = shown(raw)
    if is_dash(told) or _DAY_OFF.fullmatch(told[:_TELLING].casefold().strip(" .,;:-–()*!")):
        raise Leave("no_session")
    return text(raw, today)


_PERIODS: Final = re.compile(r"(\d{1,2})(?:,0|\.0)?\s*(?:tiết|t)?", re.ASCII)
_PERIOD_SPAN: Final = re.compile(r"(?:tiết\s*)?(\d{1,2})\s*(?:[-‐-―]|đến)\s*(\d{1,2})", re.ASCII)
_MOST_PERIODS: Final = 60


def periods(raw: object, _today: date) -> int:
    """A count of periods ("5", "5 tiết"); "tiết 1-5" counts them."""
    told = shown(raw).casefold()
    count = 0
    if found := _PERIODS.fullmatch(told):
        count = int(found[1])
    elif span := _PERIOD_SPAN.fullmatch(told):
        count = int(span[2]) - int(span[1]) + 1
    if not 0 < count <= _MOST_PERIODS:
        raise Wrong("bad_number", most=str(_MOST_PERIODS))
    return count


# --- marks ---

_MARK: Final = re.compile(r"(\d{1,4})(?:[.,](\d{1,4}))?(?:\s*(?:đ|điểm))?", re.ASCII)
_LOWEST, _HIGHEST = Decimal(0), Decimal(10)
_HUNDREDTH: Final = Decimal("0.01")
_ABSURD: Final = 1e6


def as_decimal(raw: object) -> Decimal | None:
    """A number as it is typed, with a comma or a dot, "8,5 điểm"; below zero is -1, more than fits is too."""
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int | float):
        return Decimal(str(raw)) if abs(raw) < _ABSURD else Decimal(-1)
    found = _MARK.fullmatch(nfc(raw).casefold()) if isinstance(raw, str) else None
    if found is None:
        negative = isinstance(raw, str) and re.fullmatch(r"[-–]\d{1,4}(?:[.,]\d{1,4})?", nfc(raw), re.ASCII)
        return Decimal(-1) if negative else None
    return Decimal(f"{found[1]}.{found[2] or 0}")


def mark(raw: object, _today: date) -> Decimal:
    """0 to 10 with a comma or a dot, to the hundredth; words such as "vắng" are no mark."""
    found = as_decimal(raw)
    if found is None:
        raise Wrong("bad_mark")
    if not _LOWEST <= found <= _HIGHEST:
        raise Wrong("mark_out_of_range", lowest="0", highest="10")
    return found.quantize(_HUNDREDTH, ROUND_HALF_UP).normalize() + 0


def is_mark(raw: object) -> bool:
    found = as_decimal(raw)
    return found is not None and _LOWEST <= found <= _HIGHEST


# --- errors of formulas ---

_FORMULA_ERRORS: Final = frozenset({
    "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#SPILL!", "#CALC!", "#FIELD!",
    "#BLOCKED!", "#CONNECT!", "#GETTING_DATA", "#UNKNOWN!", "#BUSY!",
})  # fmt: skip


def check_formula(raw: object) -> None:
    """Raise when the cell shows a formula's error instead of a value."""
    if isinstance(raw, str) and raw.strip().upper() in _FORMULA_ERRORS:
        raise Wrong("formula_error")


def is_blank(raw: object) -> bool:
    if not isinstance(raw, str):
        return raw is None
    # Nearly every cell shows at its first letter that it is not blank; the rest may be invisible marks.
    return not raw[:1].isalnum() and not nfc(raw.strip()[:50])
