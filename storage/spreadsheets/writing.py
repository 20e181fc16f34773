"""Writing Excel workbooks that print well and in which nothing a person typed can ever run."""

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO
from itertools import chain, islice
from typing import TYPE_CHECKING, Final, cast

from storage.base.light import bring_openpyxl
from storage.spreadsheets.kinds import KINDS

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.styles import Alignment, Border, Font
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet
    from openpyxl.worksheet.worksheet import Worksheet

_MOST_CHARACTERS: Final = 32_767
_SAFE_DIGITS: Final = 15  # Excel keeps no more of a number: a longer one is written as text
_XML_REFUSES: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What Excel, LibreOffice or a Japanese-locale Excel could take for the start of a formula.
_RISKY: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_SHEET_NAME: Final = re.compile(r"[\\/*?:\[\]]")
_SHEET_NAME_LENGTH: Final = 31
_FORMATS: Final = {datetime: "dd/mm/yyyy hh:mm", date: "dd/mm/yyyy", time: "hh:mm"}
_FIRST_YEAR: Final = 1900
_SAMPLE: Final = 200
_NARROW, _BROAD = 6, 42
_PORTRAIT_WIDTH: Final = 90.0
_A4: Final = 9


@dataclass(frozen=True)
class Signatures:
    """A block to sign below a table: place and day, and under them who signs, from left to right."""

    at: str
    who: Sequence[str]


def write(
    title_lines: Sequence[str],
    headers: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    sheet_name: str,
    widths: Sequence[float] | None = None,
    landscape: bool = False,
    signed: Signatures | None = None,
) -> bytes:
    """An .xlsx of one sheet: title lines, a header repeated on every printed page, bordered rows, A4, fit to width,
    pages numbered. What is wide is printed in `landscape` whatever is asked for.

    Dates and numbers stay dates and numbers (dd/mm/yyyy; an aware datetime by its own wall clock); text is
    NFC, without characters that XML refuses, cut at Excel's 32,767, and never a formula. `widths` are in
    Excel's characters; left out, they follow the first rows.
    """
    bring_openpyxl()
    from openpyxl import Workbook
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

    book = Workbook(write_only=True)  # rows go straight to disk: an export of a province fits in memory
    book.properties.creator = "caunoi"
    sheet = book.create_sheet(_clean_sheet_name(sheet_name))
    assert isinstance(sheet, WriteOnlyWorksheet)
    told = iter(rows)
    sample = list(islice(told, _SAMPLE))
    fitted = list(widths or _fitted(headers, sample))
    _set_page(cast("Worksheet", sheet), fitted, header_row=len(title_lines) + 1, landscape=landscape)
    for line in _cells(sheet, title_lines, headers, chain(sample, told), columns=len(fitted)):
        sheet.append(line)
    for below in _signing(sheet, signed, columns=len(fitted)) if signed else ():
        sheet.append(below)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def template(
    kind: str,
    rows: Sequence[Mapping[str, object]],
    labels: Mapping[str, str],
    title_lines: Sequence[str],
    *,
    sheet_name: str = "1",
) -> bytes:
    """An example workbook of a kind, which `sheets.read` reads back as `rows`.

    `labels` gives the header of every field to show (a field without one is left out), "ordinal" for the
    numbering, and "field.value" the word for a stored choice ("gender.male"). A row's "marks" become
    columns named by their components. KeyError when a required field has no label.
    """
    fields = _template_fields(kind, labels)
    components = list(dict.fromkeys(name for row in rows for name in _marks_of(row)))
    numbered = [labels["ordinal"]] if "ordinal" in labels else []
    headers = [*numbered, *(labels[name] for name in fields), *components]
    lines: list[list[object]] = []
    for number, row in enumerate(rows, 1):
        values = [_worded(name, row.get(name), labels) for name in fields]
        marks = [_marks_of(row).get(name) for name in components]
        lines.append([*([number] if numbered else []), *values, *marks])
    return write(title_lines, headers, lines, sheet_name=sheet_name)


def _template_fields(kind: str, labels: Mapping[str, str]) -> list[str]:
    columns = [column for column in KINDS[kind].columns if column.field != "ordinal"]
    unlabelled = [column.field for column in columns if column.required and column.field not in labels]
    if unlabelled:
        raise KeyError(*unlabelled)
    return [column.field for column in columns if column.field in labels]


def _marks_of(row: Mapping[str, object]) -> Mapping[str, object]:
    marks = row.get("marks")
    return marks if isinstance(marks, Mapping) else {}


def _worded(field: str, value: object, labels: Mapping[str, str]) -> object:
    return labels.get(f"{field}.{value}", value) if isinstance(value, str) else value


# --- the page ---


def _clean_sheet_name(name: str) -> str:
    told = _SHEET_NAME.sub(" ", _clean(name)).strip(" '")
    return " ".join(told.split())[:_SHEET_NAME_LENGTH].rstrip(" '") or "1"


def _fitted(headers: Sequence[str], sample: Sequence[Sequence[object]]) -> Iterator[float]:
    """Wide enough for most of what stands in a column; longer texts wrap."""
    for index in range(max([len(headers), *map(len, sample)], default=0)):
        title = headers[index] if index < len(headers) else ""
        lengths = [len(word) for word in title.split()]
        lengths += [len(str(line[index])) for line in sample if index < len(line) and line[index] is not None]
        yield float(min(max([_NARROW, *lengths]) + 2, _BROAD))


def _set_page(sheet: "Worksheet", widths: Sequence[float], header_row: int, *, landscape: bool) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    for index, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    wide = landscape or sum(widths) > _PORTRAIT_WIDTH
    sheet.page_setup.orientation = "landscape" if wide else "portrait"
    sheet.oddFooter.center.text = "&P/&N"  # type: ignore[union-attr]  # the stubs do not know that it is there
    sheet.page_setup.paperSize = _A4
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left = sheet.page_margins.right = 0.5
    sheet.print_title_rows = f"{header_row}:{header_row}"
    sheet.freeze_panes = f"A{header_row + 1}"


# --- the cells ---


@dataclass(frozen=True)
class _Style:
    font: "Font"
    alignment: "Alignment"
    border: "Border | None" = None


def _cells(
    sheet: "WriteOnlyWorksheet",
    title_lines: Sequence[str],
    headers: Sequence[str],
    rows: Iterable[Sequence[object]],
    columns: int,
) -> Iterator[list["Cell"]]:
    from openpyxl.styles import Alignment, Border, Font, Side

    thin = Side(style="thin")
    box = Border(left=thin, right=thin, top=thin, bottom=thin)
    face = "Times New Roman"  # the face of Vietnamese official papers, on every office computer
    # "Centre across selection" looks like merged cells and leaves sorting and filtering alone.
    title = _Style(Font(name=face, size=13, bold=True), Alignment(horizontal="centerContinuous"))
    header = _Style(
        Font(name=face, size=12, bold=True),
        Alignment(horizontal="center", vertical="center", wrap_text=True),
        box,
    )
    body = _Style(Font(name=face, size=12), Alignment(vertical="top", wrap_text=True), box)
    for line in title_lines:
        yield _line(sheet, [line], title, columns)
    yield _line(sheet, headers, header, columns)
    for row in rows:
        yield _line(sheet, row, body, columns)


def _signing(
    sheet: "WriteOnlyWorksheet", signed: Signatures, columns: int
) -> Iterator[list["Cell"] | list[None]]:
    """The block below the table: nothing is merged, each text is centred over its cell and runs on beside it."""
    from openpyxl.styles import Alignment, Font

    face, middle = "Times New Roman", Alignment(horizontal="center")
    plain, bold = (
        _Style(Font(name=face, size=12, italic=True), middle),
        _Style(Font(name=face, size=12, bold=True), middle),
    )
    places = [
        1 + number * max(columns - 3, 1) // max(len(signed.who) - 1, 1) for number in range(len(signed.who))
    ]
    titles = dict(zip(places, signed.who, strict=True))
    yield []
    yield _line(
        sheet, [signed.at if place == places[-1] else None for place in range(columns)], plain, columns
    )
    yield _line(sheet, [titles.get(place) for place in range(columns)], bold, columns)


def _line(sheet: "WriteOnlyWorksheet", values: Sequence[object], style: _Style, columns: int) -> list["Cell"]:
    padded = chain(values, [None] * (columns - len(values)))
    return [_cell(sheet, value, style) for value in padded]


def _cell(sheet: "WriteOnlyWorksheet", raw: object, style: _Style) -> "Cell":
    from openpyxl.cell import WriteOnlyCell

    value = _storable(raw)
    cell = WriteOnlyCell(sheet)
    cell.value = value
    cell.font, cell.alignment = style.font, style.alignment
    if style.border:
        cell.border = style.border
    if isinstance(value, str):
        # openpyxl takes "=…" for a formula and "#N/A" for an error: nothing given as text is either.
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(_RISKY)
    elif value is not None and (number_format := _FORMATS.get(type(value))):
        cell.number_format = number_format
    return cell


def _storable(raw: object) -> str | float | Decimal | bool | date | time | None:
    """The value as Excel can hold it; what it cannot hold becomes text, what is no number becomes blank."""
    if raw is None or isinstance(raw, bool):
        return raw
    if isinstance(raw, int):
        return raw if abs(raw) < 10**_SAFE_DIGITS else str(raw)
    if isinstance(raw, float | Decimal):
        return raw if math.isfinite(raw) else None
    if isinstance(raw, datetime | time):
        raw = raw.replace(tzinfo=None)
    if isinstance(raw, datetime | date) and raw.year < _FIRST_YEAR:
        return f"{raw.day:02d}/{raw.month:02d}/{raw.year:04d}"  # Excel's calendar begins in 1900
    return raw if isinstance(raw, datetime | date | time) else _clean(str(raw)) or None


def _clean(text: str) -> str:
    allowed = _XML_REFUSES.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", allowed)[:_MOST_CHARACTERS]
