"""The menu by part and role, help, cancel, and the answers to buttons that lead nowhere."""

from collections.abc import Iterable, Iterator

from markupsafe import Markup

from handlers.engine.conversation import ANYONE, Conversation
from handlers.engine.messages import Action, Button, Message, lines, plain
from handlers.engine.router import Table
from handlers.engine.turn import Turn
from handlers.menu import actions
from handlers.menu.sections import LOOK_UP, SECTIONS
from locales import Language, later
from storage.base.text import fold
from storage.people.people import Role

conversation = Conversation("menu")

PAGE = 4  # entries on the card of a part, beside "More…" and "Back"
ROLE_NAMES = {
    Role.LEARNER: later("learner"),
    Role.UNIT_HEAD: later("head of unit"),
    Role.LIAISON_OFFICER: later("liaison officer"),
    Role.LECTURER: later("lecturer"),
    Role.CLASS_SUPERVISOR: later("class supervisor"),
    Role.REGISTRAR: later("registrar"),
    Role.DIRECTOR: later("director"),
    Role.DELEGATE: later("entrusted with a report"),
}


# -- the menu


def menu_card(turn: Turn, said: Markup | str) -> Message:
    """A sentence, and below it the parts of the menu that are open to whoever speaks."""
    return Message(said, section_rows(turn))


def section_rows(turn: Turn) -> list[list[Button]]:
    """The parts of the menu that hold anything for him, two a row."""
    mine = _sections(turn)
    parts = [
        Button(turn.language.text(name), open_section, section=place, page=0)
        for place, name in enumerate(SECTIONS)
        if name in mine
    ]
    return [parts[start : start + 2] for start in range(0, len(parts), 2)]


def _sections(turn: Turn) -> dict[str, list[Action]]:
    """The entries of whoever speaks, in order, by the part they stand in."""
    found: dict[str, list[Action]] = {}
    for entry in turn.table.menu(turn.roles):
        found.setdefault(entry.section or LOOK_UP, []).append(entry)
    return found


@conversation.button("ms")
def open_section(turn: Turn, section: int, page: int) -> None:
    """The entries of a part; one that was never there is the last, a page that was never there the first."""
    _ = turn.language.text
    name = SECTIONS[section] if 0 <= section < len(SECTIONS) else LOOK_UP
    choices = [Button(_(entry.menu), entry) for entry in _sections(turn).get(name, [])]
    page = page if 0 <= page * PAGE < len(choices) else 0
    ways = [Button(_("Previous page"), open_section, section=section, page=page - 1)] if page else []
    if (page + 1) * PAGE < len(choices):
        ways.append(Button(_("More…"), open_section, section=section, page=page + 1))
    shown = [[choice] for choice in choices[page * PAGE : (page + 1) * PAGE]]
    text = Markup("<b>{}</b>").format(_(name))
    turn.show(text, *shown, [*ways, Button(_("Back"), actions.open_menu)])


def your_roles(turn: Turn) -> str:
    """Whoever has several roles sees all their entries; the line says which roles these are."""
    if len(turn.roles) < 2:
        return ""
    return turn.language.text("Your roles: {roles}.", roles=role_names(turn.language, turn.roles))


def role_names(language: Language, roles: Iterable[str]) -> str:
    """Such as "giáo vụ, học viên", in the order of the roles."""
    return ", ".join(language.text(name) for role, name in ROLE_NAMES.items() if role in set(roles))


def keyboard(turn: Turn) -> list[list[str]]:
    """The persistent keyboard of whoever speaks: his entries that stand on it, two a row, and the menu."""
    _ = turn.language.text
    labels = [plain(_(action.menu)) for action in turn.table.menu(turn.roles) if action.on_keyboard]
    labels.append(plain(_("Menu")))
    return [labels[start : start + 2] for start in range(0, len(labels), 2)]


def refresh_keyboard(turn: Turn) -> None:
    """Show the persistent keyboard again where roles or language have changed since."""
    rows = keyboard(turn)
    if [label for row in rows for label in row] != turn.keyboard:
        turn.say(Message(turn.language.text("What you use most:"), keyboard=rows))


# -- help


@conversation.button("hl", menu=later("Help"), rank=95)
@conversation.command("trogiup", words=later("help, guide"), about=later("Help"), may=ANYONE)
def help_shown(turn: Turn) -> None:
    if turn.person is None:
        turn.table.events["stranger"](turn, "")
        return
    _ = turn.language.text
    text = lines(
        introduction(turn),
        _("Tap a button or type words, with or without diacritics:"),
        *_command_groups(turn),
        phone_line(turn),
    )
    turn.show(text, [Button(_("Menu"), actions.open_menu)])


def introduction(turn: Turn) -> Markup:
    """Who speaks: that it is an automatic system has to be said (Law 134/2025, article 11)."""
    _ = turn.language.text
    if not turn.home.name:
        return _("This is the automatic assistant of the centre, not a person.")
    return _("This is the automatic assistant of {centre}, not a person.", centre=turn.home.name)


def phone_line(turn: Turn) -> Markup:
    """Where a human answers; empty where the centre has given no number."""
    if not turn.home.phone:
        return Markup()
    return turn.language.text("The centre's phone, during working hours: {phone}.", phone=turn.home.phone)


def _command_groups(turn: Turn) -> Iterator[Markup]:
    """A line a command; commands of a role stand under its name when the person has several."""
    _ = turn.language.text
    groups: dict[str, list[Markup]] = {"": []}
    for name, about, may in _commands(turn):
        group = role_names(turn.language, (may or frozenset()) & turn.roles) if len(turn.roles) > 1 else ""
        groups.setdefault(group, []).append(_hint(turn, name, about))
    for group, told in groups.items():
        if group and told:
            yield _("<b>As {role}</b>", role=group)
        yield from told


def _commands(turn: Turn) -> Iterator[tuple[str, str, frozenset[str] | None]]:
    """(name, what it is about, who may) of every described command the person may use."""
    for part in turn.table.conversations:
        for name, about in part.descriptions.items():
            may = part.commands[name][1]
            if not may or may & turn.roles:
                yield name, about, may


def command_lines(turn: Turn, most: int) -> list[Markup]:
    """The first commands of whoever speaks, as hints; those of this file are known everywhere."""
    own = [(name, about) for name, about, _may in _commands(turn) if name not in conversation.commands]
    return [_hint(turn, name, about) for name, about in own[:most]]


def _hint(turn: Turn, name: str, about: str) -> Markup:
    """What can be typed for a command, in words as people say it, and what it is about."""
    _, run = turn.language.text, turn.table.commands[name][0]
    marked = (words.marked for part in turn.table.conversations for words in part.words if words.run is run)
    told = _(about)
    label = told.lower() if fold(told) in turn.table.words else name
    typed = next((_(words).partition(",")[0] for words in marked), label)
    return (
        _("“{words}”", words=typed)
        if typed == told.lower()
        else _("“{words}”: {about}", words=typed, about=told)
    )


def command_descriptions(known: Table, language: Language) -> list[tuple[str, str]]:
    """(command, description) of every command, for the messenger's own command menu."""
    told = (pair for part in known.conversations for pair in part.descriptions.items())
    return [(name, plain(language.text(about))) for name, about in told]


# -- cancel


@conversation.does(actions.cancel)
def cancel(turn: Turn) -> None:
    turn.done()
    _, about = turn.language.text, _about_step(turn)
    if about:
        text = _("Stopped: {what}. What was already sent stays.", what=_(about))
    elif turn.interrupted:
        text = _("Stopped. What was already sent stays.")
    else:
        text = _("Nothing is going on, so there is nothing to stop.")
    turn.show(text, *([[Button(_("Menu"), actions.open_menu)]] if turn.person else ()))


@conversation.command("huy", words=later("cancel, stop"), about=later("Stop what is going on"), may=ANYONE)
def cancel_typed(turn: Turn) -> None:
    if turn.rest and not turn.incoming.text.startswith("/"):
        turn.table.events["unknown_words"](turn, turn.incoming.text)  # it begins with somebody called Huy
    else:
        cancel(turn)


def _about_step(turn: Turn) -> str:
    """What the conversation of the interrupted step is about."""
    for part in turn.table.conversations:
        if any(step.key == turn.interrupted for step in part.steps):
            return next(iter(part.descriptions.values()), "")
    return ""


# -- buttons of before, and what is somebody else's


@conversation.on("stale")
def stale(turn: Turn) -> None:
    if turn.person is None:
        turn.table.events["stranger"](turn, "")
        return
    _ = turn.language.text
    turn.say(menu_card(turn, _("That button is from an earlier version. These work now:")))


@conversation.on("refused")
def refused(turn: Turn) -> None:
    _ = turn.language.text
    text = _("That part is looked after by someone else at the centre or the unit. This is open to you:")
    turn.say(menu_card(turn, text))


def apologise(turn: Turn) -> None:
    """What a person is told when his message could not be worked on (the operator sees why)."""
    _ = turn.language.text
    turn.say(_("The assistant could not handle your last message. Please try again, or call the centre."))
