"""Draws one picture as PNG on standard output: `-m bot.workers.drawing`, with a handlers.engine.pictures.Picture as
JSON on standard input.

A process of its own: matplotlib takes some 85 MiB that the server would keep. Its bundled typeface has Vietnamese.
"""

import json
import sys
import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARGIN: Final = 0.25  # inches, as all lengths here
ROW, HEAD, LEGEND = 0.29, 0.42, 0.28
NARROWEST, WIDEST = 0.8, 1.4  # of a column
LETTER: Final = 0.072  # a letter of body text, on average
LONGEST_NAME: Final = 44  # letters of a row's name
LEAST_WIDTH: Final = 7.5
DOTS: Final = 150  # an inch
BODY, SMALL, TITLE = 8.0, 7.5, 11.5  # sizes of type, in points
# Tones differ in lightness too, so that they stay apart in grey and for eyes that see no red or green.
FILLS: Final = {
    "good": "#d3ecd3",
    "late": "#ffe08a",
    "bad": "#b3261e",
    "doing": "#bcd6f2",
    "waiting": "#eef2f6",
    "none": "#ffffff",
}
INKS: Final = {"bad": "#ffffff", "none": "#8a8a8a"}
LINES: Final = "#9aa5b1"


def draw(picture: Mapping[str, Any]) -> bytes:
    """The picture as PNG."""
    from io import BytesIO

    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    page = _Page(picture)
    figure = Figure(figsize=(page.width, page.height), dpi=DOTS, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, page.width)
    axes.set_ylim(page.height, 0)  # downwards, as one reads
    axes.axis("off")
    page.draw(axes)
    file = BytesIO()
    figure.savefig(file, format="png", dpi=DOTS)
    return file.getvalue()


class _Page:
    """Where everything stands, in inches from the upper left corner."""

    def __init__(self, picture: Mapping[str, Any]) -> None:
        self.picture = picture
        self.names = [_short(name, LONGEST_NAME) for name, _squares in picture["rows"]]
        words = [square["word"] for _name, squares in picture["rows"] for square in squares]
        heads = [line for head in picture["columns"] for line in head.split("\n")]
        self.column = min(max(NARROWEST, *(len(one) * LETTER + 0.14 for one in (*words, *heads, ""))), WIDEST)
        self.name = max(1.6, *(len(name) * LETTER + 0.15 for name in (*self.names, "")))
        table = self.name + self.column * len(picture["columns"])
        self.width = max(table + 2 * MARGIN, LEAST_WIDTH)
        self.title = textwrap.wrap(picture["title"], int((self.width - 2 * MARGIN) / (LETTER * 1.6)))
        self.top = MARGIN + 0.24 * len(self.title) + 0.12
        self.bottom = self.top + HEAD + ROW * len(self.names)
        self.places = self._legend()
        self.height = self.bottom + 0.2 + LEGEND * (self.places[-1][1] + 1) + 0.32 + MARGIN / 2

    def _legend(self) -> list[tuple[float, int]]:
        """Where each entry of the legend begins, and on which line: as many a line as fit."""
        places, x, line = [], MARGIN, 0
        for _square, meaning in self.picture["legend"]:
            width = self.column + 0.12 + len(meaning) * LETTER + 0.3
            if x > MARGIN and x + width > self.width - MARGIN / 2:
                x, line = MARGIN, line + 1
            places.append((x, line))
            x += width
        return places or [(MARGIN, 0)]

    def draw(self, axes: "Axes") -> None:
        for number, title in enumerate(self.title):
            y = MARGIN + 0.24 * number + 0.1
            axes.text(MARGIN, y, title, fontsize=TITLE, weight="bold", va="center")
        self._draw_heads(axes)
        for number, (_name, squares) in enumerate(self.picture["rows"]):
            self._draw_row(axes, self.top + HEAD + ROW * number, self.names[number], squares)
        for (x, line), (square, meaning) in zip(self.places, self.picture["legend"], strict=False):
            y = self.bottom + 0.2 + LEGEND * line
            _cell(axes, x, y, self.column, LEGEND - 0.06, square)
            axes.text(x + self.column + 0.1, y + (LEGEND - 0.06) / 2, meaning, fontsize=BODY, va="center")
        foot = self.height - MARGIN / 2 - 0.12
        axes.text(MARGIN, foot, self.picture["foot"], fontsize=SMALL, color="#555555", va="center")

    def _draw_heads(self, axes: "Axes") -> None:
        for number, head in enumerate(self.picture["columns"]):
            x = MARGIN + self.name + self.column * number
            lines = "\n".join(_short(one, int(self.column / LETTER)) for one in head.split("\n"))
            axes.text(
                x + self.column / 2, self.top + HEAD / 2, lines, fontsize=BODY, weight="bold", ha="center",
                va="center",
            )  # fmt: skip

    def _draw_row(self, axes: "Axes", y: float, name: str, squares: list[dict[str, str]]) -> None:
        axes.text(MARGIN, y + ROW / 2, name, fontsize=BODY, va="center")
        axes.plot(
            (MARGIN, MARGIN + self.name), (y + ROW, y + ROW), color=LINES, linewidth=0.4
        )  # leads the eye
        for number, square in enumerate(squares):
            _cell(axes, MARGIN + self.name + self.column * number, y, self.column, ROW, square)


def _cell(axes: "Axes", x: float, y: float, width: float, height: float, square: Mapping[str, str]) -> None:
    from matplotlib.patches import Rectangle

    tone = square["tone"]
    axes.add_patch(Rectangle((x, y), width, height, facecolor=FILLS[tone], edgecolor=LINES, linewidth=0.6))
    axes.text(
        x + width / 2, y + height / 2, square["word"], fontsize=SMALL, color=INKS.get(tone, "#1a1a1a"),
        weight="bold" if tone == "bad" else "normal", ha="center", va="center",
    )  # fmt: skip


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


if __name__ == "__main__":
    # "$" begins mathematics in matplotlib, and a name may have one.
    from matplotlib import rcParams

    rcParams["text.parse_math"] = False
    sys.stdout.buffer.write(draw(json.load(sys.stdin)))
