"""The board of whatever is asked for: who has done it, who has not, and why."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.messages import Button, Message, fit, lines
from handlers.engine.picking import pick
from handlers.engine.turn import Turn
from handlers.menu.actions import open_menu
from handlers.requests.asking import answering, is_asked_for
from handlers.requests.presenting import capital, deadline, not_there, presenter_of, who
from handlers.requests.reasons import why
from locales import later
from storage.people.people import STAFF
from storage.requests import requests
from storage.requests.requests import Request
from storage.requests.silence import silences

conversation = Conversation("requests_board")


@conversation.command(
    "theodoi",
    words=later("what is asked for, who has not answered"),
    about=later("What is asked for, and who has not done it"),
    may=STAFF,
)
def open_board(turn: Turn) -> None:
    turn_page(turn, page=0)


@conversation.button("rqb", may=STAFF)
def turn_page(turn: Turn, page: int) -> None:
    """All that is asked for now, the most urgent first: a line for what is asked of several at once."""
    _ = turn.language.text
    found: dict[tuple[Any, ...], list[Request]] = {}
    for row in requests.open_of_centre(turn.session, turn.home.id, turn.now):
        if is_asked_for(turn, row):
            found.setdefault((row.kind, row.opens_at, row.due_at, _name(turn, row)), []).append(row)
    names = [name for _kind, _opens, _due, name in found]
    told = [
        _("{n}. {what}: {missing} not done", n=n, what=name, missing=len(rows))
        for n, (name, rows) in enumerate(zip(names, found.values(), strict=True), 1)
    ]
    choices = [
        _opening(turn, rows).called(f"{n}. {name.unescape()}" if turn.can.buttons is None else name)
        for n, (name, rows) in enumerate(zip(names, found.values(), strict=True), 1)
    ]
    head = (
        _("<b>What is asked for now</b>, the most urgent first:") if found else _("Nothing is asked for now.")
    )
    shown = fit(told, turn.room, lambda n: turn.language.count("and {n} more", "and {n} more", n))
    pick(turn, lines(head, shown), choices, page, turn_page, [Button(_("Menu"), open_menu)])


def _opening(turn: Turn, rows: Sequence[Request]) -> Button:
    """What is the reader's own to do opens itself; anything else, who has done it."""
    if len(rows) == 1 and turn.speaker in answering(turn, rows[0]):
        return presenter_of(rows[0]).line(turn, turn.language, rows[0])[1]
    return Button("", open_asked, request=rows[0].id)


def _name(turn: Turn, row: Request) -> Markup:
    return capital(presenter_of(row).line(turn, turn.language, row)[0])


@conversation.button("rqg", may=STAFF)
def open_asked(turn: Turn, request: int) -> None:
    """Of each whom it is asked of, whether he has done it, and why not; who has not comes first."""
    _ = turn.language.text
    row = turn.session.get(Request, request)
    row = turn.need(row if row is not None and row.centre_id == turn.home.id else None, not_there)
    name = _name(turn, row)
    asked = [one for one in requests.siblings(turn.session, row) if _name(turn, one) == name]
    missing = [one for one in asked if is_asked_for(turn, one)]
    known = silences(turn.session, ZoneInfo(turn.home.zone), missing, turn.now)
    told = [
        *(
            _("{who}: NOT done; {why}", who=who(turn, one), why=why(turn.language, known[one.id]))
            for one in missing
        ),
        *(_("{who}: done", who=who(turn, one)) for one in asked if one not in missing),
    ]
    counted = _("Done: {done} of {n}.", done=len(asked) - len(missing), n=len(asked))
    head = lines(Markup("<b>{}</b>").format(name), deadline(turn.language, row), counted)
    more = fit(told, turn.room, lambda n: turn.language.count("and {n} more", "and {n} more", n))
    turn.show(Message(lines(head, more), [[Button(_("Back"), turn_page, page=0)]]))
