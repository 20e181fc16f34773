"""The words of the consents: what is kept of whom, why, by whom, and with which rights."""

from collections.abc import Collection, Iterable
from typing import Final

from markupsafe import Markup

from handlers.engine.messages import lines
from handlers.engine.turn import Turn
from locales import Language, later
from storage.joining.consents import REACHED, SENSITIVE, VERSIONS, Standing, purposes_of
from storage.people.people import Centre, Person, grants_of

NAMES: Final = {
    "basic": later("timetables and notices"),
    "sensitive": later("Party status and results"),
    "unit": later("the reports of a unit"),
    "staff": later("work at the centre"),
    "director": later("the director's decisions"),
}
QUESTIONS: Final = {
    "basic": later(
        "To send you timetables and notices, {centre} (the controller) asks to process your name, date of birth, "
        "gender, position, unit, class, phone number and messaging account. The registrar and the unit that sends "
        "you may see them."
    ),
    "unit": later(
        "To ask for reports and to tell you about your unit's learners, {centre} (the controller) asks to process "
        "your name, position, unit, phone number and messaging account, and the reports, remarks and requests you "
        "send. The centre and your own unit may see them."
    ),
    "staff": later(
        "To send you timetables and tasks, {centre} (the controller) asks to process your name, position, phone "
        "number, messaging account and the sessions you teach, and to keep a record of what you do here. The "
        "registrar and the director may see them."
    ),
    "director": later(
        "To put before you what is yours to decide, {centre} (the controller) asks to process your name, phone "
        "number and messaging account, and to keep a record of your decisions and of what you look at here. "
        "The registrar may see them."
    ),
    "sensitive": later(
        "{centre} (the controller) asks to process sensitive personal data of yours: Party status, marks, attendance, "
        "conduct, and the remarks and disciplinary measures your unit tells of, to assess your studies and to inform "
        "your unit. If you do not agree you still get timetables and notices; the centre does this part in writing."
    ),
}  # fmt: skip
# What a wording asks for beyond the one before it, by its number.
GROWN: Final = {
    ("basic", 2): later("date of birth, gender, position, messaging account"),
    ("sensitive", 2): later("remarks and disciplinary measures your unit tells of"),
}


def asked_of(turn: Turn, person: Person) -> list[str]:
    """The purposes somebody is asked for: of whoever speaks by his roles here, of a slip's owner by his grants."""
    if turn.person is not None and turn.person.id == person.id:
        return purposes_of(turn.session, person.id, turn.roles)
    grants = grants_of(turn.session, person.id, turn.today(turn.centre(person.centre_id)))
    return purposes_of(turn.session, person.id, {grant.role for grant in grants})


def reached(purposes: Iterable[str]) -> list[str]:
    """Those of a chat being linked: they are asked in one question, before what is sensitive."""
    return [purpose for purpose in purposes if purpose in REACHED]


def wording(purposes: Collection[str]) -> int:
    """A number for a question as it is worded today, so that an answer counts for what was read."""
    return sum(VERSIONS[name] << 4 * place for place, name in enumerate(VERSIONS) if name in purposes)


def question(
    language: Language, centre: Centre, purposes: Iterable[str], before: Iterable[Standing] = ()
) -> Markup:
    """What somebody is asked, and first what has come in since he agreed."""
    asked = [language.text(QUESTIONS[purpose], centre=centre.name) for purpose in purposes]
    rights = language.text(
        "You have the right to see your data, to have them corrected or deleted, to withdraw your consent at any "
        "time and to complain: type “my data”."
    )
    return lines(*(line for one in before for line in _grown(language, one)), *asked, rights)


def _grown(language: Language, standing: Standing) -> list[Markup]:
    if standing.last is None or not standing.last.given:
        return []
    day = language.year_day(language.local(standing.last.at).date())
    since = range(standing.last.version + 1, VERSIONS[standing.purpose] + 1)
    more = [language.text(GROWN[standing.purpose, version]) for version in since]
    return [
        language.text(
            "You agreed on {day} to the former wording. New in it: {what}.",
            day=day,
            what=Markup("; ").join(more),
        )
    ]


def sensitive_question(turn: Turn, before: Iterable[Standing] = ()) -> Markup:
    """What the second question says to whoever speaks."""
    return question(turn.language, turn.home, [SENSITIVE], before)
