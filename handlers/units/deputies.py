"""A head names his own deputy, for some time or for good, and ends it. Days are the centre's.

Who may is looked at at every press: a deputy names nobody, and whoever heads the unit no longer neither.
"""

from datetime import date
from typing import Final

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.messages import Button, Message, lines
from handlers.engine.picking import pick
from handlers.engine.telling import tell_registrars
from handlers.engine.turn import Answered, Turn
from handlers.menu.actions import cancel, open_menu
from handlers.menu.menu import phone_line
from handlers.units import actions
from locales import Language, later
from storage.base.text import nfc, parse_date, phone
from storage.joining import invites
from storage.joining.grants import give
from storage.people import offices
from storage.people.people import UNIT, Organisation, Person, Role, contacts_of, new_invite
from storage.reports import signing
from storage.requests import turnover

conversation = Conversation("deputies")

NEW: Final = "deputy_new"  # somebody typed whom the centre does not know, until he is added
LONGEST_NAME: Final = 60  # characters


# --- whose unit ---


def appoints(turn: Turn, unit: int) -> bool:
    """Whether the speaker heads this unit himself."""
    mine = (one for one in turn.grants if one.role == Role.UNIT_HEAD and one.organisation_id == unit)
    return any(one.deputy_of is None for one in mine)


def _own(turn: Turn, unit: int) -> Organisation:
    """The unit, if the speaker heads it himself; else he is told so (Answered)."""
    if appoints(turn, unit):
        return turn.session.get_one(Organisation, unit)  # one with a head is never deleted
    turn.show(_only_head(turn), [Button(turn.language.text("Menu"), open_menu)])
    raise Answered


def _only_head(turn: Turn) -> Markup:
    return turn.language.text("Only the head of the unit names its deputy.")


@conversation.command("", words=later("deputy, name a deputy"), may=UNIT)
def deputies_typed(turn: Turn) -> None:
    mine = [unit for unit in turn.units() if appoints(turn, unit)]
    if len(mine) > 1:
        actions.open_units(turn)
    else:
        open_deputies(turn, unit=next(iter(mine), 0))


@conversation.does(actions.open_deputies)
def open_deputies(turn: Turn, unit: int) -> None:
    _show(turn, _own(turn, unit))


def _show(turn: Turn, unit: Organisation, said: Markup | str = "") -> None:
    """Who the unit's deputies are, until when, and what can be done."""
    _ = turn.language.text
    found = offices.deputies_of(turn.session, unit.id, turn.day)
    told = [
        _line(turn.language, person, grant.to_date, connected=bool(contacts_of(turn.session, person.id)))
        for person, grant in found
    ]
    ends = [Button(person.name, ask_end, unit=unit.id, person=person.id) for person, _grant in found]
    ends = [one.called(_("End it")) for one in ends] if len(ends) == 1 else ends
    which = _("To end it for one of them, please choose the name.") if len(ends) > 1 else ""
    name = [Button(_("Name a deputy"), choose, unit=unit.id, page=0)]
    nobody = _("{unit} has no deputy known to the centre.", unit=unit.name)
    head = _("<b>Deputies of {unit}</b>", unit=unit.name)
    text = lines(said, head, *(told or [nobody]), which, _duties(turn.language))
    turn.show(text, name, *([one] for one in ends), [Button(_("Back"), actions.open_units)])


def _line(language: Language, person: Person, until: date | None, *, connected: bool) -> Markup:
    _ = language.text
    name = {"name": person.name, "until": until_words(language, until)}
    if connected:
        return _("- comrade {name}, {until}", **name)
    return _("- comrade {name}, {until}; not connected with the assistant yet", **name)


def until_words(language: Language, until: date | None) -> Markup:
    if until is None:
        return language.text("until further notice")
    return language.text("until {day}", day=language.year_day(until))


def _duties(language: Language) -> Markup:
    return language.text("A deputy is asked while the head is away or does not answer, and signs for him.")


# --- whom ---


@conversation.button("hdb", may=UNIT)
def choose(turn: Turn, unit: int, page: int) -> None:
    row = _own(turn, unit)
    _ = turn.language.text
    people = _candidates(turn, unit)
    choices = [Button(one.name, choose_time, unit=unit, person=one.id) for one in people]
    other = [Button(_("Somebody else"), ask_name, unit=unit)]
    text = _("Who is to be deputy of {unit}?", unit=row.name)
    pick(turn, text, choices, page, choose, other, [Button(_("Back"), open_deputies, unit=unit)], unit=unit)


def _candidates(turn: Turn, unit: int) -> list[Person]:
    """The unit's people, those with a role there first; neither its heads nor the speaker."""
    with_role = signing.candidates(turn.session, unit, turn.speaker.id, turn.day)
    people = {one.id: one for one in [*with_role, *offices.people_of(turn.session, unit)]}
    heads, _deputies = offices.heads_of(turn.session, turn.home.id, unit, turn.day)
    return [one for one in people.values() if one.id not in {turn.speaker.id, *(head.id for head in heads)}]


def _candidate(turn: Turn, unit: int, person_id: int) -> Person:
    """Who can be named now; else the unit's people are offered (Answered)."""
    found = next((one for one in _candidates(turn, unit) if one.id == person_id), None)
    if found is None:
        choose(turn, unit=unit, page=0)
        raise Answered
    return found


@conversation.button("hdc", may=UNIT)
def ask_name(turn: Turn, unit: int) -> None:
    _own(turn, unit)
    _ask_name(turn, unit)


def _ask_name(turn: Turn, unit: int, why: Markup | str = "") -> None:
    _ = turn.language.text
    text = _("Please type the full name and the phone number, such as: Nguyễn Văn A 0912345678")
    turn.ask(name_typed, unit=unit)
    turn.show(lines(why, text), [Button(_("Cancel"), cancel)])


@conversation.step("deputy_name", may=UNIT)
def name_typed(turn: Turn, text: str, unit: int) -> None:
    """One of the unit's people is taken; somebody the centre does not know is added, once that is confirmed."""
    row, _ = _own(turn, unit), turn.language.text
    words = nfc(text).replace(",", " ").split()
    start = next((place for place, word in enumerate(words) if word[0] in "+0123456789"), len(words))
    name, number = " ".join(words[:start]), phone(" ".join(words[start:]))
    if number is None or start < 2 or len(name) > LONGEST_NAME:
        _ask_name(
            turn, unit, _("The name or the phone number in “{text}” was not understood.", text=text[:80])
        )
        return
    known = offices.people_known(turn.session, row.centre_id, name, number)
    mine = [one for one in known if one in _candidates(turn, unit)]
    if len(mine) == 1:
        choose_time(turn, unit=unit, person=mine[0].id)
    elif known:
        said = _(
            "The centre knows this number as somebody else's. Please call it to have the deputy entered."
        )
        _show(turn, row, lines(said, phone_line(turn)))
    else:
        turn.hold(NEW, unit=unit, person=name, phone=number)
        asked = _(
            "The centre does not know comrade {name}, {phone}. Add to {unit}?",
            name=name,
            phone=number,
            unit=row.name,
        )
        turn.show(asked, [Button(_("Add"), add, unit=unit)], [Button(_("Cancel"), cancel)])


@conversation.button("hdd", may=UNIT, aside=True)
def add(turn: Turn, unit: int) -> None:
    row, told = _own(turn, unit), turn.held(NEW)
    if told.get("unit") != unit:
        _show(turn, row)
        return
    turn.done()
    person = offices.add_person(turn.session, row, told["person"], told["phone"])
    turn.log(offices.ADDED, subject=person, about=person)
    choose_time(turn, unit=unit, person=person.id)


# --- until when ---


@conversation.button("hde", may=UNIT)
def choose_time(turn: Turn, unit: int, person: int) -> None:
    _own(turn, unit)
    one, _ = _candidate(turn, unit, person), turn.language.text
    ids = {"unit": unit, "person": person}
    turn.show(
        lines(_("Comrade {name}: deputy until when?", name=one.name), _duties(turn.language)),
        [Button(_("Until further notice"), look, **ids, last=0)],
        [Button(_("Until a day"), ask_day, **ids)],
        [Button(_("Back"), choose, unit=unit, page=0)],
    )


@conversation.button("hdf", may=UNIT)
def ask_day(turn: Turn, unit: int, person: int) -> None:
    _own(turn, unit)
    _ask_day(turn, unit, person)


def _ask_day(turn: Turn, unit: int, person: int, why: Markup | str = "") -> None:
    _ = turn.language.text
    text = _(
        "Until which day, included? Please type it, such as {day}.", day=turn.language.year_day(turn.day)
    )
    turn.ask(day_typed, unit=unit, person=person)
    turn.show(lines(why, text), [Button(_("Cancel"), cancel)])


@conversation.step("deputy_day", may=UNIT)
def day_typed(turn: Turn, text: str, unit: int, person: int) -> None:
    day, _ = parse_date(text, today=turn.day), turn.language.text
    if day is None:
        _ask_day(turn, unit, person, _("The day in “{text}” was not understood.", text=text[:80]))
    elif day < turn.day:
        _ask_day(turn, unit, person, _("{day} is over already.", day=turn.language.full_day(day)))
    else:
        look(turn, unit=unit, person=person, last=day.toordinal())


@conversation.button("hdg", may=UNIT)
def look(turn: Turn, unit: int, person: int, last: int) -> None:
    """Look before naming."""
    row, until = _own(turn, unit), _day_at(last)
    one, _ = _candidate(turn, unit, person), turn.language.text
    text = _("Comrade {name} is to be deputy of {unit} {until}.", name=one.name, unit=row.name,
             until=until_words(turn.language, until))  # fmt: skip
    ways = [
        [Button(_("Name as deputy"), name_deputy, unit=unit, person=person, last=last)],
        [Button(_("Back"), choose_time, unit=unit, person=person)],
    ]
    turn.show(text, *ways)


def _day_at(number: int) -> date | None:
    return date.fromordinal(number) if 0 < number <= date.max.toordinal() else None


# --- naming and ending ---


@conversation.button("hdh", may=UNIT)
def name_deputy(turn: Turn, unit: int, person: int, last: int) -> None:
    """From today on; he and the registrars are told. Who is not connected gets a way in."""
    row, until = _own(turn, unit), _day_at(last)
    one, _ = _candidate(turn, unit, person), turn.language.text
    if until is not None and until < turn.day:
        _ask_day(turn, unit, person, _("{day} is over already.", day=turn.language.full_day(until)))
        return
    is_new = give(
        turn.session, one, Role.UNIT_HEAD, turn.now, turn.day, unit_id=unit, until=until, is_deputy=True
    )
    if not is_new:
        _show(turn, row)
        return
    turn.log("deputy_named", subject=row, about=one)
    _show(turn, row, lines(_("Named."), _told(turn, row, one, until)))


def _told(turn: Turn, unit: Organisation, one: Person, until: date | None) -> Markup:
    """Tell the deputy and the registrars; how the deputy, if no chat reaches him, comes in.

    The head is given the code of somebody of whom the centre has nothing but what he himself has told; whoever else
    is not connected yet gets his from the registrars.
    """
    _ = turn.language.text
    named = {"name": one.name, "unit": unit.name, "head": turn.speaker.name}
    if _tell(turn, one, later("Comrade {head} has named you deputy of {unit}, {until}."), named, until):
        code, way = "", _("Comrade {name} and the centre are told.", name=one.name)
    elif offices.is_added_by(turn.session, one, turn.speaker.id):
        code, way = "", _code_to_give(turn, one)
    else:
        code = new_code(turn, one)
        way = _("Comrade {name} is not connected yet; the centre has been asked for a slip.", name=one.name)

    def registrars(language: Language) -> Markup:
        message = later("Comrade {head} has named comrade {name} deputy of {unit}, {until}.")
        needed = language.text("Not connected yet. Please give the deputy this code: {code}", code=code)
        told = language.text(message, **named, until=until_words(language, until))
        return lines(told, needed if code else "")

    heard = tell_registrars(
        turn, turn.home, registrars, key=f"deputy:{unit.id}:{one.id}:{turn.now.isoformat()}"
    )
    return way if heard or not code else lines(_("Please call the centre about it."), phone_line(turn))


def _code_to_give(turn: Turn, one: Person) -> Markup:
    _, code, days = turn.language.text, new_code(turn, one), invites.SLIPS_LIVE.days
    given = _("Please give comrade {name} this code to connect with: {code} ({n} days).", name=one.name, code=code,
              n=days)  # fmt: skip
    return lines(given, turn.links.start(code))


def new_code(turn: Turn, one: Person) -> str:
    return new_invite(turn.session, turn.links.keyring, one.id, turn.now, invites.SLIPS_LIVE)[1]


def _tell(turn: Turn, one: Person, said: str, named: dict[str, str], until: date | None = None) -> bool:
    """Tell somebody in the centre's hours. False where nothing reaches him."""

    def build(language: Language) -> Message:
        text = language.text(said, **named, until=until_words(language, until))
        return Message(lines(text, _duties(language)), [[Button(language.text("Menu"), open_menu)]])

    due = turn.calendar(turn.home).next_sending_time(turn.now)
    return turn.tell(one, build, due=due) is not None


@conversation.button("hdi", may=UNIT)
def ask_end(turn: Turn, unit: int, person: int) -> None:
    row, _ = _own(turn, unit), turn.language.text
    one = turn.session.get(Person, person)
    name = one.name if one is not None else ""
    ways = [
        [Button(_("End it"), end, unit=unit, person=person)],
        [Button(_("Back"), open_deputies, unit=unit)],
    ]
    if any(deputy.id == person for deputy, _grant in offices.deputies_of(turn.session, unit, turn.day)):
        turn.show(_("Is comrade {name} to be deputy of {unit} no longer?", name=name, unit=row.name), *ways)
    else:
        _show(turn, row)


@conversation.button("hdj", may=UNIT)
def end(turn: Turn, unit: int, person: int) -> None:
    """From this moment on; reports in his hands come back to the head."""
    row, _ = _own(turn, unit), turn.language.text
    found = [one for one in offices.deputies_of(turn.session, unit, turn.day) if one[0].id == person]
    for one, grant in found:
        offices.end_grant(turn.session, grant, turn.day)
        turnover.look_later(turn.session, unit, f"grant:{grant.id}", turn.now)
        turn.log("deputy_ended", subject=row, about=one)
        named = {"name": one.name, "unit": row.name, "head": turn.speaker.name}
        over = later("Comrade {name} is deputy of {unit} no longer (ended by comrade {head}).")
        due = turn.calendar(turn.home).next_sending_time(turn.now)
        turn.tell(one, lambda language: language.text(over, **named), due=due)  # noqa: B023  built at once
        key = f"deputy-end:{grant.id}:{turn.now.isoformat()}"
        tell_registrars(turn, turn.home, lambda language: language.text(over, **named), key=key)  # noqa: B023  as above
    _show(
        turn, row, _("Ended; comrade {name} and the centre are told.", name=found[0][0].name) if found else ""
    )
