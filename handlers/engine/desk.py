"""What every conversation has at hand, whether a person spoke or a timer went off."""

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup
from sqlmodel import Session, SQLModel

from handlers.engine.messages import ROOM, Link, Message, base36, message_of
from locales import Language
from storage.base.calendar import SendingCalendar
from storage.base.keyring import Keyring
from storage.messaging import outbox
from storage.messaging.accounts import ChannelAccount
from storage.people import audit
from storage.people.people import Centre, Contact, Person, contacts_of, new_invite

DEVICE_LINK_LIVES = timedelta(days=3)
FILE_LINK_LIVES = timedelta(days=3)
UPLOAD_LINK_LIVES = timedelta(days=1)
FILE, UPLOAD = "f", "u"  # kinds of pages: their place in the address, and what their links are signed for


@dataclass(frozen=True)
class PageLink:
    """What a signed link of ours speaks of: a row's number, and until when (business time)."""

    number: int
    expires_at: datetime


@dataclass(frozen=True)
class Links:
    """Addresses of our own pages. `base` is empty where the web chat is not served to the outside."""

    base: str
    keyring: Keyring

    def start(self, code: str) -> str:
        """The signed address that opens the web chat with a code in its hand; "" without a base."""
        return f"{self.base}/b/{code}.{self.keyring.sign('link', code)}" if self.base else ""

    def file(self, outbox_id: int, expires_at: datetime) -> str:
        """Where the file of an outbox row is fetched until then (business time); "" without a base."""
        return self._page(FILE, outbox_id, expires_at)

    def upload(self, dialogue_id: int, expires_at: datetime) -> str:
        """Where a file for this chat is taken until then (business time); "" without a base."""
        return self._page(UPLOAD, dialogue_id, expires_at)

    def _page(self, kind: str, number: int, expires_at: datetime) -> str:
        told = f"{base36(number)}-{base36(math.ceil(expires_at.timestamp() / 60))}"
        return f"{self.base}/{kind}/{told}.{self.keyring.sign(_purpose(kind), told)}" if self.base else ""

    def read(self, kind: str, token: str) -> PageLink | None:
        """What the last part of a link of this kind says; None for anything we have not signed for it."""
        told, _dot, signature = token.rpartition(".")
        if not told or not self.keyring.verify(_purpose(kind), told, signature):
            return None
        number, minutes = (int(word, 36) for word in told.split("-"))
        return PageLink(number, datetime.fromtimestamp(minutes * 60, UTC))


def _purpose(kind: str) -> str:
    return f"page:{kind}"


@dataclass
class Desk:
    """The session of the running transaction, business time, and a way to tell people things."""

    session: Session
    now: datetime
    links: Links
    _centres: dict[int, Centre] = field(default_factory=dict)

    @property
    def room(self) -> int:
        """Letters of a list inside one message."""
        return ROOM

    def centre(self, centre_id: int) -> Centre:
        if centre_id not in self._centres:
            self._centres[centre_id] = self.session.get_one(Centre, centre_id)  # never deleted
        return self._centres[centre_id]

    def today(self, centre: Centre) -> date:
        """The centre's date."""
        return self.now.astimezone(ZoneInfo(centre.zone)).date()

    def calendar(self, centre: Centre) -> SendingCalendar:
        return calendar_of(centre)

    def log(self, action: str, *, subject: SQLModel | str = "", about: Person | int | None = None) -> None:
        """Note what the program itself did: to which row (or "table:id"), with whose data."""
        self._log(action, subject, about)

    def _log(self, action: str, subject: SQLModel | str, about: Person | int | None, **actor: Any) -> None:
        about_id = about.id if isinstance(about, Person) else about
        audit.note(self.session, self.now, action, about_id=about_id, subject=_subject(subject), **actor)

    def language_of(self, person: Person) -> Language:
        return Language(person.language, ZoneInfo(self.centre(person.centre_id).zone))

    def tell(
        self,
        person: Person,
        build: Callable[[Language], Message | Markup],
        *,
        lane: str = outbox.REPLY,
        due: datetime | None = None,
        key: str | None = None,
        delivery_id: int | None = None,
        sense_until: datetime | None = None,
    ) -> int | None:
        """Send a message to a person where he is reached, in his language. The outbox row's id.

        From `sense_until` (business time) on it would say nothing new, and is not sent any more.

        None when no channel reaches him, or when `key` was told before.
        """
        contacts = contacts_of(self.session, person.id)
        if not contacts:
            return None
        wire = message_of(build(self.language_of(person))).wire()
        return self.post(
            contacts[0], wire, lane=lane, due_at=due or self.now, key=key, delivery_id=delivery_id,
            sense_until=sense_until,
        )  # fmt: skip

    def post(self, contact: Contact, wire: dict[str, Any], **columns: Any) -> int | None:
        """Queue a message in wire form to one contact; what is private is veiled where it may not go."""
        if wire["private"] and not self.may_carry_private(contact):
            wire = self._veiled(contact)
        return outbox.put(
            self.session,
            account_id=contact.account_id,
            chat=contact.chat,
            person_id=contact.person_id,
            message=wire,
            made_at=self.now,
            **columns,
        )

    def may_carry_private(self, contact: Contact) -> bool:
        """Whether marks and conduct may go to this contact (servers abroad: the director decides)."""
        account = self.session.get_one(ChannelAccount, contact.account_id)
        person = self.session.get_one(Person, contact.person_id)
        return not account.abroad or bool(self.centre(person.centre_id).options.get("personal_abroad"))

    def _veiled(self, contact: Contact) -> dict[str, Any]:
        person = self.session.get_one(Person, contact.person_id)
        _ = self.language_of(person).text
        url = self.device_link(person)
        if not url:
            return Message(_("This concerns personal results. The centre gives it to you in writing.")).wire()
        text = _(
            "There is something new about your results or reports. It opens on your own page, for you only."
        )
        return Message(text, [[Link(_("Open my page"), url)]]).wire()

    def device_link(self, person: Person) -> str:
        """A one-time address that opens the web chat as this person; "" where there is no web address.

        It lives for three days of business time, and the first device that opens it keeps it.
        """
        if not self.links.base:
            return ""
        _row, code = new_invite(
            self.session, self.links.keyring, person.id, self.now, DEVICE_LINK_LIVES, purpose="device"
        )
        return self.links.start(code)


def _subject(of: Any) -> str:
    """How the log names a row: "table:id" (a text already is such a name)."""
    return of if isinstance(of, str) else f"{of.__tablename__}:{of.id}"


def calendar_of(centre: Centre) -> SendingCalendar:
    """The centre's sending calendar, with the holidays it has entered itself."""
    options = centre.options
    return SendingCalendar(
        zone=ZoneInfo(centre.zone),
        rest_days=_days(options.get("rest_days", ())),
        work_days=_days(options.get("work_days", ())),
        culture_day=bool(options.get("culture_day")),
    )


def _days(texts: Collection[str]) -> frozenset[date]:
    return frozenset(date.fromisoformat(text) for text in texts)
