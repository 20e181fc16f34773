"""A database of the former version, with requests half done in it, upgrades, and each of them goes on."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import select

from storage.base.engine import Database
from storage.base.keyring import Keyring
from storage.courses.courses import CourseClass, RuleSet
from storage.feedback.feedback import UnitFeedback
from storage.feedback.tickets import Ticket
from storage.gates.confirmations import ALL_GOOD, DisciplineConfirmation, keep, sign
from storage.people.people import Grant, Role
from tests.casts.centre import RULES, at, person
from tests.conftest import SECRET
from tests.requests.former import former, put, timer, upgraded

pytestmark = pytest.mark.differs

ASKED = at(date(2026, 11, 26), 7, 30)
MONDAY, DUE = at(date(2026, 12, 7), 8), at(date(2026, 12, 14), 17)


@pytest.fixture
def before(database, tmp_path):
    """The former version's database, empty but for the cast."""
    if database.is_sqlite:
        opened = Database(f"sqlite:///{tmp_path}/former.db", Keyring(SECRET))
    else:
        opened = database
        with database.writer.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    yield former(opened)
    opened.close()


def ticket(stage, session, **more) -> Ticket:
    cast = stage.cast
    row = Ticket(centre_id=cast.centre, kind="review", organisation_id=cast.unit, text="Xem lại điểm Bài 1",
                 opened_by=cast.head, opened_at=MONDAY, owner_id=cast.registrar, due_at=DUE, **more)  # fmt: skip
    session.add(row)
    session.flush()
    timer(session, "ticket_remind", str(row.id), at(date(2026, 12, 14), 7, 30), ticket=row.id)
    timer(session, "ticket_overdue", str(row.id), DUE, ticket=row.id)
    put(session, stage, cast.registrar, f"ticket:{row.id}:new:{cast.registrar}", MONDAY)
    return row


def test_an_open_ticket_is_reminded_of_and_put_to_the_director(before):
    registrar, director = before.registrar, before.director
    with before.database.transaction() as session:
        ticket(before, session)
    upgraded(before)
    before.moves_to(MONDAY)
    registrar.reads()
    before.moves_to(at(date(2026, 12, 14), 7, 30))
    registrar.sees("hôm nay là hạn trả lời đề nghị này", "Xem lại điểm Bài 1")
    assert len(registrar.news()) == 1
    before.moves_to(at(date(2026, 12, 15), 9))
    director.sees("đã quá hạn mà chưa được trả lời")


def test_an_open_ticket_is_answered_and_then_nobody_is_told_of_it(before):
    head, registrar, director = before.head, before.registrar, before.director
    with before.database.transaction() as session:
        number = ticket(before, session).id
    upgraded(before)
    before.moves_to(MONDAY)
    registrar.says("/phieu").taps(f"Số {number:02d}").taps("Trả lời").says("Đã đối chiếu.").sees(
        "Trợ lý đã gửi câu trả lời"
    )
    head.sees("Trung tâm đã trả lời đề nghị")
    registrar.reads()
    before.moves_to(at(date(2026, 12, 16), 9))
    assert (registrar.news(), director.messages()) == ([], [])


EXAM = date(2026, 12, 10)  # units answer by the 7th and are reminded on the 4th


def remarks(stage, session, *, signed: int) -> None:
    """The unit was asked on 26 November and has signed for so many of its twelve learners."""
    cast = stage.cast
    rules = session.exec(select(RuleSet)).first()
    rules.rules = {**RULES, **rules.rules, "gates": ["exam"]}
    session.get(CourseClass, cast.running).gates = {"exam": EXAM.isoformat()}
    for place, learner in enumerate(cast.learners):
        row = DisciplineConfirmation(
            class_id=cast.running, person_id=learner, organisation_id=cast.unit, gate="exam", asked_at=ASKED,
            due_on=date(2026, 12, 7),
        )  # fmt: skip
        session.add(row)
        session.flush()
        if place < signed:
            keep(session, row, ALL_GOOD)
            sign(session, row, cast.head, "head", ASKED)
    key = f"{cast.running}:exam:{EXAM}"
    timer(
        session,
        "confirm_remind",
        key,
        at(date(2026, 12, 4), 7, 30),
        course=cast.running,
        gate=0,
        day=str(EXAM),
    )
    put(session, stage, cast.head, f"confirm:{cast.running}:exam:{cast.unit}:ask:{EXAM}:{cast.head}", ASKED)


@pytest.mark.parametrize("signed", [3, 12])
def test_remarks_that_are_asked_for_are_reminded_of_while_something_is_unsigned(before, signed):
    head = before.head
    with before.database.transaction() as session:
        remarks(before, session, signed=signed)
    upgraded(before)
    before.moves_to(ASKED)
    head.reads()
    before.moves_to(at(date(2026, 12, 4), 8))
    if signed < 12:
        head.sees("Trung tâm kính nhắc: còn 09 học viên chưa có nhận xét của đơn vị.").taps("Tiếp tục").sees(
            "Phẩm chất"
        )
    before.moves_to(at(EXAM, 12))
    assert len([one for one in head.messages() if "Trung tâm kính nhắc" in one.text]) == (signed < 12)


def feedback(stage, session, *periods: int | None) -> list[UnitFeedback]:
    """What the unit was told on Monday morning; the first has come, whatever follows waits for Tuesday."""
    cast, rows = stage.cast, []
    for period in periods:
        content = {"from": "2026-11-01", "to": "2026-11-30", "closing": period is None, "rules": 1, "on_paper": 0,
                   "learners": []}  # fmt: skip
        row = UnitFeedback(class_id=cast.running, organisation_id=cast.unit, period_id=period, made_at=MONDAY,
                           content=json.dumps(content))  # fmt: skip
        session.add(row)
        session.flush()
        rows.append(row)
    put(session, stage, cast.head, f"feedback:{rows[0].id}:{cast.head}", MONDAY)
    timer(session, "feedback_next", f"{cast.unit}:2026-12-08", at(date(2026, 12, 8), 7, 30), unit=cast.unit)
    return rows


def test_feedback_to_acknowledge_is_not_told_again_and_the_next_one_comes(before):
    head = before.head
    with before.database.transaction() as session:
        feedback(before, session, before.cast.period, None)
    upgraded(before)
    before.moves_to(MONDAY)
    head.reads()
    before.moves_to(at(date(2026, 12, 8), 8))
    head.sees("Toàn khóa").taps("Đã nhận").sees("Lê Văn Bình đã nhận lúc")
    before.moves_to(at(date(2026, 12, 11), 8))
    assert head.news()[1:] == []


def test_feedback_that_is_acknowledged_brings_the_next_one_at_once(before):
    head = before.head
    with before.database.transaction() as session:
        first = feedback(before, session, before.cast.period, None)[0].id
    upgraded(before)
    before.moves_to(MONDAY)
    head.presses(f"fa:{first}").sees("Lê Văn Bình đã nhận lúc", "Toàn khóa")
    before.moves_to(at(date(2026, 12, 11), 8))
    assert len([one for one in head.messages() if "Toàn khóa" in one.text]) == 1


OPENS, MORNING = (
    at(date(2026, 11, 16), 8),
    at(date(2026, 12, 3), 7, 30),
)  # of the cast's report, due on 3 December


def report(stage, session, **columns) -> int:
    """The unit was asked for its report on 16 November; every step to come has its timer."""
    cast = stage.cast
    extended = columns.get("extended_to")
    suffix = f"-{extended.astimezone(UTC):%y%m%d}" if extended else ""
    values = {"prompted_at": OPENS, **columns}
    assigned = ", ".join(f"{name} = :{name}" for name in values)
    told = {name: instant(value) for name, value in values.items()}
    session.execute(text(f"UPDATE conduct_report SET {assigned} WHERE id = :id"), {**told, "id": cast.report})
    for kind, moment in (
        ("conduct_remind", at(date(2026, 11, 30), 9)), ("conduct_last", MORNING),
        ("conduct_close", at(date(2026, 12, 3), 17)), ("conduct_grace", at(date(2026, 12, 4), 17)),
    ):  # fmt: skip
        timer(session, kind, f"{cast.report}{suffix}", moment, report=cast.report)
    put(session, stage, cast.head, f"report:{cast.report}:open:{cast.head}", OPENS)
    return cast.report


def instant(value):
    """As SQLite keeps it; PostgreSQL takes the same text for an instant."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}" if isinstance(value, datetime) else value


def test_a_report_that_is_asked_for_is_reminded_of_twice_and_put_to_the_director(before):
    head, director = before.head, before.director
    with before.database.transaction() as session:
        report(before, session)
    upgraded(before)
    before.moves_to(OPENS)
    head.reads()
    before.moves_to(at(date(2026, 12, 3), 8))
    assert [one.text.split("\n")[1] for one in head.news()] == [
        "Trung tâm kính nhắc: còn 12 học viên chưa có nhận xét nền nếp."
    ] * 2
    before.moves_to(at(date(2026, 12, 8), 9))
    director.sees("Trường THCS Lê Lợi: báo cáo nền nếp tháng 11")


def escalated(stage, session, number: int, decision: str) -> None:
    """The director was asked on 7 December about the report; what he decided an hour later."""
    row = {"report_id": number, "asked_at": instant(LATE), "decision": decision, "decided_by": stage.cast.director,
           "decided_at": instant(LATE + timedelta(hours=1))}  # fmt: skip
    places = ", ".join(f":{name}" for name in row)
    session.execute(text(f"INSERT INTO escalation ({', '.join(row)}) VALUES ({places})"), row)
    session.execute(text("DELETE FROM timer WHERE kind LIKE 'conduct%'"))  # they have gone off
    if decision == "call":
        again = at(date(2026, 12, 8), 7, 30)
        timer(session, "conduct_ask", f"{stage.cast.period}:x", again, period=stage.cast.period)


LATE = at(date(2026, 12, 7), 13, 30)


@pytest.mark.parametrize(
    ("decision", "told", "waits"), [("", False, True), ("call", True, True), ("superior", False, False)]
)
def test_what_the_director_was_asked_about_waits_for_him_and_is_asked_again_where_he_wished(
    before, decision, told, waits
):
    director = before.director
    assert before.head is not None, "and bound"
    with before.database.transaction() as session:
        escalated(before, session, report(before, session), decision)
    upgraded(before)
    before.moves_to(at(date(2026, 12, 8), 7, 29))
    director.says("/menu").reads()
    before.moves_to(at(date(2026, 12, 9), 12))
    assert [one.text.split("\n")[0] for one in director.news()] == ["Chưa nhận được báo cáo nền nếp"] * told
    director.says("/viec")
    if waits:
        director.taps("Xử lý").taps("Gia hạn").taps("1 ngày").sees("Đã gia hạn cho đơn vị đến")
    else:
        director.sees("Hiện không có việc nào chờ đồng chí.").presses(f"ro:{before.cast.report}")
        director.sees("Lãnh đạo Trung tâm đã quyết định gửi cấp trên.")


def test_a_report_that_is_filled_in_half_is_sent_and_then_nobody_is_told_of_it(before):
    head, director = before.head, before.director
    with before.database.transaction() as session:
        report(before, session)
    upgraded(before)
    before.moves_to(at(date(2026, 11, 20), 8))
    head.says("/baocao").taps("Tất cả nền nếp tốt").taps("Gửi").sees("Mã biên nhận")
    before.ticks()
    head.reads()
    before.moves_to(at(date(2026, 12, 8), 9))
    assert [one for one in head.news() if "phản hồi" not in one.text] == director.messages() == []


def test_a_report_somebody_put_off_is_reminded_of_at_the_time_he_chose(before):
    head, until = before.head, at(date(2026, 12, 1), 7, 30)
    with before.database.transaction() as session:
        number = report(before, session, snoozed_until=until)
        key = f"{number}:{before.cast.head}:{until.astimezone(UTC):%y%m%d%H%M}"
        told = {"report": number, "person": before.cast.head, "asked": at(date(2026, 11, 18), 9).isoformat()}
        timer(session, "conduct_later", key, until, **told)
    upgraded(before)
    before.moves_to(OPENS)
    head.reads()
    before.moves_to(until - timedelta(minutes=1))
    assert head.news() == []
    before.moves_to(until)
    head.sees("Trung tâm kính nhắc: còn 12 học viên chưa có nhận xét nền nếp.")


def test_a_report_that_was_handed_over_is_reminded_of_there_and_sent_there(before):
    head = before.head
    with before.database.transaction() as session:
        mate_id = person(session, before.cast.centre, "Tạ Văn Phúc", before.cast.unit, before.time)
        grant = Grant(person_id=mate_id, role=Role.LIAISON_OFFICER, centre_id=before.cast.centre,
                      organisation_id=before.cast.unit)  # fmt: skip
        session.add(grant)
        session.flush()
        report(before, session, handed_to=mate_id)
    mate = before.player(mate_id)
    upgraded(before)
    before.moves_to(OPENS)
    head.reads()
    before.moves_to(at(date(2026, 11, 30), 9))
    mate.sees("Trung tâm kính nhắc: còn 12 học viên").taps("Tất cả nền nếp tốt").taps("Gửi").sees(
        "Mã biên nhận"
    )
    assert [one for one in head.news() if "Trung tâm kính nhắc" in one.text] == []


def test_a_report_with_more_time_is_reminded_of_up_to_its_own_deadline(before):
    head, until = before.head, at(date(2026, 12, 9), 17)
    with before.database.transaction() as session:
        number = report(before, session, extended_to=until)
        key = f"{number}-{until.astimezone(UTC):%y%m%d}"
        timer(session, "conduct_last", key, at(date(2026, 12, 9), 7, 30), report=number)
    upgraded(before)
    before.moves_to(at(date(2026, 12, 8), 9))
    head.reads()
    before.moves_to(at(date(2026, 12, 9), 8))
    head.sees("Trung tâm kính nhắc", "Hạn: 17 giờ, thứ Tư, 09/12 (đã được Trung tâm gia hạn).")


def test_a_database_made_at_once_by_the_former_version_loses_the_columns_as_well(before):
    """There the reference of a column stood at the end of the table, which SQLite does not drop by itself."""
    if not before.database.is_sqlite:
        pytest.skip("PostgreSQL drops a column with its reference")
    with before.database.writer.begin() as connection:
        made = connection.exec_driver_sql(
            "SELECT sql FROM sqlite_master WHERE name = 'conduct_report'"
        ).scalar()
        assert "handed_to" in made
        moved = made.replace("handed_to INTEGER REFERENCES person (id)", "handed_to INTEGER")
        moved = moved.rstrip().removesuffix(")") + ",\n\tFOREIGN KEY(handed_to) REFERENCES person (id))"
        connection.exec_driver_sql("PRAGMA writable_schema = ON")
        connection.exec_driver_sql("UPDATE sqlite_master SET sql = ? WHERE name = 'conduct_report'", (moved,))
        connection.exec_driver_sql("PRAGMA writable_schema = OFF")
    before.database.writer.dispose()
    upgraded(before)
    with before.database.writer.connect() as connection:
        columns = {row[1] for row in connection.exec_driver_sql("PRAGMA table_info(conduct_report)")}
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    assert columns & {"extended_to", "handed_to", "snoozed_until", "prompted_at"} == set()
