"""How it is worded where a learner stands before a gate: for the office in full, for himself in careful words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from markupsafe import Markup

from handlers.engine.desk import Desk
from handlers.engine.messages import lines
from handlers.gates.confirmation_words import gate_name, in_short
from locales import Language, later
from storage.courses.courses import CourseClass
from storage.gates import gates
from storage.gates.confirmations import ELIGIBLE, GATES, NOT_ELIGIBLE, gate_days
from storage.gates.gates import ABSENCE_OVER, NO_CONFIRMATION, PAPER, UNIT_REFUSES, Standing
from storage.people.people import Person
from storage.results.results import rule_set_of

BLOCKS: Final = {
    PAPER: later("handled in writing"),
    NO_CONFIRMATION: later("not complete: the unit's remarks are still to come"),
    UNIT_REFUSES: later("the unit concludes that he is not eligible"),
}
ORDER: Final = ("waiting", "open", "outdated", "clean", NOT_ELIGIBLE, ELIGIBLE, PAPER)


@dataclass(frozen=True)
class Board:
    """One class before one gate."""

    course: CourseClass
    gate: str
    day: date
    version: int
    found: Sequence[Standing]

    @property
    def ids(self) -> dict[str, int]:
        return {"course": self.course.id, "gate": GATES.index(self.gate)}

    def of(self, *states: str) -> list[Standing]:
        return [one for one in self.found if one.state in states]

    @property
    def clean(self) -> list[Standing]:
        """Who can be signed as eligible in one go: also anew, where the unit's words have changed and still say so."""
        again = [one for one in self.of("outdated") if one.verdict and one.verdict.verdict == ELIGIBLE]
        return [one for one in [*self.of("clean"), *again] if not one.blocks]

    @property
    def undecided(self) -> list[Standing]:
        """Of whom a person has to decide one by one."""
        return [one for one in self.of("open", "outdated") if one not in self.clean]


def read_board(desk: Desk, course: CourseClass, gate: str, day: date) -> Board:
    zone = desk.calendar(desk.centre(course.centre_id)).zone
    found = gates.standings(desk.session, course, gate, zone, desk.now)
    return Board(course, gate, day, rule_set_of(desk.session, course).version, found)


def board_of(desk: Desk, course_id: int, gate: int) -> Board:
    """For the file: whoever may ask for it was looked at before."""
    course = desk.session.get_one(CourseClass, course_id)  # one with gates is never deleted
    day = gate_days(desk.session, course).get(GATES[gate], course.to_date)
    return read_board(desk, course, GATES[gate], day)


def signer_of(desk: Desk, one: Standing) -> str:
    person = desk.session.get(Person, one.verdict.signed_by) if one.verdict is not None else None
    return person.name if person is not None else ""


def status(language: Language, one: Standing, *, in_brief: bool = False) -> Markup:
    """For the office: what is signed, or what stands against it; in brief beside the figures of an absence."""
    _ = language.text
    if one.state == ELIGIBLE:
        return _("eligible, signed")
    if one.state == NOT_ELIGIBLE:
        return Markup("; ").join([_("NOT eligible, signed"), *reasons(language, one, in_brief=in_brief)])
    told = reasons(language, one, in_brief=in_brief)
    if one.state == "outdated":
        return Markup("; ").join([_("signed, but the unit has changed its remarks since"), *told])
    return Markup("; ").join(told or [_("complete, to be signed")])


def reasons(language: Language, one: Standing, *, in_brief: bool) -> list[Markup]:
    _ = language.text
    over = _("absent beyond what is allowed, to be considered") if in_brief else absence(language, one)
    return [over if block == ABSENCE_OVER else _(BLOCKS[block]) for block in one.blocks]


def absence(language: Language, one: Standing) -> Markup:
    """Such as "vắng 12/40 tiết, 30% (tối đa 20%)"; that there is none recorded."""
    _ = language.text
    if one.result is None:
        return Markup()
    call, most = one.result.roll_call, one.result.rules.max_absence
    if call.share_absent is None or call.unrecorded == call.held:
        return _("attendance: none yet")
    told = {
        "missed": call.absent_periods,
        "held": call.held_periods,
        "share": language.percent(call.share_absent),
    }
    if most is None:
        return _("missed {missed}/{held} periods, {share}", **told)
    return _("missed {missed}/{held} periods, {share} (at most {most})", most=language.percent(most), **told)


def remarks(language: Language, one: Standing) -> Markup:
    """What the unit has signed."""
    _ = language.text
    return in_short(language, one.remarks) if one.remarks else _("none yet")


def own_status(desk: Desk, language: Language, course: CourseClass, person_id: int) -> Markup:
    """A line a gate, for the learner himself and his unit; nothing where the class has none."""
    told = []
    for gate, day in gate_days(desk.session, course).items():
        found = gates.standings(desk.session, course, gate, language.zone, desk.now, only=person_id)
        if found and found[0].state != PAPER:
            told.append(_own_line(language, gate, day, found[0]))
    if not told:
        return Markup()
    return lines(language.text("<b>Conditions</b>"), *told)


def _own_line(language: Language, gate: str, day: date, one: Standing) -> Markup:
    _ = language.text
    told = {"gate": gate_name(language, gate).capitalize(), "day": language.year_day(day)}
    return _("{gate} ({day}): {status}", status=_own_words(language, one), **told)


def _own_words(language: Language, one: Standing) -> Markup:
    """Only what a person has signed is said to be decided."""
    _ = language.text
    version = one.verdict.rule_version if one.verdict is not None else 0
    if one.state == ELIGIBLE:
        return _("eligible (signed, regulations version {version})", version=version)
    if one.state == NOT_ELIGIBLE:
        return _("not eligible, as signed (regulations version {version}); for questions please call the centre",
                 version=version)  # fmt: skip
    if one.state == "waiting":
        return _("not complete: the unit's remarks are still to come")
    return _("not complete: the centre's decision is still to come")


def moment_of(language: Language, one: Standing) -> datetime | str:
    return language.local(one.verdict.signed_at) if one.verdict is not None else ""
