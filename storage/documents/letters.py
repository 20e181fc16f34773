"""A letter as a Word file, set as Party papers are (36-HD/VPTW) or as State papers (NĐ 30/2020): A4, Times New Roman.

What it says is the caller's; here stands where each part goes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table, _Cell

FONT: Final = "Times New Roman"
TEXT, HEAD, SMALL = 14, 13, 12  # points
MARGINS: Final = {"top": 20, "bottom": 20, "left": 30, "right": 15}  # millimetres
LEFT_COLUMN, RIGHT_COLUMN = 70, 95  # millimetres, of the head and of the end
INDENT: Final = 10  # millimetres
SIGNATURE: Final = 4  # lines that are left for it
NO_LETTERS: Final = re.compile(
    r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)  # what XML cannot hold


@dataclass(frozen=True)
class Letter:
    """What a letter says, each part as it is to be printed. `head`: whose papers these are, a line or two; `bodies`:
    the body above, where one is known, and the one that sends it; `signed`: the title, and the name where it is known.
    """

    head: Sequence[str]
    bodies: Sequence[str]
    number: str
    about: str
    place_and_day: str
    to: str
    body: Sequence[str]
    signed: Sequence[str]
    recipients: Sequence[str]
    of_the_state: bool = False


def word_file(letter: Letter) -> bytes:
    """The .docx of a letter."""
    from docx import Document  # loaded with the first letter: it brings lxml

    document = Document()
    _set_page(document)
    _head(_columns(document), letter)
    _say(document, letter.to, before=TEXT, after=TEXT, align="center")
    for text in letter.body:
        _say(document, text, after=6, align="justify", indent=INDENT)
    _end(_columns(document), letter)
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def _set_page(document: "Document") -> None:
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt

    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for side, width in MARGINS.items():
        setattr(section, f"{side}_margin", Mm(width))
    style: Any = document.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(TEXT)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    style.paragraph_format.space_after = Pt(0)


def _columns(document: "Document") -> "Table":
    """Two columns without lines, as the head and the end of a paper stand in."""
    from docx.shared import Mm

    table: Table = document.add_table(rows=1, cols=2)
    table.autofit = False
    for column, width in zip(table.columns, (LEFT_COLUMN, RIGHT_COLUMN), strict=True):
        column.width = Mm(width)
    return table


def _head(table: "Table", letter: Letter) -> None:
    """Party papers have the sending body and an asterisk on the left, the Party's name on the right; State papers the
    body on the left, the State's name and motto on the right.
    """
    left, right = table.rows[0].cells
    *above, sender = letter.bodies
    for body in above:
        _say(left, body, align="center", size=HEAD)
    _say(left, sender, align="center", size=HEAD, bold=True, underline=letter.of_the_state)
    if not letter.of_the_state:
        _say(left, "*", align="center")
    _say(left, letter.number, align="center")
    _say(left, letter.about, align="center", size=SMALL, italic=not letter.of_the_state)
    *first, last = letter.head
    for line in first:
        _say(right, line, align="center", size=SMALL, bold=True)  # the State's name stands on one line
    _say(right, last, align="center", bold=True, underline=True)
    _say(right, letter.place_and_day, before=6, align="center", italic=True)


def _end(table: "Table", letter: Letter) -> None:
    left, right = table.rows[0].cells
    title, *copies = letter.recipients
    style = {"bold": True, "italic": True, "size": SMALL} if letter.of_the_state else {"underline": True}
    _say(left, title, before=TEXT, **style)
    for copy in copies:
        _say(left, copy, size=SMALL)
    office, *names = letter.signed
    _say(right, office, before=TEXT, align="center", bold=True)
    for _line in range(SIGNATURE):
        _say(right, "")
    for name in names:
        _say(right, name, align="center", bold=True)


def _say(
    where: "Document | _Cell",
    text: str,
    *,
    align: str = "left",
    size: int = 0,
    before: int = 0,
    after: int = 0,
    indent: int = 0,
    **style: bool,
) -> None:
    """A paragraph; sizes and distances in points, `indent` of its first line in millimetres. A cell is never without
    a paragraph: its first one is used up before another is made.
    """
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm, Pt

    unused = len(where.paragraphs) == 1 and not where.paragraphs[0].runs and hasattr(where, "width")
    paragraph = where.paragraphs[0] if unused else where.add_paragraph()
    paragraph.alignment = getattr(WD_ALIGN_PARAGRAPH, align.upper())
    paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(before), Pt(after)
    paragraph.paragraph_format.first_line_indent = Mm(indent)
    run = paragraph.add_run(NO_LETTERS.sub("", text))
    for name, value in style.items():
        setattr(run.font, name, value)
    if size:
        run.font.size = Pt(size)
