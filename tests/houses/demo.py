"""A demonstration served by a thread of this process, asked over HTTP."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from unittest.mock import patch

import httpx
from sqlalchemy import select, update
from sqlmodel import Session

from bot.app import App
from bot.demo.demo import Demo
from bot.demo.history import Past, fill
from bot.demo.running import filled, serve
from storage.messaging.transcript import transcript
from storage.people.people import Invite
from tests.conftest import SECRET
from tests.houses.copying import written
from tests.houses.waiting import until

HERE = {"Sec-Fetch-Site": "same-origin"}


@contextmanager
def opened(*, first_day: bool = False) -> Iterator["House"]:
    """A demonstration as it begins, or one in which nobody is linked yet. The sample is written once and copied, so all of them have the same key."""
    key = patch("bot.common_settings.secret_beside", lambda _database_file: SECRET)
    with patch("bot.demo.history.fill", _copied), key, filled(first_day=first_day) as demo:
        house = House(demo)
        yield house
        house.close()


def _copied(app: App, session: Session, now: datetime) -> Past:
    return written(session, ("demonstration", now), lambda session: fill(app, session, now))


class House:
    """A demonstration served by a thread of this process; `run` awaits something in its loop."""

    def __init__(self, demo: Demo) -> None:
        self.demo, self.ready = demo, threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="demo", daemon=True)
        self.thread.start()
        assert self.ready.wait(20), "the demonstration did not start"
        url = f"http://127.0.0.1:{demo.app.port}"
        plain = {"timeout": 20, "verify": False}  # no certificates to load
        self.http = httpx.Client(base_url=url, headers=HERE, **plain)

    async def _serve(self) -> None:
        self.loop, self.stop = asyncio.get_running_loop(), asyncio.Event()
        await serve(self.demo, lambda _app: self.ready.set(), self.stop)

    def run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    def close(self) -> None:
        self.http.close()
        self.loop.call_soon_threadsafe(self.stop.set)
        self.thread.join(20)
        assert not self.thread.is_alive()

    @property
    def now(self) -> datetime:
        return self.demo.app.clock.now()

    def slips_run_out(self) -> None:
        """Those issued so far, as if a fortnight had gone by."""
        run_out = update(Invite).values(expires_at=self.now)
        self.run(self.demo.app.threads.write(lambda session: session.execute(run_out)))

    def state(self) -> dict:
        return self.http.get("/demo/state").json()

    def lines(self, chat: str) -> list[str]:
        """What the chat shows once all is answered."""
        query = select(transcript.c.message).where(transcript.c.chat == chat)
        assert self.run(self.demo.app.quiet())
        found = self.run(self.demo.app.threads.read(lambda session: session.execute(query).scalars().all()))
        return [message["html"] for message in found]

    def moves(self, **step) -> list[dict]:
        """Move the clock and look until it stands still; all that was seen on the way."""
        answer = self.http.post("/demo/clock", json=step)
        assert answer.status_code == 202, answer.text
        seen = [answer.json()]
        while seen[-1]["moving"] is not None:
            time.sleep(0.05)  # the clock moves in this process, too
            seen.append(self.state())
        return seen


class Phone:
    """One of the three phones, switched to a messenger and worked over HTTP as its page works it."""

    def __init__(self, house: House, number: int, kind: str, **more) -> None:
        self.house, self.number = house, number
        self.state = self.shows(kind, **more)

    def shows(self, kind: str, **more) -> dict:
        """Switch it; how the phone stands then."""
        person = self.house.state()["phones"][self.number]["person"]
        asked = {"phone": self.number, "person": person, "messenger": kind, **more}
        answer = self.house.http.post("/demo/person", json=asked)
        assert answer.status_code == 200, answer.text
        self.state = answer.json()["phones"][self.number]
        self.link = self.state["link"]
        return self.state

    def look(self) -> dict:
        return self.house.http.get(f"{self.link}lines").json()

    @property
    def lines(self) -> list[dict]:
        return self.look()["lines"]

    @property
    def theirs(self) -> list[dict]:
        return [line for line in self.lines if not line["mine"]]

    def texts(self) -> list[str]:
        return [line["html"] for line in self.lines]

    def sees(self, text: str) -> dict:
        """The newest message with these words, waited for."""
        return self.sees_one(text)

    def sees_one(self, *texts: str) -> dict:
        """The newest message with one of these words, waited for."""
        return until(
            lambda: [line for line in self.theirs if any(text in line["html"] for text in texts)], self.texts
        )[-1]

    def sees_button(self, label: str) -> str:
        """Wait for a button of this label."""
        until(
            lambda: [
                one for line in self.theirs for row in line["buttons"] for one in row if one["label"] == label
            ],
            self.texts,
        )
        return label

    def does(self, what: str, **body) -> httpx.Response:
        return self.house.http.post(f"{self.link}{what}", json=body)

    def says(self, text: str) -> None:
        assert self.does("say", text=text).status_code == 200

    def taps(self, label: str) -> None:
        """Press the newest button of this label; where there are none, type its number in the newest list, or it."""
        for line in reversed(self.theirs):
            for button in (one for row in line["buttons"] for one in row if one["label"] == label):
                assert self.does("press", card=line["n"], data=button["data"]).status_code == 200
                return
        self.says(self.number_of(label))

    def number_of(self, label: str) -> str:
        written = [line.partition(". ") for one in reversed(self.theirs) for line in one["html"].split("\n")]
        return next((number for number, _dot, words in written if words == label), label)

    def binds(self) -> None:
        self.sees("Có đúng là đồng chí không?")
        self.taps("Đúng là tôi")
        self.sees("xin phép xử lý họ tên")
        self.taps("Đồng ý")
        if "nhạy cảm" in self.sees_one("nhạy cảm", "Đã liên kết")["html"]:  # asked of learners
            self.taps("Đồng ý")
        self.sees("Đã liên kết với đồng chí")
        assert self.house.run(self.house.demo.app.quiet())
