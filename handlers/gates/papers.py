"""The list of a gate as a workbook: a row a learner, with the form's fields and what stands against him."""

from functools import partial

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import plain
from handlers.gates import words
from handlers.gates.confirmation_words import FIELD_NAMES, gate_name, value
from handlers.papers import workbook
from locales import Language
from storage.gates.gates import Standing
from storage.spreadsheets.tables import Columns, ordinal

conversation = Conversation("gate_papers")


@conversation.paper("gate_list")
def gate_list(desk: Desk, language: Language, course: int, gate: int) -> bytes:
    """The list as it stands when it is fetched."""
    _ = language.text
    board = words.board_of(desk, course, gate)
    titles = [
        _("Eligibility: {gate}.", gate=f"{plain(gate_name(language, board.gate))} {language.year_day(board.day)}"),
        _("Class {name} ({code})", name=board.course.name, code=board.course.code),
        _("By the regulations as the centre has configured them, version {version}. A person signs.",
          version=board.version),
    ]  # fmt: skip
    columns: Columns[Standing] = [
        (_("No."), ordinal()),
        (_("Full name"), lambda one: one.person.name),
        (_("Date of birth"), lambda one: one.person.birth_date or ""),
        (_("Unit"), lambda one: one.unit),
        *((_(FIELD_NAMES[name]), partial(_remark, language, name)) for name in FIELD_NAMES),
        (_("Absence"), lambda one: words.absence(language, one)),
        (_("Status"), lambda one: words.status(language, one)),
        (_("Signed by"), lambda one: words.signer_of(desk, one)),
        (_("Signed at"), lambda one: words.moment_of(language, one)),
        (_("Regulations number"), lambda one: one.verdict.rule_version if one.verdict is not None else ""),
    ]
    centre = desk.centre(board.course.centre_id)
    return workbook(desk, language, centre, titles, columns, board.found, sheet_name=_("Eligibility"))


def _remark(language: Language, name: str, one: Standing) -> str:
    said = one.remarks
    return value(language, name, getattr(said, name)) if said is not None and name in said.wanted else ""
