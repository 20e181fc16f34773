"""The corpus of typed conduct reports: tests/reports/sentences.txt, a sentence a line with what it is understood as.

    Giang muộn 2b; Bình kp => Giang late 2; Bình unexcused
    An đi muộn             => ? An: Trần An | Nguyễn An -> Trần An late

`-` is something else than a report; `! nobody: Xuân` is refused; behind `?` stands what is asked, behind `->` the card
if the first answer is always taken; `all`: all are said to be well; `fine`: these are. {NFD} decomposes, \\n is a line break.
"""

import unicodedata
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from handlers.reports.sentence.meaning import Learner, Question, Report, read_report
from storage.reports.reports import Category

PEOPLE = (
    ("Trần An", "Trần Văn An", date(1985, 2, 10)),
    ("Nguyễn An", "Nguyễn Văn An", date(1985, 10, 8)),
    ("Ân", "Lê Thị Ân", date(1990, 1, 5)),
    ("Bình", "Lê Văn Bình", date(1985, 3, 22)),
    ("Cúc", "Phạm Thị Cúc", date(1985, 5, 1)),
    ("Dũng", "Hoàng Đình Dũng", date(1985, 6, 10)),
    ("Đức", "Trần Minh Đức", date(1984, 6, 10)),
    ("Giang", "Đỗ Thị Giang", date(1985, 7, 20)),
    ("Hùng", "Vũ Quốc Hùng", date(1985, 8, 29)),
    ("Huy", "Trần Quang Huy", date(1983, 8, 29)),
    ("Khánh", "Bùi Thị Khánh", date(1985, 11, 17)),
    ("Long", "Đặng Văn Long", date(1985, 12, 27)),
    ("Mai", "Ngô Thị Mai", date(1986, 2, 5)),
    ("Ngọc", "Lý Thị Ngọc", date(1986, 3, 17)),
    ("Hà Anh", "Nguyễn Hà Anh", date(1988, 3, 17)),
    ("Tuấn 1979", "Phạm Văn Tuấn", date(1979, 3, 17)),
    ("Tuấn 1990", "Phạm Văn Tuấn", date(1990, 3, 17)),
)  # short name, full name, date of birth
LEARNERS = [Learner(number, name, born) for number, (_short, name, born) in enumerate(PEOPLE, 1)]
NUMBERS = {one.id: one.id for one in LEARNERS}  # on the card
SHORT = {number: short for number, (short, _name, _born) in enumerate(PEOPLE, 1)}


def corpus() -> Iterator[tuple[str, str]]:
    """(sentence, what it is understood as)."""
    for line in (Path(__file__).parent / "sentences.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            sentence, _arrow, meaning = line.rpartition(" => ")
            yield typed(sentence), meaning


def typed(sentence: str) -> str:
    sentence = sentence.replace("\\n", "\n")
    if sentence.startswith("{NFD} "):
        return unicodedata.normalize("NFD", sentence.removeprefix("{NFD} "))
    return sentence


def understood(sentence: str) -> str:
    """What is understood now, in the corpus's own words."""
    report = read_report(sentence, LEARNERS, numbers=NUMBERS)
    if report is None:
        return "-"
    asked, answers = [], {}
    while report.problem is None and report.questions:
        question = report.questions[0]
        asked.append(_asked(question))
        answers[question.key] = _first(question)
        report = read_report(sentence, LEARNERS, numbers=NUMBERS, answers=answers)
    return f"? {' ? '.join(asked)} -> {_card(report)}" if asked else _card(report)


def _asked(question: Question) -> str:
    if question.kind == "title":
        return f"title {question.text}: {' | '.join(SHORT[person] for person in question.people)}"
    if question.kind == "who":
        people = " | ".join(SHORT[person] for person in question.people)
        return f"{question.text}{' (nobody)' if question.is_guess else ''}: {people}"
    every = len(question.categories) == len(Category)
    kinds = "any" if every else " | ".join(question.categories)
    return f"{SHORT[question.learner]}: {kinds}"


def _first(question: Question) -> int:
    if question.kind == "title":
        return 0
    return question.people[0] if question.kind == "who" else list(Category).index(question.categories[0])


def _card(report: Report) -> str:
    if report.problem is not None:
        return f"! {report.problem.kind}: {report.problem.part}".rstrip(": ")
    told = ["all"] if report.all_well else []
    for learner in sorted(report.mentions):
        meant = report.mentions[learner]
        said = " + ".join(f"{kind} {times or ''}".strip() for kind, times in meant.said)
        parts = [SHORT[learner], said, f"({meant.note})" if meant.note else ""]
        told.append(" ".join(part for part in parts if part))
    fine = ["fine " + ", ".join(SHORT[one] for one in sorted(report.fine))] if report.fine else []
    return "; ".join([*told, *fine])
