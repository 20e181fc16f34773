"""Commands that set up a real centre: centre makes it with its office, class makes a class and plans its reports."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from bot.cli.commands.office import role_name, warn_of_links
from bot.console import Office, Problem, centre_of, office, plain, say
from locales import Language, later

if TYPE_CHECKING:
    from sqlmodel import Session

    from storage.admin.setup import Outcome
    from storage.courses.courses import ClassType
    from storage.people.people import Centre, Person

_ = Language().text
# Class types a centre begins with (000-03) and the rhythm of their conduct reports.
CLASS_TYPES: Final = (
    ("Bồi dưỡng nhận thức về Đảng", "once"),
    ("Bồi dưỡng đảng viên mới", "once"),
    ("Bồi dưỡng nghiệp vụ công tác đảng", "once"),
    ("Sơ cấp lý luận chính trị", "month"),
)
FIELDS: Final = {
    "name": later("class name"), "place": later("place"), "phone": later("phone"), "cohort": later("cohort"),
    "from_date": later("first day"), "to_date": later("last day"), "bring": later("what to bring"),
    "lists_due": later("deadline of lists"), "type": later("class type"),
    "personal_abroad": later("marks and conduct on servers abroad"), "basis": later("legal basis"),
    "push_first_line": later("how a message begins, in notifications"),
    "state_form": later("letters in the form of State papers"),
}  # fmt: skip
LONGEST_CODE: Final = 20


def add_to(app: typer.Typer) -> None:
    app.command(
        help=_("Make your centre with its registrar and director; said again, it changes what differs.")
    )(centre)
    app.command("class", help=_("Make a class, or change what differs, and plan its conduct reports."))(
        course_class
    )


# --- centre


def centre(
    name: Annotated[str, typer.Argument(help=_("The centre's full name."), show_default=False)],
    place: Annotated[str | None, typer.Option(help=_("Where its documents are signed."))] = None,
    phone: Annotated[str | None, typer.Option(help=_("The phone people may call."))] = None,
    registrar: Annotated[str | None, typer.Option(help=_("The registrar's full name."))] = None,
    registrar_phone: Annotated[str | None, typer.Option(help=_("The registrar's phone."))] = None,
    director: Annotated[str | None, typer.Option(help=_("The director's full name."))] = None,
    director_phone: Annotated[str | None, typer.Option(help=_("The director's phone."))] = None,
    basis: Annotated[
        str | None,
        typer.Option(help=_("The document by which marks and conduct are processed without consent.")),
    ] = None,
    abroad: Annotated[
        bool | None,
        typer.Option(
            "--personal-abroad/--no-personal-abroad",
            help=_("Whether the director allows marks and conduct on servers abroad, such as Telegram's."),
        ),
    ] = None,
    first_line: Annotated[
        bool | None,
        typer.Option(
            "--push-first-line/--no-push-first-line",
            help=_(
                "Whether the web chat's notifications may show how a message begins; never marks or conduct."
            ),
        ),
    ] = None,
    state_form: Annotated[
        bool | None,
        typer.Option(
            "--state-form/--party-form",
            help=_(
                "Whether letters have the form of State papers, as political schools use, or of Party papers."
            ),
        ),
    ] = None,
) -> None:
    from storage.base.text import nfc

    told: dict[str, Any] = {"place": nfc(place) if place else None, "phone": _number("--phone", phone)}
    with office(create=True) as here, here.database.transaction() as session:
        known = _known(session, name)
        if known is None:
            _check_whole(name, place=place, phone=phone, registrar=registrar, registrar_phone=registrar_phone)
        decided = {"personal_abroad": abroad, "push_first_line": first_line, "state_form": state_form}
        differs = _differing_options(known, decided)
        told["options"] = {**(known.options if known else {}), **differs} if differs else None
        row, changed = _put(here, session, known, name, told, nfc(basis or ""))
        offices = [("registrar", registrar, registrar_phone), ("director", director, director_phone)]
        lines = [line for one in offices if (line := _appoint(here, session, row, *one))]
    changed = [*(field for field in changed if field != "options"), *differs]
    say(*_told(row.name, known is None, changed), *lines)
    if lines:
        warn_of_links(here)
    say(_("Next: caunoi import units FILE, caunoi class CODE NAME, caunoi import roster FILE, caunoi run"))


def _differing_options(known: "Centre | None", decided: dict[str, bool | None]) -> dict[str, bool]:
    """What was decided now and stands otherwise so far."""
    standing = known.options if known else {}
    return {
        option: value
        for option, value in decided.items()
        if value is not None and standing.get(option) is not value
    }


def _known(session: "Session", name: str) -> "Centre | None":
    """The centre when it is there already. Raises Problem for a database that belongs to another one."""
    from storage.admin.setup import the_centre
    from storage.base.text import fold

    if not fold(name):
        raise Problem(_('NAME: give the centre\'s full name, such as "Trung tâm Chính trị phường An Hòa"'))
    found = the_centre(session)
    if found is None or (fold(found.name) == fold(name) and not found.options.get("sample")):
        return found
    if found.options.get("sample"):
        raise Problem(
            _(
                "CAUNOI_DATABASE_URL: this database holds the sample {centre}, whose people are invented; name "
                "another one for yours, such as CAUNOI_DATABASE_URL=sqlite:///trungtam.db",
                centre=found.name,
            )
        )
    raise Problem(
        _(
            "NAME: this database belongs to {centre}; write its name just so, or name another database in "
            "CAUNOI_DATABASE_URL",
            centre=found.name,
        )
    )


def _check_whole(name: str, **options: str | None) -> None:
    missing = [
        "--" + option.replace("_", "-") for option, value in options.items() if not (value or "").strip()
    ]
    if missing:
        raise Problem(
            _(
                "{options}: still to be said, so that {name} can be made",
                options=", ".join(missing), name=name,
            )
        )  # fmt: skip


def _number(option: str, text: str | None) -> str | None:
    from storage.base.text import phone

    number = phone(text) if text is not None else None
    if text is not None and number is None:
        raise Problem(
            _(
                "{option}: {text} is no Vietnamese number; write ten digits, such as 0951234567",
                option=option, text=text,
            )
        )  # fmt: skip
    return number


def _put(
    here: Office, session: "Session", known: "Centre | None", name: str, told: dict[str, Any], basis: str
) -> tuple["Centre", list[str]]:
    from storage.admin import setup
    from storage.base.text import nfc
    from storage.people import audit
    from storage.people.people import Centre

    row = known or Centre(name=nfc(name))
    changed = setup.differing(row, told)
    session.add(row)
    session.flush()
    if known is None:
        setup.add_types(session, row.id, CLASS_TYPES, here.today(row.zone))
    if basis and setup.record_basis(session, row.id, "sensitive", basis, here.now):
        changed.append("basis")
    if changed:
        audit.note(session, here.now, "centre_set_up", subject=f"centre:{row.id}")
    return row, changed


def _told(name: str, is_new: bool, changed: list[str]) -> list[str]:
    if not is_new:
        return [_told_again(name, changed)]
    types = "; ".join(kind for kind, _rhythm in CLASS_TYPES)
    return [
        _("{name} is there now.", name=name),
        _("Class types: {types}.", types=types),
        _(
            "Their rules (at most 20 % missed; bands 9, 8, 7, 5; marks 60 %, diligence 20 %, conduct 20 %) are "
            "version 1, assumed: check them against your own regulations."
        ),
    ]


def _told_again(name: str, changed: list[str]) -> str:
    if not changed:
        return _("{name} was there already; nothing of it differs.", name=name)
    return _("{name} was there already; changed: {fields}.", name=name, fields=_names(changed))


def _names(changed: list[str]) -> str:
    return ", ".join(plain(_(FIELDS[field])) for field in changed)


def _appoint(
    here: Office, session: "Session", row: "Centre", role: str, name: str | None, number: str | None
) -> str:
    """Give the role; the line with a fresh code for who is not linked yet, "" where nothing was told."""
    from storage.admin import setup
    from storage.base.text import fold

    if name is None and number is None:
        return ""
    if not fold(name or ""):
        raise Problem(_("--{role}: give the full name with the phone", role=role))
    digits = _number(f"--{role}-phone", number)
    day = here.today(row.zone)
    person, changed = setup.appoint(session, row, role, str(name), digits, here.now, day)
    if not person.phone:
        raise Problem(_("--{role}-phone: give the phone of {name}", role=role, name=person.name))
    told = {"role": role_name(role), "name": person.name}
    if setup.is_linked(session, person.id):
        return _("{role}: {name}, linked already.", **told) if not changed else _("{role}: {name}.", **told)
    code, link = _code(here, session, person, role)
    return _("{role}: {name}, code {code}  {link}", code=code, link=link, **told).rstrip()


def _code(here: Office, session: "Session", person: "Person", role: str) -> tuple[str, str]:
    from storage.joining import invites

    [code] = invites.issue(session, here.database.keyring, [invites.Invitee(person, (role,), "")], here.now)
    return code, here.links.start(code)


# --- class


def course_class(
    code: Annotated[str, typer.Argument(help=_("Short, such as NTD-01."), show_default=False)],
    name: Annotated[str | None, typer.Argument(help=_("The class's name."), show_default=False)] = None,
    type_: Annotated[str | None, typer.Option("--type", help=_("The class type, or words of it."))] = None,
    first: Annotated[str | None, typer.Option("--from", help=_("The first day, such as 07/12/2026."))] = None,
    last: Annotated[str | None, typer.Option("--to", help=_("The last day."))] = None,
    place: Annotated[str | None, typer.Option(help=_("Where it is held."))] = None,
    cohort: Annotated[str | None, typer.Option(help=_("The cohort, such as 2026."))] = None,
    bring: Annotated[str | None, typer.Option(help=_("What learners bring."))] = None,
    lists_due: Annotated[str | None, typer.Option(help=_("The day by which units send lists."))] = None,
    new_type: Annotated[
        bool, typer.Option("--new-type", help=_("Make the class type, with default rules."))
    ] = False,
) -> None:
    from storage.base.text import nfc

    clean = nfc(code)
    with office() as here, here.database.transaction() as session:
        row = centre_of(session)
        today = here.today(row.zone)
        words = {"name": name, "place": place, "cohort": cohort, "bring": bring}
        told: dict[str, Any] = {field: nfc(text) or None for field, text in words.items() if text is not None}
        days = {
            "from_date": ("--from", first),
            "to_date": ("--to", last),
            "lists_due": ("--lists-due", lists_due),
        }
        told |= {field: _day(option, text, today) for field, (option, text) in days.items()}
        kind = _kind(session, row, type_, today, new_type=new_type)
        _check_class(session, clean, told, kind)
        outcome, lines = _put_class(here, session, row, clean, told, kind)
        say(_told_class(outcome, clean), *lines)
    say(
        _(
            "Next: caunoi import roster FILE --class {code}, caunoi import timetable FILE --class {code}",
            code=clean,
        )
    )


def _day(option: str, text: str | None, today: date) -> date | None:
    from storage.base.text import parse_date

    found = parse_date(text, today=today) if text is not None else None
    if text is not None and found is None:
        raise Problem(_("{option}: {text} is no day; write it as 07/12/2026", option=option, text=text))
    return found


def _kind(
    session: "Session", row: "Centre", words: str | None, today: date, *, new_type: bool
) -> "ClassType | None":
    from storage.admin import setup
    from storage.base.text import fold

    if words is None:
        return None
    if new_type and fold(words):
        setup.add_types(session, row.id, [(words, "")], today)
    known = setup.class_types(session, row.id)
    found = setup.type_meant(known, words)
    if found is None:
        raise Problem(
            _(
                "--type: {words} is none; there are: {known}. --new-type makes it a new one.",
                words=words, known="; ".join(one.name for one in known) or "–",
            )
        )  # fmt: skip
    return found


def _check_class(session: "Session", code: str, told: dict[str, Any], kind: "ClassType | None") -> None:
    """Raises Problem for what no class can be."""
    from storage.base.text import fold
    from storage.joining.grants import class_coded

    if not fold(code) or len(code) > LONGEST_CODE:
        raise Problem(_("CODE: give a short one of at most {n} characters, such as NTD-01", n=LONGEST_CODE))
    known = class_coded(session, code)
    if known is None:
        needed = {
            "NAME": told.get("name"),
            "--type": kind,
            "--from": told["from_date"],
            "--to": told["to_date"],
        }
        if missing := [option for option, value in needed.items() if value is None]:
            raise Problem(
                _(
                    "{options}: still to be said, so that the class {code} can be made",
                    options=", ".join(missing), code=code,
                )
            )  # fmt: skip
    first = told["from_date"] or (known.from_date if known else None)
    last = told["to_date"] or (known.to_date if known else None)
    if first is not None and last is not None and last < first:
        raise Problem(_("--to: the last day lies before the first; please check both"))


def _put_class(
    here: Office, session: "Session", row: "Centre", code: str, told: dict[str, Any], kind: "ClassType | None"
) -> tuple["Outcome", list[str]]:
    """Write the class and plan its reports. The outcome, and a line for each report still to come."""
    from handlers.engine.desk import calendar_of
    from handlers.reports.rhythm import words as rhythm_words
    from storage.admin import setup
    from storage.people import audit
    from storage.reports import periods
    from storage.reports.rhythm import RhythmError

    outcome = setup.put_class(session, row, code, told, kind, here.now)
    calendar = calendar_of(row)
    language, wrong = Language("vi", calendar.zone), []
    try:
        periods.plan_reports(session, calendar, outcome.row.id, here.now)
    except RhythmError as error:  # the class is kept; its reports are planned once this is mended
        wrong = [rhythm_words.problem(language, error, outcome.row)]
    if outcome.is_new or outcome.changed:
        audit.note(session, here.now, "class_set_up", subject=f"course_class:{outcome.row.id}")
    lines: list[str] = [
        _(
            "Conduct report {first} – {last}: asked for at {opens}, due {due}.",
            **language.span(period.from_date, period.to_date),
            opens=language.moment(period.opens_at), due=language.moment(period.due_at),
        )
        for period in periods.periods_of(session, outcome.row.id)
        if period.due_at > here.now
    ]  # fmt: skip
    return outcome, [*wrong, *lines]


def _told_class(outcome: "Outcome", code: str) -> str:
    told = {"name": outcome.row.name, "code": code}
    if outcome.is_new:
        return _("Class {name} ({code}) is there now.", **told)
    if not outcome.changed:
        return _("Class {name} ({code}) was there already; nothing of it differs.", **told)
    fields = _names(list(outcome.changed))
    return _("Class {name} ({code}) was there already; changed: {fields}.", fields=fields, **told)
