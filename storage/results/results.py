"""Results of a learner in a class (000-21): marks, diligence and conduct together, weighed by the rule set.

All figures are configuration of the class's RuleSet; the regulations' own were not found.
Numbers in `rules` are strings, read as Decimal; a part left out has the default below.

- "weights": {"marks": "0.6", "diligence": "0.2", "conduct": "0.2"}. No default: without weights there is no
  composite. A part of weight 0 is not asked for.
- "bands": [["9", "excellent"], …], each from that composite on; below the lowest it is "failed". No default.
- "max_absence": "0.20", the share of periods held that may be missed. No default.
- "components": {"Bài 1": "1", "Thu hoạch": "2"}, the weight of each mark inside marks (1 where not named).
- "diligence": what one session counts, 0 to 1, by what the roll-call says of it: DILIGENCE.
- "conduct": what one mention takes off the 10 points of conduct (a commendation gives): CONDUCT. Lateness and
  absences are reported there too, but take nothing off: diligence has counted them.

Every part is a mark of 0 to 10, rounded half-up to two places, and the composite is made of the parts as they
are printed, so that whoever signs can check it by hand. A part is None while anything of it is not recorded.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from storage.courses.courses import CourseClass, Enrolment, RuleSet
from storage.courses.timetable import day_of
from storage.courses.visibility import classes_of, enrolments_seen
from storage.people.people import Person, Viewer
from storage.results.result_facts import Component, Facts, PeriodConduct, RollCall, read_facts

PARTS: Final = ("marks", "diligence", "conduct")
FULL: Final = Decimal(10)
DILIGENCE: Final = {"present": "1", "late": "0.75", "excused": "0.5", "unexcused": "0", "recalled": "0.5"}
CONDUCT: Final = {
    "late": "0", "excused": "0", "unexcused": "0", "recalled": "0",
    "study": "1", "manner": "1", "ethics": "3", "commendation": "-0.5",
}  # fmt: skip
FAILED: Final = "failed"


@dataclass(frozen=True)
class Rules:
    """A rule set as numbers."""

    version: int
    max_absence: Decimal | None
    weights: Mapping[str, Decimal]
    bands: Sequence[tuple[Decimal, str]]  # the highest first
    components: Mapping[str, Decimal]
    diligence: Mapping[str, Decimal]
    conduct: Mapping[str, Decimal]


def rules_of(row: RuleSet) -> Rules:
    """The rule set's numbers, with the defaults above. decimal.InvalidOperation for what is no number."""
    told = row.rules
    bands = sorted(((Decimal(least), str(name)) for least, name in told.get("bands", ())), reverse=True)
    return Rules(
        version=row.version,
        max_absence=Decimal(told["max_absence"]) if told.get("max_absence") is not None else None,
        weights=_numbers(told.get("weights", {})),
        bands=bands,
        components=_numbers(told.get("components", {})),
        diligence=_numbers({**DILIGENCE, **told.get("diligence", {})}),
        conduct=_numbers({**CONDUCT, **told.get("conduct", {})}),
    )


def _numbers(told: Mapping[str, Any]) -> dict[str, Decimal]:
    return {name: Decimal(number) for name, number in told.items()}


# --- the result


@dataclass(frozen=True)
class Result:
    """Everything there is of one learner in one class. `final` once the class is over."""

    course: CourseClass
    person: Person
    rules: Rules
    components: Sequence[Component]
    roll_call: RollCall
    conduct: Sequence[PeriodConduct]
    parts: Mapping[str, Decimal | None]
    composite: Decimal | None
    band: str | None
    final: bool

    @property
    def missing(self) -> list[str]:
        """The weighed parts that are not there yet."""
        return [name for name in weighed(self.rules) if self.parts[name] is None]


# --- arithmetic


def rounded(number: Decimal) -> Decimal:
    """To two places, half-up, as mark sheets do it."""
    return number.quantize(Decimal("0.01"), ROUND_HALF_UP)


def weighed(rules: Rules) -> list[str]:
    """The parts that count."""
    return [name for name in PARTS if rules.weights.get(name)]


def marks_part(rules: Rules, components: Iterable[Component]) -> Decimal | None:
    """The weighed mean of all components; None while one of them is missing."""
    return _mean([(one.value, rules.components.get(one.name, Decimal(1))) for one in components])


def _mean(found: Sequence[tuple[Decimal | None, Decimal]]) -> Decimal | None:
    """The mean of numbers by their weights; None without weights, or while a number that has one is missing."""
    total = sum((weight for _value, weight in found), Decimal(0))
    if not total or any(value is None for value, weight in found if weight):
        return None
    return rounded(sum((value * weight for value, weight in found if value is not None), Decimal(0)) / total)


def diligence_part(rules: Rules, roll_call: RollCall) -> Decimal | None:
    """What the sessions held count, by their periods; None while one of them is not recorded."""
    if not roll_call.held_periods or roll_call.unrecorded:
        return None
    counted = sum((rules.diligence[state] * n for state, n in roll_call.periods.items()), Decimal(0))
    return rounded(FULL * counted / roll_call.held_periods)


def conduct_part(rules: Rules, conduct: Sequence[PeriodConduct], today: date) -> Decimal | None:
    """Ten points less what was mentioned; None while a period that is over has not been reported."""
    over = [one for one in conduct if one.period.to_date < today]
    if not any(one.reported for one in conduct) or not all(one.reported for one in over):
        return None
    mentions = [mention for one in conduct for mention in one.mentions]
    off = sum(
        (rules.conduct.get(one.category, Decimal(0)) * (one.times or 1) for one in mentions), Decimal(0)
    )
    return rounded(min(FULL, max(Decimal(0), FULL - off)))


def composite_of(rules: Rules, parts: Mapping[str, Decimal | None]) -> Decimal | None:
    """The weighed mean of the parts; None without weights or while a weighed part is missing."""
    return _mean([(parts[name], rules.weights[name]) for name in weighed(rules)])


def band_of(rules: Rules, composite: Decimal | None) -> str | None:
    """The name of the band a composite falls in; None without a composite or without bands."""
    if composite is None or not rules.bands:
        return None
    return next((name for least, name in rules.bands if composite >= least), FAILED)


# --- who may see whose


def own_classes(session: Session, viewer: Viewer) -> list[CourseClass]:
    """The classes the viewer learns in, newest first."""
    query = select(Enrolment.class_id).where(Enrolment.person_id == viewer.person_id)
    mine = set(session.exec(query))
    return [row for row in classes_of(session, viewer) if row.id in mine]


def classes_with_learners(session: Session, viewer: Viewer) -> list[CourseClass]:
    """Classes in which there are learners whose results the viewer may see beside his own, newest first."""
    if viewer.is_staff:
        return list(classes_of(session, viewer))
    query = select(Enrolment.class_id).where(col(Enrolment.organisation_id).in_(viewer.units))
    sent = set(session.exec(query))
    return [
        row for row in classes_of(session, viewer) if row.id in sent and learners_of(session, viewer, row)
    ]


def learners_of(session: Session, viewer: Viewer, course: CourseClass) -> list[Person]:
    """Learners of a class whose results the viewer looks after, by given name: staff all of them, the head
    those his unit sends today, or sent to the end of a class that is over; nobody else any.
    """
    day = min(viewer.day, course.to_date)
    found: dict[int, Person] = {}
    for enrolment, person in enrolments_seen(session, viewer, course.id):
        sent = enrolment.organisation_id in viewer.units
        if viewer.is_staff or (sent and (enrolment.to_date is None or enrolment.to_date >= day)):
            found.setdefault(person.id, person)
    return list(found.values())


def result_seen(
    session: Session, viewer: Viewer, class_id: int, person_id: int, zone: ZoneInfo, now: datetime
) -> Result | None:
    """The result, None when there is none or it is not for the viewer's eyes."""
    course = next((row for row in classes_of(session, viewer) if row.id == class_id), None)
    if course is None:
        return None
    if person_id != viewer.person_id:
        allowed = {person.id for person in learners_of(session, viewer, course)}
    else:
        allowed = {person.id for _enrolment, person in enrolments_seen(session, viewer, class_id)}
    person = session.get(Person, person_id) if person_id in allowed else None
    return result_of(session, course, person, zone, now) if person is not None else None


# --- putting it together


def result_of(session: Session, course: CourseClass, person: Person, zone: ZoneInfo, now: datetime) -> Result:
    """A learner's result as of `now`; for what the program itself does (see `result_seen`)."""
    return results_of(session, course, [person], zone, now)[person.id]


def results_of(
    session: Session, course: CourseClass, people: Collection[Person], zone: ZoneInfo, now: datetime
) -> dict[int, Result]:
    """The results of many, by id, as `result_of` one: what is recorded is read at once."""
    rules, today = rules_of(rule_set_of(session, course)), day_of(now, zone)
    facts = read_facts(session, course, [person.id for person in people], zone, now)
    return {person.id: _put_together(facts, person, rules, today) for person in people}


def rule_set_of(session: Session, course: CourseClass) -> RuleSet:
    """The version of the rules a class goes by, whatever newer ones its type has."""
    return session.get_one(RuleSet, course.rule_set_id)


def _put_together(facts: Facts, person: Person, rules: Rules, today: date) -> Result:
    enrolments = facts.enrolments.get(person.id, [])
    components = facts.components(person.id, rules.components)
    roll_call, conduct = facts.roll_call(enrolments), facts.conduct(enrolments)
    parts = {
        "marks": marks_part(rules, components),
        "diligence": diligence_part(rules, roll_call),
        "conduct": conduct_part(rules, conduct, today),
    }
    composite = composite_of(rules, parts)
    return Result(
        facts.course, person, rules, components, roll_call, conduct, parts, composite,
        band=band_of(rules, composite), final=facts.course.to_date < today,
    )  # fmt: skip
