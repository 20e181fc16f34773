"""What a workbook that was sent holds, read once for every kind and kept with the file as JSON."""

from datetime import date
from typing import Any, Final

from storage.imports import imports
from storage.messaging.files import StoredFile
from storage.spreadsheets.plain import plain, restored
from storage.spreadsheets.sheet import Problem, Sheet

Reading = dict[str, Any]
MOST_ROWS: Final = 5_000  # more would keep other people's turns waiting


def read_all(content: bytes, today: date) -> Reading:
    """The kind the workbook most looks like ("" where like none), and what it says read as each kind."""
    sheets = {kind: _in_measure(imports.read(kind, content, today)) for kind in imports.KIND_NAMES}
    return _reading(imports.guess(content) or "", sheets)


def _in_measure(sheet: Sheet) -> Sheet:
    """The sheet; a refusal where it has more rows than a turn should go through."""
    if len(sheet.rows) <= MOST_ROWS:
        return sheet
    too_long = Problem("too_big", extra={"limit": "chat_rows", "most": f"{MOST_ROWS}"})
    return Sheet(sheet.kind, problems=[too_long])


def unread(problem: Problem) -> Reading:
    """The reading of a file that could not be read at all."""
    return _reading("", {kind: Sheet(kind, problems=[problem]) for kind in imports.KIND_NAMES})


def _reading(guess: str, sheets: dict[str, Sheet]) -> Reading:
    return {"guess": guess, "sheets": {kind: plain(sheet) for kind, sheet in sheets.items()}}


def guess_of(file: StoredFile) -> str:
    """The kind a file most looks like; "" where like none."""
    return str(file.reading.get("guess", ""))


def sheet_of(file: StoredFile, kind: str) -> Sheet:
    """The file read as this kind. One that was kept before files were read apart is asked for again."""
    if not file.reading:
        return Sheet(kind, problems=[Problem("cannot_open")])
    sheet: Sheet = restored(file.reading["sheets"][kind])
    return sheet
