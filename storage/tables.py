"""Every table there is, imported, so that `metadata` is whole wherever it is compared or created."""

from sqlmodel import SQLModel

from storage import (  # noqa: F401  importing them is what registers their tables
    accounts,
    audit,
    clock,
    conduct,
    confirmations,
    courses,
    dialogues,
    escalations,
    feedback,
    files,
    inbox,
    leases,
    notices,
    outbox,
    page_links,
    people,
    reopening,
    signing,
    tickets,
    timers,
    tokens,
    transcript,
    usage,
)

metadata = SQLModel.metadata
