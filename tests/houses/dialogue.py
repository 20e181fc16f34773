"""Drives conversations as dialogues, on a real database, without a messenger or a wire.

    head = stage.head                          # a member of the cast, bound
    head.says("/baocao"); head.sees("12 học viên"); head.taps("Tất cả nền nếp tốt")
    stage.passes(days=1)                       # business time moves, due timers run

The cast (tests/casts/centre.py) is a centre with units, classes, learners; time starts on Monday 2026-11-16, 9:00.
"""

import itertools
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from markupsafe import Markup
from sqlalchemy import Row, bindparam, func, select
from sqlmodel import Session

from bot.channels.base import Sent
from bot.workers.intake import Intake
from bot.workers.lease import Lease
from bot.workers.settling import settle
from handlers import table
from handlers.engine.choices import Offered, layout
from handlers.engine.desk import Desk, Links
from handlers.engine.messages import Incoming, Press, SentFile, SharedContact
from locales import Language
from storage.base.clock import Clock
from storage.base.engine import Database
from storage.messaging import inbox, leases, outbox, timers
from storage.messaging.accounts import Abilities, ChannelAccount, account_named
from storage.messaging.dialogues import dialogue
from storage.people.people import Contact, Person, bind
from tests.casts.centre import Cast, fill
from tests.houses.copying import written

MORE = "Xem thêm"
YEARS = timedelta(days=3650)
START = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)  # Monday, 9:00 in Vietnam


_o = outbox.outbox.c
_DUE = (_o.chat == bindparam("chat"), _o.due_at <= bindparam("now"), _o.state != "dropped")
# Put together once: a dialogue asks them after every word.
SENT = select(outbox.outbox).where(*_DUE, _o.id > bindparam("after")).order_by(_o.id)
NEWEST = select(func.max(_o.id)).where(*_DUE)
LATEST = select(outbox.outbox).where(*_DUE, _o.id < bindparam("before")).order_by(_o.id.desc()).limit(4)
ENDLESS = 2**63 - 1


class Watched(Intake):
    """An intake that tells a dialogue whether the last update's turn ended, or its `failure`."""

    ended, failure = False, None

    def step(self) -> Row[Any] | None:
        self.ended, self.failure = False, None
        return super().step()

    def _run(self, session: Session, update: Row[Any]) -> None:
        super()._run(session, update)
        self.ended = True

    def _failed(self, update: Row[Any], error: Exception) -> None:
        self.failure = error
        super()._failed(update, error)


class Stage:
    """A database, its business time, and the people in it."""

    def __init__(
        self,
        database: Database,
        *,
        start: datetime = START,
        base: str = "http://127.0.0.1:8080",
        empty: bool = False,
        abilities: Abilities = Abilities(),  # noqa: B008  frozen
    ) -> None:
        self.database = database
        self.time = start
        self.clock = Clock(real=lambda: self.time)
        self.links = Links(base, database.keyring)
        self.table = table()
        self.numbers = itertools.count(1)
        with database.transaction() as session:
            self.account, self.cast = _opened(session, None if empty else start, abilities)
        self.players: dict[int, Player] = {}
        self.restarts()

    def restarts(self) -> None:
        """The process ends and another one takes its place: only what was committed is left."""
        parsers = {self.account.id: parse}
        self.intake = Watched(self.database, self.table, self.clock, self.links, parsers)

    def player(self, person_id: int) -> "Player":
        """A bound person with a chat of his own, both consents given; his one id, always the same player."""
        if person_id not in self.players:
            chat = f"chat-{person_id}"
            with self.database.transaction() as session:
                person = session.get(Person, person_id)
                assert person is not None
                bind(session, person, self.account.id, chat, self.time)
            self.players[person_id] = Player(self, chat, person_id)
        return self.players[person_id]

    def stranger(self, chat: str = "stranger") -> "Player":
        """Somebody at a chat that is bound to nobody."""
        return Player(self, chat, None)

    @property
    def head(self) -> "Player":
        return self.player(self.cast.head)

    @property
    def learner(self) -> "Player":
        return self.player(self.cast.learners[0])

    @property
    def registrar(self) -> "Player":
        return self.player(self.cast.registrar)

    @property
    def director(self) -> "Player":
        return self.player(self.cast.director)

    @property
    def lecturer(self) -> "Player":
        return self.player(self.cast.lecturer)

    def desk(self, session) -> Desk:
        return Desk(session=session, now=self.time, links=self.links)

    def passes(self, **span: float) -> None:
        """Business time moves on, timer by timer; messages that wait for their hour become due."""
        self.moves_to(self.time + timedelta(**span))

    def moves_to(self, moment: datetime) -> None:
        while True:
            with self.database.reading() as session:
                due = timers.next_due(session, self.time)
            if due is None or due > moment:
                break
            self.time = due
            self.ticks()
        self.time = max(self.time, moment)
        self.ticks()

    def ticks(self) -> None:
        """Run everything that is due now, as the ticker does."""
        while True:
            with self.database.transaction() as session:
                row = timers.claim(session, self.time, self.time)
                if row is None:
                    return
                self.table.tick(self.desk(session), row.kind, dict(row.args))
                timers.finish(session, row.id)

    def arrives(self) -> None:
        """The platform takes all that is due, as the sender would hand it over: the lists are before people's eyes."""
        while True:
            with self.database.transaction() as session:
                due = outbox.due(session, self.account.id, self.time, self.time)
                answers = [(row, Sent(f"sent-{row.id}", at=self.time)) for row in due]
                if not answers:
                    return
                lease = Lease("sender:stage", leases.take(session, "sender:stage", "stage", YEARS) or 0)
                settle(session, self.account.id, lease, answers, self.clock, self.links, self.table)

    def delivers(self, incoming: dict[str, Any], chat: str) -> int:
        """Store one update and run what can run. The id of the newest row that was due in the chat before; 0 for none."""
        with self.database.transaction() as session:
            newest: int = session.execute(NEWEST, {"chat": chat, "now": self.time}).scalar() or 0
            arrival = inbox.Arrival(str(next(self.numbers)), chat, incoming)
            inbox.store(session, self.account.id, [arrival], self.time)
        self.intake.step()
        if self.intake.failure is not None:
            raise self.intake.failure
        assert self.intake.ended, "the update waits, or was not there"
        return newest

    def sent_to(self, chat: str, after: int = 0) -> list[Any]:
        """What is due in a chat by now, oldest first; only rows with an id over `after`."""
        asked = {"chat": chat, "now": self.time, "after": after}
        with self.database.reading() as session:
            return list(session.execute(SENT, asked))

    def sent_before(self, chat: str, before: int) -> list[Any]:
        """The last few rows that are due in a chat, of those with an id below `before`, the newest first."""
        asked = {"chat": chat, "now": self.time, "before": before}
        with self.database.reading() as session:
            return list(session.execute(LATEST, asked))


def _opened(session: Session, start: datetime | None, abilities: Abilities) -> tuple[ChannelAccount, Cast]:
    """The test channel's account and the cast, as at `start`; without one, nobody."""

    def write(session: Session) -> tuple[int, Cast]:
        account = account_named(session, "test", abilities=abilities)
        return account.id, fill(session, start) if start else Cast()

    number, cast = written(session, ("stage", start, abilities), write)
    return session.get_one(ChannelAccount, number), cast


class Seen:
    """A message as its reader sees it. `below` is what stands under it where choices are typed."""

    def __init__(self, row: Any, most: int | None = None) -> None:
        self.row, self.wire = row, row.message
        self.shown = None if most is None else layout(Offered.of(row.id, row.message), most)
        self.id = row.id
        self.html: str = row.message["html"]
        self.text = str(Markup(self.html).striptags()) if "\n" not in self.html else _plain(self.html)
        self.buttons = [button for line in row.message["buttons"] for button in line]
        self.labels = [button["label"] for button in self.buttons]
        self.document = row.message["document"]
        self.edits = row.edits

    @property
    def offers(self) -> list[str]:
        """The labels of everything that can be chosen where its reader is."""
        return self.labels if self.shown is None else [str(one["label"]) for one in self.shown.presses]

    def __repr__(self) -> str:
        if self.shown is not None:
            return "\n".join(filter(None, (self.text, self.shown.text)))
        return f"{self.text}\n  [{'] ['.join(self.labels)}]" if self.labels else self.text


def _plain(html: str) -> str:
    return str(Markup(re.sub(r"</?(?:b|i)>", "", html)).unescape())


class Player:
    """A person at a chat: says, taps and sees. `taps_made` counts, for what each task may cost a person."""

    def __init__(self, stage: Stage, chat: str, person_id: int | None) -> None:
        self.stage, self.chat, self.person_id = stage, chat, person_id
        self.taps_made = 0
        self.read_up_to = 0

    # -- doing

    def says(self, text: str) -> "Player":
        return self._does(text=text)

    def starts(self, payload: str = "") -> "Player":
        self.taps_made += 1
        return self._does(start=payload)

    def types(self, text: str, *, at: datetime | None = None) -> "Player":
        """Answer in words or numbers, once all that was said has arrived; a message sent, counted as a tap is."""
        self.stage.arrives()
        self.taps_made += 1
        return self._does(text=text, at=(at or self.stage.time).timestamp())

    def taps(self, label: str) -> "Player":
        """Press the newest button whose label is, or begins with, `label`; or a persistent keyboard's."""
        for message in self.latest():
            for button in message.buttons:
                if button["label"] == label or button["label"].startswith(label):
                    return self.presses(button["data"], str(message.id))
        with self.stage.database.reading() as session:
            keyboard = (
                session.execute(select(dialogue.c.keyboard).where(dialogue.c.chat == self.chat)).scalar()
                or []
            )
        assert label in keyboard, (
            f"no button {label!r} among {[m.labels for m in self.messages()][-5:]} {keyboard}"
        )
        self.taps_made += 1
        return self.says(label)

    def chooses(self, *beginnings: str) -> "Player":
        """Choose what is called so or begins so, one after the other, as the channel lets a person: by a button, a
        number or a word. Turning a page is not counted.
        """
        for beginning in beginnings:
            self._choose(beginning)
        return self

    def _choose(self, beginning: str) -> None:
        if self.stage.account.can.buttons is None:
            one = next((b for b in self._offering().buttons if b["label"].startswith(beginning)), None)
            assert one is not None, f"{beginning!r} is not among {self.offered}"
            self.presses(one["data"], str(self._offering().id))
            return
        self.stage.arrives()
        for _page in range(5):
            shown = self._offering().shown
            ways = {one["label"]: str(number) for number, one in shown.numbered.items()}
            ways |= {str(one["label"]): str(one["label"]) for one in shown.words}
            if found := next((way for label, way in ways.items() if label.startswith(beginning)), ""):
                self.types(found)
                return
            buttons = {one["label"]: one["data"] for one in shown.buttons}
            if label := next((one for one in buttons if one.startswith(beginning)), ""):
                self.presses(buttons[label], str(self._offering().id))
                return
            assert MORE in buttons, f"{beginning!r} is not among {self.offered}"
            self.presses(buttons[MORE], str(self._offering().id))
            self.taps_made -= 1
            self.stage.arrives()
        raise AssertionError(f"{beginning!r} is on none of the pages; the last one: {self.offered}")

    def _offering(self) -> Seen:
        """The newest message that offers anything."""
        return next(seen for seen in self.latest() if seen.offers)

    @property
    def offered(self) -> list[str]:
        """What the newest message that offers anything offers, in its order, by whichever way it is chosen."""
        return self._offering().offers

    def presses(self, data: str, message_id: str = "") -> "Player":
        """Press a button by its wire form: old ones, foreign ones, garbage."""
        self.taps_made += 1
        return self._does(press=data, message_id=message_id)

    def shares_phone(self, phone: str, *, own: bool = True) -> "Player":
        self.taps_made += 1
        return self._does(phone=phone, own=own)

    def sends_file(self, name: str, content: bytes) -> "Player":
        from storage.imports.readings import read_all
        from storage.messaging.files import StoredFile

        with self.stage.database.transaction() as session:
            stage = self.stage
            file = StoredFile(
                account_id=stage.account.id, name=name, content=content, kept_at=stage.time,
                reading=read_all(content, (stage.time + timedelta(hours=7)).date()),
            )  # fmt: skip
            session.add(file)
            session.flush()
            file_id = file.id
        return self._does(file=name, size=len(content), file_id=file_id)

    def delivers(self, **incoming: Any) -> "Player":
        """Any other update: left=True, other=True."""
        return self._does(**incoming)

    def _does(self, **incoming: Any) -> "Player":
        self.read_up_to = self.stage.delivers(incoming, self.chat)
        return self

    # -- seeing

    def messages(self) -> list[Seen]:
        """All that is due in this chat, oldest first."""
        most = self.stage.account.can.buttons
        return [Seen(row, most) for row in self.stage.sent_to(self.chat)]

    def news(self) -> list[Seen]:
        """What came since this player last did something (or called `reads`)."""
        most = self.stage.account.can.buttons
        return [Seen(row, most) for row in self.stage.sent_to(self.chat, self.read_up_to)]

    def reads(self) -> "Player":
        """Take note of everything there is, so that `news` starts from here."""
        last = next(self.latest(), None)
        self.read_up_to = last.id if last else 0
        return self

    def latest(self) -> Iterator[Seen]:
        """All that is due in this chat, the newest first; looked up as far as is asked."""
        most, before = self.stage.account.can.buttons, ENDLESS
        while rows := self.stage.sent_before(self.chat, before):
            yield from (Seen(row, most) for row in rows)
            before = rows[-1].id

    @property
    def last(self) -> Seen:
        last = next(self.latest(), None)
        assert last is not None, "nothing was said in this chat yet"
        return last

    def sees(self, *parts: str) -> "Player":
        """Every part stands in what came since this player last did something."""
        text = "\n".join(repr(message) for message in self.news())
        for part in parts:
            assert part in text, f"{part!r} is not in:\n{text}"
        return self

    def sees_no(self, *parts: str) -> "Player":
        text = "\n".join(repr(message) for message in self.news())
        for part in parts:
            assert part not in text, f"{part!r} is in:\n{text}"
        return self

    def file(self) -> tuple[str, bytes]:
        """The newest message's file, rendered as at sending: (name, content)."""
        document = next(message.document for message in reversed(self.messages()) if message.document)
        paper = self.stage.table.papers[document["key"]]
        with self.stage.database.reading() as session:
            content = paper.run(self.stage.desk(session), self._language(session), **document["ids"])
        return document["name"], content

    def _language(self, session: Any) -> Language:
        person = session.get(Person, self.person_id)
        return Language(person.language if person else "vi")

    def contact(self) -> Contact:
        from sqlmodel import select as choose

        with self.stage.database.reading() as session:
            contact = session.exec(choose(Contact).where(Contact.chat == self.chat)).one()
            session.expunge(contact)  # the end of a reading session forgets what it read
            return contact


def parse(payload: dict[str, Any]) -> Incoming:
    """The test channel's updates."""
    if "press" in payload:
        return Incoming(press=Press(payload["press"], payload.get("message_id", "")))
    if "start" in payload:
        return Incoming(start=payload["start"])
    if "phone" in payload:
        return Incoming(contact=SharedContact(payload["phone"], payload["own"]))
    if "file" in payload:
        file = SentFile(payload["file"], payload["size"], payload.get("file_id"), payload.get("problem", ""))
        return Incoming(file=file)
    if payload.get("left") or payload.get("other"):
        return Incoming(left=bool(payload.get("left")), other=bool(payload.get("other")))
    at = datetime.fromtimestamp(payload["at"], UTC) if "at" in payload else None
    return Incoming(text=payload["text"], at=at)
