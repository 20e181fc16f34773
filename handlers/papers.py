"""A centre's workbooks: whose paper it is above, place, day and who signs below."""

from collections.abc import Iterable

from handlers.engine.desk import Desk
from locales import Language
from storage.people.people import Centre
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


def _signed(desk: Desk, language: Language, centre: Centre) -> Signatures:
    _, today = language.text, desk.today(centre)
    at = _("{place}, day {day} month {month} year {year}", place=centre.place or "……",
           day=f"{today:%d}", month=f"{today:%m}", year=today.year)  # fmt: skip
    return Signatures(at.unescape(), [_("Prepared by").unescape(), _("Director").unescape()])
