"""What was understood of a workbook, before anything is written: its tables, how they will stand, what is left out."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any, Final

from markupsafe import Markup

from handlers.engine.messages import lines
from locales import Language, later
from storage.imports.plan import Outcome, Plan
from storage.spreadsheets.leftover import LeftOut
from storage.spreadsheets.sheet import Sheet

REASONS: Final = {
    "no_list": later("no list of this kind; not read"),
    "missing_columns": later("a table without the column {told}; not read"),
    "hidden_sheet": later("hidden; not read"),
    "hidden_rows": later("hidden, not read: {told}"),
    "hidden_columns": later("“{told}” is hidden; not read"),
    "unknown_column": later("“{told}” is not used"),
    "second_column": later("“{told}” stands here once more; the first one is read"),
    "far_columns": later("too far to the right; not read"),
    "heading": later("heading: {told}"),
    "numbering": later("numbers of the columns"),
    "header_again": later("the header once more"),
    "closing": later("closing lines: {told}"),
    "beside": later("nothing in the columns that are read: {told}"),
    "repeated": later("the same as row {told}; taken once"),
    "no_session": later("no session: {told}"),
    "other_class": later("rows of the class {told}"),
    "example": later("an example row, not imported: {told}"),
    "hours_of_other_part": later("hours of the other part of the day; the usual ones are taken here"),
}  # fmt: skip
_LAST: Final = frozenset({"heading", "numbering", "header_again", "closing", "hours_of_other_part"})
CHANGED: Final = {
    "starts_at": later("begins"), "ends_at": later("ends"), "topic": later("topic"), "room": later("room"),
    "lecturer_name": later("lecturer"), "periods": later("periods"), "note": later("note"), "unit": later("unit"),
    "phone": later("telephone"), "position": later("position"), "gender": later("gender"), "address": later("address"),
    "kind": later("kind"), "birth_date": later("date of birth"), "party_status": later("party membership"),
}  # fmt: skip


def understood(language: Language, plan: Plan, most: int, *, private: bool = True) -> list[Markup]:
    """What was read and how it will stand, at most so many lines of a kind. Without `private`, no mark is shown."""
    if plan.problems:
        return read_only(language, plan.sheet, most)
    return [
        *_capped(language, changed_lines(language, plan, private=private), most),
        *_capped(language, table_lines(language, plan, private=private), most),
        *left_out_lines(language, plan.sheet, most),
    ]


def read_only(language: Language, sheet: Sheet, most: int) -> list[Markup]:
    """What was read of a file that is not taken as it is, and what was left out of it."""
    heads = [_head(language, sheet, number) for number in range(len(sheet.tables))]
    return [*_capped(language, heads, most), *left_out_lines(language, sheet, most)]


# --- what changes ---


def changed_lines(language: Language, plan: Plan, *, private: bool = True) -> list[Markup]:
    """What each changed row was and will be."""
    _ = language.text
    changed = [outcome for outcome in plan.outcomes if outcome.changes and not outcome.new]
    return [
        _(
            "Changed: {who}: {what}",
            who=_subject(language, plan.kind, outcome),
            what=_changes(language, outcome),
        )
        for outcome in changed
        if private or plan.kind != "marks"
    ]


def _changes(language: Language, outcome: Outcome) -> Markup:
    told = (
        _change(language, name, was, becomes)
        for name, (was, becomes) in outcome.changes.items()
        if name in CHANGED or name == "value"
    )
    return Markup("; ").join(filter(None, told))


def _change(language: Language, name: str, was: Any, becomes: Any) -> Markup:
    _ = language.text
    if name == "party_status":
        return _("party membership")  # what it was is nobody's business here
    days = {language.local(one).date() for one in (was, becomes) if isinstance(one, datetime)}
    show = language.moment if len(days) > 1 else lambda value: _value(language, value)
    pair = {"was": show(was), "becomes": show(becomes)}
    if name == "value":
        return _("{was} → {becomes}", **pair)
    return _("{field} {was} → {becomes}", field=_(CHANGED[name]), **pair)


def _value(language: Language, value: Any) -> str:
    if isinstance(value, datetime):
        return language.time(value)
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, Decimal):
        return language.number(value)
    return str(value) if value not in (None, "") else "–"


def _subject(language: Language, kind: str, outcome: Outcome) -> str:
    facts = outcome.facts
    if kind == "timetable":
        return f"{language.year_day(language.local(facts['starts_at']).date())}, {facts['topic']}"
    if kind == "marks":
        return f"{facts['name']}, {facts['component']}"
    return str(facts["name"])


# --- what was read ---


def table_lines(language: Language, plan: Plan, *, private: bool = True) -> list[Markup]:
    """Each table, how many rows it has, and its first and its last one as they will stand."""
    found = []
    for number in range(len(plan.sheet.tables)):
        outcomes = [outcome for outcome in plan.outcomes if outcome.row.block == number]
        ends = _ends(language, plan.kind, outcomes, private=private)
        found.append(lines(_head(language, plan.sheet, number), *ends))
    return found


def _head(language: Language, sheet: Sheet, number: int) -> Markup:
    _, n_ = language.text, language.count
    table, n = sheet.tables[number], sum(row.block == number for row in sheet.rows)
    told = {"sheet": table.sheet, "cells": table.cells}
    head = n_(
        "Read: sheet “{sheet}”, {cells}: {n} row", "Read: sheet “{sheet}”, {cells}: {n} rows", n, **told
    )
    marks = _("marks: {names}", names="; ".join(table.components)) if table.components else ""
    hidden = _("the sheet is hidden") if table.hidden else ""
    return Markup("; ").join(filter(None, (head, hidden, marks)))


def _ends(language: Language, kind: str, outcomes: Sequence[Outcome], *, private: bool) -> list[Markup]:
    _ = language.text
    by_row = {key: list(group) for key, group in groupby(outcomes, key=lambda outcome: outcome.row.key)}
    if not by_row:
        return []
    first, last = min(by_row), max(by_row)
    told = [_("- first: {row}", row=_row(language, kind, by_row[first], private=private))]
    if last != first:
        told.append(_("- last: {row}", row=_row(language, kind, by_row[last], private=private)))
    return told


def _row(language: Language, kind: str, outcomes: Sequence[Outcome], *, private: bool) -> str:
    facts = outcomes[0].facts
    if kind == "marks":
        marks = ", ".join(
            f"{one.facts['component']} {_value(language, one.facts['value'])}" for one in outcomes
        )
        return f"{facts['name']}: {marks}" if private else str(facts["name"])
    if kind == "timetable":
        return _session(language, facts)
    told = (facts["name"], facts.get("birth_date"), facts.get("unit"), facts.get("parent"), facts.get("head"))
    return ", ".join(_value(language, value) for value in told if value)


def _session(language: Language, facts: Mapping[str, Any]) -> str:
    day = language.full_day(language.local(facts["starts_at"]).date())
    return f"{day}, {language.time(facts['starts_at'])} – {language.time(facts['ends_at'])}: {facts['topic']}"


# --- what is left out ---


def left_out_lines(language: Language, sheet: Sheet, most: int) -> list[Markup]:
    """What of a file is not taken over and where it stands; what may have been meant before what surely was not."""
    _ = language.text
    every = sorted(sheet.left_out, key=lambda left: left.reason in _LAST)
    several = len({left.sheet for left in every} | {table.sheet for table in sheet.tables}) > 1
    told = [_left_out(language, left, several=several) for left in every]
    return [_("Left out:"), *_capped(language, told, most)] if told else []


def _left_out(language: Language, left: LeftOut, *, several: bool) -> Markup:
    _ = language.text
    sheet = _("sheet “{sheet}”", sheet=left.sheet) if several or not left.cells else ""
    place = Markup(", ").join(filter(None, (sheet, _cells(language, left.cells))))
    what = _(REASONS[left.reason], told=left.told)
    rows = language.number(left.count)
    more = _(" ({n} rows)", n=rows) if left.count > 1 else ""
    return _("- {place}: {what}{more}", place=place, what=what, more=more)


def _cells(language: Language, cells: str) -> Markup | str:
    """Excel's range as a person says it: column D, row 3, rows 7–9."""
    _ = language.text
    first, _colon, last = cells.partition(":")
    if first.isdigit():
        return (
            _("row {row}", row=first) if first == last else _("rows {first}–{last}", first=first, last=last)
        )
    if first.isalpha():
        return (
            _("column {column}", column=first)
            if first == last
            else _("columns {first}–{last}", first=first, last=last)
        )
    return first if first == last else cells


def _capped(language: Language, told: Sequence[Markup], most: int) -> list[Markup]:
    rest = len(told) - most
    more = language.count("and {n} more line", "and {n} more lines", rest)
    return [*told[:most], more] if rest > 0 else list(told)
