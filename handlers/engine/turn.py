"""One person's turn: who speaks, what was said, and how to answer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

from markupsafe import Markup
from sqlmodel import SQLModel, col, select

from handlers.engine.choices import Layout, Offered, layout, offers
from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Incoming, Link, Message, Step, message_of, room_in
from locales import Language
from storage.messaging import dialogues, outbox
from storage.messaging.accounts import Abilities, ChannelAccount
from storage.messaging.dialogues import Menu
from storage.people.people import STAFF, Centre, Contact, Grant, Person, Role, Viewer, acting_role, grants_of

if TYPE_CHECKING:
    from handlers.engine.router import Table

CARDS = 4  # messages looked through for a label that was typed
MANY = 1000  # buttons: more than any message has
Found = TypeVar("Found")


class NotYetError(Exception):
    """Whether this answer is for the list that is just on its way will be known in a moment: look at it again."""


class Answered(Exception):  # noqa: N818 - no error: the turn ends here
    """What there is to say in this turn has been said; nothing more is done, and what was done stays."""


@dataclass
class Turn(Desk):
    """A desk with a person in front of it.

    `show` replaces the card that was pressed where the channel can; `say` always adds a message.
    """

    table: "Table" = field(kw_only=True)
    account: ChannelAccount = field(kw_only=True)
    chat: str = field(kw_only=True)
    dialogue_id: int = field(kw_only=True)
    incoming: Incoming = field(kw_only=True)
    contact: Contact | None = field(kw_only=True)
    person: Person | None = field(kw_only=True)
    language: Language = field(kw_only=True)
    state: dict[str, Any] = field(kw_only=True)
    keyboard: list[str] = field(kw_only=True)  # labels of the persistent keyboard this chat shows
    menu: Menu = field(default_factory=Menu)  # the list of choices the chat sees, where choices are typed
    may_wait: bool = False  # it came this instant, and may be looked at again in another
    wrong: Markup | str = ""  # what is wrong with the text just typed, where it is asked for anew
    rest: str = ""  # what was typed after the command or the word
    interrupted: str = ""  # the step this update put an end to
    may: frozenset[str] = frozenset()  # the roles that what runs now is open to; empty: to anybody
    pressed: bool = False  # a button brought this turn about: `show` takes its card's place
    ungranted: Sequence[tuple[str, Callable[["Turn"], bool]]] = ()  # roles some have without a grant, and who
    _quiet: bool = False
    met: list[str] = field(default_factory=list)  # limits that held somebody back, for whoever counts them
    said: list[int] = field(default_factory=list)  # rows of the outbox this turn put into the chat

    # -- who speaks

    @property
    def speaker(self) -> Person:
        """The bound person; only for handlers that are not open to anyone."""
        assert self.person is not None, "this handler is open to unbound chats: look at `person`"
        return self.person

    @cached_property
    def home(self) -> Centre:
        """The centre of the person, or for a stranger the first one of this installation."""
        if self.person is not None:
            return self.centre(self.person.centre_id)
        return self.session.exec(select(Centre).order_by(col(Centre.id))).first() or Centre(name="")

    @cached_property
    def day(self) -> date:
        return self.today(self.home)

    @cached_property
    def grants(self) -> list[Grant]:
        return grants_of(self.session, self.person.id, self.day) if self.person else []

    @cached_property
    def roles(self) -> frozenset[str]:
        """All the person's roles today: those granted to him, and those that conversations see he has."""
        if self.person is None:
            return frozenset()
        seen = {role for role, holds in self.ungranted if holds(self)}
        return frozenset({grant.role for grant in self.grants} | seen)

    @property
    def is_staff(self) -> bool:
        return bool(self.roles & STAFF)

    def units(self, *roles: str) -> list[int]:
        """Ids of the organisations the person holds one of `roles` for (unit_head when none is named)."""
        wanted = roles or (Role.UNIT_HEAD,)
        found = {grant.organisation_id for grant in self.grants if grant.role in wanted}
        return sorted(unit for unit in found if unit is not None)

    @property
    def viewer(self) -> Viewer:
        """For queries: they return only what this person may see."""
        person = self.speaker
        return Viewer(person.id, person.centre_id, self.roles, tuple(self.units()), self.day)

    # -- the log

    def log(
        self,
        action: str,
        *,
        subject: SQLModel | str = "",
        about: Person | int | None = None,
        role: str | None = None,
    ) -> None:
        """Note what the speaker did: to which row (or "table:id"), with whose data.

        He acts under the role that what he pressed or typed is open to, and under none where it is open to anybody
        (`role` where the thing itself decides in what capacity he does it).
        """
        acting = acting_role(self.may, self.roles) if role is None else role
        self._log(action, subject, about, actor_id=self.speaker.id, actor_role=acting)

    # -- the list before the person's eyes, where choices are typed

    @property
    def can(self) -> Abilities:
        """What the messenger of this chat can do."""
        return self.account.can

    @property
    def room(self) -> int:
        """Letters of a list inside one message of this chat."""
        return room_in(self.can.longest_text)

    @cached_property
    def shown(self) -> Layout | None:
        """The list this chat saw last; None while there is none."""
        row = outbox.get(self.session, self.menu.row) if self.menu.row else None
        if row is None or self.can.buttons is None:
            return None
        offered = replace(Offered.of(row.id, row.message), page=self.menu.page)
        return layout(offered, self.can.buttons)

    @property
    def cards(self) -> Iterator[Layout]:
        """What the chat's last cards offer, the newest first."""
        for row in outbox.latest(self.session, self.account.id, self.chat, self.now, CARDS):
            if offers(row.message):
                yield layout(Offered.of(row.id, row.message), MANY)

    def list_is_unsure(self) -> str:
        """Why nobody can tell that the person answered this list: another one is `coming`, or it is `newer` than
        the answer. Empty when all is well. Raises NotYetError while it may soon be known.
        """
        coming = outbox.get(self.session, self.menu.coming) if self.menu.coming else None
        if coming is not None and coming.state == "due":
            if self.may_wait:
                raise NotYetError
            return "coming"
        said_at = self.incoming.at
        return "newer" if said_at is not None and said_at.timestamp() < self.menu.at else ""

    @contextmanager
    def quietly(self) -> Iterator[None]:
        """Show no cards meanwhile: one of several presses at once, of which the last one shows."""
        self._quiet = True
        try:
            yield
        finally:
            self._quiet = False

    # -- answering

    def need(self, found: Found | None, otherwise: Callable[["Turn"], object] | Message) -> Found:
        """What was looked for; where it is not there, `otherwise` is shown, or says so, and the turn ends (raises
        Answered).
        """
        if found is not None:
            return found
        if isinstance(otherwise, Message):
            self.show(otherwise)
        else:
            otherwise(self)
        raise Answered

    def say(self, said: Message | str, *rows: Sequence[Button | Link], key: str | None = None) -> int | None:
        """Add a message to this chat, or words with rows of buttons. Returns the id of its outbox row."""
        made = message_of(said, *rows)
        row = self._put(made, key=key)
        self._note_list(row, made.wire(), replaces=False)
        return row

    def show(self, said: Message | str, *rows: Sequence[Button | Link]) -> int | None:
        """Put a card in the place of the one that was pressed, or words with rows of buttons; typed words get a new
        one.
        """
        if self._quiet:
            return None
        press = self.incoming.press
        made = message_of(said, *rows)
        row = self._put(made, edits=press.message_id if press else "")
        self._note_list(row, made.wire(), replaces=self.pressed)
        return row

    def repeat(self, row: Any, page: int) -> None:
        """Say a message of this chat again, its choices from another page on."""
        wire = {**row.message, "page": page, "document": None}
        self._note_list(self._queued(wire), wire, replaces=True)

    def _note_list(self, row: int | None, wire: dict[str, Any], *, replaces: bool) -> None:
        """A list is on its way: until it has arrived no number is answered; the one it replaces is gone."""
        if self.can.buttons is None or row is None:
            return
        menu = Menu() if replaces else self.menu
        if offers(wire):
            menu = replace(menu, coming=row)
        if menu != self.menu:
            self.menu = menu
            dialogues.keep_menu(self.session, self.dialogue_id, menu)

    def _put(self, message: Message, **columns: Any) -> int | None:
        if message.asks_phone and not self.can.phone:
            return None  # its words speak of a button that is not there
        wire = {**message.wire(self.language.code), "asks": self._asks_text()}
        if message.keyboard:
            labels = [label for row in wire["keyboard"] for label in row]
            dialogues.keep(self.session, self.dialogue_id, keyboard=labels)
        row = self._queued(wire, **columns)
        self.said += [row] if row is not None else []
        return row

    def _queued(self, wire: dict[str, Any], **columns: Any) -> int | None:
        if self.contact is not None:
            return self.post(self.contact, wire, lane=outbox.REPLY, **columns)
        return outbox.put(
            self.session,
            account_id=self.account.id,
            chat=self.chat,
            message=wire,
            made_at=self.now,
            **columns,
        )

    # -- waiting for an answer

    def _asks_text(self) -> bool:
        """Whether the chat's next text is an answer: then digits are text, and no list is numbered."""
        return bool(self.state.get("step")) and self.state.get("takes", "text") == "text"

    def ask(self, step: Step, **args: object) -> None:
        """Give the chat's next text to `step`, with these arguments (ids and short strings)."""
        self.state = {"step": step.key, "version": step.version, "takes": "text", "args": args}
        dialogues.keep(self.session, self.dialogue_id, state=self.state)
        if self.said and self._asks_text():
            outbox.amend(self.session, self.said[-1], asks=True)  # whichever of the two came first

    def hold(self, name: str, **told: object) -> None:
        """Keep what was shown and is not saved yet, until it is saved or something else is done; it takes no text."""
        self.state = {"step": name, "version": 1, "takes": "press", "args": told}
        dialogues.keep(self.session, self.dialogue_id, state=self.state)

    def held(self, name: str) -> dict[str, Any]:
        """What the chat holds under this name; empty where it holds nothing, or something else."""
        return args_of(self.state) if self.state.get("step") == name else {}

    def done(self) -> None:
        """Wait for nothing any more."""
        if self.state:
            self.interrupted = str(self.state.get("step", ""))
            self.state = {}
            dialogues.keep(self.session, self.dialogue_id, state={})

    # -- changing who speaks

    def become(self, person: Person, contact: Contact) -> None:
        """From here on the chat is this person's (binding)."""
        self.person, self.contact = person, contact
        self.speak(person.language)
        for name in ("home", "day", "grants", "roles"):
            self.__dict__.pop(name, None)

    def speak(self, code: str) -> None:
        """Go on in another language, in this chat and for this person."""
        self.language = Language(code, ZoneInfo(self.home.zone or "Asia/Ho_Chi_Minh"))
        dialogues.keep(self.session, self.dialogue_id, language=self.language.code)


def args_of(state: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments a step was asked with."""
    args: dict[str, Any] = dict(state.get("args") or {})
    return args
