"""A fifth messenger, made up: everything a kind of channel brings, in one file. Its letters lie in a loft here."""

import asyncio
from collections.abc import Iterator, Sequence
from queue import Empty, Queue
from typing import Annotated, Any

import typer

from bot.channels.base import Fetched, Outgoing, Sent, Store, Verdict
from bot.channels.kind import Check, Kind, bad
from bot.common_settings import CommonSettings, Mend, Word
from bot.demo.messengers import Chat, Line, Messenger
from handlers.engine.messages import Incoming
from storage.messaging.accounts import Abilities
from storage.messaging.inbox import Arrival

HERE = __name__
arriving: Queue[str] = Queue()
sent: list[str] = []
KIND = Kind(
    "pigeon",
    f"{HERE}:PigeonChannel",
    settings=f"{HERE}:PigeonSettings",
    needs=("pigeon_corn",),
    abroad=True,
    pace=2.0,
    limits=lambda _settings: {"monthly": 7},
    check=f"{HERE}:check",
    commands=f"{HERE}:add_to",
    added="Feed {name} twice a day.",
    demo=f"{HERE}:Pigeon",
)


class PigeonSettings(CommonSettings):
    pigeon_corn: Annotated[Word, Mend("give a handful, in one piece")] = None


class PigeonChannel:
    kind = KIND.name
    ABILITIES = Abilities(buttons=0, edits=False, phone=False, files_in=False, largest_file=0, quota=True)

    def __init__(self, account_id: int, _settings: Any, _threads: Any, _clock: Any) -> None:
        self.account_id = account_id

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def receive(self, store: Store) -> None:
        while True:
            try:
                letter = arriving.get_nowait()
                await store([Arrival(f"letter-{letter}", "window", {"letter": letter})])
            except Empty:
                await asyncio.sleep(0.02)

    def parse(self, payload: dict[str, Any]) -> Incoming:
        return Incoming(text=payload["letter"])

    async def fetch(self, _payload: dict[str, Any]) -> Fetched:
        return Fetched(problem="unreachable")

    async def send(self, message: Outgoing) -> Verdict:
        sent.append(message.html)
        return Sent(f"feather-{message.outbox_id}")

    def routes(self, _store: Store) -> Sequence[Any]:
        return ()

    async def acknowledge(self, payload: dict[str, Any]) -> None: ...


def check(settings: Any, account: Any, database: Any) -> Iterator[Check]:
    if not KIND.is_given(settings):
        yield Check("Pigeons: none are kept")
    elif database is not None and account.id:
        yield bad("Pigeons: they are hungry", "feed them")


def add_to(app: typer.Typer) -> None:
    app.command("pigeons")(lambda: print("coo"))


class PigeonChat(Chat):
    def received(self) -> list[Line]:
        return []

    def opens(self, code: str) -> None:
        self.says(code)

    def says(self, text: str) -> None:
        self._keep(len(self.own), text)

    def sends(self, name: str, _content: bytes) -> None:
        self.says(name)


class Pigeon(Messenger):
    kind, name = KIND.name, "Pigeon Post"

    def start(self) -> dict[str, Any]:
        return {"pigeon_corn": "a-handful-of-corn"}

    def chat(self, _person: Any) -> Chat:
        return PigeonChat(self.now)
