"""The words of a typed conduct report: what each of them is, in all languages (the words themselves are catalogues).

Nobody sees them; they are what people type. A word stands in several kinds where it means several things: what a
sentence says is decided by its grammar (handlers/reports/sentence/sentence.py), not here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from typing import Final

from locales import every_wording, later
from storage.base.text import fold
from storage.reports.reports import Category


class Kind(StrEnum):
    """What a word or a phrase can be in a sentence."""

    CATEGORY = "category"  # says it all: "đi muộn"
    ABSENT = "absent"  # with or without leave is still to be said
    PERMIT = "permit"  # leave; after a "not" its lack
    GROUND = "ground"  # behind an absence: without any it is unexcused, with one nothing is known of leave
    QUALITY = "quality"  # a category that can be good as well: "học tập"
    LEARNING = "learning"  # one only with how it is: "học yếu"
    BAD = "bad"
    AMISS = "amiss"  # something is to be mentioned, but not what
    WELL = "well"
    REGULAR = "regular"  # well as far as attendance goes
    ATTENDING = "attending"
    ISSUE = "issue"  # after a "not": nothing to mention
    NOT = "not"
    NEVER = "never"  # behind what was denied: "buổi nào"
    NOBODY = "nobody"
    ALL = "all"
    REST = "rest"
    EXCEPT = "except"
    BUT = "but"
    AND = "and"
    WITH = "with"  # joins names, not sentences
    IS = "is"  # between a category and its names
    FILL = "fill"  # between a name and what is said of it
    TITLE = "title"
    PEOPLE = "people"  # behind a number: so many learners
    SESSIONS = "sessions"
    OTHER_UNIT = "other_unit"  # days, minutes: no number of sessions
    TIMES = "times"
    EACH = "each"  # before a number of sessions
    NUMBER = "number"
    CARD = "card"  # before the number of a learner on the card
    BECAUSE = "because"
    REASON = "reason"
    POLITE = "polite"
    TALK = "talk"  # of a sentence about something else
    ASKING = "asking"


WORDS: Final[tuple[tuple[Kind, object, str], ...]] = (
    (Kind.CATEGORY, Category.LATE, later("late, came late, was late")),
    (Kind.CATEGORY, Category.EXCUSED, later("excused, excused absence, absent with leave")),
    (Kind.CATEGORY, Category.UNEXCUSED, later("unexcused, unexcused absence, absent without leave")),
    (Kind.CATEGORY, Category.RECALLED, later("recalled, recalled by the unit")),
    (Kind.CATEGORY, Category.COMMENDATION, later("commendation, commended")),
    (Kind.QUALITY, Category.STUDY, later("study")),
    (Kind.QUALITY, Category.MANNER, later("manner")),
    (Kind.QUALITY, Category.ETHICS, later("ethics")),
    (Kind.ABSENT, None, later("absent, was absent")),
    (Kind.PERMIT, None, later("leave, with leave")),
    (Kind.GROUND, None, later("reason, a reason")),
    (Kind.LEARNING, Category.STUDY, later("learning")),
    (Kind.BAD, None, later("weak, poor")),
    (Kind.AMISS, None, later("broke the rules, to be mentioned")),
    (Kind.WELL, None, later("well, are well, is well")),
    (Kind.REGULAR, None, later("regular, attended regularly")),
    (Kind.ATTENDING, None, later("came to class, attended")),
    (Kind.ISSUE, None, later("nothing to mention, anybody to mention")),
    (Kind.NOT, None, later("not, was not, did not")),
    (Kind.NEVER, None, later("at all, ever")),
    (Kind.NOBODY, None, later("nobody, no one")),
    (Kind.ALL, None, later("all, everybody, the whole class")),
    (Kind.REST, None, later("the rest, the others, everybody else")),
    (Kind.EXCEPT, None, later("except, apart from, only")),
    (Kind.BUT, None, later("but, while")),
    (Kind.AND, None, later("and")),
    (Kind.WITH, None, later("with, together with")),
    (Kind.IS, None, later("namely, these are")),
    (Kind.FILL, None, later("was, were, often")),
    (Kind.TITLE, None, later("comrade, comrades")),
    (Kind.PEOPLE, None, later("learners, people")),
    (Kind.SESSIONS, None, later("session, sessions, times")),
    (Kind.OTHER_UNIT, None, later("day, days, minutes, hours")),
    (Kind.TIMES, None, later("x")),
    (Kind.EACH, None, later("each")),
    (Kind.NUMBER, 1, later("one")),
    (Kind.NUMBER, 2, later("two")),
    (Kind.NUMBER, 3, later("three")),
    (Kind.NUMBER, 4, later("four")),
    (Kind.NUMBER, 5, later("five")),
    (Kind.NUMBER, 6, later("six")),
    (Kind.NUMBER, 7, later("seven")),
    (Kind.NUMBER, 8, later("eight")),
    (Kind.NUMBER, 9, later("nine")),
    (Kind.NUMBER, 10, later("ten")),
    (Kind.CARD, None, later("number")),
    (Kind.BECAUSE, None, later("because, because of")),
    (Kind.REASON, None, later("sick, ill")),
    (Kind.POLITE, None, later("please, report, conduct report, this month")),
    (Kind.TALK, None, later("I, me, show, send, timetable, marks, results")),
    (Kind.ASKING, None, later("who, when, where, how many")),
)


@dataclass(frozen=True)
class Phrase:
    """Words that are one thing together."""

    words: tuple[str, ...]
    kind: Kind
    value: object

    @cached_property
    def folded(self) -> tuple[str, ...]:
        return tuple(fold(word) for word in self.words)


@cache
def phrases() -> dict[str, tuple[Phrase, ...]]:
    """Every phrase of every language, under its first word, folded."""
    found: dict[str, list[Phrase]] = {}
    for phrase in dict.fromkeys(_phrases()):
        found.setdefault(fold(phrase.words[0]), []).append(phrase)
    return {first: tuple(of) for first, of in found.items()}


def _phrases() -> Iterator[Phrase]:
    for kind, value, marked in WORDS:
        for text in every_wording(marked):
            for wording in text.split(","):
                yield Phrase(tuple(wording.split()), kind, value)
