"""The pages of signed links, served over HTTP, around a stage with its cast: nothing else of bot.app.

with page_house(database) as house:
    link = house.file_of(house.stage.learner)
    house.browser().post(link)
"""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from sqlalchemy import select
from starlette.responses import PlainTextResponse

from bot.channels.web import WebChannel
from bot.threads import Threads
from bot.web.web import Site, create_app
from handlers.engine.desk import FILE_LINK_LIVES, UPLOAD_LINK_LIVES, Links
from storage.messaging import outbox
from storage.messaging.accounts import Abilities, account_named
from storage.messaging.dialogues import dialogue, dialogue_id
from tests.houses.dialogue import Player, Stage
from tests.houses.serving import Served, serve
from tests.houses.web.bringing import brings_files

HTML = {"Accept": "text/html,application/xhtml+xml"}


class PageHouse:
    """A stage whose pages are served; its turns run when a test says so, or by themselves (`answers`)."""

    def __init__(self, database, abilities: Abilities) -> None:
        self.database = database
        self.stage = Stage(database, base="", abilities=abilities)
        self.threads = Threads(database)
        with database.transaction() as session:
            web = account_named(session, "web").id
        self.channel = WebChannel(web, None, self.threads, self.stage.clock)
        self.woken = 0
        self.site = Site(
            self.threads, self.stage.clock, database.keyring, self.channel, self._wake, self.stage.table,
            self.stage.links,
        )  # fmt: skip
        self.app = create_app(self.site)
        self.browsers: list[httpx.Client] = []
        self.answers_lost = 0  # so many files yet whose answer a gateway loses on its way back
        self.served: Served

    def _wake(self) -> None:
        self.woken += 1

    @property
    def links(self) -> Links:
        return Links(self.served.url, self.database.keyring)

    def browser(self) -> httpx.Client:
        """A device of its own: its cookies are its own."""
        made = httpx.Client(timeout=20, trust_env=False, headers=HTML)
        self.browsers.append(made)
        return made

    # -- links

    def row_of(self, player: Player) -> int:
        """The newest message with a file in somebody's chat."""
        return next(seen.id for seen in reversed(player.messages()) if seen.document)

    def file_of(self, player: Player) -> str:
        return self.links.file(self.row_of(player), self.stage.time + FILE_LINK_LIVES)

    def upload_of(self, player: Player) -> str:
        with self.database.transaction() as session:
            number = dialogue_id(session, self.stage.account.id, player.chat)
        return self.links.upload(number, self.stage.time + UPLOAD_LINK_LIVES)

    def puts(self, player: Player, document: dict[str, Any] | None, **more: Any) -> int:
        """A message of the centre's in somebody's chat, with a file or without."""
        wire = {"html": "Tệp đây.", "buttons": [], "keyboard": [], "asks_phone": "", "document": document}
        with self.database.transaction() as session:
            row = outbox.put(
                session, account_id=self.stage.account.id, chat=player.chat, person_id=player.person_id,
                message=wire, due_at=self.stage.time, made_at=self.stage.time, **more,
            )  # fmt: skip
        assert row is not None
        return row

    def rows(self, table) -> list[Any]:
        with self.database.reading() as session:
            return list(session.execute(select(table).order_by(table.c.id)))

    def told(self, player: Player) -> list[str]:
        return [seen.html for seen in player.messages()]

    # -- turns

    def runs(self) -> int:
        """Run what came. Returns how many updates ran."""
        ran = 0
        while self._runs_one() is not None:
            ran += 1
        return ran

    def _runs_one(self):
        stage = self.stage
        brings_files(stage.database, stage.account.id, stage.time, stage.intake.parsers[stage.account.id])
        return self.stage.intake.step()

    async def answers(self) -> None:
        """Run what the pages bring, for as long as the house stands; what players say runs by itself."""
        seen = 0
        while True:
            woken = self.woken
            if woken == seen or await self.threads.call(self._runs_one) is None:
                seen = woken
                await asyncio.sleep(0.02)


class Gateway:
    """What stands between a phone and the pages, and loses the answers to some files."""

    def __init__(self, house: PageHouse) -> None:
        self.house = house

    async def __call__(self, scope, receive, send) -> None:
        if scope["method"] != "PUT" or not self.house.answers_lost:
            await self.house.app(scope, receive, send)
            return

        async def lose(_message) -> None:
            return

        await self.house.app(scope, receive, lose)
        self.house.answers_lost -= 1
        await PlainTextResponse("", 502)(scope, receive, send)


@contextmanager
def page_house(
    database,
    *,
    answering: bool = False,
    abilities: Abilities = Abilities(),  # noqa: B008  frozen
) -> Iterator[PageHouse]:
    house = PageHouse(database, abilities)
    beside = [house.answers] if answering else []
    with serve(Gateway(house), beside=beside, closing=house.channel.stop) as house.served:
        house.stage.links = house.stage.intake.links = house.links
        yield house
        for browser in house.browsers:
            browser.close()
    house.threads.close()


def page_id(text: str) -> str:
    """The hidden id in a page's form."""
    found = re.search(r'name="id" value="([^"]+)"', text)
    assert found, text
    return found[1]


__all__ = ["HTML", "PageHouse", "dialogue", "page_house", "page_id"]
