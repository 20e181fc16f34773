"""Who holds a singleton role: one row a role, with an epoch that only grows."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, String, Table, func, select, update
from sqlmodel import Session, SQLModel

from storage.base.columns import Instant
from storage.base.engine import dialect_of

PROOF = "health"  # no role: see `prove`

lease = Table(
    "lease",
    SQLModel.metadata,
    Column("role", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("until", Instant, nullable=False),  # the database's clock
)


def take(
    session: Session, role: str, holder: str, length: timedelta, *, by_force: bool = False
) -> int | None:
    """Take or renew a role; the epoch when it is held, None when another holder's lease still runs.

    `by_force` is for SQLite, where the file lock has proved every other process dead.
    """
    now = _database_time(session)
    row = session.execute(select(lease).where(lease.c.role == role).with_for_update()).first()
    if row is None:
        return _first(session, {"role": role, "holder": holder, "epoch": 1, "until": now + length})
    if row.holder != holder and row.until > now and not by_force:
        return None
    epoch = int(row.epoch) if row.holder == holder else int(row.epoch) + 1
    session.execute(
        update(lease).where(lease.c.role == role).values(holder=holder, epoch=epoch, until=now + length)
    )
    return epoch


def _first(session: Session, values: dict[str, Any]) -> int | None:
    """The epoch of a role nobody has held before; None when another took it at the same moment."""
    row = dialect_of(session).insert(lease).values(values).on_conflict_do_nothing().returning(lease.c.epoch)
    epoch: int | None = session.execute(row).scalar()
    return epoch


def ends_at(session: Session, role: str) -> datetime | None:
    """Until when a role is taken, by the database's clock: another moment at each renewal. None for one never taken."""
    found: datetime | None = session.execute(select(lease.c.until).where(lease.c.role == role)).scalar()
    return found


def is_held(session: Session, role: str, epoch: int) -> bool:
    """Whether `epoch` still is the current one; locks the row, so that it stays so until the commit."""
    query = select(lease.c.epoch).where(lease.c.role == role).with_for_update()
    return session.execute(query).scalar() == epoch


def release(session: Session, role: str, holder: str) -> None:
    now = _database_time(session)
    session.execute(update(lease).where(lease.c.role == role, lease.c.holder == holder).values(until=now))


def prove(session: Session) -> None:
    """Write a row that means nothing: once it is committed, whatever else came could have been stored."""
    row = (
        dialect_of(session)
        .insert(lease)
        .values(role=PROOF, holder="", epoch=1, until=_database_time(session))
    )
    session.execute(row.on_conflict_do_update(index_elements=["role"], set_={"epoch": lease.c.epoch + 1}))


def anybody(session: Session) -> bool:
    """Whether some process holds a role: one that runs, or was killed some seconds ago."""
    return (
        session.execute(select(lease.c.role).where(lease.c.until > _database_time(session))).first()
        is not None
    )


def _database_time(session: Session) -> datetime:
    statement: Any = select(func.now(type_=Instant()))
    found: datetime = session.execute(statement).scalar_one()
    return found
