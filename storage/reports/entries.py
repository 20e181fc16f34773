"""Changing a conduct report tap by tap, and sending it: every `view` here comes locked from storage.reports.reports."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, select

from storage.base.keyring import Keyring
from storage.reports import receipts
from storage.reports.reports import (
    ROLL_CALL,
    Category,
    ConductEntry,
    ConductRevision,
    ReportView,
    load_entries,
    sent_content,
)


@dataclass(frozen=True)
class How:
    """In what capacity a report is sent (ConductRevision.capacity); or, where the centre enters what came by phone or
    on paper, its source, the day it came (the centre's date) and whether that was after the deadline.
    """

    capacity: str = "head"
    source: str = "chat"
    received_on: date | None = None
    came_late: bool = False


def mark_roll_call(session: Session, view: ReportView) -> None:
    """Bring the pre-marked entries up to the roll-call, until the first sending; what the head tapped stays."""
    if view.report.revision:
        return
    cleared = _cleared(session, view) if view.roll_call else {}
    for person in view.learners:
        entry, said = view.entries.get(person.id), view.roll_call.get(person.id)
        if said and person.id not in cleared and (entry is None or entry.source == "roll_call"):
            entry = entry or ConductEntry(report_id=view.report.id, person_id=person.id, source="roll_call")
            entry.category = next(kind for kind in ROLL_CALL if kind in said)
            entry.times = said[Category(entry.category)]
            session.add(entry)
        elif not said and entry is not None and entry.source == "roll_call":
            session.delete(entry)
    if session.new or session.deleted or any(map(session.is_modified, view.entries.values())):
        session.flush()
        load_entries(session, view)


def pick(session: Session, view: ReportView, person_id: int) -> None:
    """Mention a learner, for what is said later; one who is mentioned stays as he is."""
    if person_id in view.entries:
        return
    entry = _cleared(session, view).get(person_id) or ConductEntry(
        report_id=view.report.id, person_id=person_id
    )
    entry.source, entry.category, entry.times = "head", "", None
    session.add(entry)
    _changed(session, view)


def leave_out(session: Session, view: ReportView, person_id: int) -> None:
    """Mention a learner no longer. What the roll-call says of him is remembered as taken out, not marked again."""
    entry = view.entries.get(person_id)
    if entry is None:
        return
    if person_id in view.roll_call:
        entry.source, entry.category, entry.times, entry.note = "cleared", "", None, None
    else:
        session.delete(entry)
    _changed(session, view)


def choose(session: Session, view: ReportView, person_id: int, category: Category) -> None:
    """Say what a learner is mentioned for; the number of sessions is the roll-call's where it has one."""
    pick(session, view, person_id)
    entry = view.entries[person_id]
    if entry.category != category:
        entry.category, entry.times = category, view.roll_call.get(person_id, {}).get(category)
        _changed(session, view)
    entry.source = "head"


def state(
    session: Session, view: ReportView, person_id: int, category: Category, *, times: int | None, note: str
) -> None:
    """Say all of a learner at once; without a note, the one there is stays."""
    choose(session, view, person_id, category)
    entry = view.entries[person_id]
    entry.times, entry.note = times, note or entry.note
    _changed(session, view)


def overlaid(
    view: ReportView, meant: Mapping[int, tuple[Category, int | None, str]]
) -> dict[int, ConductEntry]:
    """The entries as they would be if this were said of these learners too; nothing is stored."""
    found: dict[int, ConductEntry] = {}
    for person in view.learners:
        before = view.entries.get(person.id)
        if person.id in meant:
            category, times, note = meant[person.id]
            kept = note or (before.note if before is not None else None) or None
            found[person.id] = ConductEntry(
                report_id=view.report.id, person_id=person.id, category=category, times=times, note=kept
            )
        elif before is not None:
            found[person.id] = before
    return found


def write_note(session: Session, view: ReportView, person_id: int, text: str) -> None:
    """Put a note (already checked) to a learner who is mentioned."""
    entry = view.entries[person_id]
    entry.note, entry.source = text, "head"
    _changed(session, view)


def send(
    session: Session, keyring: Keyring, view: ReportView, sender_id: int, now: datetime, how: How
) -> None:
    """Make the next revision of what the report says now, and seal it; it is never changed afterwards."""
    report = view.report
    is_late = _is_late(session, view, now, how)
    report.revision += 1
    report.state, report.changed = "sent", False
    report.prepared_by = sender_id if how.received_on is not None else None  # who entered it may mend it
    report.sent_at, report.sent_by = now, sender_id
    report.receipt = receipts.new_code(session)
    revision = ConductRevision(
        report_id=report.id, number=report.revision, sent_at=now, sent_by=sender_id,
        content=json.dumps(_content(view, now, how, is_late=is_late), ensure_ascii=False), source=how.source, capacity=how.capacity,
        received_on=how.received_on, entered_by=sender_id if how.received_on else None,
    )  # fmt: skip
    revision.seal = receipts.seal(keyring, revision)
    session.add(revision)
    session.flush()


def _is_late(session: Session, view: ReportView, now: datetime, how: How) -> bool:
    """Whether the report came after its deadline. A correction does not change that, reopened for it or not."""
    if view.report.revision:
        return bool(sent_content(session, view.report).get("late"))
    return how.came_late if how.received_on is not None else view.is_late(now)


def _content(view: ReportView, now: datetime, how: How, *, is_late: bool) -> dict[str, Any]:
    return {
        "class": view.course.code,
        "unit": view.unit.name,
        "from": view.period.from_date.isoformat(),
        "to": view.period.to_date.isoformat(),
        "receipt": view.report.receipt,
        "late": is_late,
        "reopened": view.report.revision > 1 and view.is_late(now),
        "source": how.source,
        "capacity": how.capacity,
        "received": how.received_on and how.received_on.isoformat(),
        "on_paper": view.on_paper,
        "learners": [
            {"id": person.id, "name": person.name, "born": person.birth_date and person.birth_date.isoformat()}
            for person in view.learners
        ],
        "entries": [
            {"id": person.id, "category": entry.category, "times": entry.times, "note": entry.note,
             "source": entry.source}
            for person, entry in view.mentioned
        ],
        "roll_call": {str(person_id): said for person_id, said in view.roll_call.items()},
    }  # fmt: skip


def _cleared(session: Session, view: ReportView) -> dict[int, ConductEntry]:
    query = select(ConductEntry).where(
        ConductEntry.report_id == view.report.id, ConductEntry.source == "cleared"
    )
    return {entry.person_id: entry for entry in session.exec(query)}


def _changed(session: Session, view: ReportView) -> None:
    view.report.changed = view.report.revision > 0
    session.flush()
    load_entries(session, view)
