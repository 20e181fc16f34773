"""The command line as an operator meets it: what it does, and how it says what cannot be done."""

import ctypes
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import types
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import insert, select, text, update
from sqlmodel import Session, col
from sqlmodel import select as choose
from typer.testing import CliRunner

from bot.cli import doctor
from bot.cli.main import main
from bot.console import explain
from bot.demo import sample
from bot.settings import Settings
from storage.admin import migrate
from storage.base.clock import clock_offset
from storage.base.engine import Database
from storage.base.keyring import Keyring
from storage.messaging import inbox
from storage.messaging.accounts import ChannelAccount, account_named
from storage.people.people import Centre, Grant, Invite, Person
from tests.conftest import SECRET
from tests.houses.dialogue import START

ROOT = Path(__file__).parents[2]
TOKEN = "123456789:" + "T" * 35


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """An empty folder, no settings from elsewhere, and a port that is free."""
    for name in [name for name in os.environ if name.startswith("CAUNOI_") and "TEST" not in name]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CAUNOI_HTTP_PORT", "0")


@pytest.fixture
def office(database, database_url, monkeypatch) -> Database:
    """The database of the settings, empty, at the present version; business time is the dialogues' start."""
    monkeypatch.setenv("CAUNOI_DATABASE_URL", database_url)
    monkeypatch.setenv("CAUNOI_SECRET_KEY", SECRET)
    with database.writer.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": migrate.HEAD})
        seconds = (START - datetime.now(UTC)).total_seconds()
        connection.execute(insert(clock_offset).values(id=1, seconds=seconds))
    return database


@pytest.fixture
def centre(office, stage) -> Database:
    """The office with the cast of the dialogues."""
    return office


def caunoi(*words: str, code: int = 0):
    """Run a command; its exit code is as told, and it never shows a traceback."""
    done = CliRunner().invoke(main, list(words))
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    return done


def _obeys_modes() -> None:
    """As every user does: root reads and writes whatever a file's mode says."""
    for capability in (1, 2) if os.geteuid() == 0 else ():  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        ctypes.CDLL(None).prctl(24, capability)  # PR_CAPBSET_DROP


def process(*words: str, **settings: str):
    env = {key: value for key, value in os.environ.items() if not key.startswith("CAUNOI_")}
    env |= {"PYTHONPATH": str(ROOT), "CAUNOI_HTTP_PORT": "0", **settings}
    return subprocess.run(
        [sys.executable, "-m", "bot", *words],
        env=env,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        preexec_fn=_obeys_modes if sys.platform == "linux" else None,
    )


# --- real processes


@pytest.mark.slow
def test_from_an_empty_folder_to_codes(tmp_path):
    assert process("migrate").returncode == 0
    seeded = process("seed", "--learners", "20")
    assert (seeded.returncode, "Đã tạo Trung tâm" in seeded.stdout) == (0, True)
    invited = process("invite", "--json")
    rows = json.loads(invited.stdout)
    assert len(rows) > 20
    assert (tmp_path / "caunoi.db").exists()
    assert (tmp_path / "caunoi.key").read_text() not in seeded.stdout + invited.stdout


@pytest.mark.slow
def test_run_says_one_line_and_stops_cleanly(tmp_path):
    env = {key: value for key, value in os.environ.items() if not key.startswith("CAUNOI_")}
    env |= {"PYTHONPATH": str(ROOT), "CAUNOI_HTTP_PORT": "0"}
    running = subprocess.Popen(
        [sys.executable, "-m", "bot", "run"], env=env, stdout=subprocess.PIPE, encoding="utf-8"
    )
    try:
        line = running.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert address, line
        assert httpx.get(f"{address[0]}/health").json()["status"] == "ok"
        assert os.name != "posix" or _modes(tmp_path)["caunoi.db.lock"] == 0o600
        second = process("run")  # on the same file
        assert second.returncode == 1
        assert second.stderr.startswith("CAUNOI_DATABASE_URL: ")
        running.send_signal(signal.SIGTERM)
        rest, _nothing = running.communicate(timeout=20)
    finally:
        running.kill()
        running.wait()
    assert rest == ""
    assert running.returncode == 0


@pytest.mark.slow
def test_run_names_the_setting_that_is_wrong():
    done = process("run", CAUNOI_HTTP_PORT="99999", CAUNOI_TELEGRAM_TOKEN="secretword")
    assert done.returncode == 1
    assert "CAUNOI_HTTP_PORT: " in done.stderr
    assert "CAUNOI_TELEGRAM_TOKEN: " in done.stderr
    assert "Traceback" not in done.stderr
    assert "secretword" not in done.stderr


@pytest.mark.slow
def test_run_names_a_database_that_does_not_answer():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    done = process(
        "run", CAUNOI_DATABASE_URL=f"postgresql://u:pa55word@127.0.0.1:{port}/d", CAUNOI_SECRET_KEY=SECRET
    )
    assert done.returncode == 1
    assert done.stderr.startswith("CAUNOI_DATABASE_URL: ")
    assert "pa55word" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="root obeys no modes elsewhere")
@pytest.mark.parametrize(
    ("file", "mode", "told"),
    [("caunoi.db", 0o400, "caunoi.db chỉ đọc được"), ("caunoi.db.lock", 0o400, "caunoi.db.lock: không đọc")],
)
def test_run_names_what_it_may_not_write_and_the_mend(tmp_path, file, mode, told):
    assert process("migrate").returncode == 0
    (tmp_path / file).touch()
    (tmp_path / file).chmod(mode)
    done = process("run")
    assert done.returncode == 1
    assert told in done.stderr
    assert "quyền" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_the_database_and_what_lies_beside_it_is_its_owners_alone(tmp_path):
    """What another version or another program left wider is narrowed; a backup is made by whoever may read them."""
    before = os.umask(0)
    try:
        database = Database(f"sqlite:///{tmp_path / 'caunoi.db'}", Keyring(SECRET))
        with database.transaction() as session:
            session.execute(text("CREATE TABLE made (id INTEGER)"))
            files = ["caunoi.db", "caunoi.db-shm", "caunoi.db-wal"]
            assert _modes(tmp_path) == dict.fromkeys(files, 0o600)
        database.close()
        for name in [*files, "caunoi.db.lock"]:
            (tmp_path / name).touch()
            (tmp_path / name).chmod(0o644)
        with database.reading() as session:
            assert not session.execute(text("SELECT id FROM made")).all()
            assert set(_modes(tmp_path).values()) == {0o600}
        database.close()
    finally:
        os.umask(before)


def _modes(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in sorted(folder.iterdir())}


@pytest.mark.slow
def test_run_names_a_taken_port_without_a_traceback():
    """It ended with uvicorn's traceback and exit code 3."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        done = process("run", CAUNOI_HTTP_PORT=str(other.getsockname()[1]))
    assert done.returncode == 1
    assert "CAUNOI_HTTP_PORT: " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_help_loads_neither_database_nor_messenger():
    code = "import sys, bot.cli.main; print([m for m in ('sqlalchemy', 'telegram', 'rich', 'uvicorn') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "[]", done.stderr


# --- words


def test_help_is_vietnamese_and_lists_every_command():
    told = caunoi("--help").output
    for name in (
        "run",
        "demo",
        "migrate",
        "doctor",
        "status",
        "centre",
        "class",
        "seed",
        "import",
        "template",
        "grant",
        "invite",
        "inbox",
    ):
        assert re.search(rf"^  {name} +\S", told, re.MULTILINE), name
    assert "Cấp mã mới" in told


@pytest.mark.parametrize("words", [["status"], ["invite"], ["grant", "An", "registrar"], ["inbox", "list"]])
def test_without_a_database_none_is_made(tmp_path, words):
    told = caunoi(*words, code=1)
    assert told.stderr.startswith("CAUNOI_DATABASE_URL: ")
    assert "caunoi migrate" in told.stderr
    assert not list(tmp_path.iterdir())


def test_a_database_of_another_version_is_left_alone(office):
    with office.writer.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    told = caunoi("status", code=1).stderr
    assert "CAUNOI_DATABASE_URL" in told
    assert "caunoi migrate" in told


def test_an_office_without_a_centre_is_told_what_to_do(office):
    told = caunoi("invite", code=1).stderr
    assert "caunoi centre" in told
    assert "caunoi seed" in told


def test_a_broken_key_file_is_named(tmp_path):
    caunoi("migrate")
    (tmp_path / "caunoi.key").write_text("x")
    assert caunoi("status", code=1).stderr.startswith("CAUNOI_SECRET_KEY: ")


def test_a_folder_that_cannot_be_made_is_named(tmp_path, monkeypatch):
    (tmp_path / "data").write_text("a file")
    monkeypatch.setenv("CAUNOI_DATABASE_URL", "sqlite:///data/x.db")
    assert caunoi("migrate", code=1).stderr.startswith("data: ")


def test_an_unexpected_fault_is_one_line_without_its_data():
    with pytest.raises(KeyError) as caught:
        {}["Nguyễn Văn An"]
    told = explain(caught.value)
    assert "KeyError, test_command_line.py:" in told
    assert "Nguyễn" not in told


# --- seed, import, demo


def test_seed_fills_once(office):
    assert "caunoi invite" in caunoi("seed", "--learners", "12").stdout
    again = caunoi("seed", code=1).stderr
    assert again.startswith("CAUNOI_DATABASE_URL: ")
    with office.reading() as session:
        assert len(session.exec(choose(Centre.id)).all()) == 1


@pytest.mark.parametrize("number", ["9", "20001", "-1"])
def test_seed_refuses_odd_numbers_and_says_which_are_fine(office, number):
    assert caunoi("seed", f"--learners={number}", code=1).stderr.startswith("--learners: ")
    with office.reading() as session:
        assert not sample.has_centre(session)


def test_import_and_template_are_passed_on_with_their_exit_codes(monkeypatch):
    called = []
    fake = types.ModuleType("bot.cli.importing")
    fake.import_command = lambda *words, moves: called.append((*words, moves)) or 1
    fake.template_command = lambda *words: called.append(words) or 0
    monkeypatch.setitem(sys.modules, "bot.cli.importing", fake)
    caunoi("import", "roster", "a.xlsx", "--class", "BD-01", "--dry-run", code=1)
    caunoi("template", "marks", "b.xlsx")
    assert called == [("roster", Path("a.xlsx"), "BD-01", True, False), ("marks", Path("b.xlsx"))]
    told = caunoi("import", "people", "a.xlsx", code=1).stderr
    assert told.startswith("KIND: ")
    assert "roster" in told


def test_demo_gets_its_port(monkeypatch):
    called = []
    fake = types.ModuleType("bot.demo.running")
    fake.run_demo = lambda port, host, first_day: called.append((port, host))
    monkeypatch.setitem(sys.modules, "bot.demo.running", fake)
    caunoi("demo", "--port", "8123")
    assert called == [(8123, "127.0.0.1")]


# --- invite


def test_invite_json_is_one_row_a_person_and_class(centre, stage):
    rows = json.loads(caunoi("invite", "--json").stdout)
    assert all(list(row) == ["person", "phone", "roles", "unit", "class", "code", "link"] for row in rows)
    assert all(re.fullmatch(r"[A-Z2-9]{4}-[A-Z2-9]{4}", row["code"]) for row in rows)
    hanh = [row for row in rows if row["person"] == "Nguyễn Thị Minh Hạnh"]
    assert {row["class"] for row in hanh} == {"BD-01", "BD-02", "BD-03"}
    assert len({row["code"] for row in rows}) == len(rows)
    registrar = next(row for row in rows if row["roles"] == ["registrar"])
    assert (registrar["person"], registrar["unit"], registrar["class"]) == ("Phan Thị Thu", "", "")
    head = next(row for row in rows if row["roles"] == ["unit_head"])
    assert head["unit"] in {"Trường THCS Lê Lợi", "Trạm Y tế phường A"}


def test_a_code_binds_and_its_link_too(centre, stage):
    row = next(row for row in json.loads(caunoi("invite", "--json").stdout) if row["roles"] == ["unit_head"])
    stage.stranger("by-code").starts(row["code"].replace("-", "")).sees(row["person"], row["unit"])
    payload = row["link"].rpartition("/")[2]
    code, _dot, signature = payload.partition(".")
    assert centre.keyring.verify("link", code, signature)
    stage.stranger("by-link").starts(payload).sees(row["person"])


def test_fresh_codes_leave_earlier_ones_valid_and_are_stored_as_hashes(centre, stage):
    first, second = (json.loads(caunoi("invite", "--json", "--class", "bd-03").stdout) for _n in range(2))
    assert len(first) == len(second) == 1
    assert first[0]["code"] != second[0]["code"]
    for number, row in enumerate((first[0], second[0])):
        stage.stranger(f"chat {number}").starts(row["code"]).sees("Nguyễn Thị Minh Hạnh")
    with centre.reading() as session:
        kept = session.exec(choose(Invite)).all()
        hashes = {centre.keyring.hash_code(row["code"]) for row in (*first, *second)}
        assert {invite.code_hash for invite in kept} == hashes
        for invite in kept:
            assert invite.expires_at - invite.created_at == timedelta(days=14)
            assert abs(invite.created_at - START) < timedelta(minutes=5)


def test_invite_by_phone(centre, stage):
    with centre.transaction() as session:
        person = session.get(Person, stage.cast.registrar)
        person.phone = "0951234567"
    rows = json.loads(caunoi("invite", "--json", "--phone", "+84 951 234 567").stdout)
    assert [(row["person"], row["phone"]) for row in rows] == [("Phan Thị Thu", "0951234567")]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["--phone", "12"], "--phone"),
        (["--phone", "0959999999"], "--phone"),
        (["--class", "XX-9"], "--class"),
        (["--slips", "phieu.pdf"], "--slips"),
        (["--slips", "khong-co/phieu.html"], "khong-co/phieu.html"),
    ],
)
def test_invite_names_what_is_wrong_and_issues_nothing(centre, words, name):
    assert caunoi("invite", *words, code=1).stderr.startswith(f"{name}: ")
    with centre.reading() as session:
        assert not session.exec(choose(Invite.id)).all()


def test_an_unknown_class_is_answered_with_the_known_ones(centre):
    assert "BD-01" in caunoi("invite", "--class", "BD-1", code=1).stderr


def test_slips_are_written_for_everybody_with_the_bots_name(centre, tmp_path):
    with centre.transaction() as session:
        account_named(session, "telegram", abroad=True).username = "hoa_bot"
    done = caunoi("invite", "--json", "--slips", "phieu.html")
    rows = json.loads(done.stdout)
    page = (tmp_path / "phieu.html").read_text(encoding="utf-8")
    assert all(row["code"] in page for row in rows)
    assert page.count("<svg") == 2 * len(rows)
    assert "CAUNOI_PUBLIC_URL" in done.stderr


# --- grant


def grants_of(database, person_id):
    with Session(database.reader, expire_on_commit=False) as session:
        return session.exec(choose(Grant).where(Grant.person_id == person_id).order_by(col(Grant.id))).all()


def test_a_role_is_granted_by_name_in_vietnamese_and_only_once(centre, stage):
    assert "giáo vụ" in caunoi("grant", "cao minh duc", "giáo vụ").stdout
    assert "từ trước" in caunoi("grant", f"#{stage.cast.lecturer}", "registrar").stdout
    given = grants_of(centre, stage.cast.lecturer)[1:]
    assert [(grant.role, grant.from_date, grant.to_date) for grant in given] == [
        ("registrar", START.date(), None)
    ]


def test_a_head_is_granted_for_a_unit_and_until_a_day(centre, stage):
    caunoi("grant", "Phạm Thị Cúc", "unit_head", "--unit", "trường thcs lê lợi", "--until", "31/12/2026")
    grant = grants_of(centre, stage.cast.learners[3])[0]
    assert (grant.organisation_id, str(grant.to_date)) == (stage.cast.unit, "2026-12-31")


def test_homonyms_are_listed_and_nothing_is_done(centre, stage):
    told = caunoi("grant", "Trần Văn An", "registrar", code=1).stderr
    assert f"#{stage.cast.learners[1]}" in told
    assert f"#{stage.cast.other_learner}" in told
    assert "Trạm Y tế phường A" in told
    assert re.search(r"sinh ngày \d\d/\d\d/\d{4}", told)
    assert not grants_of(centre, stage.cast.learners[1])


@pytest.mark.parametrize(
    ("words", "name", "hint"),
    [
        (["Phan Thị Thủ Thiêm", "director"], "PERSON", ""),
        (["Phan Thi Thuu", "director"], "PERSON", "Phan Thị Thu"),
        (["#99999999999999999999999", "director"], "PERSON", "#"),
        (["Phan Thị Thu", "learner"], "ROLE", "registrar"),
        (["Phan Thị Thu", "unit_head"], "--unit", "THCS"),
        (["Phan Thị Thu", "unit_head", "--unit", "Trường THCS Lê Lơi 2"], "--unit", ""),
        (["Phan Thị Thu", "director", "--unit", "Trường THCS Lê Lợi"], "--unit", "giám đốc"),
        (["Phan Thị Thu", "class_supervisor", "--class", "X"], "--class", "BD-02"),
        (["Phan Thị Thu", "director", "--until", "hôm kia"], "--until", "31/12/2026"),
        (["Phan Thị Thu", "director", "--until", "01/01/2020"], "--until", "31/12/2026"),
    ],
)
def test_grant_names_what_is_wrong_and_grants_nothing(centre, stage, words, name, hint):
    told = caunoi("grant", *words, code=1).stderr
    assert told.startswith(f"{name}: ")
    assert hint in told
    assert len(grants_of(centre, stage.cast.registrar)) == 1


# --- status, inbox


def test_status_counts(centre, stage):
    stage.player(stage.cast.head)
    told = json.loads(caunoi("status", "--json").stdout)
    assert told["people"]["unit_head"] == {"bound": 1, "all": 2}
    assert told["people"]["learner"] == {"bound": 0, "all": 13}
    assert told["reports"] == {"open": 2, "sent": 0}
    assert told["inbox"] == {"waiting": 0, "oldest_seconds": 0.0, "set_aside": 0}
    assert told["accounts"][0]["kind"] == "test"
    assert told["business_time"].startswith("2026-11-16")
    words = caunoi("status").stdout
    assert "Đã liên kết, thủ trưởng đơn vị: 1/2" in words
    assert "đã gửi 0/2" in words


def test_status_tells_why_an_account_rests(centre):
    with centre.transaction() as session:
        session.execute(update(ChannelAccount).values(pause_reason="mất mạng"))
    assert "mất mạng" in caunoi("status").stdout


@pytest.fixture
def aside(centre, stage):
    """An update that was set aside; its id."""
    with centre.transaction() as session:
        arrival = inbox.Arrival("7", "chat", {"text": "điện thoại của tôi 0951234567"})
        inbox.store(session, stage.account.id, [arrival], START)
        number = session.execute(select(inbox.inbox.c.id)).scalar_one()
        inbox.fail(session, number, "Traceback …\nKeyError: 'Nguyễn Văn An'\n", None)
    return number


def test_the_list_of_updates_set_aside_is_without_data(aside):
    told = caunoi("inbox", "list").stdout
    assert f"#{aside} " in told
    assert "KeyError" in told
    assert "Nguyễn" not in told
    assert "0951234567" not in told


def test_one_update_is_shown_whole_and_run_again(aside, centre):
    done = CliRunner().invoke(main, ["inbox", "show", str(aside)])
    assert "0951234567" in done.stdout
    assert "KeyError: 'Nguyễn Văn An'" in done.stdout
    caunoi("inbox", "retry", str(aside))
    with centre.reading() as session:
        assert inbox.get(session, aside).state == "waiting"
    assert "Không có" in caunoi("inbox", "list").stdout
    for word in ("show", "retry"):
        assert caunoi("inbox", word, str(aside), code=1).stderr.startswith("ID: ")
    assert caunoi("inbox", "show", str(10**30), code=1).stderr.startswith("ID: ")


# --- doctor


def test_doctor_finds_all_well(centre):
    told = caunoi("doctor").stdout
    assert "CẦN SỬA" not in told
    assert "Khóa: khớp" in told
    assert "Telegram: chưa đặt" in told


def test_doctor_says_what_to_do_in_an_empty_folder(tmp_path):
    told = caunoi("doctor", code=1).stdout
    assert "caunoi migrate" in told
    assert not list(tmp_path.iterdir())


def test_doctor_names_a_wrong_setting(monkeypatch):
    monkeypatch.setenv("CAUNOI_LOG", "xml")
    assert "CAUNOI_LOG: " in caunoi("doctor", code=1).stdout


def test_doctor_sees_a_key_that_does_not_fit(centre, monkeypatch):
    monkeypatch.setenv("CAUNOI_SECRET_KEY", "another secret, also of forty letters...")
    told = caunoi("doctor", code=1).stdout
    assert "Khóa: không khớp" in told
    assert "CAUNOI_SECRET_KEY" in told


def test_doctor_leaves_nothing_behind(centre):
    caunoi("doctor")
    with centre.reading() as session:
        assert not session.execute(text("SELECT role FROM lease")).all()


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_doctor_sees_a_key_others_may_read(tmp_path):
    caunoi("migrate")
    caunoi("doctor")
    (tmp_path / "caunoi.key").chmod(0o644)
    assert "chmod 600 caunoi.key" in caunoi("doctor", code=1).stdout


def answering(status, body):
    return lambda *_words, **_more: httpx.Response(
        status, content=body, request=httpx.Request("GET", "http://x")
    )


@pytest.mark.parametrize(
    ("answer", "fine", "words"),
    [
        (answering(200, b'{"ok": true, "result": {"username": "hoa_bot"}}'), True, "@hoa_bot"),
        (answering(401, b'{"ok": false}'), False, "CAUNOI_TELEGRAM_TOKEN"),
        (answering(502, b"<html>"), False, "CAUNOI_TELEGRAM_API_URL"),
        (answering(200, b"[1]"), False, "CAUNOI_TELEGRAM_API_URL"),
    ],
)
def test_doctor_asks_telegram_without_telling_the_token(centre, monkeypatch, answer, fine, words):
    monkeypatch.setenv("CAUNOI_TELEGRAM_TOKEN", TOKEN)
    monkeypatch.setattr(doctor.httpx, "get", answer)
    told = caunoi("doctor", code=0 if fine else 1).stdout
    assert words in told
    assert TOKEN not in told


def test_doctor_cannot_reach_telegram(centre, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("CAUNOI_TELEGRAM_TOKEN", TOKEN)
    monkeypatch.setenv("CAUNOI_TELEGRAM_API_URL", f"http://127.0.0.1:{port}")
    told = caunoi("doctor", code=1).stdout
    assert "CAUNOI_TELEGRAM_API_URL" in told
    assert TOKEN not in told


def test_doctor_sees_a_taken_port_and_an_insecure_address(centre, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(0)
        monkeypatch.setenv("CAUNOI_HTTP_PORT", str(other.getsockname()[1]))
        monkeypatch.setattr(doctor.httpx, "get", answering(200, b"not ours"))
        monkeypatch.setenv("CAUNOI_PUBLIC_URL", "http://lop.example")
        told = caunoi("doctor", code=1).stdout
    assert "CAUNOI_HTTP_PORT" in told
    assert "CAUNOI_PUBLIC_URL" in told


def test_doctor_sees_a_full_disk(monkeypatch):
    monkeypatch.setattr(doctor, "LEAST_FREE", 2**70)
    check = doctor._disk(Settings())
    assert not check.fine
    assert "500 MB" in check.mend


def test_the_sample_is_sealed_with_the_key_of_the_settings(office):
    caunoi("seed", "--learners", "10")
    other = Database(str(office.url.render_as_string(hide_password=False)), Keyring("o" * 40))
    with Session(other.reader) as session:
        raw = session.execute(text("SELECT party_status FROM person LIMIT 1")).scalar_one()
    other.close()
    assert b"member" not in bytes(raw)
