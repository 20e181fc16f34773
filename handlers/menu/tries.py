"""Wrong codes and years of birth: counted a chat, locked after five within an hour (business time), and counted for the
link and the address a chat came by, for whoever opens chat after chat.
"""

from collections.abc import Sequence
from datetime import datetime

from markupsafe import Markup

from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Link, lines
from handlers.engine.telling import tell_registrars
from handlers.engine.turn import Answered, Turn
from handlers.menu.actions import open_menu
from handlers.menu.menu import phone_line
from locales import Language
from storage.joining import invites
from storage.people.people import Centre


def refuse_locked(turn: Turn) -> None:
    """A locked chat is told until when, and nothing it tries is looked at (Answered)."""
    sources = turn.incoming.sources
    until = invites.locked_until(turn.session, turn.account.id, turn.chat, turn.now, sources)
    if until is not None:
        turn.met.append("codes")
        turn.done()
        turn.say(_locked(turn, until))
        raise Answered


def count_wrong(turn: Turn, sentence: Markup, buttons: Sequence[Sequence[Button | Link]] = ()) -> bool:
    """Count a wrong try and say what was wrong with it. False when that was the one that locks the chat."""
    sources = turn.incoming.sources
    left_over = invites.note_wrong_try(turn.session, turn.account.id, turn.chat, turn.now, sources)
    if left_over == 0:
        _lock(turn)
        return False
    n_ = turn.language.count
    more = n_("{n} more try within this hour.", "{n} more tries within this hour.", left_over)
    if turn.person is not None:
        buttons = [[Button(turn.language.text("Menu"), open_menu)]]
    turn.say(lines(sentence, more, phone_line(turn)), *buttons)
    return True


def _locked(turn: Turn, until: datetime) -> Markup:
    _ = turn.language.text
    time = turn.language.moment(until)
    text = _("There were too many wrong tries. Codes are looked at again from {time}.", time=time)
    return lines(text, phone_line(turn))


def _lock(turn: Turn) -> None:
    """Once an hour the registrars hear of a link, however many chats it opens; of a chat without one, each time."""
    turn.met.append("codes")
    until = turn.now + invites.LOCK_LASTS
    turn.done()
    turn.say(_locked(turn, until))

    source = next(iter(turn.incoming.sources), "") or turn.chat
    tell_of_guessing(turn, turn.home, turn.account.id, source, until)


def tell_of_guessing(desk: Desk, centre: Centre, account_id: int, source: str, until: datetime) -> None:
    """The registrars hear of it: `source` is a link or an address, or else the chat that is locked."""

    def alarm(language: Language) -> Markup:
        return language.text(
            "Somebody has tried {n} wrong codes or years of birth within an hour. The chat is locked until "
            "{time}. If anyone calls about a code, please make sure who it is before you issue one.",
            n=invites.MOST_TRIES,
            time=language.moment(until),
        )

    hour = f"{desk.now:%Y-%m-%dT%H}" if ":" in source else desk.now.isoformat()
    key = f"locked:{account_id}:{hour}:{source}"
    tell_registrars(desk, centre, alarm, key=key, at_once=True)
