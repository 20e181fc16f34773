"""`caunoi setup`: asks for what a first day needs, the centre, its registrar, the address, the messengers, and sets it up."""

import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from bot.cli.commands import centre
from bot.console import Problem, say
from locales import Language

if TYPE_CHECKING:
    from bot.channels.kind import Kind

_ = Language().text
FILE: Final = ".env"
HERE, NETWORK, INTERNET = "1", "2", "3"  # who reaches the web chat
THIS_COMPUTER: Final = "127.0.0.1"  # also behind a proxy that the internet reaches
EVERYWHERE: Final = "0.0.0.0"  # noqa: S104  the operator has chosen the local network
OUTSIDE: Final = ("192.0.2.1", 9)  # an address of nobody's (RFC 5737): only the way to it is looked up


@dataclass
class Answers:
    """What was asked; `settings` by the names of Settings."""

    name: str
    place: str
    phone: str
    registrar: str
    registrar_phone: str
    director: str = ""
    director_phone: str = ""
    settings: dict[str, str] = field(default_factory=dict)


def add_to(app: typer.Typer) -> None:
    app.command(help=_("Set up a centre by answering questions: office, address, messengers."))(setup)


def setup() -> None:
    """Everything is asked first; only then the settings and the centre are written. Said again, it changes what differs."""
    say(
        _(
            "What is asked here can be changed later: run caunoi setup again. Ctrl+C leaves everything as it is."
        )
    )
    answers = _ask_office()
    answers.settings |= _new(_ask_address())
    answers.settings |= _ask_messengers()
    say("", *_summary(answers))
    if not typer.confirm(_("Write this?"), default=True):
        raise typer.Abort
    _write(answers)


# --- the questions


def _ask_office() -> Answers:
    from storage.base.text import nfc

    def words(question: str) -> str:
        return _asked(question, lambda typed: nfc(typed) or _again(_("please give it")))

    name, place = (
        words(_("The centre's full name")),
        words(_("Where its documents are signed (ward, commune)")),
    )
    phone = _asked(_("The centre's phone"), _phone)
    registrar, number = words(_("The registrar's full name")), _asked(_("The registrar's phone"), _phone)
    answers = Answers(name, place, phone, registrar, number)
    answers.director = _asked(_("The director's full name (Enter: later)"), nfc, "")
    if answers.director:
        answers.director_phone = _asked(_("The director's phone"), _phone)
    return answers


def _ask_address() -> dict[str, str]:
    """Who reaches the web chat, as settings."""
    say(
        "",
        _("Who opens the web chat?"),
        _("  1  this computer only, to try it"),
        _("  2  phones in the office's network"),
        _("  3  everybody, at an address of your own with https://"),
    )
    choices = (HERE, NETWORK, INTERNET)
    choice = _asked(
        _("1, 2 or 3"),
        lambda typed: typed if typed in choices else _again(_("please give 1, 2 or 3")),
        HERE,
    )
    if choice == HERE:
        return {"http_host": THIS_COMPUTER, "public_url": ""}
    if choice == INTERNET:
        address = _asked(_("The address, such as https://ttct.example.vn"), _secure)
        return {"http_host": THIS_COMPUTER, "public_url": address}
    suggested = f"http://{_own_address()}:{_port()}"
    address = _asked(
        _("This computer's address in the network"), lambda it: _setting("public_url", it), suggested
    )
    return {"http_host": EVERYWHERE, "public_url": address}


def _ask_messengers() -> dict[str, str]:
    """The settings without which a messenger is not used; one that is passed over has none."""
    from bot.kinds import KINDS

    found: dict[str, str] = {}
    for kind in KINDS.values():
        if kind.needs:
            found |= _ask_messenger(kind)
    return found


def _ask_messenger(kind: "Kind") -> dict[str, str]:
    from bot.settings import mend_of

    found: dict[str, str] = {}
    for name in kind.needs:
        known = _known(name)
        question = _(
            "{setting}: {mend} (Enter: {otherwise})",
            setting=f"CAUNOI_{name.upper()}", mend=_(mend_of(name)),
            otherwise=_("as it is") if known else _("without it"),
        )  # fmt: skip
        typed = _asked(question, lambda it, name=name: _setting(name, it) if it else "", "")  # type: ignore[misc]
        if not typed and not known:
            return {}
        found |= {name: typed} if typed else {}
    return found


def _asked(question: str, read: Callable[[str], str], otherwise: str | None = None) -> str:
    """What is typed, asked for until `read` takes it; `otherwise` for Enter alone."""
    return str(
        typer.prompt(
            question,
            default=otherwise,
            show_default=bool(otherwise),
            value_proc=lambda typed: read(str(typed).strip()),
        )
    )


def _again(mend: str) -> str:
    """Raises what has the question asked again, with the mend."""
    raise typer.BadParameter(mend)


def _phone(typed: str) -> str:
    from storage.base.text import phone

    return phone(typed) or _again(_("please write ten digits, such as 0951234567"))


def _secure(typed: str) -> str:
    return (
        _setting("public_url", typed)
        if typed.startswith("https://")
        else _again(_("please begin with https://"))
    )


def _setting(name: str, typed: str) -> str:
    """The value as it is, where the settings take it."""
    from bot.settings import SettingsError, load

    try:
        load(**{name: typed})
    except SettingsError as error:
        _again(str(error))
    return typed


def _new(settings: dict[str, str]) -> dict[str, str]:
    """Those that stand otherwise so far."""
    from bot.settings import load

    return {name: value for name, value in settings.items() if getattr(load(), name) != value}


def _known(name: str) -> bool:
    from bot.settings import load

    return bool(getattr(load(), name))


def _port() -> int:
    from bot.settings import load

    return load().http_port


def _own_address() -> str:
    """This computer's address in its network; no packet is sent to know it."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        way.connect(OUTSIDE)
        return str(way.getsockname()[0])
    return THIS_COMPUTER


# --- what is done with the answers


def _summary(answers: Answers) -> list[str]:
    told = [
        _("{name}, {place}, phone {phone}", name=answers.name, place=answers.place, phone=answers.phone),
        _("Registrar: {name}, {phone}", name=answers.registrar, phone=answers.registrar_phone),
    ]
    if answers.director:
        told.append(_("Director: {name}, {phone}", name=answers.director, phone=answers.director_phone))
    settings = ", ".join(f"CAUNOI_{name.upper()}" for name in answers.settings)
    return (
        [*told, _("Written to {file}: {settings}", file=FILE, settings=settings)] if settings else list(told)
    )


def _write(answers: Answers) -> None:
    """The settings, then the centre; where that fails, the settings are as they were."""
    file = Path(FILE)
    before = file.read_bytes() if file.exists() else None
    try:
        _keep(answers.settings)
        centre.centre(
            answers.name, place=answers.place, phone=answers.phone,
            registrar=answers.registrar, registrar_phone=answers.registrar_phone,
            director=answers.director or None, director_phone=answers.director_phone or None,
        )  # fmt: skip
    except BaseException:
        _restore(file, before)
        raise
    say(
        "",
        _("First run caunoi run; then the registrar opens the link above, and is the first to be linked."),
        _("In a second window caunoi doctor says what is still to be mended."),
    )


def _keep(settings: dict[str, str]) -> None:
    """Write them into the file of settings, which only its owner may read; its other lines stay."""
    from dotenv import set_key

    from storage.base import private

    for name, value in settings.items():
        try:
            set_key(FILE, f"CAUNOI_{name.upper()}", value, quote_mode="auto")
        except OSError as error:
            raise Problem(
                _("{file}: it cannot be written ({kind})", file=FILE, kind=type(error).__name__)
            ) from None
    private.narrow(Path(FILE))


def _restore(file: Path, before: bytes | None) -> None:
    if before is None:
        file.unlink(missing_ok=True)
    else:
        file.write_bytes(before)
