"""The command that sets a class's gates: on which days are exam, thesis and graduation review (002-13)."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Final

import typer

from bot.console import Problem, centre_of, office, say
from locales import Language, later

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlmodel import Session

    from storage.courses.courses import CourseClass

_ = Language().text
NAMES: Final = {
    "exam": later("final exam"),
    "thesis": later("thesis"),
    "graduation": later("graduation review"),
}


def add_to(app: typer.Typer) -> None:
    app.command(
        help=_(
            "Set the days before which units are asked for their remarks: caunoi gates TC-01 exam=10/05/2027"
        )
    )(gates)


def gates(
    code: Annotated[str, typer.Argument(help=_("The class's code."), show_default=False)],
    days: Annotated[
        list[str] | None,
        typer.Argument(
            help=_("exam=DAY, thesis=DAY, graduation=DAY; exam= takes a day back."), show_default=False
        ),
    ] = None,
    add_to_rules: Annotated[
        bool,
        typer.Option(
            "--add-to-rules", help=_("Make a new version of the class type's rules that has these gates.")
        ),
    ] = False,
) -> None:
    from handlers.engine.desk import calendar_of
    from storage.gates import confirmations
    from storage.people import audit

    with office() as here, here.database.transaction() as session:
        centre = centre_of(session)
        row = _class(session, code)
        today = here.today(centre.zone)
        told = dict(_day(one, today) for one in days or ())
        if add_to_rules and told:
            _allow(session, row, told, today)
        _check(session, row, told)
        if told:
            row.gates = {gate: day for gate, day in {**row.gates, **told}.items() if day}
            session.add(row)
            session.flush()
            confirmations.plan_gates(session, calendar_of(centre), row, here.now)
            audit.note(session, here.now, "gates_set", subject=f"course_class:{row.id}")
        say(*_told(row, confirmations.gate_days(session, row)))


def _class(session: "Session", code: str) -> "CourseClass":
    from storage.joining.grants import class_coded, class_codes

    found = class_coded(session, code)
    if found is None:
        known = ", ".join(class_codes(session)[:20]) or "–"
        raise Problem(_("CODE: there is no class {code}; there are: {known}", code=code, known=known))
    return found


def _day(text: str, today: date) -> tuple[str, str]:
    """A gate and its ISO day, "" for one that is taken back. Raises Problem for what is neither."""
    from storage.base.text import parse_date

    gate, _equals, words = text.partition("=")
    if gate not in NAMES or not _equals:
        raise Problem(
            _("{text}: write it as exam=10/05/2027; there are: {known}", text=text, known=", ".join(NAMES))
        )
    if not words.strip():
        return gate, ""
    day = _iso(words) or parse_date(words, today=today)
    if day is None:
        raise Problem(_("{option}: {text} is no day; write it as 07/12/2026", option=gate, text=words))
    if day <= today:
        raise Problem(
            _("{option}: {text} is not to come any more; units could not be asked", option=gate, text=words)
        )
    return gate, day.isoformat()


def _iso(words: str) -> date | None:
    try:
        return date.fromisoformat(words.strip())
    except ValueError:
        return None


def _allow(session: "Session", row: "CourseClass", told: "Iterable[str]", today: date) -> None:
    from storage.gates.gates import allow_gates
    from storage.results.results import rule_set_of

    has = rule_set_of(session, row).rules.get("gates", ())
    if missing := [gate for gate in told if gate not in has]:
        allow_gates(session, row, missing, today)


def _check(session: "Session", row: "CourseClass", told: "Iterable[str]") -> None:
    """Raises Problem for a gate the rules of the class do not have."""
    from storage.results.results import rule_set_of

    rules = rule_set_of(session, row)
    missing = [gate for gate in told if gate not in rules.rules.get("gates", ())]
    if missing:
        raise Problem(
            _(
                "{gates}: the rules of class {code} (version {version}) have no such gate; --add-to-rules makes a "
                "version that has",
                gates=", ".join(missing), code=row.code, version=rules.version,
            )
        )  # fmt: skip


def _told(row: "CourseClass", days: "dict[str, date]") -> list[str]:
    if not days:
        return [_("Class {name} ({code}) has no gates.", name=row.name, code=row.code)]
    language = Language()
    return [
        _("Class {name} ({code}): {gate} on {day}.", name=row.name, code=row.code, gate=_(NAMES[gate]),
          day=language.year_day(day))
        for gate, day in days.items()
    ]  # fmt: skip
