"""What a platform's answer means for a row of the outbox, its delivery and the person's contact."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, update
from sqlmodel import Session, select

from bot.channels.base import (
    AccountDown,
    Held,
    Impossible,
    Later,
    Moved,
    Sent,
    Stale,
    Unreachable,
    Untimely,
    Verdict,
)
from bot.workers.lease import Lease
from handlers.engine.choices import offers
from handlers.engine.desk import Desk, Links, calendar_of
from handlers.engine.router import Table
from storage.base.clock import Clock
from storage.messaging import dialogues, leases, outbox
from storage.messaging.accounts import ChannelAccount
from storage.messaging.dialogues import Menu, keep_menu, menu_at, told
from storage.people.people import Centre, Contact, Person, contacts_of
from storage.requests import prompts

TEMPLATE = "template:"  # what the id of a message begins with that went as an approved template
SOON, JUST_NOW = 2.0, timedelta(seconds=30)  # a send takes 20 s at the most
HELD_UP = timedelta(minutes=30)  # business time after its hour: what is sent in its order only takes seconds
TRIES = 6  # of a message the platform puts off again and again
Answer = tuple[Row[Any], Verdict]
# Why a delivery failed where the platform gave no reason that has a name: it refused, or never took it.
REFUSED, GIVEN_UP = "refused", "given_up"


@dataclass(frozen=True)
class Pause:
    """Why the account as a whole waits, "" while it does not, and for how many seconds."""

    reason: str = ""
    seconds: float = 0.0


def settle(
    session: Session,
    account_id: int,
    lease: Lease,
    batch: Sequence[Answer],
    clock: Clock,
    links: Links,
    table: Table,
    pause: Pause = Pause(),
) -> bool:
    """Write a batch of answers. False, and nothing written, when another process holds the account by now."""
    if not leases.is_held(session, lease.role, lease.epoch):
        return False
    account = _mark_account(session, account_id, batch, pause, clock)
    desk = Desk(session=session, now=clock.now(), links=links)
    _mark_chats(desk, table, account, batch)
    for row, verdict in batch:
        match verdict:
            case Sent(external_id):
                values = {"state": "sent", "external_id": external_id, "sent_at": desk.now, "last_error": ""}
                outbox.settle(session, [row.id], values)
                reason = "template" if external_id.startswith(TEMPLATE) else ""
                _tell_delivery(desk, table, row, "sent", reason)
            case Later(seconds, reason) if row.attempts < TRIES or verdict.is_tried_for_ever:
                retry_at = clock.real() + min(timedelta(seconds=seconds), outbox.LONGEST_PAUSE)
                values = {"retry_at": retry_at, "attempts": row.attempts + 1, "last_error": reason}
                outbox.settle(session, [row.id], values)
            case Held() | Stale() | Untimely():
                _wait(desk, table, row, verdict, clock)
            case AccountDown(reason):
                outbox.settle(session, [row.id], {"last_error": reason})  # its attempts are its own
            case Moved(chat):
                _move(session, account_id, row.chat, chat)
            case Unreachable():
                _close(session, account_id, row.chat)
                _give_up(desk, table, row, "unreachable", verdict)
            case Later() | Impossible():
                _give_up(desk, table, row, "failed", verdict)
    return True


def _mark_account(
    session: Session, account_id: int, batch: Sequence[Answer], pause: Pause, clock: Clock
) -> ChannelAccount:
    """Leave what the sender knows of the account where `caunoi status` finds it; no answer at all says nothing new."""
    account = session.get_one(ChannelAccount, account_id)
    account.heartbeat_at = clock.real()
    if pause.reason or any(not isinstance(verdict, AccountDown) for _row, verdict in batch):
        account.pause_reason = pause.reason
        account.paused_until = clock.real() + timedelta(seconds=pause.seconds) if pause.reason else None
    return account


def too_late(session: Session, row: Row[Any], clock: Clock) -> Stale | Untimely | None:
    """Why a message that was held up is not to be sent now: it has lost its sense, or nobody is to be disturbed at this
    hour. None for any other.
    """
    now = clock.now()
    if row.sense_until is not None and row.sense_until <= now:
        return Stale()
    person = session.get(Person, row.person_id) if now - row.due_at > HELD_UP else None
    if row.sense_until is None or person is None:
        return None
    at = calendar_of(session.get_one(Centre, person.centre_id)).next_sending_time(now)
    return Untimely(at) if at > now else None


def announce(session: Session, row: Row[Any]) -> None:
    """A list is about to be sent to a chat where choices are typed: until it is settled, numbers answer nothing.

    Written before the send, so that not even a kill between sending and settling lets a number press the old list.
    """
    dialogue, menu = menu_at(session, row.account_id, row.chat)
    if dialogue and menu.coming < row.id:
        keep_menu(session, dialogue, replace(menu, coming=row.id))


def _mark_chats(desk: Desk, table: Table, account: ChannelAccount, batch: Sequence[Answer]) -> None:
    """What the answers mean for the chats: which list they see now, what counts against windows and quotas.

    Before anything else of a batch, for a turn locks its chat first, too.
    """
    can, session = account.can, desk.session
    for row, verdict in batch:
        if can.buttons is not None and not isinstance(verdict, AccountDown):
            _settle_list(session, row, verdict)
        if can.window and isinstance(verdict, Sent):
            told(session, account.id, row.chat, verdict.parts)
    if can.quota and (parts := sum(verdict.parts for _row, verdict in batch if isinstance(verdict, Sent))):
        table.tell("messages_sent", desk, account, parts)


def _settle_list(session: Session, row: Row[Any], verdict: Verdict) -> None:
    """The chat sees the list that arrived; one that did not arrive is not awaited any more."""
    dialogue, menu = menu_at(session, row.account_id, row.chat)
    coming = 0 if menu.coming == row.id else menu.coming
    changed = replace(menu, coming=coming)
    if isinstance(verdict, Sent) and offers(row.message):
        at = verdict.at.timestamp() if verdict.at else 0.0
        changed = Menu(row.id, int(row.message.get("page", 0)), at, coming)
    if dialogue and changed != menu:
        keep_menu(session, dialogue, changed)


def beat(session: Session, account_id: int, clock: Clock) -> None:
    """The sender is alive though it has nothing to send."""
    account = session.get(ChannelAccount, account_id)
    assert account is not None, "accounts are never deleted"
    account.heartbeat_at = clock.real()


def _tell_delivery(desk: Desk, table: Table, row: Row[Any], state: str, reason: str) -> None:
    if row.delivery_id is not None:
        table.tell("delivery_settled", desk, row.delivery_id, state, reason)


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


def _wait(desk: Desk, table: Table, row: Row[Any], verdict: Held | Stale | Untimely, clock: Clock) -> None:
    """It does not go out now, or not at all any more."""
    match verdict:
        case Held(reason, seconds):
            _hold(desk, table, row, reason, seconds, clock)
        case Untimely(at):
            outbox.settle(desk.session, [row.id], {"due_at": at})
        case Stale():
            outbox.settle(desk.session, [row.id], {"state": "dropped"})
            _tell_delivery(desk, table, row, "failed", "")


def _hold(desk: Desk, table: Table, row: Row[Any], reason: str, seconds: float, clock: Clock) -> None:
    """It waits for something outside, unless the person has another chat: then it goes there."""
    if _pass_on(desk, row, reason):
        return
    if reason == "window" and _has_just_written(desk, row):
        seconds = SOON
    retry_at = clock.real() + timedelta(seconds=seconds)
    outbox.settle(desk.session, [row.id], {"retry_at": retry_at, "last_error": f"{outbox.HELD}{reason}"})
    if row.delivery_id is not None:
        table.tell("delivery_held", desk, row.delivery_id, reason)


def _has_just_written(desk: Desk, row: Row[Any]) -> bool:
    """Whether the person wrote while the message was on its way: what releases it came too early to find it held."""
    heard_at, _told = dialogues.window(desk.session, row.account_id, row.chat)
    return heard_at is not None and abs(desk.now - heard_at) < JUST_NOW


def _give_up(
    desk: Desk, table: Table, row: Row[Any], state: str, verdict: Unreachable | Impossible | Later
) -> None:
    """A contact failed for good: the person's next one takes over, else the failure is final and shown. The delivery
    keeps the reason's name; the platform's own words stay with the message.
    """
    if not _pass_on(desk, row, verdict.reason):
        values = {"attempts": row.attempts + 1, "last_error": verdict.reason, "state": "failed"}
        outbox.settle(desk.session, [row.id], values)
        why = GIVEN_UP if isinstance(verdict, Later) else verdict.why or REFUSED
        _tell_delivery(desk, table, row, state, why)


def _pass_on(desk: Desk, row: Row[Any], reason: str) -> bool:
    """Give the message to a chat of the person's on which it was not tried yet. False when there is none."""
    session = desk.session
    tried = outbox.tried(session, row)
    untried = [c for c in contacts_of(session, row.person_id or 0) if (c.account_id, c.chat) not in tried]
    if not untried or row.edits_row is not None:
        return False
    values = {"attempts": row.attempts + 1, "last_error": reason, "state": "passed_on", "key": None}
    outbox.settle(session, [row.id], values)
    carried = {"lane": row.lane, "due_at": row.due_at, "key": row.key, "delivery_id": row.delivery_id}
    carried["sense_until"] = row.sense_until
    taken_over_by = desk.post(untried[0], dict(row.message), passed_from=row.id, **carried)
    if taken_over_by is not None:
        prompts.follow(session, row.id, taken_over_by)
    return True
