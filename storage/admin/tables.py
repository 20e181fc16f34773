"""Every table there is, imported, so that `metadata` is whole wherever it is compared or created."""

# ruff: noqa: F401  importing them is what registers their tables

from sqlmodel import SQLModel

from storage.base import clock
from storage.courses import courses, notices
from storage.feedback import feedback, tickets
from storage.gates import confirmations
from storage.messaging import (
    accounts,
    dialogues,
    files,
    inbox,
    leases,
    outbox,
    page_links,
    rings,
    timers,
    tokens,
    transcript,
    usage,
)
from storage.people import audit, people
from storage.reports import reopening, reports, signing
from storage.requests import prompts, requests

metadata = SQLModel.metadata
