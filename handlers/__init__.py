"""Conversations: what is said to whom, one file a conversation. `table()` shows them all, in order."""

from functools import cache

from handlers import conduct, enrol, imports, menu, mydata, notices, results, schedule, settings
from handlers.conversation import Table


@cache
def table() -> Table:
    """Every conversation there is."""
    return Table(
        (
            enrol.conversation,
            menu.conversation,
            schedule.conversation,
            results.conversation,
            conduct.conversation,
            notices.conversation,
            mydata.conversation,
            settings.conversation,
            imports.conversation,
        )
    )
