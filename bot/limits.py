"""What one chat, one address, one connection may take of the program, and how often more was wanted."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from bot.common_settings import CommonSettings

MEGABYTE: Final = 1024 * 1024


class Limit(StrEnum):
    """As /metrics calls them; each is counted when it holds somebody back."""

    STRANGER_FILE = "stranger_file"  # a file from a chat nobody is bound to
    FILE_QUOTA = "file_quota"  # a file beyond what is kept of a chat
    SLOW = "slow_connection"  # a request whose head or body did not come in time
    CONNECTIONS = "connections"  # a connection beyond what leaves descriptors for everything else
    DESCRIPTORS = "descriptors"  # none was left to take a connection
    CHAT_STREAMS = "chat_streams"  # an older page of a chat that made room for a newer one
    ADDRESS_STREAMS = "address_streams"  # a page beyond what an address may have open
    CODES = "codes"  # a chat, link or address locked out of guessing codes


@dataclass(frozen=True)
class Limits:
    """The figures of an installation (CAUNOI_…), and how often each limit was met since the start."""

    files_mb: int = 200
    streams_per_chat: int = 4
    streams_per_address: int = 48
    slow_seconds: int = 20
    met: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, settings: CommonSettings) -> "Limits":
        return cls(
            settings.files_mb,
            settings.streams_per_chat,
            settings.streams_per_address,
            settings.slow_seconds,
        )

    def meet(self, limit: str) -> None:
        self.met[limit] += 1
