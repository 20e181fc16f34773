"""How it is worded what a unit is told of its learners: a short card and a workbook, from what was kept."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from markupsafe import Markup

from handlers import papers
from handlers.engine.desk import Desk
from handlers.engine.messages import fit, lines, sentence
from handlers.reports.words import category_words, full_name_in, more_in_file, on_paper
from handlers.results.words import BANDS
from locales import Language
from storage.feedback.feedback import Seen
from storage.reports.reports import ReportPeriod
from storage.results.result_facts import ABSENT
from storage.spreadsheets.tables import in_order

SHOWN: Final = 12  # learners on the card; the workbook has all of them
SHORT: Final = 600  # letters; in a longer list only those who are noticeable are sure of a line
Learner = Mapping[str, Any]
Content = Mapping[str, Any]  # see storage.feedback.feedback.content_shown


def span(language: Language, content: Content) -> Markup:
    """Such as "01/11 – 30/11", or "toàn khóa (02/11 – 18/12)" at closing."""
    _ = language.text
    told = language.span(*(date.fromisoformat(content[end]) for end in ("from", "to")))
    if content["closing"]:
        return _("the whole class ({first} – {last})", **told)
    return _("{first} – {last}", **told)


def row_span(language: Language, period: ReportPeriod | None) -> Markup:
    """The same, short, for a list to choose from."""
    _ = language.text
    if period is None:
        return _("at closing")
    return _("{first} – {last}", **language.span(period.from_date, period.to_date))


def summary(language: Language, seen: Seen, content: Content, room: int) -> Markup:
    """What the centre has recorded, whoever is noticeable first."""
    _ = language.text
    row, course, unit = seen
    learners = sorted(content["learners"], key=lambda one: (not _is_noticeable(one), one["marks"] == []))
    noticeable = sum(_is_noticeable(one) for one in learners)
    told = [Markup("- {}").format(_learner(language, one, learners)) for one in learners]
    while len(told) > noticeable and sum(map(len, told)) > SHORT:
        told.pop()  # the workbook tells of whoever is not noticeable
    return lines(
        _("<b>The centre reports back</b> to {unit}", unit=unit.name),
        language.count(
            "{span}, class {course}: {n} learner.",
            "{span}, class {course}: {n} learners.",
            len(learners),
            span=sentence(span(language, content)),
            course=course.name,
        ),
        on_paper(language, content["on_paper"]),
        fit(told, room, lambda n: more_in_file(language, n), most=SHOWN),
        _ordinary(language, len(learners) - len(told)),
        _("As recorded until {moment}.", moment=language.moment(row.made_at)),
        source(language, content),
    )


def _ordinary(language: Language, n: int) -> Markup:
    """Those who are left out because nothing about them is noticeable."""
    if not n:
        return Markup()
    return language.count(
        "{n} learner without anything to note is in the Excel file.",
        "{n} learners without anything to note are in the Excel file.",
        n,
    )


def source(language: Language, content: Content) -> Markup:
    """Whose rules stand behind an overall result; only a closing has one."""
    if not content["closing"]:
        return Markup()
    return language.text(
        "By the regulations as the centre has configured them, version {version}. "
        "The centre confirms the result with a signature.",
        version=content["rules"],
    )


def _is_noticeable(one: Learner) -> bool:
    call = one["call"]
    return any(call[state] for state in ("late", *ABSENT)) or any(part["mentions"] for part in one["conduct"])


def _learner(language: Language, one: Learner, everybody: Sequence[Learner]) -> Markup:
    """Such as "Trần Văn An: dự 7/8 buổi, đi muộn 2 buổi; Bài 1 được 8,5 điểm; đơn vị báo cáo đi muộn 2 buổi"."""
    _ = language.text
    parts = [attendance(language, one), marks(language, one), _conduct_clause(language, one)]
    if one.get("composite"):
        parts.append(_("overall {overall}", overall=overall(language, one)))
    return Markup("{}: {}").format(full_name_in(everybody, one), Markup("; ").join(parts))


def _conduct_clause(language: Language, one: Learner) -> Markup:
    """The unit's report in a sentence about a learner."""
    _, parts = language.text, one["conduct"]
    if not any(part["reported"] for part in parts):
        return _("no conduct report yet")
    if any(part["mentions"] for part in parts):
        return _("reported by the unit: {conduct}", conduct=conduct(language, one))
    return _("conduct: {conduct}", conduct=conduct(language, one))


def attendance(language: Language, one: Learner) -> Markup:
    """Of the sessions held: how many he was at, which he missed and why, and which nobody recorded."""
    _, n_, call = language.text, language.count, one["call"]
    recorded = call["held"] - call["unrecorded"]
    if not recorded:
        return _("attendance: none yet")
    there = call["present"] + call["late"]
    told = [n_("at {there}/{n} session", "at {there}/{n} sessions", recorded, there=there)]
    told += [category_words(language, state, call[state]) for state in ("late", *ABSENT) if call[state]]
    if call["unrecorded"]:
        told.append(n_("{n} session not recorded", "{n} sessions not recorded", call["unrecorded"]))
    return Markup(", ").join(told)


def marks(language: Language, one: Learner) -> Markup:
    """The published ones; who has left the unit is another unit's."""
    _ = language.text
    if one["marks"] is None:
        return _("marks are told to the present unit")
    told = [
        _("{mark} for {what} (corrected)", what=name, mark=language.number(Decimal(value)))
        if corrected
        else _("{mark} for {what}", what=name, mark=language.number(Decimal(value)))
        for name, value, corrected in one["marks"]
    ]
    return Markup(", ").join(told) if told else _("no marks yet")


def conduct(language: Language, one: Learner) -> Markup:
    """What the unit itself reported, as the centre has it; of a period without a report that it has none."""
    _ = language.text
    parts = one["conduct"]
    missing = sum(not part["reported"] for part in parts)
    if not parts or missing == len(parts):
        return _("no report yet")
    told = _mentions(language, parts) or [_("well")]
    if missing:
        told.append(language.count("{n} period without a report", "{n} periods without a report", missing))
    return Markup(", ").join(told)


def _mentions(language: Language, parts: Sequence[Mapping[str, Any]]) -> list[Markup]:
    """Each category once: of several periods the sum of their sessions, and how many periods it is from."""
    found: dict[str, list[int]] = {}
    for part in parts:
        for mention in part["mentions"]:
            found.setdefault(mention["category"], []).append(mention["times"] or 0)
    told = []
    for category, times in found.items():
        what = category_words(language, category, sum(times))
        several = language.count("{what} ({n} period)", "{what} ({n} periods)", len(times), what=what)
        told.append(several if len(times) > 1 else what)
    return told


def overall(language: Language, one: Learner) -> Markup:
    """The composite with its band; that there is none yet."""
    _ = language.text
    if not one.get("composite"):
        return _("none yet")
    mark = language.number(Decimal(one["composite"]))
    band = str(one["band"] or "")
    return (
        _("{mark}, band: {band}", mark=mark, band=_(BANDS.get(band, band))) if band else Markup.escape(mark)
    )


def workbook(desk: Desk, language: Language, seen: Seen, content: Content) -> bytes:
    """A row a learner."""
    _ = language.text
    row, course, unit = seen
    titles = [
        _("Learners of {unit}: attendance, marks, conduct", unit=unit.name),
        _("Class {course}, {span}", course=course.name, span=span(language, content)),
        on_paper(language, content["on_paper"]),
        _("As recorded until {moment}.", moment=language.moment(row.made_at)),
        source(language, content),
    ]
    components = list(
        dict.fromkeys(name for one in content["learners"] for name, *_rest in one["marks"] or ())
    )
    headers = [
        _("No."), _("Full name"), _("Date of birth"), _("Sessions held"), _("Present"), _("Late"), _("Excused absence"),
        _("Unexcused absence"), _("Recalled by the unit"), _("Not recorded"), *components, _("Conduct"),
        *([_("Overall")] if content["closing"] else []),
    ]  # fmt: skip
    rows = (_cells(language, number, one, components) for number, one in enumerate(content["learners"], 1))
    centre, titles = desk.centre(course.centre_id), [title for title in titles if title]
    return papers.workbook(desk, language, centre, titles, in_order(headers), rows, sheet_name=_("Learners"))


def _cells(language: Language, number: int, one: Learner, components: Sequence[str]) -> list[object]:
    call = one["call"]
    own = {name: Decimal(value) for name, value, _corrected in one["marks"] or ()}
    told: list[object] = [number, one["name"], date.fromisoformat(one["born"]) if one["born"] else ""]
    if call["held"] > call["unrecorded"]:
        told += [call[state] for state in ("held", "present", "late", *ABSENT, "unrecorded")]
    else:
        told += [call["held"], *[language.text("none yet")] * 5, call["unrecorded"]]
    told += [own.get(name, language.text("none yet")) for name in components]
    told.append(conduct(language, one))
    return [*told, overall(language, one)] if "composite" in one else told
