"""Which rows below a header are data: not the numbering, the sections, the totals or the signatures."""

import re
from collections.abc import Callable
from typing import Final

from storage.sheet_cells import is_blank, shown
from storage.sheet_grids import Grid, Place
from storage.sheet_headers import Layout
from storage.sheet_kinds import Kind
from storage.text import fold, nfc

_MOST_FILLS: Final = 200_000

# Compared folded. "Tổng công ty" is a unit, "Công an" too: hence what may not follow.
_CLOSING: Final = re.compile(
    r"(?:tong cong(?! ty\b)|cong$|cong \d|tong so|tong:?$|danh sach (?:tren |nay )?(?:co|gom)\b|an dinh|noi nhan"
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
_NUMBERING: Final = re.compile(r"\(?(\d{1,2})\)?", re.ASCII)
_WIDE: Final = 3


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


def data_rows(kind: Kind, grid: Grid, layout: Layout, is_complete: Callable[[int], bool]) -> list[int]:
    """Excel's numbers of the data rows, in order.

    The list ends at the first closing row (a total, a signature) with no complete data row after it, so
    that a subtotal between two sections ends nothing.
    """
    sorter = _Sorter(kind, grid, layout)
    rows: list[int] = []
    closing: list[int] = []
    for number in grid.rows:
        if number <= layout.last:
            continue
        if sorter.closes(number):
            closing.append(number)
        elif sorter.is_data(number):
            rows.append(number)
    if not closing:
        return rows
    last = next((number for number in reversed(rows) if is_complete(number)), 0)
    end = next((number for number in closing if number > last), None)
    return rows if end is None else [number for number in rows if number < end]


class _Sorter:
    """Tells the rows of one sheet apart."""

    def __init__(self, kind: Kind, grid: Grid, layout: Layout) -> None:
        self.kind = kind
        self.grid = grid
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

    def _columns(self, field: str) -> set[int]:
        via = next(column.via for column in self.kind.columns if column.field == field)
        fields = (field, *(part for group in via for part in group))
        return {column for name in fields for column in self.layout.fields.get(name, ())}

    def _own(self, number: int) -> dict[int, object]:
        return {column: value for column, value in self.grid.rows[number].items() if not is_blank(value)}

    def closes(self, number: int) -> bool:
        """A total or the signature block: nobody named or dated in it, but a closing phrase."""
        own = self._own(number)
        closing = {
            column for column, value in own.items() if isinstance(value, str) and _CLOSING.match(fold(value))
        }
        if not closing:
            return False
        named = any(column in own and column not in closing for column in self.main)
        dated = any(column in own and column not in closing for column in self.anchor)
        if named or dated:
            return False
        # "Giám đốc" as somebody's position is no signature while that row holds anything else.
        outside = closing & self.main or closing - self.mapped
        rest = [value for column, value in own.items() if column in self.mapped - closing]
        return bool(outside) or not any(isinstance(value, str) for value in rest)

    def is_data(self, number: int) -> bool:
        own = self._own(number)
        if not own.keys() & self.mapped and number not in self.unsolved_rows:
            return False
        if self._is_numbering(own) or self._is_header_again(own):
            return False
        return not self._is_section(number, own)

    def _is_numbering(self, own: dict[int, object]) -> bool:
        """The row "(1) (2) (3)" below a header."""
        found = [_NUMBERING.fullmatch(shown(own[column])) for column in sorted(own)]
        numbers = [int(one[1]) for one in found if one]
        in_turn = all(after == before + 1 for before, after in zip(numbers, numbers[1:], strict=False))
        return len(numbers) == len(own) >= _WIDE and in_turn

    def _is_header_again(self, own: dict[int, object]) -> bool:
        """The header repeated at the top of a printed page."""
        same = [
            column
            for column, value in own.items()
            if isinstance(value, str) and fold(value) == fold(self.layout.headers.get(column, ""))
        ]
        return len(same) > 1

    def _is_section(self, number: int, own: dict[int, object]) -> bool:
        """A heading between groups: "I. Khối đảng", alone in its row or beside its own number."""
        texts = {column: nfc(value) for column, value in own.items() if isinstance(value, str)}
        if len(own) != len(texts):
            return False
        alone = [column for column in own if column not in self.ordinal]
        if len(alone) != 1:
            return False
        column = alone[0]
        if len(own) > 1:
            return all(_ROMAN.fullmatch(texts[place]) for place in own if place != column)
        words = self.kind.anchor != self.kind.main and _SECTION_WORDS.match(fold(texts[column]))
        return bool((number, column) in self.wide or _SECTION.fullmatch(texts[column]) or words)
