"""Conversations: what is said to whom, a package a subject. `table()` shows them all, in order."""

from functools import cache
from importlib import import_module

from handlers.engine.actions import DECLARED
from handlers.engine.router import Table

# A new conversation is a line here, and each further file that adds to one. Where two take the same sentence, the upper one has it.
CONVERSATIONS = (
    "requests.asking",
    "requests.following",
    "requests.deciding",
    "requests.board",
    "requests.snoozing",
    "joining.ways_in",
    "joining.binding",
    "joining.catching_up",
    "home.home",
    "home.waiting",
    "home.digest",
    "menu.menu",
    "menu.unclear",
    "menu.unknown",
    "home.courtesy",
    "timetable.timetable",
    "timetable.questions",
    "timetable.files",
    "timetable.reminders",
    "timetable.changes",
    "results.results",
    "reports.opening",
    "reports.learner",
    "reports.sending",
    "units.trips",  # its sentence before those of reports: "đi công tác" is nothing to report
    "reports.receipts",  # likewise: to a report's the digits of a code would be counts
    "reports.answering",
    "reports.board.board",
    "reports.board.scopes",
    "reports.board.calls",
    "reports.board.reading",
    "reports.board.reminding",
    "reports.board.extending",
    "reports.prompting",
    "reports.handing_over",
    "reports.reopening",
    "reports.receiving",
    "reports.decisions",
    "reports.rhythm.rhythm",
    "feedback.feedback",
    "feedback.sending",
    "gates.confirmations",
    "gates.learner",
    "gates.prompting",
    "gates.gates",
    "gates.papers",
    "feedback.tickets",
    "feedback.ticket_work",
    "feedback.writing",
    "feedback.in_charge",
    "notices.writing",
    "notices.receipt",
    "notices.sending",
    "notices.board",
    "notices.papers",
    "notices.progress",
    "own_data.mydata",
    "own_data.rights",
    "own_data.settings",
    "units.deputies",
    "units.settings",
    "imports.start",
    "imports.imports",
    "accounts.limits",
    "results.marks",
    "accounts.alarm",
)


@cache
def table() -> Table:
    """Every conversation there is; each timer and each action that a room declares is proved to have its function."""
    modules = [import_module(f"handlers.{name}") for name in CONVERSATIONS]
    known = Table(dict.fromkeys(module.conversation for module in modules))  # several files may share one
    return known.prove_timers().prove_declared(one for one in DECLARED if one.file.startswith("handlers/"))
