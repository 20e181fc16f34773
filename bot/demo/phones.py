"""What the demonstration's phones show besides the web chat: people's chats on Telegram, Zalo Bot and Zalo OA.

Each goes through the messenger's own channel, which talks with a fake on this computer. Fake and account are opened
when a phone is first switched to the messenger, so that the demonstration is ready as soon as ever.
"""

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass

from sqlmodel import Session, select

from bot.accounts import opened
from bot.app import App
from bot.demo.messengers import Chat, Messenger
from bot.kinds import KINDS
from storage.people.people import Centre, Person

WEB = "web"
ANYWHERE = {"", "0.0.0.0", "::"}  # noqa: S104  compared with, not bound to


@dataclass(frozen=True)
class Screen:
    """A chat as a phone shows it; `number` is its address on the site."""

    number: int
    messenger: Messenger
    person: Person
    chat: Chat

    @property
    def link(self) -> str:
        return f"/demo/phone/{self.number}/"


def messengers() -> dict[str, type[Messenger]]:
    """What a phone can show besides the web chat."""
    found = {kind.name: kind.messenger() for kind in KINDS.values()}
    return {name: made for name, made in found.items() if made is not None}


class Screens:
    """The chats people have, and the messengers that have been opened for them."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.all: list[Screen] = []
        self.messengers: dict[str, Messenger] = {}
        self._fakes = ExitStack()
        self._opening = asyncio.Lock()

    def screen(self, kind: str, person_id: int) -> Screen | None:
        """The person's newest chat on a messenger."""
        found = (one for one in reversed(self.all) if one.messenger.kind == kind)
        return next((one for one in found if one.person.id == person_id), None)

    async def begin(self, kind: str, person: Person, code: str) -> None:
        """A new chat, opened with the code of a slip in the messenger's own way. Raises what keeps it from opening."""
        messenger = await self._opened(kind)
        self.all.append(Screen(len(self.all), messenger, person, messenger.chat(person)))
        await self.enter(self.all[-1], code)

    async def enter(self, screen: Screen, code: str) -> None:
        """The person comes with another slip's code."""
        await asyncio.to_thread(screen.chat.opens, code)

    async def _opened(self, kind: str) -> Messenger:
        """The messenger, its account opened at the first time."""
        async with self._opening:
            if kind not in self.messengers:
                self.messengers[kind] = await self._open(kind)
            return self.messengers[kind]

    async def _open(self, kind: str) -> Messenger:
        centre = await self.app.threads.read(lambda session: session.exec(select(Centre.name)).first())
        # Before the fake, which would load more of the same library.
        await asyncio.to_thread(KINDS[kind].load)
        messenger = messengers()[kind](self.app.clock.now, self._fakes, centre or "")
        settings = self.app.settings.model_copy(update=await asyncio.to_thread(messenger.start))
        host = self.app.settings.http_host
        base = f"http://{'127.0.0.1' if host in ANYWHERE else host}:{self.app.port}"

        def connect(session: Session) -> None:
            messenger.connect(session, opened(session, kind, settings).id, settings, base)

        await self.app.threads.write(connect)
        await self.app.open(kind, settings)
        return messenger

    def close(self) -> None:
        """End the fakes; to be called when their accounts are closed."""
        self._fakes.close()
