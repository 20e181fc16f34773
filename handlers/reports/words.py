"""How conduct reports are worded: periods, learners, what is mentioned of them, receipts. No buttons.

The conversation itself is declared here, since four files together make what a unit head meets.
"""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.messages import ROOM, fit, lines
from handlers.requests import presenting
from locales import Language, later
from storage.base.calendar import SendingCalendar
from storage.courses.courses import CourseClass
from storage.people.people import Centre, Person
from storage.reports.ladder import request_of
from storage.reports.reports import Category, ReportPeriod, ReportView, Told, mentioned_in, told_in

conversation = Conversation("conduct")

MOST_NAMED = 10  # learners whose roll-call stands on a card
EXCERPT = 80  # letters of a note shown on a card
SHORT = 600  # letters of a receipt that still names those of good conduct
INLINE = 3  # so many learners stand in one sentence, more of them on lines of their own

LABELS = {
    Category.LATE: later("Late"),
    Category.EXCUSED: later("Excused absence"),
    Category.UNEXCUSED: later("Unexcused absence"),
    Category.RECALLED: later("Recalled by the unit"),
    Category.STUDY: later("Study"),
    Category.MANNER: later("Manner"),
    Category.ETHICS: later("Ethics"),
    Category.COMMENDATION: later("Commendation"),
}
SAID = {  # in a sentence about somebody, where the label alone would not say whether it is praise
    Category.RECALLED: later("recalled by his unit"),
    Category.STUDY: later("to be reminded of his studies"),
    Category.MANNER: later("to be reminded of his manner"),
    Category.ETHICS: later("to be reminded of ethics"),
    Category.COMMENDATION: later("to be commended"),
}


def period_name(language: Language, period: ReportPeriod) -> Markup:
    """Such as "tháng 11 (01–30/11)", "Khối I (07/09 – 30/11)", or "kỳ 09/11 – 20/11" where it is neither."""
    _, first, last = language.text, period.from_date, period.to_date
    if period.name:
        return _("{name} ({first}–{last})", name=period.name, **language.span(first, last))
    if is_whole_month(first, last):
        return _("month {month} ({day}–{last})",
                 month=language.month(first), day=f"{first:%d}", last=language.short_day(last))  # fmt: skip
    return _("period {first}–{last}", **language.span(first, last))


def is_whole_month(first: date, last: date) -> bool:
    same = (first.year, first.month) == (last.year, last.month)
    return same and first.day == 1 and last.day == monthrange(last.year, last.month)[1]


def report_name(language: Language, period: ReportPeriod, course: CourseClass) -> Markup:
    """What the report is about, as it stands on every card."""
    _ = language.text
    return _(
        "conduct report of {period}, class {course}",
        period=period_name(language, period),
        course=course.name,
    )


def heading(language: Language, view: ReportView) -> Markup:
    return heading_of(language, view.period, view.course)


def heading_of(language: Language, period: ReportPeriod, course: CourseClass) -> Markup:
    name = report_name(language, period, course)
    return Markup("<b>{}</b>").format(name[:1].upper() + name[1:])


def label_of(language: Language, period: ReportPeriod, course: CourseClass) -> str:
    """The label of a button that opens it."""
    name = period_name(language, period)
    return language.text("{course}, {period}", course=course.name, period=name).unescape()


def full_name(people: Sequence[Person], person: Person) -> str:
    """The name; with the date of birth where several of `people` have the same one."""
    same = [one.name for one in people].count(person.name) > 1
    return with_birth(person.name, person.birth_date) if same else person.name


def full_name_in(learners: Sequence[Mapping[str, Any]], one: Mapping[str, Any]) -> str:
    """As `full_name`, of the learners of what was sent."""
    same = [other["name"] for other in learners].count(one["name"]) > 1
    return with_birth(one["name"], one["born"] and date.fromisoformat(one["born"])) if same else one["name"]


def with_birth(name: str, born: date | None) -> str:
    return f"{name} ({born:%d/%m/%Y})" if born else name


def with_last_period(language: Language, view: ReportView, person: Person, name: str) -> str:
    """The name, with what was mentioned last period, such as "Trần Văn An, kỳ trước: đi muộn"."""
    if person.id not in view.before:
        return name
    what = said_words(language, [(category, None) for category, _times in view.before[person.id]])
    return language.text("{name}, last period: {what}", name=name, what=what).unescape()


def category_words(language: Language, category: str, times: int | None) -> Markup:
    """Such as "đi muộn 2 buổi", "cần nhắc nhở về tác phong"; for one picked for nothing yet that this is so."""
    if not category:
        return language.text("nothing said yet")
    label = language.text(SAID.get(Category(category), LABELS[Category(category)]))
    what = label[:1].lower() + label[1:]
    if not times:
        return what
    return language.count("{what} {n} session", "{what} {n} sessions", times, what=what)


def said_words(language: Language, said: Sequence[Told]) -> Markup:
    """All that is mentioned of somebody, such as "đi muộn 2 buổi, vắng có phép 1 buổi"."""
    return Markup(", ").join(category_words(language, *one) for one in said or [("", None)])


def mention(
    language: Language, name: str, said: Sequence[Told], note: str | None, *, excerpt: int = EXCERPT
) -> Markup:
    """Such as "đồng chí Trần Văn An, đi muộn 2 buổi (ghi chú: …)"."""
    _ = language.text
    what = said_words(language, said)
    if not note:
        return _("comrade {name}, {what}", name=name, what=what)
    shown = note if len(note) <= excerpt else note[: excerpt - 1].rstrip() + "…"
    return _("comrade {name}, {what} (note: {note})", name=name, what=what, note=shown)


def mentions(language: Language, view: ReportView) -> list[Markup]:
    """A clause for everyone who is mentioned, by given name."""
    return [mention_of(language, view, person) for person, _entry in view.mentioned]


def mention_of(language: Language, view: ReportView, person: Person) -> Markup:
    """The clause for one of them."""
    entry, name = view.entries[person.id], full_name(view.learners, person)
    return mention(language, name, entry.said, entry.note)


def mentions_sent(language: Language, content: Mapping[str, Any], *, excerpt: int = EXCERPT) -> list[Markup]:
    """A clause for everyone whom what was sent mentions."""
    everybody = content["learners"]
    names = {learner["id"]: full_name_in(everybody, learner) for learner in everybody}
    return [
        mention(language, names[learner], told_in(entries), entries[0]["note"], excerpt=excerpt)
        for learner, entries in mentioned_in(content).items()
    ]


MARKED = {
    "roll_call": later("Marked beforehand, from the roll-call: {names}."),
    "handed": later("Marked beforehand, by who had this report before you: {names}."),
    "sent": later("Kept from the version sent last: {names}."),
}


def marked_before(language: Language, view: ReportView) -> list[Markup]:
    """Who is mentioned without its reader having said so, and by whom; or who was set aside."""
    _ = language.text
    told = []
    for source, sentence in MARKED.items():
        people = [
            one for one, entry in view.marked if source == ("sent" if view.report.revision else entry.source)
        ]
        told += [_(sentence, names=_names(language, view, people))] if people else []
    if view.aside:
        told.append(_("Left out, as you wished: {names}.", names=_names(language, view, view.aside)))
    return told


def _names(language: Language, view: ReportView, people: Sequence[Person]) -> Markup:
    """Such as "đồng chí Trần Văn An, đồng chí Phạm Thị Cúc"; at most MOST_NAMED of them."""
    names = [
        language.text("comrade {name}", name=full_name(view.learners, one)) for one in people[:MOST_NAMED]
    ]
    left = len(people) - len(names)
    return Markup(", ").join([*names, *([more_learners(language, left)] if left else [])])


def listed(language: Language, clauses: Sequence[Markup]) -> Markup:
    """Few clauses in a sentence, more on lines of their own, as many as one message can hold."""
    if len(clauses) <= INLINE:
        return Markup("; ").join(clauses) + "."
    dashed = [Markup("- {}").format(clause) for clause in clauses]
    return Markup("\n") + fit(dashed, ROOM, lambda n: more_learners(language, n))


def more_learners(language: Language, n: int) -> Markup:
    return language.count("and {n} more learner", "and {n} more learners", n)


def more_in_file(language: Language, n: int) -> Markup:
    return language.count(
        "{n} more learner is in the Excel file.", "{n} more learners are in the Excel file.", n
    )


def counts(language: Language, total: int, mentioned: int) -> Markup:
    """Such as "11 học viên nền nếp tốt; 01 học viên cần nêu"."""
    n_, two = language.count, language.two_digits
    well = total - mentioned
    fine = n_("{count} learner of good conduct", "{count} learners of good conduct", well, count=two(well))
    return Markup("; ").join(
        [fine, counts_named(language, mentioned)] if well else [counts_named(language, mentioned)]
    )


def counts_named(language: Language, mentioned: int) -> Markup:
    """Such as "01 học viên cần nêu"."""
    n_, two = language.count, language.two_digits
    if not mentioned:
        return language.text("nobody to mention")
    return n_("{count} learner to mention", "{count} learners to mention", mentioned, count=two(mentioned))


def learners(language: Language, n: int) -> Markup:
    return language.count("{count} learner", "{count} learners", n, count=language.two_digits(n))


def on_paper(language: Language, n: int) -> Markup:
    """That some are reported in writing, because their consent or a legal basis is missing; empty for none."""
    if not n:
        return Markup()
    told = language.two_digits(n)
    return language.count(
        "{count} learner is reported in writing.", "{count} learners are reported in writing.", n, count=told
    )


def roll_call(language: Language, view: ReportView) -> Markup:
    """What the centre recorded: such as "Theo điểm danh: đồng chí Trần Văn An đi muộn 2 buổi."; empty for nothing."""
    clauses = _roll_call_of(language, view, [one for one in view.learners if one.id in view.roll_call])
    return language.text("From the roll-call: {clauses}.", clauses=clauses) if clauses else Markup()


def contradiction(language: Language, view: ReportView, *, says_well: bool) -> Markup:
    """Who is said less of than the roll-call has, and that the answer stands all the same; empty for nobody."""
    _ = language.text
    clauses = _roll_call_of(language, view, view.understated(says_well=says_well))
    if not clauses:
        return Markup()
    told = _("Please note, from the roll-call: {clauses}.", clauses=clauses)
    return Markup("{} {}").format(told, _("Your answer is kept as it is."))


def _roll_call_of(language: Language, view: ReportView, named: Sequence[Person]) -> Markup:
    """What the centre recorded of these learners, in one sentence of at most MOST_NAMED clauses."""
    clauses = [_one_roll_call(language, view, person) for person in named[:MOST_NAMED]]
    if len(named) > MOST_NAMED:
        clauses.append(more_learners(language, len(named) - MOST_NAMED))
    return Markup("; ").join(clauses)


def _one_roll_call(language: Language, view: ReportView, person: Person) -> Markup:
    said = view.roll_call[person.id]
    what = said_words(language, [(kind, said[kind]) for kind in Category if kind in said])
    return language.text("comrade {name} {what}", name=full_name(view.learners, person), what=what)


def capacity_name(language: Language, capacity: str) -> str:
    """Such as "ký thay"; empty for a head, who signs as himself."""
    names = {"deputy": later("for the head"), "authorised": later("as authorised")}
    return language.text(names[capacity]) if capacity in names else ""


def capacity_line(language: Language, acting: str) -> Markup:
    """What somebody who opens a report without heading the unit is told about his signature."""
    lines_ = {
        "deputy": later("You sign for the head of the unit."),
        "authorised": later("You sign as authorised by the head of the unit."),
        "prepares": later("You prepare it; the head of the unit sends it."),
    }
    return language.text(lines_[acting]) if acting in lines_ else Markup()


def sent_line(
    language: Language, number: int, sent_at: datetime, sender: Person | None, content: Mapping[str, Any]
) -> Markup:
    """Which version it is, and who sent it when and in what capacity, or how and when the centre received it."""
    _ = language.text
    told = {"revision": number, "moment": language.moment(sent_at), "name": sender.name if sender else ""}
    if content.get("source", "chat") != "chat":
        received = language.year_day(date.fromisoformat(content["received"]))
        by_phone = content["source"] == "phone"
        way = _("by phone") if by_phone else _("on paper")
        return _("Version {revision}, received {way} on {day}, entered by comrade {name} of the centre at {moment}.",
                 **told, way=way, day=received)  # fmt: skip
    how = capacity_name(language, content.get("capacity", "head"))
    told["name"] = f"{told['name']} ({how})" if how else told["name"]
    return _("Version {revision}, sent at {moment} by {name}.", **told)


def receipt(
    language: Language, view: ReportView, content: Mapping[str, Any], sender: Person | None, to: str = ""
) -> Markup:
    """What was received, when, from whom, and under which code; with `to`, the centre's name, also of whom it speaks."""
    _ = language.text
    report = view.report
    assert report.sent_at is not None, "a receipt is for what was sent"
    said = counts(language, len(content["learners"]), len(mentioned_in(content)))
    head = lines(
        heading(language, view), _("Received from {unit}: {counts}.", unit=view.unit.name, counts=said)
    )
    rest = lines(
        on_paper(language, content["on_paper"]),
        sent_line(language, report.revision, report.sent_at, sender, content),
        _("Received by: {centre}.", centre=to) if to else "",
        _sent_late(language, view, content) if content["late"] else "",
        _("Corrected after it had been reopened.") if content.get("reopened") else "",
        _("Receipt code: {code}", code=report.receipt),
    )
    return lines(head, by_name(language, content, SHORT - len(head) - len(rest)) if to else "", rest)


def by_name(language: Language, content: Mapping[str, Any], room: int) -> Markup:
    """Of whom what was sent speaks: everyone who is mentioned, and, where they have room, those of good conduct."""
    _, told, mentioned = language.text, mentions_sent(language, content), mentioned_in(content)
    dashed = fit(
        [Markup("- {}").format(clause) for clause in told], ROOM, lambda n: more_in_file(language, n)
    )
    everybody = content["learners"]
    names = [full_name_in(everybody, one) for one in everybody if one["id"] not in mentioned]
    well = _("Of good conduct: comrades {names}.", names=", ".join(names))
    if len(names) == 1:
        well = _("Of good conduct: comrade {name}.", name=names[0])
    in_file = _("Those of good conduct are named in the Excel file.")
    return lines(dashed, (well if len(dashed) + len(well) <= room else in_file) if names else "")


def _sent_late(language: Language, view: ReportView, content: Mapping[str, Any]) -> Markup:
    """After the deadline, and how long where that is known of this version."""
    _, due, sent_at = language.text, language.moment(view.due_at), view.report.sent_at
    if view.report.revision > 1 or sent_at is None or content.get("source", "chat") != "chat":
        return _("Sent after the deadline ({due}).", due=due)
    span = language.lasting(sent_at - view.due_at)
    return _("Sent after the deadline ({due}), {span} late.", due=due, span=span)


def whom_to_call(language: Language, centre: Centre) -> Markup:
    """How to have something changed that can no longer be changed here."""
    if centre.phone:
        return language.text("To have it changed, please call the centre: {phone}.", phone=centre.phone)
    return language.text("To have it changed, please contact the centre.")


def deadline(language: Language, view: ReportView, now: datetime) -> Markup:
    """When it is due; of a report never sent and overdue, that it can still be sent."""
    _ = language.text
    if not view.is_late(now):
        return presenting.deadline(language, request_of(view.report))
    due = language.moment(view.due_at)
    return _("The deadline ({due}) has passed. It can still be sent, marked as sent late.", due=due)


def moved(language: Language, calendar: SendingCalendar, period: ReportPeriod, after: date) -> Markup:
    """That rest days have moved the deadline to the day `after`, from when, and for what; empty where none has."""
    _ = language.text
    if period.moved_from is None:
        return Markup()
    days = {"before": language.day(period.moved_from), "after": language.day(after)}
    rest = [period.to_date + timedelta(days=n) for n in range(1, (after - period.to_date).days)]
    if any(calendar.is_tet(day) for day in rest):
        return _("The deadline was moved from {before} to {after} because of Tết.", **days)
    return _("The deadline was moved from {before} to {after} because of a public holiday.", **days)


def line_hint(language: Language) -> Markup:
    """How a report is typed in one line, where the learners have numbers."""
    return language.text("Or in one line, such as: 3 late 2; 7 excused; the rest are well.")


def not_in_report(language: Language) -> Markup:
    return language.text("That learner is not in this report.")
