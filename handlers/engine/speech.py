"""What a typed sentence asks for: the words that actions are known by, whatever polite words stand around them.

Words typed without diacritics, by telex letters that did not take, or in the short forms of telephones are found; with
diacritics they have to be the right ones: "Bảo Cáo" is somebody's name and not "báo cáo". Pure: nothing is looked up.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import TYPE_CHECKING, Final

from handlers.engine.actions import ANYONE
from handlers.engine.days import names_time
from locales import every_wording, later
from storage.base.text import fold, nfc
from storage.base.typed import same_word

if TYPE_CHECKING:
    from handlers.engine.actions import Handler

MOST: Final = 60  # words of a sentence that is looked at; a longer one is for people to read
LEAST: Final = 4  # letters of a word whose order may have slipped
TOKEN: Final = re.compile(r"[^\W_]+(?:[-/.](?=[^\W_]*\d)[^\W_]+)*|[,;.?!\n]|[^\s\w]")
_TELEX: Final = re.compile(r"(aa|ee|oo|dd)|([aou])w")
# What people say around what they want, and what joins two wishes.
AROUND: Final = later(
    "please, could you, can you, I, me, we, my, tell, show, let, see, want, know, to, the, dear"
)
JOINS: Final = later("and, then, also")
# Other ways of saying the first of each.
ALIKE: Final = (
    later("not, never"),
    later("what, which thing"),
    later("where, whereabouts"),
    later("when, at what time"),
    later("how, in what way"),
    later("see, look at"),
    later("today, this day"),
    later("tomorrow, the day after this"),
    later("the day after tomorrow, in two days"),
    later("this week, the current week"),
    later("afternoon, p.m."),
    later("lecturer, teacher"),
    later("learner, trainee"),
    later("conduct, behaviour"),
    later("room, hall"),
    later("report, account"),
    later("notice, announcement"),
)


@dataclass(frozen=True)
class Words:
    """How an action is known: the marked wordings, what does it, who may.

    `aside`: small talk, which ends nothing that is half done and gives way to whatever else is said. `takes`: what may
    stand around them: a "name" behind, a "day" anywhere, or both ("name, day"); "all": whatever there is.
    """

    marked: str
    run: "Handler"
    may: frozenset[str] | None
    aside: bool = False
    takes: str = "name"


@dataclass(frozen=True)
class Asked:
    """What a sentence asks for; `rest` is what stands around, as typed. `is_whole`: every word has its place."""

    words: Words
    rest: str = ""
    is_whole: bool = True


@dataclass(frozen=True)
class _Span:
    words: Words
    start: int
    end: int


@dataclass(frozen=True)
class _Said:
    """A word as it was typed, and what it stands for."""

    typed: str
    meant: str


class Speech:
    """Knows the words of all actions, by their search form."""

    def __init__(self) -> None:
        self.known: dict[str, Words] = {}
        self.spelled: dict[str, list[list[str]]] = {}
        self.single: set[str] = set()  # every word of them
        self.longest = 0  # words of the longest

    def learn(self, words: Words) -> None:
        """Know these words; which of two actions has them is decided before (handlers/engine/router.py)."""
        for wording in wordings(words.marked):
            tokens = [one.meant for one in _alike(_tokens(wording))]
            key = _key(tokens)
            if key and self.known.setdefault(key, words).run is words.run:
                self.spelled.setdefault(key, []).append(tokens)
                self.single.update(map(fold, tokens))
                self.longest = max(self.longest, len(tokens))

    def read(self, text: str, roles: frozenset[str], today: date) -> list[Asked]:
        """What is asked for, in order; several only where nothing else is said. Empty for what is not understood."""
        typed = _tokens(text)
        said = _alike([self._mended(word) for word in typed]) if len(typed) <= MOST else []
        tokens = [one.meant for one in said]
        found = self._spans(tokens, today)
        whatever = [one for one in found if one.words.takes == "all" and _may(one.words, roles)]
        if whatever:
            is_bare = _is_said(_outside(tokens, whatever[:1]), today)
            return [Asked(whatever[0].words, "" if is_bare else text, is_whole=False)]
        found = [one for one in found if one.words.takes != "all"]
        spans = [one for one in found if not _gives_way(one, tokens)] or found[-1:]
        runs = list({one.words.run: one for one in reversed(spans)}.values())[::-1]
        if len(runs) == 1:
            return _asked(said, runs[0], _outside(tokens, found), today)
        return [Asked(one.words) for one in runs] if _is_said(_outside(tokens, found), today) else []

    def is_talk(self, text: str) -> bool:
        """Whether a text is a wording of small talk."""
        words = self.known.get(_key(_tokens(text)))
        return words is not None and words.aside

    # -- the words of a sentence

    def _mended(self, word: str) -> str:
        """A small word nobody knows, typed in telex that did not take or with two letters exchanged."""
        if not word.isascii() or not word.islower() or word in self.vocabulary:
            return word
        plain = _untelex(word)
        if plain in self.vocabulary:
            return plain
        return self._by_letters.get((word[0], "".join(sorted(word))), word) if len(word) >= LEAST else word

    @cached_property
    def vocabulary(self) -> set[str]:
        """Every word that stands in anything known, folded."""
        return self.single | _vocabulary()

    @cached_property
    def _by_letters(self) -> Mapping[tuple[str, str], str]:
        return {
            (word[0], "".join(sorted(word))): word for word in sorted(self.vocabulary) if len(word) >= LEAST
        }

    def _spans(self, tokens: Sequence[str], today: date) -> list[_Span]:
        """The wordings in a sentence, the longest first taken, then in order. One word alone counts where a wish may begin."""
        taken: set[int] = set()
        found = []
        for length in range(min(len(tokens), self.longest), 0, -1):
            for start in range(len(tokens) - length + 1):
                place = range(start, start + length)
                words = self._at(tokens[start : start + length]) if taken.isdisjoint(place) else None
                if words is not None and (length > 1 or words.aside or _begins(tokens[:start], today)):
                    taken.update(place)
                    found.append(_Span(words, start, start + length))
        return sorted(found, key=lambda one: one.start)

    def _at(self, tokens: Sequence[str]) -> Words | None:
        key = _key(tokens)
        if any(len(one) == len(tokens) and all(map(_same, tokens, one)) for one in self.spelled.get(key, ())):
            return self.known[key]
        return None


@cache
def wordings(marked: str) -> tuple[str, ...]:
    """A marked sentence's wordings, of every language."""
    words = (word.strip() for text in sorted(every_wording(marked)) for word in text.split(","))
    return tuple(filter(None, words))


def _tokens(text: str) -> list[str]:
    """Words, numbers with their marks ("8/12", "BD-01"), marks that part sentences, and pictures."""
    return [one for one in TOKEN.findall(nfc(text, lines=True)) if one[0].isalnum() or _counts(one)]


def _counts(mark: str) -> bool:
    return mark in ",;.\n" or unicodedata.category(mark) == "So"


def _key(tokens: Sequence[str]) -> str:
    return " ".join(fold(token) or token for token in tokens)


def _same(typed: str, word: str) -> bool:
    """Whether a typed word is this one; the South writes two of the tones for one another ("nghĩ" for "nghỉ")."""
    return same_word(_one_tone(typed), _one_tone(word)) if fold(word) else typed == word


def _one_tone(word: str) -> str:
    return unicodedata.normalize("NFD", word).replace("\N{COMBINING TILDE}", "\N{COMBINING HOOK ABOVE}")


def _untelex(word: str) -> str:
    """Such as "hoc" of "hocj", "khong" of "khoong"."""
    plain = _TELEX.sub(lambda found: (found[1] or found[2])[0], word)
    return plain[:-1] if plain[-1:] in "sfrxj" else plain


@cache
def _small() -> dict[str, list[list[str]]]:
    """The phrases of AROUND by their first word."""
    found: dict[str, list[list[str]]] = {}
    for one in sorted(map(_tokens, wordings(AROUND)), key=len, reverse=True):
        found.setdefault(fold(one[0]), []).append(one)
    return found


@cache
def _others() -> dict[str, list[tuple[list[str], list[str]]]]:
    """(said, what it stands for) of ALIKE by the first word of what is said, the longest first."""
    pairs = []
    for marked in ALIKE:
        for text in sorted(every_wording(marked)):
            first, *rest = [_tokens(word) for word in text.split(",")]
            pairs += [(one, first) for one in rest]
    found: dict[str, list[tuple[list[str], list[str]]]] = {}
    for pair in sorted(pairs, key=lambda pair: -len(pair[0])):
        found.setdefault(fold(pair[0][0]), []).append(pair)
    return found


@cache
def _vocabulary() -> set[str]:
    small = {fold(word) for phrases in _small().values() for one in phrases for word in one}
    return small | {
        fold(word) for pairs in _others().values() for pair in pairs for one in pair for word in one
    }


def _alike(tokens: Sequence[str]) -> list[_Said]:
    """The tokens, with what short forms and words of other regions stand for."""
    found: list[_Said] = []
    i = 0
    while i < len(tokens):
        pairs = _others().get(fold(tokens[i]), ())
        said, meant = next((pair for pair in pairs if _stands(tokens, i, pair[0])), (tokens[i : i + 1],) * 2)
        typed = [" ".join(tokens[i : i + len(said)]), *[""] * (len(meant) - 1)]
        found += map(_Said, typed if len(said) != len(meant) else tokens[i : i + len(said)], meant)
        i += len(said)
    return found


def _stands(tokens: Sequence[str], at: int, phrase: Sequence[str]) -> bool:
    typed = tokens[at : at + len(phrase)]
    return len(typed) == len(phrase) and all(map(_same, typed, phrase))


def _without_small(tokens: Sequence[str]) -> list[str]:
    """The tokens without what people say around: nothing but marks and polite words are left out."""
    left: list[str] = []
    i = 0
    while i < len(tokens):
        phrases = _small().get(fold(tokens[i]), ())
        length = next((len(one) for one in phrases if _stands(tokens, i, one)), 0)
        if not length and fold(tokens[i]):
            left.append(tokens[i])
        i += length or 1
    return left


def _joins(token: str) -> bool:
    return not fold(token) or any(_same(token, word) for word in wordings(JOINS))


def _begins(before: Sequence[str], today: date) -> bool:
    """Whether a wish may begin behind these: nothing was said before, or something joins it."""
    last = next((i for i in range(len(before) - 1, -1, -1) if _joins(before[i])), -1)
    return _is_said(before[last + 1 :], today)


def _is_said(tokens: Sequence[str], today: date) -> bool:
    """Whether these are polite words, or a day besides."""
    left = [one for one in _without_small(tokens) if not _joins(one)]
    return not left or names_time(" ".join(left), today)


def _outside(tokens: Sequence[str], spans: Sequence[_Span]) -> list[str]:
    """The tokens of no span, as "" those of one, so that each keeps its place."""
    return ["" if any(one.start <= i < one.end for one in spans) else word for i, word in enumerate(tokens)]


def _gives_way(span: _Span, tokens: Sequence[str]) -> bool:
    """Small talk, and a word that is polite as well ("giúp tôi …"), where something else is said."""
    return span.words.aside or not _without_small(tokens[span.start : span.end])


def _may(words: Words, roles: frozenset[str]) -> bool:
    return words.may is ANYONE or not words.may or bool(words.may & roles)


def _asked(said: Sequence[_Said], span: _Span, outside: Sequence[str], today: date) -> list[Asked]:
    """What one wording asks for with what stands around it; nothing where that leads elsewhere."""
    before, after = _without_small(outside[: span.start]), _without_small(outside[span.end :])
    around = " ".join([*before, *after])
    behind = _trimmed(said[span.end :])
    takes_name = "name" in span.words.takes and not span.words.aside
    if not around and not (takes_name and _is_name(behind)):
        return [Asked(span.words)]
    if around and names_time(around, today):
        is_taken = "day" in span.words.takes or (not before and len(after) == 1)
        return [Asked(span.words, around if is_taken else "")]
    leads = takes_name and _is_said(outside[: span.start], today)
    return [Asked(span.words, " ".join(behind), is_whole=False)] if leads and _is_meant(behind, span) else []


def _trimmed(said: Sequence[_Said]) -> list[str]:
    """What follows, as it was typed, without polite words at its end."""
    kept = [one for one in said if one.typed and fold(one.meant)]
    while kept and not _without_small([kept[-1].meant]) and not _is_name([kept[-1].typed]):
        kept.pop()
    return [one.typed for one in kept]


def _is_name(words: Sequence[str]) -> bool:
    """Whether a single word that is polite as well is a name: "kết quả Minh" has nothing of "mình"."""
    return len(words) == 1 and words[0].isascii() and words[0][0].isupper() and not words[0].isupper()


def _is_meant(rest: Sequence[str], span: _Span) -> bool:
    """Whether a command is meant by what follows: little (twice as many words as it has itself), or a name, a code or a
    number. "lịch sử Đảng học bài mấy?" is no question about the timetable.
    """
    if not rest or len(rest) <= 2 * (span.end - span.start):
        return bool(rest)
    return not " ".join(rest).isupper() and (rest[0][0].isupper() or rest[0][0].isdigit())


def near(text: str, known: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The names of `known`, whose wordings are given, in the order of how near one of them is to the text."""
    pairs = _pairs(fold(text[: MOST * 8]))
    scored = (
        (-max((_nearness(pairs, one) for one in words), default=0.0), name) for name, words in known.items()
    )
    yield from (name for _score, name in sorted(scored, key=lambda one: one[0]))


def _pairs(folded: str) -> set[str]:
    joined = folded.replace(" ", "")
    return {joined[i : i + 2] for i in range(len(joined) - 1)}


def _nearness(pairs: set[str], wording: str) -> float:
    """How much of a wording stands in the sentence, by pairs of letters; of short ones less is believed."""
    wanted = _pairs(fold(wording))
    return len(pairs & wanted) / (len(wanted) + 2) if wanted else 0.0
