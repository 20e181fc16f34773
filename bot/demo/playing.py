"""The program at work at an earlier time: what people said and pressed then, and what fell due, each at its moment.

What the demonstration has behind it was played, not written: updates go through the intake, timers to their
conversations, messages into the web chat, as on any other day, by the clock of that day.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final

from sqlalchemy import Row
from sqlmodel import Session

from bot.accounts import opened
from bot.app import App
from bot.channels.base import Outgoing, Sent
from bot.channels.web import WebChannel, new_chat
from bot.web.site import Site
from bot.web.webchat import Said, keep
from bot.workers.intake import Intake, Parse
from bot.workers.lease import Lease
from bot.workers.sender import outgoing
from bot.workers.settling import settle
from handlers.engine.desk import Desk
from storage.base.calendar import ZONE
from storage.base.clock import Clock
from storage.base.engine import Database
from storage.joining import consents, invites
from storage.joining.invites import Invitee
from storage.messaging import inbox, leases, outbox, timers, transcript
from storage.people.people import Person, bind, grants_of

ROLE: Final = "history"
LONG: Final = timedelta(hours=1)
ENDLESS: Final = 2**31 - 1
LATEST: Final = 12  # lines among which a button is looked for


class OneAfterAnother(Database):
    """The units of work of the past within a single transaction: nobody else is there yet, and nothing is lost."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        yield self.session
        self.session.flush()
        self.session.expunge_all()  # the next one finds what is in the database, as it always does

    reading = transaction


class Playing:
    """People at the web chat, from `now` (business time) on; `chats` are theirs, by person."""

    def __init__(self, app: App, session: Session, now: datetime) -> None:
        self.app, self.now = app, now
        self.clock = Clock(real=lambda: self.now)
        self.chats: dict[int, str] = {}
        self._ids = count(1)
        self.database = OneAfterAnother(session)
        account = opened(session, "web", app.settings)
        self.account = account.id
        self.lease = Lease(ROLE, leases.take(session, ROLE, ROLE, LONG) or 0)
        self.channel = WebChannel(account.id, app.settings, app.threads, self.clock)
        self.site = Site(
            app.threads, self.clock, app.keyring, self.channel, lambda: None, app.table, app.links
        )
        parsers: dict[int, Parse] = {account.id: self.channel.parse}
        self.intake = Intake(self.database, app.table, self.clock, app.links, parsers)

    # -- people

    def joins(self, *people: int) -> None:
        """Each has a chat from now on; on paper he signed what is asked of him and was not answered on paper before."""
        with self.database.transaction() as session:
            for person_id in people:
                self.chats[person_id] = self._new_chat(str(person_id))
                person = session.get_one(Person, person_id)
                bind(session, person, self.account, self.chats[person_id], self.now)
                self._agrees(session, person_id)

    def _agrees(self, session: Session, person_id: int) -> None:
        grants = grants_of(session, person_id, self.now.astimezone(ZONE).date())
        for purpose in consents.open_purposes(session, person_id, {grant.role for grant in grants}):
            consents.agree(session, person_id, purpose, self.now)

    def opens(self, invitee: Invitee) -> str:
        """He opens the link of a new slip. Returns the mark of its code."""
        with self.database.transaction() as session:
            [code] = invites.issue(session, self.app.keyring, [invitee], self.now)
        self.chats[invitee.person.id] = self._new_chat(code)
        self._does(invitee.person.id, {"start": code})
        return self.app.keyring.hash_code(code)

    def _new_chat(self, mark: str) -> str:
        return new_chat(self.app.keyring.sign("chat-link", mark))

    def says(self, person_id: int, text: str) -> None:
        self._does(person_id, {"text": text})

    def presses(self, person_id: int, *keys: str) -> None:
        """One after the other, the newest button of each key (or with just these ids). LookupError: there is none."""
        for key in keys:
            number, data = self._button(person_id, key)
            self._does(person_id, {"press": data, "message_id": str(number)})

    def newest(self, person_id: int, *keys: str) -> str:
        """Of which of these keys the newest button is."""
        return self._button(person_id, *keys)[1].partition(":")[0]

    def is_offered(self, person_id: int, key: str) -> bool:
        """Whether the latest lines have a button of this key."""
        return any(data.partition(":")[0] == key for _card, data in self.buttons(person_id))

    def _button(self, person_id: int, *keys: str) -> tuple[int, str]:
        """The number of the card and what the newest button of one of these keys carries."""
        offered = self.buttons(person_id)
        found = next((one for one in offered if {one[1], one[1].partition(":")[0]} & {*keys}), None)
        if found is None:
            raise LookupError(f"no button {keys} in the chat of {person_id} at {self.now}")
        return found

    def buttons(self, person_id: int) -> Iterator[tuple[int, str]]:
        """The latest lines' buttons, with the numbers of their cards, the newest first."""
        with self.database.reading() as session:
            rows = transcript.before(session, self.account, self.chats[person_id], ENDLESS, LATEST)
        for row in reversed(rows):
            for button in (one for line in row.message.get("buttons", ()) for one in line):
                if "data" in button:
                    yield row.replaces or row.number, button["data"]

    def _does(self, person_id: int, payload: dict[str, Any]) -> None:
        """One update, its turn, and everything that comes of it at once."""
        said = Said(f"history-{next(self._ids)}", payload)
        with self.database.transaction() as session:
            keep(session, self.site, self.chats[person_id], said)
        while self.intake.step() is not None:
            pass
        with self.database.reading() as session:
            if inbox.waiting(session):
                raise RuntimeError(f"the turn of {person_id} at {self.now} failed: {payload}")
        self._settles()

    # -- time

    def moves_to(self, moment: datetime) -> None:
        """Everything that falls due until then, and at that moment, in its order."""
        self._settles()
        while (coming := self._next_due()) is not None and coming <= moment:
            self.now = coming
            self._settles()
        self.now = max(self.now, moment)
        self._settles()

    def _next_due(self) -> datetime | None:
        with self.database.reading() as session:
            found = [timers.next_due(session, self.now), outbox.next_due(session, self.now)]
        return min((one for one in found if one is not None), default=None)

    def _settles(self) -> None:
        """Run the timers that are due, and let every message arrive that may go now."""
        while self._step():
            pass

    def _step(self) -> bool:
        """The next timer, or where none is due the messages. False where there is neither."""
        with self.database.transaction() as session:
            return self._tick(session) or self._deliver(session)

    def _tick(self, session: Session) -> bool:
        row = timers.claim(session, self.now, self.now)
        if row is None:
            return False
        desk = Desk(session=session, now=self.now, links=self.app.links)
        self.app.table.tick(desk, row.kind, dict(row.args))
        timers.finish(session, row.id)
        return True

    def _deliver(self, session: Session) -> bool:
        due = outbox.due(session, self.account, self.now, self.now)
        answers = [(row, Sent(str(self.channel.write(session, _message(session, row))))) for row in due]
        if answers:
            app = self.app
            settle(session, self.account, self.lease, answers, self.clock, app.links, app.table)
        return bool(answers)

    def close(self) -> None:
        """Leave the account to whoever serves it from here on."""
        with self.database.transaction() as session:
            leases.release(session, ROLE, ROLE)


def _message(session: Session, row: Row[Any]) -> Outgoing:
    if row.message["document"]:
        raise ValueError(f"message {row.id} of the history has a file, which only a sender makes")
    edited = row.edits_row is not None
    return (
        replace(outgoing(row), edits=outbox.external_id(session, row.edits_row)) if edited else outgoing(row)
    )
