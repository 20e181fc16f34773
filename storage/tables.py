"""Every table there is, imported, so that `metadata` is whole wherever it is compared or created."""

# ruff: noqa: F401  importing them is what registers their tables

from sqlmodel import SQLModel

from storage import (
    accounts,
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
    reopening,
    signing,
    tickets,
    timers,
    tokens,
    transcript,
    usage,
)
from storage.base import clock
from storage.people import audit, people

metadata = SQLModel.metadata
