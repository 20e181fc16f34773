"""How discipline confirmations are worded: gates, ratings, what is said of a learner, what a unit has signed."""

from typing import Final

from markupsafe import Markup

from handlers.engine.messages import fit, lines
from handlers.reports.words import full_name, more_learners, on_paper
from handlers.reports.words import learners as counted
from locales import Language, later
from storage.gates.confirmations import ELIGIBLE, NO_SANCTION, NOT_ELIGIBLE, Remarks, Sheet, draft_of
from storage.people.people import Person

USUAL: Final = frozenset({"good", NO_SANCTION})  # what is not worth a word in a short line
GATE_NAMES: Final = {
    "exam": later("final exam"),
    "thesis": later("thesis"),
    "graduation": later("graduation review"),
}
RATING_NAMES: Final = {
    "good": later("Good"),
    "fair": later("Fair"),
    "passed": later("Sufficient"),
    "failed": later("Not sufficient"),
}
FIELD_NAMES: Final = {
    "qualities": later("Qualities"),
    "discipline": later("Sense of organisation and discipline"),
    "duties": later("Fulfilment of duties"),
    "sanction": later("Disciplinary measure"),
    "conclusion": later("Conclusion"),
    "reason": later("Reason"),
}
SHORT_NAMES: Final = {
    **FIELD_NAMES,
    "discipline": later("Sense of discipline"),
}  # where a button has little room
CAPACITIES: Final = {
    "head": later("head of the unit"),
    "deputy": later("deputy, signing for the head"),
    "authorised": later("authorised by the head"),
}


def gate_name(language: Language, gate: str) -> Markup:
    return language.text(GATE_NAMES[gate])


def heading(language: Language, sheet: Sheet) -> Markup:
    """Such as "Nhận xét của đơn vị trước thi tốt nghiệp (10/05/2027)"."""
    _ = language.text
    return lines(
        _(
            "<b>The unit's remarks</b> before the {gate} ({day})",
            gate=gate_name(language, sheet.gate),
            day=language.year_day(sheet.day),
        ),
        _(
            "Class {course}, {unit}, {learners}.",
            course=sheet.course.name,
            unit=sheet.unit.name,
            learners=counted(language, len(sheet.learners)),
        ),
        on_paper(language, sheet.on_paper),
    )


def value(language: Language, name: str, told: str) -> Markup:
    """One field: a rating, a measure, the conclusion, or somebody's own words."""
    _ = language.text
    if not told:
        return _("not said yet")
    if name == "sanction":
        return _("none") if told == NO_SANCTION else Markup.escape(told)
    if name == "conclusion":
        return {ELIGIBLE: _("eligible"), NOT_ELIGIBLE: _("NOT eligible")}[told]
    known = RATING_NAMES.get(told)
    return _(known) if known else Markup.escape(told)


def remarks_lines(language: Language, said: Remarks) -> Markup:
    """A line a field."""
    return lines(
        *(
            Markup("{}: {}").format(
                language.text(FIELD_NAMES[name]), value(language, name, getattr(said, name))
            )
            for name in said.wanted
        )
    )


def in_short(language: Language, said: Remarks) -> Markup:
    """Such as "các mục đều tốt, đủ điều kiện"; of others each field that is not simply good."""
    _ = language.text
    if said.is_plain:
        return _("good in everything, eligible")
    if said == Remarks():
        return _("not said yet")
    clauses = [
        _clause(language, name, told)
        for name in said.wanted
        if (told := getattr(said, name)) and (name in {"conclusion", "reason"} or told not in USUAL)
    ]
    return Markup("; ").join(clauses)


def _clause(language: Language, name: str, told: str) -> Markup:
    """A field in a sentence, such as "phẩm chất khá", "lý do “…”"."""
    field, said = language.text(FIELD_NAMES[name]), value(language, name, told)
    if told in RATING_NAMES:
        said = said.lower()
    elif name != "conclusion":
        said = Markup("“{}”").format(said)
    return Markup("{} {}").format(field[:1].lower() + field[1:], said)


def label(language: Language, sheet: Sheet, person: Person) -> str:
    """A learner's row in the list to choose from."""
    said = draft_of(sheet.rows[person.id])
    name = full_name(sheet.learners, person)
    if said == Remarks():
        return name
    _ = language.text
    if said.missing:
        return _("{name}: begun", name=name).unescape()
    told = _("eligible") if said.conclusion == ELIGIBLE else _("NOT eligible")
    return f"[x] {name}: {told.unescape()}"


def overview(language: Language, sheet: Sheet, people: list[Person], room: int) -> Markup:
    """How many are good in everything, and each of the others in full, as many as a message holds."""
    n_ = language.count
    said = {one.id: draft_of(sheet.rows[one.id]) for one in people}
    plain = [one for one in people if said[one.id].is_plain]
    others = [one for one in people if not said[one.id].is_plain]
    told = [
        Markup("- {}: {}").format(full_name(sheet.learners, one), in_short(language, said[one.id]))
        for one in others
    ]
    return lines(
        n_(
            "{count} learner: good in everything, no measure, eligible.",
            "{count} learners: good in everything, no measure, eligible.",
            len(plain),
            count=language.two_digits(len(plain)),
        )
        if plain
        else "",
        fit(told, room, lambda n: more_learners(language, n)),
    )


def signature(language: Language, sheet: Sheet, people: list[Person], signer: str) -> Markup:
    """When the last of what is signed was signed, and in what capacity."""
    rows = [sheet.rows[one.id] for one in people if sheet.rows[one.id].signed_at]
    last = max(rows, key=lambda row: row.signed_at)  # type: ignore[arg-type, return-value]  # those without are left out
    assert last.signed_at is not None
    return language.text(
        "Signed by {name} ({capacity}), {moment}.",
        name=signer,
        capacity=language.text(CAPACITIES[last.capacity]),
        moment=language.moment(last.signed_at),
    )
