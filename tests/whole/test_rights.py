"""Every handler × every role × own and foreign objects: answered, refused or scoped, and nothing leaks.

A second centre with marked names stands in the same database, and another unit in the first one. Whoever
presses whatever with whichever ids never reads a name that is not his to read, always gets an answer, and
changes nothing that is not his to change.
"""

import itertools

import pytest
from sqlalchemy import delete, func, insert, select, text
from sqlmodel import col
from sqlmodel import select as choose

from handlers import table
from handlers.engine.messages import Action
from storage.courses.courses import CourseClass, CourseSession
from storage.courses.notices import Delivery, Notice
from storage.feedback.feedback import UnitFeedback
from storage.feedback.tickets import Ticket
from storage.gates.confirmations import DisciplineConfirmation, GateVerdict
from storage.joining.consents import VERSIONS
from storage.people.people import Centre, Consent, Invite, Person, WrongTry, bind
from storage.reports.reopening import ReopenRequest
from storage.reports.reports import ConductReport, ReportPeriod
from storage.requests.requests import Request
from tests.casts.centre import Cast, fill
from tests.casts.gates import ask_for_remarks, report_back
from tests.casts.reports import colleague, request_of
from tests.houses.dialogue import Player, Stage

STRANGE = "Kín Đáo Thị Lạ"  # the other unit's learner
FOREIGN = "Ẩn Danh"  # everybody in the other centre
CLOSED = "Lớp Đóng Kín"  # its classes
ROLES = (
    "learner",
    "other_learner",
    "head",
    "other_head",
    "lecturer",
    "registrar",
    "director",
    "delegate",
    "stranger",
)
# All on one database; on the other, whose SQL differs and whose rights do not, those who may the most.
WALKS = [
    *(("sqlite", role) for role in ROLES),
    *(("postgresql", role) for role in ("head", "registrar", "delegate")),
]
DOMAIN = ("conduct_report", "conduct_entry", "conduct_revision", "notice", "delivery", "mark", "enrolment", "attendance",
          "course_session", "course_class", "organisation", "grant_", "report_period", "reopen_request", "handover", "trip",
          "unit_feedback", "ticket", "discipline_confirmation", "gate_verdict")  # fmt: skip
NO_TRIES, CONSENT = delete(WrongTry.__table__), insert(Consent.__table__)
LOSABLE = ("contact", "consent", "wrong_try")  # what somebody may take from himself


@pytest.fixture
def house(stage) -> Stage:
    """The cast, a marked second centre, and in each one sent notice, one report back with a ticket, one gate."""
    stage.foreign = _second_centre(stage)
    with stage.database.transaction() as session:
        session.get(Person, stage.cast.other_learner).name = STRANGE
        for report in (stage.cast.report, stage.cast.other_report, stage.foreign.report):
            request_of(session, report).director_asked_at = stage.time
    for cast in (stage.cast, stage.foreign):
        report_back(stage, cast)
        ask_for_remarks(stage, cast)
    for registrar in (stage.cast.registrar, stage.foreign.registrar):
        player = stage.player(registrar)
        player.says("/thongbao").taps("Khai giảng")
        player.taps(next(label for label in player.last.labels if "Nhận thức" in label or CLOSED in label))
        player.taps("Gửi")
        stage.ticks()
    with stage.database.transaction() as session:
        for cast in (stage.cast, stage.foreign):
            session.add(ReopenRequest(report_id=cast.report, asked_by=cast.head, asked_at=stage.time))
    return stage


def _second_centre(stage: Stage) -> Cast:
    with stage.database.transaction() as session:
        cast = fill(session, stage.time)
        session.get(Centre, cast.centre).name = f"Trung tâm {FOREIGN}"
        session.get(Centre, cast.centre).phone = "0999000111"
        for person in session.exec(choose(Person).where(Person.centre_id == cast.centre)):
            person.name, person.phone = f"{FOREIGN} {person.id}", f"0888{person.id:06d}"
        for course in session.exec(choose(CourseClass).where(CourseClass.centre_id == cast.centre)):
            course.name, course.code = f"{CLOSED} {course.id}", f"KIN-{course.id}"
    return cast


class Ids:
    """For each parameter of a button an id of the first centre's unit, one that is foreign, one that is nothing."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        with stage.database.reading() as session:
            self.of = {cast: self._ids(session, cast) for cast in ("cast", "foreign")}

    def _ids(self, session, which: str) -> dict[str, int]:
        cast: Cast = getattr(self.stage, which)
        notice = session.exec(
            choose(Notice.id).where(Notice.class_id == cast.opening, col(Notice.sent_at).is_not(None))
        ).one()
        delivery = choose(Delivery.id).where(
            Delivery.notice_id == notice, Delivery.person_id == cast.learners[0]
        )
        report = cast.report
        return {
            "report": report, "period": cast.period, "learner": cast.learners[1], "person": cast.learners[1],
            "course": cast.running, "notice": notice, "delivery": session.exec(delivery).one(),
            "contact": 1, "invite": 1, "file": 1, "unit": cast.unit, "gate": 0, **self._told(session, cast),
            "request": session.exec(choose(ReopenRequest.id).where(ReopenRequest.report_id == report)).one(),
        }  # fmt: skip

    def _told(self, session, cast: Cast) -> dict[str, int]:
        """What the centre reported back to the unit, what the unit asks about it, and its remarks on a learner."""
        return {
            "feedback": session.exec(
                choose(UnitFeedback.id).where(UnitFeedback.organisation_id == cast.unit)
            ).one(),
            "ticket": session.exec(choose(Ticket.id).where(Ticket.organisation_id == cast.unit)).one(),
            "confirmation": session.exec(
                choose(DisciplineConfirmation.id).where(DisciplineConfirmation.person_id == cast.learners[1])
            ).one(),
        }

    def own_and_foreign(self, names: list[str]) -> list[dict[str, int]]:
        """What one who may not press is refused with."""
        own, foreign = ({name: ids.get(name, 0) for name in names} for ids in self.of.values())
        return [own] if own == foreign else [own, foreign]

    def of_other_unit(self) -> dict[str, int]:
        """Same centre, another unit."""
        cast = self.stage.cast
        ids = {"report": cast.other_report, "learner": cast.other_learner, "person": cast.other_learner,
               "unit": cast.other_unit}  # fmt: skip
        return {**self.of["cast"], **ids}

    def sets(self, names: list[str]) -> list[dict[str, int]]:
        """The combinations a button with these parameters is pressed with, each once."""
        known = self.of["cast"]
        found = [
            {name: ids.get(name, 0) for name in names}
            for ids in (known, self.of_other_unit(), self.of["foreign"])
        ]
        found.append(
            {name: (-1, 2**62)[place % 2] if name in known else 2 for place, name in enumerate(names)}
        )
        people = [name for name in names if name in ("learner", "person")]
        if people:  # an own report with a foreign learner
            stranger = dict.fromkeys(people, self.stage.foreign.learners[2])
            found.append({**found[0], **stranger})
        return [ids for place, ids in enumerate(found) if ids not in found[:place]]


def player_of(stage: Stage, role: str) -> Player:
    if role == "stranger":
        return stage.stranger()
    if role == "delegate":
        return stage.player(colleague(stage, "Tạ Văn Phúc"))
    person_id = stage.cast.learners[0] if role == "learner" else getattr(stage.cast, role)
    return stage.player(person_id)


def forbidden(stage: Stage, role: str) -> list[str]:
    """What this role may never read."""
    from tests.casts.centre import LEARNERS

    always = [FOREIGN, CLOSED, "0999000111", "KIN-"]
    learners = [name for name in LEARNERS if name != "Lê Văn Bình"]  # the head bears that name too
    return {
        "learner": [*always, STRANGE, *[name for name in learners if name != LEARNERS[0]]],
        "other_learner": [*always, *learners],
        "lecturer": [*always, STRANGE, *learners],
        "head": [*always, STRANGE],
        "delegate": [*always, STRANGE],
        "other_head": [*always, *learners],
        "registrar": always,
        "director": always,
        "stranger": [
            *always,
            STRANGE,
            *learners,
            "Phan Thị Thu",
            "Trịnh Quốc Việt",
            "Cao Minh Đức",
            "Trường THCS Lê Lợi",
        ],
    }[role]


def fingerprint(stage: Stage) -> dict[str, object]:
    """All that a press might change of what the centre remembers, by table."""
    with stage.database.reading() as session:
        return {
            name: session.execute(text(f"SELECT * FROM {name} ORDER BY id")).all()
            for name in (*DOMAIN, *LOSABLE)
        }


def ready(stage: Stage, player: Player, role: str = "") -> None:
    """What earlier words and presses took from this person is his again: his chat, his consents, all his tries."""
    with stage.database.transaction() as session:
        session.execute(NO_TRIES)
        if player.person_id is None:
            return
        bind(session, session.get(Person, player.person_id), stage.account.id, player.chat, stage.time)
        said = {"person_id": player.person_id, "given": True, "at": stage.time}
        session.execute(
            CONSENT, [{**said, "purpose": name, "version": version} for name, version in VERSIONS.items()]
        )
        if role == "delegate":  # the unit's report is in his hands again: he may give it back
            request_of(session, stage.cast.report).handed_to = player.person_id


@pytest.mark.parametrize(("database_url", "role"), WALKS, indirect=["database_url"])
def test_no_press_leaks_breaks_or_goes_unanswered(house, role):
    """All buttons there are, with own, another unit's, another centre's and impossible ids.

    Who may not press changes nothing at all; nobody changes anything of another centre's.
    """
    ids, player, never = Ids(house), player_of(house, role), forbidden(house, role)
    foreign_rows = _rows_of(house, house.foreign)
    allowed = [action for action in table().actions.values() if may_press(house, player, role, action)]
    refused = [action for action in table().actions.values() if action not in allowed]
    ready(house, player, role)
    before = fingerprint(house)
    for action in refused:
        for chosen in ids.own_and_foreign(action.names):
            player.presses(action.data(chosen), "1")
            answered(player, action.key, chosen, never)
    after = fingerprint(house)
    assert [name for name in before if after[name] != before[name]] == []
    for action in allowed:
        ready(house, player, role)
        for chosen in ids.sets(action.names):
            player.presses(action.data(chosen), "1")
            answered(player, action.key, chosen, never)
    assert _rows_of(house, house.foreign) == foreign_rows


def may_press(stage: Stage, player: Player, role: str, action: Action) -> bool:
    if action.may is None:
        return True
    return player.person_id is not None and (not action.may or bool(action.may & roles_of(stage, role)))


SMALL = {"gate": 9, "way": 9, "value": 9, "verdict": 9, "page": 99, "category": 7, "revision": 9999, "kind": 9, "field": 9, "state": 9, "code": 9, "on": 1, "edition": 9999,
         "people": 9999, "waits": 1, "content": 2**53, "seal": 2**56, "proof": 2**56, "day": 999999, "first": 999999, "last": 999999, "moves": 1, "source": 1, "words": 2**16, "yes": 1}  # fmt: skip


def test_every_button_fits_with_ids_of_64_bits():
    """The strictest platform takes 64 bytes; row ids may grow to 2**63-1."""
    for action in table().actions.values():
        data = action.data({name: SMALL.get(name, 2**63 - 1) for name in action.names})

        assert len(data.encode()) <= 64, data


def roles_of(stage: Stage, role: str) -> frozenset[str]:
    names = {
        "learner": {"learner"},
        "other_learner": {"learner"},
        "head": {"unit_head"},
        "other_head": {"unit_head"},
        "delegate": {"liaison_officer", "delegate"},
    }
    return frozenset(names.get(role, {role}))


def answered(player: Player, key: str, ids: object, never: list[str]) -> None:
    """There is an answer, it fits into a message, and nothing stands in it that is not for these eyes."""
    said = player.news()
    assert said, f"no answer to {key} {ids}"
    for message in said:
        assert message.text.strip(), (key, ids)
        assert len(message.text) <= 4096, (key, ids)
        read = repr(message)
        assert [word for word in never if word in read] == [], (key, ids, read)


@pytest.mark.parametrize(("database_url", "role"), WALKS, indirect=["database_url"])
def test_no_command_leaks_or_goes_unanswered(house, role):
    """Every command, bare and with words behind it."""
    player, never = player_of(house, role), forbidden(house, role)
    arguments = ("", " Ẩn Danh", " 2", " <b>x</b>", " KIN-1", f" {STRANGE}")
    for name, argument in itertools.product(table().commands, arguments):
        ready(house, player)
        player.says(f"/{name}{argument}")
        answered(player, name, argument, [word for word in never if word not in argument])


def _rows_of(stage: Stage, cast: Cast) -> list[object]:
    with stage.database.reading() as session:
        reports = (
            choose(ConductReport)
            .where(ConductReport.period_id == cast.period)
            .order_by(col(ConductReport.id))
        )
        periods = choose(ReportPeriod).where(ReportPeriod.class_id == cast.running)
        sessions = (
            choose(CourseSession)
            .where(CourseSession.class_id == cast.running)
            .order_by(col(CourseSession.id))
        )
        notices = choose(Notice).where(Notice.class_id == cast.opening)
        questions = choose(Request).where(Request.kind == "report", Request.subject_id == cast.report)
        people = choose(Person).where(Person.centre_id == cast.centre).order_by(col(Person.id))
        told = [
            choose(kind).where(kind.class_id == cast.running).order_by(col(kind.id))
            for kind in (UnitFeedback, Ticket, DisciplineConfirmation, GateVerdict)
        ]
        rows = [
            row.model_dump()
            for query in (reports, periods, sessions, notices, people, questions, *told)
            for row in session.exec(query)
        ]
        deliveries = (
            select(func.count(), func.max(Delivery.changed_at))
            .join(Notice)
            .where(Notice.class_id == cast.opening)
        )
        invites = select(func.count()).select_from(Invite).join(Person).where(Person.centre_id == cast.centre)
        return [*rows, session.execute(deliveries).all(), session.execute(invites).all()]
