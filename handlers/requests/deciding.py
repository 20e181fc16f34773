"""What never came is put to the director: more time, or the question again tomorrow. Nothing is decided by itself."""

from datetime import datetime, timedelta

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import Action, Button, Message, lines
from handlers.engine.picking import pick
from handlers.engine.turn import Answered, Turn
from handlers.menu.actions import open_menu
from handlers.requests import actions
from handlers.requests.actions import DIRECTOR
from handlers.requests.asking import answering, tell
from handlers.requests.presenting import missing_line, presenter_of
from locales import Language
from storage.people.offices import heads_of
from storage.people.people import Role
from storage.requests import prompts, requests
from storage.requests.policy import SHARE, Step, morning
from storage.requests.requests import Request

conversation = Conversation("requests_deciding")
EXTENDED = Step("extended", SHARE)
SUPERIOR = "superior"  # a decision for good: somebody above is asked to see to it


# --- what waits for it ---


def is_his_to_decide(turn: Turn, row: Request) -> bool:
    return row.is_undecided and Role.DIRECTOR in turn.roles


def undecided(turn: Turn) -> list[Request]:
    """What waits for the speaker's decision as a director, the oldest deadline first."""
    if Role.DIRECTOR not in turn.roles:
        return []
    rows = requests.undecided(turn.session, turn.home.id)
    return [row for row in rows if not presenter_of(row).is_settled(turn, row)]


@conversation.does(actions.open_undecided)
def open_undecided(turn: Turn) -> None:
    turn_page(turn, page=0)


@conversation.button("rv", may=DIRECTOR)
def turn_page(turn: Turn, page: int) -> None:
    _, rows = turn.language.text, undecided(turn)
    text = _("What do you want to decide on?") if rows else _("Nothing waits for your decision.")
    choices = [
        Button(presenter_of(row).missing(turn, turn.language, row), actions.open_question, request=row.id)
        for row in rows
    ]
    pick(turn, text, choices, page, turn_page, [Button(_("Back"), open_menu)])


@conversation.does(actions.open_question)
def open_question(turn: Turn, request: int) -> None:
    row = question(turn, request)
    step = row.rules.asks_directors
    turn.show(presenter_of(row).card(turn, turn.language, row, turn.speaker, step))


def question(turn: Turn, request: int) -> Request:
    """The request while the director may decide on it; else it is said how it stands (Answered)."""
    row = requests.request_locked(turn.session, request)
    if row is None or row.centre_id != turn.home.id or not row.rules.asks_directors:
        _show(turn, turn.language.text("There is nothing to decide here any more."))
        raise Answered
    is_over = row.settled_at is not None or presenter_of(row).is_settled(turn, row)
    if is_over or (row.rules.extensions and not row.is_undecided):
        done(turn, row, _standing(turn, row, is_over=is_over))
        raise Answered
    return row


def _standing(turn: Turn, row: Request, *, is_over: bool) -> Markup:
    _ = turn.language.text
    if is_over:
        return _("The centre has received it.")
    if row.decision == SUPERIOR:
        return _("It has been decided to turn to the superior.")
    if row.extended_to is not None:
        return _("It has been extended to {due}.", due=turn.language.moment(row.extended_to))
    return _("There is nothing to decide here any more.")


def done(turn: Turn, row: Request, *said: Markup | str) -> None:
    """How it stands now, and the way to what is left."""
    _show(turn, missing_line(turn, turn.language, row), *said)


def _show(turn: Turn, *said: Markup | str) -> None:
    _ = turn.language.text
    left = [[Button(_("Missing reports"), actions.open_undecided)]] if undecided(turn) else []
    turn.show(Message(lines(*said), [*left, [Button(_("Menu"), open_menu)]]))


# --- the ways that every kind has ---


def ways(language: Language, row: Request) -> list[list[Button]]:
    """Below the director's card."""
    _ = language.text
    return [
        [Button(_("Call first"), call_first, request=row.id)],
        [Button(_("Extend"), choose_days, request=row.id)],
        [Button(_("Back"), open_undecided)],
    ]


@conversation.button("rqa", may=DIRECTOR)
def call_first(turn: Turn, request: int) -> None:
    """Whom to call; the same question comes on the next working morning, unless it has been done by then."""
    row, at = question(turn, request), morning(turn.calendar(turn.home), turn.day + timedelta(days=1))
    prompts.file_away(turn.session, row.id, requests.directors_step(row), turn.now)
    requests.plan_again(turn.session, row, row.rules.asks_directors, at)
    row.director_asked_at = at
    presenter_of(row).log(turn, row, "call")
    again = turn.language.text(
        "If it has not come by {moment}, the assistant asks you again.", moment=turn.language.moment(at)
    )
    done(turn, row, *_phones(turn, row), again)


def _phones(turn: Turn, row: Request) -> list[Markup]:
    """The heads of the unit, then their deputies, with their numbers."""
    _, unit = turn.language.text, row.organisation_id
    heads, deputies = heads_of(turn.session, row.centre_id, unit, turn.day) if unit is not None else ([], [])
    people = [(_("Head of unit"), one) for one in heads] + [(_("Deputy"), one) for one in deputies]
    no_phone = _("no phone number is recorded")
    told = [
        _("{role}: {name}, {phone}", role=role, name=one.name, phone=one.phone or no_phone)
        for role, one in people
    ]
    return told or [_("No head of this unit is recorded.")]


@conversation.button("rqx", may=DIRECTOR)
def choose_days(turn: Turn, request: int) -> None:
    row = question(turn, request)
    asked = turn.language.text("By how many working days shall it be extended?")
    choices = day_choices(turn, turn.language, row, extend, request=row.id)
    back = [Button(turn.language.text("Back"), open_question, request=row.id)]
    turn.show(Message(lines(missing_line(turn, turn.language, row), asked), [*choices, back]))


def day_choices(
    desk: Desk, language: Language, row: Request, choose: Action, **ids: int
) -> list[list[Button]]:
    """The days its policy allows, for a button with these ids and `days`, such as "3 ngày (đến 08/12)"."""
    calendar, choices = desk.calendar(desk.centre(row.centre_id)), []
    for days in row.rules.extensions:
        until = language.local(requests.later(calendar, row, days, desk.now))
        day = language.short_day(until.date())
        label = language.count("{n} day (to {day})", "{n} days (to {day})", days, day=day)
        choices.append([Button(label, choose, **ids, days=days)])
    return choices


@conversation.button("rqe", may=DIRECTOR)
def extend(turn: Turn, request: int, days: int) -> None:
    """Whoever answers for it has more time and is told so; the reminders begin anew."""
    _, row = turn.language.text, question(turn, request)
    if days not in row.rules.extensions:
        choose_days(turn, request=request)
        return
    until, told = give_time(turn, row, days)
    said = _("The unit has until {moment}.", moment=turn.language.moment(until))
    done(turn, row, said, _("The unit is being told.") if told else _("Nobody of the unit is connected."))


def give_time(turn: Turn, row: Request, days: int) -> tuple[datetime, bool]:
    """So many working days more, for whoever answers for it: the new deadline, and whether he was told of it. What the
    director was asked about is decided thereby.
    """
    presenter_of(row).log(turn, row, "extend")
    until = requests.extend(turn.session, turn.calendar(turn.home), row, days, turn.now)
    return until, bool(tell(turn, row, EXTENDED, answering(turn, row), by_clock=False))
