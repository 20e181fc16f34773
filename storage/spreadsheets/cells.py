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
    phone,
    without_titles,
)

Parser = Callable[[object, date], object]
"""A parser takes a filled cell's raw value and today's date in the centre's zone."""

Values = dict[str, object]
Complain = Callable[..., None]
"""complain(field, code, **extra): a problem that only shows when several cells are read together."""


class Wrong(Exception):  # noqa: N818 - said as a sentence: the cell is wrong
    """A cell that cannot be taken as it stands: a code of `sheets.PROBLEM_CODES`, and facts for its wording."""

    def __init__(self, code: str, **extra: str) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra


@dataclass(frozen=True)
class Doubt:
    """A value that was understood and is yet to be confirmed: a code of `sheet.FINDING_CODES`, facts for its wording."""

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


def told_date(raw: object, today: date, pivot: int | None = None) -> date | None:
    """A date that names its day and month; a relative word is none."""
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
        found = told_date(raw, today, pivot)
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
