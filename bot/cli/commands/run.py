"""Commands for whoever keeps the program running: run, demo, migrate, doctor, status, inbox."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.console import Problem, centre_of, office, plain, say
from locales import Language

if TYPE_CHECKING:
    from storage.admin.overview import Overview

_ = Language().text
inbox_commands = typer.Typer(
    help=_("Updates that failed and were set aside."), no_args_is_help=True, rich_markup_mode=None
)


def add_to(app: typer.Typer) -> None:
    app.command(help=_("Serve: the messengers, the web chat, the timers. Until Ctrl+C."))(run)
    app.command(help=_("Show the sample centre with three phones on a page, without any account."))(demo)
    app.command(help=_("Bring the database to the present version; run does it by itself."))(migrate)
    app.command(help=_("Check settings, database, key, clock, disk, Telegram, address and port."))(doctor)
    app.command(help=_("Tell what waits, who is linked, which reports are open."))(status)
    app.add_typer(inbox_commands, name="inbox")


def run() -> None:
    from bot.cli.running import run

    run()


def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help=_("The page's port on this computer."))] = 8080,
    host: Annotated[
        str, typer.Option(help=_("Where the page is served; this computer only by default."))
    ] = "127.0.0.1",
    first_day: Annotated[
        bool,
        typer.Option(
            "--first-day", help=_("Nobody is linked yet, and nothing lies behind the sample centre.")
        ),
    ] = False,
) -> None:
    from bot.demo.running import run_demo

    run_demo(port, host, first_day=first_day)


def migrate() -> None:
    with office(create=True):
        say(_("The database is at the present version."))


def doctor() -> None:
    from bot.cli.doctor import examine

    fine = True
    for check in examine():
        fine &= check.fine
        mark = _("OK     ") if check.fine else _("PROBLEM")
        say(f"{mark}  {plain(check.told)}")
        if check.mend:
            say(f"         → {plain(check.mend)}")
    raise typer.Exit(0 if fine else 1)


# --- status


def status(
    as_json: Annotated[bool, typer.Option("--json", help=_("For programs: one JSON object."))] = False,
) -> None:
    from storage.admin.overview import overview

    with office() as here, here.database.reading() as session:
        now = here.now
        found = overview(session, now, here.clock.real(), here.today(centre_of(session).zone))
        if as_json:
            say(json.dumps(_status_data(found, now, here.clock.offset.total_seconds()), ensure_ascii=False))
        else:
            say(*_status_lines(found, now))


def _status_data(found: "Overview", now: datetime, offset: float) -> dict[str, Any]:
    queues = found.queues
    return {
        "business_time": now.isoformat(),
        "clock_offset_seconds": offset,
        "accounts": [
            {
                "kind": one.kind,
                "name": one.name,
                "username": one.username,
                "heartbeat_at": _iso(one.heartbeat_at),
                "paused_until": _iso(one.paused_until),
                "pause_reason": one.pause_reason,
            }
            for one in found.accounts
        ],
        "inbox": {
            "waiting": queues.updates_waiting,
            "oldest_seconds": queues.updates_waiting_seconds,
            "set_aside": queues.updates_set_aside,
        },
        "outbox": {
            "due": queues.messages_due,
            "oldest_seconds": queues.messages_due_seconds,
            "failed": found.messages_failed,
        },
        "timers": {
            "waiting": found.timers_waiting,
            "late": found.timers_late,
            "set_aside": found.timers_set_aside,
        },
        "people": {role: {"bound": one.bound, "all": one.all} for role, one in found.people.items()},
        "reports": {"open": found.reports_open, "sent": found.reports_sent},
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _status_lines(found: "Overview", now: datetime) -> Iterator[str]:
    from handlers.menu.menu import ROLE_NAMES
    from storage.people.people import Role

    language, queues = Language(), found.queues
    yield _("Business time: {moment}", moment=language.moment(now))
    for one in found.accounts:
        seen = language.moment(one.heartbeat_at) if one.heartbeat_at else _("never")
        name = f"{one.kind} @{one.username}" if one.username else one.kind
        yield _("Account {name}: last sign of life {seen}", name=name, seen=seen)
        if one.pause_reason:
            yield _("  paused: {reason}", reason=one.pause_reason)
    yield _(
        "Updates: {waiting} waiting, {aside} set aside",
        waiting=queues.updates_waiting,
        aside=queues.updates_set_aside,
    )
    yield _("Messages: {due} due, {failed} failed", due=queues.messages_due, failed=found.messages_failed)
    yield _(
        "Timers: {waiting} waiting, {late} late, {aside} set aside",
        waiting=found.timers_waiting,
        late=found.timers_late,
        aside=found.timers_set_aside,
    )
    yield _("Reports: {sent} of {n} open ones sent", sent=found.reports_sent, n=found.reports_open)
    for role, people in found.people.items():
        told = {"role": _(ROLE_NAMES[Role(role)]), "bound": people.bound, "all": people.all}
        yield _("Linked, {role}: {bound} of {all}", **told)


# --- inbox


@inbox_commands.command("list", help=_("All that were set aside, without anybody's data."))
def inbox_list() -> None:
    from storage.messaging import inbox

    with office() as here, here.database.reading() as session:
        rows = inbox.set_aside(session)
    if not rows:
        say(_("Nothing was set aside."))
    for row in rows:
        say(
            _(
                "#{id}  {moment}  account {account}  {attempts} attempts  {kind}",
                id=row.id,
                moment=Language().moment(row.stored_at),
                account=row.account_id,
                attempts=row.attempts,
                kind=_kind_of_fault(row.error),
            )
        )


def _kind_of_fault(error: str) -> str:
    """The last line's exception, without its message, which may hold somebody's data."""
    lines = error.strip().splitlines() or [""]
    return lines[-1].partition(":")[0].strip()


@inbox_commands.command("show", help=_("One of them, whole: with what the person wrote."))
def inbox_show(number: Annotated[int, typer.Argument(metavar="ID")]) -> None:
    from storage.messaging import inbox

    with office() as here, here.database.reading() as session:
        row = inbox.get(session, number) if abs(number) < 2**63 else None
    if row is None or row.state != "set_aside":
        raise Problem(_no_such_update(number))
    say(json.dumps(row.payload, ensure_ascii=False, indent=2), row.error)


@inbox_commands.command("retry", help=_("Run one of them again."))
def inbox_retry(number: Annotated[int, typer.Argument(metavar="ID")]) -> None:
    from storage.messaging import inbox

    with office() as here, here.database.transaction() as session:
        if abs(number) >= 2**63 or not inbox.retry(session, number):
            raise Problem(_no_such_update(number))
    say(_("Update #{number} will be run again.", number=number))


def _no_such_update(number: int) -> str:
    return _("ID: no update #{number} was set aside; caunoi inbox list tells which ones were", number=number)
