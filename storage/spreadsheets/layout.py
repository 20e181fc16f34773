"""How wide and how high cells have to be for what stands in them, on A4.

Nothing tells it but the text: LibreOffice shows a row as high as the file says, and an office without the face of the
paper takes another one. Widths are Excel's (digits of its usual face), heights are points.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Final

SHAPES: Final = {datetime: "%d/%m/%Y %H:%M", date: "%d/%m/%Y", time: "%H:%M"}
_NARROWEST, _BROADEST = 6.0, 42.0
_PAD: Final = 2.0
_PORTRAIT, _LANDSCAPE = 95.0, 140.0  # what a page takes without getting smaller
_SMALLER: Final = 1.2  # a little smaller is still read
_MOST_STRETCHED: Final = 1.6
_LINE: Final = 16.5  # of 12-point letters with their diacritics above and below
_HIGHEST: Final = 409.0  # Excel knows no higher row
_CAPITAL, _DIGIT, _SPACE, _LETTER = 1.5, 1.15, 0.55, 1.0  # of 12-point Times, with room for a wider face
_BOLD: Final = 1.1


def shown(value: object) -> str:
    """A value as its cell shows it."""
    if isinstance(value, datetime | date | time):
        return value.strftime(SHAPES[type(value)])
    return "" if value is None else str(value)


def is_figure(value: object) -> bool:
    """Whether it is a number, a day or a time, which stand in the middle of their columns."""
    return not isinstance(value, str | bool) and value is not None


def width_of(text: str, *, scale: float = 1.0) -> float:
    """The width of one line; `scale` for bold or larger letters."""
    return scale * sum(
        _CAPITAL if c.isupper() else _DIGIT if c.isdigit() else _SPACE if c.isspace() else _LETTER
        for c in text
    )


def widths(
    headers: Sequence[str], rows: Sequence[Sequence[object]], *, wide: bool
) -> tuple[list[float], bool]:
    """The columns' widths: all of a header's words and most of what stands below, longer texts wrap. Whether the page
    lies on its side: where that is asked for (`wide`) or they need it.

    What is narrower than the page is stretched; of what is broader the broad columns give way, as far as their longest
    word, so that it is not printed too small.
    """
    columns = range(max([len(headers), *map(len, rows)], default=0))
    fitted = [
        _span(headers[place : place + 1], [row[place] for row in rows if place < len(row)])
        for place in columns
    ]
    broad = sum(most for _least, most in fitted)
    lies = wide or broad > _PORTRAIT
    caps = (
        cap
        for cap in range(int(_BROADEST), int(_NARROWEST), -1)
        if _total(fitted, cap) <= _LANDSCAPE * _SMALLER
    )
    cap = next(caps, int(_NARROWEST))
    factor = min(max((_LANDSCAPE if lies else _PORTRAIT) / max(broad, 1.0), 1.0), _MOST_STRETCHED)
    return [round(max(least, min(most, cap)) * factor, 1) for least, most in fitted], lies


def _total(fitted: Sequence[tuple[float, float]], cap: float) -> float:
    return sum(max(least, min(most, cap)) for least, most in fitted)


def _span(header: Sequence[str], values: Sequence[object]) -> tuple[float, float]:
    """The least and the best width of a column: its longest word (a figure is one), and its longest line."""
    words = [width_of(word, scale=_BOLD) for title in header for word in title.split()]
    lines = [width_of(line) for value in values for line in shown(value).split("\n")]
    parts = [
        width_of(part)
        for value in values
        for part in ([shown(value)] if is_figure(value) else shown(value).split())
    ]
    least = min(max([_NARROWEST, *words, *parts]), _BROADEST) + _PAD
    return least, max(least, min(max([0.0, *lines]), _BROADEST) + _PAD)


def height(values: Sequence[object], columns: Sequence[float], *, bold: bool = False) -> float:
    """How high a row has to be for all of its texts, wrapped in their columns."""
    scale = _BOLD if bold else 1.0
    rows = [
        len(wrapped(shown(value), width - _PAD / 4, scale=scale))
        for value, width in zip(values, columns, strict=False)
    ]
    return min(_LINE * max([1, *rows]) + 2, _HIGHEST)


def wrapped(text: str, width: float, *, scale: float = 1.0) -> list[str]:
    """The lines of a text that runs over at the end of a width; a longer word is broken."""
    return [line for told in text.split("\n") for line in _broken(told, width, scale)]


def _broken(text: str, width: float, scale: float) -> Iterator[str]:
    line, taken = "", 0.0
    for word in text.split():
        needed = width_of(word, scale=scale)
        if line and taken + _SPACE * scale + needed > width:
            yield line
            line, taken = "", 0.0
        for _more in range(math.ceil(needed / width) - 1):  # of a word longer than a line
            yield ""
        line, taken = f"{line} {word}".strip(), taken + needed + (_SPACE * scale if line else 0.0)
    yield line
