"""The registrars hear that somebody no longer agrees: they carry it out where paper takes over."""

from datetime import timedelta
from typing import Final

from markupsafe import Markup

from handlers.engine.telling import tell_registrars
from handlers.engine.turn import Turn
from locales import Language
from storage.joining.consents import SENSITIVE

WITHDRAWAL: Final = timedelta(days=15)  # calendar days, the stricter of what sources say


def tell_withdrawn(turn: Turn, purpose: str) -> None:
    """Somebody takes back what he agreed to; one line a purpose and day."""
    _tell(turn, purpose, "withdrawn")


def tell_refused(turn: Turn, purpose: str) -> None:
    """Somebody had agreed, and does not agree to what is asked now."""
    _tell(turn, purpose, "refused")


def _tell(turn: Turn, purpose: str, what: str) -> None:
    person, day = turn.speaker, turn.day
    turn.log(f"{purpose}_{what}", about=person)

    def told(language: Language) -> Markup:
        return _words(language, purpose, what, name=person.name, day=language.year_day(day + WITHDRAWAL))

    tell_registrars(turn, turn.home, told, key=f"{what}:{purpose}:{person.id}:{day}")


def _words(language: Language, purpose: str, what: str, **told: str) -> Markup:
    if purpose != SENSITIVE:
        return language.text(
            "{name} has withdrawn the consent to be reached here; the chats are unlinked. Please go on in writing. "
            "To be carried out by {day}.",
            **told,
        )
    if what == "refused":
        return language.text(
            "{name} does not agree to the new wording about Party status and results. Please do that part in writing. "
            "To be carried out by {day}.",
            **told,
        )
    return language.text(
        "{name} has withdrawn the consent to Party status and results. Please do that part in writing. "
        "To be carried out by {day}.",
        **told,
    )
