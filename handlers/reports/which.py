"""Which open report a typed sentence is about, and the people its numbers stand for."""

from collections.abc import Iterator, Sequence
from typing import Final

from handlers.engine.choices import Pressed
from handlers.engine.turn import Turn
from handlers.reports.sentence.grammar import Token, tokens_of
from handlers.reports.sentence.who import Learner
from locales import every_wording, later
from storage.base.typed import same_word
from storage.courses.courses import CourseClass
from storage.reports import signing
from storage.reports.reports import ConductReport, ReportPeriod, ReportView

Row = tuple[ConductReport, ReportPeriod, CourseClass]
CLASS: Final = later("class")
MONTH: Final = later("month")
WHOLE: Final = later("whole, all")


def report_meant(turn: Turn, text: str) -> tuple[ReportView | None, str]:
    """The report a (clean) text is about, and the text without the class and month that name it.

    None where no report is open. It is the one that is named, else the one whose card the chat saw last, else the one that is due first. A locked
    one only where there is no other.
    """
    opened: Sequence[Row] = signing.reports_opened(turn.session, turn.viewer, turn.now)
    rows, text = _of_class(opened, text)
    rows, text = _of_month(rows, text)
    ids, shown = [row[0].id for row in rows], _shown(turn)
    if shown in ids or len(rows) == len(opened):  # no other one is named
        ids = list(dict.fromkeys([shown, *ids]))
    views = (signing.report_opened(turn.session, turn.viewer, report) for report in ids)
    useful = [view for view in views if view is not None and (view.learners or view.report.revision)]
    return next((one for one in useful if not one.is_locked(turn.now)), useful[0] if useful else None), text


def learners_of(view: ReportView) -> list[Learner]:
    return [Learner(one.id, one.name, one.birth_date) for one in view.learners]


# --- what the sentence says ---


def _of_class(rows: Sequence[Row], text: str) -> tuple[Sequence[Row], str]:
    """The reports on the class that is named, if one is; of two names the longer one."""
    tokens = tokens_of(text)
    named = ((name, row[2].id) for row in rows for name in (row[2].name, row[2].code))
    found = [(end - at, at, end, course) for name, course in named for at, end in _places(tokens, name)]
    if not found:
        return rows, text
    _length, at, end, course = max(found)
    return [row for row in rows if row[2].id == course], _without(text, tokens, _from_class(tokens, at), end)


def _places(tokens: Sequence[Token], name: str) -> Iterator[tuple[int, int]]:
    wanted = [token.text for token in tokens_of(name)]
    for at in range(len(tokens) - len(wanted) + 1):
        typed = [token.text for token in tokens[at : at + len(wanted)]]
        if wanted and all(map(same_word, typed, wanted)):
            yield at, at + len(wanted)


def _from_class(tokens: Sequence[Token], at: int) -> int:
    """The word "lớp" before the name goes with it, except in "cả lớp"."""
    if at and _is(tokens[at - 1], CLASS) and not (at > 1 and _is(tokens[at - 2], WHOLE)):
        return at - 1
    return at


def _of_month(rows: Sequence[Row], text: str) -> tuple[Sequence[Row], str]:
    tokens = tokens_of(text)
    for at in range(len(tokens) - 1):
        if _is(tokens[at], MONTH) and tokens[at + 1].kind == "number":
            month = tokens[at + 1].number
            found = [row for row in rows if {row[1].from_date.month, row[1].to_date.month} == {month}]
            return (found, _without(text, tokens, at, at + 2)) if found else (rows, text)
    return rows, text


def _is(token: Token, marked: str) -> bool:
    words = (word.strip() for wording in every_wording(marked) for word in wording.split(","))
    return any(same_word(token.text, word) for word in words)


def _without(text: str, tokens: Sequence[Token], at: int, end: int) -> str:
    """The text without some tokens, and without the colon or comma behind them."""
    if end < len(tokens) and tokens[end].kind in {"colon", "comma", "dash"}:
        end += 1
    return f"{text[: tokens[at].at]} {text[tokens[end - 1].end :]}".strip()


# --- what the chat sees ---


def _shown(turn: Turn) -> int:
    """The report of the card this chat saw last; 0 where its last cards are about something else."""
    for card in turn.cards:
        for button in card.presses:
            if report := _ids(turn, button).get("report"):
                return report
    return 0


def _ids(turn: Turn, button: Pressed) -> dict[str, int]:
    """The ids a button carries; none where it is not known any more."""
    key, *rest = str(button["data"]).split(":")
    action = turn.table.actions.get(key)
    return (action.ids(rest) if action else None) or {}


def numbers_on_card(turn: Turn, view: ReportView) -> dict[int, int]:
    """Whom the numbers stand for, where choices are typed and the chat sees this report's card."""
    found = {}
    for number, button in (turn.shown.numbered if turn.shown else {}).items():
        ids = _ids(turn, button)
        if ids.get("report") == view.report.id and "learner" in ids and button.get("n"):
            found[number] = ids["learner"]
    return found
