"""Copies of all data: made while others write, compared row by row where they go back, never half, never over data."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, select, text, type_coerce, update
from typer.testing import CliRunner

from bot.cli import backups, doctor
from bot.cli.backups import Dated, Keep, surplus
from bot.cli.main import main
from bot.console import key_file_of
from bot.settings import Settings, load
from storage.admin import backup, migrate
from storage.admin.tables import metadata
from storage.base.columns import Encrypted
from storage.base.engine import Database
from storage.base.keyring import Keyring
from storage.messaging import leases
from storage.people.people import Centre, Person
from tests.conftest import SECRET
from tests.houses.running import running

OTHER_SECRET = "another secret for tests only, forty letters"
of_both = pytest.mark.differs


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """A folder of its own, and no settings from elsewhere."""
    for name in [name for name in os.environ if name.startswith("CAUNOI_") and "TEST" not in name]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def centre(database, database_url, stage, monkeypatch) -> Database:
    """The database of the settings with the cast of the dialogues, at the present version."""
    monkeypatch.setenv("CAUNOI_DATABASE_URL", database_url)
    monkeypatch.setenv("CAUNOI_SECRET_KEY", SECRET)
    marked(database)
    with database.transaction() as session:
        session.execute(
            update(Person).where(Person.id == stage.cast.learners[0]).values(party_status="member")
        )
    return database


def marked(database: Database, version: str = migrate.HEAD) -> None:
    with database.writer.begin() as connection:
        connection.execute(
            text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL)")
        )
        connection.execute(text("DELETE FROM alembic_version"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": version})


@pytest.fixture
def elsewhere(database, tmp_path, monkeypatch):
    """The settings of another, empty place of the same kind, with the same key; its database once it is asked for."""
    url = f"sqlite:///{tmp_path}/elsewhere/caunoi.db" if database.is_sqlite else _another(database)
    opened: list[Database] = []

    def there() -> Database:
        opened.append(Database(url, Keyring(SECRET)))
        return opened[-1]

    monkeypatch.setattr(there, "url", url, raising=False)
    yield there
    for each in opened:
        each.close()


def _another(database: Database) -> str:
    with database.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("DROP DATABASE IF EXISTS elsewhere"))
        connection.execute(text("CREATE DATABASE elsewhere"))
    return database.url.set(database="elsewhere").render_as_string(hide_password=False)


def caunoi(*words: str, code: int = 0) -> str:
    """What a command says; its exit code is as told, and it never shows a traceback."""
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    return done.output


def made(folder="backups") -> list[Path]:
    return [one.file for one in backups.all_of(Path(folder))]


def rows(database: Database) -> dict[str, list[tuple]]:
    """Every row of every table; what is sealed as it is stored."""
    found = {}
    with database.reader.connect() as connection:
        for table in metadata.sorted_tables:
            columns = [
                type_coerce(column, LargeBinary) if isinstance(column.type, Encrypted) else column
                for column in table.columns
            ]
            found[table.name] = sorted(map(repr, connection.execute(select(*columns)).all()))
    return found


def rows_of(file: Path) -> dict[str, list[tuple]]:
    copied = file.with_suffix(".looked_at")
    shutil.copyfile(file, copied)
    database = Database(f"sqlite:///{copied}", Keyring(SECRET))
    try:
        return rows(database)
    finally:
        database.close()
        copied.unlink()


@contextmanager
def writing(*works):
    """Others write without a pause, each in a thread of its own. Counts what they did."""
    over, done, faults = threading.Event(), [0] * len(works), []

    def go_on(number: int, work) -> None:
        try:
            while not over.is_set():
                work(done[number])
                done[number] += 1
        except Exception as fault:  # noqa: BLE001  told in the test's own thread
            faults.append(fault)

    threads = [threading.Thread(target=go_on, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    while min(done) < 1 and not faults:
        over.wait(0.01)
    try:
        yield done
    finally:
        over.set()
        for thread in threads:
            thread.join()
        assert not faults, faults


# --- while others write, on both databases


@of_both
def test_a_backup_under_load_is_one_moment_and_goes_back_row_by_row(centre, stage, elsewhere, monkeypatch):
    """Turns run and rows that belong together change all the while: the copy has all of a transaction or nothing."""

    def change(number: int) -> None:
        with centre.transaction() as session:
            session.execute(update(Centre).values(place=str(number)))
            session.execute(update(Person).values(position=str(number)))

    with writing(change, lambda _number: stage.learner.says("/lich")) as done:
        before = list(done)
        while len(made()) < 3 or any(now == then for now, then in zip(done, before, strict=True)):
            caunoi("backup")

    for file in made():
        with closing(sqlite3.connect(file)) as copy:
            [[place]] = copy.execute("SELECT place FROM centre")
            assert copy.execute("SELECT DISTINCT position FROM person").fetchall() == [(place,)]
            waiting = "SELECT count(*) FROM inbox WHERE state = 'done'"
            assert copy.execute(waiting).fetchone()[0] > 0
    monkeypatch.setenv("CAUNOI_DATABASE_URL", elsewhere.url)
    caunoi("restore", made()[0])
    assert rows(elsewhere()) == rows_of(made()[0])


@of_both
def test_what_is_restored_elsewhere_is_what_there_was_and_goes_on(centre, stage, elsewhere, monkeypatch):
    stage.learner.says("/lich")
    caunoi("backup")
    before = rows(centre)
    monkeypatch.setenv("CAUNOI_DATABASE_URL", elsewhere.url)
    told = caunoi("restore", made()[0])
    assert str(made()[0]) in told
    found = elsewhere()
    assert sum(map(len, before.values())) > 100
    assert rows(found) == before
    with found.transaction() as session:  # the next numbers are free
        session.add(Centre(name="Thứ hai", place="", phone=""))
    with found.reading() as session:
        assert (
            session.execute(select(Person.party_status).where(Person.party_status.is_not(None)))
            .scalars()
            .first()
        )


def test_a_backup_goes_from_one_kind_of_database_into_the_other(
    request, centre, stage, tmp_path, monkeypatch
):
    if "postgresql" not in os.environ.get("CAUNOI_TEST_DATABASES", "sqlite,postgresql"):
        pytest.skip("CAUNOI_TEST_DATABASES leaves out postgresql")
    if not centre.is_sqlite:
        pytest.skip("it is the other way round from here")
    server = Database(request.getfixturevalue("postgres_url"), Keyring(SECRET))
    url = _another(server)
    server.close()
    caunoi("backup")
    monkeypatch.setenv("CAUNOI_DATABASE_URL", url)
    caunoi("restore", made()[0])
    there = Database(url, Keyring(SECRET))
    assert rows(there) == rows(centre)
    there.close()
    caunoi("backup", "from_server")
    monkeypatch.setenv("CAUNOI_DATABASE_URL", f"sqlite:///{tmp_path}/back.db")
    caunoi("restore", made("from_server")[0])
    back = Database(f"sqlite:///{tmp_path}/back.db", Keyring(SECRET))
    assert rows(back) == rows(centre)
    back.close()


# --- the files


def test_twice_on_a_day_makes_two_files_for_their_owner_only(centre, monkeypatch):
    moment = datetime(2026, 11, 16, 2, 0, tzinfo=backups_zone())
    monkeypatch.setattr("bot.cli.commands.backups._now", lambda: moment)
    caunoi("backup")
    caunoi("backup")
    names = ["caunoi-2026-11-16-020000-2.db", "caunoi-2026-11-16-020000.db"]
    assert sorted(path.name for path in Path("backups").iterdir()) == names
    if os.name == "posix":
        assert {stat.S_IMODE(file.stat().st_mode) for file in made()} == {0o600}
        assert stat.S_IMODE(Path("backups").stat().st_mode) == 0o700


def backups_zone():
    from bot.cli.commands.backups import ZONE

    return ZONE


def test_the_key_is_not_in_a_backup_and_its_place_is_told(centre, tmp_path, monkeypatch):
    monkeypatch.delenv("CAUNOI_SECRET_KEY")
    key = key_file_of(load())
    key.write_text(SECRET)
    try:
        assert str(key) in caunoi("backup")
        assert SECRET.encode() not in made()[0].read_bytes()
        told = caunoi("backup", "--key-folder", tmp_path / "stick")
        [copied] = (tmp_path / "stick").iterdir()
        assert str(copied) in told
        assert copied.read_text() == SECRET
        assert os.name != "posix" or stat.S_IMODE(copied.stat().st_mode) == 0o600
        caunoi("backup", "--key-folder", tmp_path / "stick")
        assert list((tmp_path / "stick").iterdir()) == [copied]
        assert "--key-folder: " in caunoi("backup", "--key-folder", "backups", code=1)
    finally:
        key.unlink()


def test_no_key_is_made_for_a_backup(centre, monkeypatch):
    """Former kind of fault: a lost key was made anew by whatever opened the database."""
    monkeypatch.delenv("CAUNOI_SECRET_KEY")
    key = key_file_of(load())
    assert str(key) in caunoi("backup", code=1)
    assert not key.exists()
    assert made() == []


def test_a_key_that_does_not_open_the_copy_leaves_none(centre, monkeypatch):
    monkeypatch.setenv("CAUNOI_SECRET_KEY", OTHER_SECRET)
    assert "CAUNOI_SECRET_KEY" in caunoi("backup", code=1)
    assert list(Path("backups").iterdir()) == []


def test_a_copy_that_lost_rows_is_no_backup(centre, monkeypatch):
    plain = backup.copy

    def losing(database, file):
        counts = plain(database, file)
        with closing(sqlite3.connect(file)) as opened, opened:
            opened.execute("DELETE FROM lease")
            opened.execute("DELETE FROM clock_offset")
            opened.execute("INSERT INTO clock_offset VALUES (7, 1.5)")
        return {**counts, "clock_offset": 0}

    monkeypatch.setattr(backup, "copy", losing)
    assert "clock_offset" in caunoi("backup", code=1)
    assert list(Path("backups").iterdir()) == []


def test_a_copy_that_cannot_be_read_is_no_backup(centre, monkeypatch):
    def broken(_database, file):
        file.write_bytes(b"SQLite format 3\x00" + b"\x99" * 8192)
        return {}

    monkeypatch.setattr(backup, "copy", broken)
    caunoi("backup", code=1)
    assert list(Path("backups").iterdir()) == []


@of_both
def test_a_full_disk_leaves_no_file_and_says_so(centre, monkeypatch):
    """The database of the copy may have three pages, as on a disk that is full by then."""
    plain = sqlite3.connect

    def small(*args, **more):
        opened = plain(*args, **more)
        if ".part" in str(args[0]):
            opened.execute("PRAGMA max_page_count = 3")
        return opened

    monkeypatch.setattr(sqlite3, "connect", small)
    monkeypatch.setattr(sqlite3.dbapi2, "connect", small)
    told = caunoi("backup", code=1)
    assert "backups: " in told
    assert list(Path("backups").iterdir()) == []


@pytest.fixture
def small_disk(tmp_path):
    """Makes a disk of so many kB."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    place = tmp_path / "disk"
    place.mkdir()
    mounted = []

    def mount(size: int) -> Path:
        options = ["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(place)]
        if subprocess.run(options, capture_output=True, check=False).returncode:
            pytest.skip("nothing may be mounted here")
        mounted.append(place)
        return place

    yield mount
    for each in mounted:
        subprocess.run(["umount", str(each)], check=True)


@pytest.mark.parametrize("short", [1.0, 0.5, 0.1, 0.02, -1.0])
@of_both
def test_a_disk_that_fills_up_at_whatever_point_leaves_a_whole_file_or_none(centre, small_disk, short):
    """`short`: which part of the copy's size the disk lacks."""
    caunoi("backup", "elsewhere")
    needed = made("elsewhere")[0].stat().st_size // 1024
    place = small_disk(max(int(needed * (1 - short)), 4))
    done = CliRunner().invoke(main, ["backup", str(place)])
    left = list(place.iterdir())
    if done.exit_code == 0:
        assert [rows_of_size(file) for file in left] == [rows_of_size(made("elsewhere")[0])]
    else:
        assert left == []
        assert f"{place}: " in done.output
        assert "Traceback" not in done.output
    assert done.exit_code == (0 if short < 0 else 1), done.output


def rows_of_size(file: Path) -> dict[str, int]:
    return backup.examine(file, Keyring(SECRET)).counts


# --- old ones


def nights(first: date, number: int) -> list[Dated]:
    """A backup every night at two, newest first."""
    moments = [datetime(first.year, first.month, first.day, 2) + timedelta(days=day) for day in range(number)]
    return [Dated(moment, Path(f"{moment:caunoi-%Y-%m-%d-%H%M%S}.db")) for moment in reversed(moments)]


def thinned_every_night(all_nights: list[Dated], keep: Keep) -> list[Dated]:
    kept: list[Dated] = []
    for one in reversed(all_nights):
        kept = [one, *kept]
        gone = set(surplus(kept, keep))
        kept = [each for each in kept if each.file not in gone]
    return kept


def test_after_two_years_of_nights_days_weeks_and_months_are_left():
    """What is thinned each night leaves what is thinned at once: no night takes what a later one has to keep."""
    kept = thinned_every_night(nights(date(2026, 1, 1), 730), Keep())
    days = [one.made_at.date() for one in kept]
    assert days[:14] == [date(2027, 12, 31) - timedelta(days=day) for day in range(14)]
    assert {day.isocalendar()[:2] for day in days} >= {
        (date(2027, 12, 31) - timedelta(weeks=week)).isocalendar()[:2] for week in range(8)
    }
    assert [(day.year, day.month) for day in days if day.year == 2027 and day.day > 27][-12:]
    assert {(day.year, day.month) for day in days} == {(2027, month) for month in range(1, 13)}
    assert len(kept) <= 14 + 8 + 12


def test_gaps_do_not_count_and_the_newest_days_stay_whole():
    """After a summer without backups the fourteen newest days are those that have one."""
    old, new = nights(date(2026, 1, 1), 20), nights(date(2026, 9, 1), 2)
    twice = [*new, Dated(new[0].made_at - timedelta(hours=1), Path("earlier.db")), *old]
    twice.sort(key=lambda one: one.made_at, reverse=True)
    gone = surplus(twice, Keep(daily=5, weekly=0, monthly=0))
    assert Path("earlier.db") not in gone
    assert len(twice) - len(gone) == 3 + 3


def test_only_backups_are_let_go(centre):
    place = Path("backups")
    place.mkdir()
    others = {"caunoi.db", "caunoi-2020-01-01.db", "danh sach.xlsx", "caunoi-2020-01-01-020000.db.bak"}
    old = {f"caunoi-2020-01-{day:02d}-020000.db" for day in range(1, 29)}
    for name in others | old:
        (place / name).touch()
    caunoi("backup", "--daily", "2", "--weekly", "0", "--monthly", "0")
    left = {path.name for path in place.iterdir()}
    assert others < left
    assert len(left & old) == 1  # with the new one: two days


def test_what_a_killed_backup_left_goes_after_a_day(centre):
    place = Path("backups")
    place.mkdir()
    for name, hours in (("caunoi-2026-11-14-020000.db.part", 30), ("caunoi-2026-11-16-010000.db.part", 1)):
        (place / name).touch()
        then = time.time() - hours * 3600
        os.utime(place / name, (then, then))
    caunoi("backup")
    assert [path.name for path in place.glob("*.part")] == ["caunoi-2026-11-16-010000.db.part"]


# --- going back


@of_both
def test_nothing_is_restored_over_a_centre_unless_told(centre):
    caunoi("backup")
    with centre.transaction() as session:
        session.execute(update(Centre).values(place="sau khi sao lưu"))
    after = rows(centre)
    assert "--overwrite" in caunoi("restore", made()[0], code=1)
    assert rows(centre) == after
    told = caunoi("restore", made()[0], "--overwrite")
    centre.close()
    assert rows(centre) == rows_of(made()[0])
    if centre.is_sqlite:
        [aside] = [
            file
            for file in Path(centre.url.database).parent.glob("caunoi.db.before-*")
            if file.name[-1].isdigit()
        ]
        assert str(aside) in told
        place = Database(f"sqlite:///{aside}", Keyring(SECRET))
        assert rows(place) == after  # what stood in the WAL beside it came along
        place.close()
        aside.unlink()


@of_both
def test_nothing_is_restored_while_the_program_runs(centre, database_url):
    caunoi("backup")
    before = rows(centre)["centre"]
    settings = Settings(database_url=database_url, secret_key=SECRET, http_port=0)
    with running(settings) as program:
        program.call(lambda app: app.quiet())
        with centre.transaction() as session:  # where the program has not taken it by itself yet
            leases.take(session, "ticker", "somebody", timedelta(seconds=60))
        assert "CAUNOI_DATABASE_URL: " in caunoi("restore", made()[0], "--overwrite", code=1)
    assert rows(centre)["centre"] == before


@of_both
def test_a_newer_backup_is_refused_and_an_older_one_is_brought_up(centre, elsewhere, monkeypatch, request):
    caunoi("backup")
    file = made()[0]
    with closing(sqlite3.connect(file)) as opened, opened:
        opened.execute("UPDATE alembic_version SET version_num = '9999'")
    monkeypatch.setenv("CAUNOI_DATABASE_URL", elsewhere.url)
    told = caunoi("restore", file, code=1)
    assert "9999" in told
    assert migrate.HEAD in told

    old = request.getfixturevalue("of_the_first_version")
    caunoi("restore", old)
    found = elsewhere()
    with found.reader.connect() as connection:
        assert migrate.revision(connection) == migrate.HEAD
        assert connection.execute(text("SELECT name FROM centre")).scalar() == "Trung tâm cũ"


@pytest.fixture
def of_the_first_version(tmp_path) -> Path:
    """A copy as the first version has made it."""
    from alembic import command

    file = tmp_path / "old.db"
    database = Database(f"sqlite:///{file}", Keyring(SECRET))
    with database.writer.begin() as connection:
        command.upgrade(migrate.config(connection), "0001")
        connection.execute(
            text(
                "INSERT INTO centre (name, parent_body, place, address, phone, zone, notice_number, options)"
                " VALUES ('Trung tâm cũ', '', '', '', '', 'Asia/Ho_Chi_Minh', 0, '{}')"
            )
        )
    database.close()
    return file


@pytest.mark.parametrize("what", ["nothing", "a text", "half of one", "another program's"])
def test_what_is_no_backup_is_refused_with_its_name(centre, tmp_path, what):
    caunoi("backup")
    file = tmp_path / "one.db"
    content = made()[0].read_bytes()
    if what == "another program's":
        with closing(sqlite3.connect(file)) as opened, opened:
            opened.execute("CREATE TABLE songs (id INTEGER)")
    elif what != "nothing":
        file.write_bytes(b"Dear all" if what == "a text" else content[: len(content) // 2])
    before = rows(centre)
    assert f"{file}: " in caunoi("restore", file, "--overwrite", code=1)
    assert rows(centre) == before


def test_the_key_comes_back_with_the_database_and_another_one_is_left_alone(centre, tmp_path, monkeypatch):
    caunoi("backup", "--key-folder", "stick")
    [key] = Path("stick").iterdir()
    monkeypatch.delenv("CAUNOI_SECRET_KEY")
    monkeypatch.setenv("CAUNOI_DATABASE_URL", "sqlite:///new/caunoi.db")  # from whichever kind
    assert f"{Path('new/caunoi.key')}: " in caunoi("restore", made()[0], code=1)
    assert not Path("new").exists()

    Path("wrong.key").write_text(OTHER_SECRET)
    assert "--key" in caunoi("restore", made()[0], "--key", "wrong.key", code=1)
    Path("new").mkdir()
    Path("new/caunoi.key").write_text(OTHER_SECRET)
    assert f"{Path('new/caunoi.key')}: " in caunoi("restore", made()[0], "--key", key, code=1)
    assert Path("new/caunoi.key").read_text() == OTHER_SECRET
    Path("new/caunoi.key").unlink()

    caunoi("restore", made()[0], "--key", key)
    assert Path("new/caunoi.key").read_text() == SECRET
    assert {path.name for path in Path("new").iterdir()} - {"caunoi.db.lock"} == {"caunoi.db", "caunoi.key"}
    if os.name == "posix":
        assert {stat.S_IMODE(path.stat().st_mode) for path in Path("new").glob("caunoi.[dk]*[by]")} == {0o600}


def test_a_full_disk_leaves_the_database_as_it_was(centre, small_disk, monkeypatch):
    caunoi("backup")
    place = small_disk(made()[0].stat().st_size // 2048)
    monkeypatch.setenv("CAUNOI_DATABASE_URL", f"sqlite:///{place}/caunoi.db")
    assert f"{place}: " in caunoi("restore", made()[0], code=1)
    assert {path.name for path in place.iterdir()} <= {"caunoi.db.lock"}


# --- told by doctor


def test_doctor_tells_the_newest_backup_and_when_it_is_old(centre):
    settings = Settings(backup_folder="backups")
    assert doctor._backup(settings).fine
    caunoi("backup")
    assert f"{datetime.now(backups_zone()):%Y}" in doctor._backup(settings).told
    made()[0].rename("backups/caunoi-2020-01-01-020000.db")
    old = doctor._backup(settings)
    assert (old.fine, "01/01/2020" in old.told) == (False, True)
