"""What lies behind the sample centre when the demonstration begins, told as its people lived it.

Six weeks ago the office was linked, and most of those it deals with. Two reports of the running class are over: one
unit was late, one asked to correct what it had sent, one reports by telephone; their results went back to them. Units
have signed their remarks before an exam, the class that opens on Monday has its notice, and this morning the third
report was asked for. Who is in the phones has something to answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from sqlmodel import Session, col, select

from bot.app import App
from bot.demo import sample
from bot.demo.playing import Playing
from bot.demo.sample_courses import CLOSING, DAY, OPENING, PERIOD, RUNNING
from bot.demo.view import first_three, people
from handlers.engine.desk import calendar_of
from handlers.feedback import feedback
from handlers.gates import actions as remarks
from handlers.gates import confirmations, gates
from handlers.joining import binding
from handlers.notices import actions as notices
from handlers.notices import receipt, writing
from handlers.reports import actions as reports
from handlers.reports import handing_over, receiving, reopening
from storage.base.calendar import ZONE
from storage.courses.courses import CourseClass, CourseSession, Enrolment
from storage.gates.confirmations import plan_gates
from storage.gates.gates import allow_gates
from storage.joining import invites
from storage.joining.grants import give
from storage.joining.invites import Invitee
from storage.people.people import Centre, Grant, Person, Role
from storage.reports.periods import plan_period
from storage.reports.reports import Category, ConductReport, ReportPeriod, grace_end
from storage.reports.rhythm import Rhythm, Span, planned

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BESIDES: Final = 9  # every so manieth learner has not been linked
DEPUTIES: Final = 3  # units whose head has one
STUDY: Final = list(Category).index(Category.STUDY)
ALL_WELL: Final = (reports.all_well.key, reports.send.key)


@dataclass(frozen=True)
class Phones:
    """The people who are looked at first: each has something to answer when it begins."""

    learner: int
    head: int
    registrar: int


@dataclass(frozen=True)
class Unit:
    """A unit of the running class, by its people's ids; `learners` are those it sends there."""

    id: int
    head: int
    learners: Sequence[int]


@dataclass(frozen=True)
class Past:
    """What is left of it: who is in the phones, and the chats people have on the web chat, by person."""

    phones: Sequence[int]
    chats: Mapping[int, str]


def fill(app: App, session: Session, begin: datetime) -> Past:
    """Write the sample centre as it stands at `begin` (business time), and play what lies behind it."""
    rows, phones = first_day(session, begin)
    lived = History(app, session, begin, rows, Phones(*phones))
    lived.play()
    return Past(phones, lived.playing.chats)


def first_day(session: Session, begin: datetime) -> tuple[Sequence[Invitee], Sequence[int]]:
    """The sample centre when nobody has been linked yet: whom to invite, and who is in the phones."""
    sample.fill(session, begin)
    rows = invites.invitees(session, begin.astimezone(ZONE).date())
    return rows, first_three(people(rows), rows, OPENING.code, RUNNING.code)


class History:
    """The weeks before `begin` (business time)."""

    def __init__(
        self, app: App, session: Session, begin: datetime, invitees: Sequence[Invitee], phones: Phones
    ) -> None:
        self.phones, self.begin = phones, begin
        self.slips = {one.person.id: one for one in invitees}
        self.calendar = calendar_of(session.exec(select(Centre)).one())
        self.today = begin.astimezone(self.calendar.zone).date()
        codes = dict(session.exec(select(CourseClass.code, CourseClass.id)).all())
        self.running, self.closing, self.opening = (codes[one.code] for one in (RUNNING, CLOSING, OPENING))
        self.members = {course: members(session, course) for course in codes.values()}
        self.staff = staff(session)
        self.units = units(session, self.members[self.running], phones.head)
        self.playing = Playing(app, session, self.at(-2 * PERIOD - DAY, 14))

    def at(self, days: timedelta, hour: int, minute: int = 0) -> datetime:
        """So many days from the day it begins, on the centre's wall clock."""
        return datetime.combine(self.today + days, time(hour, minute), self.calendar.zone)

    def play(self) -> None:
        """All of it, in its order."""
        first, second = self.set_up()
        self.link(self.phones.registrar, self.phones.head)
        self.link_on_paper()
        self.first_period(first)
        self.second_period(second)
        self.before_the_exam()
        self.notice_of_the_opening()
        self.this_morning()
        self.playing.moves_to(self.begin)
        self.playing.close()

    # -- who is there

    def set_up(self) -> Sequence[ReportPeriod]:
        """Deputies, a liaison officer, the two reports to come. Returns the reports' periods."""
        with self.playing.database.transaction() as session:
            for unit in self.units[:DEPUTIES]:
                self.appoint(session, unit, unit.learners[1], Role.UNIT_HEAD, is_deputy=True)
            self.appoint(
                session, self.units[DEPUTIES], self.units[DEPUTIES].learners[1], Role.LIAISON_OFFICER
            )
            return [self.period(session, number) for number in (2, 1)]

    def appoint(
        self, session: Session, unit: Unit, person_id: int, role: Role, *, is_deputy: bool = False
    ) -> None:
        person = session.get_one(Person, person_id)
        if is_deputy:
            person.position = f"Phó {session.get_one(Person, unit.head).position}"
        day = self.playing.now.astimezone(self.calendar.zone).date()
        give(session, person, role, self.playing.now, day, unit_id=unit.id, is_deputy=is_deputy)

    def period(self, session: Session, before: int) -> ReportPeriod:
        """The report `before` the open one."""
        course = session.get_one(CourseClass, self.running)
        last = self.today - (before * PERIOD) - DAY
        first = max(course.from_date, last - PERIOD + DAY)
        made = planned(Rhythm("dates"), self.calendar, Span(first, last))
        made.class_id = course.id
        session.add(made)
        session.flush()
        plan_period(session, self.calendar, made, self.playing.now)
        return made

    def open_gate(self, session: Session) -> None:
        """Before its exam the closing class needs its units' remarks."""
        course = session.get_one(CourseClass, self.closing)
        query = select(CourseSession.starts_at).where(
            CourseSession.class_id == course.id, CourseSession.kind == "exam"
        )
        day = session.exec(query).one().astimezone(self.calendar.zone).date()
        allow_gates(session, course, ["exam"], course.from_date)
        course.gates = {"exam": day.isoformat()}
        session.flush()
        plan_gates(session, self.calendar, course, self.playing.now)

    def link(self, *people: int) -> None:
        """With their slips, as everybody is; who learns in no class is not asked for what is sensitive."""
        for person_id in people:
            self.playing.opens(self.slips[person_id])
            self.playing.presses(person_id, binding.its_me.key, binding.agree.key)
            if self.playing.is_offered(person_id, binding.answer_sensitive.key):
                self.playing.presses(person_id, binding.answer_sensitive.key)

    def link_on_paper(self) -> None:
        """The office, the heads but one, and most learners of the classes that have begun: they signed at the desk."""
        learners = [one for course in (self.running, self.closing) for one in self.members[course]]
        most = [one for number, one in enumerate(learners) if number % BESIDES]
        heads = [unit.head for unit in self.units[:-1]]
        own = set(self.playing.chats) | {self.units[-1].head}
        self.playing.joins(*sorted({*most, *heads, *self.staff} - own))

    # -- reports

    def first_period(self, period: ReportPeriod) -> None:
        """One unit mentions a learner, one is late, one reports by telephone."""
        *usual, mentions, late, by_phone = self.units
        self.asked(period)
        for unit in usual:
            self.reports(unit)
        self.mentions(mentions)
        self.by_phone(period, by_phone)
        self.playing.moves_to(period.due_at + 2 * HOUR)
        self.reports(late)
        self.results_come_back(period, [*usual, mentions])

    def second_period(self, period: ReportPeriod) -> None:
        """All in time; one asks for the report to be reopened and corrects it."""
        *usual, corrects, mentions, by_phone = self.units
        self.asked(period)
        for unit in (*usual, corrects):
            self.reports(unit)
        self.mentions(mentions)
        self.by_phone(period, by_phone)
        self.playing.moves_to(self.calendar.next_sending_time(period.due_at + MINUTE) + 20 * MINUTE)
        self.reopened(corrects)
        self.results_come_back(period, usual)

    def asked(self, period: ReportPeriod) -> None:
        self.playing.moves_to(period.opens_at + 10 * MINUTE)

    def reports(self, unit: Unit) -> None:
        """In two taps."""
        self.later()
        self.playing.presses(unit.head, *ALL_WELL)

    def mentions(self, unit: Unit, *, sends: bool = True) -> None:
        """A learner by button; what the roll-call has marked is among those asked about."""
        self.later()
        self.playing.presses(unit.head, reports.open_names.key, reports.pick.key, reports.names_done.key)
        if sends:
            while self.playing.newest(unit.head, reports.say.key, reports.send.key) == reports.say.key:
                self.playing.presses(unit.head, reports.say.key)
            self.playing.presses(unit.head, reports.send.key)

    def by_phone(self, period: ReportPeriod, unit: Unit) -> None:
        """The registrar enters what a head who is not linked has told him."""
        self.later()
        with self.playing.database.reading() as session:
            query = select(ConductReport.id).where(ConductReport.period_id == period.id)
            report = session.exec(query.where(ConductReport.organisation_id == unit.id)).one()
        enter = receiving.enter.data({"report": report})
        registrar = self.phones.registrar
        self.playing.says(registrar, "/nhapbaocao")
        self.playing.presses(registrar, enter, reports.all_well.key, reports.record.key)

    def reopened(self, unit: Unit) -> None:
        self.playing.says(unit.head, "/baocao")
        self.playing.presses(unit.head, reports.ask_to_reopen.key, reopening.ask_now.key)
        self.later()
        self.playing.presses(self.phones.registrar, reopening.grant.key)
        self.later()
        self.playing.presses(unit.head, reports.correct.key, reports.open_learner.key)
        ways = [
            data for _card, data in self.playing.buttons(unit.head) if data.startswith(f"{reports.say.key}:")
        ]
        self.playing.presses(unit.head, ways[STUDY], reports.send.key)

    def results_come_back(self, period: ReportPeriod, readers: Sequence[Unit]) -> None:
        """What the centre has recorded goes to each unit; all linked heads but one have acknowledged it."""
        told_at = self.calendar.next_sending_time(grace_end(self.calendar, period) + MINUTE)
        self.playing.moves_to(told_at + 20 * MINUTE)
        for unit in readers:
            self.later()
            self.playing.presses(unit.head, feedback.acknowledge.key)

    def later(self) -> None:
        self.playing.moves_to(self.playing.now + 4 * MINUTE)

    # -- before the exam, and the class that opens

    def before_the_exam(self) -> None:
        """All linked units but one sign; on Monday the director does, for whom all is there."""
        self.playing.moves_to(self.calendar.next_sending_time(self.at(-5 * DAY, 8, 30)))
        with self.playing.database.transaction() as session:
            self.open_gate(session)
        for unit in self.units[:-2]:
            self.later()
            self.playing.says(unit.head, "/nhanxet")
            for one in (remarks.open_list, remarks.all_eligible, confirmations.sign):
                self.playing.presses(unit.head, one.key)

    def notice_of_the_opening(self) -> None:
        """Its learners are linked, and get the opening notice; half of them have acknowledged it, one cannot come."""
        learners = [one for number, one in enumerate(self.members[self.opening]) if number % BESIDES]
        others = sorted({*learners} - {self.phones.learner, *self.playing.chats})
        self.playing.moves_to(self.calendar.next_sending_time(self.at(-4 * DAY, 9)))
        self.link(self.phones.learner)
        self.playing.joins(*others)
        self.playing.moves_to(self.calendar.next_sending_time(self.at(-4 * DAY, 14)))
        self.sends_notice()
        for one in others[1::2]:
            self.later()
            self.playing.presses(one, notices.acknowledge.key)
        self.playing.presses(others[0], receipt.decline.key, receipt.skip_reason.key)

    def sends_notice(self) -> None:
        registrar = self.phones.registrar
        self.playing.says(registrar, "/thongbao")
        self.playing.presses(registrar, writing.pick_class.key, writing.open_preview.key, writing.send.key)

    # -- the day it begins

    def this_morning(self) -> None:
        """Some have reported already; one has begun, one has handed it to his deputy."""
        self.playing.moves_to(self.at(-DAY, 15))
        self.playing.says(self.staff[1], "/dieukien")
        self.playing.presses(self.staff[1], gates.open_board.key, gates.sign_clean.key)
        self.playing.moves_to(self.at(0 * DAY, 7, 35))
        _own, hands_over, third, fourth, fifth, begins, *_rest = self.units
        for unit in (third, fourth, fifth):
            self.reports(unit)
        self.mentions(begins, sends=False)
        self.later()
        for one in (reports.choose_person, handing_over.chosen, handing_over.hand_over):
            self.playing.presses(hands_over.head, one.key)


def members(session: Session, class_id: int) -> Sequence[int]:
    query = select(Enrolment.person_id).where(Enrolment.class_id == class_id)
    return session.exec(query.order_by(col(Enrolment.id))).all()


def staff(session: Session) -> Sequence[int]:
    """Whoever works at the centre: the registrar, the director, lecturers, the class's supervisor."""
    query = select(Grant.person_id).where(Grant.role != Role.UNIT_HEAD).order_by(col(Grant.id))
    return list(dict.fromkeys(session.exec(query)))


def units(session: Session, learners: Sequence[int], first: int) -> Sequence[Unit]:
    """The units that send learners, the one whose head is `first` before the others."""
    query = select(Grant.organisation_id, Grant.person_id).where(Grant.role == Role.UNIT_HEAD)
    sent: dict[int, list[int]] = {}
    for person in session.exec(select(Person).where(col(Person.id).in_(learners)).order_by(col(Person.id))):
        sent.setdefault(person.organisation_id or 0, []).append(person.id)
    found = [
        Unit(unit or 0, head, [one for one in sent[unit or 0] if one != head])
        for unit, head in session.exec(query)
    ]
    return sorted(found, key=lambda unit: (unit.head != first, unit.id))
