"""What a typed conduct report means: of whom what is to be mentioned, what has to be asked, or why it is not understood.

Pure: text and learners in, meaning out. Nothing is guessed: a name that may be two people's, a misspelt name, an absence
of which leave is unknown are questions, and what has two readings is refused (000-18).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from handlers.reports.sentence.claims import Said
from handlers.reports.sentence.grammar import MOST_TOKENS, clean, tokens_of
from handlers.reports.sentence.naming import Who
from handlers.reports.sentence.sentence import AllFine, Fine, Mention, Reader, Reading
from handlers.reports.sentence.talk import part_unread, tells
from handlers.reports.sentence.who import Learner
from storage.reports.reports import ABSENCES, Category

LONGEST_NOTE: Final = 1000  # characters


@dataclass(frozen=True)
class Meant:
    """What is to be mentioned of one learner; `more` stands for what else is."""

    category: Category
    times: int | None = None
    note: str = ""
    more: tuple[tuple[Category, int | None], ...] = ()

    @property
    def said(self) -> tuple[tuple[Category, int | None], ...]:
        return (self.category, self.times), *self.more


@dataclass(frozen=True)
class Question:
    """What only the writer knows: `who` of these people, or `what` of these categories of one `learner`; whether a
    `title` ("anh Bình") is one (answered with 0) or the name of one of these people.

    `key` is how its answer is remembered; `text`
    what was typed; `is_guess`: nobody has the name as it was typed.
    """

    kind: str
    key: str
    text: str
    people: tuple[int, ...] = ()
    learner: int = 0
    categories: tuple[Category, ...] = ()
    is_guess: bool = False


@dataclass(frozen=True)
class Problem:
    """Why nothing can be done: part (not understood), nobody, number (not on the card), times, unit, twice, both,
    people (their number is wrong), partial (nothing is said of the rest), readings (two of them), long, note.
    """

    kind: str
    part: str = ""
    learner: int = 0


@dataclass(frozen=True)
class Report:
    """The meaning of a sentence. `questions` are those still open, the first to be asked first; with a `problem`
    nothing else counts. `fine` are learners said to be well; `by_number`: some were named by their number on the card.
    """

    mentions: Mapping[int, Meant] = field(default_factory=dict)
    fine: frozenset[int] = frozenset()
    all_well: bool = False
    by_number: bool = False
    questions: tuple[Question, ...] = ()
    problem: Problem | None = None


Answers = Mapping[str, int]  # learner or number of the category, by the key of the question
NONE: Final[Answers] = {}


def read_report(
    text: str,
    learners: Sequence[Learner],
    *,
    numbers: Mapping[int, int] | None = None,
    answers: Answers = NONE,
) -> Report | None:
    """The text as a report on these learners; None where it is none, but a question, a greeting, something else.

    `numbers` are the learners by their number on the card.
    """
    text = clean(text)
    tokens = tokens_of(text)
    if not tells(tokens, text):
        return None
    if len(tokens) > MOST_TOKENS:
        return Report(problem=Problem("long"))
    for guesses in (False, True):
        titles = {int(key[1:]): value for key, value in answers.items() if key[0] == "t"}
        reader = Reader(tokens, learners, text, guesses=guesses, titles=titles)
        readings = [one for one in reader.readings() if one]
        if reader.is_too_much:
            return Report(problem=Problem("readings"))
        if readings:
            report = _decided(readings, learners, numbers or {}, answers)
            asked = [Question("title", f"t{one.at}", one.text, one.people) for one in reader.unsure.values()]
            return report if report.problem else replace(report, questions=(*asked, *report.questions))
    part = part_unread(Reader(tokens, learners, text))
    return Report(problem=Problem("part", part)) if part else None


# --- one of the readings ---


def _decided(
    readings: Sequence[Reading], learners: Sequence[Learner], numbers: Mapping[int, int], answers: Answers
) -> Report:
    """The report all readings agree on, or that they do not."""
    found = [_report(reading, learners, numbers, answers) for reading in readings]
    sound = [one for one in found if one.problem is None] or found[:1]
    if any(_essence(one) != _essence(sound[0]) for one in sound):
        return Report(problem=Problem("readings"))
    return sound[0]


def _essence(report: Report) -> object:
    asked = [replace(one, key="", text="") for one in report.questions]
    mentions = {learner: (set(meant.said), meant.note) for learner, meant in report.mentions.items()}
    return mentions, report.fine, report.all_well, asked, report.problem


def _report(
    reading: Reading, learners: Sequence[Learner], numbers: Mapping[int, int], answers: Answers
) -> Report:
    problem = next(_wrong(reading, learners, numbers), None)
    if problem is not None:
        return Report(problem=problem)
    asked: list[Question] = []
    said = _of_each(reading, numbers, answers, asked)
    mentions = {}
    for learner, told in said.items():
        meant = _meant(learner, told, answers, asked)
        if isinstance(meant, Problem):
            return Report(problem=meant)
        if meant is not None:
            mentions[learner] = meant
    fine = frozenset(
        _sure(one, numbers) for item in reading if isinstance(item, Fine) for one in item.who
    ) - {0}
    whole = any(isinstance(item, AllFine) and item.whole for item in reading)
    problem = _contradiction(reading, said, fine, learners)
    if problem is None and not said and not whole and not asked:
        problem = Problem("partial")
    numbered = any(
        one.card is not None for item in reading if isinstance(item, Mention | Fine) for one in item.who
    )
    return Report(mentions, fine, whole, numbered, tuple(asked), problem)


def _wrong(reading: Reading, learners: Sequence[Learner], numbers: Mapping[int, int]) -> Iterator[Problem]:
    """What cannot be, whatever is answered."""
    for item in reading:
        for who in item.who if isinstance(item, Mention | Fine) else ():
            if who.card is not None and who.card not in numbers:
                yield Problem("number", who.text)
            if who.is_guess and not who.people:
                yield Problem("nobody", who.text)
        if isinstance(item, Mention):
            yield from _flaws(item.said)
    mentioned = sum(len(item.who) for item in reading if isinstance(item, Mention))
    for item in reading:
        if isinstance(item, AllFine) and item.people not in {None, len(learners) - mentioned}:
            yield Problem("people", str(item.people))


def _flaws(said: Sequence[Said]) -> Iterator[Problem]:
    for one in said:
        if one.flaw:
            yield Problem(one.flaw, one.text)
        if len(one.note) > LONGEST_NOTE:
            yield Problem("note", one.text)


def _sure(who: Who, numbers: Mapping[int, int]) -> int:
    """The learner, 0 where it is not certain who is meant."""
    if who.card is not None:
        return numbers[who.card]
    return who.people[0] if len(who.people) == 1 and not (who.is_guess or who.is_doubtful) else 0


def _of_each(
    reading: Reading, numbers: Mapping[int, int], answers: Answers, asked: list[Question]
) -> dict[int, list[Said]]:
    """What is said of every learner; who is not certain is asked."""
    found: dict[int, list[Said]] = {}
    for item in (one for one in reading if isinstance(one, Mention)):
        for who in item.who:
            key = f"w{who.at}"
            learner = _sure(who, numbers) or answers.get(key, 0) or answers.get(f"t{who.at}", 0)
            if learner and (not who.people or learner in who.people):
                found.setdefault(learner, []).extend(item.said)
            else:
                asked.append(Question("who", key, who.text, who.people, is_guess=who.is_guess))
    return found


def _meant(
    learner: int, said: Sequence[Said], answers: Answers, asked: list[Question]
) -> Meant | Problem | None:
    """What is meant of one learner; where it is open what something is, that is asked."""
    key = f"c{learner}"
    told: dict[Category, list[Said]] = {}
    for one, options in _options(said):
        kind = options[0] if len(options) == 1 else _answered(answers.get(key), options)
        if kind is None:
            asked.append(Question("what", key, one.text, learner=learner, categories=options))
            return None
        told.setdefault(kind, []).append(one)
    counted = {kind: {one.times for one in parts if one.times is not None} for kind, parts in told.items()}
    for kind, numbers in counted.items():
        if len(numbers) > 1:
            return Problem("twice", "; ".join(one.text for one in told[kind]), learner)
    note = "; ".join(dict.fromkeys(one.note for one in said if one.note))
    (first, times), *more = [(kind, next(iter(numbers), None)) for kind, numbers in counted.items()]
    return Meant(first, times, note, tuple(more))


def _options(said: Sequence[Said]) -> Iterator[tuple[Said, tuple[Category, ...]]]:
    """What each thing said of one learner can be. A mere reason ("ốm") is the absence told beside it; a mere leave
    ("muộn 2, có phép") may be an absence, or belong to what he was late for.
    """
    sure = {one.kinds[0] for one in said if len(one.kinds) == 1}
    absences = tuple(sure.intersection(ABSENCES))
    for one in said:
        if one.is_leave and one.times is None and Category.LATE in sure:
            yield one, (Category.LATE, *one.kinds)
        elif one.kinds == ABSENCES and len(absences) == 1 and one.times is None:
            yield one, absences
        else:
            yield one, one.kinds


def _answered(number: int | None, options: Sequence[Category]) -> Category | None:
    return next((kind for kind in options if list(Category).index(kind) == number), None)


def _contradiction(
    reading: Reading, said: Mapping[int, Sequence[Said]], fine: frozenset[int], learners: Sequence[Learner]
) -> Problem | None:
    """Somebody is well and mentioned, or what nobody did is mentioned of somebody."""
    denied = {kind for item in reading if isinstance(item, AllFine) for kind in item.denied}
    excepted = any(isinstance(item, Mention) and item.excepted for item in reading)
    for learner, told in said.items():
        if learner in fine or (not excepted and any(set(one.kinds) <= denied for one in told)):
            name = next((one.name for one in learners if one.id == learner), "")
            return Problem("both", name, learner)
    return None
