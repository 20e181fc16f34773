"""Column types the tables share: 64-bit keys, UTC instants, encrypted text, JSON."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    TypeDecorator,
    and_,
    event,
    literal_column,
    text,
)
from sqlmodel import Field, SQLModel

# Rows are never validated by pydantic: half a MiB of schemas less.
SQLModel.model_config["defer_build"] = True

BigKey = BigInteger().with_variant(Integer, "sqlite")
# Sorted byte by byte on both databases, so that the index answers for a beginning, too (`begins`).
SortedKey = String().with_variant(String(collation="C"), "postgresql")


class Instant(TypeDecorator[datetime]):
    """A point in time: aware in Python, UTC in the database, on SQLite as text that sorts.

    Raises ValueError for a naive datetime: its zone would be a guess.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  SQLAlchemy's signature
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Encrypted(TypeDecorator[str]):
    """Text nobody reads in a copied database file: sealed with the key of `Database` (CAUNOI_SECRET_KEY).

    The cipher travels with the engine's dialect, so two databases of one process keep their own keys.
    """

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else _cipher(dialect).encrypt(value.encode())

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else _cipher(dialect).decrypt(bytes(value)).decode()


def _cipher(dialect: Dialect) -> Any:
    keyring = getattr(dialect, "caunoi_keyring", None)
    if keyring is None:
        raise RuntimeError("this engine was not opened by storage.base.engine.Database, so it has no key")
    return keyring.cipher


def key() -> Any:
    """A 64-bit primary key given by the database."""
    return Field(default=None, primary_key=True, sa_type=BigKey)


def ref(target: str, *, index: bool = True, optional: bool = False) -> Any:
    """A reference to `table.id`; `optional` ones may be empty."""
    extra: dict[str, Any] = {"default": None} if optional else {}
    return Field(foreign_key=target, sa_type=BigKey, index=index, nullable=optional, **extra)


def instant(*, optional: bool = False, index: bool = False) -> Any:
    extra: dict[str, Any] = {"default": None} if optional else {}
    return Field(sa_type=Instant, nullable=optional, index=index, **extra)


def encrypted() -> Any:
    return Field(default=None, sa_type=Encrypted, nullable=True)


def document() -> Any:
    """A small JSON object: configuration or a form's fields, never something that is counted."""
    return Field(default_factory=dict, sa_type=JSON, nullable=False)


def decimal(digits: int, places: int, *, optional: bool = False) -> Any:
    extra: dict[str, Any] = {"default": None} if optional else {}
    return Field(sa_type=Exact(digits, places), nullable=optional, **extra)


class Exact(TypeDecorator[Any]):
    """A Decimal that stays one: SQLite, which has only floats, keeps it as a whole number of last places."""

    impl = Numeric
    cache_ok = True

    def __init__(self, digits: int, places: int) -> None:
        super().__init__(digits, places)
        self.digits, self.places = digits, places

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        exact = BigInteger() if dialect.name == "sqlite" else Numeric(self.digits, self.places)
        return dialect.type_descriptor(exact)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return int(value.scaleb(self.places)) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return (
            Decimal(value).scaleb(-self.places) if value is not None and dialect.name == "sqlite" else value
        )


def partial_index(name: str, *columns: str, where: str) -> Index:
    """An index of the rows for which `where` holds.

    PostgreSQL hears of it when the tables are made: a `postgresql_where` would load its dialect on SQLite, too.
    """
    return Index(name, *columns, sqlite_where=text(where), info={"where": where})


def is_state(column: ColumnElement[str], *states: str) -> ColumnElement[bool]:
    """That a state is one of these, written into the statement as partial indexes have it in theirs.

    Of a value that is bound a database learns too late: PostgreSQL's lasting plans use no partial index for it, and
    SQLite prepares the statement anew at each run.
    """
    written: list[ColumnElement[str]] = [literal_column(f"'{state}'") for state in states]
    return column == written[0] if len(written) == 1 else column.in_(written)


def begins(column: ColumnElement[str], prefix: str) -> ColumnElement[bool]:
    """That a `SortedKey` begins so, as a range: a LIKE uses no index of it."""
    after = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    return and_(column >= prefix, column < after)


@event.listens_for(SQLModel.metadata, "before_create")
def _tell_postgresql(metadata: MetaData, connection: Connection, **_more: Any) -> None:
    if connection.dialect.name == "postgresql":
        for index in chain.from_iterable(table.indexes for table in metadata.tables.values()):
            if "where" in index.info:
                index.dialect_options["postgresql"]["where"] = text(index.info["where"])


def on_day(day: date, from_date: date | None, to_date: date | None) -> bool:
    """Whether `day` lies within from-to, both included; an open end is open."""
    return (from_date is None or from_date <= day) and (to_date is None or day <= to_date)
