"""Five things to try, offered beside the phones: each is a press that does it, or brings one to where it is done."""

from dataclasses import dataclass
from typing import Final

from sqlmodel import Session

from bot.demo.demo import Demo
from bot.demo.phones import WEB
from bot.web.site import Site
from bot.web.webchat import Said, keep
from handlers.notices import actions as notices
from handlers.reports import actions as reports
from locales import later
from storage.messaging import transcript

LEARNER, HEAD, REGISTRAR = range(3)  # the phones they have at first
ENDLESS: Final = 2**31 - 1


@dataclass(frozen=True)
class Try:
    """What is offered. `phone` is brought up, as `messenger`; there `types` is written, unless the newest line of the
    chat has a button with the key `unless`. Without a phone the clock moves.
    """

    label: str
    phone: int | None = None
    messenger: str = WEB
    types: str = ""
    unless: str = ""


TRIES: Final = (
    Try(later("Report that all is well: two taps"), HEAD, types="/baocao", unless=reports.all_well.key),
    Try(later("Acknowledge the opening notice"), LEARNER, types="/thongbao", unless=notices.acknowledge.key),
    Try(later("See who has reported"), REGISTRAR, types="/baocao"),
    Try(later("Go to the next message of the centre")),
    Try(later("Switch the learner's phone to Zalo OA"), LEARNER, messenger="zalo_oa"),
)


async def bring(demo: Demo, site: Site, number: int) -> None:
    """Bring up the phone of a try, with the person who had it at first, and what is to be seen there."""
    one = TRIES[number]
    assert one.phone is not None, "the clock is the caller's"
    person = demo.first[one.phone]
    if (demo.phones[one.phone], demo.shown[one.phone]) != (person, one.messenger):
        await demo.give(one.phone, person, one.messenger, fresh=False)
    chat = demo.chats.get(person)
    if one.types and chat is not None:
        await site.threads.write(lambda session: _type(session, site, chat, one))
        site.channel.ring(chat)
        site.wake()


def _type(session: Session, site: Site, chat: str, one: Try) -> None:
    lines = transcript.before(session, site.channel.account_id, chat, ENDLESS, 1)
    offered = [button for line in lines for row in line.message.get("buttons", ()) for button in row]
    if one.unless and any(button.get("data", "").partition(":")[0] == one.unless for button in offered):
        return
    newest = lines[-1].number if lines else 0
    keep(session, site, chat, Said(f"try-{one.label[:8]}-{newest}", {"text": one.types}))
