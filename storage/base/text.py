"""Vietnamese text as pure functions: stored form, search form, name order, phones, typed dates and times."""

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import takewhile
from typing import Final, TypeVar, overload

T = TypeVar("T")

# --- stored form and search form ---

_DROPPED: Final = frozenset({"Cc", "Cf", "Cs"})
# Old Windows fonts leave the Icelandic eth (U+00D0, U+00F0) where đ is meant.
_D_BAR: Final = str.maketrans("đð", "dd")
_NE_NEP: Final = re.compile(r"\bne nep\b")


def nfc(text: str, *, lines: bool = False) -> str:
    """The form that is stored: NFC, single plain spaces, trimmed, nothing invisible.

    With `lines`, line breaks stay (at most one empty line in a row); otherwise they become spaces.
    """
    seen = (c for c in text if c.isspace() or unicodedata.category(c) not in _DROPPED)
    clean = unicodedata.normalize("NFC", "".join(seen))
    if not lines:
        return " ".join(clean.split())
    rows = "\n".join(" ".join(row.split()) for row in clean.splitlines())
    return re.sub(r"\n{3,}", "\n\n", rows).strip()


def spread(text: str) -> str:
    """Case-folded and fully decomposed: every diacritic is a character of its own."""
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", nfc(text)).casefold())


def bare(text: str) -> str:
    """Case-folded and without diacritics, punctuation kept."""
    return "".join(c for c in spread(text) if unicodedata.category(c)[0] != "M").translate(_D_BAR)


def fold(text: str) -> str:
    """The search form: `Lịch học!` -> `lich hoc`; nề nếp and nền nếp agree. Idempotent.

    Folding loses meaning (hoc bu, bao cao): confirm before writing what was only found by it.
    """
    words = "".join(c if c.isalnum() else " " for c in bare(text)).split()
    return _NE_NEP.sub("nen nep", " ".join(words))


# --- spelling: where there are diacritics, they count ---


def spelling(text: str) -> tuple[tuple[str, str], ...]:
    """What makes a name the same: its letters and marks word by word, in any case, whatever stands between the words.

    Thuý is Thúy (the tone's place), Hạnh is not Hanh, An is not Na: letters in order, marks in any.
    """
    spread = unicodedata.normalize("NFD", nfc(text).casefold())
    told = "".join(c if c.isalnum() or unicodedata.combining(c) else " " for c in spread)
    return tuple(
        (
            "".join(c for c in word if not unicodedata.combining(c)),
            "".join(sorted(filter(unicodedata.combining, word))),
        )
        for word in told.split()
    )


def same_name(one: str, other: str) -> bool:
    """Whether both may name the same: Hoa is not Hòa, but "Le Thi Hoa", typed without diacritics, may be either."""
    if fold(one) != fold(other):
        return False
    return one.isascii() or other.isascii() or spelling(one) == spelling(other)


def may_mean(told: str, known: str) -> bool:
    """Whether the marks of each word go with those of the same word of `known`, left out or one too many ("tện").

    "Đơn vị cũ" is no "Đơn vị cử", and "Năm" is not "Nam".
    """
    marks = {fold(word): _marks(word) for word in known.split()}
    words = ((_marks(word), marks.get(fold(word))) for word in told.split())
    return all(own <= there or (there and there <= own) for own, there in words if there is not None)


def _marks(word: str) -> set[str]:
    return {c for c in spread(word) if c == "đ" or unicodedata.combining(c)}


# --- names of people as they are written ---

_ETH: Final = str.maketrans("ÐðƉɖ", "ĐđĐđ")
_UNSEEN: Final = frozenset({"Co", "Cn"})
_NUMBERING: Final = r"\(?\d{1,4}\s*[.):/-]\s*"
_TITLE: Final = (
    r"(?:(?:đ|d)\s?[/.]\s?c|đồng chí|đc|ông|bà|anh|chị|cô|thầy(?: giáo)?|bác sĩ|bác sỹ|dược sĩ|kỹ sư|luật sư|nhà giáo"
    r"|em|cử nhân|thạc sĩ|thạc sỹ|tiến sĩ|tiến sỹ|giáo sư|phó giáo sư|giảng viên|báo cáo viên|(?:thiếu|trung|thượng|đại) (?:úy|uý|tá)"
    r"|gv|gvc|bcv|th\.?s|ts|pgs|gs|bs|ks|ls|ds|cn|ncs|(?:bs)?ck ?(?:i{1,2}|[12])|cvc|cvcc)(?![^\W\d_])\s?[.,:/-]*\s*"
)
_BEFORE_A_NAME: Final = re.compile(rf"(?:{_NUMBERING}|{_TITLE})+", re.IGNORECASE)
_AROUND_A_NAME: Final = " \t-–—•*+.,;:"
# Ông Ích Khiêm: before a middle name it is a surname.
_SURNAME: Final = re.compile(
    r"ông (?:ích|văn|thị|đình|hữu|xuân|ngọc|thanh|minh|quốc|thế|bá|đức|duy|tấn|trọng)\b", re.IGNORECASE
)


def clean_name(name: str) -> str:
    """A name without what nobody sees (control characters, marks of direction, private characters), Đ as one letter."""
    return "".join(c for c in nfc(name) if unicodedata.category(c) not in _UNSEEN).translate(_ETH)


def without_titles(name: str) -> str:
    """A name without the numbering and the titles before it: "1. Đ/c Trần Văn Số" is Trần Văn Số.

    A title stays where no two words would be left: "Cô Ba" may be how somebody is called.
    """
    name = name.strip(_AROUND_A_NAME)
    found = _BEFORE_A_NAME.match(name)
    if not found or _SURNAME.match(name):
        return name
    rest = name[found.end() :].strip(_AROUND_A_NAME)
    return rest if " " in rest or not name[0].isalpha() else name


def foreign_letters(name: str) -> str:
    """The letters of other alphabets in a name, each once: a Cyrillic А looks like an A and is found by no search."""
    letters = dict.fromkeys(
        c for c in name if c.isalpha() and not unicodedata.name(c, "").startswith("LATIN")
    )
    return "".join(letters)


# --- name order ---

_ALPHABET: Final = {letter: 20 + i for i, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}
_DIGITS: Final = {digit: 10 + i for i, digit in enumerate("0123456789")}
_RANKS: Final = {**_DIGITS, **_ALPHABET, "ð": _ALPHABET["đ"]}
_QUALITY: Final = frozenset("\u0302\u0306\u031b")  # circumflex, breve, horn: they make another letter
_TONES: Final = {"\u0300": 3, "\u0309": 4, "\u0303": 5, "\u0301": 6, "\u0323": 7}
_LEVEL_TONE: Final = 2
_END_OF_PART: Final = 0
_END_OF_SYLLABLE: Final = 1
_FOREIGN: Final = 99  # ranks from here on belong to letters of other scripts


def _name_parts(name: str) -> tuple[list[str], list[str]]:
    """The words of a name, and the words of a note in brackets behind it: An (B)."""
    clean = nfc(name)
    head, bracket, note = clean.partition("(")
    if not head.strip():
        return clean.split(), []
    return head.split(), (bracket + note).split()


def name_case(name: str) -> str:
    """A name in capitals as people write it (`LÊ THỊ HOÀ` -> `Lê Thị Hoà`); any other stays as it is."""
    if not name.isupper():
        return name
    return re.sub(r"[^\W\d_]+", lambda word: word[0].capitalize(), name)


def given_name(name: str) -> str:
    """The last word of a name (the name a person is called by); empty for an empty name."""
    return next(reversed(_name_parts(name)[0]), "")


def _rank(letter: str) -> int | None:
    """A letter's place in the Vietnamese alphabet; None for what does not count in an order."""
    if letter in _RANKS:
        return _RANKS[letter]
    base = unicodedata.normalize("NFD", letter)[0]
    if base in _RANKS:
        return _RANKS[base]
    return _FOREIGN + ord(base) if base.isalnum() else None


def syllable(word: str) -> tuple[list[int], int]:
    """The ranks of a syllable's letters, and its tone."""
    letters = spread(word)
    tone = next((_TONES[c] for c in letters if c in _TONES), _LEVEL_TONE)
    kept = "".join(c for c in letters if c in _QUALITY or unicodedata.category(c)[0] != "M")
    ranks = (_rank(letter) for letter in unicodedata.normalize("NFC", kept))
    return [rank for rank in ranks if rank is not None], tone


def sort_key(name: str) -> tuple[int, ...]:
    """Vietnamese name order: given name, then surname, then middle names.

    Each part goes by its letters, then by its tones (ngang, huyền, hỏi, ngã, sắc, nặng).
    """
    words, note = _name_parts(name)
    key: list[int] = []
    for part in (words[-1:], words[:1] if len(words) > 1 else [], words[1:-1] + note):
        syllables = [syllable for syllable in map(syllable, part) if syllable[0]]
        for letters, _tone in syllables:
            key += [*letters, _END_OF_SYLLABLE]
        key += [_END_OF_PART, *(tone for _letters, tone in syllables)]
    return tuple(key)


def sort_text(name: str) -> str:
    """`sort_key` as a string of ASCII digits, for an indexed column.

    Two digits a letter (nine for a foreign one, beginning with 99): digits alone sort the same by
    bytes and under every language's collation.
    """
    return "".join(f"{n:02d}" if n < _FOREIGN else f"{_FOREIGN}{n:07d}" for n in sort_key(name))


# --- phones ---

_PHONE_MARKS: Final = re.compile(r"[\s.\-‐‑‒–()'’‘`]")
_EXCEL_NUMBER: Final = re.compile(r"([0-9]{9,12})\.0")
_TOO_LONG: Final = 10**13
_COUNTRY: Final = re.compile(r"(?:\+|00)?840?((?:2[0-9]|[35789])[0-9]{8})")
_NATIONAL: Final = re.compile(r"0?((?:2[0-9]|[35789])[0-9]{8})")


def phone(raw: str | float) -> str | None:
    """A Vietnamese phone as `0xxxxxxxxx` (ten digits, landlines 02 eleven); None for anything else.

    Takes +84, 84, spaces, dots, dashes, and the numbers that lost their zero in a spreadsheet.
    """
    if isinstance(raw, int | float):
        whole = 0 <= raw < _TOO_LONG and raw == int(raw)
        raw = str(int(raw)) if whole else ""
    text = unicodedata.normalize("NFKC", nfc(raw))
    if number := _EXCEL_NUMBER.fullmatch(text):
        text = number[1]
    digits = _PHONE_MARKS.sub("", text)
    # Nine digits beginning with 84 are a mobile without its zero, so the national form is tried first.
    found = _NATIONAL.fullmatch(digits) or _COUNTRY.fullmatch(digits)
    return f"0{found[1]}" if found else None


# --- dates and times as people and spreadsheets write them ---

_CLOCK: Final = re.compile(
    r"(?:(?<=[0-9])t|(?<![0-9/.-]))[0-9]{1,2}\s*"
    r"(?::[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?z?|(?:h|g|gio)(?:\s*(?:[0-9]{2}|ruoi)(?:\s*phut)?)?)"
    r"(?![0-9a-z/]|[.-][0-9])"
)
_FILLER: Final = re.compile(r"\b(?:ngay|hom|sang|trua|chieu|(?<!tuan )toi|vao|luc|mung|mong)\b")
_WEEKDAY: Final = re.compile(
    r"\b(?:(?:thu\s*|t)([2-7])(?![0-9/.-])|thu\s+(hai|ba|tu|nam|sau|bay)|(chu\s+nhat|cn))\b"
)
_WEEKDAY_WORDS: Final = {"hai": 0, "ba": 1, "tu": 2, "nam": 3, "sau": 4, "bay": 5}
_SUNDAY: Final = 6
_WEEK: Final = {"": None, "toi": None, "nay": 0, "tuan nay": 0, "tuan sau": 7, "tuan toi": 7}
_NEAR_DAYS: Final = {
    "hom nay": 0, "nay": 0, "ngay mai": 1, "mai": 1, "hom qua": -1, "qua": -1, "ngay kia": 2, "hom kia": -2,
}  # fmt: skip
_ISO: Final = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
_DAY_FIRST: Final = re.compile(r"([0-9]{1,2})\s*([-/.])\s*([0-9]{1,2})(?:\s*\2\s*([0-9]{4}|[0-9]{2}))?")
_IN_WORDS: Final = re.compile(
    r"([0-9]{1,2})\s*thang\s*([0-9]{1,2})(?:(?:\s*(?:nam|/|-)\s*|\s)([0-9]{4})|\s*nam\s*([0-9]{2}))?"
)
_EXCEL_EPOCH: Final = date(1899, 12, 30)
_EXCEL_SERIALS: Final = range(10_000, 100_000)  # 1927 to 2173: a smaller number is rather a year of birth
_YEARS: Final = range(1900, 2200)
_PIVOT_AHEAD: Final = 20


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if year in _YEARS else None
    except ValueError:
        return None


def _nearest(day: int, month: int, today: date) -> date | None:
    """The day and month nearest to today; the coming one when two are as near."""
    years = (today.year + 1, today.year, today.year - 1)
    found = [made for year in years if (made := _date(year, month, day))]
    return min(found, key=lambda made: abs(made - today), default=None)


def _from_numbers(text: str, today: date, pivot: int) -> date | None:
    if iso := _ISO.fullmatch(text):
        return _date(int(iso[1]), int(iso[3]), int(iso[4]))
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = int(found[1]), int(found[3]), found[4]
    elif found := _IN_WORDS.fullmatch(text):
        day, month, year = int(found[1]), int(found[2]), found[3] or found[4]
    else:
        return None
    if year is None:
        return _nearest(day, month, today)
    full = int(year) if len(year) > len("90") else int(year) + (2000 if int(year) <= pivot else 1900)
    return _date(full, month, day)


def _weekday_date(found: re.Match[str], ahead: int | None, today: date) -> date:
    """Thứ 2 is the next one after today; with "tuần sau" it is that of next week."""
    number, word = found[1], found[2]
    index = int(number) - 2 if number else _WEEKDAY_WORDS.get(word, _SUNDAY)
    if ahead is None:
        return today + timedelta(days=(index - today.weekday() - 1) % 7 + 1)
    return today + timedelta(days=index - today.weekday() + ahead)


def _from_text(raw: str, today: date, pivot: int) -> date | None:
    text = re.sub(r"[\s,;()'’\"]+", " ", re.sub("[‐-―−]", "-", bare(raw))).strip(" .")
    text = " ".join(_CLOCK.sub(" ", text).split())
    weekday = _WEEKDAY.search(text)
    told = " ".join(_WEEKDAY.sub(" ", text, count=1).split())
    core = " ".join(_FILLER.sub(" ", told).split()).strip(" .-")
    # The whole phrase first: without its small words "hôm kia" would be no day, "thứ 2 tới" no week; "thứ 5 này" is not today.
    for rest in (told, core):
        if weekday and rest in _WEEK:
            return _weekday_date(weekday, _WEEK[rest], today)
        if rest in _NEAR_DAYS:
            return today + timedelta(days=_NEAR_DAYS[rest])
    return _from_numbers(core, today, pivot)


def parse_date(raw: object, *, today: date, century_pivot: int | None = None) -> date | None:
    """A date as people and spreadsheets write it, the day always before the month; None when there is none.

    Without a year it is the one nearest to `today` (a date of the centre's zone). Two-digit years up to
    `century_pivot` are 20xx, the rest 19xx; left out, it is twenty years ahead of `today`.
    """
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    if isinstance(raw, int | float):
        serial = int(raw) if math.isfinite(raw) else 0
        return _EXCEL_EPOCH + timedelta(days=serial) if serial in _EXCEL_SERIALS else None
    if not isinstance(raw, str):
        return None
    pivot = today.year % 100 + _PIVOT_AHEAD if century_pivot is None else century_pivot
    return _from_text(raw, today, pivot)


_TIME: Final = re.compile(
    r"(?:luc )?([0-9]{1,2}) ?(?:(?:[:.]|h|g|gio) ?([0-9]{2}|ruoi)(?::([0-9]{2}))?(?: ?phut)?|(?:h|g|gio))"
    r"(?: ?(sang|trua|chieu|toi|am|pm))?"
)
_SECONDS_A_DAY: Final = 86_400
_NOON: Final = 12
_FIRST_HOUR_BY_MORNING: Final = 4  # "một giờ trưa" is 13, "mười một giờ trưa" is 11


def _clock(seconds: float) -> time:
    whole = min(round(seconds), _SECONDS_A_DAY - 1)
    return time(whole // 3600, whole // 60 % 60, whole % 60)


def _hour(hour: int, half: str | None) -> int:
    """The hour of 24: "2 giờ chiều" is 14, "12:15 am" is 0."""
    if half == "am":
        return hour % _NOON if hour <= _NOON else hour
    later = half in {"chieu", "toi", "pm"} or (half == "trua" and hour < _FIRST_HOUR_BY_MORNING)
    if half == "toi" and hour == _NOON:
        return 2 * _NOON  # midnight belongs to no day that can be told from here
    return hour + _NOON if later and hour < _NOON else hour


def _time_from_text(raw: str) -> time | None:
    found = _TIME.fullmatch(" ".join(bare(raw).replace("'", " ").split()))
    if not found:
        return None
    minute = 30 if found[2] == "ruoi" else int(found[2] or 0)
    try:
        return time(_hour(int(found[1]), found[4]), minute, int(found[3] or 0))
    except ValueError:
        return None


def parse_time(raw: object) -> time | None:
    """A time of day as people and spreadsheets write it (7h30, 7 giờ 30, 07:30, 0.3125); None when none."""
    if isinstance(raw, datetime):
        return raw.time()
    if isinstance(raw, time):
        return raw
    if isinstance(raw, timedelta):
        seconds = raw.total_seconds()
        return _clock(seconds) if 0 <= seconds < _SECONDS_A_DAY else None
    if isinstance(raw, float) and math.isfinite(raw):
        # Behind a serial date stands the time of that day; a bare 7.5 could mean anything.
        told = 0 <= raw < 1 or int(raw) in _EXCEL_SERIALS
        return _clock(raw % 1 * _SECONDS_A_DAY) if told else None
    return _time_from_text(raw) if isinstance(raw, str) else None


# --- finding ---


def matches(query: str, candidate: str) -> bool:
    """Whether every word of the query begins a word of the candidate, both folded; an empty query never."""
    wanted, words = fold(query).split(), fold(candidate).split()
    return bool(wanted) and all(any(word.startswith(part) for word in words) for part in wanted)


def _numbers(folded: str) -> set[str]:
    return {word for word in folded.split() if any(c.isdigit() for c in word)}


_AS_GOOD: Final = 3.0  # a smaller difference is chance: one letter of a long name


def _scores(query: str, names: Sequence[str], cutoff: float) -> Iterator[tuple[float, str]]:
    """How near each name is, best first: 300 the same, 200 the same folded, 120 begun, else up to 100."""
    from rapidfuzz import fuzz  # only a guess needs it, and it costs 3 MiB at rest

    wanted, plain = fold(query), nfc(query).casefold()
    numbers = _numbers(wanted)
    scored: list[tuple[float, str]] = []
    for name in names:
        words = fold(name)
        if not numbers <= _numbers(words):
            continue  # "Chi bộ 13" is never "Chi bộ 12", however near the letters
        if wanted == words:
            score = 300.0 if plain == nfc(name).casefold() else 200.0
        elif len(wanted) > 1 and matches(wanted, words):
            score = 120.0
        else:
            score = max(fuzz.ratio(wanted, words), fuzz.token_sort_ratio(wanted, words))
        scored.append((score, name))
    scored.sort(key=lambda pair: -pair[0])
    return takewhile(lambda pair: pair[0] >= cutoff, scored)


@overload
def closest(query: str, candidates: Mapping[str, T], cutoff: float = ...) -> T | None: ...
@overload
def closest(query: str, candidates: Sequence[str], cutoff: float = ...) -> str | None: ...
def closest(query: str, candidates: Mapping[str, T] | Sequence[str], cutoff: float = 85.0) -> T | str | None:
    """The one candidate meant by a mistyped or shortened query (a mapping's value, under its name).

    None when nothing reaches the cutoff (0 to 100) or when two different ones are equally good.
    """
    if not fold(query):
        return None
    best = list(_scores(query, list(candidates), cutoff))
    top = [name for score, name in best if best[0][0] - score < _AS_GOOD]
    found = [candidates[name] if isinstance(candidates, Mapping) else name for name in top]
    return found[0] if found and all(one == found[0] for one in found) else None
