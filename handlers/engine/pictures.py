"""A table as a picture: said here, drawn by bot/workers/pictures.py in a process of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

TONES = ("good", "late", "bad", "doing", "waiting", "none")


@dataclass(frozen=True)
class Square:
    """A cell: its word, which reads without colour, and its tone (one of TONES)."""

    word: str
    tone: str


@dataclass(frozen=True)
class Picture:
    """Named rows of squares under column heads, a legend (square, meaning), and a line at the foot."""

    title: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Square]]]
    legend: Sequence[tuple[Square, str]]
    foot: str
