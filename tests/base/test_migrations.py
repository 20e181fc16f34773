"""The schema by migrations and the schema by the models are the same, on both databases."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from storage.admin import migrate
from storage.admin.tables import metadata
from storage.base.engine import Database
from storage.base.keyring import Keyring
from tests.conftest import SECRET

pytestmark = pytest.mark.differs


@pytest.fixture
def empty(database, tmp_path):
    """A database without a single table."""
    if database.is_sqlite:
        opened = Database(f"sqlite:///{tmp_path}/empty.db", Keyring(SECRET))
    else:
        with database.writer.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        opened = database
    yield opened
    opened.close()


def by_alembic(database):
    with database.writer.begin() as connection:
        migrate.step_up(connection)


def by_the_program(database):
    assert migrate.upgrade(database) is True


@pytest.mark.parametrize("way", [by_alembic, by_the_program])
def test_an_empty_database_upgrades_to_what_the_models_say(empty, way):
    """Revision by revision, or at once as the program does: nothing is left to do, no column, no index."""
    way(empty)
    with empty.writer.connect() as connection:
        differences = compare_metadata(
            MigrationContext.configure(connection, opts={"compare_type": _type_differs}), metadata
        )
        assert differences == []
        assert migrate.revision(connection) == migrate.HEAD


def test_a_schema_that_lags_behind_is_noticed(empty):
    """The comparison can fail: it sees a missing column and a missing index."""
    migrate.upgrade(empty)
    with empty.writer.begin() as connection:
        connection.execute(text("ALTER TABLE centre DROP COLUMN place"))
        connection.execute(text("DROP INDEX ix_outbox_due"))
        differences = compare_metadata(MigrationContext.configure(connection), metadata)

    assert {difference[0] for difference in differences} == {"add_column", "add_index"}


def _type_differs(_context, _inspected, _column, inspected_type, model_type):
    """Kinds of types, not their spelling: an Instant is a DateTime, an AutoString a VARCHAR."""
    model = (
        model_type.impl
        if hasattr(model_type, "impl") and not isinstance(model_type.impl, type)
        else model_type
    )
    same = inspected_type._type_affinity is model._type_affinity
    return not same and {str(inspected_type), str(model)} - {"BIGINT", "INTEGER", "NUMERIC(5, 2)"} != set()


def test_a_second_start_changes_nothing(empty):
    migrate.upgrade(empty)
    assert migrate.upgrade(empty) is False


def test_the_newest_revision_is_the_one_the_program_expects(empty):
    """HEAD is written in code so that alembic need not be loaded at every start."""
    with empty.writer.connect() as connection:
        scripts = ScriptDirectory.from_config(migrate.config(connection))

    assert scripts.get_current_head() == migrate.HEAD


def test_eight_starts_at_once_migrate_once(empty):
    """Replicas that start together wait for one another."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        ran = list(pool.map(lambda _: migrate.upgrade(empty), range(8)))

    assert sorted(ran) == [False] * 7 + [True]
