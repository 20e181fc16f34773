"""The ways in: a code on a slip, a link, a shared phone. Somebody unknown gets these and no data."""

import re
from datetime import timedelta
from typing import Final

from markupsafe import Markup

from handlers.engine.conversation import ANYONE, Conversation, misfit
from handlers.engine.messages import Button, Message, SharedContact, lines
from handlers.engine.telling import tell_registrars
from handlers.engine.turn import Turn
from handlers.home.home import home_card
from handlers.joining.binding import open_slip
from handlers.menu.actions import cancel
from handlers.menu.menu import phone_line, refresh_keyboard
from handlers.menu.tries import count_wrong, refuse_locked
from handlers.reports import receipts
from locales import Language, later
from storage.base.keyring import looks_like_code
from storage.base.text import nfc, phone
from storage.joining import invites
from storage.people.people import new_invite

conversation = Conversation("enrol")

LONGEST_INTRODUCTION: Final = 200  # characters of what a stranger says about himself
PHONE_SLIP_LIVES: Final = timedelta(days=1)
_YEAR: Final = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
_CODE_WORDS: Final = frozenset({"mã", "ma", "code"})


@conversation.on("start")
def started(turn: Turn, payload: str) -> None:
    """A deep link, a web link (its code stands before the dot of the signature) or a bare start."""
    turn.done()
    code = payload.partition(".")[0].strip()
    if code.startswith(receipts.START):
        receipts.opened(turn, code)
    elif code:
        try_code(turn, code)
    elif turn.person is not None:
        refresh_keyboard(turn)
        turn.say(home_card(turn, turn.language.text("Welcome back, {name}.", name=turn.person.name)))
    else:
        turn.say(_greeting(turn))
        _offer_phone(turn)


@conversation.command("start", may=ANYONE)
def start_typed(turn: Turn) -> None:
    started(turn, turn.rest)


@conversation.command("ma", words=later("code"), may=ANYONE)
def code_with_word(turn: Turn) -> None:
    code = "".join(turn.rest.split())
    if code and (turn.incoming.text.startswith("/") or looks_like_code(code)):
        try_code(turn, code)
    elif code:
        turn.table.events["unknown_words"](turn, turn.incoming.text)  # a sentence that begins with "mà"
    else:
        enter_code(turn)


@conversation.on("stranger")
def stranger(turn: Turn, text: str) -> None:
    """Whatever somebody unknown types or presses: a code is tried, anything else gets the ways in."""
    head, _space, tail = text.strip().partition(" ")
    code = tail if head.casefold().rstrip(":") in _CODE_WORDS else text
    if looks_like_code(code):
        try_code(turn, code)
    else:
        turn.say(_greeting(turn))


@conversation.on("left")
def left(turn: Turn) -> None:
    """The person blocked or left the bot: nothing reaches him here until he writes again."""
    if turn.contact is not None:
        turn.contact.state = "unreachable"


def _greeting(turn: Turn) -> Message:
    _ = turn.language.text
    hello = _("The automatic assistant of {centre} greets you.", centre=turn.home.name or _("the centre"))
    text = _("This account is not linked yet. If you have a slip, please enter its code.")
    if turn.home.phone:
        way = _("If you have none yet, please call {phone} during working hours.", phone=turn.home.phone)
    else:
        way = _("If you have none yet, please call the centre during working hours.")
    return Message(lines(hello, text, way), _ways_in(turn))


def _ways_in(turn: Turn) -> list[list[Button]]:
    _ = turn.language.text
    return [[Button(_("Enter a code"), enter_code)], [Button(_("Ask for a code"), ask_for_code)]]


# -- a code


@conversation.button("eb", may=ANYONE)
def enter_code(turn: Turn) -> None:
    _ = turn.language.text
    turn.ask(code_typed)
    text = _("Please type the code on your slip: 8 letters and digits, such as ABCD-2345.")
    turn.say(text, [Button(_("Cancel"), cancel)])


def try_code(turn: Turn, code: str) -> None:
    """Look at a code, unless the chat is locked: then even a right one is not looked at."""
    refuse_locked(turn)
    invite = invites.invite_with(turn.session, turn.links.keyring.hash_code(code))
    if invite is not None:
        open_slip(turn, invite)
        return
    _ = turn.language.text
    text = _("The centre does not know this code. Please compare it with your slip, letter by letter.")
    count_wrong(turn, text, _ways_in(turn))


code_typed = conversation.step("ec", may=ANYONE)(try_code)


# -- asking for a code


@conversation.button("ew", may=ANYONE)
def ask_for_code(turn: Turn) -> None:
    """The registrars hear that somebody asks, once a day a chat."""
    _ = turn.language.text
    if turn.person is not None:
        turn.show(home_card(turn))
        return

    def asked(language: Language) -> Markup:
        return language.text("Somebody who is not linked yet asks for a code, and may call you.")

    if not tell_registrars(turn, turn.home, asked, key=_once_a_day(turn, "asks")):
        turn.say(lines(_("Please call the centre for a code."), phone_line(turn)))
        return
    told = _("The centre has been told that you ask for a code.")
    _ask_name(turn, lines(told, _who_asks(turn), phone_line(turn)))
    _offer_phone(turn)


def _ask_name(turn: Turn, text: Markup) -> None:
    turn.ask(name_typed)
    turn.say(text, [Button(turn.language.text("Cancel"), cancel)])


def _who_asks(turn: Turn) -> Markup:
    return turn.language.text("So that it reaches the right person, please type your name and unit.")


@conversation.step("ei", may=ANYONE)
def name_typed(turn: Turn, text: str) -> None:
    if looks_like_code(text):
        try_code(turn, text)
        return
    words = nfc(text)
    if not words or len(words) > LONGEST_INTRODUCTION:
        why = misfit(turn.language, len(words), LONGEST_INTRODUCTION) if words else ""
        _ask_name(turn, lines(why, _who_asks(turn)))
        return

    def introduced(language: Language) -> Markup:
        return language.text(
            "Somebody who is not linked asks for a code and says: “{words}”. Please make sure who it is.",
            words=words,
        )

    tell_registrars(turn, turn.home, introduced, key=_once_a_day(turn, "introduced"))
    _ = turn.language.text
    turn.say(lines(_("Thank you. The centre will issue you a code or call you."), phone_line(turn)))


def _once_a_day(turn: Turn, what: str) -> str:
    return f"{what}:{turn.account.id}:{turn.day}:{turn.chat}"


# -- a shared phone


def _offer_phone(turn: Turn) -> None:
    _ = turn.language.text
    text = _("Where this app can share your own number, the number the centre knows links you as well.")
    turn.say(Message(text, asks_phone=_("Share my number")))


@conversation.on("contact")
def phone_shared(turn: Turn, shared: SharedContact) -> None:
    """Only one's own number counts. Numbers are shared and recycled, so the year of birth is asked too. Somebody else's
    card, sent by whoever is linked, is nothing that is read here.
    """
    if turn.person is not None and not shared.own:
        turn.table.events["other"](turn)
        return
    turn.done()
    refuse_locked(turn)
    _ = turn.language.text
    number = phone(shared.phone) if shared.own else None
    if number is None:
        text = _("Please share your own number, with the button of this app.")
        turn.say(Message(text, asks_phone=_("Share my number")))
        return
    _ask_year(turn, number)


def _ask_year(turn: Turn, number: str) -> None:
    _ = turn.language.text
    turn.ask(year_typed, number=number)
    text = _("Please type your year of birth, such as 1985.")
    turn.say(text, [Button(_("Cancel"), cancel)])


@conversation.step("ey", may=ANYONE)
def year_typed(turn: Turn, text: str, number: str) -> None:
    refuse_locked(turn)
    year = _YEAR.search(text)
    found = invites.people_with(turn.session, number, int(year[0])) if year else []
    if year is None:
        _ask_year(turn, number)
    elif len(found) == 1:
        keyring = turn.links.keyring  # nobody is told the code: the proof is enough
        invite, _code = new_invite(turn.session, keyring, found[0].id, turn.now, PHONE_SLIP_LIVES)
        open_slip(turn, invite)
    elif found:
        _say_ambiguous(turn, number)
    elif count_wrong(turn, turn.language.text("The centre knows nobody with this number and year of birth.")):
        _ask_year(turn, number)


def _say_ambiguous(turn: Turn, number: str) -> None:
    def several(language: Language) -> Markup:
        return language.text(
            "Somebody shared the number {phone}; several people have this number and year of birth. "
            "Please call it and issue a code to the right one.",
            phone=number,
        )

    tell_registrars(turn, turn.home, several, key=_once_a_day(turn, "several"))
    _ = turn.language.text
    text = _("The centre has to make sure who you are. It has been told and will issue you a code.")
    turn.say(lines(text, phone_line(turn)), [Button(_("Enter a code"), enter_code)])
