"""A centre's papers: whose paper it is above, place, day and who signs below, of workbooks and of letters."""

from collections.abc import Iterable

from markupsafe import Markup

from handlers.engine.desk import Desk
from handlers.engine.messages import plain
from locales import Language
from storage.documents.letters import Letter, word_file
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
    """A letter as a Word file, to be numbered by the office, printed and signed; in the form of State papers where the
    centre says so (`caunoi centre NAME --state-form`), else of Party papers. The number is the office's to give.
    """
    _, of_the_state = language.text, bool(centre.options.get("state_form"))
    party = [_("COMMUNIST PARTY OF VIETNAM")]
    state = [_("SOCIALIST REPUBLIC OF VIETNAM"), _("Independence - Freedom - Happiness")]
    number = f"…/{symbol.replace('/', '-')}" if of_the_state else f"…-{symbol}"
    said = Letter(
        head=_plain(state if of_the_state else party),
        bodies=_plain(one.upper() for one in (centre.parent_body, centre.name) if one),
        number=plain(_("No.: {number}", number=number) if of_the_state else _("No. {number}", number=number)),
        about=plain(about),
        place_and_day=plain(_place_and_day(desk, language, centre)),
        to=plain(_("Respectfully to: {addressee}", addressee=to)),
        body=_plain(line for line in body if line),
        signed=_plain([_("DIRECTOR"), *(one.name for one in _directors(desk, centre))]),
        recipients=_plain([_("Recipients:"), _("- As above;"), _("- Kept.")]),
        of_the_state=of_the_state,
    )
    return word_file(said)


def _plain(texts: Iterable[str]) -> list[str]:
    return [plain(text) for text in texts]


def _directors(desk: Desk, centre: Centre) -> list[Person]:
    return holders(desk.session, {Role.DIRECTOR}, centre.id, desk.today(centre))[:1]


def _place_and_day(desk: Desk, language: Language, centre: Centre) -> Markup:
    today = desk.today(centre)
    return language.text("{place}, day {day} month {month} year {year}", place=centre.place or "……",
                         day=f"{today:%d}", month=f"{today:%m}", year=today.year)  # fmt: skip


def _signed(desk: Desk, language: Language, centre: Centre) -> Signatures:
    _, at = language.text, _place_and_day(desk, language, centre)
    return Signatures(at.unescape(), [_("Prepared by").unescape(), _("Director").unescape()])
