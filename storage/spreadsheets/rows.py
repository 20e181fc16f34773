"""Which rows below a header are data: not the numbering, the sections, the totals or the signatures."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from storage.base.text import fold, nfc
from storage.spreadsheets.blocks import Block
from storage.spreadsheets.cells import is_blank, is_ditto, shown
from storage.spreadsheets.grids import MAX_ROWS, Grid, Place
from storage.spreadsheets.headers import is_class
from storage.spreadsheets.kinds import Kind
from storage.spreadsheets.leftover import is_example

_MOST_FILLS: Final = 200_000

# Compared folded. "Tổng công ty" is a unit, "Công an" too: hence what may not follow.
_CLOSING: Final = re.compile(
    r"(?:tong cong(?! ty\b)|cong$|cong \d|tong so|tong:?$|danh sach (?:tren |nay )?(?:co|gom)\b|an dinh|noi nhan|lop (?:truong|pho)"
    r"|danh sach (?:\w+ ){0,5}(?:co|gom) (?:\w+ ){0,3}\d"
    r"|(?:lop|tong) (?:\w+ ){0,3}(?:co|gom) (?:\w+ ){0,2}\d+ (?:nguoi|hoc vien|dong chi)"
    r"|nguoi lap|nguoi (?:viet|tong hop|bao cao|kiem tra|lam don)|(?:pho )?giam doc|(?:pho )?chu tich|(?:pho )?bi thu"
    r"|(?:pho )?hieu truong|(?:pho )?truong (?:ban|phong|khoa)|thu truong|chu nhiem|giao vu|can bo (?:lap|tong hop)"
    r"|giang vien (?:cham|phu trach|bo mon)|xac nhan|ky ten|ky (?:va )?ghi ro|da ky|thuong truc"
    r"|(?:tm|kt|tl|tuq|t m|k t|t l) \w|(?:\w+ )*ngay \d* ?thang \d* ?nam \d*$|luu y\b|ghi chu \w)"
)
_ROMAN: Final = re.compile(r"(?:[IVXLC]+|[A-ZĐ])[.)]?")
_SECTION: Final = re.compile(r"(?:[IVXLC]+|[A-ZĐ])\s*[.)/:–-]\s*\S.*", re.DOTALL)
_SECTION_WORDS: Final = re.compile(
    r"(?:\d+ )?(?:phan|tuan|khoi|nhom|dot|dang bo|chi bo|khu vuc|cum|cac|thang|hoc phan|don vi)\b"
)
_ORDINAL: Final = re.compile(r"\(?\w{1,4}[.)]{0,2}")
_GROUP: Final = re.compile(
    r"(?:[ivxlc]+ |[a-z] |\d+ )?(?:khoi|nhom|cum|cac|phan|khu vuc|linh vuc|danh sach|loai)\b"
)
_NUMBERING: Final = re.compile(r"\(?(\d{1,2})\)?", re.ASCII)
_WIDE: Final = 3
_TELLING: Final = 200  # a cell's beginning tells what its row is
_FEW: Final = 2  # a section's name, and perhaps its count


def vertical_fills(grid: Grid, header_last: int) -> dict[Place, object]:
    """Merged cells below the header, unfolded downwards into filled rows: a date over a day's sessions."""
    fills: dict[Place, object] = {}
    last = max(grid.rows, default=0)
    left = _MOST_FILLS
    for top, column, bottom, _right in grid.merges:
        value = grid.rows.get(top, {}).get(column)
        if top <= header_last or bottom == top or value is None:
            continue
        reach = range(top + 1, min(bottom, last) + 1)
        left -= len(reach)
        if left < 0:
            break  # only a file made to be slow has so many
        fills.update({(row, column): value for row in reach if row in grid.rows})
    return fills


def ditto_fills(
    grid: Grid, header_last: int, columns: set[int], fills: dict[Place, object]
) -> dict[Place, object]:
    """What ditto marks in these columns stand for: the cell above, past headings that stand alone in their row."""
    found: dict[Place, object] = {}
    above: dict[int, object] = {}
    for number in sorted(row for row in grid.rows if row > header_last):
        cells = grid.rows[number]
        for column in columns:
            own = cells.get(column)
            raw = fills.get((number, column)) if is_blank(own) else own
            if is_ditto(raw):
                if column in above:
                    found[number, column] = above[column]
            elif not is_blank(raw):
                above[column] = raw
            elif len(cells) > 1:
                above.pop(column, None)
    return found


@dataclass(frozen=True)
class Sorted:
    """The rows below a header, by Excel's numbers: the data, and why each of the others is none (a reason of
    `leftover.REASONS`).
    """

    data: list[int]
    left: dict[int, str]


def sort_rows(
    block: Block, kind: Kind, fills: dict[Place, object], is_complete: Callable[[int], bool]
) -> Sorted:
    """Tell the rows of a block apart.

    The list ends at the first closing row (a total, a signature) with no complete data row after it, so
    that a subtotal between two sections ends nothing.
    """
    grid, layout = block.grid, block.layout
    sorter = _Sorter(kind, block, fills)
    filled = sorted(number for number in grid.rows.keys() | sorter.unsolved_rows if number > layout.last)
    reasons = {number: sorter.reason(number) for number in filled[:MAX_ROWS]}
    data = [number for number, reason in reasons.items() if not reason]
    last = next((number for number in reversed(data) if is_complete(number)), 0)
    end = next((n for n, reason in reasons.items() if reason == "closing" and n > last), None)
    if end is not None:
        reasons |= {number: "closing" for number in reasons if number > end}
    return Sorted(
        [number for number, reason in reasons.items() if not reason],
        {number: reason for number, reason in reasons.items() if reason},
    )


class _Sorter:
    """Tells the rows of one sheet apart."""

    def __init__(self, kind: Kind, block: Block, fills: dict[Place, object]) -> None:
        layout, grid = block.layout, block.grid
        self.kind = kind
        self.grid = grid
        self.fills = fills
        # Positions and units repeat all down a list. Kept with the sheet: no names stay behind in memory.
        self.folded = lru_cache(maxsize=2_000)(fold)
        self.layout = layout
        self.main = self._columns(kind.main)
        self.anchor = self._columns(kind.anchor)
        self.ordinal = set(layout.fields.get("ordinal", ()))
        named = {column for field in layout.fields.values() for column in field}
        self.mapped = (named | set(layout.components)) - self.ordinal
        self.wide = {
            (top, left)
            for top, left, bottom, right in grid.merges
            if top == bottom and right - left >= _WIDE - 1
        }
        self.unsolved_rows = {row for row, column in grid.unsolved if column in self.mapped}
        self.checks: tuple[tuple[str, Callable[[int, dict[int, object]], bool]], ...] = (
            ("example", lambda _number, own: any(is_example(own.get(column)) for column in self.main)),
            ("closing", self._closes),
            ("numbering", lambda _number, own: self._is_numbering(own)),
            ("header_again", lambda _number, own: self._is_header_again(own)),
            ("heading", self._is_section),
            ("", lambda number, own: self._is_told(own, block.own) or number in self.unsolved_rows),
            ("no_session", lambda _number, own: self._is_told(own, frozenset())),
            ("empty", lambda _number, own: all(map(_is_number, own.values()))),
            ("heading", lambda _number, own: len(own) == 1),
        )

    def _is_told(self, own: dict[int, object], columns: frozenset[int]) -> bool:
        """Whether one of these columns is filled, or, without any, one of those that are read."""
        return bool(own.keys() & (columns or self.mapped))

    def _columns(self, field: str) -> set[int]:
        via = next(column.via for column in self.kind.columns if column.field == field)
        fields = (field, *(part for group in via for part in group))
        return {column for name in fields for column in self.layout.fields.get(name, ())}

    def _own(self, number: int) -> dict[int, object]:
        return {
            column: value for column, value in self.grid.rows.get(number, {}).items() if not is_blank(value)
        }

    def _closes(self, number: int, own: dict[int, object]) -> bool:
        """A total or the signature block: nobody named or dated in it, but a closing phrase."""
        closing = {
            column
            for column, value in own.items()
            if isinstance(value, str) and _CLOSING.match(self.folded(value[:_TELLING]))
        }
        if self.kind.anchor == "date":
            closing -= self.anchor  # there "ngày 05 tháng 01 năm 2026" is the day of a session
        told = {column for column in self.anchor if column in own or (number, column) in self.fills}
        if not closing or (self.main & own.keys() | told) - closing:
            return False
        # "Giám đốc" as somebody's position is no signature while the row holds anything else.
        rest = [column for column in self.mapped - closing if isinstance(own.get(column), str)]
        return bool(closing - self.mapped) or len(rest) <= (1 if closing & self.main else 0)

    def reason(self, number: int) -> str:
        """Why a row is no data, "" where it is."""
        own = self._own(number)
        return next((reason for reason, is_so in self.checks if is_so(number, own)), "beside")

    def _is_numbering(self, own: dict[int, object]) -> bool:
        """The row "(1) (2) (3)" below a header."""
        found = [_NUMBERING.fullmatch(shown(own[column])) for column in sorted(own)]
        numbers = [int(one[1]) for one in found if one]
        in_turn = all(after == before + 1 for before, after in pairwise(numbers))
        return len(numbers) == len(own) >= _WIDE and in_turn

    def _is_header_again(self, own: dict[int, object]) -> bool:
        """The header repeated at the top of a printed page."""
        same = [
            column
            for column, value in own.items()
            if isinstance(value, str)
            and self.folded(value[:_TELLING]) == fold(self.layout.headers.get(column, ""))
        ]
        return len(same) > 1

    def _is_section(self, number: int, own: dict[int, object]) -> bool:
        """A heading between groups: "I. Khối đảng", alone in its row or beside its own number."""
        texts = {column: nfc(value[:_TELLING]) for column, value in own.items() if isinstance(value, str)}
        told = {column for column in self.anchor if column in own or (number, column) in self.fills}
        if len(own) <= _FEW and not told and any(map(is_class, texts.values())):
            return True
        beside = [column for column in own if column not in self.ordinal]
        if self.kind.has_levels and self._is_numbered(texts) and not self._is_group(texts):
            return False
        if len(beside) < len(own) and all(
            _ROMAN.fullmatch(texts.get(column, "")) for column in own.keys() - set(beside)
        ):
            return len(beside) <= _FEW and (len(beside) == 1 or not self.anchor & own.keys())
        if len(own) != 1 or not texts:
            return False
        column = next(iter(own))
        words = self.kind.anchor != self.kind.main and _SECTION_WORDS.match(fold(texts[column]))
        return bool((number, column) in self.wide or _SECTION.fullmatch(texts[column]) or words)

    def _is_numbered(self, texts: dict[int, str]) -> bool:
        return any(_ROMAN.fullmatch(text) or _SECTION.fullmatch(text) for text in texts.values())

    def _is_group(self, texts: dict[int, str]) -> bool:
        """A heading over several units that is none itself: "I. Khối các trường học"."""
        return any(_GROUP.match(self.folded(text)) for text in texts.values())


def _is_number(value: object) -> bool:
    """The number of a row and nothing more: 4, 4., (IV), b)."""
    return _ORDINAL.fullmatch(shown(value)) is not None
