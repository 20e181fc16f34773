"""Conversations: what is said to whom, a package a subject. `table()` shows them all, in order."""

from functools import cache
from importlib import import_module

from handlers.engine.actions import DECLARED
from handlers.engine.router import Table

# A new conversation is a line here. Where two take the same sentence, the upper one has it.
CONVERSATIONS = (
    "requests.asking",
    "requests.following",
    "requests.deciding",
    "requests.snoozing",
    "joining.ways_in",
    "joining.binding",
    "joining.catching_up",
    "menu.menu",
    "menu.unclear",
    "menu.courtesy",
    "timetable.timetable",
    "timetable.files",
    "timetable.reminders",
    "timetable.changes",
    "results.results",
    "reports.opening",
    "reports.trips",  # its sentence before those of reports: "đi công tác" is nothing to report
    "reports.receipts",  # likewise: to a report's the digits of a code would be counts
    "reports.line",
    "reports.board.board",
    "reports.prompting",
    "reports.handing_over",
    "reports.reopening",
    "reports.receiving",
    "reports.escalating",
    "reports.decisions",
    "reports.letter",
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
    "notices.writing",
    "notices.receipt",
    "notices.sending",
    "notices.board",
    "notices.papers",
    "notices.progress",
    "own_data.mydata",
    "own_data.rights",
    "own_data.settings",
    "reports.unit_settings",
    "imports.start",
    "imports.imports",
    "accounts.limits",
    "results.marks",
    "accounts.alarm",
)


@cache
def table() -> Table:
    """Every conversation there is, and all that their rooms declare implemented in one of them."""
    known = Table([import_module(f"handlers.{name}").conversation for name in CONVERSATIONS])
    return known.prove_timers().prove(one for one in DECLARED if one.file.startswith("handlers/"))
