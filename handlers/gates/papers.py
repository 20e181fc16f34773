"""The list of a gate as a workbook: a row a learner, with the form's fields and what stands against him."""

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import plain
from handlers.gates import words
from handlers.gates.confirmation_words import FIELD_NAMES, gate_name, value
from locales import Language
from storage.gates.confirmations import RATED
from storage.gates.gates import Standing
from storage.spreadsheets import writing

conversation = Conversation("gate_papers")
FIELDS = (*RATED, "sanction", "conclusion", "reason")


@conversation.paper("gate_list")
def gate_list(desk: Desk, language: Language, course: int, gate: int) -> bytes:
    """The list as it stands when it is fetched."""
    _ = language.text
    board = words.board_of(desk, course, gate)
    titles = [
        desk.centre(board.course.centre_id).name,
        plain(_("Eligibility: {gate}.", gate=f"{plain(gate_name(language, board.gate))} {language.year_day(board.day)}")),
        plain(_("Class {name} ({code})", name=board.course.name, code=board.course.code)),
        plain(_("By the regulations as the centre has configured them, version {version}. A person signs.",
                version=board.version)),
    ]  # fmt: skip
    headers = [
        _("No."), _("Full name"), _("Date of birth"), _("Unit"), *(_(FIELD_NAMES[name]) for name in FIELDS),
        _("Absence"), _("Status"), _("Signed by"), _("Signed at"), _("Version"),
    ]  # fmt: skip
    rows = (_cells(desk, language, number, one) for number, one in enumerate(board.found, 1))
    return writing.write(
        titles, [plain(header) for header in headers], rows, sheet_name=plain(_("Eligibility"))
    )


def _cells(desk: Desk, language: Language, number: int, one: Standing) -> list[object]:
    said = one.remarks
    fields = [
        plain(value(language, name, getattr(said, name))) if said is not None and name in said.wanted else ""
        for name in FIELDS
    ]
    return [
        number,
        one.person.name,
        one.person.birth_date or "",
        one.unit,
        *fields,
        plain(words.absence(language, one)),
        plain(words.status(language, one)),
        words.signer_of(desk, one),
        words.moment_of(language, one),
        one.verdict.rule_version if one.verdict is not None else "",
    ]
