"""Conversations: what is said to whom, one file a conversation. `table()` shows them all, in order."""

from functools import cache

from handlers.accounts import alarm, limits
from handlers.engine.router import Table
from handlers.feedback import feedback, sending, ticket_work, tickets
from handlers.gates import confirmations, gates, learner, papers
from handlers.gates import prompting as confirmation_prompts
from handlers.imports import imports, start
from handlers.joining import binding, catching_up, ways_in
from handlers.menu import courtesy, menu, unclear
from handlers.notices import board as notice_board
from handlers.notices import papers as notice_papers
from handlers.notices import progress, receipt, writing
from handlers.notices import sending as notice_sending
from handlers.own_data import mydata, rights, settings
from handlers.reports import (
    decisions,
    escalating,
    handing_over,
    letter,
    line,
    moving,
    opening,
    prompting,
    receipts,
    receiving,
    reopening,
    rhythm,
    trips,
    unit_settings,
)
from handlers.reports.board import board
from handlers.results import marks, results
from handlers.timetable import changes, files, reminders, timetable


@cache
def table() -> Table:
    """Every conversation there is."""
    return Table(
        (
            ways_in.conversation,
            binding.conversation,
            catching_up.conversation,
            menu.conversation,
            unclear.conversation,
            courtesy.conversation,
            timetable.conversation,
            files.conversation,
            reminders.conversation,
            changes.conversation,
            results.conversation,
            opening.conversation,
            trips.conversation,  # its sentence before those of reports: "đi công tác" is nothing to report
            receipts.conversation,  # likewise: to a report's the digits of a code would be counts
            line.conversation,
            board.conversation,
            prompting.conversation,
            moving.conversation,
            handing_over.conversation,
            reopening.conversation,
            receiving.conversation,
            escalating.conversation,
            decisions.conversation,
            letter.conversation,
            rhythm.conversation,
            feedback.conversation,
            sending.conversation,
            confirmations.conversation,
            learner.conversation,
            confirmation_prompts.conversation,
            gates.conversation,
            papers.conversation,
            tickets.conversation,
            ticket_work.conversation,
            writing.conversation,
            receipt.conversation,
            notice_sending.conversation,
            notice_board.conversation,
            notice_papers.conversation,
            progress.conversation,
            mydata.conversation,
            rights.conversation,
            settings.conversation,
            unit_settings.conversation,
            start.conversation,
            imports.conversation,
            limits.conversation,
            marks.conversation,
            alarm.conversation,
        )
    )
