"""Why something was not done, in words."""

from datetime import datetime

from markupsafe import Markup

from locales import Language, later
from storage.requests.silence import Silence

REASONS = {
    "no_head": later("no head of unit is known"),
    "not_bound": later("the head of unit is not connected"),
    "unreachable": later("the head of unit cannot be reached"),
    "failed": later("the message did not get through"),
    "held": later("the message waits to be sent"),
    "waiting": later("not asked yet"),
    "delegate_not_bound": later("whoever it was handed to is not connected"),
}
MOMENTS = {
    "snoozed": later("asked to be reminded at {moment}"),
    "reminded": later("reminded at {moment}"),
    "prompted": later("asked at {moment}, no answer"),
    "extended": later("extended to {moment}"),
}


def why(language: Language, known: Silence) -> Markup:
    """The reasons of a silence, the most telling one first."""
    return Markup("; ").join(reason_words(language, known, one) for one in (*known.people, *known.messages))


def reason_words(language: Language, known: Silence, reason: str) -> Markup:
    """One of the reasons of storage.requests.silence."""
    _, moment = language.text, _moment(known, reason)
    if moment is not None:
        return _(MOMENTS[reason], moment=language.moment(moment))
    if reason == "handed" and known.delegate is not None:
        return _("handed to comrade {name}", name=known.delegate.name)
    if reason == "away" and known.away_until is not None:
        return _("the head of unit travels until {day}", day=language.day(known.away_until))
    of_delegate = "delegate_not_bound" if reason == "not_bound" and known.delegate is not None else reason
    return _(REASONS[of_delegate])


def _moment(known: Silence, reason: str) -> datetime | None:
    """The instant a reason speaks of; None for those that speak of none."""
    if reason in {"reminded", "prompted"}:
        return known.told_at
    return {"snoozed": known.snoozed_until, "extended": known.deadline}.get(reason)
