"""How the board of conduct reports is worded: why a unit is silent, what became of a report, periods in brief.

The conversation itself is declared here, since several files together make the board.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.messages import lines
from handlers.reports import words
from handlers.requests.reasons import reason_words
from locales import Language, later
from storage.reports.boards import Outcome, Standing, tally
from storage.reports.reopening import ReopenRequest
from storage.reports.reports import ReportPeriod, is_countable

conversation = Conversation("conduct_board")

REASONS = {
    "early": later("not open yet"),
    "prepared": later("prepared, waits for the head"),
    "no_learners": later("no learner in these days"),
}
OUTCOMES = {
    Outcome.ON_TIME: later("on time"),
    Outcome.LATE: later("sent late"),
    Outcome.MISSING: later("MISSING"),
    Outcome.DOING: later("begun"),
    Outcome.WAITING: later("not yet due"),
    Outcome.EARLY: later("not open yet"),
    Outcome.NOBODY: later("–"),
}
TREND = 3  # periods that are compared with as many before them


# --- one report ---


def line(language: Language, one: Standing, now: datetime, asked: ReopenRequest | None = None) -> Markup:
    """A unit's line on the board of a period; `asked`: it asks for its report to be reopened."""
    _ = language.text
    if not one.is_expected:
        return _("{unit}: need not report; {why}", unit=one.unit.name, why=why(language, one))
    if not one.is_sent:
        return _("{unit}: NOT sent; {why}", unit=one.unit.name, why=why(language, one))
    assert one.report.sent_at is not None
    late = f" ({late_words(language, one.late_by(now))})" if one.outcome(now) == Outcome.LATE else ""
    told = _(
        "{unit}: sent at {moment}{late}; version {revision}; {named}",
        unit=one.unit.name,
        moment=language.moment(one.report.sent_at),
        late=late,
        revision=one.report.revision,
        named=words.counts_named(language, one.mentioned),
    )
    if asked is None:
        return told
    return lines(
        told, _("It asks for the report to be reopened ({moment}).", moment=language.moment(asked.asked_at))
    )


def why(language: Language, one: Standing) -> Markup:
    """The reasons of a silence, the most telling one first."""
    return Markup("; ").join(_reason(language, one, reason) for reason in one.why)


def _done(language: Language, one: Standing) -> Markup:
    _ = language.text
    if not is_countable(one.report, one.pending):
        return _(OUTCOMES[Outcome.DOING])
    return _("{done}/{total} done", done=one.total - one.pending, total=one.total)


def _reason(language: Language, one: Standing, reason: str) -> Markup:
    _ = language.text
    if reason == "started":
        return _done(language, one)
    if reason == "called":
        return _("called at {moment}", moment=language.moment(max(one.called.values())))
    if reason == "no_learners":
        return words.on_paper(language, one.on_paper) or _(REASONS[reason])
    return _(REASONS[reason]) if reason in REASONS else reason_words(language, one.silence, reason)


def more_units(language: Language, n: int) -> Markup:
    return language.count("{n} more unit is in the Excel file.", "{n} more units are in the Excel file.", n)


def cell(language: Language, one: Standing, now: datetime) -> str:
    """What became of a report, in a word or two: it reads without colour."""
    outcome = one.outcome(now)
    if outcome == Outcome.LATE:
        return late_words(language, one.late_by(now))
    if outcome == Outcome.DOING and is_countable(one.report, one.pending):
        return f"{one.total - one.pending}/{one.total}"
    return language.text(OUTCOMES[outcome]).unescape()


def late_words(language: Language, late: timedelta) -> str:
    """Such as "muộn 3 phút"."""
    return language.text("{span} late", span=language.lasting(late)).unescape()


# --- several reports ---


def summed(language: Language, found: Sequence[Standing], now: datetime) -> tuple[str, Outcome]:
    """Of the reports of one unit in one month, in a cell: the word, and the outcome that weighs most."""
    if not found:
        return language.text(OUTCOMES[Outcome.NOBODY]).unescape(), Outcome.NOBODY
    outcomes = [one.outcome(now) for one in found]
    order = (Outcome.MISSING, Outcome.LATE, Outcome.DOING, Outcome.WAITING, Outcome.ON_TIME)
    worst = next((kind for kind in order if kind in outcomes), outcomes[0])
    if len(found) == 1:
        return cell(language, found[0], now), worst
    n = outcomes.count(worst)
    return f"{n}/{len(found)} {language.text(OUTCOMES[worst]).unescape()}", worst


def all_together(language: Language, title: str, found: Sequence[Standing], now: datetime) -> Markup:
    """Whose reports they are, and the counts of all."""
    counts = language.text("All together: {counts}.", counts=tally_words(language, found, now))
    return lines(Markup("<b>{}</b>").format(title), counts)


def tally_words(language: Language, found: Sequence[Standing], now: datetime) -> Markup:
    """Such as "đúng hạn 8, muộn 1, chưa gửi 1"; of nothing that is over yet this is said."""
    _, told = language.text, tally(found, now)
    if not told.all:
        return _("no deadline has passed yet")
    average = _(" (on average {span})", span=language.lasting(told.late_by / told.late)) if told.late else ""
    return _(
        "on time {on_time}, late {late}{average}, missing {missing}",
        on_time=told.on_time, late=told.late, average=average, missing=told.missing,
    )  # fmt: skip


def trend(language: Language, found: Sequence[Standing], now: datetime) -> Markup:
    """How the last periods compare with those before them; empty while there are too few. `found`: the oldest first."""
    _ = language.text
    over = [one for one in found if tally([one], now).all]
    if len(over) < 2 * TREND:
        return Markup()
    recent, before = over[-TREND:], over[-2 * TREND : -TREND]
    here, there = tally(recent, now).on_time, tally(before, now).on_time
    direction = _("better") if here > there else _("worse") if here < there else _("unchanged")
    return _(
        "Trend: on time {here} of the last {n}, {there} of the {n} before: {direction}.",
        here=here, there=there, n=TREND, direction=direction,
    )  # fmt: skip


# --- periods ---


def month_name(day: date) -> str:
    """Such as "11/2026"."""
    return f"{day:%m/%Y}"


def brief_period(period: ReportPeriod) -> str:
    """A period for the head of a narrow column: "11/2026", "02–15/11", or a block's name."""
    first, last = period.from_date, period.to_date
    if period.name:
        return period.name
    return month_name(last) if words.is_whole_month(first, last) else f"{first:%d/%m}–{last:%d/%m}"


def missing_first(found: Iterable[Standing]) -> list[Standing]:
    return sorted(found, key=lambda one: one.is_sent)
