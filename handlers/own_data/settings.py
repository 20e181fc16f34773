"""Language, channel and kinds of message."""

from collections import Counter
from collections.abc import Sequence
from itertools import count

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.messages import Action, Button, Message, lines
from handlers.engine.turn import Turn
from handlers.menu.actions import open_menu
from handlers.menu.menu import refresh_keyboard
from handlers.reports.actions import open_classes
from handlers.units.actions import open_units
from locales import LANGUAGES, later
from storage.base.engine import lock
from storage.joining import mydata
from storage.messaging.accounts import ChannelAccount
from storage.people.people import STAFF, UNIT, Contact, Person, wants

conversation = Conversation("settings")

OWN_NAMES = {"vi": "Tiếng Việt", "en": "English"}  # a language is found by its own name in any language
LAST_USED = 0  # chosen instead of a contact: wherever the person wrote last


@conversation.button("st", menu=later("Settings"), rank=90)
@conversation.command(
    "caidat",
    words=later("settings, language, channel"),
    about=later("Settings: language, channel, reminders"),
)
def open_settings(turn: Turn) -> None:
    """The settings as they stand; a button says what it will change."""
    _ = turn.language.text
    reminders = wants(turn.speaker, "reminders")
    text = lines(
        _("<b>Settings</b>"),
        _("Language: {name}", name=OWN_NAMES[turn.language.code]),
        _("Messages come to: {channel}", channel=_current_channel(turn)),
        _("Reminders before a session: on") if reminders else _("Reminders before a session: off"),
        _digest(turn),
        _("Notices and requests for reports always come: the centre has to know that they reach you."),
    )
    other = next(code for code in LANGUAGES if code != turn.language.code)
    buttons = [[Button(OWN_NAMES[other], set_language, code=LANGUAGES.index(other))]]
    buttons.append(_switch(turn, "reminders", _("Turn reminders off"), _("Turn reminders on"), set_reminders))
    if turn.is_staff:
        buttons.append(_switch(turn, "digest", _("No morning digest"), _("Morning digest"), set_digest))
    if len(_reached(turn)) > 1:
        buttons.append([Button(_("Choose a channel"), open_channels)])
    if turn.roles & UNIT:
        buttons.append([Button(_("My unit"), open_units)])
    if turn.is_staff:
        buttons.append([Button(_("Report rhythm"), open_classes)])
    turn.show(text, *buttons, [Button(_("Back"), open_menu)])


def _digest(turn: Turn) -> Markup:
    """Whether the office's digest comes, to whom it could."""
    if not turn.is_staff:
        return Markup()
    _ = turn.language.text
    return _("Morning digest: on") if wants(turn.speaker, "digest") else _("Morning digest: off")


def _switch(turn: Turn, kind: str, off: str, on: str, action: Action) -> list[Button]:
    """The button that turns a kind of message off, or on again."""
    wanted = wants(turn.speaker, kind)
    return [Button(off if wanted else on, action, on=int(not wanted))]


@conversation.button("sl")
def set_language(turn: Turn, code: int) -> None:
    """Speak another language from this very answer on."""
    if not 0 <= code < len(LANGUAGES):
        open_settings(turn)
        return
    _mine(turn).language = LANGUAGES[code]
    turn.speak(LANGUAGES[code])
    open_settings(turn)
    refresh_keyboard(turn)


@conversation.button("sr")
def set_reminders(turn: Turn, on: int) -> None:
    _set(turn, "reminders", on)


@conversation.button("sd", may=STAFF)
def set_digest(turn: Turn, on: int) -> None:
    _set(turn, "digest", on)


def _set(turn: Turn, kind: str, on: int) -> None:
    person = _mine(turn)
    person.muted = {**person.muted, kind: not on}
    open_settings(turn)


def _mine(turn: Turn) -> Person:
    person = lock(turn.session, Person, turn.speaker.id)
    assert person is not None, "whoever speaks is stored"
    return person


# -- channels


@conversation.button("sc")
def open_channels(turn: Turn) -> None:
    turn.show(_channels(turn))


def _channels(turn: Turn, done: Markup | str = "") -> Message:
    _ = turn.language.text
    rows = _reached(turn)
    names = channel_names(rows)
    buttons = [[Button(names[contact.id], choose_channel, contact=contact.id)] for contact, _account in rows]
    last = [Button(_("Where I wrote last"), choose_channel, contact=LAST_USED)]
    text = lines(done, _("Where should the centre write to you?"))
    return Message(text, [*buttons, last, [Button(_("Back"), open_settings)]])


@conversation.button("sk")
def choose_channel(turn: Turn, contact: int) -> None:
    """Prefer one of one's own chats; a foreign or vanished one changes nothing."""
    _ = turn.language.text
    rows = _reached(turn)
    if contact != LAST_USED and contact not in {found.id for found, _account in rows}:
        turn.show(_channels(turn, _("That channel is not there any more, or not yours.")))
        return
    for found, _account in rows:
        locked = lock(turn.session, Contact, found.id)
        assert locked is not None, "contacts are closed, never deleted"
        locked.chosen = locked.id == contact
    open_settings(turn)


def _reached(turn: Turn) -> list[tuple[Contact, ChannelAccount]]:
    """The person's chats a message can go to."""
    rows = mydata.contacts(turn.session, turn.speaker.id)
    return [(contact, account) for contact, account in rows if contact.state == "active"]


def _current_channel(turn: Turn) -> str:
    rows = _reached(turn)
    chosen = [contact.id for contact, _account in rows if contact.chosen]
    if len(rows) > 1 and not chosen:
        return turn.language.text("where you wrote last")
    names = channel_names(rows)
    return names[chosen[0]] if chosen else ", ".join(names.values())


def channel_names(rows: Sequence[tuple[Contact, ChannelAccount]]) -> dict[int, str]:
    """What each chat is called: its account's kind, numbered where a person has several of a kind."""
    kinds = {contact.id: account.kind.replace("_", " ").title() for contact, account in rows}
    many = Counter(kinds.values())
    numbers = {kind: count(1) for kind in many}
    return {id_: f"{kind} {next(numbers[kind])}" if many[kind] > 1 else kind for id_, kind in kinds.items()}
