"""How it is said: catalogues, dates and numbers. Imports nothing from the other floors.

A msgid is a whole English sentence with named fields. Each file of handlers/ and bot/ that speaks has a
catalogue of its own path in every language's folder: locales/vi/handlers/menu/menu.po for handlers/menu/menu.py.
`python -m locales.catalogue` keeps them whole.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
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
        """The sentence in this language, its named fields put in and escaped."""
        sentence = Markup(_catalogue(self.code).get(msgid) or msgid)  # noqa: S704  catalogues are ours
        return _once(sentence.format(**fields))

    def count(self, one: str, many: str, n: int, /, **fields: object) -> Markup:
        """As `text`, in the number `n` asks for; {n} is n, written in this language."""
        forms = _catalogue(self.code).get((one, many)) or (one, many)
        form = forms[min(self._locale.plural_form(n) != "one", len(forms) - 1)]
        return _once(Markup(form).format(n=self.number(n), **fields))  # noqa: S704  catalogues are ours

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

    def _weekday(self, text: str) -> str:
        return text[0].lower() + text[1:] if self.code == "vi" else text

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
        """Such as "01 học viên": counts below ten as official papers write them."""
        return f"{number:02d}" if self.code == "vi" else str(number)

    def percent(self, share: Decimal) -> str:
        """Such as "91,67%": at most two places."""
        return format_percent(share, "#,##0.##%", locale=self._locale)


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
