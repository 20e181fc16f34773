"""What an import says, in the chat and on the command line alike: problems by row and column, remarks, counts."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from markupsafe import Markup

from locales import Language, later
from storage.imports.plan import Plan, Remark
from storage.spreadsheets.sheet import Problem

# Keyed by code, or by code and what distinguishes it further (LOOKS_AT). Each says what was found and what to do.
PROBLEMS: Final = {
    # of the file
    "cannot_open": later("The file cannot be opened. Please check its name and that it may be read."),
    "not_a_workbook": later("This is not an Excel workbook. Please save the list as .xlsx and send that file."),
    "not_a_workbook.word": later(
        "This is a Word document. Please put the list into an Excel workbook (.xlsx) and send that."
    ),
    "not_a_workbook.pdf": later("This is a PDF file. Please send the Excel workbook (.xlsx) it was made from."),
    "not_a_workbook.broken": later(
        "The workbook is damaged. Please open it in Excel, save it again as .xlsx and send that file."
    ),
    "not_a_workbook.ods": later(
        "This is a LibreOffice document (.ods). Please choose File, Save as, Excel (.xlsx) and send that file."
    ),
    "not_a_workbook.text": later(
        "This is a text file (such as .csv). Please open it in Excel, check that the letters are right, save it as "
        ".xlsx and send that file."
    ),
    "not_a_workbook.html": later(
        "This is a web page that only goes by the name of a workbook. Please open it in Excel, save it as .xlsx and "
        "send that file."
    ),
    "not_a_workbook.xlsb": later("This is a binary workbook (.xlsb). Please save it in Excel as .xlsx."),
    "lock_file": later(
        "This is not the list but the file that Excel lays beside it while it is open (~$…). Please close the list and "
        "send the file without ~$ before its name."
    ),
    "old_xls": later("This is a workbook of the old kind (.xls). Please save it in Excel as .xlsx."),
    "password_protected": later("The workbook is locked with a password. Please save it without one."),
    "empty_workbook": later("The workbook is empty. Please fill in the list and send it again."),
    "too_big": later("The workbook is too large. Please split it into smaller files."),
    "too_big.bytes": later("The file is larger than {most} MB. Please split it into smaller files."),
    "too_big.sheets": later("The workbook has more than {most} sheets. Please split it into smaller files."),
    "too_big.rows": later("The workbook has more than {most} rows. Please split it into smaller files."),
    "too_big.chat_rows": later(
        "The file has more than {most} rows, too many for the chat. Please import it on the centre's computer "
        "(caunoi import), or split it."
    ),
    "too_big.styles": later(
        "The workbook has too many cell styles to be read. Please copy the list into a new workbook (values only) "
        "and send that."
    ),
    "too_big.work": later(
        "Reading the workbook takes too much. Please copy the list into a new workbook (values only) and send that."
    ),
    "classified": later(
        "The document is marked as secret (MẬT). Such documents are not handled by this system; nothing of it was kept."
    ),
    "no_header": later("No header row was found. Please give these column headers: {columns}."),
    "missing_column": later("A column is missing: {wanted}. Please add it; headers understood: {accepted}."),
    "hidden_column": later(
        "The column {column} “{header}” ({wanted}) is hidden, and what is hidden is not read. Please show it in Excel "
        "(Unhide) and send the file again."
    ),
    "several_classes": later("The file holds rows of several classes: {codes}. Please import them one by one."),
    "only_other_classes": later(
        "The file has no row of the class {value}; it holds rows of: {codes}. Please choose one of them."
    ),
    "no_rows": later("There is no row below the header in row {header_row}. Please fill in the list."),
    "only_examples": later("The file holds example rows only. Please write your own list in their place."),
    "no_class": later("The file does not say which class it is for. Please name the class; known are: {codes}."),
    "unknown_class": later("There is no class “{value}”. Please use one of these codes: {codes}."),
    "no_marks": later("No column of marks was found. Please give each mark a column, such as “Điểm thi”."),
    "unknown_marks": later(
        "It is not clear whether column {letter} “{header}” holds marks. If it does, please let its header begin with “Điểm”; "
        "if not, please delete the column."
    ),
    "no_centre": later("There is no centre in the database yet. Please set it up first (caunoi centre)."),
    "several_centres": later(
        "Several centres share this database. Please send the file in the chat, as staff of the centre concerned."
    ),
    # of a row
    "missing_value": later("nothing is filled in. Please fill it in."),
    "bad_date": later("“{value}” cannot be read as a date. Please write day/month/year, such as 05/01/1990."),
    "impossible_date": later("the date “{value}” cannot be right. Please check it."),
    "impossible_date.future": later("the date “{value}” lies in the future. Please check the year."),
    "impossible_date.too_old": later("the date “{value}” lies too far back. Please check the year."),
    "year_only": later("only the year “{value}” is given. Please write the full date, such as 05/01/1990."),
    "bad_phone": later("“{value}” is no telephone number. Please write ten digits, such as 0912345678."),
    "bad_mark": later("“{value}” is no mark. Please write a number from 0 to 10, or leave the cell empty."),
    "mark_out_of_range": later("the mark “{value}” is not between 0 and 10. Please check it."),
    "bad_time": later("“{value}” cannot be read as hours. Please write them as 7h30 - 11h00, the beginning first."),
    "bad_number": later("“{value}” is no count. Please write a whole number from 1 to {most}."),
    "unknown_choice": later("“{value}” is not understood. Please write one of these: {accepted}."),
    "weekday_mismatch": later("the weekday does not fit the date, which is {day}. Please correct one of them."),
    "duplicate_row": later("“{value}” already stands in row {first_row}. Please delete one of the two rows."),
    "column_twice": later(
        "another column of the same name ({other}) says something else. Please keep one of them, or name them differently."
    ),
    "foreign_class": later(
        "“{value}” names no class of the centre. Please use one of these codes: {codes}, or make the class first."
    ),
    "row_without_class": later("the row says no class, others do. Please fill it in: {codes}."),
    "mark_twice": later(
        "the mark of {name} is {value} here and {first} in row {first_row}. Please correct one of them."
    ),
    "formula_error": later("the formula gives the error “{value}”. Please correct it or type the value."),
    "formula_without_value": later(
        "the formula has no value stored. Please open the file in Excel, save it and send it again."
    ),
    "bad_name": later("“{value}” is no name. Please write the person's full name."),
    "example_value": later("“{value}” still is the example. Please write what is so, or delete the row."),
    "ditto": later("“{value}” only repeats what stands above. Please write it out here."),
    "part_mismatch": later("“{value}” does not fit the hours {hours}. Please correct one of them."),
    "parts_differ": later(
        "“{value}”: the cells of this row name different parts of the day. Please correct one of them."
    ),
    "hours_differ": later(
        "the cells of this row give different hours, {first} and {second}. Please correct one of them."
    ),
    "weekly_pattern": later(
        "“{value}” stands for several days. Please give each session a row of its own with its date."
    ),
    "too_many_periods": later(
        "“{value}” is more than {most} periods, the most for this time. Please write how many this session has, "
        "such as 4, or from which to which, such as 1-4."
    ),
    "dates_swapped": later(
        "“{value}” may be the wrong way round: Excel has probably taken the month for the day here, for it left dates "
        "such as “{example}” as text. Please check the dates of this column and write all of them as text, day/month/year."
    ),
    "text_too_long": later("the text has {length} characters. Please shorten it to at most {most}."),
    # of a row, against what is already there
    "unknown_unit": later(
        "there is no unit “{value}”. Please correct the name, or add the unit in the list of units first."
    ),
    "unknown_unit.near": later("there is no unit “{value}”. Did you mean: {near}? Please correct the name."),
    "several_units": later("several units are called “{value}”: {near}. Please write which is meant, as given here."),
    "homonym_in_file": later(
        "same name and date of birth as in row {first_row} ({other_unit}; here {unit}). Is it the same person? "
        "Then delete one row; if they are two, write (A) and (B) after the names."
    ),
    "homonym": later(
        "several people are called “{value}”, of the units: {units}. Who is meant? Please correct the unit, "
        "or write (A), (B) after the names."
    ),
    "homonym_in_class": later(
        "several learners of the class {course} have this name and date of birth: “{value}”. "
        "Please write the name as it stands in the class list, with (A) or (B)."
    ),
    "unit_differs": later(
        "{name} is recorded under {old}, the file says {new}. Has the learner changed unit? If so, please confirm "
        "the change; if it is somebody else, write (B) after the name; else correct the unit."
    ),
    "unit_twice": later("the unit “{value}” already stands in row {first_row}. Please delete one of the two rows."),
    "unknown_parent": later("there is no parent body “{value}”. Please add a row for it in this file."),
    "unknown_parent.near": later(
        "there is no parent body “{value}”. Did you mean: {near}? Please correct it or add a row for it."
    ),
    "parent_of_itself": later("{name} would stand under itself. Please correct the parent body “{value}”."),
    "not_enrolled": later("“{value}” is not a learner of the class {course}. Please check the name and the class."),
    "not_enrolled.near": later(
        "“{value}” is not a learner of the class {course}. Did you mean: {near}? Please check the name."
    ),
    "birth_differs": later(
        "{name} is in the class {course} with another date of birth: {known}, here {value}. Please correct one of them."
    ),
    "published_differs": later(
        "the mark of {name} is published as {old}, the file says {new}. A published mark is not overwritten: "
        "please clear this cell, and correct the mark by the centre's own procedure."
    ),
    "no_time": later("neither hours nor the part of the day is given. Please write for example Sáng, or 7h30 - 11h00."),
}  # fmt: skip
LOOKS_AT: Final = {"not_a_workbook": "looks_like", "too_big": "limit", "impossible_date": "reason"}
FIELDS: Final = {
    "name": later("name"), "birth_date": later("date of birth"), "unit": later("unit"),
    "date": later("date"), "topic": later("topic"),
}  # fmt: skip

REMARKS: Final = {
    # to be confirmed
    "legacy_font": later("“{told}” was typed in an old font (TCVN3, VNI) and is read as “{read}”. Please check."),
    "foreign_letters": later(
        "In the name “{name}” there are letters of another alphabet: {letters}. Please type them again, "
        "or nobody will find the name."
    ),
    "at_night": later("{hours} is at night. If the afternoon is meant, please write for example 13h30."),
    "parent_by_number": later(
        "“{name}” is taken as a unit, and as the parent body of the rows numbered below it."
    ),
    "same_name_elsewhere": later("“{name}” is taken as a new unit, another than {other}."),
    "like_named": later("{told} is taken as somebody else than {name}, born on the same day."),
    "total_differs": later("{name}: “{header}” is {told}, the marks come to {ours}. The total is not stored."),
    "no_marks_in": later("The column “{header}” holds no marks, as was answered before."),
    # told
    "not_in_file": later("In the class but not in the file (kept): {name}, {unit}."),
    "has_left": later("{name} has left this class before; this was not changed."),
    "phone_changed": later("{name}: telephone {old} becomes {new}."),
    "name_differs": later("{name} is spelt “{told}” in the file; the recorded name stays."),
    "former_name": later("“{told}” is a former name; the unit is now called {name}."),
    "officer_differs.unit_head": later(
        "{name}: the head is recorded as {old}, the file says {new}; not changed. Please grant the role by name."
    ),
    "officer_differs.liaison_officer": later(
        "{name}: the liaison officer is recorded as {old}, the file says {new}; not changed. "
        "Please grant the role by name."
    ),
    "outside_class": later("{day} lies outside the days of the class ({first} – {last})."),
    "session_not_in_file": later("In the timetable but not in the file (kept): {when}, {topic}."),
    "session_cancelled": later("{when}, {topic}: this session is cancelled and stays cancelled."),
    "titled_for_other": later("The file speaks of the class {told}; it is imported into {name} as chosen."),
    "not_kept": later("The column “{header}” has no place here yet and is not imported."),
}  # fmt: skip

KINDS: Final = {
    "units": later("List of units"), "roster": later("Class list"),
    "timetable": later("Timetable"), "marks": later("Marks"),
}  # fmt: skip


def problem_line(language: Language, problem: Problem) -> Markup:
    """Where something is wrong, what was found and what to do."""
    _ = language.text
    said = _line(language, problem)
    return _("Sheet “{sheet}”: {what}", sheet=problem.sheet, what=said) if problem.sheet else said


def _line(language: Language, problem: Problem) -> Markup:
    _ = language.text
    what = _(_wording(problem), **_fields(language, problem))
    if problem.row is None:
        return what
    if problem.column is None:
        return _("Row {row}: {what}", row=problem.row, what=what)
    where = {"row": problem.row, "column": problem.column}
    if not problem.header:
        return _("Row {row}, column {column}: {what}", what=what, **where)
    return _("Row {row}, column {column} “{header}”: {what}", what=what, header=problem.header, **where)


def _wording(problem: Problem) -> str:
    detail = problem.extra.get(LOOKS_AT.get(problem.code, ""), "near" if problem.extra.get("near") else "")
    return PROBLEMS.get(f"{problem.code}.{detail}") or PROBLEMS[problem.code]


def _fields(language: Language, problem: Problem) -> dict[str, object]:
    place = {"column": problem.column or "", "header": problem.header or ""}
    told: dict[str, object] = {"value": problem.value or "", **place, **problem.extra}
    if "date" in problem.extra:
        told["day"] = language.full_day(date.fromisoformat(problem.extra["date"]))
    if "field" in problem.extra:
        told["wanted"] = language.text(FIELDS.get(problem.extra["field"], problem.extra["field"]))
    return told


def remark_line(language: Language, remark: Remark) -> Markup:
    """Something worth knowing that stops nothing."""
    _ = language.text
    told: dict[str, object] = dict(remark.extra)
    if "when" in told:
        told["when"] = language.moment(datetime.fromisoformat(remark.extra["when"]))
    wording = REMARKS.get(f"{remark.code}.{remark.extra.get('role', '')}") or REMARKS[remark.code]
    what = _(wording, **told)
    said = what if remark.row is None else _("Row {row}: {what}", row=remark.row, what=what)
    return _("Sheet “{sheet}”: {what}", sheet=remark.sheet, what=said) if remark.sheet else said


def counts(language: Language, plan: Plan) -> Markup:
    """Such as "Học viên: 0 mới, 0 sửa, 120 như cũ"."""
    _ = language.text
    numbers = {"new": plan.new, "changed": plan.changed, "same": plan.same}
    told = {name: language.number(number) for name, number in numbers.items()}
    if plan.kind == "units":
        return _("Units: {new} new, {changed} changed, {same} as before.", **told)
    if plan.kind == "roster":
        return _("Learners: {new} new, {changed} changed, {same} as before.", **told)
    if plan.kind == "timetable":
        return _("Sessions: {new} new, {changed} changed, {same} as before.", **told)
    return _("Marks (drafts): {new} new, {changed} changed, {same} as before.", **told)


def problem_lines(language: Language, problems: Sequence[Problem], most: int) -> list[Markup]:
    """The first problems, and how many more there are."""
    found = [problem_line(language, problem) for problem in problems[:most]]
    rest = len(problems) - most
    more = language.count("and {n} more problem", "and {n} more problems", rest)
    return [*found, more] if rest > 0 else found


def remark_lines(language: Language, remarks: Sequence[Remark], most: int) -> list[Markup]:
    """The first remarks, and how many more there are."""
    found = [remark_line(language, remark) for remark in remarks[:most]]
    rest = len(remarks) - most
    more = language.count("and {n} more remark", "and {n} more remarks", rest)
    return [*found, more] if rest > 0 else found
