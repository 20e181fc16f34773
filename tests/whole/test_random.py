"""Whatever people send, in whatever order: every update is answered, and nothing is said or done twice.

Hypothesis draws long walks through all conversations: words (mistyped, decomposed, endless, hostile), buttons of
any card ever shown, one's own or somebody else's, made-up buttons, files, phones, time, restarts. After every step
the whole house is looked at. CAUNOI_RANDOM_WALKS=50 draws that many walks anew and shortens one that fails.
"""

import os
import re
import unicodedata
from html import unescape

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, select, text
from sqlmodel import select as choose

from handlers import table
from locales import Language
from storage.base.engine import Database
from storage.base.keyring import Keyring
from storage.imports.readings import read_all
from storage.joining.invites import Invitee, issue
from storage.messaging import outbox
from storage.messaging.files import StoredFile
from storage.people.people import Consent, Person, bind
from storage.reports.reports import ConductEntry, ConductReport, ConductRevision, ReportPeriod
from tests.casts import workbooks
from tests.conftest import SECRET
from tests.houses.dialogue import Player, Stage

WALKS = int(os.environ.get("CAUNOI_RANDOM_WALKS", "0"))
STEPS = 90  # of a walk, some of them a dozen updates
SAYS = 24  # among the choices of a card: words instead of a button
CAST = ("learner", "classmate", "other_learner", "head", "other_head", "registrar", "director", "lecturer",
        "stranger", "passer_by")  # fmt: skip
TOGGLE = frozenset({"ey", "eo", "dcy", "dcr", "mw", "mz"})  # the only buttons that record a consent
TOKEN = re.compile(r"</?[bi]>")
ENTITY = re.compile(r"&(?:amp|lt|gt|quot|#34|#39);")


# --- what people send ---


def _misspelt(words: str, how: int) -> str:
    shapes = (
        words,
        words.upper(),
        unicodedata.normalize("NFD", words),
        "".join(c for c in unicodedata.normalize("NFD", words) if unicodedata.category(c) != "Mn"),
        words[: len(words) // 2],
        f"  {words}\u200f\u200b \n",
        f"/{words}",
        f"{words} BD-01",
        f"{words} hạnh",
        words.replace(" ", "\u00a0"),
    )
    return shapes[how % len(shapes)]


_KNOWN = sorted([*table().words, *(f"/{name}" for name in table().commands)])
_ODD = (
    "", " ", "\n\t ", "/", "//", "/ ", "/lich@bot x", "/LICH", "/start", "/start ABCD-2345", "/ma", "/ma ABCD2345", "ABCD-2345",
    "👍", "👨‍👩‍👧", "12", "1985", "sinh năm 1985", "-", "=1+1", "<b>đậm</b>", "<script>alert(1)</script>", "&amp;&lt;", "{name}",
    "{0}", "%s %d 100%", "\u0000", "a\u0000b", "/ketqua \u0000", "\u202e\u200f", "\ufeff", "\u0301\u0323", "x" * 5000,
    "Đồng chí " * 550, "𝔏" * 3000, "1" * 5000, "\n" * 300, "'; DROP TABLE person; --", "\\", "null", "NaN", "mai", "thứ 3",
    "31/02", "99/99/9999", "lịch 00/00", "lịch BD-02", "kết quả An", "kết quả " + "An " * 900, "thông báo bế giảng", "có", "không",
)  # fmt: skip
spoken = st.one_of(
    st.builds(_misspelt, st.sampled_from(_KNOWN), st.integers(0, 9)),
    st.sampled_from(_ODD),
    st.text(st.characters(codec="utf-8"), max_size=40),  # channels drop halves of surrogate pairs
)

_number = st.one_of(
    st.integers(-1, 40).map(str),
    st.sampled_from(
        ["", "-", "+1", " 1", "1_0", "٣", "１", "zz", "1y2p0ij32e8e7", "1y2p0ij32e8e8", "-1y2p0ij32e8e8",
         "z" * 60, "z" * 6000, "é", "0x1", "1.5", "\x00"]
    ),
)  # fmt: skip
_key = st.one_of(st.sampled_from(sorted(table().actions)), st.sampled_from(["", "?", "lt2", "ЛТ", "no", ":"]))
DOORS = ("/baocao", "/thongbao", "/thongbao khai giảng", "/thongbao BD-02", "/dulieu", "/caidat", "/ketqua", "/lich", "/menu",
         "đã nhận", "/baocao")  # fmt: skip


def _aimed(key: str, numbers: list[int]) -> str:
    """A known button with as many ids as it takes, most of them somebody's."""
    names = table().actions[key].names
    return ":".join([key, *(str(number) for number in numbers[: len(names)])])


aimed = st.builds(
    _aimed,
    st.sampled_from(sorted(table().actions)),
    st.lists(st.sampled_from([0, 0, 1, 1, 1, 2, 3, 4, 5, 8, -1, 999]), min_size=6, max_size=6),
)
garbage = st.one_of(
    st.builds(lambda key, numbers: ":".join([key, *numbers]), _key, st.lists(_number, max_size=5)),
    st.text(st.characters(codec="utf-8"), max_size=70),
)


def _files() -> list[tuple[str, bytes]]:
    roster = workbooks.roster()
    units = workbooks.book(
        [("STT", "Tên đơn vị", "Địa chỉ"), (1, "Trường THCS Lê Lợi", "Phường A"), (2, "=1+1", "")]
    )
    marks = workbooks.book([("Họ và tên", "Ngày sinh", "Bài 1"), ("Trần Văn An", "10/02/1985", 8.5)])
    timetable = workbooks.book(
        [("Ngày", "Giờ", "Chuyên đề", "Phòng"), ("24/11/2026", "7h30-11h00", "<b>Chuyên đề</b>", "B1")]
    )
    return [
        ("danh-sach.xlsx", roster), ("don-vi.xlsx", units), ("diem.xlsx", marks), ("lich.xlsx", timetable),
        ("BD-01.xlsx", workbooks.roster([(1, "Trần Văn An", "01/01/1990", "", "Trường THCS Lê Lợi", None, None)])),
        ("rong.xlsx", workbooks.book([])), ("cut.xlsx", roster[: len(roster) // 2]), ("a.docx", roster), ("b.xls", b"\xd0\xcf"),
        ("<b>.xlsx", units), ("{name}%s.xlsx", marks), ("c.pdf", b"%PDF-1.7"), ("d.xlsx", b""), ("x" * 300, b"PK\x03\x04"),
    ]  # fmt: skip


FILES = _files()
sent_files = st.one_of(
    st.sampled_from(FILES), st.tuples(st.sampled_from(["x.xlsx", "y.csv", "z"]), st.binary(max_size=200))
)


anybody = st.sampled_from(CAST)
busy = st.sampled_from((*CAST, "head", "head", "registrar", "registrar", "learner"))


def _step(doing: str, **how: st.SearchStrategy) -> st.SearchStrategy:
    return st.tuples(st.just(doing), st.fixed_dictionaries(how))


choices = st.lists(st.integers(0, SAYS), min_size=3, max_size=16)
few = st.lists(st.integers(0, SAYS), max_size=4)
going_on = _step("goes_on", who=busy, door=st.sampled_from(("", *DOORS)), choices=choices)
announcing = _step(
    "goes_on",
    who=st.sampled_from(("registrar", "director")),
    door=st.sampled_from(("/thongbao", "/thongbao bế giảng", "/thongbao BD-02", "/baocao")),
    choices=choices,
)
reporting = _step(
    "goes_on", who=st.sampled_from(("head", "other_head")), door=st.just("/baocao"), choices=choices
)
speaking = _step("says", who=anybody, words=spoken)
step = st.one_of(
    speaking,
    going_on,
    announcing,
    reporting,
    _step("presses_what_nobody_showed", who=busy, data=aimed, card=st.just("1")),
    _step("presses_any_button_ever_shown", who=anybody, which=st.integers(0, 10**6)),
    _step("presses_what_nobody_showed", who=anybody, data=garbage, card=st.sampled_from(["", "1", "999999"])),
    _step(
        "sends_a_file",
        who=st.sampled_from((*CAST, "registrar", "registrar", "director")),
        file=sent_files,
        choices=few,
    ),
    _step("time_passes", minutes=st.sampled_from([1, 15, 61, 600, 60 * 24, 60 * 24 * 3, 60 * 24 * 9])),
    st.one_of(
        _step("shares_a_phone", who=anybody, which=st.integers(0, 3), own=st.booleans(), choices=choices),
        _step("starts", who=anybody, which=st.integers(0, 5), choices=choices),
        _step("sends_a_sticker", who=anybody),
        _step("leaves", who=anybody),
        _step("restarts"),
        _step(
            "sends_a_file_that_is_not_fetched",
            who=anybody,
            problem=st.sampled_from(["too_big", "unreachable", "?"]),
        ),
    ),
    _step("comes_back", who=busy),
)


# --- the house and what must hold in it ---


class House:
    """What can happen, and, in `look`, what must hold after each of it."""

    def __init__(self, database: Database) -> None:
        self.stage = Stage(database)
        cast = self.stage.cast
        bound = {name: getattr(cast, name, 0) for name in CAST}
        bound |= {"learner": cast.learners[0], "classmate": cast.learners[1]}
        self.people: dict[str, Player] = {
            name: self.stage.player(person) if person else self.stage.stranger(name)
            for name, person in bound.items()
        }
        self.shown: list[tuple[str, str]] = []  # data, message
        self.in_hand: dict[str, list[tuple[str, str]]] = {}  # the same of the newest card in each chat
        self.seen_rows = 0
        self.consents: set[tuple[object, ...]] = set()
        self.locked: dict[int, list[object]] = {}
        self.codes = self._codes()
        for person in self.people.values():  # everybody has a card in hand
            self.update(person, {"text": "/menu"})
        for name, words in (
            ("registrar", "/thongbao khai giảng"),
            ("head", "/baocao"),
            ("other_head", "/baocao"),
        ):
            self.says(name, words)

    def _codes(self) -> list[str]:
        """Slips of people not yet bound, so that strangers can come in."""
        with self.stage.database.transaction() as session:
            chosen = [self.stage.cast.learners[3], self.stage.cast.learners[4], self.stage.cast.head]
            people = [session.get(Person, person_id) for person_id in chosen]
            wanted = [Invitee(person, ("learner",), "") for person in people]
            return issue(session, self.stage.database.keyring, wanted, self.stage.time)

    # -- what can happen

    def says(self, who: str, words: str) -> None:
        self.update(self.people[who], {"text": words})

    def goes_on(self, who: str, door: str, choices: list[int]) -> None:
        """Card after card, as people do: a button of the newest one, now and then words where they are asked for."""
        person = self.people[who]
        if door:
            self.update(person, {"text": door})
        for choice in choices:
            card = self.in_hand.get(person.chat, [])
            card = [button for button in card if button[0] != "mn"] or card  # not to the menu again and again
            if choice == SAYS or not card:
                self.update(person, {"text": "Ghi chú <i>1</i> & {name} 100%"})
            else:
                self.press(person, *card[choice % len(card)])

    def presses_any_button_ever_shown(self, who: str, which: int) -> None:
        """One's own or somebody else's, of today or of weeks ago."""
        self.press(self.people[who], *self.shown[which % len(self.shown)])

    def presses_what_nobody_showed(self, who: str, data: str, card: str) -> None:
        self.press(self.people[who], data, card)

    def sends_a_file(self, who: str, file: tuple[str, bytes], choices: list[int]) -> None:
        name, content = file
        with self.stage.database.transaction() as session:
            row = StoredFile(
                account_id=self.stage.account.id, name=name, content=content, kept_at=self.stage.time,
                reading=read_all(content, self.stage.time.date()),
            )  # fmt: skip
            session.add(row)
            session.flush()
            file_id = row.id
        self.update(self.people[who], {"file": name, "size": len(content), "file_id": file_id})
        self.goes_on(who, "", choices)

    def sends_a_file_that_is_not_fetched(self, who: str, problem: str) -> None:
        incoming = {"file": "x.xlsx", "size": 10**9, "file_id": None, "problem": problem}
        self.update(self.people[who], incoming)

    def shares_a_phone(self, who: str, which: int, own: bool, choices: list[int]) -> None:
        with self.stage.database.reading() as session:
            known = session.get(Person, self.stage.cast.learners[5])
        phone = (known.phone, "+84 912 345 678", "không có", "1" * 5000)[which]
        self.update(self.people[who], {"phone": phone, "own": own})
        self.says(who, str(known.birth_date.year))
        self.goes_on(who, "", choices)

    def starts(self, who: str, which: int, choices: list[int]) -> None:
        payload = (*self.codes, "", "ABCD-2345", "\u0000.x")[which]
        self.update(self.people[who], {"start": payload}, toggles=True)
        self.goes_on(who, "", choices)

    def sends_a_sticker(self, who: str) -> None:
        self.update(self.people[who], {"other": True})

    def leaves(self, who: str) -> None:
        self.update(self.people[who], {"left": True}, answered=False)

    def comes_back(self, who: str) -> None:
        """Whoever has unlinked himself or locked himself out gets a new slip at the centre."""
        person = self.people[who]
        with self.stage.database.transaction() as session:
            session.execute(text("DELETE FROM wrong_try"))
            if person.person_id:
                row = session.get(Person, person.person_id)
                bind(session, row, self.stage.account.id, person.chat, self.stage.time)

    def time_passes(self, minutes: int) -> None:
        self.stage.passes(minutes=minutes)
        self.look()

    def restarts(self) -> None:
        """Another process on the same database: nothing was kept in memory."""
        database = self.stage.database
        database.close()
        self.stage.database = Database(
            str(database.url.render_as_string(hide_password=False)), Keyring(SECRET)
        )
        self.stage.restarts()

    # -- doing it

    def press(self, person: Player, data: str, card: str) -> None:
        toggles = data.partition(":")[0] in TOGGLE
        self.update(person, {"press": data, "message_id": card}, toggles=toggles)

    def update(
        self, person: Player, incoming: dict[str, object], *, answered: bool = True, toggles: bool = False
    ) -> None:
        self.stage.delivers(incoming, person.chat)  # asserts that the update ended "done"
        assert not answered or self.is_news_in(person.chat), f"{person.chat} got no answer to {incoming}"
        self.stage.ticks()
        self.look(toggles=toggles)

    def is_news_in(self, chat: str) -> bool:
        with self.stage.database.reading() as session:
            return session.execute(NEWS, {"chat": chat, "seen": self.seen_rows}).first() is not None

    # -- what must hold

    def look(self, *, toggles: bool = False) -> None:
        with self.stage.database.reading() as session:
            for row in session.execute(SHOWN, {"seen": self.seen_rows}).all():
                self.seen_rows = row.id
                fits_a_messenger(self.stage, session, row)
                buttons = [button for line in row.message["buttons"] for button in line]
                if card := [(button["data"], str(row.id)) for button in buttons if "data" in button]:
                    self.shown += card
                    self.in_hand[row.chat] = card
            self._reports_stand(session)
            self._nothing_twice(session)
            self._consents_stand(session, toggles=toggles)

    def _reports_stand(self, session) -> None:
        numbers = session.execute(NUMBERS).all()
        for report, period in session.execute(REPORTS).all():
            own = [number for report_id, number in numbers if report_id == report.id]
            assert own == list(range(1, report.revision + 1))
            if not report.revision or self.stage.time <= period.due_at:
                continue
            entries = session.execute(ENTRIES, {"report": report.id}).scalars()
            stands = [report.model_dump(), *(entry.model_dump() for entry in entries)]
            assert self.locked.setdefault(report.id, stands) == stands, "a locked report has changed"

    def _nothing_twice(self, session) -> None:
        assert session.execute(TWICE).all() == []

    def _consents_stand(self, session, *, toggles: bool) -> None:
        rows = {tuple(row) for row in session.execute(CONSENTS)}
        assert self.consents <= rows, "a kept consent was rewritten"
        assert toggles or not self.consents or rows == self.consents, "a consent nobody gave"
        self.consents = rows


# What is asked after every step, put together once.
SHOWN = select(outbox.outbox).where(outbox.outbox.c.id > bindparam("seen")).order_by(outbox.outbox.c.id)
NEWS = text("SELECT 1 FROM outbox WHERE chat = :chat AND state != 'dropped' AND id > :seen LIMIT 1")
REPORTS = choose(ConductReport, ReportPeriod).join(ReportPeriod).order_by(ConductReport.id)
NUMBERS = choose(ConductRevision.report_id, ConductRevision.number).order_by(ConductRevision.number)
ENTRIES = choose(ConductEntry).where(ConductEntry.report_id == bindparam("report")).order_by(ConductEntry.id)
CONSENTS = choose(Consent.id, Consent.person_id, Consent.purpose, Consent.given)
TWICE = text("""
    SELECT 'a report' FROM conduct_report GROUP BY period_id, organisation_id HAVING count(*) > 1
    UNION ALL SELECT 'a delivery' FROM delivery GROUP BY notice_id, person_id HAVING count(*) > 1
    UNION ALL SELECT key FROM outbox WHERE key IS NOT NULL GROUP BY key HAVING count(*) > 1
    UNION ALL SELECT 'a notice' FROM outbox WHERE key LIKE 'notice:%' GROUP BY delivery_id HAVING count(*) > 1
    UNION ALL SELECT 'an update that waits' FROM inbox WHERE state != 'done'
""")


def fits_a_messenger(stage: Stage, session, row) -> None:
    """A message as every platform takes it: length, markup, labels, buttons that are known, a file that opens."""
    message = row.message
    words = unescape(TOKEN.sub("", message["html"]))
    assert words.strip(), "an empty message"
    assert len(words.encode("utf-16-le")) // 2 <= 4096, f"{len(words)} characters: {words[:200]}"
    well_formed(message["html"])
    known = stage.table
    for button in (button for line in message["buttons"] for button in line):
        assert 1 <= len(button["label"]) <= 64, button
        assert button["label"].strip(), button
        if "data" in button:
            key, *ids = button["data"].split(":")
            assert len(button["data"].encode()) <= 64, button
            assert known.actions[key].ids(ids) is not None, button
    for label in (label for line in message["keyboard"] for label in line):
        assert 1 <= len(label.strip()) <= 64, label
    if message["document"]:
        document = message["document"]
        paper = known.papers[document["key"]]
        assert paper.run(stage.desk(session), Language("vi"), **document["ids"])


def well_formed(html: str) -> None:
    """Nothing but <b> and <i>, closed in order; everything else escaped."""
    stack: list[str] = []
    for tag in TOKEN.findall(html):
        if tag.startswith("</"):
            assert stack, html
            assert stack.pop() == tag[2], html
        else:
            stack.append(tag[1])
    assert not stack, html
    bare = TOKEN.sub("", html)
    assert "<" not in bare, html
    assert ">" not in bare, html
    assert "&" not in ENTITY.sub("", bare), html


# --- the walks ---


def test_no_walk_breaks_the_conversations(databases, database_url):
    """Everybody of the cast, and two strangers, doing whatever they like for weeks."""

    @given(st.lists(step, min_size=STEPS, max_size=STEPS))
    @settings(
        max_examples=WALKS or (4 if database_url.startswith("sqlite") else 2),
        derandomize=not WALKS,
        database=None,
        deadline=None,
        phases=[Phase.generate, *([Phase.shrink] if WALKS else [])],
        suppress_health_check=list(HealthCheck),
    )
    def walk(script):
        house = House(databases())
        try:
            for doing, how in script:
                getattr(house, doing)(**how)
        finally:
            house.stage.database.close()

    walk()


def test_the_check_of_markup_sees_what_is_wrong():
    for wrong in ("<b>x", "<b><i>x</b></i>", "a < b", "<script>", "AT&T", "x</b>"):
        with pytest.raises(AssertionError):
            well_formed(wrong)
    well_formed("<b>x &amp; <i>y</i></b> &lt;script&gt;")
