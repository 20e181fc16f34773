"""Random walks over several kinds of request at once: reports, remarks, feedback, tickets, with clock, restarts, trips,
new heads, late binders. After every event it is looked at what was said, to whom and when.
"""

import os
from collections import defaultdict
from datetime import date, timedelta

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from storage.base.calendar import ZONE, SendingCalendar
from storage.courses.courses import CourseClass, RuleSet
from storage.gates.confirmations import plan_gates
from storage.messaging.outbox import outbox
from storage.people.offices import say_trip
from storage.people.people import STAFF, Grant, Role, holders
from storage.reports.periods import plan_period
from storage.reports.reports import ReportPeriod
from storage.requests.prompts import Prompt
from storage.requests.requests import Request
from storage.requests.turnover import note_grant, note_trip
from tests.casts.centre import RULES
from tests.casts.reports import another_report, appoints, colleague
from tests.houses.dialogue import Stage

WALKS, STEPS = int(os.environ.get("CAUNOI_WALKS", "0")), 25
MOVED = {
    "now",
    "later",
    "prepared",
    "passed",
    "extended",
    "superior",
}  # by what somebody did, whenever it reaches him
WAYS = (
    ("Tất cả nền nếp tốt", "Gửi"), ("Đã nhận",), ("Xem danh sách", "Tất cả đủ điều kiện", "Xác nhận và gửi"),
    ("Nhắc tôi sau", "Sáng mai"), ("Trả lời",), ("Tiếp tục", "Gửi"),
)  # fmt: skip
event = st.one_of(
    st.tuples(st.just("passes"), st.integers(1, 100)),
    st.tuples(st.just("does"), st.integers(0, 200)),
    st.tuples(st.just("asks"), st.just(0)),
    st.tuples(st.just("travels"), st.integers(0, 10)),
    st.tuples(st.just("changes_head"), st.integers(0, 1)),
    st.tuples(st.just("binds"), st.integers(0, 3)),
    st.tuples(st.just("restarts"), st.just(0)),
)


class Walk:
    """A unit that is asked for everything at once; its people bind one after the other."""

    def __init__(self, database) -> None:
        self.stage = stage = Stage(database)
        cast = stage.cast
        self.people = [cast.head, colleague(stage, "Vũ Thị Phó", Role.UNIT_HEAD, is_deputy=True)]
        self.seen, self.by_clock = set(), defaultdict(set)
        another_report(stage, plan=True)
        with database.transaction() as session:
            rules = session.exec(select(RuleSet)).first()
            rules.rules = {**RULES, **rules.rules, "gates": ["exam"]}
            course = session.get(CourseClass, cast.running)
            course.gates = {"exam": date(2026, 12, 4).isoformat()}
            session.flush()
            plan_period(session, SendingCalendar(), session.get(ReportPeriod, cast.period), stage.time)
            plan_gates(session, SendingCalendar(), course, stage.time)
        self.office = [stage.registrar, stage.director]

    # -- what happens

    def passes(self, hours: int) -> None:
        self.stage.moves_to(self.stage.time + timedelta(hours=hours))
        self.looks(is_clock=True)

    def does(self, choice: int) -> None:
        """Somebody who is bound does the next thing on his newest cards, as far as it is there."""
        bound = [*self.bound(), *self.office]
        player = bound[choice % len(bound)]
        for label in WAYS[choice % len(WAYS)]:
            found = [b for one in player.messages()[-4:] for b in one.buttons if b["label"].startswith(label)]
            if found:
                player.presses(found[-1]["data"])
        if choice % len(WAYS) == 4:
            player.says("Đã đối chiếu.")

    def asks(self, _nothing: int) -> None:
        for player in self.bound():
            for one in player.messages()[-4:]:
                for button in one.buttons:
                    if button["label"] == "Đề nghị xem lại":
                        player.presses(button["data"]).says("Đề nghị xem lại điểm Bài 1.")
                        return

    def travels(self, days: int) -> None:
        with self.stage.database.transaction() as session:
            today = self.stage.time.astimezone(ZONE).date()
            trip = say_trip(session, self.people[0], today, today + timedelta(days=days), self.stage.time)
            note_trip(session, trip, [self.stage.cast.unit], ZONE, self.stage.time)

    def changes_head(self, leaves: int) -> None:
        if len(self.people) < 4:
            self.people.append(appoints(self.stage, f"Đào Thị Yến {len(self.people)}"))
        if leaves:
            with self.stage.database.transaction() as session:
                for grant in session.exec(select(Grant).where(Grant.person_id == self.people[0])):
                    grant.to_date = self.stage.time.astimezone(ZONE).date() - timedelta(days=1)
                    note_grant(session, grant, ZONE, self.stage.time)

    def binds(self, which: int) -> None:
        player = self.stage.player(self.people[which % len(self.people)])
        with self.stage.database.transaction() as session:
            self.stage.table.tick(self.stage.desk(session), "bound", {"contact": player.contact().id})

    def restarts(self, _nothing: int) -> None:
        self.stage.restarts()

    def bound(self) -> list:
        return [self.stage.players[one] for one in self.people if one in self.stage.players]

    # -- what must hold

    def looks(self, *, is_clock: bool) -> None:
        with self.stage.database.reading() as session:
            requests = {row.id: row for row in session.exec(select(Request))}
            states = dict(session.execute(select(outbox.c.id, outbox.c.state)).all())
            for row in session.exec(select(Prompt).order_by(col(Prompt.id))):
                self._may_say(session, row, requests[row.request_id], states[row.outbox_id])
                if row.id not in self.seen and is_clock and row.step.partition("-")[0] not in MOVED:
                    self.by_clock[row.person_id, row.day].add(row.outbox_id)  # one card may be about several
                self.seen.add(row.id)
            for row in requests.values():
                assert row.post in {Role.UNIT_HEAD, Role.REGISTRAR}
                assert (row.organisation_id is not None) == (row.post == Role.UNIT_HEAD), (
                    "one post of one place"
                )
        assert all(len(told) == 1 for told in self.by_clock.values()), "one a person and day"

    def _may_say(self, session, row: Prompt, about: Request, state: str) -> None:
        assert state != "dropped", "what was taken back has no prompt"
        if about.settled_at is not None:
            assert row.made_at <= about.settled_at, "nothing after it is settled"
            assert state != "due" or row.made_at == about.settled_at, "what was not sent is taken back"
        if row.id not in self.seen:
            today = self.stage.time.astimezone(ZONE).date()
            unit = about.organisation_id
            heads = (
                holders(session, {Role.UNIT_HEAD}, about.centre_id, row.day, organisation_id=unit)
                if unit
                else []
            )
            staff = holders(session, STAFF, about.centre_id, today)
            assert row.person_id in {one.id for one in [*heads, *staff]}, "only to who has the right"


def test_no_walk_tells_anybody_twice_a_day_or_of_what_is_done_or_not_his(databases, database_url):
    @given(st.lists(event, min_size=STEPS, max_size=STEPS))
    @settings(
        max_examples=WALKS or (6 if database_url.startswith("sqlite") else 2), database=None, deadline=None,
        phases=[Phase.generate, *([Phase.shrink] if WALKS else [])], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def walk(script):
        play = Walk(databases())
        for name, how in script:
            getattr(play, name)(how)
            play.stage.ticks()
            play.looks(is_clock=False)

    walk()
