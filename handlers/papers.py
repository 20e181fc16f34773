"""A centre's papers: whose paper it is above, place, day and who signs below, of workbooks and of letters."""

from collections.abc import Iterable

from markupsafe import Markup

from handlers.engine.desk import Desk
from handlers.engine.messages import lines
from locales import Language
from storage.people.people import Centre, Person, Role, holders
from storage.spreadsheets import tables
from storage.spreadsheets.tables import Columns, Row
from storage.spreadsheets.writing import Signatures


def workbook(
    desk: Desk,
    language: Language,
    centre: Centre,
    titles: Iterable[str],
    columns: Columns[Row],
    rows: Iterable[Row],
    *,
    sheet_name: str,
    landscape: bool = False,
    signed: bool = True,
) -> bytes:
    """An .xlsx to print, sign (unless it is not `signed`) and file; of `titles` the first says what it is."""
    bodies = [body for body in (centre.parent_body, centre.name) if body]
    page = {
        "bodies": bodies,
        "landscape": landscape,
        "signed": _signed(desk, language, centre) if signed else None,
    }
    return tables.workbook(titles, columns, rows, sheet_name=sheet_name, **page)


def letter(
    desk: Desk, language: Language, centre: Centre, *, symbol: str, about: str, to: str, body: Iterable[str]
) -> bytes:
    """A letter in the form of Party papers, as plain text to be put on the office's own paper, numbered there and
    signed; the mark at its beginning lets every editor read it. The number is the office's to give.
    """
    _ = language.text
    head = [centre.parent_body.upper(), centre.name.upper(), "*", _("No. {number}", number=f"…-{symbol}")]
    signed = [_("DIRECTOR"), *(one.name for one in _directors(desk, centre))]
    sent = lines(_("Recipients:"), _("- As above;"), _("- Kept."))
    parts = [
        _("COMMUNIST PARTY OF VIETNAM"), lines(*head), _place_and_day(desk, language, centre), about,
        _("Respectfully to: {addressee}", addressee=to), *body, lines(*signed), sent,
    ]  # fmt: skip
    told = (Markup.escape(part).unescape().replace("\n", "\r\n") for part in parts if part)
    return "\r\n\r\n".join(told).encode("utf-8-sig")


def _directors(desk: Desk, centre: Centre) -> list[Person]:
    return holders(desk.session, {Role.DIRECTOR}, centre.id, desk.today(centre))[:1]


def _place_and_day(desk: Desk, language: Language, centre: Centre) -> Markup:
    today = desk.today(centre)
    return language.text("{place}, day {day} month {month} year {year}", place=centre.place or "……",
                         day=f"{today:%d}", month=f"{today:%m}", year=today.year)  # fmt: skip


def _signed(desk: Desk, language: Language, centre: Centre) -> Signatures:
    _, at = language.text, _place_and_day(desk, language, centre)
    return Signatures(at.unescape(), [_("Prepared by").unescape(), _("Director").unescape()])
