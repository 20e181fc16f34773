"""The main story over real HTTP against the Telegram fake: bind, timetable, report, notice, reminder.

Every outgoing call was checked against the Bot API's specification (FakeTelegram refuses and notes the others).
"""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from bot import sample
from bot.fakes.telegram import FakeTelegram
from bot.settings import load
from storage.conduct import ConductEntry, ConductReport
from storage.courses import CourseClass, Enrolment
from storage.notices import Delivery
from storage.people import Grant, Person, Role
from tests.conftest import SECRET
from tests.running import running

TOKEN = "1234567:abcdefghijklmnopqrstuvwxyzabcdefghi"


@pytest.fixture
def telegram():
    with FakeTelegram(TOKEN) as fake:
        yield fake


@pytest.fixture
def program(database, database_url, telegram):
    """The sample centre, served with a Telegram account that leads to the fake."""
    from datetime import UTC, datetime

    with database.transaction() as session:
        sample.fill(session, datetime.now(UTC))
    settings = load(
        database_url=database_url,
        secret_key=SECRET,
        telegram_token=TOKEN,
        telegram_api_url=telegram.url,
        http_port=0,
    )
    with running(settings) as started:
        yield started


class Casting:
    """Who plays: a learner of the class that opens, the head of his unit, another head, the registrar."""

    def __init__(self, database, telegram) -> None:
        self.database, self.telegram = database, telegram
        with database.reading() as session:
            opening = session.exec(select(CourseClass).order_by(col(CourseClass.from_date).desc())).first()
            self.opening = opening.name
            enrolled = select(Person, Enrolment).join(Enrolment, Enrolment.person_id == Person.id)
            self.learner, _enrolment = session.exec(enrolled.where(Enrolment.class_id == opening.id)).first()
            heads = (
                select(Person, Grant)
                .join(Grant, Grant.person_id == Person.id)
                .where(Grant.role == Role.UNIT_HEAD)
            )
            reports = {report.organisation_id for report in session.exec(select(ConductReport))}
            reporting = [person for person, grant in session.exec(heads) if grant.organisation_id in reports]
            self.head, self.other_head = reporting[:2]
            registrar = select(Person).join(Grant, Grant.person_id == Person.id)
            self.registrar = session.exec(registrar.where(Grant.role == Role.REGISTRAR)).first()

    def code_of(self, program, person: Person) -> str:
        """The code on the person's slip, as `caunoi invite` issues it."""
        return program.call(lambda app: app.threads.write(lambda session: self._issue(app, session, person)))

    def _issue(self, app, session, person) -> str:
        from storage.keyring import new_code
        from storage.people import Invite

        code = new_code()
        digest = app.keyring.hash_code(code)
        now = app.clock.now()
        session.add(
            Invite(person_id=person.id, code_hash=digest, created_at=now, expires_at=now + timedelta(days=14))
        )
        return code.replace("-", "")

    def binds(self, program, person: Person, number: int):
        """Four taps: Start, "Đúng là tôi", two consents (those not asked before)."""
        user = self.telegram.user(person.name, id=2**51 + number)
        user.starts(self.code_of(program, person))
        user.wait_for(person.name)
        user.taps("Đúng là tôi")
        user.wait_for("")
        while "Đồng ý" in user.buttons:
            user.taps("Đồng ý")
            user.wait_for("")
        return user


def test_the_story(program, database, telegram):
    """Three people and one more head, from the slip to the reminder."""
    casting = Casting(database, telegram)
    learner = casting.binds(program, casting.learner, 1)
    head = casting.binds(program, casting.head, 2)
    registrar = casting.binds(program, casting.registrar, 3)
    other_head = casting.binds(program, casting.other_head, 4)

    learner.says("lich tuan nay")
    learner.wait_for("Lịch")

    mentioned = report_with_one_learner(head)
    with database.reading() as session:
        [entry] = session.exec(select(ConductEntry).where(col(ConductEntry.category) == "study")).all()
        assert session.get(Person, entry.person_id).name in mentioned

    registrar.says("/thongbao")
    registrar.wait_for("")
    registrar.taps("Khai giảng")
    registrar.wait_for("")
    registrar.taps(next(label for label in registrar.buttons if casting.opening in label))
    registrar.wait_for(casting.opening)
    registrar.taps(next(label for label in registrar.buttons if label.startswith("Gửi")))
    letter = learner.wait_for("KHAI GIẢNG", timeout=15)
    assert casting.learner.name in letter.text
    learner.taps("Đã nhận")
    learner.wait_for("Đã nhận lúc")
    with database.reading() as session:
        delivery = session.exec(select(Delivery).where(Delivery.person_id == casting.learner.id)).one()
        assert delivery.state == "acknowledged"

    moves_until(program, lambda: heard(other_head, "chưa có nhận xét") and heard(learner, "NHẮC LỊCH HỌC"))
    assert not heard(head, "chưa có nhận xét")  # his report was sent
    assert telegram.violations == []


def heard(user, words: str) -> bool:
    return any(words in message.text for message in user.messages)


def moves_until(program, seen, events: int = 80) -> None:
    """Move the centre's clock event by event until what is waited for has come."""
    for _ in range(events):
        if seen():
            return
        moment = program.call(lambda app: app.next_event())
        assert moment is not None, "nothing is planned any more"
        program.call(lambda app, moment=moment: app.move_clock(moment))
    assert seen(), f"not within {events} events"


def report_with_one_learner(head) -> str:
    """The head mentions one learner, for his studies, in five taps; returns the name."""
    head.says("bao cao")
    head.wait_for("báo cáo nền nếp")
    head.taps("Có học viên cần nêu")
    head.wait_for("")
    name = next(label for label in head.buttons if not label.startswith(("Xong", "Quay", "Cùng", "Trang")))
    head.taps(name)
    head.wait_for("")
    head.taps("Xong")
    head.wait_for("")
    while "Học tập" in head.buttons:
        head.taps("Học tập")
        head.wait_for("")
    head.wait_for("CHƯA gửi") if "Gửi" not in head.buttons else None
    head.taps("Gửi")
    head.wait_for("Mã biên nhận")
    return name
