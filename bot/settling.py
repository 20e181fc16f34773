"""What a platform's answer means for a row of the outbox, its delivery and the person's contact."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Row, update
from sqlmodel import Session, select

from bot.channels.base import AccountDown, Impossible, Later, Moved, Sent, Unreachable, Verdict
from bot.lease import Lease
from handlers.desk import Desk, Links
from storage import leases, notices, outbox
from storage.accounts import ChannelAccount
from storage.clock import Clock
from storage.people import Contact, contacts_of

TRIES = 6  # of a message the platform puts off again and again


def settle(
    session: Session,
    account_id: int,
    lease: Lease,
    batch: list[tuple[Row[Any], Verdict]],
    clock: Clock,
    links: Links,
) -> bool:
    """Write a batch of answers. False, and nothing written, when another process holds the account by now."""
    if not leases.is_held(session, lease.role, lease.epoch):
        return False
    _mark_account(session, account_id, [verdict for _row, verdict in batch], clock)
    desk = Desk(session=session, now=clock.now(), links=links)
    for row, verdict in batch:
        match verdict:
            case Sent(external_id):
                values = {"state": "sent", "external_id": external_id, "sent_at": desk.now, "last_error": ""}
                outbox.settle(session, [row.id], values)
                _tell_delivery(desk, row, "sent", "")
            case Later(seconds, reason) if row.attempts < TRIES or verdict.whole_account:
                retry_at = clock.real() + timedelta(seconds=seconds)
                values = {"retry_at": retry_at, "attempts": row.attempts + 1, "last_error": reason}
                outbox.settle(session, [row.id], values)
            case AccountDown():
                pass  # the row stays due and its attempts are its own
            case Moved(chat):
                _move(session, account_id, row.chat, chat)
            case Unreachable(reason):
                _close(session, account_id, row.chat)
                _give_up(desk, row, "unreachable", reason)
            case Later(_, reason) | Impossible(reason):
                _give_up(desk, row, "failed", reason)
    return True


def _mark_account(session: Session, account_id: int, verdicts: list[Verdict], clock: Clock) -> None:
    """Leave the account's state where `caunoi status` and `doctor` find it."""
    account = session.get(ChannelAccount, account_id)
    assert account is not None, "accounts are never deleted"
    down = next((verdict for verdict in verdicts if isinstance(verdict, AccountDown)), None)
    account.heartbeat_at = clock.real()
    account.pause_reason = down.reason if down else ""
    account.paused_until = clock.real() + timedelta(seconds=down.seconds) if down else None


def beat(session: Session, account_id: int, clock: Clock) -> None:
    """The sender is alive though it has nothing to send."""
    account = session.get(ChannelAccount, account_id)
    assert account is not None, "accounts are never deleted"
    account.heartbeat_at = clock.real()


def _tell_delivery(desk: Desk, row: Row[Any], state: str, reason: str) -> None:
    if row.delivery_id is not None:
        notices.settled(desk.session, row.delivery_id, state, reason, desk.now)


def _move(session: Session, account_id: int, chat: str, new: str) -> None:
    here = (Contact.account_id == account_id, Contact.chat == chat)
    session.execute(update(Contact).where(*here).values(chat=new))  # type: ignore[arg-type]  # SQLModel's columns
    outbox.move_chat(session, account_id, chat, new)


def _close(session: Session, account_id: int, chat: str) -> None:
    """Nothing reaches this chat any more: the person leaves the audience until he writes again."""
    query = select(Contact).where(Contact.account_id == account_id, Contact.chat == chat)
    for contact in session.exec(query.where(Contact.state == "active")):
        contact.state = "unreachable"
    session.flush()


def _give_up(desk: Desk, row: Row[Any], state: str, reason: str) -> None:
    """A contact failed for good: the person's next one takes over, else the failure is final and shown."""
    session = desk.session
    tried = outbox.tried(session, row)
    untried = [c for c in contacts_of(session, row.person_id or 0) if (c.account_id, c.chat) not in tried]
    values: dict[str, Any] = {"attempts": row.attempts + 1, "last_error": reason}
    if not untried:
        outbox.settle(session, [row.id], {**values, "state": "failed"})
        _tell_delivery(desk, row, state, reason)
        return
    outbox.settle(session, [row.id], {**values, "state": "passed_on", "key": None})
    carried = {"lane": row.lane, "due_at": row.due_at, "key": row.key, "delivery_id": row.delivery_id}
    desk.post(untried[0], dict(row.message), passed_from=row.id, **carried)
