"""An outbox with a sender on it and a channel that answers what a test wrote down."""

import asyncio
import time
from datetime import timedelta

from sqlalchemy import select

from bot.channels.base import Outgoing, Sent, Verdict
from bot.threads import Threads
from bot.workers.lease import Lease
from bot.workers.sender import Sender
from bot.workers.troubles import Wait
from handlers.engine.messages import Message
from storage.messaging import leases, outbox
from storage.messaging.accounts import Abilities


class Scripted:
    """A channel that answers what a test wrote down, by words or by chat; by default it takes everything."""

    kind = "test"
    ABILITIES = Abilities()

    def __init__(self, account_id: int) -> None:
        self.account_id = account_id
        self.script: dict[str, list[Verdict] | Verdict] = {}  # one after the other, or always the same
        self.sent: list[Outgoing] = []
        self.now = self.most = 0
        self.hanging: set[str] = set()  # chats that get no answer
        self.opened = True  # answers come only while it is

    async def send(self, message: Outgoing):
        self.sent.append(message)
        self.now += 1
        self.most = max(self.most, self.now)
        while message.chat in self.hanging or not self.opened:  # noqa: ASYNC110  tests open it from outside the loop
            await asyncio.sleep(0.01)
        await asyncio.sleep(0)
        self.now -= 1
        verdicts = self.script.get(message.html) or self.script.get(message.chat)
        if not verdicts:
            return Sent(str(len(self.sent)))
        return verdicts.pop(0) if isinstance(verdicts, list) else verdicts

    @property
    def texts(self) -> list[str]:
        return [message.html for message in self.sent]


class Post:
    """An outbox with a sender on it."""

    def __init__(self, stage) -> None:
        self.stage = stage
        self.threads = Threads(stage.database)
        self.channel = Scripted(stage.account.id)
        self.lease = Lease("sender:test", 1, time.monotonic() + 60)
        with stage.database.transaction() as session:
            assert leases.take(session, "sender:test", "me", timedelta(seconds=60)) == 1
        self.troubled: list[str] = []  # chats that got no answer before
        self.sender = self.a_sender()

    def a_sender(self) -> Sender:
        stage = self.stage
        made = Sender(self.channel, self.threads, stage.clock, stage.table, stage.links, None)
        made.troubles.chats = {chat: Wait() for chat in self.troubled}
        return made

    def puts(self, text: str, chat: str = "a", **columns) -> int:
        with self.stage.database.transaction() as session:
            return outbox.put(
                session,
                account_id=self.stage.account.id,
                chat=chat,
                message=Message(text).wire(),
                due_at=columns.pop("due_at", self.stage.time),
                made_at=self.stage.time,
                **columns,
            )

    def row(self, row_id: int):
        with self.stage.database.reading() as session:
            return outbox.get(session, row_id)

    def states(self) -> list[str]:
        with self.stage.database.reading() as session:
            table = outbox.outbox
            return list(session.execute(select(table.c.state).order_by(table.c.id)).scalars())

    def runs(self, until, seconds: float = 5.0, leaving=lambda: None) -> None:
        """Let a new sender work until the condition holds; `leaving` is done once it is told to stop."""

        self.sender = self.a_sender()

        async def drive() -> None:
            running = asyncio.create_task(self.sender.run(self.lease))
            end = time.monotonic() + seconds
            while not await asyncio.to_thread(until):
                assert time.monotonic() < end, f"{self.states()} {self.channel.texts}"
                assert not running.done() or running.result() is None
                self.sender.wake.set()
                await asyncio.sleep(0.01)
            running.cancel()
            await asyncio.sleep(0.05)
            leaving()
            await asyncio.gather(running, return_exceptions=True)

        asyncio.run(drive())

    def runs_all(self) -> None:
        self.runs(lambda: "due" not in self.states())
