"""What a head settles about his unit: whether its liaison officer prepares reports, and when he is away."""

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.messages import Button, Message, lines
from handlers.engine.turn import Turn
from handlers.menu.actions import open_menu
from handlers.units import actions
from storage.base.engine import lock
from storage.people import offices
from storage.people.people import UNIT, Organisation, Role, holders

conversation = Conversation("unit_settings")


@conversation.does(actions.open_units)
def open_units(turn: Turn) -> None:
    turn.show(_card(turn))


def _card(turn: Turn, done: Markup | str = "") -> Message:
    _ = turn.language.text
    units = [turn.session.get(Organisation, unit) for unit in turn.units()]
    told, ways = [], []
    for unit in (one for one in units if one is not None):
        told.append(_liaison_line(turn, unit))
        on = not unit.options.get("liaison_prepares")
        label = _("Liaison prepares") if on else _("I prepare it myself")
        name = _("Deputy")
        if len(units) > 1:
            label = _("{what}: {unit}", what=label, unit=unit.name)
            name = _("{what}: {unit}", what=name, unit=unit.name)
        ways.append([Button(label, set_liaison, unit=unit.id, on=int(on))])
        ways.append([Button(name, actions.open_deputies, unit=unit.id)])
    away = offices.trips_from(turn.session, turn.speaker.id, turn.day)
    told += [_trip_line(turn, trip) for trip in away]
    back = [[Button(_("I am back"), actions.come_back)]] if away else []
    travel = [[Button(_("I am travelling"), actions.ask_days)], *back, [Button(_("Back"), open_menu)]]
    return Message(lines(done, *told), [*ways, *travel])


def _liaison_line(turn: Turn, unit: Organisation) -> Markup:
    _ = turn.language.text
    officers = holders(
        turn.session, {Role.LIAISON_OFFICER}, unit.centre_id, turn.day, organisation_id=unit.id
    )
    names = {"unit": unit.name, "names": ", ".join(one.name for one in officers)}
    if unit.options.get("liaison_prepares"):
        on = _("{unit}: the liaison officer prepares reports, you send them.", **names)
    else:
        on = _("{unit}: reports are filled in by the head alone.", **names)
    nobody = _("The centre knows no liaison officer of this unit yet.")
    return lines(on, _("Liaison officer: {names}.", **names) if officers else nobody)


def _trip_line(turn: Turn, trip: offices.Trip) -> Markup:
    _, day = turn.language.text, turn.language.year_day
    return _("Away: {first} – {last}.", first=day(trip.from_date), last=day(trip.to_date))


@conversation.button("hn", may=UNIT)
def set_liaison(turn: Turn, unit: int, on: int) -> None:
    """For the unit's own heads only."""
    _ = turn.language.text
    row = lock(turn.session, Organisation, unit) if unit in turn.units() else None
    if row is None:
        turn.show(_card(turn, _("That unit is not yours to settle.")))
        return
    row.options = {**row.options, "liaison_prepares": bool(on)}
    turn.log("liaison_prepares_on" if on else "liaison_prepares_off", subject=row)
    turn.show(_card(turn))
