"""Sealed receipts (000-20): a receipt's code, typed or brought by its QR, shows what was sent and that it still is
what was sent; for the unit's heads, whoever sent it, and the centre's staff only.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from io import BytesIO
from typing import Any, Final

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Document, Message, file_called, lines
from handlers.engine.turn import Turn
from handlers.menu.actions import cancel, open_menu
from handlers.menu.tries import count_wrong, refuse_locked
from handlers.papers import workbook
from handlers.reports import actions, opening, words
from locales import Language, every_wording, later
from storage.base.keyring import tidy_code
from storage.base.text import fold
from storage.joining import invites
from storage.people.people import STAFF, UNIT, Person, Role, acting_role
from storage.reports import receipts
from storage.reports.receipts import Receipt
from storage.reports.reports import (
    WITH_ALL,
    ConductReport,
    ReportView,
    mentioned_in,
    sent_content,
    told_in,
)
from storage.spreadsheets.tables import Columns, ordinal

conversation = Conversation("conduct_receipt")

START: Final = "R-"  # what the payload of a receipt's link begins with; the code follows
WORDS: Final = later("receipt code, receipt")
QR_SCALE: Final = 12  # pixels a module


# --- checking one ---


@conversation.sentence()
def code_behind_its_word(turn: Turn, text: str) -> bool:
    """Such as "biên nhận VH87P2": taken before a report is read, to which "9P" is nine absences with leave."""
    word, _space, code = text.strip().rpartition(" ")
    if fold(word).rstrip(" :") not in _words() or not receipts.looks_like_receipt(code):
        return False
    turn.done()
    check(turn, code)
    return True


@cache
def _words() -> frozenset[str]:
    return frozenset(fold(word) for told in every_wording(WORDS) for word in told.split(","))


@conversation.command("bienlai", words=WORDS)
def check_typed(turn: Turn) -> None:
    """Such as "Mã biên nhận ABC234", "bien nhan abc234", /bienlai ABC234; without a code it is asked for."""
    if tidy_code(turn.rest):
        check(turn, turn.rest)
        return
    _ = turn.language.text
    turn.ask(code_typed)
    text = _("Please type the code on the receipt: 6 letters and digits, such as ABC234.")
    turn.say(Message(text, [[Button(_("Cancel"), cancel)]]))


@conversation.step("receipt_code")
def code_typed(turn: Turn, text: str) -> None:
    check(turn, text)


def opened(turn: Turn, payload: str) -> None:
    """The link of a receipt's QR was opened (`payload` begins with START)."""
    code = tidy_code(payload.removeprefix(START))
    if turn.person is not None:
        check(turn, code)
        return
    _ = turn.language.text
    text = _(
        "Receipts are shown in chats that are linked only. Please open yours and type: receipt {code}",
        code=code,
    )
    turn.say(Message(text))


def check(turn: Turn, code: str) -> None:
    """Show the receipt, or that there is none for whoever asks; wrong codes are counted as others are."""
    refuse_locked(turn)
    found = receipts.find(turn.session, turn.links.keyring, turn.viewer, code)
    if found is None:
        text = turn.language.text(
            "There is no such receipt, or it is not one of your unit's or the centre's."
        )
        count_wrong(turn, text)
        return
    role = acting_role(UNIT | STAFF, turn.roles) or Role.DELEGATE  # any bound person may ask
    turn.log("receipt_checked", subject=found.report, role=role)
    turn.say(Message(_shown(turn, found), [[Button(turn.language.text("Menu"), open_menu)]], private=True))


def _shown(turn: Turn, found: Receipt) -> Markup:
    _, language = turn.language.text, turn.language
    revision = found.revision
    sender = turn.session.get(Person, revision.sent_by)
    return lines(
        words.heading_of(language, found.period, found.course),
        _("Unit: {unit}.", unit=found.unit.name),
        words.sent_line(language, revision.number, revision.sent_at, sender, found.content),
        _said(language, found.content) if found.is_intact is not False else "",
        _("This is the newest version.")
        if found.is_newest
        else _("Version {n} has taken its place since.", n=found.report.revision),
        _seal(turn, found),
    )


def _said(language: Language, content: Any) -> Markup:
    counts = words.counts(language, len(content["learners"]), len(mentioned_in(content)))
    return lines(
        language.text("It says: {counts}.", counts=counts), words.by_name(language, content, words.SHORT // 2)
    )


def _seal(turn: Turn, found: Receipt) -> Markup:
    _ = turn.language.text
    if found.is_intact is None:
        return _("It was sent before receipts were sealed, so there is no seal to compare.")
    if found.is_intact:
        return _("The seal matches: what is stored is what was sent.")
    warning = _("WARNING: what is stored does NOT match the seal of the sending. Do not rely on it.")
    return Markup("<b>{}</b> {}").format(warning, words.whom_to_call(turn.language, turn.home))


# --- as a workbook ---


@conversation.does(actions.make_sent_file)
def make_sent_file(turn: Turn, report: int) -> None:
    view = opening.headed(turn, report)
    if not view.report.revision:
        opening.show_card(turn, view)
        return
    title = words.heading(turn.language, view)
    file = Document(sent_file, file_called(title, "xlsx"), {"report": report})
    turn.say(Message(title, document=file, private=True))


@conversation.paper("conduct_sent")
def sent_file(desk: Desk, language: Language, report: int) -> bytes:
    """Everyone of whom the newest version speaks, a row each."""
    _ = language.text
    view = ReportView(*desk.session.exec(WITH_ALL.where(ConductReport.id == report)).one())
    content, sender = sent_content(desk.session, view.report), desk.session.get(Person, view.report.sent_by)
    said = mentioned_in(content)
    columns: Columns[Mapping[str, Any]] = [
        (_("No."), ordinal()),
        (_("Full name"), lambda one: one["name"]),
        (_("Date of birth"), lambda one: (one["born"] and date.fromisoformat(one["born"])) or ""),
        (_("Conduct"), lambda one: _what(language, said.get(one["id"], []))),
        (_("Note"), lambda one: next((entry["note"] or "" for entry in said.get(one["id"], [])), "")),
    ]
    titles = [line.striptags() for line in words.receipt(language, view, content, sender).split("\n")]
    centre, rows, name = desk.centre(view.course.centre_id), content["learners"], _("Conduct report")
    return workbook(desk, language, centre, titles, columns, rows, sheet_name=name, signed=False)


def _what(language: Language, said: Sequence[Mapping[str, Any]]) -> str:
    return words.said_words(language, told_in(said)).unescape() if said else language.text("well").unescape()


# --- as a picture ---


@conversation.does(actions.make_picture)
def make_picture(turn: Turn, report: int) -> None:
    """The receipt with its QR, which opens a chat here and shows it."""
    view = opening.headed(turn, report)
    if not view.report.revision:
        opening.show_card(turn, view)
        return
    _, code = turn.language.text, view.report.receipt
    text = lines(
        words.heading(turn.language, view),
        _("Receipt code: {code}", code=code),
        _("The QR opens this receipt, and so do the typed words: receipt {code}", code=code),
    )
    picture = Document(qr_picture, file_called(_("Receipt {code}", code=code), "png"), {"report": report})
    turn.say(Message(text, [[Button(_("Menu"), open_menu)]], picture))


@conversation.paper("receipt_qr")
def qr_picture(desk: Desk, language: Language, report: int) -> bytes:
    """A PNG of the QR of the report's newest receipt: a link to a chat where there is one, else the words to type."""
    import segno  # slow to import, and rarely asked for

    row = desk.session.get(ConductReport, report)
    assert row is not None, "reports that were sent are never deleted"
    payload = START + row.receipt
    told = invites.deep_link(invites.telegram_username(desk.session), payload) or desk.links.start(payload)
    typed = language.text("receipt {code}", code=row.receipt).unescape()
    made = BytesIO()
    segno.make(told or typed, micro=False, error="m").save(made, kind="png", scale=QR_SCALE, border=4)
    return made.getvalue()
