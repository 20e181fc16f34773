"""The whole program with the cast of the dialogues, for browsers: three units with 12, 30 and 60 learners, and whoever
is asked for has a chat on the web already.

with living(database) as house:
    page.goto(house.enters(context, house.heads[60]))
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import islice, product
from typing import Any

from sqlmodel import Session

from bot.channels.web import WebChannel, new_chat
from bot.settings import load
from bot.web.site import DEVICE, device_proof
from storage.base.clock import Clock
from storage.courses.courses import Enrolment
from storage.messaging.inbox import Arrival, store
from storage.people.people import Grant, Person, Role, bind
from storage.reports.reports import ReportPeriod
from tests.casts.centre import Cast, add_report, fill, person
from tests.conftest import SECRET
from tests.houses.dialogue import START
from tests.houses.running import Running, running

FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi")
MIDDLE = ("Thị Thanh", "Văn", "Thị", "Quốc", "Minh")
GIVEN = ("Anh", "Bảo", "Châu", "Dung", "Hiếu", "Khoa", "Linh", "Nhung", "Phượng", "Tuyết")


class Living:
    """A running program; `cast` as in the dialogues, `heads` by how many learners each has to report on."""

    def __init__(self, program: Running) -> None:
        self.program, self.app = program, program.app
        self.channel = next(one for one in self.app.channels.values() if isinstance(one, WebChannel))
        with self.app.database.transaction() as session:
            self.cast = fill(session, START)
            self.heads = _units(session, self.cast)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.app.port}"

    def enters(self, context: Any, person_id: int) -> str:
        """The address of a new chat of this person's, which the browser is known to have started."""
        chat = new_chat("abcdef")
        with self.app.database.transaction() as session:
            row = session.get_one(Person, person_id)
            bind(session, row, self.channel.account_id, chat, self.app.clock.now())
        address = f"{self.url}/chat/{chat}"
        context.add_cookies([{"name": DEVICE, "value": device_proof(self.app.site, chat), "url": address}])
        self.says(chat, "xin chào")
        return f"{address}/"

    def says(self, chat: str, text: str) -> None:
        """Words of the person's own, from somewhere else than the page: a chat begins with them."""
        arrival = Arrival(f"{chat}:{len(text)}", chat, {"text": text})
        with self.app.database.transaction() as session:
            store(session, self.channel.account_id, [arrival], self.app.clock.real())
        self.program.call(lambda app: app.quiet())


def _units(session: Session, cast: Cast) -> dict[int, int]:
    """Two of the cast's units become large ones. Their heads, by how many learners they have."""
    _enrol(session, cast, cast.other_unit, 29)
    _enrol(session, cast, cast.empty_unit, 60)
    add_report(session, session.get_one(ReportPeriod, cast.period), cast.empty_unit)
    third = person(session, cast.centre, "Đoàn Thị Phương", cast.empty_unit, START, number=91)
    grant = Grant(
        person_id=third, role=Role.UNIT_HEAD, centre_id=cast.centre, organisation_id=cast.empty_unit
    )
    session.add(grant)
    return {12: cast.head, 30: cast.other_head, 60: third}


def _enrol(session: Session, cast: Cast, unit: int, many: int) -> None:
    for number, name in enumerate(islice(product(GIVEN, MIDDLE, FAMILIES), 0, many * 5, 5)):
        one = person(session, cast.centre, " ".join(reversed(name)), unit, START, number=number)
        first = date(2026, 11, 2)
        session.add(Enrolment(class_id=cast.running, person_id=one, organisation_id=unit, from_date=first))


@contextmanager
def living(database_url: str) -> Iterator[Living]:
    began = datetime.now(UTC)
    clock = Clock(real=lambda: START + (datetime.now(UTC) - began))
    settings = load(database_url=database_url, secret_key=SECRET, http_port=0)
    with running(settings, clock=clock) as program:
        yield Living(program)


__all__ = ["Living", "living"]
