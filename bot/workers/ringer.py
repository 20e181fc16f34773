"""Rings the browsers of the web chat for what nobody has looked at, beside everything else and after it.

What is to be rung for stands in the database with the line itself, so nothing is waited for and nothing is lost: a kill
between a push service's answer and its writing down rings once more.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

from markupsafe import Markup
from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from bot.logs import logger
from bot.threads import Threads
from bot.workers.lease import Lease
from bot.workers.pushing import AT_ONCE, Answer, Outcome, Push
from handlers.engine.messages import plain
from locales import Language
from storage.base.clock import Clock
from storage.messaging import outbox, rings, transcript
from storage.people.people import Centre, Person, contact_at

LOOK_AGAIN: Final = 1.0  # seconds
RETRIES: Final = (
    30.0,
    120.0,
    600.0,
)  # seconds; then this ring is given up, for the message is in the chat anyway
LONGEST_PAUSE: Final = 600.0  # seconds, whatever a push service asks for
FIRST_LINE: Final = 120  # characters
log = logger("caunoi.ringer")
Ring = tuple[Row[Any], dict[str, str]]


class Ringer:
    """Rings while its lease holds."""

    def __init__(self, threads: Threads, clock: Clock, push: Push) -> None:
        self.threads, self.clock, self.push = threads, clock, push

    async def run(self, lease: Lease) -> None:
        """Ring until cancelled; a database that is away is waited for."""
        while True:
            rang = 0
            with suppress(DBAPIError):
                rang = await self.step() if lease.is_held else 0
            if not rang:
                await asyncio.sleep(LOOK_AGAIN)

    async def step(self) -> int:
        """Ring those whose moment has come, a few at once. How many were looked at."""
        rows = await self.threads.read(lambda session: rings.due(session, self.clock.real(), AT_ONCE))
        if rows:
            found = await self.threads.write(lambda session: [_ring(session, row) for row in rows])
            told = [ring for ring in found if ring is not None]
            answers = await asyncio.gather(*(self._send(*ring) for ring in told))
            await self.threads.write(lambda session: self._settle(session, told, answers))
        return len(rows)

    async def _send(self, row: Row[Any], told: dict[str, str]) -> Answer:
        to = rings.Subscription(row.endpoint, row.p256dh, row.auth)
        answer = await self.push.send(to, told, self.clock.real())
        if answer.outcome != Outcome.RUNG:
            log.warning("not rung", ring=row.id, outcome=answer.outcome, reason=answer.reason)
        return answer

    def _settle(self, session: Session, told: Sequence[Ring], answers: Sequence[Answer]) -> None:
        now = self.clock.real()
        for (row, _told), answer in zip(told, answers, strict=True):
            if answer.outcome == Outcome.GONE:
                rings.drop(session, row.id)
            elif answer.outcome == Outcome.LATER and row.attempts < len(RETRIES):
                seconds = min(max(answer.seconds, RETRIES[row.attempts]), LONGEST_PAUSE)
                rings.retry(session, row, now + timedelta(seconds=seconds))
            else:
                rings.rung(session, row, now)


def _ring(session: Session, row: Row[Any]) -> Ring | None:
    """What the browser is told; None, and the browser is forgotten, where the chat is nobody's any more."""
    contact = contact_at(session, row.account_id, row.chat)
    if contact is None:
        rings.forget(session, row.account_id, row.chat)
        return None
    person = session.get_one(Person, contact.person_id)
    told = {"title": plain(Language(person.language).text("The centre has a message for you"))}
    if session.get_one(Centre, person.centre_id).options.get("push_first_line"):
        told |= _first_line(session, row)
    return row, told


def _first_line(session: Session, row: Row[Any]) -> dict[str, str]:
    """How the message begins, of what the centre sends out by itself; never of marks, conduct and the like."""
    lines = transcript.since(session, row.account_id, row.chat, row.line - 1, 1)
    sent = outbox.get(session, lines[0].outbox_id) if lines and lines[0].outbox_id is not None else None
    if sent is None or sent.lane != outbox.BROADCAST or sent.message.get("private", True):
        return {}
    text = Markup(sent.message["html"].strip().partition("\n")[0]).striptags()  # noqa: S704  its tags are taken away
    return {"body": text[:FIRST_LINE]} if text else {}
