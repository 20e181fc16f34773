"""A document's number and day as the clerk of an office gives them: typed, checked, never made up."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from storage.base.text import nfc, parse_date

# 12-TB/TTCT as Party papers have it, 12/TB-TCT as those of the State do.
_NUMBER: Final = re.compile(r"(?:số\s*:?\s*)?(\d{1,5}[-/][A-ZĐ]+(?:[-/][A-ZĐ0-9]+)*)", re.IGNORECASE)
_DAY: Final = re.compile(r"[\s,;]*(?:ngày\s+)?(.*)", re.IGNORECASE)
_FAR: Final = timedelta(days=366)


class NoNumber(ValueError):  # noqa: N818 - said as a sentence: this is no number
    """Raised with the code of what is wrong: `number`, `day`, `far_day`."""


@dataclass(frozen=True)
class Numbered:
    """Such as 12-TB/TTCT; `day` None where none was given."""

    number: str
    day: date | None = None


def read_number(typed: str, *, today: date) -> Numbered:
    """Such as "số 12-tb/ttct, ngày 16/11/2026". `today` is a date of the centre's zone. Raises NoNumber."""
    text = nfc(typed)
    found = _NUMBER.match(text)
    if found is None or (text[found.end() :] and text[found.end()] not in " ,;"):
        raise NoNumber("number")
    rest = _DAY.fullmatch(text[found.end() :])
    told = rest[1].strip(" .") if rest else ""
    day = parse_date(told, today=today) if told else None
    if told and day is None:
        raise NoNumber("day")
    if day is not None and abs(day - today) > _FAR:
        raise NoNumber("far_day")
    return Numbered(found[1].upper(), day)
