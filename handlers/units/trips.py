"""A head is away ("Tôi đi công tác đến 30/11"): meanwhile prompts go to his deputy. Days are the centre's."""

import re
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.messages import Button, lines
from handlers.engine.turn import Turn
from handlers.menu.actions import cancel, open_menu
from handlers.units import actions
from handlers.units.deputies import appoints
from locales import later
from storage.base.text import bare, parse_date
from storage.people import offices
from storage.people.people import UNIT, Organisation
from storage.requests import turnover

conversation = Conversation("trips")

LONGEST: Final = timedelta(days=366)  # longer than a year is a slip of the finger, or another head
_SAID: Final = re.compile(
    r"(?:(?:toi|em|minh|chung toi)\s+)?(?:(?:se|dang|phai|xin|sap|can)\s+)*di cong tac(?P<days>(?:\s.*)?)"
)
_SPAN: Final = re.compile(r"(?:tu\s+(?P<first>.+?)\s+)?(?:den|toi)\s+(?:het\s+)?(?P<last>.+)")
_FOR: Final = re.compile(r"(?:trong\s+)?(?P<n>\d{1,3})\s+ngay")


# --- saying it ---


@conversation.sentence(may=UNIT)
def said(turn: Turn, text: str) -> bool:
    """Such as "Tôi đi công tác đến 30/11", with or without diacritics; False for anything else."""
    found = _SAID.fullmatch(" ".join(bare(text).split()).rstrip(" .!"))
    if found is None:
        return False
    days = found["days"].strip()
    if days:
        _read(turn, days)
    else:
        _ask(turn)
    return True


@conversation.does(actions.ask_days)
def ask_days(turn: Turn) -> None:
    _ask(turn)


def _ask(turn: Turn, why: Markup | str = "") -> None:
    _ = turn.language.text
    text = _("On which days are you away? Please type them, such as: until 30/11, or: from 25/11 to 28/11.")
    turn.ask(days_typed)
    turn.show(lines(why, text), [Button(_("Cancel"), cancel)])


@conversation.step("trip_days", may=UNIT)
def days_typed(turn: Turn, text: str) -> None:
    found = _SAID.fullmatch(" ".join(bare(text).split()).rstrip(" .!"))
    _read(turn, found["days"].strip() if found is not None else text)


def _read(turn: Turn, text: str) -> None:
    """Repeat the days that were understood, or ask again."""
    _ = turn.language.text
    first, last = read_days(text, turn.day)
    if first is None or last is None:
        _ask(turn, _("The days in “{text}” were not understood.", text=text))
    elif last < turn.day:
        _ask(turn, _("{day} is over already.", day=turn.language.full_day(last)))
    elif last < first or last - first > LONGEST:
        _ask(turn, _("The last day has to follow the first, within a year."))
    else:
        _confirm(turn, max(first, turn.day), last)


def read_days(text: str, today: date) -> tuple[date | None, date | None]:
    """The first and the last day of a trip: "đến 30/11", "từ 25/11 đến 28/11", "ngày mai", "3 ngày"."""
    words = " ".join(bare(text).split()).rstrip(" .!")
    if length := _FOR.fullmatch(words):
        return today, today + timedelta(days=max(int(length["n"]), 1) - 1)
    span = _SPAN.fullmatch(words)
    if span is None:
        day = parse_date(words, today=today)
        return day, day
    first = parse_date(span["first"], today=today) if span["first"] else today
    return first, parse_date(span["last"], today=today)


def _confirm(turn: Turn, first: date, last: date) -> None:
    _ = turn.language.text
    text = lines(_days(turn, first, last), *_meanwhile(turn))
    ids = {"first": first.toordinal(), "last": last.toordinal()}
    ways = [
        [Button(_("Yes, that is right"), confirm, **ids)],
        [Button(_("Other days"), ask_days)],
        *(
            [Button(_("Name a deputy"), actions.open_deputies, unit=unit)]
            for unit in turn.units()
            if appoints(turn, unit)
        ),
        [Button(_("Cancel"), cancel)],
    ]
    turn.show(text, *ways)


def _days(turn: Turn, first: date, last: date) -> Markup:
    _, day = turn.language.text, turn.language.full_day
    if first == last:
        return _("You are away on {day}.", day=day(first))
    return _("You are away from {first} up to and including {last}.", first=day(first), last=day(last))


def _meanwhile(turn: Turn) -> list[Markup]:
    """Who is asked in his place, a line a unit."""
    _ = turn.language.text
    told = []
    for unit_id in turn.units():
        unit = turn.session.get_one(Organisation, unit_id)  # one with a head is never deleted
        heads, deputies = offices.heads_of(turn.session, unit.centre_id, unit_id, turn.day)
        others = [one.name for one in heads if one.id != turn.speaker.id]
        others = others or [one.name for one in deputies if one.id != turn.speaker.id]
        names = {"unit": unit.name, "names": ", ".join(others)}
        if others:
            told.append(_("{unit}: reports are asked of comrade {names} on these days.", **names))
        else:
            told.append(_("{unit} has no deputy known to the centre, so reports are still asked of you. You can "
                          "hand each one to somebody else on its card.", **names))  # fmt: skip
    return told


@conversation.button("hj", may=UNIT)
def confirm(turn: Turn, first: int, last: int) -> None:
    begin, end = _day_at(first), _day_at(last)
    if begin is None or end is None or end < turn.day or end < begin or end - begin > LONGEST:
        _ask(turn)
        return
    trip = offices.say_trip(turn.session, turn.speaker.id, begin, end, turn.now)
    turnover.note_trip(turn.session, trip, turn.units(), ZoneInfo(turn.home.zone), turn.now)
    turn.log("trip_said", subject=trip)
    _ = turn.language.text
    again = _("When you are back earlier, please say so: I am back.")
    ways = [[Button(_("I am back"), come_back)], [Button(_("Menu"), open_menu)]]
    turn.show(lines(_("Noted."), _days(turn, begin, end), again), *ways)


def _day_at(number: int) -> date | None:
    return date.fromordinal(number) if 0 < number <= date.max.toordinal() else None


# --- back ---


@conversation.does(actions.come_back)
@conversation.command("", words=later("I am back"), may=UNIT)
def come_back(turn: Turn) -> None:
    """The trip of today is over; without one, the coming ones are off."""
    _ = turn.language.text
    trips = offices.trips_from(turn.session, turn.speaker.id, turn.day)
    current = [trip for trip in trips if trip.from_date <= turn.day]
    for trip in current or trips:
        trip.ended_at = turn.now
        turn.log("trip_ended", subject=trip)
    for unit in turn.units() if trips else []:
        turnover.look_later(turn.session, unit, f"back:{turn.speaker.id}", turn.now)
    if current:
        text = _("Welcome back. Reports are asked of you again.")
    elif trips:
        text = _("The trip is off. Reports are asked of you.")
    else:
        text = _("No trip of yours is noted. Reports are asked of you.")
    turn.show(text, [Button(_("Menu"), open_menu)])
