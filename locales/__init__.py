"""How it is said: catalogues, dates and numbers. Imports nothing from the other floors.

A msgid is a whole English sentence with named fields. Each file of handlers/ and bot/ that speaks has a
catalogue of its own path in every language's folder: locales/vi/handlers/menu/menu.po for handlers/menu/menu.py.
`python -m locales.catalogue` keeps them whole.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Self
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from markupsafe import Markup

DEFAULT = "vi"
LANGUAGES = ("vi", "en")
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
_DAY = 24 * 60  # minutes
_SPANS = {"day": "ngày", "hour": "giờ", "minute": "phút"}
SMALLEST_PLAIN = 10  # smaller counts of people have a zero before them
LAST_WITH_ZERO = 2  # "tháng 02", but "tháng 3"


def later(msgid: str) -> str:
    """Mark a sentence for the catalogues that is translated where it is used."""
    return msgid


class Language:
    """One reader's language and time zone. Text comes as Markup: every field put in is escaped."""

    def __init__(self, code: str = DEFAULT, zone: ZoneInfo = ZONE) -> None:
        self.code = code if code in LANGUAGES else DEFAULT
        self.zone = zone
        self._locale = Locale.parse(self.code)

    def text(self, msgid: str, /, **fields: object) -> Markup:
        """The sentence in this language, its named fields put in and escaped. A field {n:02d} counts people."""
        sentence = _catalogue(self.code).get(msgid) or msgid
        return self._filled(sentence, fields)

    def count(self, one: str, many: str, n: int, /, **fields: object) -> Markup:
        """As `text`, in the number `n` asks for; {n} is n, written in this language, {n:02d} with two digits."""
        forms = _catalogue(self.code).get((one, many)) or (one, many)
        form = forms[min(self._locale.plural_form(n) != "one", len(forms) - 1)]
        return self._filled(form, {"n": _Number(n, self.number(n), self.two_digits), **fields})

    def _filled(self, sentence: str, fields: dict[str, object]) -> Markup:
        """What numbers are written like is for the translation to say: each can be plain or of two digits."""
        counted = {
            name: _Number(value, str(value), self.two_digits)
            for name, value in fields.items()
            if type(value) is int
        }
        return _once(Markup(sentence).format(**{**fields, **counted}))  # noqa: S704  catalogues are ours

    def local(self, moment: datetime) -> datetime:
        """An instant as the centre's wall clock shows it."""
        return moment.astimezone(self.zone)

    def day(self, day: date) -> str:
        """Such as "thứ Ba, 08/12"."""
        return self._weekday(format_date(day, "EEEE, dd/MM", locale=self._locale))

    def full_day(self, day: date) -> str:
        """Such as "thứ Hai, ngày 07/12/2026"."""
        pattern = "EEEE, 'ngày' dd/MM/yyyy" if self.code == "vi" else "EEEE, dd/MM/yyyy"
        return self._weekday(format_date(day, pattern, locale=self._locale))

    def short_day(self, day: date) -> str:
        """Such as "08/12"."""
        return f"{day:%d/%m}"

    def year_day(self, day: date) -> str:
        """Such as "08/12/2026"."""
        return f"{day:%d/%m/%Y}"

    def span(self, first: date, last: date) -> dict[str, str]:
        """The ends of a span of days, as fields: "07/09" and "30/11", with their years where it lies in two."""
        told = self.short_day if first.year == last.year else self.year_day
        return {"first": told(first), "last": told(last)}

    def month(self, day: date) -> str:
        """Such as "02", "11": of the months only the first two have a zero before them in official papers."""
        return f"{day.month:02d}" if self.code == "vi" and day.month <= LAST_WITH_ZERO else str(day.month)

    def _weekday(self, text: str) -> str:
        """Such as "thứ Ba", but "Chủ nhật", as official papers write them."""
        if self.code != "vi":
            return text
        return text.replace("Chủ Nhật", "Chủ nhật") if text.startswith("Chủ") else text[0].lower() + text[1:]

    def time(self, moment: datetime | time) -> str:
        """Such as "7 giờ 30", "17 giờ"; an instant is shown by the centre's wall clock."""
        clock = self.local(moment).time() if isinstance(moment, datetime) else moment
        if self.code != "vi":
            return f"{clock:%H:%M}"
        return f"{clock.hour} giờ" + (f" {clock.minute:02d}" if clock.minute else "")

    def moment(self, moment: datetime) -> str:
        """Such as "17 giờ, thứ Năm, 03/12"."""
        return f"{self.time(moment)}, {self.day(self.local(moment).date())}"

    def lasting(self, span: timedelta) -> str:
        """How long something takes or is late, begun minutes left out: "3 phút", "2 giờ 15 phút", "4 ngày"."""
        minutes = span // timedelta(minutes=1)
        if minutes < 1:
            return "chưa đầy 1 phút" if self.code == "vi" else "less than a minute"
        if minutes >= _DAY:
            return self._unit(minutes // _DAY, "day")
        hours, minutes = divmod(minutes, 60)
        told = ((hours, "hour"), (minutes, "minute"))
        return " ".join(self._unit(n, unit) for n, unit in told if n)

    def _unit(self, n: int, unit: str) -> str:
        if self.code == "vi":
            return f"{n} {_SPANS[unit]}"
        return f"{n} {unit}" if n == 1 else f"{n} {unit}s"

    def number(self, number: int | Decimal) -> str:
        """Such as "117.342", "8,25"."""
        return format_decimal(number, locale=self._locale)

    def two_digits(self, number: int) -> str:
        """Such as "01", "12", "1.200": people, units and slips as official papers count them; none at all is "0"."""
        return f"{number:02d}" if self.code == "vi" and 0 < number < SMALLEST_PLAIN else self.number(number)

    def percent(self, share: Decimal) -> str:
        """Such as "91,67%": at most two places."""
        return format_percent(share, "#,##0.##%", locale=self._locale)


class _Number(int):
    """A number in a sentence: {n} as it is told, {n:02d} as people are counted."""

    plain: str
    official: Callable[[int], str]

    def __new__(cls, value: int, plain: str, official: Callable[[int], str]) -> Self:
        found = super().__new__(cls, value)
        found.plain, found.official = plain, official
        return found

    def __format__(self, spec: str) -> str:
        return self.official(int(self)) if spec == "02d" else self.plain

    def __str__(self) -> str:
        return self.plain


def _once(text: Markup) -> Markup:
    """The word for a class said once: many a centre calls a class "Lớp …", and sentences say "lớp {course}"."""
    return text.replace("lớp Lớp ", "lớp ").replace("Lớp Lớp ", "Lớp ")


@cache
def _catalogue(code: str) -> dict[object, str]:
    """All sentences of a language, read once from its .po files."""
    sentences: dict[object, str] = {}
    for file in _catalogue_files(files(__name__).joinpath(code)):
        with file.open("rb") as handle:
            for message in read_po(handle, locale=code, ignore_obsolete=True):
                if message.id and message.string and message.string != message.id and not message.fuzzy:
                    identity = tuple(message.id) if message.pluralizable else message.id
                    sentences[identity] = message.string  # type: ignore[assignment]
    return sentences


def _catalogue_files(folder: Traversable) -> Iterator[Traversable]:
    """Every .po file below a folder, in the order of their names."""
    for inner in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if inner.is_dir():
            yield from _catalogue_files(inner)
        elif inner.name.endswith(".po"):
            yield inner


def every_wording(msgid: str) -> set[str]:
    """A sentence in all languages: what people may have typed or tapped."""
    return {Language(code).text(msgid) for code in LANGUAGES}
