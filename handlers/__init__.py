"""Conversations: what is said to whom, one file a conversation. `table()` shows them all, in order."""

from functools import cache

from handlers import (
    accounts_alarm,
    binding,
    catch_up,
    changes,
    conduct,
    conduct_board,
    conduct_line,
    conduct_moving,
    conduct_people,
    conduct_prompts,
    conduct_receipt,
    conduct_received,
    conduct_reopen,
    courtesy,
    enrol,
    import_start,
    imports,
    limits,
    marks,
    menu,
    mydata,
    notice_board,
    notice_papers,
    notice_progress,
    notice_receipt,
    notice_sending,
    notices,
    reminders,
    results,
    rights,
    schedule,
    schedule_files,
    settings,
    trips,
    unclear,
    unit_settings,
)
from handlers.table import Table


@cache
def table() -> Table:
    """Every conversation there is."""
    return Table(
        (
            enrol.conversation,
            binding.conversation,
            catch_up.conversation,
            menu.conversation,
            unclear.conversation,
            courtesy.conversation,
            schedule.conversation,
            schedule_files.conversation,
            reminders.conversation,
            changes.conversation,
            results.conversation,
            conduct.conversation,
            trips.conversation,  # its sentence before those of reports: "đi công tác" is nothing to report
            conduct_line.conversation,
            conduct_board.conversation,
            conduct_prompts.conversation,
            conduct_moving.conversation,
            conduct_people.conversation,
            conduct_reopen.conversation,
            conduct_receipt.conversation,
            conduct_received.conversation,
            notices.conversation,
            notice_receipt.conversation,
            notice_sending.conversation,
            notice_board.conversation,
            notice_papers.conversation,
            notice_progress.conversation,
            mydata.conversation,
            rights.conversation,
            settings.conversation,
            unit_settings.conversation,
            import_start.conversation,
            imports.conversation,
            limits.conversation,
            marks.conversation,
            accounts_alarm.conversation,
        )
    )
