"""What was not done falls to the directors: on one card, whatever of its kind falls to them at once."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from markupsafe import Markup

from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Message, lines
from handlers.engine.telling import tell_registrars
from handlers.requests.actions import open_question, open_undecided
from handlers.requests.presenting import missing_line, presenter_of, who
from locales import Language
from storage.messaging.outbox import BROADCAST
from storage.people.people import Person, contacts_of
from storage.requests import posts, prompts, requests
from storage.requests.policy import DIRECTORS, Step, morning
from storage.requests.requests import Request

MOST: Final = 8  # on one card; more are in the list


def put_to_directors(desk: Desk, row: Request, step: Step) -> None:
    """Tell those who can be reached, in sending hours, so that what comes until then is not asked about; where there is
    nobody who could decide, the registrars hear of it.
    """
    centre = desk.centre(row.centre_id)
    calendar = desk.calendar(centre)
    at, day = requests.put_at(calendar, row), desk.today(centre)
    if at is None:
        return
    people = presenter_of(row).readers(desk, row, step)
    reached = [one for one in people if contacts_of(desk.session, one.id)]
    moment = calendar.next_sending_time(max(at, desk.now))
    if moment > desk.now:
        requests.plan_again(desk.session, row, step.name, moment)
    elif reached:
        _tell(desk, row, step, reached)
    elif row.rules.extensions and (people or not posts.asked_of(desk.session, row, DIRECTORS, day)):
        key = f"undecided:{row.kind}:{day}"
        tell_registrars(desk, centre, partial(_nobody_decides, row), key=key)
        _note(desk, [row])


def _tell(desk: Desk, row: Request, step: Step, people: Iterable[Person]) -> None:
    """Each once for a step; whoever is told of any request that day hears of it on the next working morning."""
    centre = desk.centre(row.centre_id)
    day, put = desk.today(centre), dict[int, Request]()
    for person in people:
        if prompts.was_told(desk.session, row.id, person.id, requests.directors_step(row)):
            continue
        if prompts.is_told_on(desk.session, person.id, day):
            again = morning(desk.calendar(centre), day + timedelta(days=1))
            requests.plan_again(desk.session, row, step.name, again)
            continue
        rows = _falling(desk, row, step, person)
        outbox_id = desk.tell(person, partial(_card, desk, rows, person), lane=BROADCAST)
        assert outbox_id is not None, "he has a chat"
        for one in rows:
            named = requests.directors_step(one)
            prompts.put(desk.session, one.id, person.id, named, day, desk.now, outbox_id)
            put[one.id] = one
    _note(desk, put.values())


def _falling(desk: Desk, row: Request, step: Step, person: Person) -> list[Request]:
    """This one, and what else of its kind falls to the directors by now and was not told this one of them."""
    calendar, found = desk.calendar(desk.centre(row.centre_id)), []
    for one in requests.open_of_kind(desk.session, row):
        at, shown = requests.put_at(calendar, one), presenter_of(one)
        is_due = at is not None and at <= desk.now and not shown.is_settled(desk, one)
        named = requests.directors_step(one)
        if is_due and not prompts.was_told(desk.session, one.id, person.id, named):
            found += [one] if person in shown.readers(desk, one, step) else []
    return found


def _note(desk: Desk, rows: Iterable[Request]) -> None:
    """From now on these wait for a decision, where there is any to be made."""
    for row in rows:
        row.director_asked_at = desk.now if row.rules.extensions else None
        presenter_of(row).told(desk, row, row.rules.asks_directors)


def _card(desk: Desk, rows: Sequence[Request], reader: Person, language: Language) -> Message:
    """One with its own card, or several to choose from."""
    shown, rest = presenter_of(rows[0]), len(rows) - MOST
    if len(rows) == 1:
        return shown.card(desk, language, rows[0], reader, rows[0].rules.asks_directors)
    text = lines(
        Markup("<b>{}</b>").format(language.text(shown.unanswered)),
        *(missing_line(desk, language, one) for one in rows[:MOST]),
        language.count("and {n} more", "and {n} more", rest) if rest > 0 else "",
        language.text(shown.note) if shown.note else "",
    )
    if rest > 0:
        return Message(text, [[Button(language.text("Missing reports"), open_undecided)]])
    labels = [who(desk, one) for one in rows]
    if len(set(labels)) < len(rows):
        labels = [shown.missing(desk, language, one) for one in rows]
    choices = [Button(label, open_question, request=one.id) for label, one in zip(labels, rows, strict=True)]
    return Message(text, [[choice.numbered(number)] for number, choice in enumerate(choices, 1)])


def _nobody_decides(row: Request, language: Language) -> Message:
    missing = Markup("<b>{}</b>").format(language.text(presenter_of(row).unanswered))
    nobody = language.text("The director is not connected: nobody can decide what to do.")
    return Message(lines(missing, nobody))
