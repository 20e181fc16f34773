"""The pages a reader of the repository has, taken apart: tables, blocks of code, links, headings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True)
class Page:
    """A Markdown page, by its path from the root."""

    path: str
    text: str

    @classmethod
    def read(cls, path: str) -> "Page":
        return cls(path, (ROOT / path).read_text(encoding="utf-8"))

    @cached_property
    def prose(self) -> str:
        """The page without its blocks of code."""
        return FENCED.sub("", self.text)

    def blocks(self, language: str) -> list[str]:
        return [block for named, block in FENCED.findall(self.text) if named == language]

    @property
    def links(self) -> list[str]:
        return LINK.findall(self.prose)

    @property
    def anchors(self) -> set[str]:
        """What a link into this page can lead to: its headings, as they are shown on the web."""
        titles = re.findall(r"^#+ (.+)$", self.prose, re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}

    def table(self, *head: str) -> list[list[str]]:
        """The cells of the one table with this head, row by row."""
        found = [rows for title, rows in self._tables() if title == list(head)]
        assert len(found) == 1, f"{self.path} has {len(found)} tables with the head {head}"
        return found[0]

    def _tables(self) -> Iterator[tuple[list[str], list[list[str]]]]:
        for table in re.findall(r"(?:^\|.*\|\n)+", self.prose + "\n", re.MULTILINE):
            head, _line, *rows = [_cells(row) for row in table.splitlines()]
            yield head, rows


def _cells(row: str) -> list[str]:
    """A bar that is part of a cell is written `\\|`."""
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row.strip())[1:-1]]


def pages() -> list[Page]:
    """README and everything in docs/."""
    paths = [
        "README.md",
        "README.vi.md",
        *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))),
    ]
    return [Page.read(path) for path in paths]


def code(cell: str) -> list[str]:
    """What stands in backticks in a cell."""
    return CODE.findall(cell)
