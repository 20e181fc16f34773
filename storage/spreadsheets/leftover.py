"""What of a workbook was not taken over, and where it stands: nothing is dropped without being named.

Codes without wording, as `cells.Wrong` has them: the handlers word them.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Final

from storage.base.text import bare

EXAMPLE: Final = (
    "(dòng ví dụ)"  # in every cell of our example workbooks that names somebody, a body or a session
)
_EXAMPLE: Final = re.compile(r"[(\[]\s*dong vi du\s*[)\]]")
REASONS: Final = frozenset({
    # sheets and blocks
    "no_list", "missing_columns", "hidden_sheet",
    # columns
    "unknown_column", "second_column", "hidden_columns", "far_columns",
    # rows
    "hidden_rows", "heading", "numbering", "header_again", "closing", "beside", "repeated", "no_session",
    "other_class", "example",
    # cells
    "hours_of_other_part",
})  # fmt: skip


@dataclass(frozen=True)
class LeftOut:
    """A part of a workbook that is not taken over. `cells`: Excel's range, such as D:D, 7:9 or E2:G9, "" for the
    whole sheet; `reason`: one of REASONS; `told`: the beginning of what stands there; `count`: rows or columns.
    """

    sheet: str
    cells: str
    reason: str
    told: str = ""
    count: int = 1


class Leave(Exception):  # noqa: N818 - said as a sentence: leave the row out
    """Raised by a cell's parser or by `Kind.finish`: the row is no fault and no data. It is left out and named."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def is_example(raw: object) -> bool:
    """Whether a cell is one of our examples, wherever it was copied to: nothing of it is ever imported."""
    return isinstance(raw, str) and _EXAMPLE.search(bare(raw)) is not None


def runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Neighbouring numbers joined: 3, 4, 5, 9 is (3, 5), (9, 9)."""
    for _distance, pairs in groupby(enumerate(sorted(numbers)), key=lambda pair: pair[1] - pair[0]):
        run = list(map(itemgetter(1), pairs))
        yield run[0], run[-1]
