"""The gates (002-13): who has what it takes for exam, thesis and graduation, and what a person of the centre signed.

The hard gate: without a signed confirmation of the unit nobody can be signed as eligible, and its absence is no
finding against anybody.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from storage.base.engine import lock
from storage.courses.courses import CourseClass, RuleSet
from storage.courses.roster import roster
from storage.courses.timetable import day_of
from storage.courses.visibility import classes_of
from storage.gates.confirmations import (
    ELIGIBLE,
    GATES,
    NOT_ELIGIBLE,
    REMARKS_ASKED,
    DisciplineConfirmation,
    GateVerdict,
    Remarks,
    confirmations_of,
    gate_days,
    signed_remarks,
)
from storage.people.people import Organisation, Person, Viewer
from storage.reports.reports import processable
from storage.results.results import Result, results_of, rule_set_of

NO_CONFIRMATION: Final = "no_confirmation"  # chưa có nhận xét của đơn vị
UNIT_REFUSES: Final = "unit_refuses"
ABSENCE_OVER: Final = "absence_over"
PAPER: Final = "paper"


@dataclass(frozen=True)
class Standing:
    """Where a learner stands before a gate. `blocks` is why he cannot be signed as eligible in the list.

    State: paper (handled in writing), waiting (no confirmation), clean (nothing against it), open (a person has to
    decide), eligible or not_eligible (signed), outdated (the unit has signed anew since).
    """

    person: Person
    unit: str
    remarks: Remarks | None
    confirmation: DisciplineConfirmation | None
    result: Result | None
    verdict: GateVerdict | None
    blocks: Sequence[str]

    @property
    def revision(self) -> int:
        """The confirmation's; 0 where there is none."""
        return self.confirmation.revision if self.confirmation is not None else 0

    @property
    def state(self) -> str:
        if PAPER in self.blocks:
            return PAPER
        if self.verdict is not None:
            same = self.verdict.reasons.get("confirmation") == self.revision
            return self.verdict.verdict if same else "outdated"
        if NO_CONFIRMATION in self.blocks:
            return "waiting"
        return "open" if self.blocks else "clean"


def may_be(one: Standing, verdict: str) -> bool:
    """Whether a person may sign this: eligible never without the unit's own word for it, the contrary never for
    the mere want of one.
    """
    if PAPER in one.blocks:
        return False
    if verdict == ELIGIBLE:
        return one.remarks is not None and one.remarks.conclusion == ELIGIBLE
    return verdict == NOT_ELIGIBLE and bool({UNIT_REFUSES, ABSENCE_OVER} & set(one.blocks))


def standings(
    session: Session,
    course: CourseClass,
    gate: str,
    zone: ZoneInfo,
    now: datetime,
    *,
    only: int | None = None,
) -> list[Standing]:
    """Every learner of the class (at its end, once it is over), by given name; `only` one of them."""
    enrolled = _enrolled(session, course, day_of(now, zone), only)
    people = [person for person, _unit in enrolled]
    allowed = processable(session, course.centre_id, [one.id for one in people], since=REMARKS_ASKED)
    results = results_of(session, course, [one for one in people if one.id in allowed], zone, now)
    rows = confirmations_of(session, course.id, gate, allowed)
    verdicts = _verdicts(session, course.id, gate, allowed)
    return [
        _standing(person, unit, rows.get(person.id), results.get(person.id), verdicts.get(person.id))
        for person, unit in enrolled
    ]


def _enrolled(
    session: Session, course: CourseClass, today: date, only: int | None
) -> list[tuple[Person, str]]:
    day = min(today, course.to_date)
    rows = [(row, one) for row, one in roster(session, course.id, day, day) if only in {None, one.id}]
    units = select(Organisation).where(col(Organisation.id).in_({row.organisation_id for row, _one in rows}))
    names = {unit.id: unit.name for unit in session.exec(units)}
    return list({person.id: (person, names[row.organisation_id]) for row, person in rows}.values())


def _verdicts(session: Session, class_id: int, gate: str, people: Collection[int]) -> dict[int, GateVerdict]:
    query = select(GateVerdict).where(
        GateVerdict.class_id == class_id, GateVerdict.gate == gate, col(GateVerdict.person_id).in_(people)
    )
    return {row.person_id: row for row in session.exec(query)}


def _standing(
    person: Person,
    unit: str,
    row: DisciplineConfirmation | None,
    result: Result | None,
    verdict: GateVerdict | None,
) -> Standing:
    remarks = signed_remarks(row) if row is not None else None
    blocks = []
    if result is None:
        blocks.append(PAPER)
    elif remarks is None:
        blocks.append(NO_CONFIRMATION)
    elif remarks.conclusion != ELIGIBLE:
        blocks.append(UNIT_REFUSES)
    if result is not None and is_over(result):
        blocks.append(ABSENCE_OVER)
    return Standing(person, unit, remarks, row if remarks else None, result, verdict, blocks)


def is_over(result: Result) -> bool:
    """Whether more was missed than the rules allow."""
    share, most = result.roll_call.share_absent, result.rules.max_absence
    return share is not None and most is not None and share > most


def fingerprint(found: Sequence[Standing]) -> int:
    """A number for what a signature would rest on: the button carries it."""
    told = [[one.person.id, one.revision, one.state, list(one.blocks)] for one in found]
    return int.from_bytes(hashlib.sha256(json.dumps(told).encode()).digest()[:5])


def sign_verdicts(
    session: Session,
    course: CourseClass,
    gate: str,
    found: Sequence[Standing],
    verdict: str,
    signer: int,
    now: datetime,
) -> None:
    """Sign what a person has decided, with what it rests on. ValueError for what may not be signed."""
    if not all(may_be(one, verdict) for one in found):
        raise ValueError("this verdict has nothing to rest on")
    lock(session, CourseClass, course.id)
    version = rule_set_of(session, course).version
    before = _verdicts(session, course.id, gate, [one.person.id for one in found])
    for one in found:
        row = before.get(one.person.id) or GateVerdict(
            class_id=course.id, person_id=one.person.id, gate=gate, verdict="", rule_version=version,
            signed_by=signer, signed_at=now, revision=0,
        )  # fmt: skip
        row.verdict, row.reasons, row.rule_version = verdict, _reasons(one), version
        row.signed_by, row.signed_at, row.revision = signer, now, row.revision + 1
        session.add(row)


def _reasons(one: Standing) -> dict[str, Any]:
    """What it rests on, without the unit's words, which stay sealed in the confirmation."""
    assert one.result is not None, "who is handled in writing is not signed here"
    call, most = one.result.roll_call, one.result.rules.max_absence
    return {
        "confirmation": one.revision,
        "blocks": list(one.blocks),
        "missed": call.absent_periods,
        "held": call.held_periods,
        "unrecorded": call.unrecorded,
        "max_absence": None if most is None else str(most),
    }


# --- which there are


def gates_seen(session: Session, viewer: Viewer) -> list[tuple[CourseClass, str, date]]:
    """For staff: the gates of the centre's classes, those to come first."""
    if not viewer.is_staff:
        return []
    every = [
        (course, gate, day)
        for course in classes_of(session, viewer)
        if course.gates
        for gate, day in gate_days(session, course).items()
    ]
    coming = sorted((one for one in every if one[2] >= viewer.day), key=lambda one: (one[2], one[0].id))
    over = sorted((one for one in every if one[2] < viewer.day), key=lambda one: one[2], reverse=True)
    return [*coming, *over]


def gate_seen(
    session: Session, viewer: Viewer, class_id: int, number: int
) -> tuple[CourseClass, str, date] | None:
    """One of them, by its number in GATES."""
    if not 0 <= number < len(GATES):
        return None
    found = (one for one in gates_seen(session, viewer) if one[0].id == class_id)
    return next((one for one in found if one[1] == GATES[number]), None)


def allow_gates(session: Session, course: CourseClass, gates: Collection[str], day: date) -> RuleSet:
    """A new version of the rules a class goes by, with these gates too; other classes keep theirs.

    Where the class goes by an older version, the newest one gets a successor with these gates as well: classes
    made later go by that.
    """
    old = rule_set_of(session, course)
    query = select(RuleSet).where(RuleSet.class_type_id == old.class_type_id)
    newest = session.exec(query.order_by(col(RuleSet.version).desc())).first() or old
    made = [
        RuleSet(
            class_type_id=old.class_type_id,
            version=newest.version + number,
            from_date=day,
            rules={**row.rules, "gates": _joined(row.rules, gates)},
        )
        for number, row in enumerate([old, newest] if newest.id != old.id else [old], 1)
    ]
    session.add_all(made)
    session.flush()
    course.rule_set_id = made[0].id
    return made[0]


def _joined(rules: Mapping[str, Any], gates: Collection[str]) -> list[str]:
    return [gate for gate in GATES if gate in {*rules.get("gates", ()), *gates}]
