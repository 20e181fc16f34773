"""Changing a conduct report tap by tap, and sending it: every `view` here comes locked from storage.reports.reports."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from storage.base.keyring import Keyring
from storage.people.audit import Audit
from storage.people.people import STAFF, Person
from storage.reports import receipts
from storage.reports.reports import (
    ABSENCES,
    ROLL_CALL,
    Category,
    ConductEntry,
    ConductRevision,
    ReportView,
    Told,
    load_entries,
    mentioned_in,
    sent_content,
    told_in,
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
    for person in view.learners:
        entry, said = view.entries.get(person.id), view.roll_call.get(person.id)
        if said and person.id not in view.cleared and (entry is None or entry.source == "roll_call"):
            entry = entry or ConductEntry(report_id=view.report.id, person_id=person.id, source="roll_call")
            entry.say(_called(said))
            session.add(entry)
        elif not said and entry is not None and entry.source == "roll_call":
            session.delete(entry)
    if session.new or session.deleted or any(map(session.is_modified, view.entries.values())):
        session.flush()
        load_entries(session, view)


def _called(said: Mapping[Category, int]) -> list[Told]:
    """What the roll-call has of a learner, the gravest first."""
    return [(kind, said[kind]) for kind in ROLL_CALL if kind in said]


def pick(session: Session, view: ReportView, person_id: int) -> None:
    """Mention a learner, for what is said later; one who is mentioned stays as he is."""
    if person_id in view.entries:
        return
    entry = view.cleared.get(person_id) or ConductEntry(report_id=view.report.id, person_id=person_id)
    entry.say([])
    entry.source, entry.note = view.hand, None
    session.add(entry)
    _changed(session, view)


def leave_out(session: Session, view: ReportView, person_id: int) -> None:
    """Mention a learner no longer. What the roll-call says of him is remembered as taken out, not marked again."""
    entry = view.entries.get(person_id)
    if entry is None:
        return
    if person_id in view.roll_call:
        entry.say([])
        entry.source, entry.note = "cleared", None
    else:
        session.delete(entry)
    _changed(session, view)


def set_aside(session: Session, view: ReportView, but: Collection[int] = ()) -> None:
    """Mention nobody any more who was marked before (`ReportView.marked`), `but` these; until the next sending it can
    be put back.
    """
    for person, entry in view.marked:
        if person.id not in but:
            entry.source = "cleared"
    _changed(session, view)


def put_back(session: Session, view: ReportView) -> None:
    """Mention those again who were set aside, as they were."""
    for person in view.aside:
        entry = view.cleared[person.id]
        is_called = entry.said == _called(view.roll_call.get(person.id, {})) and not entry.note
        entry.source = "roll_call" if is_called else "handed"
    _changed(session, view)
    told = [{**one, "source": ""} for one in sent_content(session, view.report).get("entries", [])]
    view.report.changed = view.report.changed and told != [{**one, "source": ""} for one in _entries(view)]


def pass_on(session: Session, view: ReportView) -> None:
    """Somebody else fills it in from now on: whatever was said until now was marked before he came."""
    for _person, entry in view.mentioned:
        entry.source = "handed" if entry.source == view.hand else entry.source
    session.flush()


def choose(session: Session, view: ReportView, person_id: int, category: Category) -> None:
    """Say what a learner is mentioned for, and nothing else; the number of sessions is the one told before, or the
    roll-call's.
    """
    pick(session, view, person_id)
    entry = view.entries[person_id]
    known = dict(entry.said)
    _say(session, view, entry, [(category, known.get(category) or _times(view, person_id, category))])


def add(session: Session, view: ReportView, person_id: int, category: Category) -> None:
    """Mention a learner for this, too."""
    pick(session, view, person_id)
    entry = view.entries[person_id]
    if category not in dict(entry.said):
        _say(session, view, entry, [*entry.said, (category, _times(view, person_id, category))])


def count(session: Session, view: ReportView, person_id: int, category: Category, times: int) -> None:
    """Say of how many sessions it is, where a learner is mentioned for it."""
    entry = view.entries[person_id]
    _say(session, view, entry, [(kind, times if kind == category else n) for kind, n in entry.said])


def _say(session: Session, view: ReportView, entry: ConductEntry, said: list[Told]) -> None:
    is_news = entry.said != said
    entry.say(said)
    entry.source = view.hand
    if is_news:
        _changed(session, view)


def _times(view: ReportView, person_id: int, category: str) -> int | None:
    return view.roll_call.get(person_id, {}).get(Category(category))


def state(session: Session, view: ReportView, person_id: int, said: list[Told], note: str) -> None:
    """Say all of a learner at once; without a note, the one there is stays."""
    pick(session, view, person_id)
    entry = view.entries[person_id]
    _say(session, view, entry, said)
    entry.note = note or entry.note
    _changed(session, view)


def overlaid(view: ReportView, meant: Mapping[int, tuple[list[Told], str]]) -> dict[int, ConductEntry]:
    """The entries as they would be if this were said of these learners too; nothing is stored."""
    found = dict(view.entries)
    for learner, (said, note) in meant.items():
        before = view.entries.get(learner)
        kept = note or (before.note if before is not None else None) or None
        found[learner] = ConductEntry(
            report_id=view.report.id, person_id=learner, note=kept, source=view.hand
        )
        found[learner].say(said)
    return {person.id: found[person.id] for person in view.learners if person.id in found}


def write_note(session: Session, view: ReportView, person_id: int, text: str) -> None:
    """Put a note (already checked) to a learner who is mentioned."""
    entry = view.entries[person_id]
    entry.note, entry.source = text, view.hand
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
    _forget_aside(session, view)
    session.flush()


def _forget_aside(session: Session, view: ReportView) -> None:
    """What was set aside is gone with the sending; what the roll-call says is not marked again."""
    for person in view.aside:
        if person.id in view.roll_call:
            view.cleared[person.id].say([])
            view.cleared[person.id].note = None
        else:
            session.delete(view.cleared[person.id])


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
        "entries": _entries(view),
        "roll_call": {str(person_id): said for person_id, said in view.roll_call.items()},
    }  # fmt: skip


@dataclass(frozen=True)
class TakenBack:
    """Something that was sent of a learner and does not stand so any more; `now` is empty where he is not mentioned."""

    person: Person
    before: list[Told]
    now: list[Told]


def taken_back(session: Session, view: ReportView, before: Mapping[str, Any]) -> list[TakenBack]:
    """What of a version (its content) the centre may have acted on, and the report does not say any more: absences,
    and whatever somebody of the centre has read.
    """
    subject = f"conduct_report:{view.report.id}"
    query = select(Audit.about_id).where(Audit.subject == subject, Audit.action == "conduct_seen")
    read = set(session.exec(query.where(col(Audit.actor_role).in_(STAFF))))
    found = []
    for person_id, said in mentioned_in(before).items():
        person, entry, old = view.learner(person_id), view.entries.get(person_id), told_in(said)
        now = entry.said if entry is not None else []
        is_weaker = any(kind in ABSENCES and (kind, n) not in now for kind, n in old)
        if person is not None and set(old) != set(now) and (is_weaker or person_id in read):
            found.append(TakenBack(person, old, now))
    return found


def _entries(view: ReportView) -> list[dict[str, Any]]:
    """One for each thing that is mentioned of somebody; the note stands at the first."""
    return [
        {"id": person.id, "category": category, "times": times, "note": None if place else entry.note,
         "source": entry.source}
        for person, entry in view.mentioned
        for place, (category, times) in enumerate(entry.said)
    ]  # fmt: skip


def _changed(session: Session, view: ReportView) -> None:
    view.report.changed = view.report.revision > 0
    session.flush()
    load_entries(session, view)
