"""The list of a notice's recipients on paper: whom to call, with phone numbers."""

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import plain
from handlers.notices.receipt import reason_seen
from handlers.notices.texts import NOT_REACHED, STATES, heading
from locales import Language
from storage.courses import notices
from storage.courses.courses import CourseClass
from storage.courses.notices import Notice

conversation = Conversation("notice_papers")


@conversation.paper("notice_list")
def call_list(desk: Desk, language: Language, notice: int, reasons: int = 0) -> bytes:
    """The recipients of a notice as a workbook; with `reasons`, for the registrar, what people typed as theirs."""
    from storage.spreadsheets.writing import write

    _, row = language.text, desk.session.get(Notice, notice)
    assert row is not None
    course = desk.session.get(CourseClass, row.class_id)
    assert course is not None
    order = [*NOT_REACHED, "waiting", "sent", "declined", "acknowledged"]
    people = sorted(notices.recipients(desk.session, notice), key=lambda found: order.index(found[0].state))
    headers = [
        _("No."),
        _("Full name"),
        _("Unit"),
        _("Phone"),
        _("State"),
        _("Since"),
        _("Reason"),
        _("Called"),
    ]
    cells = [
        (
            n,
            person.name,
            unit,
            person.phone,
            plain(_(STATES[delivery.state])),
            language.local(delivery.changed_at),
            reason_seen(language, delivery, in_full=bool(reasons)),
            "",
        )
        for n, (delivery, person, unit) in enumerate(people, 1)
    ]
    title = [plain(heading(language, row, course).striptags())]
    return write(title, [plain(header) for header in headers], cells, sheet_name=plain(_("Recipients")))
