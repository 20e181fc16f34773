"""The main story over real HTTP, the same on every messenger: bind, timetable, report, notice, reminder.

Every outgoing call was checked against the platform's rules: a fake refuses and notes what goes against them.
"""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from bot.kinds import KINDS
from bot.settings import load
from storage.base.keyring import new_code
from storage.courses.courses import CourseClass, Enrolment
from storage.courses.notices import Delivery
from storage.people.people import Contact, Grant, Invite, Person, Role
from storage.reports.reports import ConductEntry, ConductReport
from tests.casts import wednesday
from tests.conftest import SECRET
from tests.houses.channels.messengers import messenger
from tests.houses.running import running

# Every messenger on one database, the two with most of their own on the other: dialogues run on both throughout.
WHERE = [
    *(("sqlite", messenger) for messenger in KINDS),
    *(("postgresql", messenger) for messenger in ("telegram", "zalo_oa")),
]
NO_NAMES = ("Xong", "Quay", "Cùng", "Trang")


class Casting:
    """Who plays: a learner of the class that opens, the head of his unit, another head, the registrar."""

    def __init__(self, database) -> None:
        self.database = database
        with database.transaction() as session:
            wednesday.fill(session)
        with database.reading() as session:
            opening = session.exec(select(CourseClass).order_by(col(CourseClass.from_date).desc())).first()
            self.opening = opening.name
            enrolled = select(Person).join(Enrolment, Enrolment.person_id == Person.id)
            self.learner = session.exec(enrolled.where(Enrolment.class_id == opening.id)).first()
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

    def _issue(self, app, session, person: Person) -> str:
        code, now = new_code(), app.clock.now()
        lives = {"created_at": now, "expires_at": now + timedelta(days=14)}
        session.add(Invite(person_id=person.id, code_hash=app.keyring.hash_code(code), **lives))
        return code


def settings_for(database_url, *messengers):
    given = {name: value for one in messengers for name, value in one.settings.items()}
    return load(database_url=database_url, secret_key=SECRET, http_port=0, **given)


def binds(program, casting, where, person):
    """Bound, and all that came of it said: a learner's consent may bring his head a card."""
    bound = where.someone(program, person.name).binds(casting.code_of(program, person))
    quiet(program)
    return bound


def quiet(program) -> None:
    assert program.call(lambda app: app.quiet(30))


@pytest.mark.parametrize(("database_url", "kind"), WHERE, indirect=["database_url"])
def test_the_story(kind, database, database_url, monkeypatch):
    """Three people and one more head, from the slip to the reminder."""
    casting = Casting(database)
    with (
        messenger(kind, monkeypatch) as where,
        running(settings_for(database_url, where)) as program,
    ):
        where.joins(program)
        learner = binds(program, casting, where, casting.learner)
        head = binds(program, casting, where, casting.head)
        registrar = binds(program, casting, where, casting.registrar)
        other_head = binds(program, casting, where, casting.other_head)
        quiet(program)
        learner.says("lich tuan nay").waits_for("uần")

        mentioned = report_with_one_learner(program, head)
        with database.reading() as session:
            [entry] = session.exec(select(ConductEntry).where(col(ConductEntry.category) == "study")).all()
            assert session.get(Person, entry.person_id).name in mentioned

        registrar.says("/thongbao").waits_for("thông báo nào")
        registrar.chooses("Khai giảng").waits_for("Lớp nào khai giảng")
        registrar.chooses(next(label for label in registrar.choices if casting.opening in label))
        registrar.waits_for("Người nhận")
        registrar.chooses("Gửi")
        letter = learner.waits_for("KHAI GIẢNG")
        assert casting.learner.name in letter
        learner.chooses("Đã nhận").waits_for("Đã nhận lúc")
        with database.reading() as session:
            delivery = session.exec(select(Delivery).where(Delivery.person_id == casting.learner.id)).one()
            assert delivery.state == "acknowledged"

        moves_until(
            program, lambda: other_head.heard("chưa có nhận xét") and learner.heard("NHẮC LỊCH HỌC"), where
        )
        assert not head.heard("chưa có nhận xét")  # his report was sent


def moves_until(program, seen, where, events: int = 80) -> None:
    """Move the centre's clock event by event until what is waited for has come.

    On an account with a window the people write now and then: what waits for that comes then.
    """
    for _ in range(events):
        if seen():
            return
        moment = program.call(lambda app: app.next_event())
        assert moment is not None, "nothing is planned any more"
        program.call(lambda app, moment=moment: app.move_clock(moment))
        _write_again(where)
    assert seen(), f"not within {events} events"


def _write_again(where) -> None:
    if where.kind == "zalo_oa":
        for user in where.fake.users.values():
            user.says("lich hom nay")


def report_with_one_learner(program, head) -> str:
    """The head mentions one learner, for his studies; returns the name."""
    quiet(program)
    assert head.heard("Đề nghị đồng chí báo cáo nền nếp")  # it came by itself once he was bound
    head.says("bao cao").waits_for("báo cáo nền nếp")
    head.chooses("Có học viên cần nêu").waits_for("cần nêu")
    name = next(label for label in head.choices if not label.startswith(("[x]", *NO_NAMES)))
    head.chooses(name).waits_for("Đã chọn")
    head.chooses("Xong").waits_for("nội dung cần nêu")
    head.chooses("Học tập").waits_for("CHƯA gửi")
    head.chooses("Gửi").waits_for("Mã biên nhận")
    return name


# --- two channels


@pytest.mark.parametrize(
    ("database_url", "first", "second"),
    [
        ("postgresql", "telegram", "zalo_bot"),
        ("sqlite", "zalo_bot", "web"),
        ("sqlite", "zalo_oa", "telegram"),
    ],
    indirect=["database_url"],
)
def test_a_person_on_two_channels_gets_each_message_once(first, second, database, database_url, monkeypatch):
    """It comes where he wrote last; confirmed there, it is confirmed."""
    casting = Casting(database)
    with (
        messenger(first, monkeypatch) as one,
        messenger(second, monkeypatch) as other,
        running(settings_for(database_url, one, other)) as program,
    ):
        one.joins(program)
        other.joins(program)
        here = binds(program, casting, one, casting.learner)
        there = binds(program, casting, other, casting.learner)
        registrar = binds(program, casting, one, casting.registrar)
        quiet(program)
        sends_notice(registrar, casting)
        there.waits_for("KHAI GIẢNG")
        quiet(program)
        assert (here.heard("KHAI GIẢNG"), there.heard("KHAI GIẢNG")) == (0, 1)
        there.chooses("Đã nhận").waits_for("Đã nhận lúc")
        here.says("thong bao").waits_for("đã nhận lúc")  # the other chat knows it, too
        with database.reading() as session:
            delivery = session.exec(select(Delivery).where(Delivery.person_id == casting.learner.id)).one()
            assert delivery.state == "acknowledged"


def sends_notice(registrar, casting) -> None:
    registrar.says("/thongbao").waits_for("thông báo nào")
    registrar.chooses("Khai giảng").waits_for("Lớp nào khai giảng")
    registrar.chooses(next(label for label in registrar.choices if casting.opening in label))
    registrar.waits_for("Người nhận")
    registrar.chooses("Gửi").waits_for("Đang gửi", "Đã gửi", "Thông báo được gửi lúc")


@pytest.mark.parametrize(
    ("database_url", "first"), [("sqlite", "telegram"), ("postgresql", "zalo_oa")], indirect=["database_url"]
)
def test_the_second_channel_takes_over_when_the_first_fails(first, database, database_url, monkeypatch):
    """He blocked the one he wrote in last; the notice reaches him on the other, once."""
    casting = Casting(database)
    with (
        messenger(first, monkeypatch) as one,
        messenger("zalo_bot", monkeypatch) as other,
        running(settings_for(database_url, one, other)) as program,
    ):
        one.joins(program)
        there = binds(program, casting, other, casting.learner)
        here = binds(program, casting, one, casting.learner)
        registrar = binds(program, casting, other, casting.registrar)
        quiet(program)
        with database.transaction() as session:
            for contact in session.exec(select(Contact).where(Contact.person_id == casting.learner.id)):
                contact.chosen = contact.chat == str(here.user.id)
        here.user.blocks()
        before = here.heard("KHAI GIẢNG")
        sends_notice(registrar, casting)
        there.waits_for("KHAI GIẢNG")
        quiet(program)
        assert (here.heard("KHAI GIẢNG"), there.heard("KHAI GIẢNG")) == (before, 1)
