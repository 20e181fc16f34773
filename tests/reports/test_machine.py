"""Whatever heads, deputies, delegates and the office do with conduct reports, in whatever order, over whatever restarts:
one report a unit and period, nothing that was tapped is lost, nothing that is locked or was sent ever changes.

Hypothesis draws the walks; after every update the tables are compared with what they were before it, by what the
pressed button means. CAUNOI_RANDOM_WALKS=50 draws that many and shortens one that fails.
"""

import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam
from sqlalchemy import select as choose
from sqlmodel import col, select

import handlers
from handlers.reports.rhythm import rhythm
from storage.base.calendar import ZONE
from storage.base.engine import Database
from storage.courses.courses import Enrolment
from storage.messaging.accounts import Abilities
from storage.messaging.outbox import next_due, outbox
from storage.people.people import Grant, Organisation, Role
from storage.reports.reopening import ReopenRequest
from storage.reports.reports import Category, ConductEntry, ConductReport, ConductRevision, ReportPeriod
from storage.requests.turnover import note_grant
from tests.casts.centre import LEARNERS
from tests.casts.reports import another_head, another_report, base36, colleague
from tests.houses.dialogue import Player, Seen, Stage

WALKS = int(os.environ.get("CAUNOI_RANDOM_WALKS", "0"))
NEVER = 99
MOST = 4  # learners of the unit
STEPS = 25  # of a walk, some of them half a dozen updates
# What people do, button by button: which kind of button of the newest card is pressed next, if it is there.
WAYS = (
    ("bl", "bp", "bp"),  # begun
    ("bw", "bc", "bg", "bf", "bk", "bc", "bg"),  # all well, sent; and corrected
    ("bl", "bp", "bp", "bd", "bc", "bg", "bf", "bk", "bx", "bg"),  # two to mention; and one of them not
    ("bl", "bp", "bp", "bt", "ba", "bg"),  # the same for both
    ("bl", "bk", "bc"),  # something else of one who is mentioned
    ("bw", "bc", "bg"),
    ("bl", "bk", "bx"),  # one taken out
    ("bl", "bp", "bu"),
    ("bl", "bp", "bd", "bc", "hf"),  # prepared for the head
    ("bn", "bc", "bg"),  # gone on with
    ("ha", "hb", "hc"),  # handed over
    ("hd",),  # taken back
    ("he",),  # given back
    ("rl", "rm"),  # later
    ("bh", "bo", "bl", "bp"),  # another report
    ("bf", "bk", "bc", "bg"),  # corrected after the sending
    ("bf", "bk", "bx", "bg"),
    ("ho", "hp", "bf", "bk", "bc", "bg"),  # opened again, and corrected
    ("hx", "bl", "bp", "bd", "bc", "hy"),  # received by phone, of a single period or of several
    ("hx", "bw", "bc", "hy", "bf", "bk", "bc", "hy"),
    ("hw", "hx", "bl", "bp", "bd", "bc", "hy"),
    ("hw", "hx", "bw", "bc", "hy", "bf", "bk", "bx", "hy"),
)
CORRECTING = (
    ("bw", "bc", "bg", "bf", "bk", "bc", "bg"),
    ("bw", "bc", "bg", "bf", "bk", "bx", "bg"),
    ("ho", "hp", "bf", "bk", "bc", "bg"),
)
SAID = ("/baocao", "menu", "1", "2", "2 3", "Gửi", "Xong", "Tất cả nền nếp tốt", "Ghi chú: đi muộn hai buổi", "1 muộn 2; 3 vắng phép",
        "2 đạo đức: to tiếng", "tat ca tot tru An di muon 2, Binh vang phep", "cung di muon", "Tôi đi công tác đến 30/11",
        "Tôi đã về", "20/11")  # fmt: skip
HEADS = ("head", "second", "deputy")
UNIT = ("head", "head", *HEADS, "delegate", "liaison")
anybody = st.sampled_from([*UNIT, "registrar", "other_head"])
number = st.sampled_from(range(120))


def _step(doing: str, **how: st.SearchStrategy) -> st.SearchStrategy:
    return st.tuples(st.just(doing), st.fixed_dictionaries(how))


filling = _step(
    "goes_a_way", who=st.sampled_from([*UNIT, "registrar"]), way=number, which=number, late=st.integers(0, 12)
)
few = st.lists(number, min_size=1, max_size=3)
step = st.one_of(
    filling,
    filling,
    filling,
    filling,
    _step("corrects", who=st.sampled_from(HEADS), which=number, late=st.sampled_from([NEVER, 2, 3, 4, 5, 6])),
    _step("presses_anything_shown", who=anybody, choices=few),
    _step("presses_old_buttons", who=anybody, choices=few),
    _step("says_words", who=anybody, words=st.sampled_from(SAID)),
    st.one_of(
        _step("time_passes", hours=st.sampled_from([1, 6, 24, 24 * 3, 24 * 9])),
        _step("time_passes", hours=st.sampled_from([1, 6, 24])),
        _step("time_is_over"),
    ),
    _step("office_decides", key=st.sampled_from(["hq", "hq", "hr"])),
    st.one_of(
        _step("restarts"), _step("a_role_ends_or_begins_again", who=st.sampled_from([*HEADS, "liaison"]))
    ),
)
TAKES_OUT, SAYS, SENDS = {"bu", "bx"}, {"bc", "bi"}, {"cg", "hy", "bg"}
Entry = tuple[str, int | None, str | None, str]  # category, times, note, source
Meant = tuple[str, dict[str, int]]  # a button's key and ids


_o = outbox.c
NEW = (
    choose(_o.id, _o.chat, _o.message)
    .where((_o.id > bindparam("after")) | (_o.due_at > bindparam("since")))  # new, or its hour has come
    .where(_o.due_at <= bindparam("now"), _o.state != "dropped")
    .order_by(_o.id)
)


@dataclass
class Tables:
    """What the tables say at a moment."""

    now: datetime
    entries: dict[tuple[int, int], Entry] = field(default_factory=dict)
    reports: dict[int, ConductReport] = field(default_factory=dict)
    periods: dict[int, ReportPeriod] = field(default_factory=dict)
    revisions: dict[tuple[int, int], int] = field(default_factory=dict)

    @classmethod
    def of(cls, stage: Stage) -> "Tables":
        found = cls(stage.time)
        with stage.database.reading() as session:
            for entry in session.exec(select(ConductEntry)):
                told = (entry.category, entry.times, entry.note, entry.source)
                assert found.entries.setdefault((entry.report_id, entry.person_id), told) is told, "twice"
            found.reports = {row.id: row for row in session.exec(select(ConductReport))}
            found.periods = {row.id: row for row in session.exec(select(ReportPeriod))}
            for row in session.exec(select(ConductRevision).order_by(col(ConductRevision.number))):
                found.revisions[row.report_id, row.number] = hash(repr(row.model_dump()))
            session.expunge_all()
        return found

    def ends(self, row: ConductReport) -> list[datetime]:
        """Until when a report may be sent in time, and until when it was opened again."""
        due_at = self.periods[row.period_id].due_at
        return [max(due_at, row.extended_to or due_at), *([row.reopened_until] if row.reopened_until else [])]

    def is_locked(self, report: int) -> bool:
        """Sent, past the deadline that counts, not reopened."""
        row = self.reports[report]
        return row.revision > 0 and self.now > max(self.ends(row))

    def of_report(self, report: int) -> dict[int, Entry]:
        return {person: told for (of, person), told in self.entries.items() if of == report}

    def stands(self, report: int, person: int) -> bool:
        told = self.entries.get((report, person))
        return told is not None and told[3] != "cleared"


class House:
    """A unit with two heads, a deputy, somebody to hand to and a liaison officer; the office; another unit's head."""

    def __init__(self, database: Database, buttons: int | None, classes: int) -> None:
        self.stage = stage = Stage(database, abilities=Abilities(buttons=buttons))
        cast = stage.cast
        self._shorten()
        if classes > 1:
            another_report(stage, learners=LEARNERS[:3], plan=True)
        people = {
            "head": cast.head,
            "second": another_head(stage, cast.unit, "Tạ Thị Hai"),
            "deputy": colleague(stage, "Vũ Thị Phó", Role.UNIT_HEAD, is_deputy=True),
            "delegate": colleague(stage, "Tạ Văn Phúc", Role.CLASS_SUPERVISOR),
            "liaison": colleague(stage, "Hồ Thị Liên", Role.LIAISON_OFFICER),
            "registrar": cast.registrar,
            "other_head": cast.other_head,
        }
        self.people: dict[str, Player] = {name: stage.player(person_id) for name, person_id in people.items()}
        self.shown: list[tuple[str, str, str]] = []  # chat, data, card: every button ever shown
        self.newest: dict[str, list[tuple[str, str]]] = {}  # of a chat's newest card
        self.fresh: set[tuple[str, str]] = set()  # shown by the last update, and nothing has happened since
        self.rows = self.place = 0
        self.read_at = stage.time
        self.tables = Tables.of(stage)
        self._read(None)

    def _shorten(self) -> None:
        """Four learners are enough; November and December have their timers; the liaison officer may prepare."""
        stage, cast = self.stage, self.stage.cast
        with stage.database.transaction() as session:
            session.get(Organisation, cast.unit).options = {"liaison_prepares": True}
            query = select(Enrolment).where(Enrolment.class_id == cast.running)
            for row in session.exec(query.where(col(Enrolment.person_id).in_(cast.learners[4:]))):
                session.delete(row)
            rhythm.plan(stage.desk(session), cast.running)

    # -- what can happen

    def goes_a_way(self, who: str, way: int, which: int, late: int) -> None:
        """As people do: open the card, or that of a report that was sent, then the next button of each that comes.

        Before the `late`-th of them the time for it is over.
        """
        sent = [report for report, row in self.tables.reports.items() if row.revision]
        if sent and which % 2:
            self.press(who, f"bo:{base36(sent[which % len(sent)])}", "")
        else:
            self.says_words(who, "/nhapbaocao" if who == "registrar" else "/baocao")
        ways = [one for one in WAYS if self._offered(who, one[0])]
        self._walks(who, ways[(way + self.place) % len(ways)] if ways else (), which, late)

    def corrects(self, who: str, which: int, late: int) -> None:
        """Send what is open and correct it, too late perhaps."""
        self.says_words(who, "/baocao")
        self._walks(who, CORRECTING[which % len(CORRECTING)], which, late)

    def _walks(self, who: str, way: tuple[str, ...], which: int, late: int) -> None:
        for place, key in enumerate(way):
            for _again in range(
                MOST if key == "bc" else 1
            ):  # as many as still have something to be said of them
                found = self._offered(who, key)
                if found and place == late:
                    self.time_is_over(self._read_button(found[0][0])[1].get("report"))
                if found:
                    self.press(who, *found[which % len(found)])
            if key == "hp" and which % 4:
                self.office_decides("hq")  # at once, so that what was reopened is walked over, too

    def _offered(self, who: str, key: str) -> list[tuple[str, str]]:
        """The buttons of this kind on somebody's newest card."""
        newest = self.newest.get(self.people[who].chat, [])
        return [one for one in newest if one[0].partition(":")[0] == key]

    def presses_anything_shown(self, who: str, choices: list[int]) -> None:
        for choice in choices:
            mine = self.newest.get(self.people[who].chat)
            if mine:
                self.press(who, *mine[choice % len(mine)])

    def presses_old_buttons(self, who: str, choices: list[int]) -> None:
        """Of any card there ever was, one's own or somebody else's."""
        for choice in choices if self.shown else ():
            self.press(who, *self.shown[-1 - choice % len(self.shown)][1:])

    def says_words(self, who: str, words: str) -> None:
        if self.stage.account.can.buttons is not None:
            self.stage.arrives()  # what is numbered is answered once it is there
        told = {"text": words, "at": self.stage.time.timestamp()}
        self.update(who, told, self._meant_by(self.people[who], words))

    def time_passes(self, hours: int) -> None:
        self._moves_to(self.stage.time + timedelta(hours=hours))

    def time_is_over(self, report: int | None = None) -> None:
        """The next deadline passes, of this report or of any, whichever deadline it is."""
        rows = [row for row in self.tables.reports.values() if report in {None, row.id}]
        ends = [end for row in rows for end in self.tables.ends(row) if end >= self.stage.time]
        if ends:
            self._moves_to(min(ends) + timedelta(minutes=1))

    def office_decides(self, key: str) -> None:
        """On the newest request to open a report again, once it has come."""
        with self.stage.database.reading() as session:
            waiting = session.exec(
                select(ReopenRequest).where(col(ReopenRequest.decided_at).is_(None))
            ).first()
            comes = next_due(session, self.stage.time)
        if waiting is not None and comes is not None:
            self._moves_to(comes)
        chat = self.people["registrar"].chat
        asked = [one for one in self.shown if one[0] == chat and one[1].startswith(key)]
        if asked:
            self.press("registrar", *asked[-1][1:])

    def restarts(self) -> None:
        """Another process: nothing but the database is left. What was just shown can be pressed all the same."""
        self.stage.database.close()
        handlers.table.cache_clear()
        self.stage.table = handlers.table()
        self.stage.restarts()

    def a_role_ends_or_begins_again(self, who: str) -> None:
        with self.stage.database.transaction() as session:
            query = select(Grant).where(Grant.person_id == self.people[who].person_id)
            grant = session.exec(query).one()
            yesterday = self.stage.time.astimezone(ZONE).date() - timedelta(days=1)
            grant.to_date = yesterday if grant.to_date is None else None
            note_grant(session, grant, ZONE, self.stage.time)
        self._moves_to(self.stage.time)

    # -- doing it

    def _meant_by(self, player: Player, words: str) -> list[Meant]:
        """What numbers may press: the lists of the chat's last cards."""
        numbers = [int(word) for word in words.split() if word.isdigit()]
        lists = [Seen(row, self.stage.account.can.buttons) for row in self.stage.sent_to(player.chat)[-4:]]
        numbered = [one.shown.numbered for one in lists if one.shown is not None]
        return [self._read_button(one[n]["data"]) for n in numbers for one in numbered if n in one]

    def _read_button(self, data: str) -> Meant:
        key, *words = data.split(":")
        return key, dict(
            zip(self.stage.table.actions[key].names, (int(word, 36) for word in words), strict=True)
        )

    def press(self, who: str, data: str, card: str) -> None:
        self.update(who, {"press": data, "message_id": card}, [self._read_button(data)])

    def update(self, who: str, incoming: dict[str, object], meant: list[Meant]) -> None:
        """One update, done and not failed; then the tables are as what was meant lets them be."""
        chat, before = self.people[who].chat, self.tables
        is_fresh = (chat, incoming.get("press")) in self.fresh
        self.stage.delivers(incoming, chat)
        self.tables = Tables.of(self.stage)
        self.compare(before, meant)
        if is_fresh:
            self.took_effect(before, *meant[0])
        self._read(chat)
        self.stage.ticks()
        self._read(None)

    def _moves_to(self, moment: datetime) -> None:
        self.stage.moves_to(moment)
        before, self.tables = self.tables, Tables.of(self.stage)
        self.compare(before, [])
        self._read(None)
        self.fresh = set()

    def _read(self, chat: str | None) -> None:
        """Take note of new cards; those in `chat` answer what was just done there."""
        self.fresh = set() if chat else self.fresh
        with self.stage.database.reading() as session:
            rows = session.execute(
                NEW, {"after": self.rows, "since": self.read_at, "now": self.stage.time}
            ).all()
        for row in rows:
            lists = [*row.message["buttons"], row.message.get("choices", [])]
            datas = [one["data"] for line in lists for one in line if "data" in one]
            self.newest[row.chat] = [(data, str(row.id)) for data in datas]
            self.shown += [(row.chat, data, str(row.id)) for data in datas]
            self.fresh |= {(chat, data) for data in datas if row.chat == chat}
        self.read_at = self.stage.time
        self.rows = max([self.rows, *(row.id for row in rows)])

    # -- what must hold

    def compare(self, before: Tables, meant: list[Meant]) -> None:
        after = self.tables
        places = Counter((row.period_id, row.organisation_id) for row in after.reports.values())
        days = Counter((self._days(row.period_id), row.organisation_id) for row in after.reports.values())
        assert set(places.values()) == set(days.values()) == {1}, "one report a unit, class and period"
        assert before.reports.keys() <= after.reports.keys()
        self._revisions_stand(before)
        for report in before.reports:
            if before.is_locked(report) and after.is_locked(report):
                assert before.reports[report].revision == after.reports[report].revision, "it is locked"
                assert before.of_report(report) == after.of_report(report), "it is locked"
            elif before.is_locked(report):
                assert "hq" in [key for key, _ids in meant], "only the office opens it again"
            for person, told in before.of_report(report).items():
                self._entry_stands(report, person, told, meant)

    def _days(self, period: int) -> tuple[int, date, date]:
        row = self.tables.periods[period]
        return row.class_id, row.from_date, row.to_date

    def _revisions_stand(self, before: Tables) -> None:
        after = self.tables
        assert before.revisions.items() <= after.revisions.items(), "what was sent never changes"
        for report, row in after.reports.items():
            numbers = [number for of, number in after.revisions if of == report]
            assert numbers == list(range(1, row.revision + 1))

    def _entry_stands(self, report: int, person: int, told: Entry, meant: list[Meant]) -> None:
        """It is there, and says the same, unless a button was pressed that takes it out or says something else."""
        category, _times, note, source = told
        pressed = {
            key for key, ids in meant if ids.get("report") == report and ids.get("learner", person) == person
        }
        if source == "cleared":
            return
        if not self.tables.stands(report, person):
            takes_out = TAKES_OUT if not category else {"bx"}  # a pick is not unpicked once something is said
            assert pressed & takes_out, f"lost: {told} of {person} in {report} by {meant}"
            return
        now = self.tables.entries[report, person]
        if category and now[0] != category:
            assert pressed & (SAYS | SENDS), f"{told} became {now} by {meant}"
        assert now[2] or not note, f"the note of {told} is gone"

    def took_effect(self, before: Tables, key: str, ids: dict[str, int]) -> None:
        """A button that was just shown does what it says."""
        report, person, after = ids.get("report", 0), ids.get("learner", 0), self.tables
        if key == "bp":
            assert after.stands(report, person), "picked"
        elif key == "bc":
            assert after.entries[report, person][0] == list(Category)[ids["category"]], "said"
        elif key in TAKES_OUT:
            assert not after.stands(report, person), "taken out"
        elif key in {"bg", "hy"} and not before.is_locked(report):
            assert after.reports[report].revision == before.reports[report].revision + 1, "sent"


def test_no_walk_makes_two_reports_loses_an_entry_or_changes_a_locked_one(databases, database_url):
    @given(
        st.sampled_from([None, None, 0, 5]),
        st.sampled_from([1, 2]),
        st.lists(step, min_size=STEPS, max_size=STEPS),
    )
    @settings(
        max_examples=WALKS or (3 if database_url.startswith("sqlite") else 2),
        database=None,
        deadline=None,
        phases=[Phase.generate, *([Phase.shrink] if WALKS else [])],
        suppress_health_check=list(HealthCheck),
    )
    def walk(buttons, classes, script):
        house = House(databases(), buttons, classes)
        for house.place, (doing, how) in enumerate(script):
            getattr(house, doing)(**how)

    walk()
