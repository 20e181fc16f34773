"""Every table there is, imported, so that `metadata` is whole wherever it is compared or created."""

from sqlmodel import SQLModel

from storage import (  # noqa: F401  importing them is what registers their tables
    accounts,
    audit,
    clock,
    conduct,
    courses,
    dialogues,
    files,
    inbox,
    leases,
    notices,
    outbox,
    page_links,
    people,
    timers,
    tokens,
    transcript,
    usage,
)

metadata = SQLModel.metadata
