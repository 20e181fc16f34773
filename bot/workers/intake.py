"""A stored update, its conversation, one commit.

1. claim the oldest update of the next free chat, its chat locked: chats take turns;
2. parse it, load who speaks and where the chat stands;
3. run the conversation: state, domain rows and answers are written to the same transaction;
4. mark the update done; commit.

A failure rolls everything back and is counted in a transaction of its own; after three tries the update is
set aside and the person gets a short apology.
"""

import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from bot.channels.page_file import answered, page_file
from bot.limits import Limits
from bot.logs import logger
from handlers.engine.desk import Links
from handlers.engine.messages import Incoming
from handlers.engine.router import Table
from handlers.engine.turn import NotYetError, Turn
from handlers.menu.menu import apologise
from locales import Language
from storage.base.clock import Clock
from storage.base.engine import Database
from storage.messaging import dialogues, inbox, outbox
from storage.messaging.dialogues import menu_of

BACK_OFF = (0.5, 2.0, 8.0)  # seconds, real time
LOOK_AGAIN = timedelta(seconds=0.1)
PATIENCE = timedelta(seconds=3)  # for the list an answer may be for to arrive
Parse = Callable[[dict[str, Any]], Incoming]
log = logger("caunoi.intake")


class Intake:
    """Runs updates. `parsers` know each account's updates."""

    def __init__(
        self,
        database: Database,
        table: Table,
        clock: Clock,
        links: Links,
        parsers: dict[int, Parse],
        limits: Limits | None = None,
    ) -> None:
        self.database, self.table, self.clock, self.links = database, table, clock, links
        self.parsers, self.limits = parsers, limits or Limits()
        self.served = 0  # the dialogue that had the last turn

    def step(self) -> Row[Any] | None:
        """Run one update. None when none may run now; else its inbox row, done or counted as failed."""
        update: Row[Any] | None = None
        try:
            with self.database.transaction() as session:
                update = inbox.claim(session, self.clock.real(), self.served)
                self.served = update.dialogue_id if update is not None else 0
                if update is not None:
                    self._run(session, update)
        except NotYetError:
            assert update is not None, "a turn has run"
            with self.database.transaction() as session:
                inbox.wait(session, update.id, self.clock.real() + LOOK_AGAIN)
        except Exception as error:
            if update is None:
                raise
            self._failed(update, error)
        return update

    def _run(self, session: Session, update: Row[Any]) -> None:
        by_page = page_file(update.payload)
        turn = self.turn(session, update, by_page or self.parsers[update.account_id](update.payload))
        self.table.run(turn)
        self.limits.met.update(turn.met)
        told = {"payload": answered(update.payload, turn.said)} if by_page else {}
        inbox.finish(session, update.id, **told)

    def turn(self, session: Session, update: Row[Any], incoming: Incoming) -> Turn:
        """Who speaks, where, in which language, and what the chat waits for."""
        now = self.clock.now()
        here = dialogues.whose(session, update.dialogue_id)
        account, contact, person = here.ChannelAccount, here.Contact, here.Person
        if contact is not None:
            contact.used_at = now
            contact.state = "active"  # who writes is reached again
        turn = Turn(
            session=session,
            now=now,
            links=self.links,
            table=self.table,
            account=account,
            chat=update.chat,
            dialogue_id=update.dialogue_id,
            incoming=incoming,
            contact=contact,
            person=person,
            language=Language(person.language if person else here.language),
            state=dict(here.state),
            keyboard=list(here.keyboard),
            menu=menu_of(here.menu),
            may_wait=abs(self.clock.real() - update.stored_at) < PATIENCE,
            ungranted=self.table.roles,
        )
        if account.can.window and not page_file(update.payload):
            self._opens_window(session, update, now)
        if account.can.users:
            self.table.tell("chat_heard", turn, account, update.chat)
        if person is not None:
            turn.language = Language(person.language, ZoneInfo(turn.home.zone))
        return turn

    def _opens_window(self, session: Session, update: Row[Any], now: datetime) -> None:
        """The person wrote: the platform's window is open again, and what waited for that may go."""
        dialogues.heard(session, update.dialogue_id, now)
        outbox.release(session, update.account_id, update.chat)

    def _failed(self, update: Row[Any], error: Exception) -> None:
        """Count the failure, unless the database itself was at fault, and try again later or set it aside."""
        if isinstance(error, DBAPIError) and (error.connection_invalidated or _is_deadlock(error)):
            log.warning("turn repeated: the database was lost or busy", update=update.id)
            return
        retry_at = self._retry_at(update.attempts)
        log.error("turn failed", update=update.id, attempt=update.attempts + 1, kind=type(error).__name__)
        with self.database.transaction() as session:
            inbox.fail(session, update.id, "".join(traceback.format_exception(error)), retry_at)
            if retry_at is None:
                apologise(self.turn(session, update, Incoming()))

    def _retry_at(self, attempts: int) -> datetime | None:
        if attempts >= len(BACK_OFF):
            return None
        return self.clock.real() + timedelta(seconds=BACK_OFF[attempts])


def _is_deadlock(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) in {"40P01", "40001"} or "database is locked" in str(
        error.orig
    )
