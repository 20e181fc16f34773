"""What a messenger's limits mean for the centre: why messages wait, and the word to the registrar before they do."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from markupsafe import Markup
from sqlmodel import select

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import Message, lines
from handlers.engine.telling import tell_registrars
from locales import Language, later
from storage.courses.courses import CourseClass
from storage.messaging import dialogues, usage
from storage.messaging.accounts import ChannelAccount
from storage.messaging.outbox import HELD
from storage.people.people import UNIT, Centre, Person, contacts_of, holders
from storage.reports.reports import ConductReport, ReportPeriod

conversation = Conversation("limits")
Said = Callable[[Language], Markup]

SHARES: Final = (95, 80)  # percent of a limit at which the registrar is told
REASONS: Final = {
    f"{HELD}quota": later("waits: this month's messages are spent; goes out by itself next month"),
    f"{HELD}users": later("waits: the account has as many users as its plan allows"),
    f"{HELD}window": later("waits: goes out once the person writes to the account"),
    f"{HELD}token": later("waits: the account has to be authorised again"),
    "template": later("sent as an approved template"),
    "blocked": later("the recipient has blocked the centre's account"),
    "gone": later("the recipient's account is no longer in use"),
    "not_found": later("the recipient's account was not found"),
    "never_wrote": later("the recipient has never written to the centre's account"),
    "too_large": later("the message or its file is too large"),
    "given_up": later("the messaging app has not taken it after several tries"),
}
NO_NAME: Final = later("the messaging app refused it")  # its own words, in English, stand with the message


def reason_words(language: Language, reason: str) -> str:
    """Why a delivery is as it is, as its reader understands it; "" where there is no reason."""
    if not reason:
        return ""
    words = language.text(REASONS.get(reason, NO_NAME))
    return str(words.unescape())


# -- quotas: messages a month, and users


@conversation.hears("messages_sent")
def count_sent(desk: Desk, account: ChannelAccount, sent: int) -> None:
    """Count what an account has sent; tell the registrars when that takes it over a share of its month."""
    month, limit = usage.month_of(desk.now), account.can.monthly
    usage.count(desk.session, account.id, month, sent)
    total = usage.sent_this_month(desk.session, account.id, month)
    share = _passed(total - sent, total, limit)
    if share == 100:
        _alarm(
            desk,
            f"quota:{account.id}:{month}:{limit}:100",
            lambda language: _spent(language, account, limit),
        )
    elif share:
        _alarm(desk, f"quota:{account.id}:{month}:{limit}:{share}",
            lambda language: _nearly_spent(language, account, total, limit),
        )  # fmt: skip


@conversation.hears("chat_heard")
def count_user(desk: Desk, account: ChannelAccount, chat: str) -> None:
    """Somebody wrote to an account whose users are counted: the registrars are told when it fills up."""
    limit = account.can.users
    place = usage.place_among_users(desk.session, account.id, chat) if limit else 0
    share = 101 if limit and place > limit else _passed(place - 1, place, limit)
    if share > 100:
        _alarm(
            desk,
            f"users:{account.id}:{limit}:over",
            lambda language: _full(language, account, limit),
        )
    elif share:
        _alarm(desk, f"users:{account.id}:{limit}:{share}",
            lambda language: _filling(language, account, place, limit),
        )  # fmt: skip


def _passed(before: int, now: int, limit: int) -> int:
    """The highest share of the limit, in percent, that lies between the two counts; 0 for none."""
    return next((share for share in (100, *SHARES) if limit and before * 100 < limit * share <= now * 100), 0)


def _alarm(desk: Desk, key: str, build: Said) -> None:
    centre = desk.session.exec(select(Centre)).first()
    if centre is not None:
        tell_registrars(desk, centre, lambda language: Message(build(language)), key=key)


def _nearly_spent(language: Language, account: ChannelAccount, total: int, limit: int) -> Markup:
    _, number = language.text, language.number
    told = {"account": account_name(account), "total": number(total), "limit": number(limit)}
    return lines(
        _("{account} has sent {total} of the {limit} messages of this month.", **told),
        _("Once they are spent, notices and reminders wait for next month; answers go on while they can."),
        _("Next step: a larger plan, another channel, or fewer notices this month."),
    )


def _spent(language: Language, account: ChannelAccount, limit: int) -> Markup:
    _ = language.text
    told = {"account": account_name(account), "limit": language.number(limit)}
    return lines(
        _("{account} has sent all {limit} messages of this month.", **told),
        _("Notices and reminders wait and go out by themselves when the month turns or the plan grows."),
        _("What cannot wait: call, or send it over another channel. “Who has it” shows who is waiting."),
    )


def _filling(language: Language, account: ChannelAccount, place: int, limit: int) -> Markup:
    _, number = language.text, language.number
    told = {"account": account_name(account), "place": number(place), "limit": number(limit)}
    return lines(
        _("{account} has {place} of the {limit} users its plan allows.", **told),
        _("Next step: a larger plan, a second account, or the web chat for those who come after."),
    )


def _full(language: Language, account: ChannelAccount, limit: int) -> Markup:
    _ = language.text
    told = {"account": account_name(account), "limit": language.number(limit)}
    return lines(
        _("{account} has the {limit} users its plan allows, and somebody more has written.", **told),
        _("Whoever comes after may get no answer there. Please give them the link to the web chat."),
    )


def account_name(account: ChannelAccount) -> str:
    """What an account is called to the centre's people."""
    kind = account.kind.replace("_", " ").title()
    return (
        f"{kind} {account.username or account.name}" if account.name != "main" or account.username else kind
    )


# -- the window: what a batch of prompts would cost


@conversation.timer("window_forecast")
def forecast(desk: Desk, period: int) -> None:
    """Before a period's prompts fall due: how many heads have not written lately, so that their prompts would be
    paid for, or wait.
    """
    row = desk.session.get(ReportPeriod, period)
    course = desk.session.get(CourseClass, row.class_id) if row is not None else None
    if row is None or course is None:
        return
    heads = _heads(desk, row, course)
    outside = [(person, account) for person in heads if (account := _outside(desk, person, row)) is not None]
    if outside:
        paid = sum("report" in account.can.templates.split(",") for _person, account in outside)
        tell_registrars(
            desk, desk.centre(course.centre_id),
            lambda language: Message(_forecast_words(language, row, course, len(heads), len(outside), paid)),
            key=f"forecast:{period}",
        )  # fmt: skip


def _heads(desk: Desk, period: ReportPeriod, course: CourseClass) -> list[Person]:
    query = select(ConductReport.organisation_id).where(
        ConductReport.period_id == period.id, ConductReport.revision == 0
    )
    found: dict[int, Person] = {}
    for unit in desk.session.exec(query):
        day = desk.today(desk.centre(course.centre_id))
        for head in holders(desk.session, UNIT, course.centre_id, day, organisation_id=unit):
            found[head.id] = head
    return list(found.values())


def _outside(desk: Desk, person: Person, period: ReportPeriod) -> ChannelAccount | None:
    """The account a person's prompt would go to when its window will be closed by then; else None."""
    contact = next(iter(contacts_of(desk.session, person.id)), None)
    account = desk.session.get(ChannelAccount, contact.account_id) if contact else None
    if contact is None or account is None or not account.can.window:
        return None
    heard_at, _told = dialogues.window(desk.session, account.id, contact.chat)
    opens_at = max(period.opens_at, desk.now)
    is_open = heard_at is not None and opens_at - heard_at < timedelta(hours=account.can.window_hours)
    return None if is_open else account


def _forecast_words(
    language: Language, period: ReportPeriod, course: CourseClass, heads: int, outside: int, paid: int
) -> Markup:
    _, n_ = language.text, language.count
    moment = language.moment(period.opens_at)
    return lines(
        _("Conduct reports of class {course} are asked for at {moment}.", course=course.name, moment=moment),
        n_("{n} head of unit is asked.", "{n} heads of units are asked.", heads),
        n_(
            "{n} of them has not written lately, so the free time to write to them is over.",
            "{n} of them have not written lately, so the free time to write to them is over.",
            outside,
        ),
        n_(
            "{n} message would be paid for (approved template).",
            "{n} messages would be paid for (approved template).",
            paid,
        )
        if paid
        else "",
        n_(
            "{n} message would wait for the person to write.",
            "{n} messages would wait for the person to write.",
            outside - paid,
        )
        if outside > paid
        else "",
    )
