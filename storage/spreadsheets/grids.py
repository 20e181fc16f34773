"""Opening a workbook that somebody sent: broken and hostile files are refused, the rest become plain grids."""

import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Literal, cast
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from storage.base.light import bring_openpyxl

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

MAX_BYTES: Final = 20_000_000
MAX_UNPACKED: Final = 200_000_000
MAX_ROWS: Final = 20_000
MAX_COLUMNS: Final = 100
MAX_SHEETS: Final = 50
_MAX_PARTS: Final = 5_000
# 20,000 rows of 40 filled cells are 1.6 million elements with their values; a bomb has more.
_MAX_ELEMENTS: Final = 2_000_000
_MAX_DEPTH: Final = 100
_MAX_STYLES: Final = 70_000  # Excel's own limit is 65,490; each becomes several objects
_MAX_ROW_CELLS: Final = 16_384
_MAX_TEXT: Final = 40_000  # Excel's own limit is 32,767
_MAX_MERGES: Final = 50_000
_TRUE: Final = frozenset({"1", "true"})
_VALUES: Final = frozenset({"v", "t"})  # a value, or a text that stands in the cell itself
_LAST_EXCEL_ROW: Final = 1_048_576
_MAC_YEAR: Final = 1904
_SHIFT_1904: Final = 1462

Place = tuple[int, int]
Area = tuple[int, int, int, int]
"""First row, first column, last row, last column, counted from 1."""


class Refused(Exception):  # noqa: N818 - said as a sentence: the file is refused
    """A file-level refusal: a code of `sheets.PROBLEM_CODES`, and facts for its wording."""

    def __init__(self, code: str, **extra: str) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra


@dataclass(frozen=True)
class Grid:
    """One sheet as values: only filled cells, by row and column number; merged areas; formulas never computed.

    What nobody sees in Excel is not in `rows` but in `hidden_rows`, and in `hidden_columns` by column and row; `far`: the first column beyond the last one that is read, where such a column is filled.
    """

    rows: dict[int, dict[int, object]]
    merges: tuple[Area, ...]
    unsolved: frozenset[Place]
    hidden_rows: dict[int, dict[int, object]] = field(default_factory=dict)
    hidden_columns: dict[int, dict[int, object]] = field(default_factory=dict)
    far: int | None = None
    epoch_shift: int = 0  # days to add to a number of days: what Excel for Mac counts from 1904


# --- looking at every part before openpyxl does ---


class _Budget:
    """What is left of the elements that a whole workbook may have."""

    def __init__(self) -> None:
        self.left = _MAX_ELEMENTS


@dataclass
class _Scan:
    """One XML part read with bare expat: no tree, so its memory does not grow with the file.

    openpyxl builds a tree for every row, string and style; this pass goes first and refuses document
    types (entity bombs), absurd depth, width and count. On the way it collects what openpyxl's
    read-only mode cannot see: merged areas, and formulas without a stored value.
    """

    budget: _Budget
    merges: list[Area] = field(default_factory=list)
    unsolved: set[Place] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    far: int | None = None
    depth: int = 0
    row: int = 0
    column: int = 0
    row_cells: int = 0
    styles: int = 0
    text_length: int = 0
    has_formula: bool = False
    has_value: bool = False
    in_value: bool = False

    def read(self, part: IO[bytes]) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.ParseFile(part)

    def _doctype(self, *_args: object) -> None:
        raise Refused("not_a_workbook", looks_like="bomb")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.budget.left -= 1
        self.depth += 1
        self.text_length = 0
        if self.budget.left < 0 or self.depth > _MAX_DEPTH:
            raise Refused("too_big", limit="cells")
        name = tag.rpartition(":")[2]
        self._count_style(name)
        self.in_value = name in _VALUES
        if name == "c":
            self._start_cell(attributes.get("r"))
            self.has_value = attributes.get("t") == "str"  # a formula may well give an empty text
        elif name == "f":
            self.has_formula = True
        elif name == "row":
            told = attributes.get("r", "")
            self.row = int(told) if told.isdecimal() else self.row + 1
            self.column = self.row_cells = 0
            if attributes.get("hidden") in _TRUE:
                self.hidden_rows.add(self.row)
        elif name == "col" and attributes.get("hidden") in _TRUE:
            first, last = attributes.get("min", ""), attributes.get("max", "")
            if first.isdecimal() and last.isdecimal():
                self.hidden_columns.append((int(first), int(last)))
        elif name == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def _count_style(self, name: str) -> None:
        self.styles += name in {"xf", "dxf", "font", "fill", "border", "cellStyle", "numFmt"}
        if self.styles > _MAX_STYLES:
            raise Refused("too_big", limit="styles")

    def _start_cell(self, reference: str | None) -> None:
        self.row_cells += 1
        if self.row_cells > _MAX_ROW_CELLS:
            raise Refused("too_big", limit="columns")
        place = _place(reference) if reference else None
        self.column = place[1] if place else self.column + 1
        self.has_formula = False

    def _merge(self, reference: str) -> None:
        first, _colon, last = reference.partition(":")
        begin, end = _place(first), _place(last or first)
        if begin and end:
            self.merges.append((*begin, *end))
        if len(self.merges) > _MAX_MERGES:
            raise Refused("too_big", limit="merged")

    def _text(self, data: str) -> None:
        self.text_length += len(data)
        self.has_value = self.has_value or self.in_value
        if self.column > MAX_COLUMNS and self.in_value and self.far is None:
            self.far = self.column
        if self.text_length > _MAX_TEXT:
            raise Refused("too_big", limit="text")

    def _end(self, tag: str) -> None:
        self.depth -= 1
        self.in_value = False
        if self.has_formula and tag.rpartition(":")[2] == "c":
            if not self.has_value:
                self.unsolved.add((self.row, self.column))
            self.has_formula = False


_REFERENCE: Final = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})", re.ASCII)


def _place(reference: str) -> Place | None:
    found = _REFERENCE.fullmatch(reference)
    if not found:
        return None
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]), column


class _CheckedZip(ZipFile):
    """A zip whose every part is scanned before anybody reads it, whatever the manifest calls the part."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        self.scans: dict[str, _Scan] = {}
        self._budget = _Budget()
        self._is_strict = False
        if "_rels/.rels" in self.NameToInfo:
            self._is_strict = _STRICT in self.read("_rels/.rels")

    def open(
        self,
        name: str | ZipInfo,
        mode: Literal["r", "w"] = "r",
        pwd: bytes | None = None,
        *,
        force_zip64: bool = False,
    ) -> IO[bytes]:
        key = name.filename if isinstance(name, ZipInfo) else name
        if key not in self.scans:
            scan = _Scan(self._budget)
            with super().open(key) as part:
                scan.read(part)
            self.scans[key] = scan
        part = super().open(name, mode, pwd, force_zip64=force_zip64)
        return _transitional(part) if self._is_strict else part


_STRICT: Final = b"http://purl.oclc.org/ooxml/officeDocument/relationships"
_TRANSITIONAL: Final = (
    (_STRICT, b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"),
    (
        b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    ),
)


def _transitional(part: IO[bytes]) -> IO[bytes]:
    """A part of a "Strict Open XML" workbook under the names that openpyxl knows: it differs in hardly more."""
    with part:
        content = part.read()
    for strict, usual in _TRANSITIONAL:
        content = content.replace(strict, usual)
    return BytesIO(content)


# --- what the bytes are ---

_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_BIFF_STREAMS: Final = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
_LOOKS: Final = (
    ("word/", "word"),
    ("ppt/", "powerpoint"),
    ("xl/workbook.bin", "xlsb"),
    ("content.xml", "ods"),
)


def _bytes_of(source: Path | bytes) -> bytes:
    """The file's bytes; a file over the limit is never read whole."""
    if isinstance(source, bytes):
        data = source
    elif source.name.startswith(_LOCK_NAMES):
        raise Refused("lock_file", file=_locked(source.name))
    else:
        try:
            with source.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise Refused("cannot_open", reason=type(error).__name__) from error
    if len(data) > MAX_BYTES:
        raise Refused("too_big", limit="bytes", most=str(MAX_BYTES // 1_000_000))
    return data


def _check_container(data: bytes) -> None:
    if not data:
        raise Refused("empty_workbook")
    if data.startswith(_OLE):
        if _ENCRYPTED in data:
            raise Refused("password_protected")
        if any(stream in data for stream in _BIFF_STREAMS):
            raise Refused("old_xls")
        raise Refused("not_a_workbook", looks_like="office97")
    if _is_lock(data):
        raise Refused("lock_file")
    if not data.startswith(b"PK"):
        raise Refused("not_a_workbook", looks_like=_looks_of(data[:1000]))


# What Excel and LibreOffice lay beside a workbook while it is open: it holds who has it open, and no list.
_LOCK_NAMES: Final = ("~$", ".~lock.")
_EXCEL_LOCK: Final = 165
_LONGEST_USER: Final = 54


def _locked(name: str) -> str:
    """The workbook a lock file stands beside."""
    return name.removeprefix("~$").removeprefix(".~lock.").removesuffix("#")


def _is_lock(data: bytes) -> bool:
    if len(data) == _EXCEL_LOCK and data[0] <= _LONGEST_USER:
        return not data[1 + data[0] : 1 + _LONGEST_USER].strip(b" \0")
    return data.startswith(b",") and data.rstrip().endswith(b";") and b"file://" in data[:1000]


def _looks_of(start: bytes) -> str:
    head = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<html", b"<!doctype html", b"<table", b"<?xml", b"<meta")):
        return "html"  # what many systems call an .xls file
    if head.startswith(b"%pdf"):
        return "pdf"
    if head.startswith(b"{\\rtf"):
        return "word"
    return "unknown" if b"\0" in start else "text"


def _check_parts(archive: ZipFile) -> None:
    parts = archive.infolist()
    if any(part.flag_bits & 1 for part in parts):
        raise Refused("password_protected")
    # Python's zip never unpacks more of a part than its entry declares, so the sum is a true bound.
    if len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise Refused("too_big", limit="unpacked", most=str(MAX_UNPACKED // 1_000_000))
    names = set(archive.namelist())
    for prefix, looks in _LOOKS:
        if any(name.startswith(prefix) for name in names):
            raise Refused("not_a_workbook", looks_like=looks)
    # Excel only deflates; other methods let a small file ask for gigabytes of dictionary.
    odd = any(part.compress_type not in {ZIP_STORED, ZIP_DEFLATED} for part in parts)
    if odd or "[Content_Types].xml" not in names:
        raise Refused("not_a_workbook", looks_like="zip")


# --- opening ---


@dataclass(frozen=True)
class Page:
    """A sheet not read yet."""

    name: str
    hidden: bool
    _sheet: "Worksheet"
    _scan: _Scan

    def grid(self, most_rows: int = MAX_ROWS, *, strict: bool = True) -> Grid:
        """The first filled rows; with `strict`, more of them than `most_rows` is a refusal."""
        with _breaking_is_refusing():
            rows = dict(islice(self._filled(), most_rows + 1))
        if len(rows) > most_rows:
            if strict:
                raise Refused("too_big", limit="rows", most=str(most_rows))
            rows.popitem()
        hidden_rows = {row: rows.pop(row) for row in self._scan.hidden_rows & rows.keys()}
        hidden = self._take_hidden_columns(rows)
        rows = {row: cells for row, cells in rows.items() if cells}
        unsolved = frozenset(
            (row, column)
            for row, column in self._scan.unsolved
            if row not in self._scan.hidden_rows and column not in hidden
        )
        shift = _SHIFT_1904 if (book := self._sheet.parent) and book.epoch.year == _MAC_YEAR else 0
        merges = tuple(self._scan.merges)
        return Grid(rows, merges, unsolved, hidden_rows, hidden, self._scan.far, epoch_shift=shift)

    def _take_hidden_columns(self, rows: dict[int, dict[int, object]]) -> dict[int, dict[int, object]]:
        """What stands in hidden columns, taken out of the rows."""
        hidden: dict[int, dict[int, object]] = {}
        for first, last in self._scan.hidden_columns:
            for column in range(first, min(last, MAX_COLUMNS) + 1):
                taken = {row: cells.pop(column) for row, cells in rows.items() if column in cells}
                if taken:
                    hidden[column] = taken
        return hidden

    def _filled(self) -> Iterator[tuple[int, dict[int, object]]]:
        # Own limits, for the dimension a file declares may be a lie.
        told = self._sheet.iter_rows(
            min_row=1, max_row=_LAST_EXCEL_ROW, min_col=1, max_col=MAX_COLUMNS, values_only=True
        )
        nothing = (None,) * MAX_COLUMNS
        for number, values in enumerate(told, 1):
            if values == nothing:
                continue
            filled: dict[int, object] = {
                column: value for column, value in enumerate(values, 1) if value is not None
            }
            if any(not isinstance(value, str) or value.strip() for value in filled.values()):
                yield number, filled


@contextmanager
def _breaking_is_refusing() -> Iterator[None]:
    """Whatever openpyxl raises over a broken file (nearly anything) is one refusal."""
    try:
        yield
    except (Refused, MemoryError):
        raise
    except Exception as error:
        raise Refused("not_a_workbook", looks_like="broken") from error


# One workbook at a time: each may take a hundred megabytes for a moment, and the process should rest
# under ninety. It also keeps catch_warnings, which is not made for threads, to one thread.
_ONE_AT_A_TIME: Final = threading.Lock()


@contextmanager
def opened(source: Path | bytes) -> Iterator[list[Page]]:
    """The sheets of a workbook, chart sheets left out, in the file's order; raises `Refused`.

    openpyxl's read-only mode is used: its normal mode also builds styles, pictures, comments and every
    cell of a merged area, so that a small file (A1:XFD1048576 merged) can fill the memory, and a broken
    drawing makes good rows unreadable.
    """
    data = _bytes_of(source)
    _check_container(data)
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions that are nothing to us
        with _breaking_is_refusing():
            archive = _CheckedZip(BytesIO(data))
        with archive:
            _check_parts(archive)
            with _breaking_is_refusing():
                pages = _pages(archive)
            yield pages


def _pages(archive: _CheckedZip) -> list[Page]:
    workbook = _workbook(archive)
    if len(workbook.worksheets) > MAX_SHEETS:
        raise Refused("too_big", limit="sheets", most=str(MAX_SHEETS))
    pages = []
    for sheet in workbook.worksheets:
        path = getattr(sheet, "_worksheet_path", "")
        rows = cast("Worksheet", sheet)  # a read-only sheet, which lends its iter_rows from the other
        pages.append(Page(sheet.title, sheet.sheet_state != "visible", rows, archive.scans[path]))
    return pages


def _workbook(archive: _CheckedZip) -> "Workbook":
    """The steps of openpyxl's own reader that rows need; properties, themes and names break too often."""
    bring_openpyxl()
    from openpyxl.reader.excel import ExcelReader

    class Reader(ExcelReader):
        def read_chartsheet(self, sheet: object, rel: object) -> None:
            """Charts and their pictures hold no rows."""

    assert archive.fp is not None
    reader = Reader(archive.fp, read_only=True, data_only=True, keep_links=False)
    reader.archive = archive
    reader.read_manifest()
    reader.read_strings()
    reader.read_workbook()
    _read_formats(archive, reader.wb)
    reader.read_worksheets()
    return reader.wb


def _read_formats(archive: _CheckedZip, workbook: "Workbook") -> None:
    """Which cells are dates. Other programs' styles may break openpyxl: dates then come as serial numbers."""
    from openpyxl.styles.stylesheet import apply_stylesheet

    try:
        apply_stylesheet(archive, workbook)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError):
        return
