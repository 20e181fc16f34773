"""The web chat's own pages: what was said, numbered within the chat, so that a page resumes by number."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    UniqueConstraint,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlmodel import Session, SQLModel, col
from sqlmodel import select as choose

from storage.base.columns import BigKey, Instant, partial_index
from storage.base.engine import dialect_of, prune
from storage.messaging.dialogues import dialogue
from storage.people.people import Centre, Invite, Person, contact_at

transcript = Table(
    "transcript",
    SQLModel.metadata,
    Column("id", BigKey, primary_key=True),
    Column("account_id", BigInteger, ForeignKey("channel_account.id"), nullable=False),
    Column("chat", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("mine", Boolean, nullable=False),  # True: the person's own words
    Column("said_at", Instant, nullable=False),  # business time
    Column("message", JSON, nullable=False),
    Column("replaces", Integer),  # the number of the card whose place this one takes
    Column("outbox_id", BigInteger),  # so that a message sent again after a kill stays one row
    Column("file_name", String, nullable=False, default=""),
    Column("file", LargeBinary),
    UniqueConstraint("account_id", "chat", "number"),
    UniqueConstraint("outbox_id"),
    Index("ix_transcript_said_at", "said_at"),
    partial_index("ix_transcript_file", "said_at", where="file IS NOT NULL"),
)


def append(session: Session, account_id: int, chat: str, **values: Any) -> int:
    """Add a line and return its number. A row for an `outbox_id` that is there already is not added again.

    Two who add at once get neighbouring numbers, and n+1 is never seen before n: the second one waits for the
    first to commit and then counts anew.
    """
    while True:
        number = _sent_before(session, values.get("outbox_id"))
        if number is None:
            number = session.execute(_next_line(session, account_id, chat, values)).scalar()
        if number is not None:
            return int(number)


def _sent_before(session: Session, outbox_id: int | None) -> int | None:
    if outbox_id is None:
        return None
    return session.execute(select(transcript.c.number).where(transcript.c.outbox_id == outbox_id)).scalar()


def _next_line(session: Session, account_id: int, chat: str, values: Mapping[str, Any]) -> Any:
    """An INSERT that counts within itself and adds nothing where somebody else took the number."""
    given = {"file_name": "", **values, "account_id": account_id, "chat": chat}
    fixed = [literal(value, transcript.c[name].type) for name, value in given.items()]
    following = select(func.coalesce(func.max(transcript.c.number), 0) + 1).where(_here(account_id, chat))
    line = dialect_of(session).insert(transcript)
    statement = line.from_select(
        ["number", *given], select(following.scalar_subquery(), *fixed).where(literal(1) == literal(1))
    )  # SQLite tells ON CONFLICT from a join only behind a WHERE
    return statement.on_conflict_do_nothing().returning(transcript.c.number)


def _here(account_id: int, chat: str) -> Any:
    return (transcript.c.account_id == account_id) & (transcript.c.chat == chat)


def since(session: Session, account_id: int, chat: str, number: int, limit: int = 200) -> Sequence[Row[Any]]:
    """The lines after `number`, oldest first, without the files' contents (`has_file` tells of one)."""
    query = _lines(account_id, chat).where(transcript.c.number > number)
    return session.execute(query.order_by(transcript.c.number).limit(limit)).all()


def before(session: Session, account_id: int, chat: str, number: int, limit: int = 60) -> Sequence[Row[Any]]:
    """The last lines before `number`, oldest first."""
    query = _lines(account_id, chat).where(transcript.c.number < number)
    return session.execute(query.order_by(transcript.c.number.desc()).limit(limit)).all()[::-1]


def _lines(account_id: int, chat: str) -> Any:
    columns = [column for column in transcript.c if column.name != "file"]
    has_file = transcript.c.file.is_not(None).label("has_file")
    return select(*columns, has_file).where(_here(account_id, chat))


def newest(session: Session, account_id: int, chats: Collection[str]) -> dict[str, int]:
    """The last number of each of these chats that has any line."""
    query = select(transcript.c.chat, func.max(transcript.c.number)).where(
        transcript.c.account_id == account_id
    )
    rows = session.execute(query.where(transcript.c.chat.in_(list(chats))).group_by(transcript.c.chat))
    return {chat: int(number) for chat, number in rows}


def card(session: Session, account_id: int, chat: str, number: int) -> Sequence[Row[Any]]:
    """All that stood in a card's place, newest first; empty when this chat has no such card of ours.

    A card keeps the number of its first line, whatever took its place since.
    """
    same = or_(transcript.c.number == number, transcript.c.replaces == number)
    query = _lines(account_id, chat).where(same, transcript.c.mine.is_(False))
    return session.execute(query.order_by(transcript.c.number.desc())).all()


def file_of(session: Session, account_id: int, chat: str, number: int) -> Row[Any] | None:
    """Name and content of a line's file; the content is None where it was forgotten."""
    query = select(transcript.c.file_name, transcript.c.file).where(_here(account_id, chat))
    return session.execute(query.where(transcript.c.number == number)).first()


def forget_files(session: Session, before: datetime) -> None:
    """Empty the files of lines older than `before` (business time); the words stay."""
    old = (transcript.c.said_at < before) & transcript.c.file.is_not(None)
    session.execute(update(transcript).where(old).values(file=None))


def forget(session: Session, before: datetime) -> bool:
    """Let go of a batch of lines said before then (business time). Whether there may be more.

    The last line of a chat stays: from it the next one has its number.
    """
    later = transcript.alias()
    same_chat = (later.c.account_id == transcript.c.account_id) & (later.c.chat == transcript.c.chat)
    is_last = ~exists().where(same_chat, later.c.number > transcript.c.number)
    return prune(session, transcript, (transcript.c.said_at < before) & ~is_last, transcript.c.said_at)


@dataclass(frozen=True)
class Reader:
    """For whom a page is worded: centre, language and persistent keyboard; nothing about the reader himself."""

    centre: str = ""
    phone: str = ""
    zone: str = "Asia/Ho_Chi_Minh"
    language: str = "vi"
    keyboard: tuple[str, ...] = ()


def reader_of_chat(session: Session, account_id: int, chat: str) -> Reader | None:
    """Who reads a chat; None when there is no such chat, or it is closed."""
    here = select(dialogue.c.language, dialogue.c.closed, dialogue.c.keyboard)
    here = here.where(dialogue.c.account_id == account_id, dialogue.c.chat == chat)
    found = session.execute(here).first()
    if found is None or found.closed:
        return None
    contact = contact_at(session, account_id, chat)
    person = session.get(Person, contact.person_id) if contact else None
    return replace(_reader(session, person, found.language), keyboard=tuple(found.keyboard))


def reader_of_code(session: Session, code_hash: str) -> Reader:
    """Who was given a code; of an unknown one, whoever comes to the first centre."""
    query = choose(Person).join(Invite, col(Invite.person_id) == col(Person.id))
    return _reader(session, session.exec(query.where(Invite.code_hash == code_hash)).first())


def _reader(session: Session, person: Person | None, language: str = "vi") -> Reader:
    query = choose(Centre).order_by(col(Centre.id))
    if person is not None:
        query, language = query.where(Centre.id == person.centre_id), person.language
    centre = session.exec(query).first() or Centre(name="")
    return Reader(centre.name, centre.phone, centre.zone, language)
