"""Writing Excel workbooks that print well and in which nothing a person typed can ever run."""

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from io import BytesIO
from itertools import accumulate, chain, islice, pairwise
from typing import TYPE_CHECKING, Any, Final

from storage.base.light import bring_openpyxl
from storage.spreadsheets import layout
from storage.spreadsheets.kinds import KINDS

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.cell.rich_text import CellRichText
    from openpyxl.styles import Alignment, Border, Font

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
_A4: Final = 9
_FACE: Final = "Times New Roman"  # of Vietnamese official papers, on every office computer
_TITLE_SCALE: Final = 1.2  # of 13-point bold letters
_TITLE_HEIGHT, _HAND_HEIGHT = 18.0, 90.0  # points


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
    bodies: Sequence[str] = (),
    landscape: bool = False,
    signed: Signatures | None = None,
) -> bytes:
    """An .xlsx of one sheet: whose paper it is, title lines, a header repeated on every printed page, bordered rows, A4,
    fit to width, pages numbered. What is wide is printed in `landscape` whatever is asked for.

    `bodies` stand at the upper left, the issuing one last. Dates and numbers stay dates and numbers (dd/mm/yyyy; an
    aware datetime by its own wall clock); text is NFC, without characters that XML refuses, cut at Excel's 32,767, and
    never a formula. Widths follow the first rows.
    """
    bring_openpyxl()
    from openpyxl import Workbook
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

    book = Workbook(write_only=True)  # rows go straight to disk: an export of a province fits in memory
    book.properties.creator = "caunoi"
    sheet = book.create_sheet(_clean_sheet_name(sheet_name))
    assert isinstance(sheet, WriteOnlyWorksheet)
    told = ([_storable(value) for value in row] for row in rows)
    sample = list(islice(told, _SAMPLE))
    columns, lies = layout.widths(headers, sample, wide=landscape)
    titles = [part for line in title_lines for part in layout.wrapped(line, sum(columns), scale=_TITLE_SCALE)]
    _set_page(sheet, columns, header_row=len(bodies) + len(titles) + 1, landscape=lies)
    page = _Page(sheet, columns)
    page.head(bodies, titles)
    page.table(headers, chain(sample, told))
    if signed:
        page.sign(signed)
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


def _set_page(sheet: Any, columns: Sequence[float], header_row: int, *, landscape: bool) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    for index, width in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    sheet.page_setup.orientation = "landscape" if landscape else "portrait"
    sheet.oddFooter.center.text = "&P/&N"
    sheet.page_setup.paperSize = _A4
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left = sheet.page_margins.right = 0.5
    sheet.page_margins.top = sheet.page_margins.bottom = 0.75
    sheet.print_title_rows = f"{header_row}:{header_row}"
    sheet.freeze_panes = f"A{header_row + 1}"


class _Page:
    """Rows of a sheet, one below the other, each as high as what stands in it."""

    def __init__(self, sheet: Any, columns: Sequence[float]) -> None:
        from openpyxl.styles import Alignment, Border, Font, Side

        self.sheet, self.columns, self.row = sheet, columns, 0
        thin = Side(style="thin")
        self.box = Border(left=thin, right=thin, top=thin, bottom=thin)
        self.font, self.align = partial(Font, name=_FACE), Alignment

    def add(self, cells: Sequence["Cell | None"], height: float) -> None:
        self.row += 1
        self.sheet.row_dimensions[self.row].height = height
        self.sheet.append(cells)
        del self.sheet.row_dimensions[self.row]  # written; a province has many

    def cell(self, value: object, font: "Font", alignment: "Alignment", *, boxed: bool = False) -> "Cell":
        return _cell(self.sheet, value, font, alignment, self.box if boxed else None)

    def head(self, bodies: Sequence[str], titles: Sequence[str]) -> None:
        """Whose paper it is, on the left, and what it is, in the middle: nothing is merged, so that it can be sorted."""
        for body in bodies:
            self.add(
                [self.cell(body, self.font(size=12, bold=body is bodies[-1]), self.align())], _TITLE_HEIGHT
            )
        middle = self.align(horizontal="centerContinuous")
        for place, title in enumerate(titles):
            font = self.font(size=13, bold=True) if place == 0 else self.font(size=12, italic=True)
            texts = [title, *[None] * (len(self.columns) - 1)]
            self.add([self.cell(text, font, middle) for text in texts], _TITLE_HEIGHT)

    def table(self, headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        bold, plain = self.font(size=12, bold=True), self.font(size=12)
        middle = self.align(horizontal="center", vertical="center", wrap_text=True)
        left, figure = (
            self.align(vertical="top", wrap_text=True),
            self.align(horizontal="center", vertical="top"),
        )
        cells = [self.cell(text, bold, middle, boxed=True) for text in self._padded(headers)]
        self.add(cells, layout.height(headers, self.columns, bold=True))
        for row in rows:
            padded = self._padded(row)
            cells = [
                self.cell(value, plain, figure if layout.is_figure(value) else left, boxed=True)
                for value in padded
            ]
            self.add(cells, layout.height(row, self.columns))

    def _padded(self, values: Sequence[object]) -> Iterator[object]:
        return chain(values, [None] * (len(self.columns) - len(values)))

    def sign(self, signed: Signatures) -> None:
        """Who signs, each in his own part of the width, place and day above the last: one row with room for a hand, so
        that no page ends within it.
        """
        from openpyxl.utils import get_column_letter

        starts = self._parts(len(signed.who))
        texts = {place: self._rich("", who) for place, who in zip(starts, signed.who, strict=True)}
        texts[starts[-1]] = self._rich(signed.at, signed.who[-1])
        style = self.font(size=12), self.align(horizontal="center", vertical="top", wrap_text=True)
        self.add([], _TITLE_HEIGHT)
        self.add([self._signer(texts.get(place), *style) for place in range(len(self.columns))], _HAND_HEIGHT)
        for start, end in pairwise([*starts, len(self.columns)]):
            if end - start > 1:
                first, last = (get_column_letter(place) for place in (start + 1, end))
                self.sheet.merged_cells.add(f"{first}{self.row}:{last}{self.row}")

    def _rich(self, day: str, who: str) -> "CellRichText":
        from openpyxl.cell.rich_text import CellRichText, TextBlock
        from openpyxl.cell.text import InlineFont

        face = partial(InlineFont, rFont=_FACE, sz=12)
        return CellRichText(TextBlock(face(i=True), f"{_clean(day)}\n"), TextBlock(face(b=True), _clean(who)))

    def _signer(self, text: "CellRichText | None", font: "Font", alignment: "Alignment") -> "Cell":
        cell = self.cell(None, font, alignment)
        if text is not None:
            cell.value = text
            cell.quotePrefix = str(text).startswith(_RISKY)
        return cell

    def _parts(self, number: int) -> list[int]:
        """Where each of so many parts of the width begins, a column apart at least where there are enough."""
        ends = list(accumulate(self.columns))
        starts = [sum(end <= ends[-1] * part / number for end in ends) for part in range(number)]
        return [min(max(start, part), len(ends) - 1) for part, start in enumerate(starts)]


# --- the cells ---


def _cell(sheet: Any, value: object, font: "Font", alignment: "Alignment", border: "Border | None") -> "Cell":
    from openpyxl.cell import WriteOnlyCell

    value = _storable(value)
    cell = WriteOnlyCell(sheet)
    cell.value = value
    cell.font, cell.alignment = font, alignment
    if border:
        cell.border = border
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
