"""Commands of the office: grant gives a role, invite prints codes."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.console import Office, Problem, centre_of, office, plain, say
from locales import Language

if TYPE_CHECKING:
    from sqlmodel import Session

    from storage.joining.invites import Invitee
    from storage.people.people import Centre, Person, Role

_ = Language().text
Unit = Annotated[
    str | None, typer.Option(help=_("The unit's name, for heads of units and liaison officers."))
]
Code = Annotated[str | None, typer.Option("--class", help=_("The class's code."))]


def add_to(app: typer.Typer) -> None:
    app.command(help=_("Give somebody a role: caunoi grant 0951234567 registrar"))(grant)
    app.command(help=_("Issue fresh codes; earlier ones stay valid until used or expired."))(invite)


# --- grant


def grant(
    person: Annotated[str, typer.Argument(help=_("A phone, a full name, or #id."), show_default=False)],
    role: Annotated[str, typer.Argument(help=_("Such as registrar, or its Vietnamese."), show_default=False)],
    unit: Unit = None,
    class_code: Code = None,
    until: Annotated[str | None, typer.Option(help=_("The last day, such as 31/12/2026."))] = None,
    deputy: Annotated[
        bool, typer.Option("--deputy", help=_("As the deputy of whoever has the role."))
    ] = False,
) -> None:
    from storage.joining import grants

    meant = _role(role)
    with office() as here, here.database.transaction() as session:
        centre = centre_of(session)
        today = here.today(centre.zone)
        one = _person(session, person)
        where = {"unit_id": _unit(session, centre, meant, unit), "class_id": _class(session, class_code)}
        last = _until(until, today)
        try:
            given = grants.give(session, one, meant, here.now, today, **where, until=last, is_deputy=deputy)
        except LookupError:
            raise Problem(_("--deputy: nobody is {role} there yet", role=role_name(meant))) from None
    told = {"name": one.name, "role": role_name(meant)}
    say(_("{name} is {role} now.", **told) if given else _("{name} was {role} already.", **told))


def role_name(role: str) -> str:
    from handlers.menu.menu import ROLE_NAMES
    from storage.people.people import Role

    return _(ROLE_NAMES[Role(role)])


def _role(words: str) -> "Role":
    from storage.base.text import fold
    from storage.people.people import GRANTED

    for role in GRANTED:
        if fold(words) in {fold(role), fold(role.replace("_", " ")), fold(role_name(role))}:
            return role
    known = ", ".join(f"{role} ({role_name(role)})" for role in GRANTED)
    raise Problem(_("ROLE: {words} is none; give one of {known}", words=words, known=known))


def _person(session: "Session", words: str) -> "Person":
    from storage.joining import grants

    found = grants.people_meant(session, words)
    if len(found) == 1:
        return found[0]
    if not found:
        near = grants.name_near(session, words)
        hint = _("did you mean {name}?", name=near) if near else _("give a phone, a full name or #id")
        raise Problem(_("PERSON: nobody is known as {words}; {hint}", words=words, hint=plain(hint)))
    lines = [_("PERSON: {words} are several people; say which one with its number:", words=words)]
    for one in found:
        born = Language().year_day(one.birth_date) if one.birth_date else "–"
        unit = grants.unit_name(session, one) or one.position or "–"
        lines.append(
            _('  "#{id}"  {name}, born {born}, {unit}', id=one.id, name=one.name, born=born, unit=unit)
        )
    raise Problem("\n".join(plain(line) for line in lines))


def _unit(session: "Session", centre: "Centre", role: "Role", name: str | None) -> int | None:
    from storage.imports.plan import Units
    from storage.people.people import Role

    needs_unit = role in {Role.UNIT_HEAD, Role.LIAISON_OFFICER}
    if name is None:
        if needs_unit:
            raise Problem(_('--unit: name the unit this is for, such as --unit "Trường THCS Lê Lợi"'))
        return None
    if not needs_unit:
        raise Problem(
            _("--unit: {role} is a role in the whole centre; leave the unit out", role=role_name(role))
        )
    units = Units(session, centre.id)
    found = units.find(name)
    if found is None:
        near = units.near(name)
        hint = _("did you mean {name}?", name=near) if near else _("caunoi import units brings units in")
        raise Problem(_("--unit: no unit is called {name}; {hint}", name=name, hint=plain(hint)))
    return found.id


def _class(session: "Session", code: str | None) -> int | None:
    from storage.joining import grants

    if code is None:
        return None
    found = grants.class_coded(session, code)
    if found is None:
        known = ", ".join(grants.class_codes(session)[:20]) or "–"
        raise Problem(_("--class: no class has the code {code}; there are: {known}", code=code, known=known))
    return found.id


def _until(text: str | None, today: date) -> date | None:
    from storage.base.text import parse_date

    if text is None:
        return None
    found = parse_date(text, today=today)
    if found is None or found < today:
        raise Problem(_("--until: {text} is no day to come; write it as 31/12/2026", text=text))
    return found


# --- invite


def invite(
    class_code: Code = None,
    phone: Annotated[str | None, typer.Option(help=_("Only whose phone this is."))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=_("For programs: a JSON array."))] = False,
    slips: Annotated[
        Path | None, typer.Option(help=_("Write slips to print and cut, an .html file."))
    ] = None,
) -> None:
    from storage.joining import invites

    if slips is not None and slips.suffix.lower() not in {".html", ".htm"}:
        raise Problem(_("--slips: {file} should end in .html; a browser prints it", file=slips))
    with office() as here, here.database.transaction() as session:
        centre = centre_of(session)
        wanted = invites.invitees(
            session, here.today(centre.zone), class_id=_class(session, class_code), phone=_phone(phone)
        )
        if not wanted:
            raise Problem(_nobody(phone, class_code))
        codes = invites.issue(session, here.database.keyring, wanted, here.now)
        if slips is not None:  # before the codes count, so that none is lost when it cannot be written
            _write_slips(here, session, centre, wanted, codes, slips)
    _print(here, wanted, codes, as_json=as_json, slips=slips)


def _phone(text: str | None) -> str | None:
    from storage.base.text import phone

    number = phone(text) if text is not None else None
    if text is not None and number is None:
        raise Problem(
            _("--phone: {text} is no Vietnamese number; write ten digits, such as 0951234567", text=text)
        )
    return number


def _nobody(phone: str | None, class_code: str | None) -> str:
    if phone is not None:
        return _("--phone: nobody here has the number {phone}", phone=phone)
    if class_code is not None:
        return _(
            "--class: nobody is enrolled in {code} yet; caunoi import roster brings learners in",
            code=class_code,
        )
    return _("There is nobody to invite yet; caunoi import brings units and learners in")


def _write_slips(
    here: Office,
    session: "Session",
    centre: "Centre",
    wanted: "Sequence[Invitee]",
    codes: Sequence[str],
    file: Path,
) -> None:
    from bot.cli.slips import Slip, page, write
    from storage.joining.invites import SLIPS_LIVE, telegram_username

    username = telegram_username(session)
    until = (here.now + SLIPS_LIVE).date()
    made = [
        Slip(
            one.person.name, one.unit, one.class_code, code, here.links.start(code), username, one.roles,
            here.links.base,
        )
        for one, code in zip(wanted, codes, strict=True)
    ]  # fmt: skip
    write(file, page(centre, made, until))


def _print(
    here: Office, wanted: "Sequence[Invitee]", codes: Sequence[str], *, as_json: bool, slips: Path | None
) -> None:
    rows = [_row(one, code, here.links.start(code)) for one, code in zip(wanted, codes, strict=True)]
    if as_json:
        say(json.dumps(rows, ensure_ascii=False, indent=1))
    elif slips is None:
        for row in rows:
            say("  ".join(filter(None, (row["code"], row["person"], row["unit"], row["class"], row["link"]))))
    if slips is not None:
        say(
            _("{n} slips are in {file}; open it in a browser and print it.", n=len(rows), file=slips),
            err=as_json,
        )
    warn_of_links(here)


def warn_of_links(here: Office) -> None:
    """Say where the links just printed open, when that is not everywhere."""
    if not here.settings.public_url:
        say(
            _("The web links open on this computer only; CAUNOI_PUBLIC_URL makes them work on phones."),
            err=True,
        )


def _row(one: "Invitee", code: str, link: str) -> dict[str, Any]:
    return {
        "person": one.person.name,
        "phone": one.person.phone,
        "roles": [str(role) for role in one.roles],
        "unit": one.unit,
        "class": one.class_code,
        "code": code,
        "link": link,
    }
