"""When a session is: what each cell of a timetable says of it, and how the cells of a row agree."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from storage.base.text import fold, nfc, parse_time
from storage.spreadsheets.cells import Complain, Values, Wrong, is_dash, shown, text, told_date
from storage.spreadsheets.leftover import Leave

_PAST_YEARS: Final = 10
_COMING_YEARS: Final = 5


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
        return When(_near_day(told_date(raw, today), today))
    told = _MIDNIGHT.sub("", nfc(raw).casefold())
    hours_told = [found[0] for found in _SPAN.finditer(told)]
    if len(hours_told) > 1:
        raise Wrong("bad_time")
    part, _rest = _parts_in(_SPAN.sub(" ", told))
    if part is None and _PART.search(told):
        raise Wrong("bad_date")
    day = _near_day(told_date(_SPAN.sub(" ", told).strip(" :;,-–()"), today), today)
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
    return _near_day(told_date(raw, today), today)


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
_MOST_TOLD: Final = 60


def periods(raw: object, _today: date) -> int:
    """A count of periods ("5", "5 tiết"); "tiết 1-5" counts them."""
    told = shown(raw).casefold()
    count = 0
    if found := _PERIODS.fullmatch(told):
        count = int(found[1])
    elif span := _PERIOD_SPAN.fullmatch(told):
        count = int(span[2]) - int(span[1]) + 1
    if not 0 < count <= _MOST_TOLD:
        raise Wrong("bad_number", most=str(_MOST_TOLD))
    return count


# --- all cells of a session together ---

_TIMES: Final = ("date", "weekday", "part", "hours")
_SHORTEST_PERIOD: Final = timedelta(minutes=30)
_MOST_PERIODS: Final = {"day": 10}
_MOST_OF_HALF: Final = 6
_PARTS_TOLD: Final = "Sáng; Chiều; Tối; Cả ngày"


def finish_session(values: Values, complain: Complain) -> None:
    """One time out of all the cells that say something of it; each must agree with the others."""
    _join_days(values, complain)
    told = {name: when for name in _TIMES if isinstance(when := values.get(name), When)}
    for name in ("weekday", "hours"):
        values.pop(name, None)
    values["date"] = day = next((when.day for when in told.values() if when.day), None)
    _check_weekdays(told, day, complain)
    named = _part_told(told, complain)
    if "part" in values or named:
        values["part"] = named
    _take_hours(values, told, named, complain)
    if not values.get("start") and any(when.label for when in told.values()) and named is None:
        complain("part", "unknown_choice", accepted=_PARTS_TOLD)
    _check_hours(values, named, complain)
    _check_periods(values, named, complain)


def _join_days(values: Values, complain: Complain) -> None:
    """From one day to another is a pattern, not a session, unless both are the same day."""
    first, last = values.pop("from_day", None), values.pop("to_day", None)
    if first is None and last is None:
        return
    if first != last or not isinstance(first, date) or values.get("date"):
        complain("date" if values.get("date") else "from_day", "weekly_pattern")
    values["date"] = values.get("date") or When(first if isinstance(first, date) else None)


def _check_weekdays(told: dict[str, When], day: date | None, complain: Complain) -> None:
    for name in ("weekday", "date", "part"):
        said = told[name].weekday if name in told else None
        if day is not None and said is not None and said != day.weekday():
            complain(name, "weekday_mismatch", date=day.isoformat(), weekday=str(day.weekday()))
            return


def _part_told(told: dict[str, When], complain: Complain) -> str | None:
    parts = {name: when.part for name, when in told.items() if when.part}
    first = parts.get("part") or next(iter(parts.values()), None)
    for name, said in parts.items():
        if said != first:
            complain(name, "parts_differ")
    return first


def _take_hours(values: Values, told: dict[str, When], named: str | None, complain: Complain) -> None:
    """The beginning and the end, by the columns of their own before what stands beside other things."""
    for field in ("start", "end"):
        said: dict[str, time] = {}
        for name, value in ((field, values.get(field)), *((n, getattr(w, field)) for n, w in told.items())):
            if isinstance(value, time):
                said[name] = in_part(value, named)
        first = next(iter(said.values()), None)
        if first:
            values[field] = first
        for name, other in said.items():
            if other != first:
                complain(name, "hours_differ", first=_shown_clock(first), second=_shown_clock(other))


def _shown_clock(told: time | None) -> str:
    return f"{told.hour}h{told.minute:02d}" if told else ""


def _check_hours(values: Values, named: str | None, complain: Complain) -> None:
    begins, ends = values.get("start"), values.get("end")
    if not isinstance(begins, time):
        return
    end = ends if isinstance(ends, time) else None
    facts = {
        "start": _shown_clock(begins),
        "end": _shown_clock(end),
        "hours": " – ".join(filter(None, (_shown_clock(begins), _shown_clock(end)))),
    }
    if end is not None and end <= begins:
        complain("end", "bad_time", **facts)
    elif named and not fits_part(named, begins, end):
        complain("part", "part_mismatch", **facts)
    elif is_at_night(begins, end):
        complain("start", "at_night", **facts)


def _check_periods(values: Values, named: str | None, complain: Complain) -> None:
    """More periods than a half of a day has are glued ones: "45" is the fourth and the fifth."""
    count, begins, ends = values.get("periods"), values.get("start"), values.get("end")
    if not isinstance(count, int):
        return
    most = _MOST_PERIODS.get(named or "day", _MOST_OF_HALF)
    if isinstance(begins, time) and isinstance(ends, time) and ends > begins:
        length = datetime.combine(date.min, ends) - datetime.combine(date.min, begins)
        most = min(most, max(1, length // _SHORTEST_PERIOD))
    if count > most:
        complain("periods", "too_many_periods", most=str(most))
