"""What one cell of an office's workbook means: every parser gives a value or raises `Wrong` with a code.

No wording here: a code and its named facts are worded by the handlers.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from storage.base.text import fold, name_case, nfc, parse_date, parse_time, phone

Parser = Callable[[object, date], object]
"""A parser takes a filled cell's raw value and today's date in the centre's zone."""

Hours = tuple[time | None, time | None]


class Wrong(Exception):  # noqa: N818 - said as a sentence: the cell is wrong
    """A cell that cannot be taken as it stands: a code of `sheets.PROBLEM_CODES`, and facts for its wording."""

    def __init__(self, code: str, **extra: str) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra


def shown(raw: object) -> str:
    """A raw cell as a person sees it: dates as dd/mm/yyyy, whole numbers without decimals, NFC, one line."""
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    if isinstance(raw, datetime | date):
        return f"{raw.day:02d}/{raw.month:02d}/{raw.year:04d}"
    if isinstance(raw, time):
        return f"{raw.hour}h{raw.minute:02d}"
    return "" if raw is None else nfc(str(raw))


def text(raw: object, _today: date) -> str:
    return shown(raw)


def person_name(raw: object, _today: date) -> str:
    """Offices write class lists in capitals; a letter to somebody does not shout."""
    return name_case(shown(raw))


def choice(words: Mapping[str, str]) -> Parser:
    """A closed list: folded words to stored values, a stored value standing for itself too."""
    known = {fold(word): value for word, value in words.items()} | {v.casefold(): v for v in words.values()}

    def parse(raw: object, _today: date) -> str:
        told = shown(raw)
        value = known.get(fold(told)) or known.get(told.casefold())
        if value is None:
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


def _only_year(raw: object) -> bool:
    if isinstance(raw, datetime | date):
        return raw.year == _YEAR_AS_SERIAL
    if isinstance(raw, int | float):
        return raw in _YEARS
    return isinstance(raw, str) and _YEAR_ALONE.fullmatch(fold(raw)) is not None


_PAST_YEARS: Final = 10
_COMING_YEARS: Final = 5


def session_day(raw: object, today: date) -> tuple[date, int | None]:
    """A teaching day, and the weekday written beside it in the same cell (Monday 0), if any."""
    found = _told_date(raw, today)
    if found is None:
        raise Wrong("bad_date")
    if not -_PAST_YEARS <= found.year - today.year <= _COMING_YEARS:
        raise Wrong("impossible_date", reason="far_year")
    return found, _weekday_in(raw) if isinstance(raw, str) else None


# --- weekdays, parts of the day, hours, periods ---

_WEEKDAY_WORDS: Final = {"hai": 0, "ba": 1, "tu": 2, "nam": 3, "sau": 4, "bay": 5}
_WEEKDAY: Final = re.compile(r"\b(?:t ?([2-7])|thu ([2-7])|thu (hai|ba|tu|nam|sau|bay)|(cn|chu nhat))\b")
_BARE_WEEKDAY: Final = re.compile(r"([2-7])|(hai|ba|tu|nam|sau|bay)|(8)")
_SUNDAY: Final = 6


def _weekday_in(raw: str) -> int | None:
    found = _WEEKDAY.search(fold(raw))
    if not found:
        return None
    digit = found[1] or found[2]
    return int(digit) - 2 if digit else _WEEKDAY_WORDS.get(found[3] or "", _SUNDAY)


def weekday(raw: object, _today: date) -> int:
    """The weekday of a "Thứ" column (2 to 7, words or CN); Monday is 0."""
    if isinstance(raw, datetime | date):
        return raw.weekday()
    told = fold(shown(raw))
    found = _weekday_in(told)
    if found is None and (bare := _BARE_WEEKDAY.fullmatch(told)):
        found = int(bare[1]) - 2 if bare[1] else _WEEKDAY_WORDS.get(bare[2] or "", _SUNDAY)
    if found is None:
        raise Wrong("unknown_choice", accepted="2; 3; 4; 5; 6; 7; CN")
    return found


_PARTS: Final = {"sang": "morning", "chieu": "afternoon", "toi": "evening", "s": "morning", "c": "afternoon",
                 "t": "evening", "ca": "day", "morning": "morning", "afternoon": "afternoon",
                 "evening": "evening", "day": "day"}  # fmt: skip


def part(raw: object, today: date) -> tuple[str, Hours | None]:
    """Morning, afternoon, evening or (whole) day, and the hours written beside it in the same cell, if any."""
    told = shown(raw)
    words = [word for word in fold(told).split() if word in _PARTS]
    if not words:
        raise Wrong("unknown_choice", accepted="Sáng; Chiều; Tối; Cả ngày")
    span = _SPAN.search(told.casefold())
    return _PARTS[words[0]], hours(span[0], today) if span else None


_SPAN: Final = re.compile(r"\d{1,2}\s*(?:h|g|giờ|:)\s*\d{0,2}.*\d\s*(?:h|g|giờ|:)?\s*\d{0,2}")
_BETWEEN: Final = re.compile(r"\s*(?:[-‐-―−~]|đến|tới|->|→)\s*")
_FROM: Final = re.compile(r"^(?:từ|lúc|bắt đầu)\s*:?\s*")


def clock(raw: object, _today: date) -> time:
    found = parse_time(raw) if not isinstance(raw, bool) else None
    if found is None and isinstance(raw, str):
        found = parse_time(_FROM.sub("", nfc(raw).casefold()))
    if found is None:
        raise Wrong("bad_time")
    return found.replace(second=0, microsecond=0)


def hours(raw: object, today: date) -> Hours:
    """From and to: 7h30-11h00, từ 7 giờ 30 đến 11 giờ, or the beginning alone."""
    if not isinstance(raw, str):
        return clock(raw, today), None
    parts = _BETWEEN.split(_FROM.sub("", nfc(raw).casefold()))
    if len(parts) > len(("from", "to")):
        raise Wrong("bad_time")
    start = clock(parts[0], today)
    return start, clock(parts[1], today) if len(parts) > 1 else None


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


def _as_decimal(raw: object) -> Decimal | None:
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
    found = _as_decimal(raw)
    if found is None:
        raise Wrong("bad_mark")
    if not _LOWEST <= found <= _HIGHEST:
        raise Wrong("mark_out_of_range", lowest="0", highest="10")
    return found.quantize(_HUNDREDTH, ROUND_HALF_UP).normalize() + 0


def is_mark(raw: object) -> bool:
    found = _as_decimal(raw)
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
