"""Channel accounts: a bot's token, the web chat. Inbox, contacts, outbox, pace and quota belong to one."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Session, SQLModel, select

from storage.base.columns import document, encrypted, instant, key


@dataclass(frozen=True)
class Abilities:
    """What the messenger of an account can do, as far as anybody above the channel has to know.

    `longest_text`: letters of one message (a longer one goes in several). `buttons`: the most that fit one message,
    None for as many as one likes, 0 where a numbered list stands for them. `edits`: a shown card can be replaced. `phone`: one's own number can be shared. `largest_file`: bytes it
    carries to a person, None without a limit, 0 for none. `files_in`: it brings files. `window`: only within
    `window_hours` of the person's last message is a message free; outside it waits, or goes as one of `templates`
    (kinds of message, commas between). `quota`: messages and users are counted, against `monthly` and `users` where
    these are not 0.
    """

    longest_text: int = 4096
    buttons: int | None = None
    edits: bool = True
    phone: bool = True
    files_in: bool = True
    largest_file: int | None = None
    window: bool = False
    window_hours: int = 48
    templates: str = ""
    quota: bool = False
    monthly: int = 0
    users: int = 0


class ChannelAccount(SQLModel, table=True):
    """`abroad` says that its servers are: marks and conduct go there only where the director allowed it.

    `paused_until` is real time: the platform could not be reached, or refused the token. `config` holds the
    settings of an account that was added by command (JSON, names of settings without their prefix).
    """

    __tablename__ = "channel_account"
    __table_args__ = (UniqueConstraint("kind", "name"),)
    id: int = key()
    kind: str  # as the channel's module calls itself
    name: str = "main"
    username: str = ""  # as the platform calls it, for deep links
    abroad: bool = False
    abilities: dict[str, Any] = document()
    config: str | None = encrypted()
    paused_until: datetime | None = instant(optional=True)
    pause_reason: str = ""
    heartbeat_at: datetime | None = instant(optional=True)  # real time of the sender's last sign of life

    @property
    def can(self) -> Abilities:
        return Abilities(**self.abilities)


def away(session: Session) -> set[int]:
    """The accounts whose platform takes nothing at this moment, as far as is known."""
    return set(session.exec(select(ChannelAccount.id).where(ChannelAccount.pause_reason != "")))


def account_named(
    session: Session,
    kind: str,
    name: str = "main",
    *,
    abroad: bool = False,
    abilities: Abilities | None = None,
) -> ChannelAccount:
    """The account, made at its first use; what its channel can do is brought up to date where it is given."""
    query = select(ChannelAccount).where(ChannelAccount.kind == kind, ChannelAccount.name == name)
    account = session.exec(query).first()
    if account is None:
        account = ChannelAccount(kind=kind, name=name, abroad=abroad)
        session.add(account)
    if abilities is not None and account.can != abilities:
        account.abilities = asdict(abilities)
    session.flush()
    return account
