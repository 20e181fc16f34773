"""What a bot's plan still allows: messages a month and people a bot, as the centre's settings say.

The platform tells nobody how much is left. So broadcasts wait here as soon as our own count says that nothing is,
while replies are always tried; where the platform refuses first, its word counts.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlmodel import Session

from bot.channels.base import Held, Later, Outgoing
from bot.channels.zalo_bot.settings import ZaloBotSettings
from storage.messaging import usage
from storage.messaging.outbox import BROADCAST

LOOK_AGAIN = 15 * 60.0  # seconds: a limit may be raised, or the month may turn
REPLY_AGAIN = 60.0  # seconds


class Quota:
    """One account's. `look_again` is how soon what is held is looked at again at the latest, in seconds."""

    def __init__(self, account_id: int, settings: ZaloBotSettings, now: Callable[[], datetime]) -> None:
        self.account_id, self.now = account_id, now
        self.monthly, self.users = settings.zalo_bot_monthly_quota, settings.zalo_bot_user_limit
        self.look_again = LOOK_AGAIN

    def spent(self, session: Session, message: Outgoing, parts: int) -> Held | None:
        """Why a message of so many parts has to wait; None where there is room. 0 in the settings is no limit."""
        if self.users and usage.place_among_users(session, self.account_id, message.chat) > self.users:
            return Held("users", self.look_again)
        now = self.now()
        sent = usage.sent_this_month(session, self.account_id, usage.month_of(now))
        if self.monthly and sent + parts > self.monthly:
            return Held("quota", min(self.look_again, seconds_to_next_month(now)))
        return None

    def refused(self, message: Outgoing, spent: Held | None, reason: str) -> Held | Later:
        """What the platform's own "quota exceeded" means, `spent` being what our count says to it.

        Where the count had room, the plan holds less than the settings say, or somebody else uses the bot:
        broadcasts wait, and a reply holds up all of them until it has got through.
        """
        if message.lane == BROADCAST:
            return spent or Held("quota", min(self.look_again, seconds_to_next_month(self.now())))
        if spent is not None:
            return Held(spent.reason, min(spent.seconds, REPLY_AGAIN))
        return Later(REPLY_AGAIN, reason, whole_account=True)


def seconds_to_next_month(now: datetime) -> float:
    """Until the count begins anew."""
    here = now.astimezone(usage.ZONE)
    first = here.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return ((first + timedelta(days=32)).replace(day=1) - here).total_seconds()
