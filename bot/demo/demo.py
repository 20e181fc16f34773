"""`caunoi demo`: the sample centre on a page with three phones, and a clock that can be moved on.

A phone shows the web chat, or the same person's chat on a messenger (phones.py).

Each start fills a database of its own in a temporary folder, on a Tuesday morning of an ordinary week to come, so
that every demonstration begins alike and none meets another one. Settings of the environment are left aside: it
has no account and asks nothing of the network.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from itertools import count
from typing import Final

from sqlmodel import Session, select

from bot.app import App
from bot.demo import history
from bot.demo.deeds import Deeds
from bot.demo.phones import WEB, Screens
from bot.demo.view import Somebody, everybody, kinds_at, next_event, people, receivers, sent_words
from bot.logs import logger
from handlers.engine.desk import calendar_of
from locales import Language
from storage.admin import migrate
from storage.base.calendar import ZONE, SendingCalendar
from storage.joining import invites
from storage.people.people import Centre, Invite

TUESDAY: Final = 1
BEGINS_AT: Final = time(8, 30)
LOG_LENGTH: Final = 20  # lines
DAY: Final = timedelta(days=1)
FARTHEST: Final = 31 * DAY
_ = Language().text
log = logger("caunoi.demo")


@dataclass(frozen=True)
class Move:
    """The clock on its way, in business time."""

    start: datetime
    end: datetime

    def share(self, now: datetime) -> float:
        """How much of the way is behind it, 0 to 1."""
        whole = (self.end - self.start).total_seconds()
        return min(1.0, (now - self.start).total_seconds() / whole) if whole > 0 else 1.0


@dataclass(frozen=True)
class Told:
    """A line of the log: a `deed` of somebody's, or what the clock has brought."""

    number: int
    text: str
    deed: bool


class Demo:
    """The sample centre as it is shown: who is in which phone, the clock on its way, what happened."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.language = Language()
        self.people: dict[int, Somebody] = {}  # who can be put into a phone
        self.everybody: dict[int, Somebody] = {}
        self.phones: list[int] = []  # the person in each
        self.shown: list[str] = []  # the messenger each of them shows
        self.first: Sequence[int] = ()  # the person who was in each at first
        self.chats: dict[int, str] = {}  # the web chats people had before it began, by person
        self.links: dict[int, str] = {}  # others' start links, paths of this site
        self.codes: dict[tuple[str, int], str] = {}  # the hash of the last code for a messenger and a person
        self.screens = Screens(app)
        self.log: deque[Told] = deque(maxlen=LOG_LENGTH)
        self.move: Move | None = None
        self._numbers = count(1)
        self._moving: asyncio.Task[None] | None = None
        self._giving, self._looking = asyncio.Lock(), asyncio.Lock()
        self.deeds = Deeds(app)

    # -- people

    def fill(self, *, first_day: bool = False) -> None:
        """Fill an empty database with the sample as it stands on the morning it begins, or, on its `first_day`, with
        nobody linked and nothing behind it.
        """
        begin = beginning(self.app.clock.real())
        migrate.upgrade(self.app.database)
        with self.app.database.transaction() as session:
            if first_day:
                past = history.Past(history.first_day(session, begin)[1], {})
            else:
                past = history.fill(self.app, session, begin)
            self.app.clock.move_to(session, begin)
        with self.app.database.transaction() as session:
            self.app.clock.load(session)
            self.deeds.begin(session)
            rows = invites.invitees(session, begin.astimezone(ZONE).date())
            session.expunge_all()  # they are only read from here on
            self.people, self.everybody = people(rows), everybody(rows)
            self.phones, self.first = [*past.phones], past.phones
            self.chats, self.shown = dict(past.chats), [WEB] * len(self.phones)
            for person_id in self.phones:
                self._put(session, person_id, fresh=False)

    async def give(self, phone: int, person_id: int, kind: str, *, fresh: bool) -> None:
        """Put somebody into a phone that shows this messenger, his chat there or one that begins.

        With `fresh` he gets a new slip in any case. Raises what keeps the messenger from opening.
        """
        async with self._giving:
            if kind == WEB:
                await self.app.threads.write(lambda session: self._put(session, person_id, fresh=fresh))
            else:
                await self._put_apart(kind, person_id, fresh=fresh)
        self.phones[phone], self.shown[phone] = person_id, kind

    def link(self, phone: int) -> str:
        """What a phone shows, a path of this site."""
        screen = self.screens.screen(self.shown[phone], self.phones[phone])
        return screen.link if screen else self._web_link(self.phones[phone])

    def _web_link(self, person_id: int) -> str:
        """Leads into the chat he has had before, or to the start of one."""
        return f"/demo/chat/{person_id}/" if person_id in self.chats else self.links[person_id]

    def _put(self, session: Session, person_id: int, *, fresh: bool) -> None:
        """See to it that the person has a link that opens his chat."""
        if fresh:
            self.chats.pop(person_id, None)
        if fresh or not self._is_open(session, WEB, person_id):
            self._open_web(session, person_id)

    def _open_web(self, session: Session, person_id: int) -> None:
        code = self._issue(session, WEB, person_id)
        self.links[person_id] = f"/b/{code}.{self.app.keyring.sign('link', code)}"

    async def _put_apart(self, kind: str, person_id: int, *, fresh: bool) -> None:
        """See to it that the person has a chat on a messenger, with a slip that opens it or has done so."""
        screen = None if fresh else self.screens.screen(kind, person_id)
        code = await self.app.threads.write(
            lambda session: (
                ""
                if screen and self._is_open(session, kind, person_id)
                else self._issue(session, kind, person_id)
            )
        )
        if screen is None:
            await self.screens.begin(kind, self.people[person_id].person, code)
        elif code:
            await self.screens.enter(screen, code)

    def _is_open(self, session: Session, kind: str, person_id: int) -> bool:
        """Whether his slip starts a chat, or has started the one that it leads back to."""
        if kind == WEB and person_id in self.chats:
            return True
        code = self.codes.get((kind, person_id), "")
        slip = session.exec(select(Invite).where(Invite.code_hash == code)).first()
        return slip is not None and (slip.used_at is not None or slip.expires_at > self.app.clock.now())

    def _issue(self, session: Session, kind: str, person_id: int) -> str:
        """A new slip's code."""
        keyring, now = self.app.keyring, self.app.clock.now()
        [code] = invites.issue(session, keyring, [self.people[person_id].invitee], now)
        self.codes[kind, person_id] = keyring.hash_code(code)
        return code

    # -- the clock

    async def next_event(self) -> datetime | None:
        """Business time of what comes next that somebody would notice."""
        return await self.app.threads.read(partial(next_event, now=self.app.clock.now()))

    def start_move(self, end: datetime, *, seeks: bool = False) -> None:
        """Move the clock on to `end` (business time), in the background; one move at a time.

        With `seeks` it goes on from there to the first event at which a message goes out.
        """
        assert self.move is None, "the caller asks first"
        self.move = Move(self.app.clock.now(), end)
        self._moving = asyncio.create_task(self._run(end, seeks=seeks))

    async def _run(self, end: datetime, *, seeks: bool) -> None:
        try:
            await (self._to_something_sent() if seeks else self._events_until(end))
        except Exception as error:  # noqa: BLE001  the page goes on; its next move tries again
            log.error("the clock was not moved", kind=type(error).__name__)
        finally:
            self.move = None

    async def _events_until(self, end: datetime) -> None:
        """Event by event, each one told in the log."""
        quiet = True
        while (event := await self.app.next_event()) is not None and event <= end:
            kinds, sent = await self._happens(event)
            if kinds or sent:
                self._note(event, kinds, sent)
                quiet = False
        await self.app.move_clock(end)
        if quiet:
            self.tell(_("{moment}: nothing was due", moment=self.language.moment(self.app.clock.now())))

    async def _to_something_sent(self) -> None:
        """Past everything by which nobody gets a message, at most as far as the page can move at once."""
        start = self.app.clock.now()
        while (event := await self.app.next_event()) is not None and event - start <= FARTHEST:
            self.move = Move(start, event)
            kinds, sent = await self._happens(event)
            if sent:
                self._note(event, kinds, sent)
                return
        self.tell(
            _("{moment}: no message goes out any more", moment=self.language.moment(self.app.clock.now()))
        )

    async def _happens(self, event: datetime) -> tuple[str, list[int]]:
        """Let the next event happen. What it was, in words, and who got a message."""
        kinds = await self.app.threads.read(partial(kinds_at, language=self.language, moment=event))
        await self.app.move_clock(event)
        return kinds, await self.app.threads.read(partial(receivers, since=event))

    def _note(self, event: datetime, kinds: str, sent: list[int]) -> None:
        what = _(
            "{moment}: {kinds}", moment=self.language.moment(event), kinds=kinds or _("work of the assistant")
        )
        self.tell(_("{what}: {told}", what=what, told=sent_words(self.language, self.everybody, sent)))

    def tell(self, *sentences: str, deed: bool = False) -> None:
        """Put it into the log, on top."""
        self.log.extend(Told(next(self._numbers), sentence, deed) for sentence in sentences)

    async def look(self) -> None:
        """Tell what people have done since the last look."""
        async with self._looking:
            self.tell(*await self.app.threads.read(self.deeds.since), deed=True)

    async def close(self) -> None:
        """Stop a move that is under way."""
        if self._moving is not None:
            self._moving.cancel()
            with suppress(asyncio.CancelledError):
                await self._moving


def beginning(now: datetime) -> datetime:
    """The next Tuesday morning in a week without holidays, with an ordinary Monday after it."""
    calendar = calendar_of(Centre(name=""))
    day = now.astimezone(calendar.zone).date()
    while True:
        moment = datetime.combine(day, BEGINS_AT, calendar.zone)
        if day.weekday() == TUESDAY and moment > now and _is_ordinary(calendar, moment):
            return moment.astimezone(UTC)
        day += DAY


def _is_ordinary(calendar: SendingCalendar, tuesday: datetime) -> bool:
    return all(calendar.is_sending_day(tuesday.date() + DAY * n) for n in (-1, 0, 1, 2, 3, 6))
