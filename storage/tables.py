"""Every table there is, imported, so that `metadata` is whole wherever it is compared or created."""

from sqlmodel import SQLModel

from storage import (
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
    people,
    timers,
    transcript,
)

ROOMS = (
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
    people,
    timers,
    transcript,
)
metadata = SQLModel.metadata
