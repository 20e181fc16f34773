"""How a result is worded: what is recorded, what is not yet, and what the class's rules make of it."""

from datetime import date
from typing import Final

from markupsafe import Markup

from handlers.engine.messages import join, lines, sentence
from handlers.reports.words import category_words
from locales import Language, later
from storage.results.result_facts import Mention, PeriodConduct, RollCall
from storage.results.results import Result, weighed

BANDS: Final = {
    "excellent": later("excellent"),
    "good": later("good"),
    "fair": later("fair"),
    "average": later("average"),
    "failed": later("not passed"),
}
PARTS: Final = {"marks": later("marks"), "diligence": later("diligence"), "conduct": later("conduct")}


def result_text(language: Language, result: Result, today: date) -> Markup:
    """The whole card."""
    _ = language.text
    return join(
        [
            lines(
                _("<b>Study results</b>"),
                _("Comrade {name}", name=result.person.name),
                _("Class {name} ({code})", name=result.course.name, code=result.course.code),
            ),
            _marks(language, result),
            _roll_call(language, result),
            _conduct(language, result),
            _verdict(language, result, today),
        ]
    )


def _marks(language: Language, result: Result) -> Markup:
    _ = language.text
    if not result.components:
        return _("<b>Marks</b>: none yet")
    told = []
    for one in result.components:
        if one.value is None:
            told.append(_("{what}: none yet", what=one.name))
        elif one.corrected:
            told.append(_("{what}: {mark} (corrected)", what=one.name, mark=language.number(one.value)))
        else:
            told.append(_("{what}: {mark}", what=one.name, mark=language.number(one.value)))
    return lines(_("<b>Marks</b>"), *told)


def _roll_call(language: Language, result: Result) -> Markup:
    _, n_ = language.text, language.count
    seen = result.roll_call
    if not seen.held:
        return _("<b>Attendance</b>: no session has been held yet")
    unrecorded = (
        n_("Not recorded: {n} session", "Not recorded: {n} sessions", seen.unrecorded)
        if seen.unrecorded
        else ""
    )
    return lines(
        _("<b>Attendance</b>"),
        n_("Held: {n} session ({periods} periods)", "Held: {n} sessions ({periods} periods)",
           seen.held, periods=seen.held_periods),
        *_states(language, seen),
        unrecorded,
        _absence(language, result),
    )  # fmt: skip


def _states(language: Language, seen: RollCall) -> list[Markup]:
    """A line for everything the roll-call says."""
    _ = language.text
    names = {
        "present": _("Present"),
        "late": _("Late"),
        "excused": _("Excused absence"),
        "unexcused": _("Unexcused absence"),
        "recalled": _("Recalled by the unit"),
    }
    return [
        language.count(
            "{what}: {n} session ({periods} periods)",
            "{what}: {n} sessions ({periods} periods)",
            seen.sessions[state],
            what=name,
            periods=seen.periods[state],
        )
        for state, name in names.items()
        if seen.sessions[state]
    ]


def _absence(language: Language, result: Result) -> Markup:
    """The share missed, beside the most the rules allow."""
    _ = language.text
    share, most = result.roll_call.share_absent, result.rules.max_absence
    if share is None or result.roll_call.unrecorded == result.roll_call.held:
        return Markup()
    told = {"share": language.percent(share), "missed": result.roll_call.absent_periods,
            "held": result.roll_call.held_periods}  # fmt: skip
    if most is None:
        return _("Missed: {missed} of {held} periods, {share}", **told)
    return _(
        "Missed: {missed} of {held} periods, {share} (at most {most})", most=language.percent(most), **told
    )


def _conduct(language: Language, result: Result) -> Markup:
    _ = language.text
    if not result.conduct:
        return _("<b>Conduct</b>: none yet")
    return lines(
        _("<b>Conduct</b>, as the unit reported it"), *(_period(language, one) for one in result.conduct)
    )


def _period(language: Language, one: PeriodConduct) -> Markup:
    _ = language.text
    told = language.span(one.period.from_date, one.period.to_date)
    if one.mentions:
        what = Markup("; ").join(_mention(language, mention) for mention in one.mentions)
    elif one.reported:
        what = _("good conduct")
    else:
        what = _("no report yet")
    return _("{first} – {last}: {what}", what=what, **told)


def _mention(language: Language, mention: Mention) -> Markup:
    what = category_words(language, mention.category, mention.times)
    return language.text("{what} ({note})", what=what, note=mention.note) if mention.note else what


def _verdict(language: Language, result: Result, today: date) -> Markup:
    """Parts, composite and band, whose rules they follow, and that a person has the last word."""
    _ = language.text
    source = _(
        "By the regulations as the centre has configured them, version {version}. "
        "The centre confirms the result with a signature.",
        version=result.rules.version,
    )
    day = "" if result.final else _("This is as of {day}: the class goes on.", day=language.year_day(today))
    if result.composite is None:
        return lines(_("<b>Overall</b>: none yet"), _reason(language, result), source)
    mark = language.number(result.composite)
    band = _(BANDS.get(result.band, result.band)) if result.band else ""
    head = (
        _("<b>Overall</b>: {mark}, band: {band}", mark=mark, band=band)
        if band
        else _("<b>Overall</b>: {mark}", mark=mark)
    )
    return lines(head, _parts(language, result), day, source)


def _reason(language: Language, result: Result) -> Markup:
    _ = language.text
    if not weighed(result.rules):
        return _("The centre has configured no weights for this class.")
    missing = ", ".join(_(PARTS[name]) for name in result.missing)
    return _("Not complete yet: {parts}.", parts=missing)


def _parts(language: Language, result: Result) -> Markup:
    """Such as "Điểm 8,5 (60%), chuyên cần 10 (20%), nền nếp 10 (20%)"."""
    _ = language.text
    total = sum(result.rules.weights[name] for name in weighed(result.rules))
    told = [
        _(
            "{part} {mark} ({weight})",
            part=_(PARTS[name]),
            mark=language.number(mark),
            weight=language.percent(result.rules.weights[name] / total),
        )
        for name in weighed(result.rules)
        if (mark := result.parts[name]) is not None
    ]
    return sentence(Markup(", ").join(told))
