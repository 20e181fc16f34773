"""The whole program with the cast of the dialogues, for browsers: whoever is asked for has a chat on the web already.

with living(url) as house:
    page.goto(house.enters(context, house.head_of(60)))
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import count, islice, product
from typing import Any

from sqlmodel import Session

from bot.channels.web import WebChannel, new_chat
from bot.settings import load
from bot.web.site import DEVICE, device_proof
from storage.base.clock import Clock
from storage.base.text import fold
from storage.courses.courses import Enrolment
from storage.messaging.inbox import Arrival, store
from storage.people.people import Grant, Organisation, Person, Role, bind
from storage.reports.reports import ReportPeriod
from tests.casts.centre import add_report, fill, person
from tests.conftest import SECRET
from tests.houses.dialogue import START
from tests.houses.running import Running, running

FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi")
MIDDLE = ("Thị Thanh", "Văn", "Thị", "Quốc", "Minh")
GIVEN = ("Anh", "Bảo", "Châu", "Dung", "Hiếu", "Khoa", "Linh", "Nhung", "Phượng", "Tuyết")
ENOUGH = 5  # steps between two names of the product of these, so that they differ


class Living:
    """A running program and its `cast`, as in the dialogues."""

    def __init__(self, program: Running) -> None:
        self.program, self.app = program, program.app
        self.channel = next(one for one in self.app.channels.values() if isinstance(one, WebChannel))
        self.numbers = count(1)
        with self.app.database.transaction() as session:
            self.cast = fill(session, START)

    def head_of(self, learners: int) -> int:
        """The head of a new unit that sends so many learners to the running class and has to report on them."""
        with self.app.database.transaction() as session:
            name = f"Trường Tiểu học số {next(self.numbers)}"
            unit = Organisation(centre_id=self.cast.centre, name=name, folded=fold(name), kind="unit")
            session.add(unit)
            session.flush()
            head = person(session, self.cast.centre, "Đoàn Thị Phương", unit.id, START, number=91)
            role = {"role": Role.UNIT_HEAD, "centre_id": self.cast.centre, "organisation_id": unit.id}
            session.add(Grant(person_id=head, **role))
            self._enrols(session, unit.id, learners)
            add_report(session, session.get_one(ReportPeriod, self.cast.period), unit.id)
            return head

    def _enrols(self, session: Session, unit: int, many: int) -> None:
        names = islice(product(GIVEN, MIDDLE, FAMILIES), 0, many * ENOUGH, ENOUGH)
        for number, name in enumerate(names):
            one = person(session, self.cast.centre, " ".join(reversed(name)), unit, START, number=number)
            ids = {"class_id": self.cast.running, "person_id": one, "organisation_id": unit}
            session.add(Enrolment(**ids, from_date=date(2026, 11, 2)))

    def enters(self, context: Any, person_id: int) -> str:
        """The address of a new chat of this person's, greeted already; the browser is known to have started it."""
        chat = new_chat("abcdef")
        with self.app.database.transaction() as session:
            row = session.get_one(Person, person_id)
            bind(session, row, self.channel.account_id, chat, self.app.clock.now())
        address = f"http://127.0.0.1:{self.app.port}/chat/{chat}"
        context.add_cookies([{"name": DEVICE, "value": device_proof(self.app.site, chat), "url": address}])
        self.says(chat, "/menu")
        return f"{address}/"

    def says(self, chat: str, text: str) -> None:
        """Words of a chat's person, not typed on its page; answered when this returns."""
        arrival = Arrival(f"{chat}:{next(self.numbers)}", chat, {"text": text})
        with self.app.database.transaction() as session:
            store(session, self.channel.account_id, [arrival], self.app.clock.real())
        assert self.program.call(lambda app: app.quiet(30))


@contextmanager
def living(database_url: str) -> Iterator[Living]:
    """The cast's Monday goes on at the pace of the clock on the wall."""
    began = datetime.now(UTC)
    clock = Clock(real=lambda: START + (datetime.now(UTC) - began))
    settings = load(database_url=database_url, secret_key=SECRET, http_port=0)
    with running(settings, clock=clock) as program:
        yield Living(program)
